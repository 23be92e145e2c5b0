"""What every normal form begins with: folding of raw text, and the words that stand for nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import polars as pl

from enrich_cli.domain.folding import STROKES
from enrich_cli.domain.lists import lines

_Read = TypeVar("_Read", pl.Series, pl.DataFrame)
_AT_ONCE = 250_000

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


def in_slices(cells: pl.Series, read: Callable[[pl.Series], _Read]) -> _Read:
    """`read` of a slice of the cells at a time, so that memory follows the slice and the result.

    `read` gives a row for each cell, and reads every cell alone.
    """
    if len(cells) <= _AT_ONCE:
        return read(cells)
    return pl.concat([read(cells.slice(at, _AT_ONCE)) for at in range(0, len(cells), _AT_ONCE)])


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
