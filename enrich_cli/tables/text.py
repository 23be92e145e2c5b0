"""What every normal form begins with: folding of raw text, and the words that stand for nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import polars as pl

from enrich_cli.domain.folding import STROKES
from enrich_cli.domain.lists import lines

_Read = TypeVar("_Read", pl.Series, pl.DataFrame)
_Made = TypeVar("_Made", pl.Series, pl.DataFrame)

AT_ONCE = 125_000
"""Cells of a slice."""

_INVISIBLE = (
    r"[\u{ad}\u{34f}\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}"
    r"\u{fe0e}\u{fe0f}\u{feff}\u{e0000}-\u{e007f}]"
)


def once(value: pl.Expr, then: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """`then(value)` with `value` computed once, however often `then` uses it.

    Polars finds common parts of expressions in lazy frames only. `then` may use nothing but its
    argument: fields of a struct around it are out of sight inside.
    """
    cell = pl.struct(value=value).struct.with_fields(result=then(pl.field("value")))
    return cell.struct.field("result")


def split(
    cells: pl.Series,
    which: pl.Series,
    then: Callable[[pl.Series], pl.DataFrame],
    otherwise: Callable[[pl.Series], pl.DataFrame],
) -> pl.DataFrame:
    """`then` of the cells for which the mask `which` holds and `otherwise` of the rest, in order.

    Each gives a row for each of its cells, with the same columns, and is called only if it has
    cells: an expression with both would compute both for all.
    """
    if which.all():
        return then(cells)
    if not which.any():
        return otherwise(cells)
    both = pl.concat([then(cells.filter(which)), otherwise(cells.filter(~which))])
    first, second = which.cum_sum() - 1, (~which).cum_sum() + (int(which.sum()) - 1)
    return both[first.zip_with(which, second)]


def in_slices(cells: _Read, read: Callable[[_Read], _Made]) -> _Made:
    """`read` of some of the cells at a time, so that memory follows these and the result.

    `read` gives a row for each cell, and reads every cell alone. It is called in as many threads
    as there are cores: its many small steps leave some of them idle.
    """
    if len(cells) <= AT_ONCE:
        return read(cells)
    slices = [cells.slice(at, AT_ONCE) for at in range(0, len(cells), AT_ONCE)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(read, slices))
    return pl.concat(made, how="diagonal" if isinstance(made[0], pl.DataFrame) else "vertical")


def tidy(raw: pl.Expr) -> pl.Expr:
    """The cell in NFKC, without invisible characters, and without white space at either end.

    So full-width letters become plain ones. Zero-width joiners stay: some scripts spell with them.
    """
    ascii_only = raw.str.len_bytes() == raw.str.len_chars()
    other = pl.when(~ascii_only).then(raw).str.replace_all(_INVISIBLE, "").str.normalize("NFKC")
    return pl.coalesce(other, raw).str.strip_chars()


def folded(text: pl.Expr) -> pl.Expr:
    """Tidy text in lower case without accents: `Société` and `SOCIETE` are one.

    Only the accents of Latin, Greek and Cyrillic letters go; the marks of other scripts spell.
    """
    ascii_only = text.str.len_bytes() == text.str.len_chars()
    other = (
        pl.when(~ascii_only)
        .then(text)
        .str.to_lowercase()
        .str.normalize("NFD")
        .str.replace_all(r"[\u{300}-\u{36f}]", "")
        .str.normalize("NFC")
        .str.replace_many(list(STROKES), list(STROKES.values()))
    )
    return pl.coalesce(other, pl.when(ascii_only).then(text).str.to_lowercase())


def stands_for_nothing(lower: pl.Expr) -> pl.Expr:
    """Whether a cell in lower case only says that it is empty: `n/a`, `-`, `(blank)`, `?`."""
    return is_placeholder(lower) | ~lower.str.contains(r"[\p{L}\p{N}]")


def is_placeholder(lower: pl.Expr) -> pl.Expr:
    """Whether a cell in lower case is a word that stands for nothing."""
    return lower.is_in(list(lines("placeholders")))
