"""A second visit: what has not changed is not read again, what was not looked for is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from enrich_cli.adapters.site.facts import PLACES
from enrich_cli.adapters.website import GIVES, Website
from enrich_cli.domain.entity import Field
from enrich_cli.domain.outcome import Gap, Miss
from enrich_cli.domain.provider import Item
from tests.adapters.site.web_kit import (
    CONTACT,
    HOME,
    LINKED,
    NAME,
    TEXT,
    Net,
    Page,
    found,
    kept,
    moved,
    query,
    site,
    visit,
    with_website,
)

MAIL, PHONE = frozenset({Field("company_email")}), frozenset({Field("company_phone")})
TAG, DATE = {"ETag": 'W/"7"'}, {"Last-Modified": "Mon, 02 Nov 2026 10:00:00 GMT"}
STATED = (
    '<html lang="en"><head><title>Acme</title><meta name="description" content="We make anvils.">'
    '<script type="application/ld+json">{"@type": "Organization", "name": "Acme Works",'
    ' "url": "https://acme.example/"}</script>'
)
LONG = f"</head><body><p>Write to info@acme.example</p>{TEXT * 12}</body></html>"


def again(
    net: Net, *wanted: frozenset[Field], change: dict[str, Page] | None = None
) -> tuple[Item, Item, frozenset[Field]]:
    """Two visits, the second with what was kept of the first; and what that had not looked for.

    `net.asked` is what the second one asked for. In between the net changes.
    """

    async def main(website: Website) -> tuple[Item, Item, frozenset[Field]]:
        (first,) = (await website.fetch([query("acme.example", wanted[0])])).items
        net.pages.update(change or {})
        net.asked.clear()
        net.headers.clear()
        asked = replace(query("acme.example", wanted[-1]), kept=first.body)
        (second,) = (await website.fetch([asked])).items
        return first, second, website.unsought(first.body)

    both = with_website(net, main)
    assert isinstance(both, tuple)
    return both


@pytest.mark.parametrize(("tag", "header"), [(TAG, "If-None-Match"), (DATE, "If-Modified-Since")])
def test_what_has_not_changed_costs_a_304(tag: dict[str, str], header: str) -> None:
    net = Net(site(Page(LINKED, headers=tag), contact=Page(CONTACT, headers=tag)))
    first, second, _ = again(net, MAIL)
    assert second.outcome == first.outcome
    assert net.asked == ["https://acme.example/", "https://acme.example/contact"]
    assert [headers[header] for headers in net.headers] == list(tag.values()) * 2


def test_what_has_changed_is_read_anew() -> None:
    old = Page(LINKED, headers=TAG)
    new = Page(LINKED.replace("Acme", "Acme Works"), headers={"ETag": '"8"'})
    net = Net(site(old))
    _, second, _ = again(net, NAME, change={"https://acme.example/": new})
    assert found(second)["company_name"] == "Acme Works"
    assert [mark.etag for mark in kept(second).marks] == ['"8"']


def test_more_is_looked_for_on_the_whole_site_and_nothing_is_lost() -> None:
    net = Net(site(Page(LINKED, headers=TAG), contact=CONTACT, imprint="<p>+49 30 901820</p>"))
    first, second, unsought = again(net, MAIL, PHONE)
    assert unsought == PLACES.keys() & GIVES - MAIL - kept_fields(first)
    assert found(second)["company_email"] == found(first)["company_email"] == "info@acme.example"
    assert "If-None-Match" not in net.headers[0]
    assert set(kept(second).sought or ()) >= MAIL | PHONE


def kept_fields(item: Item) -> frozenset[Field]:
    return frozenset(Field(fact.field) for fact in kept(item).facts)


def test_a_server_that_calls_the_unseen_unchanged_has_no_page() -> None:
    item = visit(Net(site(Page("", 304))))
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)


def test_marks_that_cannot_be_sent_back_are_not_kept() -> None:
    assert kept(visit(Net(site(Page(headers={"ETag": '"' + "x" * 400 + '"'}))))).marks == ()


def test_the_next_visit_begins_at_the_alias() -> None:
    there = "https://acme-works.example/"
    net = Net({"https://acme.example/": moved(there), there: Page()})
    first, second, _ = again(net, NAME)
    assert second.outcome == first.outcome
    assert net.asked == [there]
    assert kept(second).alias == kept(first).alias


def test_an_alias_that_is_gone_or_somebody_elses_is_forgotten() -> None:
    there = "https://acme-works.example/"
    for gone in (Page("", 404), moved("https://sedo.com/"), moved("https://other.example/")):
        net = Net(
            {
                "https://acme.example/": moved(there),
                there: Page(),
                "https://other.example/": Page(HOME.replace("Acme", "Other")),
                "https://sedo.com/": Page(),
            }
        )
        change = {there: gone, "https://acme.example/": Page()}
        _, second, _ = again(net, NAME, change=change)
        assert kept(second).alias is None
        assert kept(second).pages == ("https://acme.example/",)


def test_a_head_that_tells_all_is_enough() -> None:
    wanted = frozenset(map(Field, ("company_name", "description", "language")))
    item = visit(Net(site(STATED + LONG)), fields=wanted)
    assert (
        found(item).items()
        >= {
            "company_name": "Acme Works",
            "description": "We make anvils.",
            "language": "en",
        }.items()
    )
    assert not kept(item).whole
    assert "company_email" not in found(item)
    whole = visit(Net(site(STATED + LONG)), fields=wanted | MAIL)
    assert found(whole)["company_email"] == "info@acme.example"
    assert kept(whole).whole


@pytest.mark.parametrize(
    "home",
    [
        STATED + "</head><body></body></html>",
        STATED.replace("Organization", "Product") + LONG,
        STATED.replace("acme.example", "other.example").replace("Acme", "Other") + LONG,
        STATED + '<meta http-equiv="refresh" content="60">' + LONG,
        STATED + LONG.replace("<p>", '<script type="application/ld+json">{}</script><p>'),
        STATED.replace("description", "keywords") + LONG,
    ],
    ids=["short", "no company", "another company", "refresh", "more below", "no description"],
)
def test_a_head_that_does_not_tell_all_is_not(home: str) -> None:
    wanted = frozenset(map(Field, ("company_name", "description")))
    assert kept(visit(Net(site(home)), fields=wanted)).whole


def test_what_only_the_head_was_read_for_leaves_the_rest_to_be_looked_for() -> None:
    first, second, unsought = again(Net(site(Page(STATED + LONG, headers=TAG))), NAME, MAIL)
    assert unsought >= MAIL
    assert not unsought & kept_fields(first)
    assert found(second)["company_email"] == "info@acme.example"
    assert found(second)["company_name"] == "Acme Works"


def test_kept_replies_of_old_are_taken_as_complete() -> None:
    async def main(website: Website) -> frozenset[Field]:
        old = b'{"domain": "acme.example", "verdict": "site", "pages": ["https://acme.example/"]}'
        return website.unsought(old) | website.unsought(b"") | website.unsought(b"[")

    assert with_website(Net(site()), main) == frozenset()
