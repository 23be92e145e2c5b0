"""Servers made to hurt, endless, slow, flooding, circling: bounded bytes, a reason, on it goes."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest

from enrich_cli.adapters.site.bounds import MAX_BYTES
from enrich_cli.adapters.site.facts import Facts
from enrich_cli.adapters.website import GIVES, Website, spec
from enrich_cli.domain.outcome import Hit, Miss
from enrich_cli.domain.provider import Item, Limits
from tests.adapters.site.web_kit import AGENT, HOME, TEXT, Clock, Plain, kept, query

# What is sent may run ahead of what is read by what lies in buffers on the way.
BUFFERS = 12 << 20
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
Sending = AsyncIterator[bytes]


@dataclass
class Raw:
    """A server that sends bytes as they come, for each host what `hosts` has for it."""

    hosts: Mapping[str, Callable[[str], Sending]]
    sent: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = request.split()[1]
            host = request.lower().partition("host: ")[2].split()[0]
            self.asked[host] = self.asked.get(host, 0) + 1
            async for piece in self.hosts[host](path):
                writer.write(piece)
                self.sent[host] = self.sent.get(host, 0) + len(piece)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Here(aiohttp.abc.AbstractResolver):
    """Every name is this server's."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[Any]:
        place = {"hostname": host, "host": "127.0.0.1", "port": self._port}
        return [{**place, "family": 2, "proto": 6, "flags": 0}]

    async def close(self) -> None:
        pass


def visited(raw: Raw, *domains: str, seconds: float = 20.0) -> list[Item]:
    """Visit these sites one after the other by one scraper."""

    async def main() -> list[Item]:
        server = await asyncio.start_server(raw, "127.0.0.1", 0)
        resolver = Here(server.sockets[0].getsockname()[1])
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=resolver))
        quick = replace(spec(), limits=Limits(timeout=seconds))
        async with session:
            website = Website(
                Plain(session, frozenset()), user_agent=AGENT, clock=Clock(), spec=quick
            )
            items: list[Item] = []
            for domain in domains:
                items += (await website.fetch([query(domain, GIVES)])).items
        raw.closing.set()
        server.close()
        return items

    return asyncio.run(main())


async def plain(path: str) -> Sending:
    """A well-behaved site."""
    if path == "/":
        body = HOME.encode()
        yield HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    else:
        yield b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def page(start: bytes, more: Callable[[], Sending]) -> Callable[[str], Sending]:
    """A site whose home page begins with `start` and goes on with `more`."""

    async def play(path: str) -> Sending:
        if path != "/":
            yield b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
            return
        yield start
        async for piece in more():
            yield piece

    return play


def endless(piece: bytes, most: int = 200 << 20) -> Callable[[], Sending]:
    """The same again and again, up to far more than anyone may read."""

    async def more() -> Sending:
        for _ in range(most // len(piece)):
            yield piece

    return more


def packed(text: bytes, times: int, wbits: int) -> Callable[[], Sending]:
    """A text many times over: it unpacks to a thousand times of what is sent."""
    pack = zlib.compressobj(9, zlib.DEFLATED, wbits)
    start = pack.compress(b"<title>Acme</title>" + TEXT.encode()) + pack.flush(zlib.Z_FULL_FLUSH)
    piece = pack.compress(text) + pack.flush(zlib.Z_FULL_FLUSH)  # can be sent any number of times

    async def more() -> Sending:
        yield start
        for _ in range(times):
            yield piece

    return more


START = b"<title>Acme</title>" + TEXT.encode()
TITLED = HEAD + b"\r\n" + START
JSON = b'<script type="application/ld+json">[' + b'{"@type":"Organization","name":"N"},' * 2_000

ENDLESS = {
    "an endless body": page(TITLED, endless(b"<p>more " * 8_000)),
    "endless tags": page(TITLED, endless(b"<div>" * 12_000)),
    "endless open comments": page(TITLED, endless(b"<!-- " * 12_000)),
    "endless JSON-LD": page(TITLED + JSON, endless(JSON[36:])),
    "an endless line of nothing": page(TITLED, endless(b" " * 60_000)),
    "an endless zip": page(
        HEAD + b"Content-Encoding: gzip\r\n\r\n", packed(b" " * (1 << 20), 3_000, 31)
    ),
    "an endless deflate": page(
        HEAD + b"Content-Encoding: deflate\r\n\r\n", packed(b"<b>" * 300_000, 3_000, -15)
    ),
    "a body longer than it says": page(
        HEAD + b"Content-Length: 99999999999\r\n\r\n<title>Acme</title>" + TEXT.encode(),
        endless(b"x" * 60_000),
    ),
    "endless chunks": page(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n" % len(START) + START + b"\r\n",
        endless((b"10\r\n" + b" " * 16 + b"\r\n") * 2_000),
    ),
}  # fmt: skip


@pytest.mark.parametrize("play", ENDLESS.values(), ids=ENDLESS)
def test_of_an_endless_page_no_more_is_read_than_the_cap(play: Callable[[str], Sending]) -> None:
    raw = Raw({**dict.fromkeys(("acme.example", "www.acme.example"), play), "next.example": plain})
    item, after = visited(raw, "acme.example", "next.example")
    assert isinstance(item.outcome, Hit), item.body
    assert item.outcome.values[next(f for f in GIVES if f == "company_name")].content == "Acme"
    assert (
        raw.sent["acme.example"] < MAX_BYTES * 6 + BUFFERS
    )  # chunks of one byte have a frame of 6
    assert isinstance(after.outcome, Hit)


FLOODS = {
    "endless headers": page(b"HTTP/1.1 200 OK\r\n", endless(b"X-A: " + b"b" * 4_000 + b"\r\n")),
    "headers without number": page(b"HTTP/1.1 200 OK\r\n", endless(b"A: b\r\n" * 9_000)),
    "one endless header": page(b"HTTP/1.1 200 OK\r\nX-A: ", endless(b"b" * 60_000)),
    "an endless status": page(b"HTTP/1.1 200 ", endless(b"O" * 60_000)),
    "an endless cookie": page(HEAD + b"Set-Cookie: a=", endless(b"b" * 60_000)),
    "no HTTP at all": page(b"", endless(b"SSH-2.0-OpenSSH\r\n" * 3_000)),
    "a broken zip": page(HEAD + b"Content-Encoding: gzip\r\n\r\n", endless(b"\xff" * 60_000)),
    "chunks of no length": page(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", endless(b"zz\r\n" * 9_000)
    ),
}  # fmt: skip


HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
ENDED_BY_TIME = {
    "endless early hints": page(b"", endless(HINT * 900, 2 << 30)),
    "a chunk's endless length": page(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", endless(b"0" * 60_000, 2 << 30)
    ),
}


@pytest.mark.parametrize("play", ENDED_BY_TIME.values(), ids=ENDED_BY_TIME)
def test_what_the_client_takes_without_an_end_is_ended_by_time(
    play: Callable[[str], Sending],
) -> None:
    raw = Raw({**dict.fromkeys(("acme.example", "www.acme.example"), play), "next.example": plain})
    item, after = visited(raw, "acme.example", "next.example", seconds=0.5)
    assert isinstance(item.outcome, Miss)
    assert kept(item).detail == "the site took more than 0.475 seconds"
    assert isinstance(after.outcome, Hit)


@pytest.mark.parametrize("play", FLOODS.values(), ids=FLOODS)
def test_floods_are_a_miss_with_a_reason(play: Callable[[str], Sending]) -> None:
    hosts = {"acme.example": play, "www.acme.example": play, "next.example": plain}
    raw = Raw(hosts)
    item, after = visited(raw, "acme.example", "next.example")
    assert isinstance(item.outcome, Miss)
    assert item.outcome.brief
    assert kept(item).detail
    # Four ways to the page are tried; of each no more is taken than fits into buffers.
    assert raw.sent["acme.example"] + raw.sent.get("www.acme.example", 0) < 4 * BUFFERS
    assert isinstance(after.outcome, Hit)


def slow(start: bytes, piece: bytes, raw: Raw) -> Callable[[str], Sending]:
    """Says something at once, and no more before all is over."""

    async def play(path: str) -> Sending:
        yield start
        await raw.closing.wait()
        yield piece

    return play


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"H",
        b"HTTP/1.1 200 OK\r\n",
        HEAD + b"\r\n",
        TITLED,
        HEAD + b"Content-Length: 9\r\n\r\n<",
    ],
    ids=["silence", "one byte", "a status", "headers", "half a page", "a body of one byte"],
)
def test_a_slow_site_is_a_miss_when_its_time_is_over(start: bytes) -> None:
    raw = Raw({})
    raw.hosts = {
        **dict.fromkeys(("acme.example", "www.acme.example"), slow(start, b"x", raw)),
        "next.example": plain,
    }
    item, after = visited(raw, "acme.example", "next.example", seconds=0.5)
    assert isinstance(item.outcome, Miss)
    assert item.outcome.brief
    assert kept(item).detail == "the site took more than 0.475 seconds"
    assert isinstance(after.outcome, Hit)


@pytest.mark.parametrize("start", [b"", TITLED], ids=["headers", "a page"])
def test_a_byte_now_and_then_is_a_miss_when_its_time_is_over(start: bytes) -> None:
    async def drip(path: str) -> Sending:
        yield start or b"HTTP/1.1 200 OK\r\nX-Long: "
        while not raw.closing.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(raw.closing.wait(), 0.02)
            yield b"x"

    raw = Raw({})
    raw.hosts = {
        **dict.fromkeys(("acme.example", "www.acme.example"), drip),
        "next.example": plain,
    }
    item, after = visited(raw, "acme.example", "next.example", seconds=0.5)
    assert isinstance(item.outcome, Miss)
    assert kept(item).detail == "the site took more than 0.475 seconds"
    assert isinstance(after.outcome, Hit)


def circling(path: str) -> Sending:
    """Redirects to another address each time, for ever."""

    async def play() -> Sending:
        target = f"/{len(path) + 1}{path[1:]}"
        yield f"HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()

    return play()


def test_endless_redirects_end_after_a_few() -> None:
    raw = Raw({"acme.example": circling, "www.acme.example": circling, "next.example": plain})
    item, after = visited(raw, "acme.example", "next.example")
    assert isinstance(item.outcome, Miss)
    assert kept(item).detail == "redirects more than 5 times"
    assert raw.asked["acme.example"] <= 12  # six for robots.txt, six for the page
    assert isinstance(after.outcome, Hit)


def test_an_endless_robots_txt_is_read_as_far_as_it_counts() -> None:
    async def play(path: str) -> Sending:
        if path == "/robots.txt":
            yield b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /x\n"
            async for piece in endless(b"Disallow: /y\n" * 5_000)():
                yield piece
        async for piece in plain(path):
            yield piece

    raw = Raw({"acme.example": play})
    (item,) = visited(raw, "acme.example")
    assert isinstance(item.outcome, Hit)
    assert raw.sent["acme.example"] < BUFFERS


def test_what_is_kept_of_a_hostile_page_is_small() -> None:
    many = b"".join(
        b"<p>Tel. +1 555 010 %04d, info%d@acme.example, \xc2\xa9 Acme%d Ltd</p>" % (i, i, i)
        for i in range(9_000)
    )
    body = HEAD + b"Content-Length: %d\r\n\r\n" % len(many) + many
    raw = Raw({"acme.example": page(body, endless(b"x", 0))})
    (item,) = visited(raw, "acme.example")
    assert len(item.body) < 20_000
    assert kept(item) == Facts(**{f: getattr(kept(item), f) for f in Facts.__struct_fields__})
