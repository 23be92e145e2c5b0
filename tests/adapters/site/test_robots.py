"""robots.txt is honoured."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from enrich_cli.adapters.website import (
    GIVES,
    Website,
)
from enrich_cli.domain.outcome import Gap, Miss
from tests.adapters.site.web_kit import (
    CONTACT,
    IMPRINT,
    LINKED,
    Clock,
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


def robots(text: str, **page: Any) -> dict[str, Page]:
    return {"https://acme.example/robots.txt": Page(text, type="text/plain", **page)}


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: *\nDisallow: /\n", False),
        ("User-agent: *\r\nDisallow: /\r\n", False),
        ("\ufeffuser-agent: *\ndisallow: /\n", False),
        ("User-agent: enrich\nDisallow: /\n\nUser-agent: *\nAllow: /\n", False),
        ("User-agent: Other\nUser-agent: Enrich # us\nDisallow: /\n", False),
        ("User-agent: *\nDisallow: /*\nAllow: /about\n", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: enrich\nAllow: /\n", True),
        ("User-agent: OtherBot\nDisallow: /\n", True),
        ("User-agent: *\nDisallow: /admin\n", True),
        ("User-agent: *\nDisallow:\n", True),
        ("<html>Welcome</html>", True),
        ("", True),
    ],
)
def test_robots_txt_is_honoured(text: str, allowed: bool) -> None:
    net = Net(site() | robots(text))
    item = visit(net)
    assert net.asked.count("https://acme.example/") == allowed
    if not allowed:
        assert item.outcome == Miss(Gap.FORBIDDEN, brief=True)
        assert kept(item).detail == "robots.txt forbids it"
        assert net.asked == ["https://acme.example/robots.txt"]


def test_robots_txt_holds_for_each_page() -> None:
    rules = robots("User-agent: *\nDisallow: /contact\n")
    net = Net(site(LINKED, contact=CONTACT, imprint=IMPRINT) | rules)
    visit(net, fields=GIVES)
    assert "https://acme.example/contact" not in net.asked
    assert "https://acme.example/imprint" in net.asked


@pytest.mark.parametrize("status", [500, 503, 429])
def test_while_robots_txt_cannot_be_had_nothing_is_read(status: int) -> None:
    net = Net(site() | robots("", status=status))
    item = visit(net)
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == f"robots.txt cannot be had (HTTP {status}), so nothing is read"
    assert net.asked == ["https://acme.example/robots.txt"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_without_robots_txt_all_is_allowed(status: int) -> None:
    assert found(visit(Net(site() | robots("", status=status))))["company_name"] == "Acme"


def test_robots_txt_may_have_moved_within_the_site() -> None:
    there = {"https://www.acme.example/robots.txt": Page("User-agent: *\nDisallow: /")}
    pages = site() | {
        "https://acme.example/robots.txt": moved("https://www.acme.example/robots.txt")
    }
    assert visit(Net(pages | there)).outcome == Miss(Gap.FORBIDDEN, brief=True)


def test_robots_txt_is_asked_once_a_host_and_each_host_one_request_at_a_time() -> None:
    net = Net(site())

    async def main(website: Website) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(20):
                group.create_task(website.fetch([query("acme.example")]))

    with_website(net, main)
    assert net.asked.count("https://acme.example/robots.txt") == 1
    assert net.asked.count("https://acme.example/") == 20
    assert net.most_in_flight == 1


def test_a_crawl_delay_is_waited_for_between_pages() -> None:
    clock = Clock()
    rules = robots("User-agent: *\nCrawl-delay: 2\n")
    net = Net(site(LINKED, contact=CONTACT, imprint=IMPRINT) | rules)
    visit(net, fields=GIVES, clock=clock)
    assert len(net.asked) == 1 + 3
    assert clock.slept == [2.0, 2.0]


def test_a_site_that_wants_long_pauses_is_left_after_one_page() -> None:
    clock = Clock()
    for rule in ("Crawl-delay: 60", "Request-rate: 1/60"):
        net = Net(site(LINKED, contact=CONTACT) | robots(f"User-agent: *\n{rule}\n"))
        visit(net, fields=GIVES, clock=clock)
        assert net.asked == ["https://acme.example/robots.txt", "https://acme.example/"]
    assert clock.slept == []


def test_a_robots_txt_made_to_hurt_is_read_all_the_same() -> None:
    lines = [f"User-agent: a{i}" for i in range(12_000)] + [
        f"Disallow: /{i}" for i in range(12_000)
    ]
    assert found(visit(Net(site() | robots("\n".join(lines)))))["company_name"] == "Acme"
