"""Columns of countries as two letters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import polars as pl

from enrich_cli.domain.countries import country_names
from enrich_cli.tables.text import folded, tidy


def country(raw: pl.Expr) -> pl.Expr:
    """The ISO 3166-1 alpha-2 code of each cell, null where it names no country.

    The rule of `domain.countries.country_code`, for whole columns.
    """
    codes = _codes()
    return _key(raw).replace_strict(
        list(codes), list(codes.values()), default=None, return_dtype=pl.String
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
def _codes() -> Mapping[str, str]:
    """Every folded code and name with its alpha-2 code."""
    names = country_names()
    frame = pl.DataFrame({"name": list(names), "code": list(names.values())})
    return MappingProxyType(dict(frame.select(_key(pl.col("name")), "code").rows()))
