"""Cuts a page down to what is parsed in a bounded time, whatever it was made for."""

from __future__ import annotations

import re
from itertools import islice

MAX_BYTES = 2_000_000
"""What is read of a page."""

# The parser's time grows with the square of the nesting, and its memory with the number of tags
# times that of unclosed formatting elements (100 kB made for it took 7 GB). So of pages with very
# many tags the middle is left out, and where the product is large what only formats becomes
# `span`, which is kept simple. A second root adds its attributes to the first.
_ROOTS = rb"[hHbB](?:[tT][mM][lL]|[oO][dD][yY])(?=[\s/>])"
_FORMATTING = (
    rb"[bBcCeEfFiInNsStTuU](?:|[iI][gG]|[oO][dD][eE]|[mM]|[oO][nN][tT]|[oO][bB][rR]|[mM][aA][lL][lL]"
    rb"|[tT][rR][iI][kK][eE]|[tT][rR][oO][nN][gG]|[tT])(?=[\s/>])"
)
_COSTLY = re.compile(b"<(?:%b|%b)" % (_FORMATTING, _ROOTS))
# What is one of those at most, for a quick look: the letters with which they begin.
_MAYBE_COSTLY = re.compile(rb"<[bcefhinstuBCEFHINSTU][\s/>iImMoOtT]")
_FORMATTING_START, _FORMATTING_END = re.compile(b"<" + _FORMATTING), re.compile(b"</" + _FORMATTING)
_ROOT = re.compile(b"<" + _ROOTS)
_MOST_NODES = 200_000
_MOST_ROOTS = 10  # some stand in comments for old browsers
_HEAD_TAGS, _TAIL_TAGS = 7_000, 3_000
_HEAD_LENGTH, _TAIL_LENGTH = 400_000, 200_000
_SEAM = b"--></script></style></textarea>"


def bounded(html: bytes) -> bytes:
    """The page in UTF-8, or as much of it as is parsed in a bounded time: its head and its tail."""
    tags = html.count(b"<")
    if tags > _HEAD_TAGS + _TAIL_TAGS or len(html) > _HEAD_LENGTH + _TAIL_LENGTH:
        end, start = 0, len(html)
        for _ in range(_HEAD_TAGS):
            following = html.find(b"<", end + 1, _HEAD_LENGTH)
            if following < 0:
                break
            end = following
        for _ in range(_TAIL_TAGS):
            previous = html.rfind(b"<", max(end, len(html) - _TAIL_LENGTH), start)
            if previous < 0:
                break
            start = previous
        html = (html[:end] or _whole(html[:_HEAD_LENGTH])) + _SEAM + html[start:]
    tags = min(tags, _HEAD_TAGS + _TAIL_TAGS)
    if tags * tags > _MOST_NODES and all(
        tags * len(pattern.findall(html)) > _MOST_NODES for pattern in (_MAYBE_COSTLY, _COSTLY)
    ):
        html = _FORMATTING_END.sub(b"</span", _FORMATTING_START.sub(b"<span", html))
        roots = [match.start() for match in islice(_ROOT.finditer(html), _MOST_ROOTS + 1)]
        if len(roots) > _MOST_ROOTS:
            end = roots[_MOST_ROOTS]
            html = html[:end] + _ROOT.sub(b"<span", html[end:])
    return html


def _whole(html: bytes) -> bytes:
    """The text without the beginning of a letter at its end."""
    return html.decode("utf-8", "ignore").encode()
