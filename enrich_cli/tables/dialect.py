"""How a text table is spelled: delimiter, line ending and header, read off its first records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice

from enrich_cli.domain.errors import TableError
from enrich_cli.tables.records import QuoteError, records, unquoted

DELIMITERS = (b",", b";", b"\t", b"|")
"""What may stand between cells. The order decides where nothing else does."""

_RECORDS = 200
"""How many records are looked at to find the delimiter."""


def ending(head: bytes) -> bytes:
    """The line ending of the first line end outside of quotes: LF, CRLF, or CR alone.

    CR counts only where no LF stands outside of quotes in all of `head`.
    """
    outside = b'"'.join(head.split(b'"')[::2])
    place = outside.find(b"\n")
    if place < 0:
        return b"\r" if b"\r" in outside else b"\n"
    return b"\r\n" if outside[place - 1 : place] == b"\r" else b"\n"


def delimiter(head: bytes, preferred: bytes) -> bytes:
    """The delimiter under which the header has several cells and the most records have as many.

    `preferred` wins ties, and where no other splits the header and at least half of the rows:
    perhaps there is one column.
    """
    marks = (preferred, *(mark for mark in DELIMITERS if mark != preferred))
    return max(marks, key=lambda mark: _evidence(head, mark, preferred))


def _evidence(head: bytes, mark: bytes, preferred: bytes) -> tuple[float, int]:
    """The share of records that have as many cells as the header, and how many that are."""
    widths: list[int] = []
    broken = False
    try:
        for record in islice(records(BytesIO(head), mark), _RECORDS):
            if record.cells != [b""]:
                widths.append(len(record.cells))
                if widths[0] == 1:
                    return 0.0, 0
    except QuoteError:
        broken = True  # perhaps only because `head` is cut, or this is not the delimiter
    if not widths:
        return 0.0, 0
    split = sum(width > 1 for width in widths[1:])
    if mark != preferred and 2 * split < len(widths) - 1:
        return 0.0, 0
    return Counter(widths)[widths[0]] / (len(widths) + broken), widths[0]


def header(lines: Iterator[bytes], mark: bytes, path: str) -> tuple[bytes, tuple[str, ...], int]:
    """The header's bytes without line end, its names, and the number of lines it takes.

    Blank lines before it belong to its bytes. Raises TableError for a file without one, and for
    a header whose quotes do not close.
    """
    taken: list[bytes] = []

    def kept() -> Iterator[bytes]:
        for line in lines:
            taken.append(line)
            yield line

    try:
        for record in records(kept(), mark):
            if record.cells != [b""]:
                names = tuple(unquoted(cell) for cell in record.cells)
                return b"".join(taken).removesuffix(b"\n").removesuffix(b"\r"), names, len(taken)
    except QuoteError as exc:
        raise quote_error(path, exc) from exc
    raise TableError(f"{path} is empty: it has no header line", hint="give a table with a header")


def numbered(width: int) -> tuple[str, ...]:
    """Names for the columns of a table that has none: `column_1`, `column_2`, ..."""
    return tuple(f"column_{place}" for place in range(1, width + 1))


def quote_error(path: str, exc: QuoteError) -> TableError:
    """The words for a broken quote."""
    return TableError(
        f"{path}, line {exc.line}: {exc.message}",
        hint='a quote inside a quoted cell is written twice: "say ""hello"""',
    )


def lines_named(lines: Sequence[int], count: int) -> str:
    """`line 7`, or `lines 3, 4 and 9 more`, for a note."""
    named = ", ".join(map(str, lines))
    rest = f" and {count - len(lines)} more" if count > len(lines) else ""
    return f"line{'s' if count > 1 else ''} {named}{rest}"
