"""Lazy frames over an opened table, with every cell as it stands in the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from enrich_cli.domain.errors import TableError
from enrich_cli.tables.source import Format, Part, Source, spare

TAIL = "tail"
"""The column of `tails`."""
LINE = "line"
"""The column of `lines`."""


def scan(source: Source) -> pl.LazyFrame:
    """The table's rows in their order, `source.columns` as columns.

    In text formats every column is String: null is an empty cell, "" a quoted empty one.
    Parquet and NDJSON have types of their own.
    """
    match source.format:
        case Format.PARQUET:
            if source.parts[0].glob:
                return pl.scan_parquet(source.parts[0].location)
            return pl.scan_parquet([part.location for part in source.parts], glob=False)
        case Format.NDJSON:
            return pl.concat(
                pl.scan_ndjson(part.location, schema=source.schema) for part in source.parts
            )
        case Format.CSV | Format.TSV:
            columns = list(source.columns)
            return pl.concat(_part(source, part).select(columns) for part in source.parts)


def tails(source: Source) -> pl.LazyFrame | None:
    """What stands behind the columns of each row, see `mending`; None where nothing does."""
    if not any(part.mended for part in source.parts):
        return None
    tail = spare(source.columns, TAIL)
    same = pl.col(source.columns[0]).str.head(0)  # as many as there are rows
    if source.dialect.eol == b"\r\n":
        same = same.fill_null("") + pl.lit("\r")
    return pl.concat(
        _part(source, part).select((pl.col(tail) if part.mended else same).alias(TAIL))
        for part in source.parts
    )


def lines(source: Source) -> pl.LazyFrame:
    """The lines of a `lined` source but for its header, without their ends, in the column LINE."""
    return pl.concat(
        pl.scan_lines(part.location, name=LINE, glob=False).slice(part.skip)
        for part in source.parts
    )


def _part(source: Source, part: Part) -> pl.LazyFrame:
    columns = list(source.columns)
    if part.mended:
        columns.append(spare(columns, TAIL))
    return pl.scan_csv(
        part.location,
        has_header=False,
        skip_lines=part.skip,
        schema=dict.fromkeys(columns, pl.String),
        separator=source.dialect.delimiter.decode(),
        glob=part.glob,
    )


@contextmanager
def readable(path: str) -> Iterator[None]:
    """Turn what Polars says of a table that it cannot read into a TableError."""
    try:
        yield
    except (
        pl.exceptions.ComputeError,
        pl.exceptions.SchemaError,
        pl.exceptions.NoDataError,
        pl.exceptions.ShapeError,  # it has not as many rows as before
    ) as exc:
        first, *_ = str(exc).splitlines() or [type(exc).__name__]
        raise TableError(f"{path} cannot be read: {first}") from exc
