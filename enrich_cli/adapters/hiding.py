"""A secret made invisible in what others send, in whichever way they spell it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import cached_property
from html.entities import codepoint2name

_SHORTEST = 8  # a secret shorter than this would be found in any text
_ENOUGH = 4  # letters and digits in a row that few texts have by chance
_HIDDEN = b"[key]"


class Hidden:
    """Blots out texts in bytes: as they are, and escaped for an address, JSON, HTML or Base64.

    Its `repr` shows none of them. Letters and digits are escaped by nobody, so the longest run
    of them says quickly that a text is not there.
    """

    __slots__ = ("__dict__", "_runs", "_texts")

    def __init__(self, *texts: str) -> None:
        """Texts shorter than 8 characters are not looked for."""
        coded = [form for text in texts for form in _in_base64(text.encode())]
        self._texts = [text for text in dict.fromkeys((*texts, *coded)) if len(text) >= _SHORTEST]
        self._runs = [_run(text) for text in self._texts]

    def __repr__(self) -> str:
        return "Hidden()"

    def blotted(self, body: bytes) -> bytes:
        """The bytes with `[key]` where one of the texts was."""
        if any(run in body for run in self._runs):
            return self._pattern.sub(_HIDDEN, body)
        return body

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        longest_first = sorted(self._texts, key=len, reverse=True)
        return re.compile("|".join(map(_spellings, longest_first)).encode())


def _in_base64(text: bytes) -> Iterator[str]:
    """How a text looks in Base64, alone and amid others: what depends on the others is left off."""
    yield base64.b64encode(text).decode()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + text).decode()
        yield whole[-(-before * 8 // 6) : (before + len(text)) * 8 // 6]


def _run(text: str) -> bytes:
    longest = max(re.findall("[A-Za-z0-9]*", text), key=len)
    return longest.encode() if len(longest) >= _ENOUGH else b""


def _spellings(text: str) -> str:
    return "".join(character if character.isalnum() else _escapes(character) for character in text)


def _escapes(character: str) -> str:
    """A character as it is, with a backslash, or in the code of addresses, JSON and HTML."""
    code = ord(character)
    ways = [
        rf"(?i:%(?:25)*{code:02x})",
        rf"(?i:\\+u{code:04x})",
        rf"(?i:\\+x{code:02x})",
        rf"(?i:&(?:amp;)*#x0*{code:x};)",
        rf"&(?:amp;)*#0*{code};",
    ]
    if name := codepoint2name.get(code):
        ways.append(f"&(?:amp;)*{name};")
    if character == " ":
        ways.append(r"\+")
    ways.append(rf"\\*{re.escape(character)}")  # the last: an escape may begin with it
    return f"(?:{'|'.join(ways)})"
