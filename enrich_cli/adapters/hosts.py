"""What the name of a host tells: whether an address is a company's own, who runs a mail server."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import urlsplit

from enrich_cli.domain.lists import lines

_MX = re.compile(r"(?:(\d+)\s+)?([\w.-]+)")


def homepage(raw: object) -> str | None:
    """The first address in a list of them that is no directory's and no shared host's: its site."""
    for text in raw if isinstance(raw, list) else [raw]:
        host, path = _parts(text) if isinstance(text, str) else ("", "")
        part = path.strip("/").partition("/")[0]
        places = [place for name in _above(host) for place in (name, f"{name}/{part}")]
        if host and not _foreign().intersection(places):
            return f"https://{host}/"
    return None


def mail_provider(raw: object) -> str | None:
    """Who runs a mail server: the name of a large one, else its host.

    `raw` is a host, a row of a DNS reply such as `10 mx1.mail.example.`, or a list of these, of
    which the one with the lowest preference counts (RFC 5321). `0 .` says that the domain takes no
    mail (RFC 7505): nobody.
    """
    rows = [_MX.fullmatch(t.strip()) for t in _texts(raw)]
    found = [(int(row[1] or 0), row[2].lower().strip(".")) for row in rows if row]
    if not found or not (host := min(found)[1]):
        return None
    return next((_mail_hosts()[name] for name in _above(host) if name in _mail_hosts()), host)


def _texts(raw: object) -> list[str]:
    return [text for text in (raw if isinstance(raw, list) else [raw]) if isinstance(text, str)]


def _parts(address: str) -> tuple[str, str]:
    """The host and the path of a web address; nothing of what is none."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "").lower(), parts.path
    except ValueError:
        return "", ""


def _above(host: str) -> list[str]:
    """The host and the domains above it: mx.mail.example, mail.example, example."""
    parts = host.removeprefix("www.").split(".")
    return [".".join(parts[at:]) for at in range(len(parts))]


@cache
def _foreign() -> frozenset[str]:
    return frozenset((*lines("directory"), *lines("shared_host"), "linkedin.com"))


@cache
def _mail_hosts() -> dict[str, str]:
    pairs = (line.split(maxsplit=1) for line in lines("mail_host"))
    return {host: name for host, name in pairs}  # noqa: C416 - for the sake of the types
