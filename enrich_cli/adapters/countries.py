"""The two-letter code of a country, from its code or name."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from enrich_cli.adapters.lists import entries


@lru_cache(4096)
def country_code(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country that is given by code or name, or None.

    Knows what the columns of a table know: both codes, English names, and names in the country's
    own and other large languages.
    """
    return _codes().get(_key(text))


def _key(text: str) -> str:
    letters = unicodedata.normalize("NFKD", re.sub(r"['’ʻ.]", "", text)).casefold()
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", " ", plain).strip().removeprefix("the ")


@cache
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for line in entries("countries"):
        code, alpha3, names = line.split(maxsplit=2)
        for name in (code, alpha3, *names.split(";")):
            codes[_key(name)] = code
    return codes
