"""Reads JSON-LD as far as it goes, with the slips that people and plugins make in it."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

from enrich_cli.adapters.site.document import Document

_MAX_SCRIPTS, _MAX_SCRIPT, _MAX_DEPTH = 40, 300_000, 60
_OPENING = re.compile(r"<!--|/\*\s*<!\[CDATA\[\s*\*/|//\s*<!\[CDATA\[|<!\[CDATA\[")
# One piece of JSON or of what is written in its place. Groups: text in double quotes, text in
# single quotes, a sign, a bare word; what is in none of them is blank or a comment. A quote after
# which nothing of JSON follows was to be escaped.
_PIECE = re.compile(
    r'"((?:[^"\\]|\\.|"(?!\s{0,20}(?:[,:}\]"\']|//|/\*|\Z|\n)))*+)(?:"|\\?\Z)'
    r"|'((?:[^'\\\n]|\\.)*+)'"
    r"|([{}\[\]:,])"
    r"|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)|//[^\n]*+|<!--|-->|<!\[CDATA\[|\]\]>"
    r"""|([^\s{}\[\]:,"'/]+)""",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_WORDS = {"true": True, "false": False}


def _small(digits: str) -> int | None:
    return int(digits) if len(digits) < 16 else None


_DECODER = json.JSONDecoder(strict=False, parse_int=_small)


def values(document: Document) -> list[object]:
    """What the page's JSON-LD scripts hold, as far as it can be read."""
    scripts = [
        node
        for node in document.tagged("script")
        if "ld+json" in (node.attributes.get("type") or "").lower()
    ]
    return [parsed(script.text()) for script in scripts[:_MAX_SCRIPTS]]


def parsed(script: str) -> object:
    """The JSON of a script, with slips mended; None if there is none in it.

    Comments, doubled or missing or trailing commas, single quotes, keys without quotes, HTML's
    entities in place of quotes, a missing end and words after the end are such slips.
    """
    script = script[:_MAX_SCRIPT].strip()
    if "<!" in script:
        script = _OPENING.sub("", script, count=1)
    try:
        return _DECODER.decode(script)
    except (ValueError, RecursionError):
        pass
    if '"' not in script and "&quot;" in script:
        script = unescape(script)
    return _mended(script)


def _mended(script: str) -> object:
    """The first array or object in what is nearly JSON, as far as it goes."""
    root: list[object] = []
    # Open objects and arrays, outermost first, each with the key under which its next value goes.
    open_: list[tuple[dict[str, Any] | list[Any], str | None]] = []

    def put(value: object) -> None:
        if not open_:
            root.append(value)
            return
        inside, key = open_[-1]
        if isinstance(inside, list):
            inside.append(value)
        elif key is None:
            open_[-1] = (inside, value if isinstance(value, str) else "")
        else:
            inside[key] = value
            open_[-1] = (inside, None)

    for match in _PIECE.finditer(script):
        sign = match[3]
        if sign in ("{", "["):
            if len(open_) >= _MAX_DEPTH:
                break
            value: dict[str, Any] | list[Any] = {} if sign == "{" else []
            put(value)
            open_.append((value, None))
        elif sign in ("}", "]"):
            if open_:
                open_.pop()
            if not open_ and root:
                break
        elif sign == "," and open_ and isinstance(open_[-1][0], dict):
            open_[-1] = (open_[-1][0], None)  # a key without a value is forgotten
        elif sign is None and open_ and match.lastindex:
            put(_value(match))
    return root[0] if root else None


def _value(match: re.Match[str]) -> object:
    if match[4] is None:
        return _text(match[1] if match[1] is not None else match[2].replace('"', '\\"'))
    word = match[4]
    if _NUMBER.fullmatch(word):
        return float(word) if len(word) > 15 or not word.lstrip("-").isdigit() else int(word)
    return _WORDS.get(word, None if word in ("null", "undefined", "NaN") else word)


def _text(inside: str) -> str:
    if "\\" not in inside:
        return inside
    try:
        return str(json.loads(f'"{inside}"', strict=False))
    except ValueError:
        return inside.replace("\\", "")
