"""Writes the enriched table: old columns spelled as they came, new ones at the right."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl
import zstandard

from enrich_cli.domain.errors import MachineError, TableError
from enrich_cli.tables.encodings import from_utf8
from enrich_cli.tables.endings import packing
from enrich_cli.tables.parquet import Say, write_parquet
from enrich_cli.tables.records import quoted
from enrich_cli.tables.scanning import readable
from enrich_cli.tables.source import CHANGED, Format, Source
from enrich_cli.tables.spelling import Rows, appended, cells
from enrich_cli.tables.splice import Base, New, splice
from enrich_cli.tables.spool import BLOCK, Spool
from enrich_cli.tables.targets import replacing, writable

Written = Callable[[int], object]

_OS_ERROR = re.compile(r"os error (\d+)")
_GZIP_LEVEL, _ZSTD_LEVEL = 6, 3  # the defaults of the two command-line tools


def write(
    frame: pl.LazyFrame,
    source: Source,
    target: Path | BinaryIO,
    *,
    added: Sequence[str],
    say: Say = lambda _: None,
    written: Written = lambda _: None,
) -> int:
    """Write `frame` in the format and dialect of `source`, and return the number of rows.

    `frame` has the rows of `source` in their order, `source.columns` and then `added`. A path is
    replaced when all is written, see `replacing`; by its ending it is compressed. A stream is
    written to as it is; BrokenPipeError passes. `say` is told what could not be kept, `written`
    now and then, in any thread, how many rows went out.

    Raises MachineError where the output cannot be written to its end (disk full, folder gone),
    or the input cannot be read to its end.
    """
    frame = frame.select(*source.columns, *added)
    if source.format in (Format.CSV, Format.TSV):
        return _write_to(target, cells(frame, source), source, added, say, written)
    return _write_to(target, Rows(frame), source, added, say, written)


def append(
    ends: pl.LazyFrame,
    source: Source,
    target: Path | BinaryIO,
    *,
    added: Sequence[str],
    say: Say = lambda _: None,
    written: Written = lambda _: None,
) -> int:
    """As `write`, with the lines of a `lined` source as they stand in the file.

    `ends` has a row for each of them, the text of the cells of the columns `added`, see
    `line_ends`. Raises MachineError, too, where the input has not as many rows any more.
    """
    rows = appended(ends, source)
    return _write_to(target, rows, source, added, say, written, must=source.rows)


def extend(
    new: New,
    source: Source,
    base: Base,
    target: Path | BinaryIO,
    *,
    written: Written = lambda _: None,
) -> None:
    """As `write`, with the file of a `base` as it stands, and the columns of `new` behind it."""
    with _readable_still(source.path):
        if isinstance(target, Path):
            with replacing(target) as out:
                splice(base, source, out, new, written)
        else:
            with writable("standard output"):
                splice(base, source, target, new, written)
                target.flush()


def _write_to(
    target: Path | BinaryIO,
    rows: Rows,
    source: Source,
    added: Sequence[str],
    say: Say,
    written: Written,
    must: int | None = None,
) -> int:
    heights: list[int] = []

    def counted(batch: pl.DataFrame) -> pl.DataFrame:
        heights.append(batch.height)
        written(sum(heights))
        return batch

    frame = rows.frame.map_batches(counted, streamable=True, validate_output_schema=False)
    rows = replace(rows, frame=frame)
    with _readable_still(source.path):
        if isinstance(target, Path):
            with replacing(target) as out, _packed(out, packing(target.name)) as inner:
                rewritable = stat.S_ISREG(os.fstat(out.fileno()).st_mode)
                _write(rows, source, inner, added, say, rewritable=rewritable)
                if must not in (None, sum(heights)):  # before it takes the target's place
                    raise MachineError(
                        f"{source.path} had {must} rows and now has {sum(heights)}", hint=CHANGED
                    )
        else:
            with writable("standard output"):
                _write(rows, source, target, added, say, rewritable=False)
                target.flush()
    return sum(heights)


@contextmanager
def _readable_still(path: str) -> Iterator[None]:
    """What was looked at and is now unreadable has changed: no fault of the command line."""
    try:
        with readable(path):
            yield
    except TableError as exc:
        raise MachineError(exc.message, hint=CHANGED) from exc.__cause__


def _write(
    rows: Rows,
    source: Source,
    out: BinaryIO,
    added: Sequence[str],
    say: Say,
    *,
    rewritable: bool,
) -> None:
    match source.format:
        case Format.PARQUET:
            write_parquet(rows.frame, source, out, _sink, say, rewritable=rewritable)
        case Format.NDJSON:
            if source.dialect.bom:
                out.write(codecs.BOM_UTF8)
                out.flush()
            _sink(rows.frame.sink_ndjson, out)
        case Format.CSV | Format.TSV:
            _write_text(rows, source, out, added, say)


def _write_text(rows: Rows, source: Source, out: BinaryIO, added: Sequence[str], say: Say) -> None:
    dialect = source.dialect
    if dialect.encoding == "utf-8" and not dialect.escaped:
        if dialect.bom:
            out.write(codecs.BOM_UTF8)
        _write_utf8(rows, source, out, added)
        return
    # The whole output is made first: only then is it known whether the encoding has it all.
    spool = Spool(source.scratch)
    with spool.writer() as copy:
        _write_utf8(rows, source, copy, added)
    with Path(spool.path).open("rb") as copy:
        try:
            from_utf8(copy, cast("BinaryIO", _Nowhere()), dialect.encoding)
        except UnicodeEncodeError as exc:
            say(f"the output is UTF-8: {dialect.encoding} has no {exc.object[exc.start]!r}")
            out.write(codecs.BOM_UTF8)
            copy.seek(0)
            shutil.copyfileobj(copy, out, BLOCK)
            return
        copy.seek(0)
        if dialect.bom:
            out.write("\ufeff".encode(dialect.encoding))
        from_utf8(copy, out, dialect.encoding)


class _Nowhere:
    """Takes whatever is written."""

    def write(self, block: bytes) -> int:
        return len(block)


def _write_utf8(rows: Rows, source: Source, out: BinaryIO, added: Sequence[str]) -> None:
    dialect = source.dialect
    delimiter = dialect.delimiter.decode()
    stream = out if dialect.final_eol else cast("BinaryIO", _Trimmed(out, rows.eol.encode()))
    if not dialect.headless:
        names = [quoted(name, delimiter, always=dialect.quote_all) for name in added]
        header = dialect.header + "".join(delimiter + name for name in names).encode()
        stream.write(header + dialect.eol)
    stream.flush()

    def sink(target: BinaryIO) -> object:
        return rows.frame.sink_csv(
            target,
            include_header=False,
            separator=delimiter,
            line_terminator=rows.eol,
            quote_style=rows.style,
        )

    _sink(sink, stream)


class _Recorded:
    """Hands blocks on, and remembers what the stream said, since Polars words it anew."""

    def __init__(self, out: BinaryIO) -> None:
        self.out = out
        self.failure: BaseException | None = None

    def write(self, block: bytes) -> int:
        try:
            self.out.write(block)
        except BaseException as exc:
            self.failure = exc
            raise
        return len(block)

    def flush(self) -> None:
        """Nothing is held back here."""


class _Trimmed:
    """Hands blocks on, but for the line end that comes last."""

    def __init__(self, out: BinaryIO, eol: bytes) -> None:
        self.out, self.eol, self.held = out, eol, b""

    def write(self, block: bytes) -> int:
        text = self.held + block
        end = max(0, len(text) - len(self.eol))
        self.held = text[end:]
        self.out.write(text[:end])
        return len(block)

    def flush(self) -> None:
        """The last line end is never written."""


def _sink(sink: Callable[[BinaryIO], object], out: BinaryIO) -> None:
    """Run a Polars sink into `out`; what goes wrong there is raised as Python's own OSError.

    A plain file is written to by Polars itself, anything else through its `write`.
    """
    plain = isinstance(out, io.BufferedWriter)
    stream = _Recorded(out)
    try:
        sink(out if plain else cast("BinaryIO", stream))
    except (OSError, pl.exceptions.ComputeError) as exc:
        if stream.failure is not None:
            raise stream.failure from None
        if code := _OS_ERROR.search(str(exc)):
            number = int(code[1])
            raise OSError(number, os.strerror(number)) from exc
        raise


@contextmanager
def _packed(out: BinaryIO, kind: str | None) -> Iterator[BinaryIO]:
    """A stream that compresses into `out`; the same bytes for the same content at any time."""
    match kind:
        case "gzip":
            with gzip.GzipFile("", "wb", _GZIP_LEVEL, out, mtime=0) as stream:
                yield cast("BinaryIO", stream)
        case "zstd":
            compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL)
            with compressor.stream_writer(out, closefd=False) as frames:
                yield cast("BinaryIO", frames)
        case _:
            yield out
