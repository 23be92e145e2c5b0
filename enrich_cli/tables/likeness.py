"""How often the names in one column look like the domains and the addresses beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from enrich_cli.tables.alphabet import ASCII, UNICODE, Alphabet, is_ascii
from enrich_cli.tables.sample import Sample, domain, email
from enrich_cli.tables.text import folded


def to_domains(sample: Sample, names: Sequence[str], columns: Sequence[str]) -> Mapping[str, float]:
    """For each column of names, how often the name looks like the domain's first label, 0 to 1.

    `Acme Widgets, Inc.` looks like acmewidgets, acme and aw-inc; rows without both do not count.
    """
    known = [domain(column) for column in columns if domain(column) in sample.rows.columns]
    if not known or not names:
        return dict.fromkeys(names, 0.0)
    label = pl.coalesce(known).str.extract(r"^([^.]+)", 1).str.replace_all("-", "", literal=True)
    return _shares(sample, names, label, _like_label)


def to_addresses(
    sample: Sample, names: Sequence[str], columns: Sequence[str] | None = None
) -> Mapping[str, float]:
    """For each column of names, how often a word of the name stands before the @, 0 to 1.

    In any of the columns of addresses, where none are given.
    """
    read = set(sample.rows.columns)
    among = sample.columns if columns is None else columns
    known = [email(column) for column in among if email(column) in read]
    if not known or not names:
        return dict.fromkeys(names, 0.0)
    local = pl.coalesce(known).str.extract(r"^([^@]+)@", 1)
    return _shares(sample, names, local, _like_local)


def _shares(
    sample: Sample,
    names: Sequence[str],
    beside: pl.Expr,
    alike: Callable[[pl.Expr, pl.Expr, Alphabet], pl.Expr],
) -> Mapping[str, float]:
    """How often each name is like what stands beside it, of the rows where that can be judged."""
    words = [
        folded(pl.col(name).str.strip_chars()).alias(f"words:{place}")
        for place, name in enumerate(names)
    ]
    rows = sample.rows.select(*words, beside=beside)
    ascii_only = rows.select(is_ascii(pl.exclude("beside")).all()).row(0)
    alphabet = ASCII if all(ascii_only) else UNICODE
    means = [
        alike(pl.col(f"words:{place}"), pl.col("beside"), alphabet)
        .cast(pl.Float64)
        .mean()
        .alias(name)
        for place, name in enumerate(names)
    ]
    row = rows.lazy().select(means).collect(engine="in-memory").row(0)
    return {name: mean or 0.0 for name, mean in zip(names, row, strict=True)}


def _like_label(words: pl.Expr, label: pl.Expr, alphabet: Alphabet) -> pl.Expr:
    word = alphabet.letter + alphabet.digit
    joined = words.str.replace_all(f"[^{word}]", "")
    first = words.str.extract(f"([{word}]{{4,}})", 1)
    initials = words.str.replace_all(f"([{word}])[{word}'’.]*[^{word}]*", "$1")
    return pl.when(joined.str.len_chars() >= 3, label.str.len_chars() >= 2).then(
        joined.str.contains(label, literal=True)
        | label.str.contains(joined, literal=True)
        | label.str.contains(first, literal=True).fill_null(False)
        | ((initials.str.len_chars() >= 3) & label.str.starts_with(initials))
    )


def _like_local(words: pl.Expr, local: pl.Expr, alphabet: Alphabet) -> pl.Expr:
    first = words.str.extract(f"^([{alphabet.letter}]{{3,}})", 1)
    last = words.str.extract(f"([{alphabet.letter}]{{3,}})$", 1)
    return pl.when(words.str.len_chars() >= 3, local.is_not_null()).then(
        local.str.contains(first, literal=True).fill_null(False)
        | local.str.contains(last, literal=True).fill_null(False)
    )
