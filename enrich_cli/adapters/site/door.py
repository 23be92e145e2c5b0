"""Every request of the scraper: guarded, one at a time a host, by the rules of robots.txt."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import aiohttp
import httpx
from multidict import CIMultiDict
from yarl import URL

from enrich_cli.adapters.clients import Pages
from enrich_cli.adapters.http_errors import FOREIGN
from enrich_cli.adapters.site import robots
from enrich_cli.adapters.site.bounds import MAX_BYTES
from enrich_cli.adapters.site.facts import Mark
from enrich_cli.adapters.site.links import root, same_site
from enrich_cli.adapters.site.responses import (
    Next,
    NoPageError,
    Response,
    readable,
    received,
    unreached,
)
from enrich_cli.adapters.site.robots import Rules
from enrich_cli.domain.outcome import Gap
from enrich_cli.domain.provider import Clock

MAX_REDIRECTS = 5
_REQUEST_SECONDS, _CONNECT_SECONDS = 9.0, 5.0
_LONGEST_DELAY = 5.0  # a site that wants longer pauses than this is left after one page
_MAX_HOSTS = 2_048  # more than are ever visited at a time
# What needs no second look: a plain host and a plain path, as every reader of URLs takes them.
_PLAIN = re.compile(r"https?://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/[A-Za-z0-9/_-]*", re.ASCII)
_HEADERS = {
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "en, *;q=0.5",
}


@dataclass(eq=False, slots=True)
class _Host:
    """What is known of a host in this run. `last` is when a page of it was last asked for."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: Rules | None = None
    last: float | None = None


class Door:
    """Every request of the scraper: guarded, one at a time a host, by the rules of robots.txt."""

    def __init__(
        self,
        client: Pages,
        user_agent: str,
        clock: Clock,
        guard: Callable[[str], object],
    ) -> None:
        self._client, self._clock, self._guard = client, clock, guard
        self._headers = CIMultiDict({**_HEADERS, "User-Agent": user_agent})
        self._timeout = aiohttp.ClientTimeout(_REQUEST_SECONDS, sock_connect=_CONNECT_SECONDS)
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    async def page(
        self, url: str, objection: Callable[[str], str], mark: Mark | None = None
    ) -> Response:
        """The page at `url`, wherever it has moved. Raises NoPageError.

        `objection` says why a host is not to be visited, "" where it may be. With the `mark` that
        the page had it may come back without a body, as unchanged.
        """
        try:
            url = url if _PLAIN.fullmatch(url) else str(httpx.URL(url.partition("#")[0]))
        except httpx.InvalidURL as error:
            raise NoPageError("a link to what is no address") from error
        for _ in range(MAX_REDIRECTS + 1):
            if why := objection(host_name(url)):
                raise NoPageError(why)
            host = self._host(url)
            async with host.turn:
                await self._knock(host, url)
                since = mark if mark and mark.url == url else None
                got = await self._get(url, MAX_BYTES, since)
            if got.location is None and not (got.unchanged and since is None):
                return readable(got)
            if got.location is None:
                raise NoPageError("says that what was never read has not changed")
            url = got.location
        raise NoPageError(f"redirects more than {MAX_REDIRECTS} times")

    def patient(self, url: str) -> bool:
        """Whether that host lets a further page be asked for in the time that a site gets."""
        rules = self._host(url).rules
        return rules is None or rules.delay <= _LONGEST_DELAY

    def _host(self, url: str) -> _Host:
        name = host_name(url)
        host = self._hosts.setdefault(name, _Host())
        self._hosts.move_to_end(name)
        while len(self._hosts) > _MAX_HOSTS:
            self._hosts.popitem(last=False)
        return host

    async def _knock(self, host: _Host, url: str) -> None:
        """Ask robots.txt, and wait as long as the host wants between two pages."""
        if host.rules is None:
            host.rules = await self._rules(url)
        if not host.rules.allow(url):
            raise NoPageError("robots.txt forbids it", Gap.FORBIDDEN)
        now, delay = self._clock.monotonic(), host.rules.delay
        if host.last is not None and delay:
            wait = host.last + min(delay, _LONGEST_DELAY) - now
            if wait > 0:
                await self._clock.sleep(wait)
        host.last = self._clock.monotonic()

    async def _rules(self, url: str) -> Rules:
        """The robots.txt of the host of `url`.

        Without one (4xx, or a redirect that leads away) all is allowed; while the server cannot
        say (5xx, 429) nothing is (RFC 9309, 2.3.1).
        """
        home = host_name(url).removeprefix("www.")
        url = f"{root(url)}robots.txt"
        for _ in range(MAX_REDIRECTS + 1):
            got = await self._get(url, robots.MAX_BYTES)
            if got.location is not None and same_site(host_name(got.location), home):
                url = got.location
                continue
            if got.status >= 500 or got.status == 429:
                detail = f"robots.txt cannot be had (HTTP {got.status}), so nothing is read"
                raise NoPageError(detail, then=Next.OTHER_HOST)
            text = got.body.decode("utf-8", "replace") if got.status == 200 else ""
            return robots.parse(text)
        return robots.parse("")

    async def _get(self, url: str, most: int, mark: Mark | None = None) -> Response:
        """One request. Raises NoPageError where there is no response."""
        headers: Mapping[str, str] = self._headers
        if mark is not None:
            since = {"If-None-Match": mark.etag, "If-Modified-Since": mark.modified}
            headers = {**headers, **{name: value for name, value in since.items() if value}}
        try:
            self._guard(url)
            asked = self._client.page(URL(url, encoded=True), headers, self._timeout)
            async with await asked as response:
                return await received(response, url, most)
        except ValueError as error:  # punycode, and some of it is none
            raise NoPageError("the host is no name on the internet") from error
        except FOREIGN as error:
            raise unreached(error) from error


@lru_cache(maxsize=4_096)
def host_name(url: str) -> str:
    """The host as name servers know it: IDN as punycode, like the domains that are asked about."""
    if plain := _PLAIN.fullmatch(url):
        return plain[1]
    return httpx.URL(url).raw_host.decode("ascii").lower().rstrip(".")
