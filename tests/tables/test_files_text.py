"""Text tables come back as they were: every cell, the header, the dialect."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.domain.errors import TableError
from enrich_cli.tables.files import Source, Told, open_table, scan, write

Cell = str | None

CELLS = st.none() | st.text(st.sampled_from(list('ab ,;\t|"\r\n\0é\U0001f600\ufeff0.')), max_size=6)


def opened(path: Path, scratch: Path | None = None, told: Told | None = None) -> Source:
    return open_table(str(path), told=told or Told(), stdin=None, scratch=scratch or path.parent)


def enriched(source: Source, target: Path, *added: str) -> bytes:
    """The output with columns of `v` added, unpacked if it was packed."""
    frame = scan(source).with_columns(pl.lit("v").alias(name) for name in added)
    assert write(frame, source, target, added=added) == source.rows
    return target.read_bytes()


def spelled(cell: Cell, delimiter: str, *, always: bool = False) -> str:
    """A cell as a CSV writer that tells empty from absent spells it."""
    if cell is None:
        return ""
    if always or cell == "" or set(cell) & {delimiter, '"', "\r", "\n"}:
        return '"' + cell.replace('"', '""') + '"'
    return cell


@st.composite
def tables(
    draw: st.DrawFn, *, cells: st.SearchStrategy[Cell] = CELLS
) -> tuple[list[str], list[list[Cell]], str]:
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), max_size=8))
    delimiter = "," if width == 1 else draw(st.sampled_from(",;\t|"))
    return [f"h{number}" for number in range(width)], rows, delimiter


@settings(max_examples=80, deadline=None)
@given(
    table=tables(),
    eol=st.sampled_from(["\n", "\r\n", "\r"]),
    bom=st.booleans(),
    final=st.booleans(),
)
def test_minimal_quoting_comes_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory,
    table: tuple[list[str], list[list[Cell]], str],
    eol: str,
    bom: bool,
    final: bool,
) -> None:
    folder = tmp_path_factory.mktemp("t")
    names, rows, delimiter = table
    if rows and rows[-1] == [None]:
        final = True  # without its line end such a row would not be there
    lines = [
        delimiter.join(spelled(cell, delimiter) for cell in row)
        for row in (list[Cell](names), *rows)
    ]
    quoted_all = bool(rows) and all(
        spelled(cell, delimiter).startswith('"') for row in rows for cell in row
    )
    content = (codecs.BOM_UTF8 if bom else b"") + (eol.join(lines) + eol * final).encode()
    path = folder / "in.csv"
    path.write_bytes(content)

    source = opened(path)

    assert source.names == source.columns == tuple(names)
    assert source.rows == len(rows)
    assert scan(source).collect().rows() == [tuple(row) for row in rows]
    assert enriched(source, folder / "out.csv") == content
    with_new = enriched(source, folder / "new.csv", "neu")
    new = '"neu"' if quoted_all else "neu"
    value = '"v"' if quoted_all else "v"
    expected = [lines[0] + delimiter + new, *(line + delimiter + value for line in lines[1:])]
    bom_bytes = codecs.BOM_UTF8 if bom else b""
    assert with_new == bom_bytes + (eol.join(expected) + eol * final).encode()


@settings(max_examples=80, deadline=None)
@given(table=tables(), quotes=st.randoms(use_true_random=False))
def test_any_quoting_keeps_every_value(
    tmp_path_factory: pytest.TempPathFactory,
    table: tuple[list[str], list[list[Cell]], str],
    quotes: random.Random,
) -> None:
    folder = tmp_path_factory.mktemp("t")
    names, rows, delimiter = table
    lines = [
        delimiter.join(spelled(cell, delimiter, always=quotes.random() < 0.5) for cell in row)
        for row in (list[Cell](names), *rows)
    ]
    path = folder / "in.csv"
    path.write_bytes("".join(line + "\n" for line in lines).encode())

    source = opened(path)
    enriched(source, folder / "out.csv", "neu")

    again = opened(folder / "out.csv")
    assert again.names == (*names, "neu")
    assert scan(again).collect().rows() == [(*row, "v") for row in rows]


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(st.lists(st.text(st.sampled_from('ab ,"\n'), max_size=4), max_size=5), max_size=8)
)
def test_ragged_rows_keep_all_their_cells(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    """As read by the csv module: nothing is lost, added cells stand under their header."""
    folder = tmp_path_factory.mktemp("t")
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([["h1", "h2"], *rows])
    path = folder / "in.csv"
    path.write_bytes(written.getvalue().encode())

    source = opened(path)
    out = enriched(source, folder / "out.csv", "neu").decode()

    padded = [[*row, "", ""][:2] for row in rows]
    expected = [[*start, "v", *row[2:]] for start, row in zip(padded, rows, strict=True)]
    assert list(csv.reader(io.StringIO(out))) == [["h1", "h2", "neu"], *expected]
    assert scan(source).collect().fill_null("").rows() == [tuple(row) for row in padded]


UGLY: dict[str, tuple[bytes, list[tuple[Cell, ...]], bytes, str]] = {
    # name: (input, cells, output with a column added, a word of the notes)
    "semicolons": (b"a;b\n1,5;2\n", [("1,5", "2")], b"a;b;n\n1,5;2;v\n", "delimiter ;"),
    "tabs in a csv": (b"a\tb\n1\t2\n", [("1", "2")], b"a\tb\tn\n1\t2\tv\n", "delimiter tab"),
    "a ragged table of tabs": (
        b'a\tb\n1\n"2\t2"\t3\t4\n', [("1", None), ("2\t2", "3")],
        b'a\tb\tn\n1\t\tv\n"2\t2"\t3\tv\t4\n', "delimiter tab",
    ),
    "a ragged table of pipes": (
        b'a|b\n1\n"2|2"|3|4\n', [("1", None), ("2|2", "3")],
        b'a|b|n\n1||v\n"2|2"|3|v|4\n', "delimiter |",
    ),
    "one column with semicolons in its name": (
        b"tags (a;b)\nx\ny\nz\n", [("x",), ("y",), ("z",)],
        b"tags (a;b),n\nx,v\ny,v\nz,v\n", "",
    ),
    "pipes": (b"a|b\n1|2\n", [("1", "2")], b"a|b|n\n1|2|v\n", "delimiter |"),
    "commas in semicolon header": (
        b'"a, b";c\n"x";y\n', [("x", "y")], b'"a, b";c;n\nx;y;v\n', "delimiter ;",
    ),
    "byte-order mark": (
        b"\xef\xbb\xbfa,b\n1,2\n", [("1", "2")], b"\xef\xbb\xbfa,b,n\n1,2,v\n", "byte-order",
    ),
    "carriage returns only": (
        b'a,b\r1,"x\ry"\r', [("1", "x\ry")], b'a,b,n\r1,"x\ry",v\r', "line ending CR",
    ),
    "header over two lines": (
        b'"a\n1",b\n1,2\n', [("1", "2")], b'"a\n1",b,n\n1,2,v\n', "",
    ),
    "blank lines before the header": (
        b"\n\na,b\n1,2\n", [("1", "2")], b"\n\na,b,n\n1,2,v\n", "",
    ),
    "no final line end": (b"a,b\n1,2", [("1", "2")], b"a,b,n\n1,2,v", ""),
    "header only": (b"a,b\n", [], b"a,b,n\n", ""),
    "header only, no line end": (b"a,b", [], b"a,b,n", ""),
    "one column": (
        b"a\nx;1\n\n\"\"\ny\n", [("x;1",), (None,), ("",), ("y",)],
        b'a,n\nx;1,v\n,v\n"",v\ny,v\n', "",
    ),
    "leading zeros and 1.10": (
        b"a,b\n007,1.10\n1e5,0x1F\n", [("007", "1.10"), ("1e5", "0x1F")],
        b"a,b,n\n007,1.10,v\n1e5,0x1F,v\n", "",
    ),
    "spaces are kept": (b"a,b\n x , \n", [(" x ", " ")], b"a,b,n\n x , ,v\n", ""),
    "comments are rows": (b"a,b\n#1,2\n", [("#1", "2")], b"a,b,n\n#1,2,v\n", ""),
    "short row": (
        b"a,b,c\n1,2,3\n4\n", [("1", "2", "3"), ("4", None, None)],
        b"a,b,c,n\n1,2,3,v\n4,,,v\n", "filled up with empty ones: line 3",
    ),
    "long row": (
        b'a,b\n1,2\n3,4,"5,5",6\n', [("1", "2"), ("3", "4")],
        b'a,b,n\n1,2,v\n3,4,v,"5,5",6\n', "kept at the row's end: line 3",
    ),
    "short and long cancel out": (
        b"a,b\n1\n2,3,4\n", [("1", None), ("2", "3")], b"a,b,n\n1,,v\n2,3,v,4\n", "line 2",
    ),
    "quote inside a bare cell": (
        b'a,b\n6" pipe,1\nx,2" pipe\n', [('6" pipe', "1"), ("x", '2" pipe')],
        b'a,b,n\n"6"" pipe",1,v\nx,"2"" pipe",v\n', "taken as text: lines 2, 3",
    ),
    "quotes behind a space": (
        b'a,b\n1, "x"\n', [("1", ' "x"')], b'a,b,n\n1," ""x""",v\n', "taken as text: line 2",
    ),
    "every cell quoted": (
        b'"a","b"\r\n"1",""\r\n', [("1", "")], b'"a","b","n"\r\n"1","","v"\r\n', "CRLF",
    ),
    "a few damaged bytes": (
        "a,b\nZürich,é\n".encode() + b"x\xff,2\n",
        [("Zürich", "é"), ("x\U0010f8ff", "2")],
        "a,b,n\nZürich,é,v\n".encode() + b"x\xff,2,v\n",
        "kept as they are: line 3",
    ),
    "byte-order mark in the first cell": (
        b"a,b\n\xef\xbb\xbfx,2\n", [("\ufeffx", "2")], b"a,b,n\n\xef\xbb\xbfx,2,v\n", "",
    ),
    "mixed line ends": (
        b"a,b\n1,2\r\n3,4\n", [("1", "2"), ("3", "4")], b"a,b,n\n1,2,v\r\n3,4,v\n",
        "lines end in LF and in CRLF, each kept",
    ),
    "mixed line ends, first in CRLF": (
        b"a,b\r\n1,2\r\n3,4\n", [("1", "2"), ("3", "4")], b"a,b,n\r\n1,2,v\r\n3,4,v\n",
        "lines end in LF and in CRLF, each kept",
    ),
    "mixed line ends in rows out of shape": (
        b"a,b\n1\r\n\r\n\n1,2,3\r\n3,4",
        [("1", None), (None, None), (None, None), ("1", "2"), ("3", "4")],
        b"a,b,n\n1,,v\r\n,,v\r\n,,v\n1,2,v,3\r\n3,4,v", "lines end in LF and in CRLF, each kept",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "cells", "output", "note"), UGLY.values(), ids=UGLY)
def test_ugly_files(
    tmp_path: Path, content: bytes, cells: list[tuple[Cell, ...]], output: bytes, note: str
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content)

    source = opened(path)

    assert scan(source).collect().rows() == cells
    assert note in "; ".join(source.notes)
    assert bool(note) == bool(source.notes)
    assert enriched(source, tmp_path / "out.csv", "n") == output


def test_a_blank_line_stays_blank_until_something_is_found(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"a,b\n1,2\n\n3,4\n\n")
    source = opened(path)
    empty = pl.lit(None, dtype=pl.String)
    frame = scan(source).with_columns(
        n=pl.when(pl.col("a") == "1").then(pl.lit("v")).otherwise(empty)
    )

    assert write(frame, source, tmp_path / "out.csv", added=["n"]) == 4

    assert (tmp_path / "out.csv").read_bytes() == b"a,b,n\n1,2,v\n\n3,4,\n\n"
    assert source.notes == ("blank, kept: lines 3, 5",)


def test_doubled_and_empty_header_names(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b'a,,a,"a",a__2,\n1,2,3,4,5,6\n')

    source = opened(path)

    assert source.names == ("a", "", "a", "a", "a__2", "")
    assert source.columns == ("a", "", "a__3", "a__4", "a__2", "__2")
    assert scan(source).collect().rows() == [("1", "2", "3", "4", "5", "6")]
    assert enriched(source, tmp_path / "out.csv", "x,y") == (
        b'a,,a,"a",a__2,,"x,y"\n1,2,3,4,5,6,v\n'
    )


def test_header_names_that_are_patterns_to_polars(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"*,^a.*$,a\n1,2,3\n4,5\n")

    source = opened(path)

    assert source.columns == ("*__2", "^a.*$__2", "a")
    assert scan(source).collect().rows() == [("1", "2", "3"), ("4", "5", None)]
    assert enriched(source, tmp_path / "out.csv", "n") == b"*,^a.*$,a,n\n1,2,3,v\n4,5,,v\n"


def test_filled_cells_are_quoted_as_the_format_needs(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"a;b\r\n1;\r\n2;y\r\n")
    source = opened(path)
    frame = scan(source).with_columns(
        b=pl.coalesce("b", pl.lit('x;"\n')), n=pl.Series([7, None]), m=pl.Series(["", None])
    )

    write(frame, source, tmp_path / "out.csv", added=["n", "m"])

    assert (tmp_path / "out.csv").read_bytes() == (b'a;b;n;m\r\n1;"x;""\n";7;""\r\n2;y;;\r\n')


WORDS = "firma,stadt\nMüller GmbH,Zürich\nCafé René,Genève\n"
RUSSIAN = "имя,город\nООО Ромашка,Москва\n"
JAPANESE = "会社名,都市\n株式会社サンプル,東京\n"
ENCODED = {
    # name: (text, codec that writes it, encoding that is noted)
    "cp1252": (WORDS, "cp1252", "cp1252"),
    "utf-16 with mark": (WORDS, "utf-16", "utf-16-le"),
    "utf-16-le bare": (WORDS, "utf-16-le", "utf-16-le"),
    "utf-16-be bare": (WORDS, "utf-16-be", "utf-16-be"),
    "utf-32 with mark": (WORDS, "utf-32", "utf-32-le"),
    "cp1251": (RUSSIAN, "cp1251", "cp1251"),
    "cp932": (JAPANESE, "cp932", "cp932"),
}


@pytest.mark.parametrize(("text", "codec", "noted"), ENCODED.values(), ids=ENCODED)
@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_other_encodings_are_named_and_come_back(
    tmp_path: Path, text: str, codec: str, noted: str, eol: str
) -> None:
    path = tmp_path / "in.csv"
    content = text.replace("\n", eol).encode(codec)
    path.write_bytes(content)

    source = opened(path)

    assert f"encoding {noted}" in source.notes
    names, *rows = csv.reader(io.StringIO(text))
    assert source.names == tuple(names)
    assert scan(source).collect().rows() == [tuple(row) for row in rows]
    assert enriched(source, tmp_path / "out.csv") == content
    assert (tmp_path / "out.csv").read_bytes().decode(codec) == text.replace("\n", eol)


def test_what_the_encoding_lacks_makes_the_output_utf8(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(WORDS.encode("cp1252"))
    source = opened(path)
    said: list[str] = []
    frame = scan(source).with_columns(n=pl.lit("東京"))

    write(frame, source, tmp_path / "out.csv", added=["n"], say=said.append)

    lines = (tmp_path / "out.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert lines == ["firma,stadt,n", "Müller GmbH,Zürich,東京", "Café René,Genève,東京"]
    assert (tmp_path / "out.csv").read_bytes().startswith(codecs.BOM_UTF8)
    assert said == ["the output is UTF-8: cp1252 has no '東'"]


@settings(max_examples=80, deadline=None)
@given(junk=st.lists(st.binary(max_size=6), min_size=1, max_size=6))
def test_bytes_of_no_encoding_come_back(
    tmp_path_factory: pytest.TempPathFactory, junk: list[bytes]
) -> None:
    """Whatever encoding is guessed, what was not touched has the same bytes."""
    folder = tmp_path_factory.mktemp("t")
    clean = bytes(set(range(256)) - set(b'\r\n",\0'))
    cells = [bytes(byte for byte in cell if byte in clean) or b"x" for cell in junk]
    content = b"".join(b"%s,%d\n" % pair for pair in [(b"a", 0), *((c, 1) for c in cells)])
    path = folder / "in.csv"
    path.write_bytes(content)

    source = opened(path)

    assert source.rows == len(junk)
    if source.dialect.encoding != "utf-8" or not source.dialect.bom:
        assert enriched(source, folder / "out.csv") == content


PACKED = {
    "gz": ("in.csv.gz", gzip.compress(b"a,b\n1,2\n"), gzip.decompress),
    "two gz members": (
        "in.csv.gz", gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n"), gzip.decompress,
    ),
    "zst": ("in.tsv.zst", zstandard.compress(b"a,b\n1,2\n"), None),
    "two zst frames": (
        "in.csv.zst", zstandard.compress(b"a,b\n") + zstandard.compress(b"1,2\n"), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "unpack"), PACKED.values(), ids=PACKED)
def test_packed_files(
    tmp_path: Path, name: str, content: bytes, unpack: Callable[[bytes], bytes] | None
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    unpack = unpack or (
        lambda block: zstandard.ZstdDecompressor().decompressobj().decompress(block)
    )

    source = opened(path)
    first = enriched(source, tmp_path / f"out.{name}", "n")

    assert unpack(first) == b"a,b,n\n1,2,v\n"
    assert enriched(source, tmp_path / f"out.{name}", "n") == first


def test_a_packed_file_without_final_line_end(tmp_path: Path) -> None:
    path = tmp_path / "in.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\r\n1,2"))
    assert gzip.decompress(enriched(opened(path), tmp_path / "o.csv.gz", "n")) == (
        b"a,b,n\r\n1,2,v"
    )


def test_blocks_are_cut_between_records(tmp_path: Path) -> None:
    """Several blocks of records, cells with line ends and quotes at every place of a block."""
    cells = ['x""y\n' * (number % 7) for number in range(120_000)]
    content = "a,b\n" + "".join(f'{n},"z{cell}é"\n' for n, cell in enumerate(cells))
    path = tmp_path / "in.csv"
    path.write_bytes(content.encode())

    source = opened(path)

    assert source.rows == len(cells)
    assert not source.parts[0].mended
    frame = scan(source).collect()
    assert frame["b"].to_list() == [f"z{cell}é".replace('""', '"') for cell in cells]
    expected = list(csv.reader(io.StringIO(content)))
    enriched(source, tmp_path / "out.csv")
    assert list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text()))) == expected


def test_rows_out_of_shape_in_a_large_file(tmp_path: Path) -> None:
    """Among blocks that are in shape, some are not; cells with line ends lie across them."""
    rows = [[str(n), 'x"\ny' * (n % 5), "z"] for n in range(150_000)]
    bad = {7: ["short"], 60_000: [*"long"], 60_001: [], 149_999: ["1", "2", "3", 'a "4"\n', ""]}
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(["a", "b", "c"])
    lines = {}
    for number, row in enumerate(rows):
        if number in bad:
            lines[number] = written.getvalue().count("\n") + 1
        writer.writerow(bad.get(number, row))
    path = tmp_path / "in.csv"
    path.write_bytes(written.getvalue().encode())

    source = opened(path)

    last = lines[149_999]
    assert source.notes == (
        "line ending CRLF",
        f"more cells than the header, kept at the row's end: lines {lines[60_000]}, {last}",
        f"fewer cells than the header, filled up with empty ones: line {lines[7]}",
        f"blank, kept: line {lines[60_001]}",
    )
    expected = [[*row, "", "", ""][:3] for row in (bad.get(n, r) for n, r in enumerate(rows))]
    assert scan(source).collect().fill_null("").rows() == [tuple(row) for row in expected]
    out = enriched(source, tmp_path / "out.csv", "n").decode()
    for number, row in bad.items():
        expected[number] = [*expected[number], "v", *row[3:]]
    with_new = [row if n in bad else [*row, "v"] for n, row in enumerate(expected)]
    assert list(csv.reader(io.StringIO(out, newline="")))[1:] == with_new


def test_a_long_unclosed_cell_is_not_searched_over_and_over(tmp_path: Path) -> None:
    """A quote that opens late and never closes is found in one pass, and named."""
    path = tmp_path / "in.csv"
    path.write_bytes(b"a,b\n" + b'1,"2"\n' * 1000 + b'1,"2\n' + b"3,4\n" * 300_000)
    with pytest.raises(TableError, match=r"line 1002: a quote is opened here and never closed"):
        opened(path)


HEADLESS: dict[str, tuple[bytes, list[tuple[Cell, ...]], bytes]] = {
    "plain": (b"1,a\n2,b\n", [("1", "a"), ("2", "b")], b"1,a,v\n2,b,v\n"),
    "semicolons, CRLF": (b"1;a\r\n2;b\r\n", [("1", "a"), ("2", "b")], b"1;a;v\r\n2;b;v\r\n"),
    "byte-order mark": (b"\xef\xbb\xbf1,a\n", [("1", "a")], b"\xef\xbb\xbf1,a,v\n"),
    "no final line end": (b"1,a\n2,b", [("1", "a"), ("2", "b")], b"1,a,v\n2,b,v"),
    "CR only": (b"1,a\r2,b\r", [("1", "a"), ("2", "b")], b"1,a,v\r2,b,v\r"),
    "quoted": (b'"1","a"\n"2","b"\n', [("1", "a"), ("2", "b")], b'"1","a","v"\n"2","b","v"\n'),
    "a long row": (b"1,a\n2,b,c\n", [("1", "a"), ("2", "b")], b"1,a,v\n2,b,v,c\n"),
    "cp1252": (b"1,caf\xe9 au lait\n", [("1", "caf\u00e9 au lait")], b"1,caf\xe9 au lait,v\n"),
}


@pytest.mark.parametrize(("content", "cells", "output"), HEADLESS.values(), ids=HEADLESS)
def test_tables_without_a_header(
    tmp_path: Path, content: bytes, cells: list[tuple[Cell, ...]], output: bytes
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    source = opened(path, told=Told(headless=True))
    assert source.columns == ("column_1", "column_2")
    assert scan(source).collect().rows() == cells
    assert enriched(source, tmp_path / "out.csv", "n") == output


STRICT = {
    "short": (b"a,b\n1,2\n3\n", "fewer cells than the header: line 3"),
    "long": (b"a,b\n1,2\n3,4,5\n6,7,8\n", "more cells than the header: lines 3, 4"),
    "stray quote": (b'a,b\n1,6" pipe\n', "a quote inside a bare cell: line 2"),
    "bytes of no encoding": ("a,b\nZürich,é\n".encode() + b"x\xff,2\n", "not UTF-8: line 3"),
}


@pytest.mark.parametrize(("content", "words"), STRICT.values(), ids=STRICT)
def test_a_strict_reading_refuses_what_is_kept_otherwise(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    opened(path)
    with pytest.raises(TableError, match=words) as refused:
        opened(path, told=Told(strict=True))
    assert "--strict" in (refused.value.hint or "")


def test_a_strict_reading_takes_blank_lines_and_tables_in_shape(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b'a,b\n1,"x\ny"\n\n3,4\n')
    assert opened(path, told=Told(strict=True)).rows == 3


@pytest.mark.parametrize("name", ["t.ndjson", "t.parquet"])
def test_other_formats_have_names_for_their_columns(tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({"a": [1]})
    path = tmp_path / name
    (frame.write_ndjson if name == "t.ndjson" else frame.write_parquet)(path)
    with pytest.raises(TableError, match="columns have names"):
        opened(path, told=Told(headless=True))
