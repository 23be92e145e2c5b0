"""Countries as two letters, from their codes and names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from enrich_cli.domain.folding import folded
from enrich_cli.domain.lists import lines


@cache
def country_names() -> Mapping[str, str]:
    """Every code and name of `lists/countries.txt`, as written there, with its alpha-2 code."""
    names: dict[str, str] = {}
    for line in lines("countries"):
        alpha_2, alpha_3, written = line.split(maxsplit=2)
        names |= {name.strip(): alpha_2 for name in (alpha_2, alpha_3, *written.split(";"))}
    return MappingProxyType(names)


@lru_cache(4096)
def country_code(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country that is given by code or name, or None.

    Knows the codes with two and three letters, English names, and the names in the country's own
    language and other large ones. `NA` is Namibia, not "missing". Kosovo has the code XK, which
    ISO leaves to users and everybody uses.
    """
    return _codes().get(_key(text))


def _key(text: str) -> str:
    """The text folded as far as names of countries are compared."""
    plain = re.sub(r"['’ʻ.]", "", folded(text))
    spaced = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in plain)
    return " ".join(spaced.split()).removeprefix("the ")


@cache
def _codes() -> Mapping[str, str]:
    return {_key(name): code for name, code in country_names().items()}
