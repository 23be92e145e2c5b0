"""Hosts and addresses in a page's links."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

_LONGEST = 2_000
# What means the same on every page, as nothing of it is to be joined or mended.
_WHOLE = re.compile(r"https?://[a-z0-9.-]+/(?:[a-zA-Z0-9_-]++/?+)*+", re.ASCII)
_ROOTED = re.compile(r"/(?:[a-zA-Z0-9_-][a-zA-Z0-9_.-]*+/?+)*+", re.ASCII)
_ORIGIN = re.compile(r"https?://([a-z0-9.-]*[a-z0-9])(?=/)", re.ASCII)


def same_site(host: str, domain: str) -> bool:
    """Whether `host` is that domain or a host below it."""
    return host == domain or host.endswith("." + domain)


def root(url: str) -> str:
    """The address of the root of the site that a web page is on."""
    plain = _ORIGIN.match(url)
    return f"{plain[0]}/" if plain else urljoin(url, "/")


def host_of(url: str) -> str:
    """The host of a URL as name servers know it, or ""."""
    if plain := _ORIGIN.match(url):
        return plain[1]
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:  # UnicodeError is one
        return ""


def absolute(base: str, href: str) -> str | None:
    """The web address that `href` means on a page at `base`, or None."""
    if len(href) <= _LONGEST and _WHOLE.fullmatch(href):
        return href
    if _ROOTED.fullmatch(href) and (origin := _ORIGIN.match(base)):
        href = origin[0] + href
        return href if len(href) <= _LONGEST else None
    try:
        url = urljoin(base, href.strip())
        return url if urlsplit(url).scheme in ("http", "https") and len(url) <= _LONGEST else None
    except ValueError:
        return None
