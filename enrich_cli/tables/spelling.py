"""The rows of a text output: cells spelled anew, or lines as they came with more cells behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import polars as pl

from enrich_cli.domain.entity import CATALOGUE, EntityType
from enrich_cli.domain.plan import Wanted
from enrich_cli.tables.join import ATTACHED, result_column
from enrich_cli.tables.mending import BLANK
from enrich_cli.tables.scanning import LINE, TAIL, lines, tails
from enrich_cli.tables.source import Source, spare


@dataclass(frozen=True, slots=True)
class Rows:
    """What is written. In text formats each line is its cells, quoted by `style`, and `eol`."""

    frame: pl.LazyFrame
    style: Literal["never", "always", "necessary"] = "never"
    eol: str = "\n"


def cells(frame: pl.LazyFrame, source: Source) -> Rows:
    """All cells of `frame`, spelled as the source's dialect does.

    Rows out of shape have a line each, as text, with what stood behind the columns at its end.
    """
    dialect = source.dialect
    eol = dialect.eol.decode()
    behind = tails(source)
    if behind is None:
        return Rows(frame, "always" if dialect.quote_all else "necessary", eol)
    # The CR of a CRLF is in the tails: some lines may have it and some not.
    eol = "\n" if eol == "\r\n" else eol
    return Rows(_mended(frame, behind, source), "never", eol)


def appended(ends: pl.LazyFrame, source: Source) -> Rows:
    """The lines of a `lined` source, with the `ends` behind them, as `line_ends` gives them."""
    stem = spare(ends.collect_schema().names(), LINE)
    both = pl.concat([lines(source).rename({LINE: stem}), ends], how="horizontal")
    return Rows(both, "never", source.dialect.eol.decode())


def line_ends(
    rows: pl.LazyFrame,
    found: Mapping[EntityType, pl.DataFrame],
    wanted: Sequence[Wanted],
    source: Source,
) -> pl.LazyFrame:
    """What comes behind each line where all `wanted` columns are new: text of spelled cells.

    `rows` has the columns `ATTACHED`; `found` has the `results` of each type, `placed` and
    `as_text`. The cells that stand side by side and are about the same entity are one column,
    with the delimiter between them: they are put together once for each entity.
    """
    delimiter = source.dialect.delimiter.decode()
    none = '""' if source.dialect.quote_all else ""
    ends: list[pl.Expr] = []
    for type_, some in groupby(wanted, lambda one: CATALOGUE[one.field].entity):
        columns = [result_column(one.field) for one in some]
        table = found.get(type_, pl.DataFrame())
        texts = spelled(table.select(name for name in columns if name in table.columns), source)
        cells = [pl.col(x).fill_null(none) if x in texts else pl.lit(none) for x in columns]
        of_nobody = pl.Series([delimiter.join(none for _ in columns)])
        text = texts.select(pl.concat_str(cells, separator=delimiter)).to_series()
        place = pl.col(ATTACHED[type_]).fill_null(table.height)
        ends.append(pl.lit(pl.concat([text, of_nobody])).gather(place).alias(str(len(ends))))
    return rows.select(ends)


def spelled(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    """The text columns of a frame as cells of the source's dialect."""
    always, delimiter = source.dialect.quote_all, source.dialect.delimiter.decode()
    return frame.with_columns(
        _spelled(pl.col(name), delimiter, always=always).alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    )


def _mended(frame: pl.LazyFrame, behind: pl.LazyFrame, source: Source) -> pl.LazyFrame:
    """Each row as the text of its line; a blank one stays blank where nothing is found for it."""
    delimiter, always = source.dialect.delimiter.decode(), source.dialect.quote_all
    columns = frame.collect_schema().names()
    tail = spare(columns, TAIL)
    text = [
        _spelled(pl.col(column).cast(pl.String), delimiter, always=always) for column in columns
    ]
    line = pl.concat_str(text, separator=delimiter)
    was_blank = pl.col(tail).str.starts_with(BLANK).fill_null(value=False)
    blank = was_blank & pl.all_horizontal(pl.col(columns).is_null())
    rest = pl.col(tail).str.strip_prefix(BLANK).fill_null("")
    return pl.concat([frame, behind.rename({TAIL: tail})], how="horizontal").select(
        pl.when(blank).then(rest).otherwise(line + rest)
    )


def _spelled(cell: pl.Expr, delimiter: str, *, always: bool) -> pl.Expr:
    """`records.quoted` as an expression: null is an empty cell, "" a quoted empty one."""
    inner = pl.lit('"') + cell.str.replace_all('"', '""', literal=True) + pl.lit('"')
    if always:
        return inner.fill_null('""')
    needed = (cell == "") | cell.str.contains(f'[{delimiter}"\r\n]')
    return pl.when(needed).then(inner).otherwise(cell).fill_null("")
