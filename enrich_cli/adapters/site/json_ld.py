"""Reads JSON-LD, with the slips that people and plugins make in it."""

from __future__ import annotations

import json
import re
from html import unescape

from enrich_cli.adapters.site.document import Document

_MAX_SCRIPTS, _MAX_SCRIPT = 40, 300_000
_OPENING = re.compile(r"<!--|/\*\s*<!\[CDATA\[\s*\*/|//\s*<!\[CDATA\[|<!\[CDATA\[")
_CLOSING = re.compile(r"(?:-->|/\*\s*\]\]>\s*\*/|//\s*\]\]>|\]\]>)$")
# Strings are matched first, so that what looks like a comment or a comma inside of one stays.
_SLIPS = re.compile(
    r'("(?:[^"\\]|\\.)*(?:"|\Z))|/\*.*?(?:\*/|\Z)|(?<![:"])//[^\n]*|,(?=\s*[}\]])', re.DOTALL
)


def values(document: Document) -> list[object]:
    """What the page's JSON-LD scripts hold, as far as it can be read."""
    scripts = document.tree.css('script[type*="ld+json" i]')[:_MAX_SCRIPTS]
    return [parsed(script.text()) for script in scripts]


def parsed(script: str) -> object:
    """The JSON of a script, with the slips that people and plugins make; None if it is beyond."""
    plain = _OPENING.sub("", script[:_MAX_SCRIPT].strip(), count=1).rstrip(" \t\r\n;")
    plain = _CLOSING.sub("", plain[-20:]).join((plain[:-20], "")).rstrip(" \t\r\n;")
    for attempt in (str, _mended, lambda t: _mended(unescape(t))):
        try:
            return json.JSONDecoder(strict=False, parse_int=_small_int).decode(attempt(plain))
        except (ValueError, RecursionError):
            continue
    return None


def _mended(script: str) -> str:
    return _SLIPS.sub(lambda match: match[1] or " ", script)


def _small_int(digits: str) -> int | None:
    return int(digits) if len(digits) < 16 else None
