"""The quick look at a large table sees what the one at a small table sees."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from enrich_cli.tables import evenness, files
from enrich_cli.tables.blocks import Grid, Shape, shape
from enrich_cli.tables.evenness import LARGE, even_shape

HEADER = b"h\n"
PIECES = st.sampled_from(
    ["a", "é", ",", ";", "\t", "|", '"', '"a"', '""', "\n", "\r", "\r\n", "\0"]
)


def both(rows: bytes, grid: Grid) -> tuple[Shape | None, Shape | None]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(HEADER + rows)
        file.flush()
        quick = even_shape(file.name, len(HEADER), grid)
        file.seek(len(HEADER))
        return quick, shape(file, grid)  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PIECES, min_size=1, max_size=12).map("".join),
    st.integers(1, 3),
    st.sampled_from([b",", b";", b"\t", b"|"]),
    st.sampled_from([1, 2, 5, 1 << 18]),
)
@example('"a","b"\n"c","d"', 2, b",", 4)
@example("a,b\r\nc,d", 2, b",", 4)
@example("a,b\nc,d\r", 2, b",", 1)
@example("a,b\r\r\n", 2, b",", 1)
@example('a,"b""\r"\n', 2, b",", 3)
@example('a,"b"\r\r\n', 2, b",", 3)
@example('a,"b\n,"\r\n"c",d', 2, b",", 3)
@example("a\n\nb\n", 1, b",", 2)
def test_what_is_seen_quickly_is_what_there_is(
    rows: str, width: int, mark: bytes, block: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evenness, "_BLOCK", block)
        quick, whole = both(rows.encode(), Grid(width, mark))
    assert quick == whole


@pytest.mark.parametrize("mark", [b",", b";", b"\t", b"|"])
@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("row", [b"a,b", b'"a","b"', b'a,"b ""c"" d"', b",", "é,ü".encode()])
def test_even_tables_are_seen_quickly(row: bytes, end: bytes, mark: bytes) -> None:
    row = row.replace(b",", mark)
    quick, whole = both(row + b"\n" + row + end, Grid(2, mark))
    assert quick == whole is not None


def test_bytes_that_are_no_text_are_left_to_others() -> None:
    assert both(b"a,\xff\n", Grid(2, b",")) == (None, None)


@pytest.mark.parametrize(
    ("last", "rows", "lined"),
    [
        (b"1,2\n", 1, True),
        (b'1,"x\ny"\n', 1, False),
        (b"1,2,3\n", 1, False),
        (b"1,2\r\n", 1, False),
    ],
)
def test_a_large_table_is_told_by_its_last_row(
    tmp_path: Path, last: bytes, rows: int, lined: bool
) -> None:
    row = b"some text,and more of it" * 20 + b"\n"
    row = row.replace(b",", b" ", 19)
    count = LARGE // len(row) + 1
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + row * count + last)
    source = files.open_table(str(path), stdin=None, scratch=tmp_path)
    assert (source.rows, source.lined) == (count + rows, lined)
