"""How many paid calls the free tier saves: the company's own website asked first, and not at all.

    python -m tests.bench saved [--table PATH]

The sandbox plays both the sites and the paid provider. Without a table one is made up.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench import tables
from tests.bench.harness import ENRICH, Sheet, folder, run

COLUMNS = {
    "Its name": "company_name",
    "What it does": "description",
    "Its page": "company_linkedin",
    "Its city": "city",
}
PAID, FREE = "thecompaniesapi", "website"
COMPANIES = 400


def main(arguments: Sequence[str] = (), companies: int = COMPANIES) -> bool:
    """Measure, print, and say whether the counts were right."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench saved")
    parser.add_argument("--table", type=Path)
    table: Path | None = parser.parse_args(arguments).table
    with folder() as place:
        path = table.resolve() if table else place / "companies.csv"
        if not table:
            tables.companies(path, companies, companies)
        sheet = Sheet(f"saved: {path.name}, {', '.join(COLUMNS.values())}, in the sandbox")
        for count in range(1, len(COLUMNS) + 1):
            columns = ",".join(f"{name}={field}" for name, field in list(COLUMNS.items())[:count])
            alone = _report(path, place / f"alone{count}", columns, [PAID])
            behind = _report(path, place / f"behind{count}", columns, [FREE, PAID])
            before, after = (_items(report, PAID) for report in (alone, behind))
            sheet.add(f"{count} columns, paid calls without the free tier", f"{before:,}")
            saved = f"{before - after:,} ({(before - after) / before:.0%})" if before else "0"
            sheet.add("  saved by the free tier", saved)
            spent = [f"{_spent(one):.2f}" for one in (alone, behind)]
            sheet.add("  dollars spent without and with it", " and ".join(spent))
            filled = [sum(field["filled"] for field in one["fields"]) for one in (alone, behind)]
            sheet.add("  cells filled without and with it", f"{filled[0]:,} and {filled[1]:,}")
            sheet.exactly("  more calls with it than without", max(0, after - before), 0)
            sheet.exactly("  companies asked about for free", _items(behind, FREE), before)
        return sheet.show()


def _report(table: Path, place: Path, columns: str, providers: Sequence[str]) -> Any:
    asked = ["--sandbox", "--columns", columns, "--providers", ",".join(providers)]
    files = ["-o", f"{place}.csv", "--cache", str(place)]
    return run(
        [ENRICH, "run", str(table), *asked, *files, "--yes", "--json"], limit=600, codes=(0, 4)
    ).json()


def _items(report: Mapping[str, Any], provider: str) -> int:
    return sum(one["items"] for one in report["providers"] if one["name"] == provider)


def _spent(report: Mapping[str, Any]) -> float:
    return sum(float(one["spent"]) for one in report["providers"])
