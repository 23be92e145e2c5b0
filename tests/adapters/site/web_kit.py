"""A small internet on loopback that plays every site, and a scraper in it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx
import msgspec
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from enrich_cli.adapters.resolver import GuardedResolver
from enrich_cli.adapters.site.facts import Facts
from enrich_cli.adapters.website import (
    Website,
)
from enrich_cli.domain.entity import EntityType, Field, IdKind, Query, entity_key
from enrich_cli.domain.outcome import Hit
from enrich_cli.domain.provider import Item

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
    guard lets through it would go as it is. `names` are names without pages and their addresses;
    where there are several, each look-up gets the next one. `opened` are the addresses to which
    a connection was begun, one way or another.
    """

    pages: dict[str, Page]
    names: dict[str, str | list[str]] = field(default_factory=dict)
    opened: list[tuple[object, ...]] = field(default_factory=list)
    server_port: int = 0
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
        if isinstance(address, list):
            address = address.pop(0) if len(address) > 1 else address[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    def open_socket(self, info: tuple[Any, ...]) -> socket.socket:
        """A socket for the connector, which says where it is about to connect."""
        family, kind, protocol, _, address = info
        self.opened.append(tuple(address[:2]))
        return socket.socket(family, kind, protocol)

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
        tags = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
        if any(
            asked in request.headers and request.headers[asked] == page.headers.get(named)
            for asked, named in tags
        ):
            return web.Response(status=304)
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


class Plain:
    """Carries https as http and says so in a header; some hosts have no TLS."""

    def __init__(self, session: aiohttp.ClientSession, without_tls: frozenset[str]) -> None:
        self._session, self._without = session, without_tls

    async def page(
        self, url: URL, headers: Mapping[str, str], timeout: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        if url.scheme == "https" and url.host in self._without:
            raise aiohttp.ClientConnectionError("no TLS there")
        here = url
        if url.scheme == "https":
            port = "" if url.is_default_port() else f":{url.port}"
            here = URL(f"http://{url.raw_host}{port}{url.raw_path_qs}", encoded=True)
        return await self._session.get(
            here,
            headers={**headers, "X-Scheme": url.scheme},
            timeout=timeout,
            allow_redirects=False,
            auto_decompress=False,
        )


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
        net.server_port = runner.addresses[0][1]
        resolver = Rerouted(GuardedResolver(lookup=net.lookup), net.server_port)
        net.forbidden_port = trap.addresses[0][1]
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver, socket_factory=net.open_socket),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        async with session:
            client = Plain(session, net.without_tls)
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


CONTACT = "<title>Contact</title><h1>Contact</h1><p>info@acme.example</p>" + TEXT
IMPRINT = "<title>Imprint</title><h1>Imprint</h1><p>Acme Works Ltd</p>" + TEXT
