"""Whether two names, or a name and a domain, are plainly those of one company."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

_MAX_NAME = 100
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"}
)
_BETWEEN = re.compile(r"[\W_]+")
_NEARLY = 0.8


@lru_cache(maxsize=4_096)
def label(domain: str) -> str:
    """The part of a registrable domain that its owner chose, as people read it."""
    first = domain.partition(".")[0]
    if first.startswith("xn--"):
        try:
            return first.encode("ascii").decode("idna")
        except UnicodeError:
            return first
    return first


@lru_cache(maxsize=16_384)
def resembles(name: str, label: str) -> bool:
    """Whether a name and a domain's label (or two names) are plainly those of one company."""
    name, label = name[:_MAX_NAME].casefold(), label[:_MAX_NAME].casefold()
    there, spelled = folded(label), [folded(name)]
    words = _BETWEEN.split(name)
    if not name.isascii():
        spelled.append(folded(name.translate(_UMLAUTS)))
        words = [folded(word) for word in words]
    if len(there) < 2 or len(spelled[0]) < 2:
        return there == spelled[0] != ""
    if there in words or "".join(word[:1] for word in words) == there:
        return True
    return any(
        (len(there) > 3 and there in here)
        or (len(here) > 3 and here in there)
        or _nearly(here, there)
        for here in spelled
    )


def _nearly(here: str, there: str) -> bool:
    lengths = len(here), len(there)
    if 2 * min(lengths) < _NEARLY * sum(lengths):  # too different before they are compared
        return False
    matcher = SequenceMatcher(None, here, there, autojunk=False)
    return matcher.quick_ratio() >= _NEARLY and matcher.ratio() >= _NEARLY


@lru_cache(maxsize=16_384)
def folded(name: str) -> str:
    """The letters and digits of a name, without case and accents."""
    if name.isascii():
        return _BETWEEN.sub("", name.lower())
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if c.isalnum())
