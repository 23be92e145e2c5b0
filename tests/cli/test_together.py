"""Several runs on one store at the same time: each entity is bought once between them."""

from __future__ import annotations

import csv
import json
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.bench.harness import ROOT, enrich_run, environment, server, write_spec
from tests.bench.kill import SPECS

pytestmark = pytest.mark.long

COLUMNS = "name=company_name,employees=employee_count"


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    with server("enrich_cli.sandbox") as url:
        yield url


def together(place: Path, url: str, kind: str, tables: Sequence[Sequence[int]]) -> Any:
    """Run one process for each table of companies, all on one store; what the vendor counted."""
    name = f"{kind}{len(tables)}"
    spec = SPECS[kind]
    write_spec(place / "specs", name, spec, url=url, slots=8, latency=20, batch=10)
    processes = []
    for number, numbers in enumerate(tables):
        table, out = place / f"{number}.csv", place / f"{number}.out.csv"
        rows = [f"https://c{n}.example" for n in numbers]
        table.write_text("\n".join(["website", *rows]) + "\n", encoding="utf-8")
        command = enrich_run(table, out, place / "cache", place / "specs", COLUMNS, [name])
        processes.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    for process in processes:
        _, complained = process.communicate(timeout=60)
        assert (process.returncode, complained) == (0, "")
    with urllib.request.urlopen(f"{url}/_stats", timeout=10) as reply:
        return json.load(reply)["asked"][name]


def cells(place: Path, number: int) -> dict[str, tuple[str, str]]:
    with (place / f"{number}.out.csv").open(newline="", encoding="utf-8") as file:
        return {row["website"]: (row["name"], row["employees"]) for row in csv.DictReader(file)}


@pytest.mark.parametrize("kind", SPECS)
def test_two_on_the_same_table(tmp_path: Path, vendor: str, kind: str) -> None:
    asked = together(tmp_path, vendor, kind, [range(400), range(400)])
    assert asked == {f"c{n}.example": 1 for n in range(400)}
    assert cells(tmp_path, 0) == cells(tmp_path, 1)
    assert len(cells(tmp_path, 0)) == 400


def test_six_on_tables_that_overlap(tmp_path: Path, vendor: str) -> None:
    tables = [range(50 * n, 50 * n + 100) for n in range(6)]
    asked = together(tmp_path, vendor, "single", tables)
    assert asked == {f"c{n}.example": 1 for n in range(350)}
    everything: dict[str, tuple[str, str]] = {}
    for number in range(6):
        found = cells(tmp_path, number)
        assert len(found) == 100
        assert all(found[site] == everything.get(site, found[site]) for site in found)
        everything |= found
