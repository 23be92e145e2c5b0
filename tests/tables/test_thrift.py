"""The compact protocol: what real writers spell comes back byte for byte."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.tables.thrift import Listing, Struct, read_struct, written

BOOLS, INTS, FIXED = (1, 2), (4, 5, 6), {3: 1, 7: 8, 13: 16}


def footer_of(content: bytes) -> bytes:
    (size,) = struct.unpack("<I", content[-8:-4])
    return content[-8 - size : -8]


COLUMNS: st.SearchStrategy[list[tuple[str, pl.DataType, Any]]] = st.lists(
    st.sampled_from(
        [
            ("text", pl.String(), "ä"),
            ("number", pl.Int64(), -1),
            ("small", pl.UInt8(), 200),
            ("float", pl.Float64(), float("nan")),
            ("flag", pl.Boolean(), True),
            ("bytes", pl.Binary(), b"\x00"),
            ("list", pl.List(pl.String()), ["a", None]),
            ("struct", pl.Struct({"a": pl.Int32(), "b": pl.List(pl.Date())}), None),
            ("time", pl.Datetime("us", "UTC"), None),
            ("money", pl.Decimal(38, 6), None),
        ]
    ),
    min_size=1,
    unique_by=lambda column: column[0],
)


@given(
    COLUMNS,
    st.integers(0, 40),
    st.integers(1, 10),
    st.booleans(),
    st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=20)),
)
def test_a_footer_of_polars_is_written_as_it_was_read(
    columns: list[tuple[str, pl.DataType, Any]],
    rows: int,
    group: int,
    statistics: bool,
    metadata: dict[str, str],
) -> None:
    frame = pl.DataFrame([pl.Series(name, [one] * rows, type_) for name, type_, one in columns])
    out = io.BytesIO()
    frame.write_parquet(out, row_group_size=group, statistics=statistics, metadata=metadata)
    footer = footer_of(out.getvalue())
    assert written(read_struct(footer)) == footer


@pytest.mark.parametrize("codec", ["uncompressed", "snappy", "gzip", "zstd", "lz4_raw"])
def test_a_footer_of_duckdb_is_written_as_it_was_read(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "table.parquet"
    duckdb.sql(
        "copy (select i, i::varchar as text, i % 7 = 0 as flag, [i, null] as list, "
        "{'a': i, 'b': ['x']} as struct, map {i: 'y'} as map from range(10000) t(i)) "
        f"to '{path}' (format parquet, codec '{codec}', row_group_size 2048)"
    )
    footer = footer_of(path.read_bytes())
    assert written(read_struct(footer)) == footer


def sequence(kind: int, items: list[Any]) -> Listing:
    return Listing(kind, iter(items))


def value(kind: int, depth: int) -> st.SearchStrategy[Any]:
    if kind in BOOLS:
        return st.booleans()
    if kind in INTS:
        return st.integers(-(2**63), 2**63 - 1)
    if kind in FIXED:
        return st.binary(min_size=FIXED[kind], max_size=FIXED[kind])
    if kind == 8:
        return st.binary(max_size=200)
    if kind == 12:
        return structs(depth - 1)
    inner = kinds(depth - 1)
    if kind == 11:
        return st.tuples(inner, inner).flatmap(
            lambda two: st.lists(
                st.tuples(value(two[0], depth - 1), value(two[1], depth - 1)), min_size=1
            ).map(lambda pairs: sequence(two[0] << 4 | two[1], pairs))
        )
    return inner.flatmap(
        lambda one: st.lists(value(one, depth - 1), max_size=20).map(
            lambda items: sequence(one, items)
        )
    )


def kinds(depth: int) -> st.SearchStrategy[int]:
    return st.sampled_from([1, 3, 4, 5, 6, 7, 8, 13, *((9, 10, 11, 12) if depth > 0 else ())])


def structs(depth: int = 2) -> st.SearchStrategy[Struct]:
    def built(fields: list[tuple[int, tuple[int, Any]]]) -> Struct:
        made = Struct()
        for number, (kind, content) in fields:
            made[number], made.kinds[number] = content, kind
        return made

    typed = kinds(depth).flatmap(lambda kind: st.tuples(st.just(kind), value(kind, depth)))
    fields = st.tuples(st.integers(-(2**15), 2**15 - 1), typed)
    return st.lists(fields, max_size=6, unique_by=lambda field: field[0]).map(built)


@given(structs())
def test_any_struct_is_read_as_it_was_written(made: Struct) -> None:
    content = written(made)
    again = read_struct(content)
    assert again == made
    assert written(again) == content


@given(structs())
def test_a_struct_that_is_cut_off_is_refused(made: Struct) -> None:
    with pytest.raises(IndexError):
        read_struct(written(made)[:-1])
