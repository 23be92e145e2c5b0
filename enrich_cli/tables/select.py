"""Which rows want answers: `--where`, `--limit` and `--sample` as one Boolean expression."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from enrich_cli.domain.errors import UsageError
from enrich_cli.domain.nearest import did_you_mean
from enrich_cli.tables.own import ROW

_LITERAL = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_REFUSED = re.compile(r"\b(select|from|join|union|exists|(?:read|scan)_\w+\s*\()", re.IGNORECASE)
_MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9
"""Odd constants of the splitmix64 generator, to scatter row numbers."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The rows that the user chose; `limit` and `sample` count rows after `where`."""

    where: str = ""
    limit: int | None = None
    sample: int | None = None
    seed: int = 0


def numbered(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame with a row index in front."""
    return frame.with_row_index(ROW)


def selection(frame: pl.LazyFrame, choice: Choice) -> pl.Expr | None:
    """A Boolean expression over the numbered `frame`, true for the chosen rows; None: all.

    `where` is a Polars SQL predicate that sees the cells as they are before anything is filled; a
    null counts as false. Raises UsageError where it is no predicate, names a column that is not
    there, or holds a subquery or a table function.
    """
    chosen = _predicate(frame, choice.where) if choice.where else None
    if choice.sample is not None:
        scattered = _scattered(choice.seed)
        kept = frame if chosen is None else frame.filter(chosen)
        lowest = kept.select(scattered.bottom_k(choice.sample).max()).collect().item()
        chosen = _both(chosen, pl.lit(value=False) if lowest is None else scattered <= lowest)
    if choice.limit is not None:
        kept = frame if chosen is None else frame.filter(chosen)
        last = kept.select(ROW).head(choice.limit).select(pl.col(ROW).max()).collect().item()
        chosen = _both(chosen, pl.lit(value=False) if last is None else pl.col(ROW) <= last)
    return chosen


def _both(one: pl.Expr | None, other: pl.Expr) -> pl.Expr:
    return other if one is None else one & other


def _scattered(seed: int) -> pl.Expr:
    """A number for each row that depends on its index and the seed alone."""
    mixed = (pl.col(ROW).cast(pl.UInt64) + pl.lit(seed + 1, pl.UInt64)) * pl.lit(_MIX_1, pl.UInt64)
    mixed = (mixed ^ (mixed // (1 << 31))) * pl.lit(_MIX_2, pl.UInt64)
    return mixed ^ (mixed // (1 << 29))


def _predicate(frame: pl.LazyFrame, where: str) -> pl.Expr:
    if found := _REFUSED.search(_LITERAL.sub("''", where)):
        raise UsageError(
            f"--where: {found[1].rstrip('( ')!r} is not allowed there",
            hint="write a predicate on the table's own columns, such as country = 'DE'",
        )
    try:
        expression = pl.sql_expr(where)
    except (pl.exceptions.SQLSyntaxError, pl.exceptions.SQLInterfaceError) as error:
        raise UsageError(f"--where: {_first_line(error)}") from error
    columns = frame.collect_schema().names()
    for name in expression.meta.root_names():
        if name not in columns:
            raise UsageError(
                f"--where: the table has no column {name!r}",
                hint=did_you_mean(name, columns, "`enrich inspect` lists the columns"),
            )
    try:
        dtype = frame.select(expression.alias(ROW)).collect_schema()[ROW]
    except pl.exceptions.PolarsError as error:
        raise UsageError(f"--where: {_first_line(error)}") from error
    if dtype != pl.Boolean:
        raise UsageError(
            f"--where: {where!r} is no predicate, it gives {dtype}",
            hint="compare it with something, such as TRY_CAST(employees AS INT) > 10",
        )
    return expression.fill_null(value=False)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
