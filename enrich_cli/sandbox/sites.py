"""Plays the websites: which site a host has, how it behaves, and what lies at which path."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from enrich_cli.sandbox import looks, pages, world
from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.looks import Look
from enrich_cli.sandbox.naming import registrable
from enrich_cli.sandbox.play import Reply, Request

PLAYER = "website"
_HTML = "text/html"


class Kind(StrEnum):
    """What becomes of a visitor. All but `usable` make up 18 in 100 companies' sites.

    A label that begins with `x-` and one of these names (`x-parked.example`, `x-loop-2.example`)
    has such a site; the last four are found nowhere else.
    """

    USABLE = "usable"
    UNRESOLVED = "unresolved"  # nobody answers there
    PARKED = "parked"
    FOR_SALE = "for-sale"
    DEFAULT = "default"  # a web server that nobody has set up
    SCRIPT = "script"  # nothing without JavaScript
    FORBIDDEN = "forbidden"
    GONE = "gone"
    BROKEN = "broken"
    DISALLOWED = "disallowed"  # usable, but robots.txt forbids it
    LOOP = "loop"  # redirects for ever
    PRIVATE = "private"  # redirects to a link-local address
    BOMB = "bomb"  # a small reply that unpacks to 64 MiB
    BINARY = "binary"  # no HTML at all


_SHARES = (
    (Kind.USABLE, 82.0), (Kind.UNRESOLVED, 3.0), (Kind.PARKED, 2.5), (Kind.FOR_SALE, 1.5),
    (Kind.DEFAULT, 2.0), (Kind.SCRIPT, 2.5), (Kind.FORBIDDEN, 2.0), (Kind.GONE, 1.0),
    (Kind.BROKEN, 1.0), (Kind.DISALLOWED, 2.5),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """How one domain's website behaves."""

    kind: Kind
    home: str  # the host of the home page: the domain, or www under it
    strict: bool  # the other of the two redirects to it
    https: bool  # http redirects to https
    prefix: str  # "/en" where the pages live under it
    elsewhere: str  # the domain that this one redirects to, mostly none
    gzip: bool
    delay: float
    robots: str  # "rules", "none", "html"
    look: Look

    @property
    def origin(self) -> str:
        """Scheme and host of the home page."""
        return f"https://{self.home}"


@lru_cache(maxsize=8_192)
def site(domain: str) -> Site | None:
    """The website of a domain; None where there is none."""
    company = world.company(domain)
    if company is None:
        return None
    dice = Dice("website", domain)
    forced = _forced(domain)
    kind = forced or _kind(dice)
    home = dice.pick((domain, f"www.{domain}"))
    moved = dice.chance(2) and kind is Kind.USABLE and not forced
    look = looks.drawn(company, dice)
    return Site(
        kind=kind,
        home=home,
        strict=dice.chance(60),
        https=dice.chance(80),
        prefix="/en" if dice.chance(8) and look.language == "en" else "",
        elsewhere=_successor(domain) if moved else "",
        gzip=dice.chance(40),
        delay=dice.between(200, 1000) / 1000 if dice.chance(1) and not forced else 0.0,
        robots=dice.pick(("rules", "rules", "rules", "none", "html")),
        look=look,
    )


def play(request: Request, page_bytes: int = 0) -> Reply:
    """Answer one visit; pages are padded to at least `page_bytes`."""
    domain = registrable(request.host)
    here = site(domain) if domain else None
    asked = (request.host,) if request.path == "/" else ()
    if here is None or here.kind is Kind.UNRESOLVED:
        return Reply(0, player=PLAYER, asked=asked, reset=True)
    if request.method not in ("GET", "HEAD"):
        return _page(405, pages.plain("405 Method Not Allowed", ""), asked)
    away = _away(here, domain, request)
    if away:
        status = 301 if here.elsewhere or here.prefix == "" else 302
        return Reply(status, b"", _HTML, (("Location", away),), PLAYER, asked)
    if request.path == "/robots.txt":
        return _robots(here)
    path = request.path.removeprefix(here.prefix) or "/"
    unusual = _UNUSUAL.get(here.kind)
    if unusual is not None:
        return _unusual(unusual, path, asked)
    rendered = _rendered(domain, path.rstrip("/") or "/", page_bytes)
    if rendered is None:
        target = pages.english(here.look, path)
        if target:
            there = (("Location", here.prefix + target),)
            return Reply(301, b"", _HTML, there, PLAYER, asked)
        return _page(404, pages.plain("404 Not Found", "There is no such page."), asked)
    type_, body, packed = rendered
    headers = here.look.headers
    if packed and "gzip" in request.headers.get("Accept-Encoding", ""):
        body, headers = packed, (*headers, ("Content-Encoding", "gzip"))
    return Reply(200, body, type_, headers, PLAYER, asked, int(path == "/"), here.delay)


def _away(here: Site, domain: str, request: Request) -> str:
    """Where the visitor is sent on to; "" where the page is here."""
    if here.kind is Kind.LOOP:
        return request.path.rstrip("/") + "/again"
    if here.kind is Kind.PRIVATE:
        return "http://169.254.169.254/latest/meta-data/"
    if here.elsewhere:
        return f"https://{here.elsewhere}/"
    if here.https and not request.secure:
        return f"https://{request.host}{request.path}"
    if here.strict and request.host in (domain, f"www.{domain}") and request.host != here.home:
        return f"{here.origin}{request.path}"
    if here.prefix and request.path == "/":
        return f"{here.prefix}/"
    return ""


def _robots(here: Site) -> Reply:
    if here.kind is Kind.DISALLOWED:
        text = "User-agent: *\nDisallow: /\n"
    elif here.robots == "rules":
        text = f"User-agent: *\nDisallow: /admin/\n\nSitemap: {here.origin}/sitemap.xml\n"
    elif here.robots == "html":  # a site that answers every path with some page
        return _page(200, pages.plain("Welcome", "Please use the menu."), ())
    else:
        return _page(404, pages.plain("404 Not Found", "There is no such page."), ())
    return Reply(200, text.encode(), "text/plain", player=PLAYER)


@lru_cache(maxsize=4_096)
def _rendered(domain: str, path: str, page_bytes: int) -> tuple[str, bytes, bytes] | None:
    """Type, body and, where the site packs its pages, the packed body; None for no such page."""
    here, company = site(domain), world.company(domain)
    if here is None or company is None:
        return None
    found = pages.render(company, here.look, here.origin + here.prefix, path, page_bytes)
    if found is None:
        return None
    type_, body = found
    return type_, body, gzip.compress(body, 1, mtime=0) if here.gzip else b""


_UNUSUAL = {
    Kind.PARKED: (200, pages.PARKED),
    Kind.FOR_SALE: (200, pages.FOR_SALE),
    Kind.DEFAULT: (200, pages.DEFAULT),
    Kind.SCRIPT: (200, pages.SCRIPT),
    Kind.FORBIDDEN: (403, pages.plain("403 Forbidden", "Access denied. Ray ID: 0000000000000000")),
    Kind.GONE: (404, pages.plain("404 Not Found", "nginx")),
    Kind.BROKEN: (500, pages.plain("500 Internal Server Error", "Please try again later.")),
    Kind.BOMB: (200, b""),
    Kind.BINARY: (200, b"\x00\x01\x02\xff" * 256),
}


def _unusual(found: tuple[int, bytes], path: str, asked: tuple[str, ...]) -> Reply:
    status, body = found
    if not body:
        headers = (("Content-Encoding", "gzip"),)
        return Reply(200, _bomb(), _HTML, headers, PLAYER, asked)
    if path != "/" and status == 200 and body is not pages.SCRIPT:
        return _page(404, pages.plain("404 Not Found", "nginx"), asked)
    return _page(status, body, asked)


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    return gzip.compress(b" " * (64 << 20), 6, mtime=0)


def _page(status: int, body: bytes, asked: tuple[str, ...]) -> Reply:
    return Reply(status, body, _HTML, player=PLAYER, asked=asked)


def _forced(domain: str) -> Kind | None:
    """The kind that the domain's own label asks for."""
    wish = domain.partition(".")[0]
    if not wish.startswith("x-"):
        return None
    return next((kind for kind in Kind if f"{wish[2:]}-".startswith(f"{kind}-")), Kind.USABLE)


def _kind(dice: Dice) -> Kind:
    left = dice.below(1000)
    for kind, percent in _SHARES:
        left -= round(percent * 10)
        if left < 0:
            return kind
    return Kind.USABLE


def _successor(domain: str) -> str:
    """Where a company that has moved lives now: the first of some names with a usable site."""
    label, _, suffix = domain.partition(".")
    for tail in ("group", "global", "international", "company"):
        there = site(f"{label}-{tail}.{suffix}")
        if there and there.kind is Kind.USABLE and not there.elsewhere:
            return f"{label}-{tail}.{suffix}"
    return ""


REFUSALS = {
    "rate_limited": _page(429, pages.plain("429 Too Many Requests", "Slow down, please."), ()),
    "out_of_credit": _page(402, pages.plain("402 Payment Required", ""), ()),
    "auth": _page(403, pages.plain("403 Forbidden", "Access denied."), ()),
    "server_error": _page(503, pages.plain("503 Service Unavailable", "Back soon."), ()),
}
