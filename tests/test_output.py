"""The table that is written is the one that lies there then, whatever was made ready before."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from random import Random

import polars as pl
import pytest

from enrich_cli import job
from enrich_cli.domain.entity import EntityType, Field
from enrich_cli.output import Output, places_ahead, write
from enrich_cli.settings import Settings
from enrich_cli.tables.files import Told
from enrich_cli.tables.join import KEY, result_column
from tests.test_recalling import NOW, SPECS, StandingClock

COUNT = Field("employee_count")
ROWS = ["a.example,x", "b.example,y", "c.example,z", "a.example,w"]
NUMBERS = {"a.example": 1, "b.example": 2, "c.example": 3}


def prepared(folder: Path, rows: list[str]) -> job.Prepared:
    own = Settings(cache=folder, identify={EntityType.COMPANY: ("Website",)})
    put(folder / "t.csv", rows, at=1)
    parts = job.Parts(own, SPECS, lambda _: True, StandingClock(NOW), Random(), folder)
    return job.prepare(job.look(str(folder / "t.csv"), Told(), None, own, folder), [COUNT], parts)


def put(table: Path, rows: list[str], at: int) -> None:
    table.write_text("\n".join(["Website,note", *rows, ""]))
    os.utime(table, (at, at))  # file systems tell time in ticks, and a test is quick


@pytest.mark.parametrize("after", [ROWS, ROWS[::-1], [*ROWS[1:], ROWS[0]]])
def test_each_row_has_the_values_of_whom_it_names_when_it_is_written(
    tmp_path: Path, after: list[str]
) -> None:
    ready, out = prepared(tmp_path, ROWS), tmp_path / "out.csv"
    entities = ready.found.entities[EntityType.COMPANY]
    numbers = [NUMBERS[name] for name in entities["canonical"]]
    values = pl.DataFrame({KEY: entities["key"], result_column(COUNT): numbers})

    async def scene() -> None:
        ahead = places_ahead(ready, Output(out))
        assert ahead is not None
        assert await ahead is not None
        put(tmp_path / "t.csv", after, at=1 if after == ROWS else 2)
        frames = {EntityType.COMPANY: [values]}
        await write(ready, frames, None, Output(out), Settings(tmp_path), lambda _: None, ahead)

    asyncio.run(scene())
    assert out.read_text().splitlines() == [
        "Website,note,employee_count",
        *(f"{row},{NUMBERS[row.split(',')[0]]}" for row in after),
    ]


def test_a_table_that_is_gone_meanwhile_ends_no_run_early(tmp_path: Path) -> None:
    ready = prepared(tmp_path, ROWS)
    (tmp_path / "t.csv").unlink()

    async def scene() -> object:
        ahead = places_ahead(ready, Output(tmp_path / "out.csv"))
        return await ahead if ahead else "nothing was begun"

    assert asyncio.run(scene()) is None


def test_with_provenance_in_columns_nothing_is_made_ready(tmp_path: Path) -> None:
    assert places_ahead(prepared(tmp_path, ROWS), Output(tmp_path / "o.csv", "columns")) is None
