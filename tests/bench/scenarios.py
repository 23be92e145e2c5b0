"""A hundred rows of a hundred companies, and of ten, against asking cell by cell.

Both go through the same server, which answers after the same time. Asking cell by cell is timed at
10 ms a call and not at the 330 ms of real life, since it asks one call after the other: what it
would take is what it took and 320 ms more for each call. The tool is timed at both.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.harness import (
    PYTHON,
    SAMPLES,
    Run,
    Sheet,
    calls,
    enrich_run,
    folder,
    reset,
    run,
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
per = "hit"

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
ROWS, CELLS = 100, 300


@dataclass(frozen=True, slots=True)
class Goal:
    """What is published for one of the tables: per cent of money and of time that are saved."""

    title: str
    table: str
    unique: int
    money: float
    time: float


GOALS = (
    Goal("100 different companies", "hundred_companies.csv", 100, 66.6, 95.0),
    Goal("the same 10 companies", "ten_companies.csv", 10, 96.6, 99.0),
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
        cell_stats = stats(url)
        sheet.exactly("cell by cell: calls to each source", _each(cell_stats), CELLS)
        sheet.add("  store operations", f"{cells['reads'] + cells['writes']:,}")
        dollars = cell_stats["billed_total"] / 1e6
        sheet.add("  dollars", f"{dollars:,.2f}")
        sheet.add(f"  seconds at {FAST} ms a call", f"{cells['seconds']:.1f}")
        slow = cells["seconds"] + cells["calls"] * (REAL - FAST) / 1000
        sheet.add(f"  seconds at {REAL} ms a call (computed)", f"{slow:.1f}")

        fast = _tool(table, place, url, FAST)
        reset(url)
        real = _tool(table, place, url, REAL)
        counted, report = stats(url), real.json()
        sheet.exactly("enrich: calls to each source", _each(counted), goal.unique)
        sheet.exactly("  by its own report", calls(report), 3 * goal.unique)
        sheet.exactly("  cells filled", report["table"]["cells_filled"], CELLS)
        sheet.add("  store: bulk reads", str(report["store"]["reads"]))
        sheet.add("  store: commits", str(report["store"]["commits"]))
        spent = counted["billed_total"] / 1e6
        sheet.add("  dollars billed", f"{spent:,.2f}")
        sheet.exactly("  dollars by its own report", report["spend"]["spent"], f"{spent:.2f}")
        sheet.exactly("  cell by cell by its report", report["spend"]["naive"], f"{dollars:.2f}")
        sheet.add(f"  seconds at {FAST} ms a call", f"{fast.seconds:.2f}")
        sheet.add("    of these its own start", f"{fast.seconds - _own(fast):.2f}")
        sheet.add(f"  seconds at {REAL} ms a call", f"{real.seconds:.2f}")
        sheet.at_least("money saved", _saved(spent, dollars), goal.money)
        sheet.at_least(f"time saved at {REAL} ms", _saved(real.seconds, slow), goal.time)
        sheet.add(f"time saved at {FAST} ms", f"{_saved(fast.seconds, cells['seconds']):.1f} %")
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
    specs = place / f"specs{latency}"
    for source in SOURCES:
        write_spec(
            specs,
            source.name,
            SPEC,
            url=url,
            tier=source.tier,
            price=source.price,
            latency=latency,
            gives=",".join(source.gives),
            fields="\n".join(f'{field} = "{field}"' for field in source.gives),
        )
    names = [source.name for source in SOURCES]
    out, cache = place / f"out{latency}.csv", place / f"cache{latency}"
    return run([*enrich_run(table, out, cache, specs, COLUMNS, names), "--json"])


def _own(one: Run) -> float:
    return float(one.json()["seconds"])


def _each(counted: Any) -> object:
    """The calls to each source where all have the same number, else the number of each."""
    numbers = [counted["calls"].get(source.name, 0) for source in SOURCES]
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)


def _saved(ours: float, theirs: float) -> float:
    return 100 * (1 - ours / theirs)
