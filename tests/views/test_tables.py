"""Tables at any width: no line is too wide, and no number is ever broken or cut."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from enrich_cli.views.tables import WIDEST_PROSE, Column, Kind, print_line, print_table

COLUMNS = (
    Column("provider", Kind.NAME),
    Column("asked"),
    Column("spent"),
    Column("by", Kind.WORDS),
)

texts = st.text(
    st.one_of(st.sampled_from("ab [/]\\\u6771\x1b\n"), st.characters(exclude_categories=["M"])),
    max_size=60,
)
numbers = st.integers(0, 10**8).map(lambda number: f"{number:,}")
rows = st.lists(st.tuples(texts, numbers, numbers, texts), max_size=5)


def printed(width: int, columns: tuple[Column, ...], cells: Sequence[tuple[str, ...]]) -> str:
    out = io.StringIO()
    print_table(Console(file=out, width=width, color_system=None), columns, cells)
    return out.getvalue()


@given(rows, st.integers(20, 200))
def test_every_line_fits_and_every_number_is_whole(
    cells: Sequence[tuple[str, ...]], width: int
) -> None:
    text = printed(width, COLUMNS, cells)
    assert all(cell_len(line) <= min(width, WIDEST_PROSE) for line in text.splitlines())
    assert not any(unicodedata.category(c) == "Cc" for c in text.replace("\n", ""))
    words = text.replace(",\n", ", ").split()
    for _, asked, spent, _ in cells:
        assert asked in words or f"{asked}," in words
        assert spent in words or f"{spent}," in words


@given(texts, st.integers(20, 200))
def test_a_line_keeps_all_of_its_words(text: str, width: int) -> None:
    out = io.StringIO()
    print_line(Console(file=out, width=width, color_system=None), f"[red]{text}[/red]")
    lines = out.getvalue().splitlines()
    assert all(cell_len(line) <= min(width, WIDEST_PROSE) for line in lines)
    assert "".join(lines).startswith("[red]")
    assert "".join(lines).rstrip().endswith("[/red]")


def test_a_table_lines_up() -> None:
    cells = [("website", "8", "$0.00", "ab"), ("acme", "1,200", "$12.34", "cd ef")]
    lines = [line.rstrip() for line in printed(60, COLUMNS, cells).splitlines()]
    assert lines == [
        "provider  asked   spent  by",
        "website       8   $0.00  ab",
        "acme      1,200  $12.34  cd ef",
    ]


def test_columns_without_titles_have_no_head() -> None:
    columns = (Column("", Kind.NAME), Column(""))
    assert printed(60, columns, [("budget", "42")]).split() == ["budget", "42"]


def test_where_a_table_has_no_room_a_row_is_a_sentence() -> None:
    cells = [("website", "8", "$0.00", "")]
    text = printed(24, COLUMNS, cells)
    assert " ".join(text.split()) == "website: asked 8, spent $0.00"
