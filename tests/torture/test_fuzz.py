"""Whatever a writer of CSV or Parquet can make, through the real command."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from polars.testing.parametric import dataframes

from enrich_cli.tables.footer import read_footer
from tests.torture.conftest import Enrich

CELLS = st.text("ab\"\n\r\x00\t ,;|'=é€.@0", max_size=6) | st.sampled_from(
    ["acme.example", "https://b.example/", "1.10", "007", "null", "x" * 5000]
)
QUOTING = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "texts": csv.QUOTE_NONNUMERIC}
BARE = "\x1a"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[list[str]], str, str, int]:
    """A delimiter, rows with a header, a line ending, an encoding and a way of quoting."""
    mark = draw(st.sampled_from(",;\t|"))
    width = draw(st.integers(2, 4))
    # Other delimiters inside of cells would make it a question which one was meant.
    cells = CELLS.map(lambda cell: "".join(c for c in cell if c == mark or c not in ",;\t|"))
    names = st.text("abé ", min_size=1, max_size=5)
    header = draw(st.lists(names, min_size=width, max_size=width))
    sizes = st.just(width) | st.integers(1, width + 2) if draw(st.booleans()) else st.just(width)
    rows = [
        draw(st.lists(cells, min_size=size, max_size=size))
        for size in draw(st.lists(sizes, max_size=6))
    ]
    eol = draw(st.sampled_from(["\n", "\r\n"]))
    quoting = draw(st.sampled_from(list(QUOTING.values())))
    if eol == "\n" and quoting == csv.QUOTE_MINIMAL:
        # The writer leaves a CR bare then; behind the last cell it reads as part of a CRLF.
        rows = [[*row[:-1], row[-1].rstrip("\r")] for row in rows]
    # Most rows are in shape, as the delimiter is told by that.
    rows += [["x"] * width] * (len(rows) + 1)
    return mark, [header, *rows], eol, draw(st.sampled_from(ENCODINGS)), quoting


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), st.booleans())
@example((",", [["a", "b", "c"], ["", "\r", "\n"], *[["x"] * 3] * 2], "\n", "utf-8", 0), False)
def test_any_csv(
    tmp_path_factory: pytest.TempPathFactory,
    enrich: Enrich,
    table: tuple[str, list[list[str]], str, str, int],
    ended: bool,
) -> None:
    mark, rows, eol, encoding, quoting = table
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=mark, lineterminator=eol, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows(rows)
    content = text.getvalue() if ended else text.getvalue().removesuffix(eol)
    folder = tmp_path_factory.mktemp("fuzz")
    path, out = folder / "in.csv", folder / "out.csv"
    path.write_bytes(content.encode(encoding))
    ran = enrich(path, out)
    if ran.code:
        assert ran.code == 2
        assert sum(line.startswith("enrich: ") for line in ran.said.splitlines()) == 1
        assert not out.exists()
        return
    if "the output is UTF-8" in ran.said:
        encoding = "utf-8-sig"
    after = out.read_bytes().decode(encoding)
    header = content.split(eol, 1)[0] if "\n" not in "".join(rows[0]) else ""
    assert after.startswith(header)
    if eol == "\n":  # Python's reader takes a bare CR for a line end, which it was not meant for
        after = after.replace("\r", BARE)
        rows = [[cell.replace("\r", BARE) for cell in row] for row in rows]
    read = list(csv.reader(io.StringIO(after, newline=""), delimiter=mark))
    width = len(rows[0])
    assert read[0] == [*rows[0], "industry"]
    assert len(read) == len(rows)
    for before, behind in zip(rows[1:], read[1:], strict=True):
        if before == [""]:  # a blank line, or a quoted empty cell
            assert behind in ([], [""] * (width + 1))
            continue
        short = [""] * (width - len(before))
        assert behind == [*before[:width], *short, "", *before[width:]]
    assert after.endswith(eol) is ended or not ended


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    frame=dataframes(
        min_cols=1,
        max_cols=5,
        max_size=6,
        allow_null=True,
        excluded_dtypes=[pl.Object, pl.Int128, pl.UInt128, pl.Unknown],
    ),
    codec=st.sampled_from(["uncompressed", "snappy", "gzip", "lz4", "zstd"]),
)
def test_any_parquet(
    tmp_path_factory: pytest.TempPathFactory, enrich: Enrich, frame: pl.DataFrame, codec: str
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    path, out = folder / "in.parquet", folder / "out.parquet"
    frame.write_parquet(path, compression=codec, metadata={"made": "by us"})  # type: ignore[arg-type]
    ran = enrich(path, out)
    assert ran.code == 0, ran.said
    before, after = pl.read_parquet(path), pl.read_parquet(out)
    assert after.schema == {**before.schema, "industry": pl.String}
    assert_frame_equal(after.drop("industry"), before)
    assert pl.read_parquet_metadata(out)["made"] == "by us"
    own, added = read_footer(str(path), ""), read_footer(str(out), "")
    assert added.elements[1:][: len(own.elements) - 1] == own.elements[1:]
    if before.height:
        assert added.codec == own.codec
