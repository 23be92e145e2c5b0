"""Text folded for comparison: lower case, without accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

STROKES: Mapping[str, str] = MappingProxyType({
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss",
    "ħ": "h", "ı": "i", "ŋ": "n", "ŧ": "t", "ĸ": "k", "ς": "σ",
})  # fmt: skip
"""Letters that Unicode does not take apart into a plain letter and a mark."""

_STROKES = str.maketrans(dict(STROKES))
_ACCENTS = re.compile("[\u0300-\u036f]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe0e\ufe0f\ufeff"
    "\U000e0000-\U000e007f]"
)


def folded(text: str) -> str:
    """Text in lower case, without accents, invisible characters and white space at its ends.

    The rule of `tables.text.folded(tidy(...))`, for one text. Only the accents of Latin, Greek and
    Cyrillic letters go; the marks of other scripts spell.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    lower = text.strip().lower()
    if lower.isascii():
        return lower
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", lower))
    return unicodedata.normalize("NFC", bare).translate(_STROKES)
