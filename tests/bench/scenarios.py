"""A hundred rows of a hundred companies, and of ten, against asking cell by cell.

Both go through the same server, which answers after the same time. Asking cell by cell is timed at
10 ms a call and not at the 330 ms of real life, since it asks one call after the other: what it
would take is what it took and 320 ms more for each call. The tool is timed at both.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.harness import (
    ENRICH,
    PYTHON,
    SAMPLES,
    Run,
    Sheet,
    calls,
    enrich_run,
    folder,
    reset,
    run,
    seconds,
    server,
    stats,
    write_spec,
)

SPEC = """
name     = "@name@"
entity   = "company"
tier     = "@tier@"
needs    = [["domain"]]
base_url = "@url@/@@name@.sandbox.example"

[price]
usd = "@price@"
per = "call"

[limits]
concurrency = @slots@

[request]
path  = "/one"
query = { domain = "{domain}", fields = "@gives@", price = "@price@", latency = "@latency@" }

[fields]
@fields@
"""
FAST, REAL = 10, 330
"""Milliseconds a call: the one that a cell by cell run can be timed with, and the published one."""


@dataclass(frozen=True, slots=True)
class Source:
    """One of the three: none knows everything but the last, so all are asked."""

    name: str
    tier: str
    price: str
    gives: tuple[str, ...]


SOURCES = (
    Source("site", "free", "0", ("company_name",)),
    Source("search", "free", "0", ("company_name", "industry")),
    Source("premium", "premium", "10.00", ("company_name", "industry", "employee_count")),
)
COLUMNS = "name=company_name,industry=industry,employees=employee_count"
_NAMES = [pair.partition("=")[0] for pair in COLUMNS.split(",")]
ROWS, CELLS, RUNS = 100, 300, 3
SLOTS = 10
"""Calls in flight to each source."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What is published for one of the tables: seconds, per cent of money and of time saved."""

    title: str
    table: str
    unique: int
    seconds: float
    money: float
    time: float


GOALS = (
    Goal("100 different companies", "hundred_companies.csv", 100, 15.0, 66.6, 95.0),
    Goal("the same 10 companies", "ten_companies.csv", 10, 2.0, 96.6, 99.0),
)


def main() -> bool:
    """Measure both, print, and say whether the counts were right."""
    with server("enrich_cli.sandbox") as url:
        held = [_scenario(goal, url) for goal in GOALS]
    return all(held)


def _scenario(goal: Goal, url: str) -> bool:
    sheet = Sheet(f"scenario: {ROWS} rows, {goal.title}, 3 columns, 3 sources")
    with folder() as place:
        table = SAMPLES / goal.table
        reset(url)
        cells = _cell_by_cell(table, place, url).json()
        counted = stats(url)
        dollars = counted["billed_total"] / 1e6
        slow = cells["seconds"] + cells["calls"] * (REAL - FAST) / 1000
        sheet.exactly("cell by cell: calls to each source", _each(counted), CELLS)
        sheet.add("  store operations", f"{cells['reads'] + cells['writes']:,}")
        sheet.add("  dollars", f"{dollars:,.2f}")
        sheet.add(f"  seconds at {FAST} ms a call", f"{cells['seconds']:.1f}")
        sheet.add(f"  seconds at {REAL} ms a call (computed)", f"{slow:.1f}")

        reset(url)
        real = [_tool(table, place / "real", url, REAL)]
        counted, report = stats(url), real[0].json()
        real += [_tool(table, place / f"real{more}", url, REAL) for more in range(1, RUNS)]
        fast = [_tool(table, place / f"fast{more}", url, FAST) for more in range(RUNS)]
        spent = counted["billed_total"] / 1e6
        sheet.exactly("enrich: calls to each source", _each(counted), goal.unique)
        sheet.exactly("  calls by its own report", calls(report), len(SOURCES) * goal.unique)
        sheet.exactly("  cells other than cell by cell's", _differing(place), 0)
        store, waves = report["store"], len(SOURCES) * ceil(goal.unique / SLOTS)
        sheet.exactly("  store: bulk reads", store["reads"], 1)
        sheet.at_most(f"  store: commits, {waves} waves", store["commits"], 2 * waves, "{:.0f}")
        sheet.add("  dollars", f"{spent:,.2f}")
        sheet.exactly("  dollars by its estimate", _estimated(table, place), f"{spent:.2f}")
        sheet.exactly("  dollars by its own report", report["spend"]["spent"], f"{spent:.2f}")
        sheet.exactly("  cell by cell by its report", report["spend"]["naive"], f"{dollars:.2f}")
        sheet.add(f"  seconds at {FAST} ms a call", f"{seconds(fast):.2f}")
        sheet.add("    of which start and end", f"{_around(fast):.2f}")
        sheet.at_most(f"  seconds at {REAL} ms a call", seconds(real), goal.seconds)
        sheet.at_least("money saved", _saved(spent, dollars), goal.money)
        sheet.at_least(f"time saved at {REAL} ms a call", _saved(seconds(real), slow), goal.time)
        at_fast = _saved(seconds(fast), cells["seconds"])
        sheet.add(f"time saved at {FAST} ms a call", f"{at_fast:.1f} %")
    return sheet.show()


def _cell_by_cell(table: Path, place: Path, url: str) -> Run:
    addresses = [
        f"{url}/@{source.name}.sandbox.example/one"
        f"?fields={','.join(source.gives)}&price={source.price}&latency={FAST}"
        for source in SOURCES
    ]
    command = [PYTHON, "-m", "tests.bench.cell_by_cell", str(table), str(place / "cells")]
    return run([*command, COLUMNS, *addresses])


def _tool(table: Path, place: Path, url: str, latency: int) -> Run:
    """A first run: `place` is new, and with it the store."""
    place.mkdir()
    for source in SOURCES:
        write_spec(
            place / "specs",
            source.name,
            SPEC,
            url=url,
            tier=source.tier,
            price=source.price,
            latency=latency,
            slots=SLOTS,
            gives=",".join(source.gives),
            fields="\n".join(f'{field} = "{field}"' for field in source.gives),
        )
    names = [source.name for source in SOURCES]
    command = enrich_run(table, place / "t.csv", place / "cache", place / "specs", COLUMNS, names)
    return run([*command, "--json"])


def _estimated(table: Path, place: Path) -> object:
    """What `enrich estimate` says of a first run by the specs of the one that was made."""
    names = ",".join(source.name for source in SOURCES)
    what = ["--columns", COLUMNS, "--providers", names, "--json", "--cache", str(place / "none")]
    done = run([ENRICH, "estimate", str(table), *what, "--provider-dir", str(place / "real/specs")])
    return done.json()["cost"]["likely"]


def _differing(place: Path) -> int:
    """How many of the cells that both have filled are not the same."""
    with (place / "real/t.csv").open(newline="", encoding="utf-8") as file:
        ours = [[row[name] for name in _NAMES] for row in csv.DictReader(file)]
    with (place / "cells.csv").open(newline="", encoding="utf-8") as file:
        theirs = list(csv.reader(file))
    return sum(
        a != b
        for mine, other in zip(ours, theirs, strict=True)
        for a, b in zip(mine, other, strict=True)
    )


def _around(runs: Sequence[Run]) -> float:
    """The seconds of a run that its own clock does not see."""
    return median(one.seconds - float(one.json()["seconds"]) for one in runs)


def _each(counted: Any) -> object:
    """The calls to each source where all have the same number, else the number of each."""
    numbers = [counted["calls"].get(source.name, 0) for source in SOURCES]
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)


def _saved(ours: float, theirs: float) -> float:
    return 100 * (1 - ours / theirs)
