"""What the tool itself costs: 20,000 companies, cold, in batches of 100."""

from __future__ import annotations

from itertools import count

from tests.bench import tables
from tests.bench.harness import (
    Run,
    Sheet,
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
tier     = "cheap"
needs    = [["domain"]]
base_url = "@url@"

[price]
usd = "0.001"
per = "hit"

[limits]
concurrency = 8

[batch]
size  = 100
path  = "/many"
items = "items"
item  = "{domain}"
match = { field = "domain", identifier = "domain" }

[fields]
company_name   = "name"
industry       = "industry"
employee_count = "employees"
"""
COMPANIES, RUNS = 20_000, 3


def main(companies: int = COMPANIES) -> bool:
    """Measure, print, and say whether the counts were right."""
    sheet = Sheet(f"overhead: {companies:,} companies, cold, batches of 100")
    with folder() as place, server("tests.bench.tiny_server") as url:
        table, one, specs = place / "t.csv", place / "one.csv", place / "specs"
        tables.companies(table, companies, companies)
        tables.companies(one, 1, 1)
        write_spec(specs, "bench", SPEC, url=url)
        columns = "company_name,industry,employee_count"
        caches = (place / f"cache{number}" for number in count())

        def cold(source: str) -> Run:
            path, out = place / source, place / "out.csv"
            return run(enrich_run(path, out, next(caches), specs, columns, ["bench"]))

        started = [cold("one.csv") for _ in range(RUNS)]
        reset(url)
        runs = [cold("t.csv") for _ in range(RUNS)]
        counted = stats(url)
        cpu, start = min(r.cpu for r in runs), min(r.cpu for r in started)
        sheet.exactly("calls", counted["calls"] / RUNS, companies / 100)
        sheet.exactly("companies asked about", counted["items"] / RUNS, companies)
        sheet.add("seconds (median)", f"{seconds(runs):.2f}")
        sheet.at_most("CPU, us a company", cpu / companies * 1e6, 150, "{:.0f}")
        sheet.add("  without start-up", f"{(cpu - start) / companies * 1e6:.0f}")
        sheet.add("peak memory, MB", f"{max(r.peak for r in runs):.0f}")
        sheet.add("  of a run with one company", f"{max(r.peak for r in started):.0f}")
    return sheet.show()
