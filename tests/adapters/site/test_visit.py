"""Which pages of a site are read, and what comes of sites that cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from aiohttp import web

from enrich_cli.adapters.website import (
    GIVES,
    Website,
    spec,
)
from enrich_cli.domain.entity import Field
from enrich_cli.domain.outcome import Gap, Hit, Miss
from enrich_cli.domain.provider import Item, Limits
from tests.adapters.site.web_kit import (
    AGENT,
    CONTACT,
    HOME,
    IMPRINT,
    LINKED,
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


def test_one_page_where_it_says_enough() -> None:
    net = Net(site(LINKED))
    item = visit(net)
    assert found(item) == {
        "company_name": "Acme",
        "language": "en",
        "website": "https://acme.example/",
        "contact_page": "https://acme.example/contact",
        "about_page": "https://acme.example/about",
    }
    assert item.url == "https://acme.example/"
    assert net.asked == ["https://acme.example/robots.txt", "https://acme.example/"]
    assert net.agents == {AGENT}
    assert kept(item).pages == ("https://acme.example/",)
    assert b"We listen" not in item.body


def test_every_value_says_where_it_was_seen_and_how_sure_it_is() -> None:
    item = visit(Net(site()))
    assert isinstance(item.outcome, Hit)
    for value in item.outcome.values.values():
        assert value.url == "https://acme.example/"
        assert value.confidence is not None
        assert 0 < value.confidence <= 1


def test_further_pages_are_read_only_for_what_is_wanted_and_lacking() -> None:
    net = Net(site(LINKED, contact=CONTACT, imprint=IMPRINT))
    item = visit(net, fields=frozenset({Field("company_email")}))
    assert found(item)["company_email"] == "info@acme.example"
    assert net.asked[2:] == ["https://acme.example/contact"]
    net = Net(site(LINKED, contact=CONTACT, imprint=IMPRINT))
    item = visit(net, fields=frozenset({Field("legal_name")}))
    assert found(item)["legal_name"] == "Acme Works Ltd"
    assert net.asked[2:] == ["https://acme.example/imprint"]
    net = Net(site(LINKED.replace("<p>", "<p>info@acme.example ", 1), contact=CONTACT))
    visit(net, fields=frozenset({Field("company_email")}))
    assert net.asked[2:] == []


def test_what_is_only_guessed_is_looked_for_on_further_pages() -> None:
    contact = CONTACT.replace("info@acme.example", "Bahnweg 3, 8001 Zürich, Schweiz")
    pages = site(LINKED, "acme.de", contact=contact)
    item = visit(Net(pages), "acme.de", frozenset({Field("country")}))
    assert found(item)["country"] == "CH"
    net = Net(site(LINKED, "acme.de"))
    assert found(visit(net, "acme.de", frozenset({Field("country")})))["country"] == "DE"


def test_of_further_pages_the_one_that_may_have_most_is_read_first() -> None:
    wanted = frozenset(map(Field, ("legal_name", "founded_year", "city", "company_phone")))
    about = HOME.replace("<p>", "<p>We were founded in 1921. ", 1)
    reach = "<p>Bahnweg 3, 8001 Zürich, Schweiz</p><p>Tel. 044 555 01 00</p>"
    net = Net(site(LINKED, contact=CONTACT, imprint=IMPRINT + reach, about=about))
    values = found(visit(net, fields=wanted))
    assert net.asked[2:] == ["https://acme.example/imprint", "https://acme.example/about"]
    assert (values["city"], values["company_phone"]) == ("Zürich", "+41445550100")
    assert (values["legal_name"], values["founded_year"]) == ("Acme Works Ltd", 1921)


def test_no_more_pages_than_allowed() -> None:
    net = Net(site(LINKED, contact=CONTACT, imprint=IMPRINT, about=HOME))
    visit(net, fields=GIVES, pages=2)
    assert len(net.asked) == 1 + 2
    net = Net(site(LINKED, contact=CONTACT, imprint=IMPRINT, about=HOME))
    assert len(kept(visit(net, fields=GIVES, pages=3)).pages) == 3


def test_a_further_page_that_fails_or_leads_away_costs_nothing_else() -> None:
    away = moved("https://elsewhere.example/contact")
    pages = site(LINKED, contact=away, imprint=Page("", 500)) | site(domain="elsewhere.example")
    net = Net(pages)
    assert found(visit(net, fields=GIVES))["company_name"] == "Acme"
    assert not any("elsewhere" in url for url in net.asked)


def test_www_and_then_plain_http_are_tried_where_the_connection_fails() -> None:
    net = Net({"https://www.acme.example/": Page()}, {"acme.example": "93.184.216.34"})
    net.without_tls = frozenset({"acme.example"})
    assert found(visit(net))["website"] == "https://www.acme.example/"
    net = Net({"http://acme.example/": Page()}, without_tls=frozenset({"acme.example"}))
    assert found(visit(net))["website"] == "http://acme.example/"
    assert net.asked == ["http://acme.example/robots.txt", "http://acme.example/"]
    net = Net({"https://www.acme.example/": Page()})  # the bare name does not exist
    assert found(visit(net))["website"] == "https://www.acme.example/"


def test_attempts_are_bounded() -> None:
    net = Net({"https://acme.example/": Page("", 503), "https://www.acme.example/": Page("", 404)})
    item = visit(net)
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == "HTTP 503"
    assert net.asked == [
        *("https://acme.example/robots.txt", "https://acme.example/"),
        *("https://www.acme.example/robots.txt", "https://www.acme.example/"),
    ]


def test_a_site_that_cannot_be_reached_is_a_brief_miss() -> None:
    item = visit(Net({}))
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == "the name is not found"
    pages = {
        f"{s}://{h}acme.example/robots.txt": Page(reset=True)
        for s in ("https", "http")
        for h in ("", "www.")
    }
    item = visit(Net(pages))
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == "connection lost"


def test_a_site_that_never_answers_is_a_brief_miss() -> None:
    class Silent(Net):
        async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
            await self.closing.wait()
            return web.Response()

    quick = replace(spec(), limits=Limits(timeout=0.2))
    item = visit(Silent(site()), spec=quick)
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == "the site took more than 0.19 seconds"


@pytest.mark.parametrize("status", [401, 403, 451])
def test_a_site_that_forbids_itself_is_a_brief_miss_of_that_kind(status: int) -> None:
    net = Net(site(Page("no", status)) | site(domain="www.acme.example"))
    assert visit(net).outcome == Miss(Gap.FORBIDDEN, brief=True)
    assert not any("www." in url for url in net.asked)


def test_a_test_for_robots_is_a_brief_miss_of_that_kind() -> None:
    page = "<title>Just a moment...</title><p>Checking your browser</p>"
    assert visit(Net(site(page))).outcome == Miss(Gap.FORBIDDEN, brief=True)


@pytest.mark.parametrize(
    "html",
    [
        "<title>acme.example</title><p>This domain is for sale</p>",
        "<title>Welcome to nginx!</title>",
        "<title>App</title><noscript>Enable JavaScript</noscript>",
        "<title>Log in</title><input type=password>",
    ],
)
def test_pages_that_are_no_site_are_misses_to_be_remembered(html: str) -> None:
    item = visit(Net(site(html)))
    assert item.outcome == Miss(Gap.NOT_FOUND)
    assert kept(item).facts == ()


def test_answers_come_in_the_order_of_the_questions() -> None:
    async def main(website: Website) -> Sequence[Item]:
        asked = [query("gone.example"), query("acme.example")]
        return (await website.fetch(asked)).items

    items = with_website(Net(site()), main)
    assert [type(item.outcome) for item in items] == [Miss, Hit]
