"""Ten million rows whose 500,000 companies are all in the store, against the floors of that job.

`large [--rows N] [--format csv|parquet] [--companies N] [--runs N] [--tables]`: with `--tables` the
tool's work on the table is measured alone, without the store.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from tests.bench import tables
from tests.bench.harness import (
    PYTHON,
    ROOT,
    Run,
    Sheet,
    enrich_run,
    folder,
    ratio,
    run,
    write_spec,
)
from tests.bench.large_jobs import FIELDS

SPEC = """
name     = "@name@"
entity   = "company"
tier     = "cheap"
needs    = [["domain"]]
base_url = "http://127.0.0.1:9"

[price]
usd = "0.001"
per = "hit"

[request]
path  = "/never-asked"
query = { domain = "{domain}" }

[fields]
company_name   = "name"
industry       = "industry"
employee_count = "employees"
"""
ROWS, COMPANIES, RUNS = 10_000_000, 500_000, 3
_LIMIT = 3600.0
_JOBS = str(ROOT / "tests/bench/large_jobs.py")


def main(arguments: Sequence[str] = ()) -> bool:
    """Measure, print, and say whether rows, order and cells were right."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench large")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--companies", type=int, default=COMPANIES)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv")
    parser.add_argument("--tables", action="store_true", help="without the store")
    said = parser.parse_args(arguments)
    return measure(said.rows, said.companies, said.runs, said.format, alone=said.tables)


def measure(rows: int, companies: int, runs: int, form: str, *, alone: bool = False) -> bool:
    """Each job in turn, `runs` times; the figures are medians and the highest peak."""
    what = "its work on the table alone" if alone else "enrich run"
    sheet = Sheet(f"large: {rows:,} rows of 8 columns in {form}, {companies:,} companies stored")
    with folder() as place:
        table, dictionary = place / f"t.{form}", str(place / "d.parquet")
        ours, theirs = place / f"ours.{form}", place / f"theirs.{form}"
        _make(place, table, rows, companies)
        _job("known", dictionary, str(companies))
        jobs: dict[str, Callable[[], Run]] = {}
        if alone:
            jobs[what] = lambda: _job("tables", str(table), dictionary, str(ours))
        else:
            specs, cache = place / "specs", place / "cache"
            write_spec(specs, "bench", SPEC)
            _job("stored", str(cache), str(specs), str(companies))
            command = enrich_run(table, ours, cache, specs, ",".join(FIELDS), ["bench"])
            first = run([*command, "--json"], limit=_LIMIT)
            filled = first.json()["table"]["cells_filled"]
            sheet.exactly("cells filled", filled, rows * len(FIELDS))
            sheet.add("enrich run, the first, seconds", f"{first.seconds:.1f}")
            jobs[what] = lambda: run(command, limit=_LIMIT)
        jobs["bare Polars, two passes"] = lambda: _job("bare", str(table), dictionary, str(theirs))
        duck, passed = place / f"duck.{form}", place / f"x.{form}"
        jobs["DuckDB"] = lambda: _job("duck", str(table), dictionary, str(duck))
        jobs["pass-through of the output"] = lambda: _job("passed", str(ours), str(passed))
        took: dict[str, list[Run]] = {name: [] for name in jobs}
        order = list(zip(jobs.items(), (ours, theirs, duck, passed), strict=True))
        for turn in range(runs):
            first_now = turn % len(order)  # nobody always comes behind the same
            for (name, job), out in order[first_now:] + order[:first_now]:
                out.unlink(missing_ok=True)  # all write a new file, into memory that was in use
                os.sync()  # what the last one left in memory goes to the disk on its own time
                took[name].append(job())
        for name, each in took.items():
            sheet.add(name, _figures(each))
        stages = json.loads(took[what][0].out) if alone else {}
        for stage, (wall, cpu) in stages.items():
            sheet.add(f"  {stage}", f"{wall:.1f} s, CPU {cpu:.1f} s")
        mine, floor = took[what], took["pass-through of the output"]
        sheet.at_most(f"{what} / pass-through", ratio(mine, floor), 3.0)
        script = ratio(mine, took["bare Polars, two passes"])
        sheet.at_most(f"{what} / bare Polars", script, 1.3)
        sheet.add(f"{what} / DuckDB", f"{ratio(mine, took['DuckDB']):.2f}")
        sheet.at_most("peak memory, MB", max(one.peak for one in mine), 2500, "{:.0f}")
        before, after, other = (_hashes(path) for path in (table, ours, theirs))
        sheet.exactly("rows", after["rows"], rows)
        kept = {name: after["columns"].get(name) for name in before["columns"]}
        sheet.exactly("cells and order of the old columns", kept == before["columns"], must=True)
        sheet.exactly("the same table as the bare script's", after == other, must=True)
    return sheet.show()


def _make(place: Path, table: Path, rows: int, companies: int) -> None:
    text = place / "t.csv"
    tables.large(text, rows, companies)
    if table != text:
        pl.scan_csv(text, infer_schema=False).sink_parquet(table)
        text.unlink()


def _job(name: str, *arguments: str) -> Run:
    return run([PYTHON, _JOBS, name, *arguments], limit=_LIMIT)


def _hashes(table: Path) -> Any:
    return _job("hashed", str(table)).json()


def _figures(runs: Sequence[Run]) -> str:
    wall, cpu = median(one.seconds for one in runs), median(one.cpu for one in runs)
    return f"{wall:.1f} s, CPU {cpu:.1f} s, {max(one.peak for one in runs):,.0f} MB"
