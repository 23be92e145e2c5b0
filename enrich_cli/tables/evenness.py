"""The shape of a large text table, found beside other work: nothing here holds the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from enrich_cli.tables.blocks import Grid, Measure, Shape
from enrich_cli.tables.records import CELL_LIMIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

LARGE = 64 << 20
"""Bytes from which on the start of a query is made good by the second core."""
BEGINNING = 1 << 20
"""Bytes that must be even before all are looked at as if they were."""
_BLOCK = 1 << 18
"""Bytes at a time: what is made of them stays in the processor's cache."""
_LF, _CR, _QUOTE = b'\n\r"'


def promised(find: Callable[[], Shape | None]) -> Future[Shape | None]:
    """What `find` gives, found by a thread of its own; the program may end before that does."""
    future: Future[Shape | None] = Future()

    def look() -> None:
        try:
            future.set_result(find())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            future.set_exception(error)

    Thread(target=look, daemon=True).start()
    return future


def even_shape(location: str, begin: int, grid: Grid) -> Shape | None:
    """What `blocks.shape` gives of the file from its byte `begin` on, by work on whole blocks."""
    whole, carry = Measure(), b""
    with Path(location).open("rb", buffering=0) as stream:
        stream.seek(begin)
        for part in iter(lambda: stream.read(_BLOCK), b""):
            block = carry + part
            found, end = _measured(block, grid)
            carry = block[end:]
            if found is None or len(carry) > CELL_LIMIT:
                return None
            whole.add(found)
    ended = whole.rows
    if carry:
        found, end = _measured(carry + b"\n", grid)
        if found is None or end <= len(carry):
            return None
        whole.add(found)
    return whole.shape(ended, grid.width)


def _measured(block: bytes, grid: Grid) -> tuple[Measure | None, int]:
    """What `Grid.measure` gives of the whole records at the start of `block`, and their length."""
    text: Bytes = np.frombuffer(block, np.uint8)
    mark, has_quotes = grid.delimiter[0], b'"' in block
    marks = (text == mark) | (text == _LF)
    if has_quotes:
        marks |= text == _QUOTE
    at = np.flatnonzero(marks)
    kind = text[at]
    line = kind == _LF
    quote = inside = np.zeros(0, bool)
    if has_quotes:
        quote = kind == _QUOTE
        inside = np.bitwise_xor.accumulate(quote)  # an opening quote is, its closing one is not
        line &= ~inside
    last = len(line) - 1 - int(line[::-1].argmax()) if len(line) else -1
    if last < 0 or not line[last]:
        return Measure(), 0
    end = int(at[last]) + 1
    at, kind = at[: last + 1], kind[: last + 1]
    newlines, quoted, quotes = int(np.count_nonzero(kind == _LF)), 0, at[:0]
    if has_quotes:
        quote, inside = quote[: last + 1], inside[: last + 1]
        quotes = at[quote]
        opening, closing = quotes[::2], quotes[1::2]
        before, behind = text[opening - 1], text[closing + 1]
        before[opening == 0] = _LF
        doubled = before == _QUOTE
        if not (doubled | (before == mark) | (before == _LF)).all():
            return None, end
        returned = behind == _CR
        if not (returned | (behind == _QUOTE) | (behind == mark) | (behind == _LF)).all():
            return None, end
        if (text[closing[returned] + 2] != _LF).any():
            return None, end
        quoted = len(opening) - int(np.count_nonzero(doubled))
        kind = kind[~(quote | inside)]
    rows, over = divmod(len(kind), grid.width)
    bones = kind.reshape(-1, grid.width) if not over else kind[:0]
    if over or (bones[:, -1] != _LF).any() or (bones[:, :-1] != mark).any():
        return None, end
    returns = 0
    if b"\r" in block:
        cr = np.flatnonzero(text[:end] == _CR)
        cr = cr[np.searchsorted(quotes, cr) % 2 == 0]
        behind = text[cr + 1]
        if (behind == mark).any() or (text[cr[behind == _CR] + 2] == _LF).any():
            return None, end
        returns = int(np.count_nonzero(behind == _LF))
    if not block.isascii() and not _is_utf8(block[:end]):
        return None, end
    return Measure(rows, quoted, returns, lined=newlines == rows), end


def _is_utf8(text: bytes) -> bool:
    try:
        pl.Series([text]).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True
