"""A Parquet file with further columns: what was there stays byte for byte, and all can read it."""

from __future__ import annotations

import base64
import errno
import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from polars.testing.parametric import dataframes

from enrich_cli.domain.errors import MachineError
from enrich_cli.tables import splice as own
from enrich_cli.tables.arrow import extended, fields_of
from enrich_cli.tables.files import extend
from enrich_cli.tables.footer import footer_bytes
from enrich_cli.tables.splice import Base, base_of, splice
from enrich_cli.tables.thrift import Listing, Struct, read_struct, written
from tests.tables.test_files_parquet import FRAME, KEY, Layout, fields, made, opened, without_arrow

NEW = pl.DataFrame({"n": ["v", None], "m": [["q", "é"], None], "k": [1, 2]})


def base(path: Path) -> Base:
    found = base_of(opened(path))
    assert found is not None
    return found


def more(path: Path, out: Path, new: pl.DataFrame) -> None:
    """Write the file with the columns of `new` behind its own."""
    extend(lambda start, rows: new.slice(start, rows), opened(path), base(path), out)


def with_footer(path: Path, change: Callable[[Struct], object]) -> None:
    """Let the file's footer say something else."""
    end, content = footer_bytes(str(path), "")
    footer = read_struct(content)
    change(footer)
    said = written(footer)
    ending = len(said).to_bytes(4, "little") + b"PAR1"
    path.write_bytes(path.read_bytes()[:end] + said + ending)


@pytest.mark.parametrize("layout", get_args(Layout))
def test_what_was_there_stays(tmp_path: Path, layout: Layout) -> None:
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    made(path, FRAME, layout, metadata={"mine": "kept", "pandas": "{}"})
    more(path, out, NEW)
    before = base(path)
    assert out.read_bytes()[: before.end] == path.read_bytes()[: before.end]
    assert base(out).groups == before.groups
    assert fields(out)[:-3] == fields(path)
    assert [(f.name, f.format) for f in fields(out)[-3:]] == [("n", "u"), ("m", "+l"), ("k", "l")]
    assert_frame_equal(
        pl.read_parquet(out), pl.concat([pl.read_parquet(path), NEW], how="horizontal")
    )
    metadata = {k: v for k, v in pl.read_parquet_metadata(out).items() if k != KEY}
    assert metadata == {"mine": "kept", "pandas": "{}"}


@settings(max_examples=40, deadline=None)
@given(
    frame=dataframes(
        min_cols=1,
        max_cols=4,
        min_size=1,
        max_size=12,
        allow_null=True,
        excluded_dtypes=[pl.Object, pl.Int128, pl.UInt128, pl.Unknown],
    ),
    rows=st.integers(1, 5),
    at_once=st.integers(1, 9),
)
def test_any_file_can_be_extended_again_and_again(
    tmp_path_factory: pytest.TempPathFactory, frame: pl.DataFrame, rows: int, at_once: int
) -> None:
    folder = tmp_path_factory.mktemp("p")
    path, whole = folder / "0.parquet", frame
    frame.write_parquet(path, row_group_size=rows)
    groups, end = base(path).groups, base(path).end
    content = path.read_bytes()[:end]
    number = pl.int_range(frame.height, eager=True)
    for turn in range(3):
        new = pl.select(
            pl.when(number % 2 == turn % 2).then(pl.format("t{}", number)).alias(f"text{turn}"),
            (number * 3).alias(f"number{turn}"),
            pl.concat_list(number, number + 1).alias(f"many{turn}"),
        )
        out = folder / f"{turn + 1}.parquet"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(own, "_AT_ONCE", at_once)
            more(path, out, new)
        path, whole = out, pl.concat([whole, new], how="horizontal")
    assert path.read_bytes()[:end] == content
    assert base(path).groups == groups
    assert_frame_equal(pl.read_parquet(path), whole)
    wanted = pl.col("number0").is_between(3, 9) & (pl.col("number2") != 6)
    assert_frame_equal(pl.scan_parquet(path).filter(wanted).collect(), whole.filter(wanted))


def test_other_readers_read_it(tmp_path: Path) -> None:
    """DuckDB writes and reads it: Snappy, no key-value pairs, row groups passed over."""
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    duckdb.execute(
        "COPY (SELECT i, 'row ' || i AS t FROM range(10000) r(i)) TO "
        f"'{path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
    )
    number = pl.int_range(10_000, eager=True).alias("n")
    more(path, out, pl.select(number * 2, t2=pl.format("new {}", number)))
    assert len(base(out).groups) == len(base(path).groups) > 1
    assert KEY not in pl.read_parquet_metadata(out)
    found = duckdb.execute(
        f"SELECT count(*), sum(i), min(t2), max(t2) FROM '{out}' WHERE n BETWEEN 9000 AND 9010"
    ).fetchall()
    assert found == [(6, 4500 * 6 + 15, "new 4500", "new 4505")]
    assert duckdb.execute(f"SELECT * FROM '{path}'").fetchall() == (
        duckdb.execute(f"SELECT i, t FROM '{out}'").fetchall()
    )


def test_a_table_without_rows(tmp_path: Path) -> None:
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    made(path, FRAME.clear())
    more(path, out, NEW.clear())
    assert pl.read_parquet_schema(out) == {**pl.read_parquet_schema(path), **NEW.schema}
    assert pl.read_parquet(out).is_empty()
    assert fields(out)[:-3] == fields(path)


def test_a_file_without_an_arrow_schema_gets_none(tmp_path: Path) -> None:
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    made(path, FRAME)
    without_arrow(path)
    more(path, out, NEW)
    assert KEY not in pl.read_parquet_metadata(out)
    assert_frame_equal(
        pl.read_parquet(out), pl.concat([pl.read_parquet(path), NEW], how="horizontal")
    )


def _in_another_file(footer: Struct) -> None:
    chunk = footer[4][0][1][0]
    before = dict(chunk), dict(chunk.kinds)
    chunk.clear()
    chunk.update({1: b"other.parquet", **before[0]})
    chunk.kinds = {1: 8, **before[1]}


def _encrypted(footer: Struct) -> None:
    algorithm = Struct()
    footer[8], footer.kinds[8] = algorithm, 12


def _without_arrow_fields(footer: Struct) -> None:
    next(pair for pair in footer[5] if pair[1] == KEY.encode())[2] = b"none"


def _with_an_empty_group(footer: Struct) -> None:
    group = Struct()
    group.update({1: Listing(12, iter(())), 2: 0, 3: 0})
    group.kinds.update({1: 9, 2: 6, 3: 6})
    footer[4].append(group)


@pytest.mark.parametrize(
    "change", [_in_another_file, _encrypted, _without_arrow_fields, _with_an_empty_group]
)
def test_what_cannot_be_kept_has_no_base(
    tmp_path: Path, change: Callable[[Struct], object]
) -> None:
    path = tmp_path / "in.parquet"
    made(path, FRAME)
    source = opened(path)
    with_footer(path, change)
    mark = hashlib.sha256(footer_bytes(str(path), "")[1]).digest()
    assert base_of(replace(source, kept=replace(source.kept, mark=mark))) is None


def test_huge_row_groups_and_other_tables_have_no_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "in.parquet"
    made(path, FRAME)
    source = opened(path)
    assert base_of(source) is not None
    assert base_of(replace(source, parts=source.parts * 2)) is None
    monkeypatch.setattr(own, "_LARGEST", 1)
    assert base_of(source) is None
    (tmp_path / "t.csv").write_text("a\n1\n", "utf-8")
    assert base_of(opened(tmp_path / "t.csv")) is None


def test_a_file_that_changed_is_refused(tmp_path: Path) -> None:
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    made(path, FRAME)
    source, found = opened(path), base(path)
    FRAME.reverse().write_parquet(path)
    with pytest.raises(MachineError, match="is not as it was"):
        base_of(source)
    path.write_bytes(b"PAR1")
    with pytest.raises(MachineError, match="is not as it was"):
        base_of(source)
    with pytest.raises(MachineError, match="is not as it was"):
        extend(lambda start, rows: NEW.slice(start, rows), source, found, out)
    assert not out.exists()


@pytest.mark.parametrize("number", [errno.EXDEV, errno.ENOSYS])
def test_where_the_system_copies_nothing_we_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path, usual, out = (tmp_path / f"{name}.parquet" for name in ("in", "usual", "out"))
    made(path, FRAME)
    more(path, usual, NEW)

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "copy_file_range", refuse)
    more(path, out, NEW)
    assert out.read_bytes() == usual.read_bytes()


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    made(path, FRAME)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "copy_file_range", full)
    with pytest.raises(MachineError, match="No space left"):
        more(path, out, NEW)
    assert [one.name for one in tmp_path.iterdir()] == ["in.parquet"]


def test_into_a_stream_and_told_how_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out, told = tmp_path / "in.parquet", io.BytesIO(), list[int]()
    frame, new = pl.DataFrame({"a": range(7)}), pl.DataFrame({"b": range(7)})
    frame.write_parquet(path, row_group_size=2)
    monkeypatch.setattr(own, "_AT_ONCE", 4)
    splice(base(path), opened(path), out, lambda start, rows: new.slice(start, rows), told.append)
    assert told == [4, 7]
    assert_frame_equal(pl.read_parquet(out.getvalue()), frame.hstack(new))


ANY = dataframes(
    max_cols=4, max_size=0, excluded_dtypes=[pl.Object, pl.Unknown, pl.Int128, pl.UInt128]
)


@settings(max_examples=30, deadline=None)
@given(st.lists(ANY, min_size=3, max_size=3))
def test_arrow_schemas_are_put_together(frames: list[pl.DataFrame]) -> None:
    labels = []
    for frame in frames:
        content = io.BytesIO()
        frame.write_parquet(content)
        labels.append(pl.read_parquet_metadata(content.getvalue())[KEY])
    whole = extended(extended(labels[0], labels[1]), labels[2])
    assert fields_of(whole) == tuple(one for label in labels for one in fields_of(label) or ())


def test_only_arrow_schemas_are_put_together() -> None:
    content = io.BytesIO()
    FRAME.write_parquet(content)
    label = pl.read_parquet_metadata(content.getvalue())[KEY]
    empty = base64.b64encode(
        b"\xff\xff\xff\xff"
        + bytes([24, 0, 0, 0, 12, 0, 0, 0])
        + b"\x04\x00\x04\x00\x04\x00\x00\x00\x08\x00\x00\x00"
    ).decode()
    with pytest.raises(ValueError, match="without a schema"):
        extended(label, empty)
