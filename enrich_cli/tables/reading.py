"""Looks at one text table: what it is spelled like, and where a copy lies that Polars can read."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from enrich_cli.domain.errors import TableError
from enrich_cli.tables import encodings
from enrich_cli.tables.blocks import Grid, Shape, cut, shape
from enrich_cli.tables.dialect import (
    delimiter,
    ending,
    header,
    lines_named,
    numbered,
    quote_error,
)
from enrich_cli.tables.evenness import BEGINNING, LARGE, even_shape, promised
from enrich_cli.tables.footer import is_parquet
from enrich_cli.tables.mending import Mended, mend
from enrich_cli.tables.records import QuoteError
from enrich_cli.tables.source import Dialect, Part, Told
from enrich_cli.tables.spool import BLOCK, Spool

_NAMES = {b";": ";", b"\t": "tab", b"|": "|"}
_NAMED = 10
_SPOILT = (
    (b"PK\x03\x04", "is a zip archive or an Excel workbook", "save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook", "save the sheet as CSV"),
    (b"%PDF", "is a PDF document", "give a CSV or Parquet table"),
    (b"SQLite format 3", "is an SQLite database", "export the table as CSV"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text table that was looked at."""

    part: Part
    dialect: Dialect
    names: tuple[str, ...]
    rows: int
    lined: bool
    notes: tuple[str, ...]
    pending: Future[Shape | None] | None = None


def read_text(
    part: Part, path: str, preferred: bytes, told: Told, scratch: Path, *, hurried: bool = False
) -> Text:
    """Find the dialect of the table at `part`, and make a copy in `scratch` where Polars needs one.

    `path` is for messages, `preferred` the delimiter that the file's ending promises. The
    file is read once, block by block; only rows out of shape are gone through one by one. With
    `hurried` a large one is taken to go on as it begins, until `pending` says how it does.
    Raises TableError for an empty file, for one that is no text, and for quotes that do not close.
    """
    with Path(part.location).open("rb") as stream:
        head = stream.read(BLOCK)
    if is_parquet(head):
        raise TableError(f"{path} is a Parquet file", hint="say --format parquet")
    for magic, what, hint in _SPOILT:
        if head.startswith(magic):
            raise TableError(f"{path} {what}, not a text table", hint=hint)
    encoding, bom = encodings.sniff(head)
    if encoding == "utf-8" and not head.removeprefix(bom).strip(b"\r\n"):
        raise TableError(f"{path} is empty", hint="give a table with a header line")
    if encoding != "utf-8":
        return _transcoded(part, path, preferred, told, scratch, encoding, bom)
    if not _starts_as_utf8(head):
        return _transcoded(part, path, preferred, told, scratch, _guess(part), bom)
    text = _utf8(part, path, preferred, told, scratch, bom, hurried=hurried)
    return text or _transcoded(part, path, preferred, told, scratch, _guess(part), bom)


def _starts_as_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _guess(part: Part) -> str:
    with Path(part.location).open("rb") as stream:
        return encodings.guess(stream)


def _transcoded(
    part: Part,
    path: str,
    preferred: bytes,
    told: Told,
    scratch: Path,
    encoding: str,
    bom: bytes,
) -> Text:
    spool = Spool(scratch)
    with Path(part.location).open("rb") as stream, spool.writer() as out:
        stream.seek(len(bom))
        result = encodings.to_utf8(stream, out, encoding, path)
    copy = Part(spool.path, spool=spool)
    with Path(copy.location).open("rb") as stream:
        if not stream.read(BLOCK).strip(b"\r\n"):
            raise TableError(f"{path} is empty", hint="give a table with a header line")
    text = _utf8(copy, path, preferred, told, scratch, b"")
    if text is None:  # what was transcoded is UTF-8
        raise AssertionError(path)
    dialect = replace(
        text.dialect,
        encoding=encoding if result.exact else "utf-8",
        bom=bool(bom) or not result.exact,
        escaped=result.exact and encoding == "utf-8",
    )
    notes = [*text.notes]
    if encoding != "utf-8":
        notes.insert(0, f"encoding {encoding}")
    if not result.exact:
        notes.insert(1, "the output is UTF-8: the way back would change bytes")
    if result.damaged:
        where = lines_named(result.damaged[:_NAMED], len(result.damaged))
        if told.strict:
            raise _faulty(path, f"bytes that are not {encoding.upper()}: {where}")
        notes.append(f"bytes that are not {encoding.upper()}, kept as they are: {where}")
    return replace(text, dialect=dialect, notes=tuple(notes))


def _utf8(
    part: Part,
    path: str,
    preferred: bytes,
    told: Told,
    scratch: Path,
    bom: bytes,
    *,
    hurried: bool = False,
) -> Text | None:
    """The table at `part` if it is UTF-8 throughout, else None."""
    begin, pending = len(bom), None
    with Path(part.location).open("rb") as stream:
        stream.seek(begin)
        head = stream.read(BLOCK)
        eol = ending(head)
        if eol == b"\r":
            stream.seek(begin)
            part, begin = _without_cr(stream, scratch), 0
            head, _ = _outside(head, b"\r", b"\n")
    mark = delimiter(head, preferred)
    notes = _notes(mark, eol, bom)
    with Path(part.location).open("rb") as stream:
        stream.seek(begin)
        first, names, skip = header(stream, mark, path)
        if eol == b"\r":
            first, _ = _outside(first, b"\n", eol)
        if told.headless:
            first, names, skip = b"", numbered(len(names)), 0
            stream.seek(begin)
        begin = stream.tell()
        grid = Grid(len(names), mark)
        # A byte-order mark that begins the first row is a part of its cell, but not to Polars.
        found = None
        if not _starts_with_bom(stream):
            find = _finder(stream, part, grid)
            about = _about(stream, grid, eol) if hurried else None
            if about is None:
                found = find()
            else:
                pending, found = promised(find), Shape(about, False, True, ended=0, returns=0)
        final_eol = _ends_with_newline(stream)
        evenly = found is not None and found.ends_in(eol)
        if found is not None and evenly:
            part, rows = replace(part, skip=skip), found.rows
        else:
            stream.seek(begin)
            if not encodings.is_utf8(stream):
                return None
            stream.seek(begin)
            part, mended = _mended(stream, scratch, grid, skip + 1, path)
            rows = mended.rows
            if told.strict and (faults := "; ".join(mended.faults())):
                raise _faulty(path, faults)
            notes += mended.notes(eol)
    dialect = Dialect(
        delimiter=mark,
        eol=eol,
        bom=bool(bom),
        quote_all=found is not None and found.quote_all,
        final_eol=final_eol,
        header=first,
        headless=told.headless,
    )
    # In front of a first row without a header stands what Polars may take for part of the line.
    lined = found is not None and evenly and found.lined and not (bom and told.headless)
    return Text(part, dialect, names, rows, lined, tuple(notes), pending)


def _finder(stream: BinaryIO, part: Part, grid: Grid) -> Callable[[], Shape | None]:
    """Finds the shape of all rows that `stream` still holds; a large table has its own way."""
    if _size(stream) < LARGE:
        return partial(shape, stream, grid)
    return partial(even_shape, part.location, stream.tell(), grid)


def _about(stream: BinaryIO, grid: Grid, eol: bytes) -> int | None:
    """About how many rows a large table has that begins with lines that end alike; else None."""
    size = _size(stream)
    if size < LARGE:
        return None
    begin = stream.tell()
    block, _ = cut(stream.read(BEGINNING))
    stream.seek(begin)
    first = grid.measure(block)
    if first is None or not first.lined or not first.shape(first.rows, grid.width).ends_in(eol):
        return None
    return size * first.rows // max(1, len(block.text))


def _size(stream: BinaryIO) -> int:
    return os.fstat(stream.fileno()).st_size


def _mended(
    stream: BinaryIO, scratch: Path, grid: Grid, first: int, path: str
) -> tuple[Part, Mended]:
    spool = Spool(scratch)
    try:
        with spool.writer() as out:
            mended = mend(stream, out, grid, first)
    except QuoteError as exc:
        raise quote_error(path, exc) from exc
    return Part(spool.path, mended=True, spool=spool), mended


def _notes(mark: bytes, eol: bytes, bom: bytes) -> list[str]:
    notes = [f"delimiter {_NAMES[mark]}"] if mark in _NAMES else []
    if bom:
        notes.append("byte-order mark")
    if eol != b"\n":
        notes.append("line ending CRLF" if eol == b"\r\n" else "line ending CR")
    return notes


def _faulty(path: str, what: str) -> TableError:
    return TableError(
        f"{path}: {what}", hint="mend the file, or leave --strict off: such rows are kept whole"
    )


def _starts_with_bom(stream: BinaryIO) -> bool:
    here = stream.tell()
    head = stream.read(len(codecs.BOM_UTF8))
    stream.seek(here)
    return head == codecs.BOM_UTF8


def _ends_with_newline(stream: BinaryIO) -> bool:
    stream.seek(-1, 2)
    return stream.read(1) == b"\n"


def _without_cr(stream: BinaryIO, scratch: Path) -> Part:
    """A copy whose lines end in LF, of a file whose lines end in CR alone."""
    spool = Spool(scratch)
    inside = 0
    with spool.writer() as out:
        for block in iter(lambda: stream.read(BLOCK), b""):
            text, inside = _outside(block, b"\r", b"\n", inside)
            out.write(text)
    return Part(spool.path, spool=spool)


def _outside(block: bytes, old: bytes, new: bytes, inside: int = 0) -> tuple[bytes, int]:
    """The block with `old` outside of quotes as `new`.

    `inside` is 1 where the block begins within quotes; the same is told of its end.
    """
    pieces = block.split(b'"')
    pieces[inside::2] = [piece.replace(old, new) for piece in pieces[inside::2]]
    return b'"'.join(pieces), (inside + len(pieces) - 1) % 2
