"""The website scraper against a real server on loopback that plays every site."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import zlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import httpx
import msgspec
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from httpx_aiohttp import AiohttpTransport
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.adapters.guard import GuardedResolver, check_form
from enrich_cli.adapters.http import ProviderContext
from enrich_cli.adapters.pages import MAX_BYTES, Fact, Source
from enrich_cli.adapters.website import (
    GIVES,
    Alias,
    Facts,
    Website,
    provider,
    registrable,
    spec,
)
from enrich_cli.domain.entity import CATALOGUE, EntityType, Field, IdKind, Query, entity_key
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.outcome import Failure, Gap, Hit, Miss, Reason
from enrich_cli.domain.provider import Item, Limits

PUBLIC = "93.184.216.34"
AGENT = "enrich/1.0 (+https://enrich.example/contact)"
NAME = frozenset({Field("company_name")})
TEXT = "<p>" + "We listen, then we draw, and only then do we build what you need. " * 12 + "</p>"
HOME = f"<html lang=en><title>Acme</title><body>{TEXT}</body></html>"
LINKED = HOME.replace(
    "<body>",
    '<body><a href="/contact">Contact</a><a href="/imprint">Imprint</a><a href="/about">About</a>',
)


@dataclass(frozen=True)
class Page:
    """What the server answers."""

    body: str | bytes = HOME
    status: int = 200
    type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    reset: bool = False


def moved(to: str, status: int = 301) -> Page:
    return Page("", status, headers={"Location": to})


MISSING = Page("not here", 404)


@dataclass
class Net:
    """A small internet: names with addresses, and pages by their URL.

    Every connection to the public address is carried to the loopback server; to whatever else the
    guard lets through it would go as it is.
    """

    pages: dict[str, Page]
    names: dict[str, str] = field(default_factory=dict)
    without_tls: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    in_flight: dict[str, int] = field(default_factory=dict)
    most_in_flight: int = 0
    forbidden_port: int = 0
    forbidden: int = 0
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def lookup(self, host: str, port: int, *_: int) -> list[tuple[object, ...]]:
        known = {httpx.URL(url).host for url in self.pages} | set(self.names)
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        address = self.names.get(host, PUBLIC)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        host = request.headers["Host"]
        url = f"{request.headers['X-Scheme']}://{host}{request.raw_path}"
        self.asked.append(url)
        self.agents.add(request.headers["User-Agent"])
        self.headers.append(dict(request.headers))
        self.in_flight[host] = self.in_flight.get(host, 0) + 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight[host])
        await asyncio.sleep(0)
        self.in_flight[host] -= 1
        page = self.pages.get(url, MISSING)
        if page.reset and request.transport is not None:
            request.transport.abort()
        body = page.body.encode() if isinstance(page.body, str) else page.body
        headers = {**({"Content-Type": page.type} if page.type else {}), **page.headers}
        return web.Response(body=body, status=page.status, headers=headers)

    async def must_not_be_reached(self, _request: web.BaseRequest) -> web.Response:
        self.forbidden += 1
        return web.Response(text=HOME, content_type="text/html")


class Rerouted(AbstractResolver):
    """The real guard; what it lets through under the public address ends at the test's server."""

    def __init__(self, guard: GuardedResolver, port: int) -> None:
        self._guard, self._port = guard, port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._guard.resolve(host, port, family)
        here = {"host": "127.0.0.1", "port": self._port}
        return [{**place, **here} if place["host"] == PUBLIC else place for place in found]  # type: ignore[typeddict-item]

    async def close(self) -> None:
        await self._guard.close()


class Plain(httpx.AsyncBaseTransport):
    """Carries https as http and says so in a header; some hosts have no TLS."""

    def __init__(self, inner: httpx.AsyncBaseTransport, without_tls: frozenset[str]) -> None:
        self._inner, self._without = inner, without_tls

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme == "https" and url.host in self._without:
            raise httpx.ConnectError("no TLS there")
        request.headers["X-Scheme"] = url.scheme
        if url.scheme == "https":
            request.url = url.copy_with(scheme="http", port=url.port or 80)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


class Clock:
    """Time that passes when somebody sleeps, and says who slept how long."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.slept.append(seconds)


def query(domain: str, fields: frozenset[Field] = NAME) -> Query:
    ids = ((IdKind.DOMAIN, domain),)
    return Query(entity_key(EntityType.COMPANY, domain), ids, fields)


def with_website(
    net: Net, main: Callable[[Website], Coroutine[Any, Any, Any]], **options: Any
) -> Any:
    """Run `main` with a scraper in that net."""

    async def run() -> Any:
        runner = web.ServerRunner(web.Server(net.serve))
        trap = web.ServerRunner(web.Server(net.must_not_be_reached))
        for server in (runner, trap):
            await server.setup()
            await web.TCPSite(server, "127.0.0.1", net.forbidden_port).start()
        resolver = Rerouted(GuardedResolver(lookup=net.lookup), runner.addresses[0][1])
        net.forbidden_port = trap.addresses[0][1]
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver), cookie_jar=aiohttp.DummyCookieJar()
        )
        transport = Plain(AiohttpTransport(client=session), net.without_tls)
        async with httpx.AsyncClient(transport=transport) as client:
            made = Website(client, user_agent=AGENT, clock=options.pop("clock", Clock()), **options)
            try:
                return await main(made)
            finally:
                net.closing.set()
                await resolver.close()
                for server in (runner, trap):
                    await server.cleanup()

    return asyncio.run(run())


def visit(
    net: Net, domain: str = "acme.example", fields: frozenset[Field] = NAME, **options: Any
) -> Item:
    async def main(website: Website) -> Item:
        reply = await website.fetch([query(domain, fields)])
        (item,) = reply.items
        assert website.reread(query(domain), item.body) == item
        return item

    item = with_website(net, main, **options)
    assert isinstance(item, Item)
    return item


def found(item: Item) -> dict[str, object]:
    assert isinstance(item.outcome, Hit), item.body
    return {name: value.content for name, value in item.outcome.values.items()}


def kept(item: Item) -> Facts:
    return msgspec.json.decode(item.body, type=Facts)


def site(
    home: str | Page = HOME, domain: str = "acme.example", **more: str | Page
) -> dict[str, Page]:
    pages = {"/": home, **{f"/{path}": page for path, page in more.items()}}
    return {
        f"https://{domain}{path}": Page(page) if isinstance(page, str) else page
        for path, page in pages.items()
    }


def test_one_page_where_it_says_enough() -> None:
    net = Net(site(LINKED))
    item = visit(net)
    assert found(item) == {
        "company_name": "Acme",
        "language": "en",
        "website": "https://acme.example/",
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


CONTACT = "<title>Contact</title><h1>Contact</h1><p>info@acme.example</p>" + TEXT
IMPRINT = "<title>Imprint</title><h1>Imprint</h1><p>Acme Works Ltd</p>" + TEXT


def test_further_pages_are_read_only_for_what_is_wanted_and_lacking() -> None:
    net = Net(site(LINKED, contact=CONTACT, imprint=IMPRINT))
    item = visit(net, fields=frozenset({Field("company_email")}))
    assert found(item)["company_email"] == "info@acme.example"
    assert net.asked[2:] == ["https://acme.example/contact", "https://acme.example/imprint"]
    net = Net(site(LINKED, contact=CONTACT, imprint=IMPRINT))
    item = visit(net, fields=frozenset({Field("legal_name")}))
    assert found(item)["legal_name"] == "Acme Works Ltd"
    assert net.asked[2:] == ["https://acme.example/imprint"]
    net = Net(site(LINKED.replace("<p>", "<p>info@acme.example ", 1), contact=CONTACT))
    visit(net, fields=frozenset({Field("company_email")}))
    assert net.asked[2:] == []


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


# -- robots.txt ----------------------------------------------------------------------------------


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


# -- redirects -----------------------------------------------------------------------------------


def test_redirects_within_the_site_are_followed() -> None:
    pages = {
        "https://acme.example/": moved("http://www.acme.example/"),
        "http://www.acme.example/": moved("https://www.acme.example/", 302),
        "https://www.acme.example/": moved("/en/", 307),
        "https://www.acme.example/en/": moved("?a=1#top", 308),
        "https://www.acme.example/en/?a=1": Page(),
    }
    item = visit(Net(pages))
    assert found(item)["website"] == "https://www.acme.example/"
    assert item.url == "https://www.acme.example/en/?a=1"
    assert kept(item).alias is None


def test_a_page_that_sends_the_visitor_on_is_followed() -> None:
    page = '<meta http-equiv=refresh content="0; url=/start">'
    assert visit(Net(site(page, start=HOME))).url == "https://acme.example/start"


def test_such_a_page_leads_no_further_than_a_redirect_would() -> None:
    page = '<meta http-equiv=refresh content="0; url=https://www.facebook.com/acme">'
    net = Net(site(page) | site(domain="www.facebook.com"))
    assert visit(net).outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert not any("facebook" in url for url in net.asked)


def test_an_internationalised_domain_is_its_own_site() -> None:
    domain = "xn--bcher-kva.example"
    page = LINKED.replace("Acme", "Bücher")
    pages = site(moved("https://www.bücher.example/"), domain) | site(
        page, f"www.{domain}", contact=CONTACT.replace("acme.example", domain)
    )
    item = visit(Net(pages), domain, frozenset({Field("company_email")}))
    assert kept(item).alias is None
    assert found(item) == {
        "company_name": "Bücher",
        "company_email": f"info@{domain}",
        "language": "en",
        "website": f"https://www.{domain}/",
    }


def test_endless_redirects_end() -> None:
    pages = {f"https://acme.example/{'x' * i}": moved(f"/{'x' * (i + 1)}") for i in range(20)}
    net = Net(pages)
    item = visit(net)
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == "redirects more than 5 times"
    assert len([url for url in net.asked if not url.endswith("robots.txt")]) == 6


def test_another_domain_of_the_same_name_is_followed_and_noted() -> None:
    pages = site(moved("https://www.acme.test/")) | site(domain="www.acme.test")
    item = visit(Net(pages))
    assert kept(item).alias == Alias("https://www.acme.test/", "acme.test")
    assert found(item) == {
        "company_name": "Acme",
        "language": "en",
        "website": "https://www.acme.test/",
    }
    assert isinstance(item.outcome, Hit)
    assert item.outcome.values[Field("website")].confidence == 0.8


def test_another_domain_is_followed_if_its_page_speaks_of_the_first() -> None:
    mentions = HOME.replace("Acme", "Newco").replace("<p>", "<p>Once we were acme.example. ", 1)
    pages = site(moved("https://newco.example/")) | site(mentions, domain="newco.example")
    item = visit(Net(pages))
    assert found(item)["company_name"] == "Newco"
    assert kept(item).alias == Alias("https://newco.example/", "newco.example")


def test_another_companys_page_is_not_taken_for_this_one() -> None:
    other = HOME.replace("Acme", "Newco")
    pages = site(moved("https://newco.example/")) | site(other, domain="newco.example")
    item = visit(Net(pages))
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == "leads to newco.example, another company's"
    assert kept(item).alias == Alias("https://newco.example/", "newco.example")


@pytest.mark.parametrize(
    "host", ["www.facebook.com", "de.linkedin.com", "sedo.com", "login.microsoftonline.com"]
)
def test_hosts_that_are_everybodys_or_nobodys_are_never_visited(host: str) -> None:
    net = Net(site(moved(f"https://{host}/acme")) | site(domain=host))
    item = visit(net)
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == f"leads to {host}, where nobody or everybody is"
    assert not any(host in url for url in net.asked)


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f.1:{port}/",
        "//127.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://inside.acme.example/",
        "http://v6.acme.example/",
        "http://acme.example:{port}/",
        "http://user@acme.example/",
        "ftp://acme.example/",
        "file:///etc/passwd",
        "http://[bad",
    ],
)
@pytest.mark.parametrize("how", ["home", "robots", "refresh", "page"])
def test_no_redirect_reaches_a_private_address(target: str, how: str) -> None:
    """The trap listens on loopback, and no connection comes, at whatever hop it is named."""
    net = Net({}, {"inside.acme.example": "127.0.0.1", "v6.acme.example": "::1"})

    async def main(website: Website) -> Item:
        url = target.format(port=net.forbidden_port)
        pages = {
            "home": site(moved(url)),
            "robots": site() | {"https://acme.example/robots.txt": moved(url)},
            "refresh": site(f'<meta http-equiv=refresh content="0;url={url}">'),
            "page": site(LINKED, contact=moved(url)),
        }
        net.pages.update(pages[how])
        return (await website.fetch([query("acme.example", GIVES)])).items[0]

    item = with_website(net, main)
    assert net.forbidden == 0
    if how == "home":
        assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    if how == "page":
        assert found(item)["company_name"] == "Acme"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1"])
def test_a_domain_with_a_private_address_is_not_visited(address: str) -> None:
    net = Net({}, {"acme.example": address, "www.acme.example": address})
    item = visit(net)
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == "not to be reached: acme.example has no public address"
    assert net.asked == []


def test_the_guard_of_urls_can_be_opened() -> None:
    net = Net({})

    async def main(website: Website) -> Item:
        net.pages.update(site(moved(f"http://127.0.0.1:{net.forbidden_port}/")))
        return (await website.fetch([query("acme.example")])).items[0]

    with_website(net, main, guard=check_form)
    assert net.forbidden > 0


# -- what is read of a response ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (gzip.compress(HOME.encode()), "gzip"),
        (gzip.compress(HOME.encode()), "X-GZip"),
        (zlib.compress(HOME.encode()), "deflate"),
        (zlib.compress(HOME.encode(), wbits=-15), "deflate"),
        (HOME.encode(), "identity"),
        (gzip.compress(HOME.encode())[:-9], "gzip"),
    ],
)
def test_packed_pages(packed: bytes, encoding: str) -> None:
    item = visit(Net(site(Page(packed, headers={"Content-Encoding": encoding}))))
    assert found(item)["company_name"] == "Acme"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "x"])
def test_pages_packed_in_other_ways_are_not_unpacked(encoding: str) -> None:
    item = visit(Net(site(Page(b"\x00\x01", headers={"Content-Encoding": encoding}))))
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)


def test_no_more_of_a_page_is_read_than_the_cap() -> None:
    head, rest = b"<title>Acme</title>" + TEXT.encode(), b" " * (64 << 20)
    packed = gzip.compress(head + rest + b"<p>info@acme.example</p>", 1)
    page = Page(packed, headers={"Content-Encoding": "gzip"})
    values = found(visit(Net(site(page))))
    assert values["company_name"] == "Acme"
    assert "company_email" not in values
    near = head + b" " * (MAX_BYTES - len(head) - 100) + b"<p>info@acme.example</p>"
    assert found(visit(Net(site(Page(near)))))["company_email"] == "info@acme.example"
    assert "company_email" not in found(visit(Net(site(Page(b" " * 100 + near)))))


@pytest.mark.parametrize(
    "page",
    [
        Page(b"%PDF-1.7", type="application/pdf"),
        Page('{"a": 1}', type="application/json"),
        Page(b"\x89PNG", type="image/png"),
        Page(b"\x00\x01\x02\xff" * 256),
        Page("just words", type="application/octet-stream"),
    ],
)
def test_what_is_no_page_is_a_miss(page: Page) -> None:
    assert visit(Net(site(page))).outcome == Miss(Gap.NOT_FOUND, brief=True)


@pytest.mark.parametrize(
    "type_", ["text/html", "TEXT/HTML;x=y", "application/xhtml+xml", "text/plain"]
)
def test_types_that_are_pages(type_: str) -> None:
    assert found(visit(Net(site(Page(type=type_)))))["company_name"] == "Acme"


def test_no_cookie_is_kept() -> None:
    page = Page(LINKED, headers={"Set-Cookie": "a=b; Path=/"})
    net = Net(site(page, contact=CONTACT))
    visit(net, fields=GIVES)
    assert len(net.headers) > 2
    assert not any("Cookie" in headers for headers in net.headers)
    assert {headers["Accept-Encoding"] for headers in net.headers} == {"gzip, deflate"}


# -- the provider --------------------------------------------------------------------------------


def test_the_spec_is_that_of_a_free_provider() -> None:
    made = spec(concurrency=7, timeout=3.0)
    assert made.name == "website"
    assert made.free
    assert made.usable([(IdKind.DOMAIN, "acme.example")])
    assert not made.usable([(IdKind.EMAIL, "a@acme.example")])
    assert made.batch == 1
    assert made.limits == Limits(concurrency=7, timeout=3.0)
    assert made.gives <= set(CATALOGUE)
    assert all(CATALOGUE[name].entity is EntityType.COMPANY for name in made.gives)
    assert len(made.mapping) == 16


def context(options: Mapping[str, object]) -> ProviderContext:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    return ProviderContext(
        web=client, api=client, clock=Clock(), environ={}, options=options, user_agent=AGENT
    )


def test_the_entry_point_reads_its_options() -> None:
    made = provider(context({"pages": 1, "concurrency": 5, "timeout": 9}))
    assert made.spec == spec(concurrency=5, timeout=9.0)


@pytest.mark.parametrize(
    "options", [{"pages": 0}, {"pages": 11}, {"pages": "3"}, {"concurrency": True}, {"timeout": 0}]
)
def test_options_that_cannot_be_are_refused_by_name(options: dict[str, object]) -> None:
    (key,) = options
    with pytest.raises(ConfigError, match=rf"\[provider\.website\] {key}"):
        provider(context(options))


def reread(body: bytes) -> Item:
    return provider(context({})).reread(query("acme.example"), body)


def test_kept_facts_are_read_again_without_asking() -> None:
    fact = Fact("company_name", "Acme", Source.STATED, "https://acme.example/")
    alien = Fact("person_email", "a@acme.example", Source.STATED, "https://acme.example/")
    facts = Facts("acme.example", ("https://acme.example/",), "site", facts=(fact, alien))
    item = reread(msgspec.json.encode(facts))
    assert found(item) == {"company_name": "Acme"}
    assert item.url == "https://acme.example/"


@settings(max_examples=200)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.text(max_size=5),
            lambda x: (
                st.lists(x, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["domain", "pages", "verdict", "facts", "alias", "gap"]),
                    x,
                    max_size=4,
                )
            ),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_kept_bytes_that_are_no_facts_are_garbage_not_a_crash(body: bytes) -> None:
    outcome = reread(body).outcome
    if isinstance(outcome, Failure):
        assert outcome.reason is Reason.GARBAGE
    else:
        assert isinstance(outcome, Miss)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.acme.co.uk", "acme.co.uk"),
        ("shop.acme.com", "acme.com"),
        ("acme.github.io", "acme.github.io"),
        ("www.acme.example", "acme.example"),
        ("a.b.acme.test", "acme.test"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
    ],
)
def test_registrable_domains(host: str, domain: str) -> None:
    assert registrable(host) == domain


def test_answers_come_in_the_order_of_the_questions() -> None:
    async def main(website: Website) -> Sequence[Item]:
        asked = [query("gone.example"), query("acme.example")]
        return (await website.fetch(asked)).items

    items = with_website(Net(site()), main)
    assert [type(item.outcome) for item in items] == [Miss, Hit]
