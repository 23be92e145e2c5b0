"""The website scraper: reads a company's own pages, politely, and never where it must not go."""

from __future__ import annotations

import asyncio
import hashlib
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import aiohttp
import httpx
import msgspec
from protego import Protego

from enrich_cli.adapters.guard import AddressRefusedError, check_form, check_url
from enrich_cli.adapters.http_errors import FOREIGN, translated
from enrich_cli.adapters.pages import (
    ADDRESS,
    CONFIDENCE,
    MAX_BYTES,
    Fact,
    Page,
    Source,
    Topic,
    Verdict,
    best,
    label,
    read,
    resembles,
    same_site,
)
from enrich_cli.domain.entity import EntityType, Field, IdKind, Query
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.lists import lines
from enrich_cli.domain.outcome import Failure, Gap, Hit, Miss, Outcome, Reason, Value
from enrich_cli.domain.provider import Clock, Item, Limits, ProviderSpec, Reply, Tier

if TYPE_CHECKING:
    from enrich_cli.adapters.http import ProviderContext

GIVES = frozenset(
    Field(name)
    for name in (
        *("company_name", "legal_name", "description", "language", "logo_url", "website"),
        *("company_phone", "company_email", "company_linkedin", "company_twitter"),
        *("company_facebook", "company_instagram", "company_youtube", "company_github"),
        *("founded_year", "employee_count", "industry", "technologies", *ADDRESS),
    )
)
"""What a website may tell."""

AGENT = "enrich"
"""The name that a robots.txt calls us by."""

MAX_REDIRECTS = 5
_RULES = 1  # raise it when kept facts are read in another way
_ALIAS_TRUST = 0.8  # a page under another domain may be a parent's or a buyer's
_SITE_SHARE = 0.95  # of the provider's time limit, so that a slow site is a miss, not a failure
_REQUEST_SECONDS, _CONNECT_SECONDS = 9.0, 5.0
_LONGEST_DELAY = 5.0  # a site that wants longer pauses than this is left after one page
_MAX_ROBOTS = 500 * 1024  # RFC 9309: at least that much of a robots.txt is to be read
_MAX_HOSTS = 4_096

# The pages, nearest first, on which a field that the home page lacks may stand.
_REACH = (Topic.CONTACT, Topic.IMPRINT)
_PLACES: Mapping[str, tuple[Topic, ...]] = {
    "legal_name": (Topic.IMPRINT,),
    "company_email": _REACH,
    "company_phone": _REACH,
    **dict.fromkeys(ADDRESS, _REACH),
    "description": (Topic.ABOUT,),
    "company_linkedin": (Topic.CONTACT, Topic.ABOUT),
}

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_FORBIDDEN = frozenset((401, 403, 451))
_HTML = re.compile(r"\s*(?:text/(?:html|plain)|application/xhtml\+xml)\s*(?:;|$)", re.IGNORECASE)
_HEADERS = {
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "en, *;q=0.5",
}
# Besides the shared hosts of the tables' lists: parking, markets for names, log-in services.
# Whoever ends there has no site of their own.
_NOBODY = frozenset(
    (
        *("sedo.com", "sedoparking.com", "dan.com", "afternic.com", "hugedomains.com", "bodis.com"),
        *("parkingcrew.net", "undeveloped.com", "godaddy.com", "above.com", "domainmarket.com"),
        *("atom.com", "brandbucket.com", "namecheap.com", "epik.com", "porkbun.com", "bit.ly"),
        *("microsoftonline.com", "okta.com", "auth0.com", "google.com", "live.com"),
        "linkedin.com",
    )
)
# Other agents than us in a robots.txt, and names that a file could be filled with.
_OTHERS = re.compile(
    rf"(?im)^([^\S\n]*user[- ]?agent[^\S\n]*+:?+[^\S\n]*+)(?!(?:\*|{AGENT})\s*(?:#|$))[^\n]*$"
)


class Alias(msgspec.Struct, frozen=True):
    """Another domain to which the one that was asked about leads."""

    url: str
    domain: str


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of a visit, in place of the pages: enough to answer again by later rules.

    `verdict` is that of the home page, "" where none was seen; then `gap` and `detail` say why.
    """

    domain: str
    pages: tuple[str, ...] = ()
    verdict: str = ""
    gap: str = ""
    detail: str = ""
    alias: Alias | None = None
    facts: tuple[Fact, ...] = ()


def spec(*, concurrency: int = 100, timeout: float = 20.0) -> ProviderSpec:
    """What the middle needs to know of the scraper."""
    rules = f"{_RULES} {_ALIAS_TRUST} {sorted(CONFIDENCE.items())}"
    return ProviderSpec(
        name="website",
        title="The company's own website",
        entity=EntityType.COMPANY,
        tier=Tier.FREE,
        gives=GIVES,
        needs=((IdKind.DOMAIN,),),
        limits=Limits(concurrency=concurrency, timeout=timeout),
        mapping=hashlib.sha256(rules.encode()).hexdigest()[:16],
    )


def provider(context: ProviderContext) -> Website:
    """The entry point `enrich.providers: website`.

    Reads `pages`, `concurrency`, `timeout` (seconds) and `allow_private_hosts` from the options.
    Raises ConfigError for values that cannot be.
    """
    options = context.options
    return Website(
        context.web,
        user_agent=context.user_agent,
        clock=context.clock,
        pages=_whole(options, "pages", 3, 10),
        guard=check_form if options.get("allow_private_hosts") is True else check_url,
        spec=spec(
            concurrency=_whole(options, "concurrency", 100, 1_000),
            timeout=float(_whole(options, "timeout", 20, 600)),
        ),
    )


def _whole(options: Mapping[str, object], key: str, usual: int, most: int) -> int:
    value = options.get(key, usual)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ConfigError(
            f"configuration, [provider.website] {key}: {value!r} is not from 1 to {most}",
            hint=f"a whole number; leave it out for {usual}",
        )
    return value


class Website:
    """A `Provider` that reads the site of one domain at a time.

    `client` carries every request and must not follow redirects to unguarded addresses by itself.
    `guard` is called with each URL before it is asked for and raises AddressRefusedError; names
    are the client's to guard. At most `pages` pages of a site are read.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        user_agent: str,
        clock: Clock,
        pages: int = 3,
        guard: Callable[[str], object] = check_url,
        spec: ProviderSpec = spec(),  # noqa: B008 - a frozen value
    ) -> None:
        self._spec = spec
        self._pages = pages
        self._door = _Door(client, user_agent, clock, guard)
        self._seconds = _SITE_SHARE * spec.limits.timeout

    @property
    def spec(self) -> ProviderSpec:
        """What it gives, needs, costs and allows."""
        return self._spec

    async def fetch(self, queries: Sequence[Query]) -> Reply:
        """Visit the sites of these companies. A site that cannot be read is a miss."""
        items = []
        for query in queries:
            facts = await self._visit(query)
            items.append(self.reread(query, msgspec.json.encode(facts)))
        return Reply(tuple(items))

    def reread(self, query: Query, body: bytes) -> Item:  # noqa: ARG002 - the protocol's signature
        """The outcome of a visit, from the facts that were kept of it."""
        try:
            facts = msgspec.json.decode(body, type=Facts)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Item(Failure(Reason.GARBAGE, "the kept facts cannot be read"), body)
        url = facts.pages[0] if facts.pages else None
        return Item(_outcome(facts), body, url)

    async def _visit(self, query: Query) -> Facts:
        domain = query.id(IdKind.DOMAIN)
        if domain is None:
            raise ValueError("asked about a company without a domain")
        visit = _Visit(self._door, domain, query.fields, self._pages)
        try:
            async with asyncio.timeout(self._seconds):
                await visit.go()
        except TimeoutError:
            visit.note(Gap.NOT_FOUND, f"the site took more than {self._seconds:g} seconds")
        return visit.facts()


def _outcome(facts: Facts) -> Outcome:
    if facts.verdict == Verdict.SITE and facts.facts:
        trust = 1.0 if facts.alias is None else _ALIAS_TRUST
        return Hit(
            {
                name: Value(value.content, round((value.confidence or 0.0) * trust, 4), value.url)
                for name, value in best(facts.facts).items()
                if name in GIVES
            }
        )
    if facts.verdict == Verdict.BLOCKED:
        return Miss(Gap.FORBIDDEN, brief=True)
    if facts.verdict:
        return Miss(Gap.NOT_FOUND)
    gap = Gap.FORBIDDEN if facts.gap == Gap.FORBIDDEN else Gap.NOT_FOUND
    return Miss(gap, brief=True)


class _Next(Enum):
    """What is worth trying after a page that could not be had."""

    NOTHING = auto()
    OTHER_HOST = auto()  # this host has no page for us, whatever the scheme
    ANY = auto()  # the connection failed: another scheme may do


class _NoPageError(Exception):
    """A page that could not be had."""

    def __init__(self, detail: str, gap: Gap = Gap.NOT_FOUND, then: _Next = _Next.NOTHING) -> None:
        super().__init__(detail)
        self.detail, self.gap, self.then = detail, gap, then


@dataclass(frozen=True, slots=True)
class _Got:
    """One response. `location` is where it sends the visitor on to, if it does."""

    url: str
    status: int
    content_type: str
    body: bytes
    location: str | None = None


@dataclass(eq=False, slots=True)
class _Host:
    """What is known of a host in this run. `last` is when a page of it was last asked for."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    robots: Protego | None = None
    delay: float = 0.0
    last: float | None = None


class _Door:
    """Every request of the scraper: guarded, one at a time a host, by the rules of robots.txt."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        user_agent: str,
        clock: Clock,
        guard: Callable[[str], object],
    ) -> None:
        self._client, self._clock, self._guard = client, clock, guard
        self._headers = {**_HEADERS, "User-Agent": user_agent}
        timeout = httpx.Timeout(_REQUEST_SECONDS, connect=_CONNECT_SECONDS, pool=None).as_dict()
        self._extensions: dict[str, Any] = {"timeout": timeout}
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    async def page(self, url: str, objection: Callable[[str], str]) -> _Got:
        """The page at `url`, wherever it has moved. Raises _NoPageError.

        `objection` says why a host is not to be visited, "" where it may be.
        """
        try:
            url = str(httpx.URL(url).copy_with(fragment=None))
        except httpx.InvalidURL as error:
            raise _NoPageError("a link to what is no address") from error
        for _ in range(MAX_REDIRECTS + 1):
            if why := objection(_name(url)):
                raise _NoPageError(why)
            host = self._host(url)
            async with host.turn:
                await self._knock(host, url)
                got = await self._get(url, MAX_BYTES)
            if got.location is None:
                return _readable(got)
            url = got.location
        raise _NoPageError(f"redirects more than {MAX_REDIRECTS} times")

    def patient(self, url: str) -> bool:
        """Whether that host lets a further page be asked for in the time that a site gets."""
        return self._host(url).delay <= _LONGEST_DELAY

    def _host(self, url: str) -> _Host:
        name = _name(url)
        host = self._hosts.setdefault(name, _Host())
        self._hosts.move_to_end(name)
        while len(self._hosts) > _MAX_HOSTS:
            self._hosts.popitem(last=False)
        return host

    async def _knock(self, host: _Host, url: str) -> None:
        """Ask robots.txt, and wait as long as the host wants between two pages."""
        if host.robots is None:
            host.robots = await self._rules(url)
            rate = host.robots.request_rate(AGENT)
            pause = rate.seconds / rate.requests if rate and rate.requests else 0.0
            host.delay = max(host.robots.crawl_delay(AGENT) or 0.0, pause)
        if not host.robots.can_fetch(url, AGENT):
            raise _NoPageError("robots.txt forbids it", Gap.FORBIDDEN)
        now = self._clock.monotonic()
        if host.last is not None and host.delay:
            wait = host.last + min(host.delay, _LONGEST_DELAY) - now
            if wait > 0:
                await self._clock.sleep(wait)
        host.last = self._clock.monotonic()

    async def _rules(self, url: str) -> Protego:
        """The robots.txt of the host of `url`.

        Without one (4xx, or a redirect that leads away) all is allowed; while the server cannot
        say (5xx, 429) nothing is (RFC 9309, 2.3.1).
        """
        home = _name(url).removeprefix("www.")
        url = urljoin(url, "/robots.txt")
        for _ in range(MAX_REDIRECTS + 1):
            got = await self._get(url, _MAX_ROBOTS)
            if got.location is not None and same_site(_name(got.location), home):
                url = got.location
                continue
            if got.status >= 500 or got.status == 429:
                detail = f"robots.txt cannot be had (HTTP {got.status}), so nothing is read"
                raise _NoPageError(detail, then=_Next.OTHER_HOST)
            text = got.body.decode("utf-8", "replace") if got.status == 200 else ""
            # Protego's time grows with agents times rules, so all others become one.
            return Protego.parse(_OTHERS.sub(r"\1-", text.removeprefix("\ufeff")))
        return Protego.parse("")

    async def _get(self, url: str, most: int) -> _Got:
        """One request. Raises _NoPageError where there is no response."""
        try:
            request = httpx.Request("GET", url, headers=self._headers, extensions=self._extensions)
            self._guard(url)
            async with asyncio.timeout(_REQUEST_SECONDS):
                response = await self._client.send(request, stream=True, follow_redirects=False)
                try:
                    return await _received(response, url, most)
                finally:
                    await response.aclose()
                    self._client.cookies.clear()  # visitors without a past
        except FOREIGN as error:
            raise _unreached(error) from error


async def _received(response: httpx.Response, url: str, most: int) -> _Got:
    headers, status = response.headers, response.status_code
    type_ = headers.get("content-type", "")
    location = headers.get("location", "") if status in _REDIRECTS else ""
    if location:
        try:
            target = httpx.URL(url).join(location).copy_with(fragment=None)
        except httpx.InvalidURL as error:
            raise _NoPageError("redirects to what is no address") from error
        return _Got(url, status, type_, b"", str(target))
    body = await _body(response, most) if status == 200 else b""
    return _Got(url, status, type_, body)


async def _body(response: httpx.Response, most: int) -> bytes:
    """The body, unpacked, as far as `most` bytes. It is never unpacked any further than that."""
    packed = response.headers.get("content-encoding", "").strip().lower()
    if packed not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise _NoPageError(f"packed in a way that was not asked for: {packed[:40]}")
    body = bytearray()
    unpack = None if packed in ("", "identity") else zlib.decompressobj(zlib.MAX_WBITS | 32)
    async for chunk in response.aiter_raw():
        if unpack is None:
            body += chunk[: most - len(body)]
        else:
            try:
                body += unpack.decompress(chunk, most - len(body))
            except zlib.error:
                if body:
                    break
                unpack = zlib.decompressobj(-zlib.MAX_WBITS)  # deflate without its header
                with suppress(zlib.error):
                    body += unpack.decompress(chunk, most)
        if len(body) >= most or (unpack is not None and unpack.eof):
            break
    return bytes(body)


def _readable(got: _Got) -> _Got:
    """The response, if it is a page. Raises _NoPageError."""
    if got.status in _FORBIDDEN:
        raise _NoPageError(f"HTTP {got.status}", Gap.FORBIDDEN)
    if got.status != 200:
        raise _NoPageError(f"HTTP {got.status}", then=_Next.OTHER_HOST)
    start = got.body[:1_024].lstrip()
    if not (_HTML.match(got.content_type) or (not got.content_type and start.startswith(b"<"))):
        raise _NoPageError(f"no page, but {got.content_type[:60] or 'something unnamed'}")
    if start.count(b"\0") > 8 and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _NoPageError("no page, but something binary")
    return got


def _unreached(error: BaseException) -> _NoPageError:
    """What a failed request means for the site."""
    chain = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    if refused := next((e for e in chain if isinstance(e, AddressRefusedError)), None):
        return _NoPageError(f"not to be reached: {refused}", then=_Next.OTHER_HOST)
    if any(isinstance(e, aiohttp.ClientConnectorDNSError) for e in chain):
        return _NoPageError("the name is not found", then=_Next.OTHER_HOST)
    return _NoPageError(translated(error).detail, then=_Next.ANY)


def _name(url: str) -> str:
    """The host as name servers know it: IDN as punycode, like the domains that are asked about."""
    return httpx.URL(url).raw_host.decode("ascii").lower().rstrip(".")


@dataclass
class _Visit:
    """One site while it is visited."""

    door: _Door
    domain: str
    wanted: frozenset[Field]
    most: int
    home: Page | None = None
    read: dict[str, Page] = field(default_factory=dict)
    alias: Alias | None = None
    gap: Gap | None = None
    detail: str = ""

    def note(self, gap: Gap, detail: str) -> None:
        """Why there is no page. What was said first stays."""
        if self.gap is None:
            self.gap, self.detail = gap, detail

    async def go(self) -> None:
        """Read the home page, and further ones for what it lacks."""
        await self._enter()
        if self.home is None or self.home.verdict is not Verdict.SITE:
            return
        for url in self._further(self.home):
            try:
                got = await self.door.page(url, self._at_home)
            except _NoPageError:
                continue
            if got.url in self.read:
                continue
            page = read(got.body, got.url, self.domain, got.content_type)
            if page.verdict is Verdict.SITE:
                self.read[got.url] = page

    async def _enter(self) -> None:
        """Find the home page: with TLS first, then below www, then without."""
        given_up: set[str] = set()
        for scheme, host in (
            ("https", self.domain),
            ("https", f"www.{self.domain}"),
            ("http", self.domain),
            ("http", f"www.{self.domain}"),
        ):
            if host in given_up:
                continue
            try:
                await self._open(f"{scheme}://{host}/")
            except _NoPageError as error:
                self.note(error.gap, error.detail)
                if error.then is _Next.OTHER_HOST:
                    given_up.add(host)
                if error.then is not _Next.NOTHING:
                    continue
            return

    async def _open(self, url: str) -> None:
        got = await self.door.page(url, self._may_lead)
        page = read(got.body, got.url, self.domain, got.content_type)
        if page.refresh and page.refresh != got.url:
            got = await self.door.page(page.refresh, self._may_lead)
            page = read(got.body, got.url, self.domain, got.content_type)
        host = _name(got.url)
        if not same_site(host, self.domain):
            self.alias = Alias(got.url, registrable(host))
            if not _plausible(page, self.domain, self.alias.domain):
                raise _NoPageError(f"leads to {self.alias.domain}, another company's")
        self.home = page
        self.read[got.url] = page

    def _may_lead(self, host: str) -> str:
        """Why `host` is not looked at for this company's home page; "" where it may be."""
        if same_site(host, self.domain):
            return ""
        there = registrable(host)
        names = (host, there, f"{label(there)}.*")
        shared = any(name in _elsewhere() or name in _NOBODY for name in names)
        return f"leads to {host}, where nobody or everybody is" if shared else ""

    def _at_home(self, host: str) -> str:
        base = self.alias.domain if self.alias else self.domain
        return "" if same_site(host, base) else f"leads away to {host}"

    def _further(self, home: Page) -> list[str]:
        """The pages on which wanted fields that the home page lacks may stand."""
        have = {fact.field for fact in home.facts}
        missing = [name for name in sorted(self.wanted - have) if name in _PLACES]
        links = dict(home.links)
        topics = [topic for name in missing for topic in _PLACES[name] if topic in links]
        by_use = sorted(dict.fromkeys(topics), key=lambda topic: (-topics.count(topic), topic))
        if not self.door.patient(next(iter(self.read))):
            return []
        return list(dict.fromkeys(links[topic] for topic in by_use))[: self.most - 1]

    def facts(self) -> Facts:
        """What is kept of the visit."""
        found = [fact for page in self.read.values() for fact in page.facts]
        if self.home is not None and self.home.verdict is Verdict.SITE:
            url = httpx.URL(next(iter(self.read)))
            origin = str(url.copy_with(raw_path=b"/", fragment=None))
            found.insert(0, Fact("website", origin, Source.VISIT, str(url)))
        else:
            found = []
        no_page = self.home is None
        return Facts(
            domain=self.domain,
            pages=tuple(self.read),
            verdict=self.home.verdict if self.home else "",
            gap=(self.gap or Gap.NOT_FOUND) if no_page else "",
            detail=self.detail if no_page else "",
            alias=self.alias,
            facts=tuple(found),
        )


def _plausible(page: Page, domain: str, other: str) -> bool:
    """Whether the page under another domain is still that company's.

    The domains are alike, or the page names its owner like the old domain, or mentions it.
    """
    here = label(domain)
    return (
        resembles(label(other), here)
        or any(resembles(name, here) for name in page.names)
        or page.mentions
    )


@cache
def _elsewhere() -> frozenset[str]:
    """Hosts on which many firms have a page, by the lists that the tables use."""
    return frozenset((*lines("shared_host"), *lines("directory"), *lines("app_store")))


def registrable(host: str) -> str:
    """The registrable domain of a host, by the bundled Public Suffix List; else the host."""
    from polars_tldextract import extract_scalar_full  # loads Polars, and few sites need it

    _, name, suffix, _ = extract_scalar_full(host, include_private=True)
    if name and suffix:
        return f"{name}.{suffix}"
    return ".".join(host.split(".")[-2:]) if host.endswith((".example", ".test")) else host
