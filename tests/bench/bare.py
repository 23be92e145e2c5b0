"""The main job against a bare script: 2,000 rows, 500 companies, 50 ms an answer, 25 in flight."""

from __future__ import annotations

from itertools import count

from tests.bench import tables
from tests.bench.harness import (
    PYTHON,
    ROOT,
    Run,
    Sheet,
    alternate,
    enrich_run,
    folder,
    ratio,
    reset,
    run,
    seconds,
    server,
    stats,
    write_spec,
)

COLUMNS = "name=company_name,industry=industry,employees=employee_count"
SPEC = """
name     = "@name@"
entity   = "company"
tier     = "cheap"
needs    = [["domain"]]
base_url = "@url@"

[price]
usd = "0.001"
per = "hit"

[limits]
concurrency = 25

[request]
path  = "/one"
query = { domain = "{domain}" }

[fields]
company_name   = "name"
industry       = "industry"
employee_count = "employees"
"""
ROWS, COMPANIES, LATENCY, PAIRS = 2_000, 500, 50, 7


def main(pairs: int = PAIRS) -> bool:
    """Measure, print, and say whether the counts were right."""
    sheet = Sheet(f"bare: {ROWS:,} rows, {COMPANIES} companies, {LATENCY} ms, 25 in flight")
    with folder() as place, server("tests.bench.tiny_server", "--latency", str(LATENCY)) as url:
        table, four, specs = place / "t.csv", place / "four.csv", place / "specs"
        tables.companies(table, ROWS, COMPANIES)
        tables.spellings(four, COMPANIES // 10)
        write_spec(specs, "bench", SPEC, url=url)
        fresh = (place / f"cache{number}" for number in count())
        script = str(ROOT / "tests/bench/bare_script.py")

        def bare() -> Run:
            return run([PYTHON, script, str(table), str(place / "bare.csv"), url, "website"])

        def tool() -> Run:
            out = place / "out.csv"
            return run(enrich_run(table, out, next(fresh), specs, COLUMNS, ["bench"]))

        ours, floor = alternate(tool, bare, pairs)
        sheet.add("bare script, seconds (median)", f"{seconds(floor):.2f}")
        sheet.add("enrich, seconds (median)", f"{seconds(ours):.2f}")
        sheet.at_most("enrich / bare script (median of pairs)", ratio(ours, floor), 1.25)
        sheet.add("bare script, CPU seconds", f"{min(one.cpu for one in floor):.2f}")
        sheet.add("enrich, CPU seconds", f"{min(one.cpu for one in ours):.2f}")

        cache = next(fresh)
        for name, source, must in (
            ("calls", table, COMPANIES),
            ("calls of the second run", table, 0),
            ("calls, four spellings in 200 rows", four, COMPANIES // 10),
        ):
            reset(url)
            if source is four:
                cache = next(fresh)
            run(enrich_run(source, place / "again.csv", cache, specs, COLUMNS, ["bench"]))
            sheet.exactly(name, stats(url)["calls"], must)
    return sheet.show()
