"""The grammar of CSV records on UTF-8 bytes, exact about quotes; lines end in LF or CRLF."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import BinaryIO

from enrich_cli.domain.errors import EnrichError
from enrich_cli.tables.spool import BLOCK

CELL_LIMIT = 64 * BLOCK
"""No cell is longer than this (64 MiB): a quote that stays open for longer was never closed."""

_CLOSING = re.compile(rb'[^"]*+(?:""[^"]*+)*+"')
_FIRST, _LAST = itemgetter(0), itemgetter(-1)
_CR, _LF = 13, 10


class QuoteError(EnrichError):
    """A quote that leaves open where a cell ends. `line` is the line it stands in."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class Record:
    """One record as it stands in the file: its first line's number, and its raw cells."""

    line: int
    cells: list[bytes]
    stray: bool  # a quote in the middle of a bare cell, which every reader takes as text


def records(lines: Iterable[bytes], delimiter: bytes) -> Iterator[Record]:
    """Split lines into records, cells raw, quotes included.

    A blank line is a record of one empty cell. Raises QuoteError for a quote that is never
    closed and for text behind a closing quote.
    """
    source = enumerate(lines, 1)
    ends = re.compile(b"[" + re.escape(delimiter) + b"]")
    for number, line in source:
        text = _stripped(line)
        if b'"' not in text:
            yield Record(number, text.split(delimiter), stray=False)
            continue
        record = Record(number, [], stray=False)
        at = number
        place = 0
        while place <= len(text):
            if not text.startswith(b'"', place):
                end = ends.search(text, place)
                stop = end.start() if end else len(text)
                cell = text[place:stop]
                record.stray |= b'"' in cell
            else:
                head: list[bytes] = []
                opened, size, begin = at, 0, place + 1
                while (closing := _CLOSING.match(text, begin)) is None:
                    following = next(source, None)
                    head.append(line[place:])
                    size += len(head[-1])
                    if following is None or size > CELL_LIMIT:
                        raise QuoteError(opened, "a quote is opened here and never closed")
                    (at, line), place, begin = following, 0, 0
                    text = _stripped(line)
                stop = closing.end()
                cell = b"".join(head) + text[place:stop]
                if stop < len(text) and not text.startswith(delimiter, stop):
                    raise QuoteError(at, "there is text behind the closing quote of a cell")
            record.cells.append(cell)
            place = stop + 1
        yield record


def _stripped(line: bytes) -> bytes:
    if line.endswith(b"\n"):
        return line[: -2 if line.endswith(b"\r\n") else -1]
    return line


def unquoted(cell: bytes) -> str:
    """The text that a raw cell stands for."""
    if cell.startswith(b'"'):
        cell = cell[1:-1].replace(b'""', b'"')
    return cell.decode()


def quoted(text: str, delimiter: str, *, always: bool = False) -> str:
    """The spelling of a cell: bare where that is possible, quoted where it is needed."""
    if always or not text or any(mark in text for mark in (delimiter, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


@dataclass(frozen=True, slots=True)
class Shape:
    """What `shape` saw: the number of rows, and whether every cell is quoted."""

    rows: int
    quote_all: bool


def shape(stream: BinaryIO, width: int, delimiter: bytes) -> Shape | None:
    """Count the records of a well-formed table, or None where any record is out of shape.

    Well-formed: UTF-8, `width` cells in every record, quotes only around cells. Everything
    is done on whole blocks: only delimiters and line ends outside of quotes are kept, and
    what is left of a block must be the same row over and over.
    """
    row = delimiter * (width - 1) + b"\n"
    others = bytes(set(range(256)) - {delimiter[0], _LF})
    before, after = {delimiter[0], _LF}, {delimiter[0], _LF, _CR}
    rows, cells_quoted, carry = 0, 0, b""
    for block in iter(lambda: stream.read(BLOCK), b""):
        text, pieces, carry = _cut(carry + block)
        found = _block(text, pieces, row, others, before, after)
        if found is None or len(carry) > CELL_LIMIT:
            return None
        rows, cells_quoted = rows + found[0], cells_quoted + found[1]
    if carry:
        text, pieces, rest = _cut(carry + b"\n")
        found = None if rest else _block(text, pieces, row, others, before, after)
        if found is None:
            return None
        rows, cells_quoted = rows + found[0], cells_quoted + found[1]
    return Shape(rows, quote_all=rows > 0 and cells_quoted == rows * width)


def _cut(block: bytes) -> tuple[bytes, list[bytes], bytes]:
    """The whole records at the start of a block, the same split at quotes, and the rest."""
    if b'"' not in block:
        end = block.rfind(b"\n") + 1
        return block[:end], [block[:end]], block[end:]
    pieces = block.split(b'"')
    last = len(pieces) - 1 - (len(pieces) + 1) % 2
    while last >= 0:
        end = pieces[last].rfind(b"\n") + 1
        if end:
            rest = b'"'.join((pieces[last][end:], *pieces[last + 1 :]))
            return block[: len(block) - len(rest)], [*pieces[:last], pieces[last][:end]], rest
        last -= 2
    return b"", [b""], block


def _block(
    text: bytes, pieces: list[bytes], row: bytes, others: bytes, before: set[int], after: set[int]
) -> tuple[int, int] | None:
    """The numbers of records and of quoted cells in `text`, which holds whole records."""
    outside = pieces[::2]
    quotes = 0
    if len(pieces) > 1:
        # Between two quoted cells there is a delimiter; between the halves of a doubled quote
        # there is nothing.
        opening, closing = list(filter(None, outside[:-1])), list(filter(None, outside[1:]))
        if not before.issuperset(map(_LAST, opening)):
            return None
        firsts = set(map(_FIRST, closing))
        if not after.issuperset(firsts):
            return None
        if _CR in firsts and not all(x[1:2] == b"\n" for x in closing if x[0] == _CR):
            return None
        quotes = len(closing)
    bones = b"".join(outside).translate(None, others)
    rows = len(bones) // len(row)
    if bones != row * rows:
        return None
    if not text.isascii():
        try:
            text.decode()
        except UnicodeDecodeError:
            return None
    return rows, quotes
