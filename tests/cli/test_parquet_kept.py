"""A Parquet table that only gets new columns: the same table as if it had been written anew."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from enrich_cli import output
from enrich_cli.tables.source import Source
from enrich_cli.tables.splice import Base, base_of
from tests.cli.shell import acme_in, enrich, holding, spec

TABLE = pl.DataFrame(
    {
        "id": range(7),
        "site": ["acme.example", "", "bolt.example", "acme.example", None, "jo@gmail.com", "acme"],
        "name": pl.Series(["a", "b", None, "d", "e", "f", "g"], dtype=pl.Categorical),
    }
)
WAYS = {
    "plain": ("", True),
    "provenance in columns": ("--provenance columns", True),
    "some rows": ("--where 'id > 1' --provenance columns", True),
    "a few": ("--limit 3", True),
    "a column that is there": ("--overwrite --columns name=company_name", False),
}


@pytest.mark.parametrize(("options", "kept"), WAYS.values(), ids=WAYS)
def test_both_ways_of_writing_give_the_same_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, kept: bool
) -> None:
    TABLE.write_parquet(tmp_path / "t.parquet", row_group_size=3)
    bases: list[Base | None] = []

    def seen(source: Source) -> Base | None:
        bases.append(base_of(source))
        return bases[-1]

    columns = "" if "--columns" in options else "--columns company_name"
    run = f"enrich run t.parquet --provider-dir own --providers acme {columns} --yes {options} -o"
    with holding() as held:
        held.let_go.set()
        acme_in(tmp_path, spec(held.url))
        monkeypatch.setattr(output, "base_of", seen)
        first = enrich(f"{run} kept.parquet", tmp_path)
        assert first.returncode == 0, first.stderr
        monkeypatch.setattr(output, "base_of", lambda _: None)
        again = enrich(f"{run} anew.parquet", tmp_path)
        assert again.returncode == 0, again.stderr
    assert [base is not None for base in bases] == ([True] if kept else [])
    written = pl.read_parquet(tmp_path / "kept.parquet")
    assert_frame_equal(written, pl.read_parquet(tmp_path / "anew.parquet"))
    assert "Acme" in written["name" if not kept else "company_name"].to_list()
    if kept:
        assert_frame_equal(written.select(TABLE.columns), pl.read_parquet(tmp_path / "t.parquet"))
