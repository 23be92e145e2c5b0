"""Reads many websites, once by the scraper and once by as little code as one can have.

    site_loop.py bare|bare_whole|simple_whole|ours|whole PORT HOSTS STALLING SECONDS

Both have as many workers, ask each host for robots.txt and its home page, and parse the page. All
names are those of the server at PORT; STALLING of the hosts never answer and are left after
SECONDS. Prints how many pages were read. Three columns are wanted: title, meta tags, JSON-LD and
links are read. For `whole` it is all that sites give: `bare_whole` reads all visible text, too, and
finds the elements in which logos, feeds, technologies, addresses and marked items stand;
`simple_whole` also looks through the text for mailboxes, telephone numbers and the year of
foundation, each by a pattern such as one writes at first.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from selectolax.lexbor import LexborHTMLParser
from yarl import URL

WORKERS = 100
WANTED = ("company_name", "description", "company_linkedin")


ELEMENTS = {
    "link[href]": "href",
    "img[src]": "src",
    "script[src]": "src",
    "address": "class",
    "[itemprop]": "itemprop",
}
PATTERNS = (
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),
    re.compile(r"\+?\d[\d ()./-]{6,}\d"),
    re.compile(r"(?:founded|established|since)\D{0,20}(\d{4})"),
)


class Here(AbstractResolver):
    """Every name is the server's, whatever the port."""

    def __init__(self, port: int) -> None:
        self._place = {"host": "127.0.0.1", "port": port, "family": socket.AF_INET}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The server."""
        return [ResolveResult(hostname=host, proto=0, flags=0, **self._place)]  # type: ignore[typeddict-item]

    async def close(self) -> None:
        """Nothing to close."""


def hosts(count: int, stalling: int) -> Iterator[str]:
    """The names, with those that stall spread among them."""
    every = count // stalling if stalling else 0
    for number in range(count):
        kind = "stall" if every and number % every == 0 else "maker"
        yield f"{kind}{number}.example"


async def shared(names: Iterator[str], read: Callable[[str], Awaitable[bool]]) -> int:
    """Read all names by a fixed number of workers; gives how many could be read."""
    done = 0

    async def work() -> None:
        nonlocal done
        for name in names:
            found = await read(name)
            done += found

    async with asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(work())
    return done


async def bare_whole(port: int, names: Iterator[str], seconds: float) -> int:
    """The bare loop, with the text of each page and all elements that tell something."""
    return await bare(port, names, seconds, ELEMENTS)


async def simple_whole(port: int, names: Iterator[str], seconds: float) -> int:
    """That, and patterns for what stands in the text."""
    return await bare(port, names, seconds, ELEMENTS, PATTERNS)


async def bare(
    port: int,
    names: Iterator[str],
    seconds: float,
    elements: Mapping[str, str] = {},
    patterns: Sequence[re.Pattern[str]] = (),
) -> int:
    """aiohttp and selectolax, and nothing else."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    connector = aiohttp.TCPConnector(limit=200, resolver=Here(port), keepalive_timeout=4)

    async def read(name: str) -> bool:
        try:
            async with asyncio.timeout(seconds):
                async with session.get(f"http://{name}/robots.txt") as reply:
                    await reply.read()
                async with session.get(f"http://{name}/") as reply:
                    body = await reply.read()
        except TimeoutError:
            return False
        tree = LexborHTMLParser(body.decode("utf-8", "replace"))
        title = tree.css_first("title")
        found: dict[str, object] = {
            "title": title.text() if title else "",
            "metas": {
                node.attributes.get("name") or node.attributes.get("property"): node.attributes.get(
                    "content"
                )
                for node in tree.css("meta")
            },
            "data": [json.loads(n.text()) for n in tree.css('script[type="application/ld+json"]')],
            "links": [node.attributes.get("href") for node in tree.css("a[href]")],
            "elements": {
                selector: [node.attributes.get(name) for node in tree.css(selector)]
                for selector, name in elements.items()
            },
        }
        if elements and tree.body:
            text = tree.body.text(separator="\n", strip=True)
            found |= {"text": text, "told": [one.findall(text) for one in patterns]}
        return bool(found["title"])

    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        return await shared(names, read)


async def whole(port: int, names: Iterator[str], seconds: float) -> int:
    """The scraper, where so much is wanted that every page is read to its end."""
    from enrich_cli.adapters.website import GIVES

    return await ours(port, names, seconds, GIVES)


async def ours(
    port: int, names: Iterator[str], seconds: float, wanted: Collection[str] = WANTED
) -> int:
    """The scraper on the connections that it has in a run, but for the name server and TLS."""
    from enrich_cli.adapters import clients
    from enrich_cli.adapters.website import Website, spec
    from enrich_cli.domain.entity import EntityType, Field, IdKind, Query, entity_key
    from enrich_cli.domain.outcome import Hit

    class Plain:
        async def page(
            self, url: URL, headers: Mapping[str, str], timeout: aiohttp.ClientTimeout
        ) -> aiohttp.ClientResponse:
            return await connections.page(
                URL(f"http{str(url)[5:]}", encoded=True), headers, timeout
            )

    class SystemClock:
        def now(self) -> float:
            return time.time()

        def monotonic(self) -> float:
            return time.monotonic()

        async def sleep(self, seconds: float) -> None:
            await asyncio.sleep(seconds)

    connections = clients.web_transport(200, {}, resolver=Here(port))
    website = Website(
        Plain(),
        user_agent="enrich/bench",
        clock=SystemClock(),
        spec=spec(concurrency=WORKERS, timeout=seconds / 0.95),
    )
    fields = frozenset(Field(name) for name in wanted)

    async def read(name: str) -> bool:
        key = entity_key(EntityType.COMPANY, name)
        reply = await website.fetch([Query(key, ((IdKind.DOMAIN, name),), fields)])
        return isinstance(reply.items[0].outcome, Hit)

    try:
        return await shared(names, read)
    finally:
        await connections.aclose()


def main(mode: str, port: str, count: str, stalling: str, seconds: str) -> None:
    """Run one of them, with Python's collector as the command has it."""
    gc.set_threshold(100_000, 20, 20)
    loops = (bare, bare_whole, simple_whole, ours, whole)
    loop = {one.__name__: one for one in loops}[mode]
    names = hosts(int(count), int(stalling))
    print(json.dumps({"read": asyncio.run(loop(int(port), names, float(seconds)))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
