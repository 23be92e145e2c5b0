"""Countries as two letters, from codes and names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import polars as pl

from enrich_cli.tables.lists import lines
from enrich_cli.tables.text import folded, tidy

_f = pl.field


def country(raw: pl.Expr) -> pl.Expr:
    """The ISO 3166-1 alpha-2 code of each cell, null where it names no country.

    Knows the codes with two and three letters, English names, and the names in the country's
    own language and other large ones (`lists/countries.txt`). `NA` is Namibia, not "missing".
    Kosovo has the code XK, which ISO leaves to users and everybody uses.
    """
    names = _names()
    return _key(raw).replace_strict(
        list(names), list(names.values()), default=None, return_dtype=pl.String
    )


def _key(raw: pl.Expr) -> pl.Expr:
    """The cell folded as far as names of countries are compared."""
    spaced = (
        folded(tidy(raw))
        .str.replace_all(r"['’ʻ.]", "")
        .str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ")
        .str.strip_chars()
    )
    return spaced.str.replace(r"^the ", "")


@cache
def _names() -> Mapping[str, str]:
    """Every folded code and name with its alpha-2 code."""
    rows = []
    for line in lines("countries"):
        alpha_2, alpha_3, names = line.split(maxsplit=2)
        rows += [(name, alpha_2) for name in (alpha_2, alpha_3, *names.split(";"))]
    frame = pl.DataFrame(rows, schema={"name": pl.String, "code": pl.String}, orient="row")
    return MappingProxyType(dict(frame.select(_key(pl.col("name")), "code").rows()))
