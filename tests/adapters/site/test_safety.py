"""Hostile tables, pages and name servers: nothing is ever connected to but public addresses."""

from __future__ import annotations

import asyncio

import pytest

from enrich_cli.adapters.guard import check_form
from enrich_cli.adapters.website import GIVES, Website
from enrich_cli.domain.outcome import Gap, Hit, Miss
from enrich_cli.domain.provider import Item
from tests.adapters.refused_urls import REFUSED_URLS
from tests.adapters.site.web_kit import (
    HOME,
    LINKED,
    PUBLIC,
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

LOCAL = ("127.0.0.1", "127.255.255.254", "10.1.2.3", "169.254.169.254", "100.100.100.200",
         "192.168.1.1", "172.16.0.9", "0.0.0.0", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
         "fd00:ec2::254", "fe80::1", "2002:7f00:1::")  # fmt: skip
# In place of the port at the end of a URL, so that the refusal is not one of the port alone.
PORTED = tuple(
    url.replace("/", ":{port}/", 3).replace(":{port}/", "/", 2) if "://" in url else url
    for url in REFUSED_URLS
    if url.count("/") >= 3
)


def reached(net: Net) -> set[tuple[object, ...]]:
    """Where connections went, but for the server that plays the internet."""
    return set(net.opened) - {("127.0.0.1", net.server_port)}


def answers(target: str, how: str, domain: str) -> dict[str, Page]:
    """The pages of a site that leads its visitors to `target`."""
    return {
        "home": lambda: site(moved(target), domain),
        "robots": lambda: site(domain=domain) | {f"https://{domain}/robots.txt": moved(target)},
        "refresh": lambda: site(f'<meta http-equiv=refresh content="0;url={target}">', domain),
        "script": lambda: site(f"<script>window.location.href='{target}'</script>", domain),
        "frame": lambda: site(f"<frameset><frame src='{target}'></frameset>", domain),
        "base": lambda: site(LINKED.replace("<body>", f"<base href='{target}'><body>"), domain),
        "link": lambda: site(HOME.replace("<p>", f"<a href='{target}'>Contact</a><p>", 1), domain),
        "page": lambda: site(LINKED, domain, contact=moved(target)),
    }[how]()


HOWS = ("home", "robots", "refresh", "script", "frame", "base", "link", "page")


@pytest.mark.parametrize("how", HOWS)
def test_no_spelling_of_an_address_is_ever_connected_to(how: str) -> None:
    """A trap listens on loopback, at every hop and way to it: 0 connections, to it or elsewhere."""
    net = Net({})

    async def main(website: Website) -> list[Item]:
        targets = [*REFUSED_URLS, *(url.format(port=net.forbidden_port) for url in PORTED)]
        safe = [t for t in targets if "\n" not in t and "\t" not in t and "'" not in t]
        items: list[Item] = []
        for at, target in enumerate(safe):
            domain = f"acme{at}.example"
            net.pages.update(answers(target, how, domain))
            items += (await website.fetch([query(domain, GIVES)])).items
        assert len(safe) > 120
        return items

    items = with_website(net, main)
    assert net.forbidden == 0
    assert reached(net) == set()
    assert net.asked
    if how == "home":
        assert {type(item.outcome) for item in items} == {Miss}
    if how in ("link", "page"):
        assert {type(item.outcome) for item in items} == {Hit}


@pytest.mark.parametrize("address", LOCAL)
def test_a_name_that_means_another_address_the_second_time_is_not_followed(address: str) -> None:
    """The connection goes to the address that was checked; what is looked up later is checked."""
    net = Net({}, {"acme.example": [PUBLIC, address], "www.acme.example": [PUBLIC, address]})

    async def main(website: Website) -> None:
        net.pages.update(site(LINKED, contact=HOME, imprint=HOME))
        for _ in range(3):
            await website.fetch([query("acme.example", GIVES)])

    with_website(net, main)
    assert net.forbidden == 0
    assert reached(net) == set()
    assert net.asked


@pytest.mark.parametrize("address", LOCAL)
@pytest.mark.parametrize("order", ["first", "last"])
def test_of_a_names_addresses_only_public_ones_are_used(address: str, order: str) -> None:
    class Mixed(Net):
        def lookup(self, host: str, port: int, *rest: int) -> list[tuple[object, ...]]:
            public = super().lookup(host, port, *rest)
            self.names = {host: address}
            local = super().lookup(host, port, *rest)
            self.names = {}
            return local + public if order == "first" else public + local

    net = Mixed(site())
    item = visit(net)
    assert found(item)["company_name"] == "Acme"
    assert reached(net) == set()


@pytest.mark.parametrize(
    "domain",
    [
        *("127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1", "[::1]", "0x7f000001"),
        *("2130706433", "metadata.google.internal", "a.localhost", "intranet", "::1", "127.1"),
        *(
            "acme.example:22",
            "acme.example/..",
            "user@acme.example",
            "acme.example#",
            "a b.example",
        ),
        *("", ".", "..", "a..example", "\u2488.example", "acme.example\r\nX: y", "\x00.example"),
        *("x" * 300 + ".example", "xn--\u00e9.example", "xn--a-.example", "①②⑦.0.0.1"),
    ],
)
def test_what_is_no_domain_is_a_miss(domain: str) -> None:
    """The table's identifiers are normal forms, but nothing here relies on it."""
    net = Net({})
    item = visit(net, domain)
    assert isinstance(item.outcome, Miss)
    assert reached(net) == set()
    assert net.asked == []
    assert kept(item).detail


def test_private_hosts_are_reached_where_the_user_allows_it() -> None:
    net = Net({})

    async def main(website: Website) -> Item:
        net.pages.update(site(moved(f"http://127.0.0.1:{net.forbidden_port}/")))
        return (await website.fetch([query("acme.example")])).items[0]

    with_website(net, main, guard=check_form)
    assert ("127.0.0.1", net.forbidden_port) in reached(net)


def test_a_hostile_site_costs_the_others_nothing() -> None:
    net = Net(site() | site(moved("http://127.0.0.1/"), "evil.example"))

    async def main(website: Website) -> list[Item]:
        both = await asyncio.gather(
            website.fetch([query("evil.example")]), website.fetch([query("acme.example")])
        )
        return [reply.items[0] for reply in both]

    evil, acme = with_website(net, main)
    assert evil.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert found(acme)["company_name"] == "Acme"
