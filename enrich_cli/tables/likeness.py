"""How often the names in one column look like the domains and the addresses beside them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from enrich_cli.tables.measure import Sample
from enrich_cli.tables.text import folded


def to_domains(sample: Sample, name: str, columns: Sequence[str]) -> float:
    """The share of rows in which the name looks like the domain's first label, 0 to 1.

    `Acme Widgets, Inc.` looks like acmewidgets, acme and aw-inc; rows without both do not count.
    """
    known = [f"domain:{column}" for column in columns if f"domain:{column}" in sample.rows.columns]
    if not known:
        return 0.0
    label = pl.coalesce(known).str.extract(r"^([^.]+)", 1).str.replace_all("-", "", literal=True)
    words = folded(pl.col(name).str.strip_chars())
    joined = words.str.replace_all(r"[^\p{L}\p{N}]", "")
    first = words.str.extract(r"([\p{L}\p{N}]{4,})", 1)
    initials = words.str.replace_all(r"([\p{L}\p{N}])[\p{L}\p{N}'’.]*[^\p{L}\p{N}]*", "$1")
    return sample.share(
        pl.when(joined.str.len_chars() >= 3, label.str.len_chars() >= 2).then(
            joined.str.contains(label, literal=True)
            | label.str.contains(joined, literal=True)
            | label.str.contains(first, literal=True).fill_null(False)
            | ((initials.str.len_chars() >= 3) & label.str.starts_with(initials))
        )
    )


def to_addresses(sample: Sample, name: str, columns: Sequence[str] | None = None) -> float:
    """The share of rows in which a word of the name stands in the address before the @, 0 to 1.

    In any of the columns of addresses, where none are given.
    """
    known = [
        column
        for column in sample.rows.columns
        if column.startswith("email:") and (columns is None or column[6:] in columns)
    ]
    if not known:
        return 0.0
    local = pl.coalesce(known).str.extract(r"^([^@]+)@", 1)
    words = folded(pl.col(name).str.strip_chars())
    first = words.str.extract(r"^(\p{L}{3,})", 1)
    last = words.str.extract(r"(\p{L}{3,})$", 1)
    return sample.share(
        pl.when(words.str.len_chars() >= 3, local.is_not_null()).then(
            local.str.contains(first, literal=True).fill_null(False)
            | local.str.contains(last, literal=True).fill_null(False)
        )
    )
