"""The grammar of CSV records on UTF-8 bytes, exact about quotes; lines end in LF or CRLF."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from enrich_cli.tables.spool import BLOCK

CELL_LIMIT = 64 * BLOCK
"""No cell is longer than this (64 MiB): a quote that stays open for longer was never closed."""

_CLOSING = re.compile(rb'[^"]*+(?:""[^"]*+)*+"')


class QuoteError(ValueError):
    """A quote that leaves open where a cell ends; `line` is the line that it stands in."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


@dataclass(slots=True)
class Record:
    """One record as it stands in the file: its first line's number, and its raw cells."""

    line: int
    cells: list[bytes]
    stray: bool  # a quote in the middle of a bare cell, which every reader takes as text
    end: bytes  # its line end, empty where the file ends without one


def records(lines: Iterable[bytes], delimiter: bytes, first: int = 1) -> Iterator[Record]:
    """Split lines into records, cells raw, quotes included; `first` is the first line's number.

    A blank line is a record of one empty cell. When a record is yielded no line behind it was
    taken. Raises QuoteError for a quote that is never closed and for text behind a closing
    quote.
    """
    source = enumerate(lines, first)
    for number, line in source:
        text = _stripped(line)
        if b'"' not in text:
            yield Record(number, text.split(delimiter), stray=False, end=line[len(text) :])
            continue
        record = Record(number, [], stray=False, end=b"")
        at = number
        place = 0
        while place <= len(text):
            if not text.startswith(b'"', place):
                end = text.find(delimiter, place)
                stop = end if end >= 0 else len(text)
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
        record.end = line[len(text) :]
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
