"""The shape of a large text table whose rows are a line each, found on all cores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

import polars as pl

from enrich_cli.tables.blocks import Grid, Shape
from enrich_cli.tables.records import CELL_LIMIT
from enrich_cli.tables.scanning import LINE

LARGE = 64 << 20
"""Bytes from which on the start of a query is made good by the second core."""
BEGINNING = 1 << 20
"""Bytes that must be even before all are looked at as if they were."""


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


def even_shape(location: str, skip: int, begin: int, grid: Grid) -> Shape | None:
    """What `blocks.shape` gives of the file but for its first `skip` lines, `begin` bytes long.

    None where that is not certain: a row of several lines, of another width, with a CR outside of
    quotes or at its end, or a line that no cell may be as long as. Lines must end in LF.
    """
    with Path(location).open("rb") as stream:
        size = stream.seek(0, 2) - begin
        stream.seek(-1, 2)
        unended = stream.read() != b"\n"
    mark = f"\\x{grid.delimiter[0]:02x}"
    quoted = '"(?:[^"]|"")*"'
    cell = rf'(?:[^{mark}"\r]*|{quoted})'
    line = pl.col(LINE)
    length = line.str.len_bytes().cast(pl.UInt64)
    try:
        found = (
            pl.scan_lines(location, name=LINE, glob=False)
            .slice(skip)
            .select(
                rows=pl.len(),
                even=line.str.contains(_row(cell, mark, grid.width)).all(),
                quoted=line.str.contains(_row(quoted, mark, grid.width)).all(),
                bytes=length.sum(),
                longest=length.max(),
            )
            .collect(engine="streaming")
            .row(0, named=True)
        )
    except pl.exceptions.ComputeError:  # it is not UTF-8
        return None
    rows = int(found["rows"])
    if not rows or not found["even"] or found["longest"] > CELL_LIMIT:
        return None
    ended = rows - unended
    if size - int(found["bytes"]) != ended:  # a CR before a line end is no part of a line
        return None
    return Shape(rows, quote_all=bool(found["quoted"]), lined=True, ended=ended, returns=0)


def _row(cell: str, mark: str, width: int) -> str:
    return rf"^{cell}(?:{mark}{cell}){{{width - 1}}}$"
