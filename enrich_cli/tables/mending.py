"""Rewrites a table with rows out of shape into one that Polars reads, keeping all of each row.

Every row of the copy has the table's columns and one more, the tail: null for a row in shape,
the cells that a long row has too many (raw, each with its delimiter), or BLANK.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from enrich_cli.tables.dialect import lines_named
from enrich_cli.tables.records import Record, records

BLANK = "\n"
"""The tail of a blank line. No long row has it: its tail begins with a delimiter."""

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

    def notes(self) -> Iterable[str]:
        """What to tell the user, with line numbers."""
        if self.long.count:
            yield f"more cells than the header, kept at the row's end: {self.long}"
        if self.short.count:
            yield f"fewer cells than the header, filled up with empty ones: {self.short}"
        if self.blank.count:
            yield f"blank, kept: {self.blank}"
        if self.stray.count:
            yield f"a quote inside a bare cell, taken as text: {self.stray}"


def mend(
    lines: Iterable[bytes], out: BinaryIO, *, width: int, delimiter: bytes, skipped: int
) -> Mended:
    """Write the mended copy of the records in `lines` to `out`, without a header.

    `skipped` lines of the file came before. Raises QuoteError, its line counted from here.
    """
    found = Mended()
    for record in records(lines, delimiter):
        found.rows += 1
        cells = _bare(record) if record.stray else record.cells
        if record.stray:
            found.stray.add(record.line + skipped)
        tail = b""
        if len(cells) > width:
            found.long.add(record.line + skipped)
            tail = _cell(b"".join(delimiter + cell for cell in cells[width:]))
            cells = cells[:width]
        elif len(cells) < width:
            blank = cells == [b""]
            (found.blank if blank else found.short).add(record.line + skipped)
            tail = _cell(BLANK.encode()) if blank else b""
            cells = cells + [b""] * (width - len(cells))
        if cells[0].startswith(codecs.BOM_UTF8):  # at the start of a scan Polars would drop it
            cells = [_cell(cells[0]), *cells[1:]]
        out.write(delimiter.join(cells) + delimiter + tail + b"\n")
    return found


def _cell(text: bytes) -> bytes:
    return b'"' + text.replace(b'"', b'""') + b'"'


def _bare(record: Record) -> list[bytes]:
    """The record's cells with those that hold a stray quote spelled in quotes."""
    return [
        _cell(cell) if b'"' in cell and not cell.startswith(b'"') else cell for cell in record.cells
    ]
