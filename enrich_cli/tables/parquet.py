"""Parquet tables: the old columns keep types, nullability, inner names, metadata and codec."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import polars as pl

from enrich_cli.tables.arrow import ArrowField, ArrowSchema, fields_of, relabelled
from enrich_cli.tables.footer import Element, read_footer
from enrich_cli.tables.scanning import readable
from enrich_cli.tables.source import Kept, Part, Source
from enrich_cli.tables.splice import ARROW_KEY
from enrich_cli.tables.spool import BLOCK, Spool

Say = Callable[[str], object]
Sink = Callable[[Callable[[BinaryIO], object], BinaryIO], None]

_LABEL = re.compile(ARROW_KEY.encode() + rb".{1,8}?(/////[A-Za-z0-9+/]+={0,2})", re.DOTALL)
"""The Arrow schema among a footer's keys: an IPC message in base64 begins with FF FF FF FF."""

_SMALLEST, _LARGEST = 50_000, 1_000_000
"""Rows in a row group: as in the input, but neither crumbs nor more than memory likes."""

_LARGE = {"u": "U", "z": "Z", "+l": "+L"}
"""Polars hands these Arrow types to its writer in their large form only. Parquet has one form."""

_BYTES, _FIXED_BYTES = 6, 7  # Type in parquet.thrift
_UTF8, _TIME_MILLIS, _TIME_MICROS = 0, 7, 8  # ConvertedType there


def read_parquet(part: Part, path: str) -> tuple[pl.Schema, int | None, Kept]:
    """The columns of a Parquet file, the number of rows, and what the output keeps.

    Raises TableError for a file that is not whole, or that Polars cannot read.
    """
    with readable(path):
        if part.glob:
            return pl.scan_parquet(part.location).collect_schema(), None, Kept()
        footer = read_footer(part.location, path)
        schema = pl.scan_parquet(part.location, glob=False).collect_schema()
        metadata = pl.read_parquet_metadata(part.location)
    fields = fields_of(metadata.pop(ARROW_KEY, "")) or tuple(_derived(footer.elements))
    kept = Kept(footer.codec, footer.row_group, metadata, fields, footer.mark)
    return schema, footer.rows, kept


def write_parquet(
    frame: pl.LazyFrame, source: Source, out: BinaryIO, sink: Sink, say: Say, *, rewritable: bool
) -> None:
    """Write `frame` with the types, metadata and codec of `source` where the columns are its.

    `sink` runs a Polars sink into a stream, `say` is told of types that cannot be kept.
    `rewritable` says whether `out` can be read and changed when it is written; else the file is
    made in the scratch folder first.
    """
    if not rewritable:
        spool = Spool(source.scratch)
        with spool.writer() as copy:
            write_parquet(frame, source, copy, sink, say, rewritable=True)
        with Path(spool.path).open("rb") as content:
            shutil.copyfileobj(content, out, BLOCK)
        return
    kept = source.kept
    schema = frame.collect_schema()
    arrow = _arrow_schema(schema, kept.fields)

    def write(target: BinaryIO) -> object:
        return frame.sink_parquet(
            target,
            compression=kept.codec,
            row_group_size=min(max(kept.row_group, _SMALLEST), _LARGEST),
            metadata=dict(kept.metadata) or None,
            arrow_schema=arrow,
        )

    sink(write, out)
    for field in kept.fields:
        if field.format in ("tts", "ttm"):  # Polars knows nanoseconds only
            say(f"column {field.name!r}: time of day in 32 bits becomes one in 64 bits")
    out.flush()
    with os.fdopen(os.dup(out.fileno()), "r+b") as written:
        _relabel(written, {field.name: field for field in kept.fields})


def _arrow_schema(schema: pl.Schema, fields: Sequence[ArrowField]) -> ArrowSchema | None:
    """The Arrow schema nearest to the input's that Polars takes; None where it takes none."""
    content = io.BytesIO()
    pl.DataFrame(schema=schema).write_parquet(content)
    usual = fields_of(pl.read_parquet_metadata(content.getvalue())[ARROW_KEY]) or ()
    wanted = {field.name: field for field in fields}
    near = [_near(wanted[own.name], own) if own.name in wanted else own for own in usual]
    if not _taken(schema, near):
        near = [
            field if _taken({field.name: schema[field.name]}, [field]) else own
            for field, own in zip(near, usual, strict=True)
        ]
    return ArrowSchema(near) if _taken(schema, near) else None


def _near(original: ArrowField, usual: ArrowField) -> ArrowField:
    """The original field, with the types that Polars does not take in the form that it does."""
    if original.dictionary or len(original.children) != len(usual.children):
        return replace(usual, nullable=original.nullable)
    return replace(
        original,
        format=_LARGE.get(original.format, original.format) or usual.format,
        children=tuple(map(_near, original.children, usual.children)),
        dictionary=usual.dictionary,
    )


def _taken(schema: Mapping[str, pl.DataType], fields: Sequence[ArrowField]) -> bool:
    """Whether Polars writes these columns as these fields."""
    try:
        pl.LazyFrame(schema=schema).sink_parquet(io.BytesIO(), arrow_schema=ArrowSchema(fields))
    except pl.exceptions.PolarsError:
        return False
    return True


def _relabel(written: BinaryIO, fields: Mapping[str, ArrowField]) -> None:
    """Let the output's Arrow schema name the memory layouts that the input's names."""
    end = written.seek(0, os.SEEK_END)
    written.seek(end - 8)
    size = int.from_bytes(written.read(4), "little")
    start = written.seek(end - 8 - size)
    if label := _LABEL.search(written.read(size)):
        written.seek(start + label.start(1))
        written.write(relabelled(label[1].decode(), fields).encode())
    written.seek(end)


def _derived(elements: Sequence[Element]) -> Iterator[ArrowField]:
    """Fields for a file without an Arrow schema; an empty format means the usual one."""
    places = iter(elements[1:])
    for element in places:
        if element.children:
            _skip(places, element.children)
        else:
            yield ArrowField(element.name, _format(element), nullable=not element.required)


def _skip(places: Iterator[Element], count: int) -> None:
    for _ in range(count):
        _skip(places, next(places).children)


def _format(element: Element) -> str:
    if element.converted == _TIME_MILLIS:
        return "ttm"
    if element.converted == _TIME_MICROS:
        return "ttu"
    bare = element.converted is None and not element.logical
    if element.type == _FIXED_BYTES and bare:
        return f"w:{element.length}"
    if element.type == _BYTES and (bare or element.converted == _UTF8):
        return "z" if bare else "u"
    return ""
