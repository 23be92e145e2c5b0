"""A table of e-mail addresses that all differ: what an estimate of it takes in memory.

`emails [--rows N]`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tests.bench.harness import PYTHON, Sheet, folder, run

ROWS, COMPANIES = 8_000_000, 1_000_000
_LIMIT = 900.0


def main(arguments: Sequence[str] = ()) -> bool:
    """Measure, print, and say whether everybody was counted once."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench emails")
    parser.add_argument("--rows", type=int, default=ROWS)
    return measure(parser.parse_args(arguments).rows)


def measure(rows: int) -> bool:
    """One estimate of a table with `rows` people."""
    sheet = Sheet(f"emails: {rows:,} rows, each about somebody else")
    with folder() as place:
        table = place / "people.csv"
        _make(table, rows)
        command = [PYTHON, "-m", "enrich_cli", "estimate", str(table), "--sandbox", "--json"]
        options = ["--columns", "job_title", "--cache", str(place / "cache")]
        took = run([*command, *options], limit=_LIMIT)
    person = json.loads(took.out)["entities"]["person"]
    sheet.exactly("people, to be asked about", (person["unique"], person["asked"]), (rows, rows))
    sheet.add("seconds", f"{took.seconds:.1f}")
    sheet.add("CPU seconds", f"{took.cpu:.1f}")
    sheet.at_most("peak memory, MB", took.peak, 2500, "{:.0f}")
    return sheet.show()


def _make(path: Path, rows: int) -> None:
    number = pl.int_range(rows)
    pl.select(
        id=number,
        email=pl.format("person.{}@company{}.example", number, number % COMPANIES),
        name=pl.format("Jo Lund {}", number % 1000),
        notes=pl.lit("as told on the phone"),
    ).write_csv(path)
