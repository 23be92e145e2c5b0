"""Whether blocks of a CSV file are in shape, without looking at records one by one."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from operator import itemgetter
from typing import BinaryIO

from enrich_cli.tables.records import CELL_LIMIT
from enrich_cli.tables.spool import BLOCK

_FIRST, _LAST = itemgetter(0), itemgetter(-1)
_CR, _LF = 13, 10


@dataclass(frozen=True, slots=True)
class Shape:
    """The number of rows, and how they are spelled.

    `quote_all`: every cell is quoted. `lined`: each row is one line. `ended` counts the rows that
    have a line end, `returns` those whose is CRLF.
    """

    rows: int
    quote_all: bool
    lined: bool
    ended: int
    returns: int

    def ends_in(self, eol: bytes) -> bool:
        """Whether all line ends are `eol`."""
        return self.returns == (self.ended if eol == b"\r\n" else 0)


@dataclass(slots=True)
class Measure:
    """Counts over whole records: these, quoted cells, and ends in CRLF; see `Shape` for `lined`."""

    rows: int = 0
    quoted: int = 0
    returns: int = 0
    lined: bool = True

    def add(self, other: Measure) -> None:
        """Count what another block has, too."""
        self.rows += other.rows
        self.quoted += other.quoted
        self.returns += other.returns
        self.lined = self.lined and other.lined

    def shape(self, ended: int, width: int) -> Shape:
        """That of a table that is all of this, `width` cells a row; `ended` as in `Shape`."""
        return Shape(
            self.rows,
            quote_all=self.rows > 0 and self.quoted == self.rows * width,
            lined=self.lined,
            ended=ended,
            returns=self.returns,
        )


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records: their bytes, and the same split at quotes."""

    text: bytes
    pieces: list[bytes]


@dataclass(frozen=True, slots=True)
class Grid:
    """Records of `width` cells with `delimiter` between them, as a test on blocks.

    Of a block only delimiters and line ends outside of quotes are kept: what is left must be
    the same row over and over. All of it is work on whole strings of bytes.
    """

    width: int
    delimiter: bytes
    _row: bytes = field(init=False)
    _others: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_row", self.delimiter * (self.width - 1) + b"\n")
        others = bytes(set(range(256)) - {self.delimiter[0], _LF})
        object.__setattr__(self, "_others", others)

    def measure(self, block: Block) -> Measure | None:
        """What there is of records; None where one of them is out of shape.

        In shape: UTF-8, `width` cells in every record, quotes only around cells, no bare cell
        that ends in a CR (Polars takes it off).
        """
        outside = block.pieces[::2]
        quoted = 0
        if len(outside) > 1:
            # Between two quoted cells stands a delimiter or a line end; between the halves of
            # a doubled quote stands nothing.
            opening = list(filter(None, outside[:-1]))
            closing = list(filter(None, outside[1:]))
            marks = {self.delimiter[0], _LF}
            if not marks.issuperset(map(_LAST, opening)):
                return None
            firsts = set(map(_FIRST, closing))
            if not (marks | {_CR}).issuperset(firsts):
                return None
            if _CR in firsts and any(x[0] == _CR and x[1:2] != b"\n" for x in closing):
                return None
            quoted = len(closing)
        bare = b"".join(outside)
        has_cr = b"\r" in bare
        if has_cr and (b"\r" + self.delimiter in bare or b"\r\r\n" in bare):
            return None
        bones = bare.translate(None, self._others)
        rows = len(bones) // len(self._row)
        if bones != self._row * rows or not _is_utf8(block.text):
            return None
        lined = len(outside) == 1 or block.text.count(b"\n") == rows
        returns = bare.count(b"\r\n") if has_cr else 0
        return Measure(rows, quoted, returns, lined)


def cut(block: bytes) -> tuple[Block, bytes]:
    """The whole records at the start of a block, by the parity of quotes, and the rest."""
    if b'"' not in block:
        end = block.rfind(b"\n") + 1
        return Block(block[:end], [block[:end]]), block[end:]
    pieces = block.split(b'"')
    last = len(pieces) - 1 - (len(pieces) + 1) % 2
    while last >= 0:
        end = pieces[last].rfind(b"\n") + 1
        if end:
            rest = b'"'.join((pieces[last][end:], *pieces[last + 1 :]))
            whole = [*pieces[:last], pieces[last][:end]]
            return Block(block[: len(block) - len(rest)], whole), rest
        last -= 2
    return Block(b"", [b""]), block


def shape(stream: BinaryIO, grid: Grid) -> Shape | None:
    """Count the records that `stream` still holds; None where any of them is out of shape."""
    whole, carry = Measure(), b""
    for part in iter(lambda: stream.read(BLOCK), b""):
        block, carry = cut(carry + part)
        found = grid.measure(block)
        if found is None or len(carry) > CELL_LIMIT:
            return None
        whole.add(found)
    ended = whole.rows
    if carry:
        block, rest = cut(carry + b"\n")
        found = None if rest else grid.measure(block)
        if found is None:
            return None
        whole.add(found)
    return whole.shape(ended, grid.width)


def _is_utf8(text: bytes) -> bool:
    try:
        codecs.utf_8_decode(b"" if text.isascii() else text, "strict", True)
    except UnicodeDecodeError:
        return False
    return True
