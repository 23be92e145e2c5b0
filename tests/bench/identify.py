"""Finding the companies in a million rows, against what bare Polars needs for less."""

from __future__ import annotations

from pathlib import Path

from tests.bench import tables
from tests.bench.harness import ENRICH, PYTHON, Run, Sheet, folder, run, seconds

BARE = """
import sys
import polars as pl

site = pl.col("website").str.to_lowercase().str.replace(r"^https?://(www\\.)?", "")
frame = pl.scan_csv(sys.argv[1], infer_schema=False).select("website").unique()
print(frame.select(site.str.extract(r"^([^/?#:]+)").n_unique()).collect(engine="streaming").item())
"""
ROWS, RUNS = 1_000_000, 3


def main(rows: int = ROWS) -> bool:
    """Measure, print, and say whether the counts were right."""
    sheet = Sheet(f"identify: {rows:,} rows, 8 columns, {rows // 20:,} companies")
    with folder() as place:
        table = place / "t.csv"
        tables.many(table, rows)
        bare = [run([PYTHON, "-c", BARE, str(table)]) for _ in range(RUNS)]
        _figures(sheet, "bare Polars, one column", bare)
        inspect = [run([ENRICH, "inspect", str(table), "--json"]) for _ in range(RUNS)]
        _figures(sheet, "enrich inspect", inspect, seconds(bare))
        estimate = [run(_estimate(table, place)) for _ in range(RUNS)]
        _figures(sheet, "enrich estimate", estimate, seconds(bare))
        found = estimate[0].json()["entities"]["company"]["unique"]
        sheet.exactly("companies found", found, int(bare[0].out))
    return sheet.show()


def _estimate(table: Path, place: Path) -> list[str]:
    more = ["--columns", "company_name", "--cache", str(place / "cache"), "--json", "--quiet"]
    return [ENRICH, "estimate", str(table), *more]


def _figures(sheet: Sheet, name: str, runs: list[Run], floor: float = 0.0) -> None:
    times = f" ({seconds(runs) / floor:.1f} x bare)" if floor else ""
    sheet.add(f"{name}, seconds", f"{seconds(runs):.2f}{times}")
    sheet.add("  peak memory, MB", f"{max(one.peak for one in runs):.0f}")
