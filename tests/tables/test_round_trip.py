"""Torture: tables of every spelling go through identification and joining, and nobody is found.

What comes out must be what went in, byte for byte, with one empty column more.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from enrich_cli.domain.entity import Field
from enrich_cli.domain.errors import TableError
from enrich_cli.domain.plan import Wanted
from enrich_cli.tables import files, join, select
from enrich_cli.tables.identify import attach, identify
from enrich_cli.tables.recognise import recognise

INDUSTRY = Field("industry")


def through(path: Path, target: Path, told: files.Told | None = None) -> files.Source:
    """What a run does with a table when every provider misses."""
    source = files.open_table(str(path), told=told or files.Told(), stdin=None, scratch=path.parent)
    frame = select.numbered(files.scan(source))
    uses = recognise(files.scan(source), source.columns)
    found = identify(frame, uses, {INDUSTRY: None})
    wanted = [Wanted(INDUSTRY, "industry")]
    table = join.join(
        attach(frame, found), {}, wanted, source.columns, selected=None, provenance=False
    )
    added = join.added_columns(wanted, source.columns, provenance=False)
    assert files.write(table, source, target, added=added) == found.rows
    return source


# A header and records as they stand in the file, with `,` where the delimiter goes.
RECORDS: dict[str, list[str]] = {
    "websites": ["id,website", "007,https://www.acme.example/", "008,globex.example"],
    "numbers as text": ["n,zip", "1.10,00501", "+1,1e5", "-0,0x10", "1_000,NaN", "inf,null"],
    "dates": ["d,t", "2024-02-30,12:00", "01/02/03,24:61:61"],
    "booleans": ["a,b", "true,FALSE", "yes,0", "None,N/A"],
    "white space": ["a,b", " x , y", "z,  ", " ,\u00a0"],
    "one column": ["website", "acme.example", "x", "globex.example"],
    "header alone": ["a,b,c"],
    "doubled names": ["a,a,,", "1,2,3,4"],
    "names of our own": ["__row,__company,raw,rows", "1,2,acme.example,3", "4,5,6,7"],
    "patterns for names": ["*,^a.*$,[b],{c}", "1,2,3,4"],
    "names that differ in case": ["Website,website,WEBSITE", "a.example,b.example,c.example"],
    "quoted names": ['"a b","c, d","e ""f"""', "1,2,3"],
    "names over two lines": ['"a\nb",c', "1,2"],
    "quotes where needed": ["a,b", '"x, y","say ""hi"""', '"line\nend","cr\rlf"', '"",'],
    "empty and absent": ["a,b,c", ',,""', '"",,', ",,"],
    "formulas": ["a,b", "=1+1,@x", "+49 30,-5", "=HYPERLINK(1),'=x"],
    "no words but marks": ["a,b", "\U0001f600,\u200b", "\u202ex,e\u0301", "\ufeffy,\u0000"],
    "NUL": ["a,b", "x\x00y,\x00", "\x00\x00,z"],
    "controls": ["a,b", "\x01\x02,\x1b[31m", "\x7f,\x1f"],
    "many rows": ["id,site", *(f"{n:05},co{n % 7}.example" for n in range(3000))],
    "wide": [",".join(f"c{n}" for n in range(300)), ",".join(str(n) for n in range(300))],
    "long cells": ["a,b", "x" * 100_000 + ",y", 'z,"' + "q\n" * 50_000 + '"'],
}
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
EOLS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


def spelled(records: list[str], delimiter: str, eol: str, *, more: bool = False) -> str:
    """The table's text; with `more` it has the column that a run adds."""
    lines = [record.replace(",", delimiter) for record in records]
    if more:
        lines = [
            line + delimiter + ("" if place else "industry") for place, line in enumerate(lines)
        ]
    return "".join(line + eol for line in lines)


SPELLINGS = [
    pytest.param(
        name,
        delimiter,
        eol,
        id=f"{name}-{called}-{ends}",
        # Marks at the ends of cells and lines are a matter of quotes and of empty cells.
        marks=()
        if delimiter == "," or eol == "\n" or "quote" in name or "empty" in name or "over" in name
        else pytest.mark.long,
    )
    for name, records in RECORDS.items()
    for called, delimiter in DELIMITERS.items()
    for ends, eol in EOLS.items()
    if delimiter == "," or "," in records[0]  # one column has no delimiter to be found
]


@pytest.mark.parametrize(("name", "delimiter", "eol"), SPELLINGS)
def test_every_spelling(tmp_path: Path, name: str, delimiter: str, eol: str) -> None:
    records = RECORDS[name]
    path, target = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text(spelled(records, delimiter, eol), "utf-8", newline="")
    through(path, target)
    assert target.read_bytes().decode() == spelled(records, delimiter, eol, more=True)


ENCODINGS = {
    "utf-8-sig": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le without a mark": "utf-16-le",
    "cp1252": "cp1252",
    "latin-1": "latin-1",
    "cp1251": "cp1251",
}
TEXTS = {
    "cp1251": ["имя,сайт,город", *["Компания,acme.example,Москва и Санкт-Петербург"] * 40],
    "": ["name,site,city", *["Café Zürich,acme.example,Österreich"] * 40],
}


@pytest.mark.parametrize("eol", EOLS.values(), ids=EOLS)
@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_every_encoding(tmp_path: Path, encoding: str, eol: str) -> None:
    records = TEXTS.get(encoding, TEXTS[""])
    path, target = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_bytes(spelled(records, ",", eol).encode(encoding))
    through(path, target)
    assert target.read_bytes() == spelled(records, ",", eol, more=True).encode(encoding)


ODD = {
    "blank lines": (b"a,b\n1,2\n\n3,4\n\n\n", b"a,b,industry\n1,2,\n\n3,4,\n\n\n"),
    "short rows": (b"a,b,c\n1\n1,2\n", b"a,b,c,industry\n1,,,\n1,2,,\n"),
    "long rows": (
        b'a,b\n1,2,3\n4,5,6,,\n7,8,"x, y"\n',
        b'a,b,industry\n1,2,,3\n4,5,,6,,\n7,8,,"x, y"\n',
    ),
    "stray quotes": (b'a,b\n5" pipe,x\n', b'a,b,industry\n"5"" pipe",x,\n'),
    "no final line end": (b"a,b\n1,2", b"a,b,industry\n1,2,"),
    "all quoted": (b'"a","b"\n"1","2"\n', b'"a","b","industry"\n"1","2",""\n'),
}


@pytest.mark.parametrize(("before", "after"), ODD.values(), ids=ODD)
def test_rows_out_of_shape_are_kept_whole(tmp_path: Path, before: bytes, after: bytes) -> None:
    path, target = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_bytes(before)
    through(path, target)
    assert target.read_bytes() == after


REFUSED = {
    "text behind a quoted cell": (b'a,b\n1,2\n"x"y,3\n', "line 3"),
    "a quote that never closes": (b'a,b\n1,2\n"x,3\n4,5\n', "line 3"),
    "a name like ours": ("\ue000row,b\n1,2\n".encode(), "U\\+E000"),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_kept_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=words):
        through(path, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_five_thousand_columns_and_cells_of_a_megabyte(tmp_path: Path) -> None:
    path, target = tmp_path / "in [1]*.csv", tmp_path / "out {2}.csv"
    names = ",".join(f"c{n}" for n in range(5_000))
    rows = [",".join("v" * (n % 3) for n in range(5_000)), "x" * (1 << 20) + "," * 4_999]
    path.write_text("\n".join([names, *rows, ""]))
    through(path, target)
    assert target.read_text() == "\n".join([f"{names},industry", *(f"{r}," for r in rows), ""])


def test_nested_parquet_columns_are_the_same_in_type_and_hash(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "site": ["acme.example", None, "globex.example"],
            "tags": [["a"], [], None],
            "deep": [{"x": [{"y": 1}]}, None, {"x": None}],
            "when": pl.Series([1, None, 3]).cast(pl.Datetime("ms", "Europe/Berlin")),
            "kind": pl.Series(["a", "b", "a"], dtype=pl.Categorical),
            "exact": pl.Series(["1.10", None, "2.00"]).str.to_decimal(scale=2),
            "raw": [b"\x00", b"", None],
            "small": pl.Series([1, 2, None], dtype=pl.UInt8),
            "__row": [1.5, float("nan"), None],
        }
    )
    path, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    frame.write_parquet(path, compression="gzip", metadata={"made": "by us"})
    through(path, target)
    out = pl.read_parquet(target)
    assert out.schema == {**frame.schema, "industry": pl.String}
    assert out.drop("industry").equals(frame, null_equal=True)
    assert out["industry"].null_count() == 3
    assert pl.read_parquet_metadata(target)["made"] == "by us"
    none = tmp_path / "none.parquet"
    frame.clear().write_parquet(none)
    through(none, target)
    assert pl.read_parquet(target).schema == out.schema
