"""Parquet and NDJSON: types, nested columns, metadata and codec of the old columns stay."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from polars.testing.parametric import dataframes

from enrich_cli.tables.arrow import ArrowField, ArrowSchema, fields_of, relabelled
from enrich_cli.tables.files import Source, open_table, scan, write
from enrich_cli.tables.footer import Codec, read_footer

KEY = "ARROW:schema"
STAMP = dt.datetime(2020, 1, 2, 3, 4, 5)
FRAME = pl.DataFrame(
    {
        "text": ["x", None],
        "category": pl.Series(["x", "y"], dtype=pl.Categorical),
        "enum": pl.Series(["x", "y"], dtype=pl.Enum(["x", "y"])),
        "time": [dt.time(1), None],
        "micros": [dt.time(1), None],
        "list": [["a", None], []],
        "stamp": pl.Series([STAMP, None], dtype=pl.Datetime("ms")),
        "zoned": pl.Series([STAMP, None], dtype=pl.Datetime("us", "Europe/Zurich")),
        "span": [dt.timedelta(1), None],
        "small": pl.Series([1, None], dtype=pl.Int8),
        "unsigned": pl.Series([2**64 - 1, None], dtype=pl.UInt64),
        "fixed": [b"abcd", b"efgh"],
        "binary": [b"", b"q"],
        "struct": [{"p": 1, "q": ["r"]}, None],
        "decimal": pl.Series(["1.10", "2"]).cast(pl.Decimal(10, 2)),
        "array": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2)),
        "required": [1, 2],
        "float": pl.Series([1.1, None], dtype=pl.Float32),
        "null": [None, None],
    }
)
OWN = {
    "fixed": ArrowField("fixed", "w:4"),
    "required": ArrowField("required", "l", nullable=False),
    "micros": ArrowField("micros", "ttu"),
    "text": ArrowField("text", "U", metadata=((b"note", b"kept"),)),
    "list": ArrowField("list", "+L", children=(ArrowField("element", "U"),)),
    "binary": ArrowField("binary", "Z"),
}
"""What a frame of Polars does not say of itself, and the file shall."""

VIEWS = {"text": ArrowField("text", "vu"), "binary": ArrowField("binary", "vz")}

Layout = Literal["small", "large", "view", "left to Polars"]


def made(path: Path, frame: pl.DataFrame, layout: Layout = "small", **options: Any) -> None:
    """Write `frame` as another tool might: with its own choice of Arrow layouts."""
    content = io.BytesIO()
    frame.write_parquet(content)
    usual = fields_of(pl.read_parquet_metadata(content.getvalue())[KEY]) or ()
    chosen = {"small": OWN, "large": OWN, "view": VIEWS}.get(layout, {})
    own = [chosen.get(field.name, field) for field in usual]
    frame.lazy().sink_parquet(path, arrow_schema=ArrowSchema(own), **options)
    if layout == "small":
        label = pl.read_parquet_metadata(path)[KEY]
        path.write_bytes(path.read_bytes().replace(label.encode(), relabelled(label, {}).encode()))


def opened(path: Path) -> Source:
    return open_table(str(path), stdin=None, scratch=path.parent)


def fields(path: Path) -> tuple[ArrowField, ...]:
    return fields_of(pl.read_parquet_metadata(path)[KEY]) or ()


@pytest.mark.parametrize("layout", get_args(Layout))
def test_types_are_the_same_in_every_respect(tmp_path: Path, layout: Layout) -> None:
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    made(path, FRAME, layout, metadata={"mine": "kept", "pandas": "{}"})

    source = opened(path)
    frame = scan(source).with_columns(n=pl.lit("v"), m=pl.Series([["q"], None]))
    assert write(frame, source, out, added=["n", "m"]) == source.rows == 2

    before, after = read_footer(str(path), ""), read_footer(str(out), "")
    width = len(before.elements)
    assert after.elements[1:width] == before.elements[1:width]  # [0] counts the columns
    assert fields(out)[: len(FRAME.columns)] == fields(path)
    assert pl.read_parquet_schema(out) == {
        **pl.read_parquet_schema(path),
        "n": pl.String(),
        "m": pl.List(pl.String()),
    }
    assert_frame_equal(pl.read_parquet(out).select(FRAME.columns), FRAME)
    assert {k: v for k, v in pl.read_parquet_metadata(out).items() if k != KEY} == {
        "mine": "kept",
        "pandas": "{}",
    }
    assert source.notes == ()


def test_layouts_are_as_told(tmp_path: Path) -> None:
    """The test above would also pass if reading and writing were blind in the same way."""
    formats = {}
    for layout in get_args(Layout):
        made(tmp_path / "in.parquet", FRAME, layout)
        formats[layout] = {field.name: field.format for field in fields(tmp_path / "in.parquet")}
    assert [formats[layout]["text"] for layout in ("small", "large", "view")] == ["u", "U", "vu"]
    assert [formats[layout]["list"] for layout in ("small", "large", "view")] == ["+l", "+L", "+L"]
    assert formats["large"]["fixed"] == "w:4"
    assert formats["left to Polars"]["fixed"] != "w:4"


def test_new_columns_have_the_layout_that_every_reader_knows(tmp_path: Path) -> None:
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    made(path, FRAME, "view")
    source = opened(path)
    write(
        scan(source).with_columns(n=pl.lit("v"), m=pl.Series([["q"], None])),
        source,
        out,
        added=["n", "m"],
    )
    text, many = fields(out)[-2:]
    assert (text.format, many.format, many.children[0].format) == ("u", "+l", "u")


@pytest.mark.parametrize("codec", get_args(Codec))
def test_codecs(tmp_path: Path, codec: Codec) -> None:
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    made(path, FRAME, compression=codec)
    source = opened(path)
    write(scan(source), source, out, added=[])
    assert source.kept.codec == read_footer(str(out), "").codec == codec


def test_row_groups_are_neither_crumbs_nor_the_whole(tmp_path: Path) -> None:
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    frame = pl.DataFrame({"a": range(130_000)})
    for rows, expected in ((100, 50_000), (60_000, 60_000)):
        made(path, frame, row_group_size=rows)
        source = opened(path)
        write(scan(source), source, out, added=[])
        assert read_footer(str(out), "").row_group == expected
        assert pl.read_parquet(out)["a"].to_list() == list(range(130_000))


def test_no_rows_and_required_columns(tmp_path: Path) -> None:
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    made(path, FRAME.clear())
    source = opened(path)
    assert write(scan(source).with_columns(n=pl.lit(1)), source, out, added=["n"]) == 0
    assert fields(out)[:-1] == fields(path)


def without_arrow(path: Path) -> None:
    """Rename the key of the Arrow schema, as if the file came from a tool without Arrow."""
    path.write_bytes(path.read_bytes().replace(KEY.encode(), b"other:schema"))


def test_files_without_an_arrow_schema(tmp_path: Path) -> None:
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    made(path, FRAME)
    without_arrow(path)
    assert KEY not in pl.read_parquet_metadata(path)

    source = opened(path)
    write(scan(source), source, out, added=[])

    # Parquet's own types for these do not need the Arrow schema.
    plain = {"text", "fixed", "binary", "micros", "required", "decimal", "small", "stamp", "list"}
    before = {element.name: element for element in read_footer(str(path), "").elements}
    after = {element.name: element for element in read_footer(str(out), "").elements}
    assert {name: after[name] for name in plain} == {name: before[name] for name in plain}
    assert_frame_equal(pl.read_parquet(out), pl.read_parquet(path))
    assert {f.name: f.format for f in fields(out)}["text"] == "u"


def test_time_of_day_in_32_bits_is_named(tmp_path: Path) -> None:
    """Polars cannot write it, so a plain 32-bit integer gets that annotation in the footer."""
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pl.DataFrame({"t": pl.Series([1000, None], dtype=pl.Int32)}).write_parquet(path)
    without_arrow(path)
    content = path.read_bytes()
    element = b"\x25\x02\x18\x01t"  # optional, name "t" ...
    assert content.count(element) == 1
    place = content.index(element) + len(element)
    marked = content[:place] + b"\x25\x0e" + content[place:]  # ... converted type TIME_MILLIS
    size = int.from_bytes(content[-8:-4], "little") + 2
    path.write_bytes(marked[:-8] + size.to_bytes(4, "little") + b"PAR1")

    source = opened(path)

    assert scan(source).collect()["t"].to_list() == [dt.time(0, 0, 1), None]
    said: list[str] = []
    write(scan(source), source, out, added=[], say=said.append)
    assert said == ["column 't': time of day in 32 bits becomes one in 64 bits"]
    assert_frame_equal(pl.read_parquet(out), pl.read_parquet(path))


@settings(max_examples=60, deadline=None)
@given(
    frame=dataframes(
        min_cols=1,
        max_cols=5,
        max_size=5,
        allow_null=True,
        excluded_dtypes=[pl.Object, pl.Int128, pl.UInt128, pl.Unknown],
    )
)
def test_any_frame_comes_back(
    tmp_path_factory: pytest.TempPathFactory, frame: pl.DataFrame
) -> None:
    folder = tmp_path_factory.mktemp("p")
    path, out = folder / "in.parquet", folder / "out.parquet"
    frame.write_parquet(path)
    source = opened(path)
    assert write(scan(source), source, out, added=[]) == frame.height
    assert_frame_equal(pl.read_parquet(out), pl.read_parquet(path))
    assert read_footer(str(out), "").elements == read_footer(str(path), "").elements
    assert fields(out) == fields(path)


TYPES = {
    "U": pl.String(),
    "vu": pl.String(),
    "l": pl.Int64(),
    "b": pl.Boolean(),
    "w:3": pl.Binary(),
    "ttu": pl.Time(),
    "tsm:UTC": pl.Datetime("ms", "UTC"),
    "d:10,2": pl.Decimal(10, 2),
}
SOME_TEXT = st.text("abcé", max_size=3)


@given(
    st.lists(
        st.builds(
            ArrowField,
            SOME_TEXT,
            st.sampled_from(list(TYPES)),
            st.booleans(),
            st.dictionaries(SOME_TEXT, SOME_TEXT, max_size=2).map(
                lambda pairs: tuple((k.encode(), v.encode()) for k, v in sorted(pairs.items()))
            ),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda field: field.name,
    )
)
def test_arrow_fields_are_handed_over_and_read_back(given_fields: list[ArrowField]) -> None:
    content = io.BytesIO()
    frame = pl.LazyFrame(schema={field.name: TYPES[field.format] for field in given_fields})
    frame.sink_parquet(content, arrow_schema=ArrowSchema(given_fields))
    assert fields_of(pl.read_parquet_metadata(content.getvalue())[KEY]) == tuple(given_fields)


@pytest.mark.parametrize("label", ["", "!", "AAAA", "/////w==", "/////3YAAAAEAAAA"])
def test_an_unreadable_arrow_schema_is_none(label: str) -> None:
    assert fields_of(label) is None


NDJSON: Mapping[str, tuple[bytes, bytes]] = {
    "keys in their order": (
        b'{"b":1,"a":"x"}\n{"a":"y","b":2}\n',
        b'{"b":1,"a":"x","n":"v"}\n{"b":2,"a":"y","n":"v"}\n',
    ),
    "a type that shows late": (
        b'{"a":1}\n' * 2000 + b'{"a":1.5}\n{"c":[1]}\n',
        b'{"a":1.0,"c":null,"n":"v"}\n' * 2000
        + b'{"a":1.5,"c":null,"n":"v"}\n{"a":null,"c":[1],"n":"v"}\n',
    ),
    "large integers": (
        b'{"a":12345678901234567890123}\n{"a":1}',
        b'{"a":12345678901234567890123,"n":"v"}\n{"a":1,"n":"v"}\n',
    ),
    "byte-order mark": (
        b'\xef\xbb\xbf{"a":1}\n',
        b'\xef\xbb\xbf{"a":1,"n":"v"}\n',
    ),
    "nested": (
        b'{"a":{"b":[{"c":null}]}}\r\n\r\n{"a":null}\r\n',
        b'{"a":{"b":[{"c":null}]},"n":"v"}\n{"a":null,"n":"v"}\n',
    ),
    "text": (
        b'{"a":"007","b":"2020-01-01","c":"\\u00e9\\n\\""}\n',
        '{"a":"007","b":"2020-01-01","c":"é\\n\\"","n":"v"}\n'.encode(),
    ),
}


@pytest.mark.parametrize(("content", "output"), NDJSON.values(), ids=NDJSON)
def test_ndjson(tmp_path: Path, content: bytes, output: bytes) -> None:
    path, out = tmp_path / "in.ndjson", tmp_path / "out.ndjson"
    path.write_bytes(content)
    source = opened(path)
    assert write(scan(source).with_columns(n=pl.lit("v")), source, out, added=["n"]) == source.rows
    assert out.read_bytes() == output
