"""Rewrites a table with rows out of shape into one that Polars reads, keeping all of each row.

Every row of the copy has the table's columns and one more, the tail: what follows the columns in
the row's line. That are the cells that a long row has too many (raw, each with its delimiter), or
BLANK, and then the CR of a line that ends in CRLF; it is null where nothing follows.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from enrich_cli.tables.blocks import Block, Grid, cut
from enrich_cli.tables.dialect import lines_named
from enrich_cli.tables.records import Record, records
from enrich_cli.tables.spool import BLOCK

BLANK = "\n"
"""How the tail of a blank line begins. That of a long row begins with a delimiter."""

_CR = b"\r"

_NAMED = 10
"""How many lines a note lists before it counts the rest."""


@dataclass(slots=True)
class _Lines:
    """Line numbers for a note: the first few, and how many there are."""

    first: list[int] = field(default_factory=list)
    count: int = 0

    def add(self, line: int) -> None:
        self.count += 1
        if len(self.first) < _NAMED:
            self.first.append(line)

    def __str__(self) -> str:
        return lines_named(self.first, self.count)


@dataclass(slots=True)
class Mended:
    """What was found out of shape, and the number of rows."""

    rows: int = 0
    short: _Lines = field(default_factory=_Lines)
    long: _Lines = field(default_factory=_Lines)
    blank: _Lines = field(default_factory=_Lines)
    stray: _Lines = field(default_factory=_Lines)
    returns: int = 0
    """How many rows end in CRLF."""
    unended: int = 0
    """How many rows have no line end: none, or the last."""

    def notes(self, eol: bytes) -> Iterable[str]:
        """What to tell the user, with line numbers; `eol` is how the header ends."""
        if self.long.count:
            yield f"more cells than the header, kept at the row's end: {self.long}"
        if self.short.count:
            yield f"fewer cells than the header, filled up with empty ones: {self.short}"
        if self.blank.count:
            yield f"blank, kept: {self.blank}"
        if self.stray.count:
            yield f"a quote inside a bare cell, taken as text: {self.stray}"
        if self.returns != (self.rows - self.unended if eol == b"\r\n" else 0):
            yield "lines end in LF and in CRLF, each kept"

    def faults(self) -> Iterable[str]:
        """What a strict reading refuses, with line numbers."""
        if self.long.count:
            yield f"more cells than the header: {self.long}"
        if self.short.count:
            yield f"fewer cells than the header: {self.short}"
        if self.stray.count:
            yield f"a quote inside a bare cell: {self.stray}"


@dataclass(slots=True)
class _Place:
    """How far a file has been gone through: the offset and the number of the next line."""

    offset: int
    line: int

    def lines(self, stream: BinaryIO) -> Iterator[bytes]:
        stream.seek(self.offset)
        for line in stream:
            self.offset += len(line)
            self.line += 1
            yield line


def mend(stream: BinaryIO, out: BinaryIO, grid: Grid, first: int) -> Mended:
    """Write the mended copy of the rest of `stream` to `out`, without a header.

    `first` is the number of the first line. Blocks in shape are copied as such; the others are
    gone through record by record. Raises QuoteError.
    """
    found = Mended()
    place = _Place(stream.tell(), first)
    while text := _block_at(stream, place):
        block, _ = cut(text)
        # At the start of a scan Polars takes a byte-order mark out of the first cell.
        measured = None if text.startswith(codecs.BOM_UTF8) else grid.measure(block)
        if measured and block.text:
            out.write(_with_empty_tails(block, grid.delimiter))
            found.rows += measured.rows
            found.returns += measured.returns
            place.offset += len(block.text)
            place.line += block.text.count(b"\n")
            continue
        end = place.offset + len(text)
        for record in records(place.lines(stream), grid.delimiter, place.line):
            out.write(_mended(record, grid, found))
            if place.offset >= end:
                break
    return found


def _block_at(stream: BinaryIO, place: _Place) -> bytes:
    stream.seek(place.offset)
    return stream.read(BLOCK)


def _with_empty_tails(block: Block, delimiter: bytes) -> bytes:
    """The block with one more cell in each row: empty and bare, or a CR."""
    pieces = list(block.pieces)
    pieces[::2] = [
        piece.replace(b"\n", delimiter + b"\n").replace(
            b"\r" + delimiter + b"\n", delimiter + _cell(_CR) + b"\n"
        )
        for piece in pieces[::2]
    ]
    return b'"'.join(pieces)


def _mended(record: Record, grid: Grid, found: Mended) -> bytes:
    """The line of a record in the copy; what is out of shape is counted in `found`."""
    found.rows += 1
    found.unended += not record.end
    cells, tail = record.cells, b""
    if record.stray:
        found.stray.add(record.line)
        cells = [_cell(cell) if _is_stray(cell) else cell for cell in cells]
    if len(cells) > grid.width:
        found.long.add(record.line)
        tail = b"".join(grid.delimiter + cell for cell in cells[grid.width :])
        cells = cells[: grid.width]
    elif len(cells) < grid.width:
        blank = cells == [b""]
        (found.blank if blank else found.short).add(record.line)
        tail = BLANK.encode() if blank else b""
        cells = cells + [b""] * (grid.width - len(cells))
    cells = [_cell(cell) if cell.endswith(_CR) else cell for cell in cells]  # else it is lost
    if cells[0].startswith(codecs.BOM_UTF8):
        cells = [_cell(cells[0]), *cells[1:]]
    if record.end == b"\r\n":
        found.returns += 1
        tail += _CR
    return grid.delimiter.join((*cells, _cell(tail) if tail else tail)) + b"\n"


def _cell(text: bytes) -> bytes:
    return b'"' + text.replace(b'"', b'""') + b'"'


def _is_stray(cell: bytes) -> bool:
    return b'"' in cell and not cell.startswith(b'"')
