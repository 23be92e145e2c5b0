"""Tables and lines on a console of any width: a table where it fits, else a line for each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from enrich_cli.views.text import clean

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDEST_PROSE = 100
"""Longer lines are hard to read, however wide the screen is."""
_FOLDED = 12
"""The least width at which a column of words is still worth reading."""
_BETWEEN = 2


class Kind(Enum):
    """How a column is set: numbers at the right, only words go on in the next line."""

    NUMBER = auto()
    NAME = auto()
    WORDS = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    kind: Kind = Kind.NUMBER


def print_line(console: Console, text: str, style: str = "") -> None:
    """Print `text` as a paragraph; markup in it means nothing."""
    from rich.text import Text

    _print(console, Text(clean(text), style=style, overflow="fold"))


def print_table(
    console: Console, columns: Sequence[Column], rows: Sequence[Sequence[str]], style: str = "dim"
) -> None:
    """Print `rows` under the titles of `columns`; without titles there is no head.

    The first cell of a row is what the row is about: where the console is too narrow for a
    table, a row becomes a paragraph that begins with it. `style` is that of the head.
    """
    from rich.table import Table
    from rich.text import Text

    cleaned = [[clean(cell) for cell in row] for row in rows]
    if not _fits(console.width, columns, cleaned):
        for row in cleaned:
            print_line(console, _sentence(columns, row))
        return
    table = Table(
        box=None,
        pad_edge=False,
        padding=(0, _BETWEEN, 0, 0),
        header_style=style,
        show_header=any(column.title for column in columns),
    )
    for column in columns:
        table.add_column(
            Text(column.title),
            justify="right" if column.kind is Kind.NUMBER else "left",
            no_wrap=column.kind is not Kind.WORDS,
            overflow="fold",
        )
    for row in cleaned:
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    _print(console, table)


def _print(console: Console, what: RenderableType) -> None:
    """Print at a width that can be read, and nothing invisible at the ends of lines."""
    from rich.segment import Segment, Segments

    options = console.options.update(width=min(console.width, WIDEST_PROSE))
    for line in console.render_lines(what, options, pad=False):
        parts = list(line)
        while parts and not parts[-1].text.rstrip():
            parts.pop()
        if parts:
            last = parts.pop()
            parts.append(Segment(last.text.rstrip(), last.style))
        console.print(Segments([*parts, Segment.line()]), end="")


def _fits(width: int, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> bool:
    from rich.cells import cell_len

    needed = _BETWEEN * (len(columns) - 1)
    for i, column in enumerate(columns):
        widest = max([cell_len(column.title), *(cell_len(row[i]) for row in rows)])
        needed += min(widest, _FOLDED) if column.kind is Kind.WORDS else widest
    return needed <= min(width, WIDEST_PROSE)


def _sentence(columns: Sequence[Column], row: Sequence[str]) -> str:
    rest = (
        f"{column.title} {cell}".strip()
        for column, cell in zip(columns[1:], row[1:], strict=True)
        if cell
    )
    return f"{row[0]}: {', '.join(rest)}"
