"""The whole tool about half a million companies: cold, in batches of 100, and once more, warm.

`python -m tests.bench.cold --entities 20000` is the same in small.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from tests.bench import tables
from tests.bench.harness import (
    Run,
    Sheet,
    enrich_run,
    folder,
    reset,
    run,
    server,
    stats,
    write_spec,
)
from tests.bench.overhead import SPEC

ENTITIES = 500_000
COLUMNS = "company_name,industry,employee_count"


def main(entities: int = ENTITIES) -> bool:
    """Measure, print, and say whether the counts were right."""
    sheet = Sheet(f"cold: {entities:,} companies, batches of 100, and the same run again")
    with folder() as place, server("tests.bench.tiny_server") as url:
        table, specs, cache = place / "t.csv", place / "specs", place / "cache"
        tables.companies(table, entities, entities)
        write_spec(specs, "bench", SPEC, url=url)

        def once(name: str) -> tuple[Run, Any, str]:
            out = place / name
            command = enrich_run(table, out, cache, specs, COLUMNS, ["bench"])
            ran = run([*command, "--json"], limit=1200)
            return ran, json.loads(ran.out), hashlib.sha256(out.read_bytes()).hexdigest()

        cold, _, first = once("cold.csv")
        counted = stats(url)
        reset(url)
        warm, report, second = once("warm.csv")
        sheet.exactly("companies asked about", counted["items"], entities)
        sheet.exactly("asked about again", stats(url)["items"], 0)
        sheet.exactly("answered by the store", report["entities"]["company"]["cached"], entities)
        sheet.exactly("the same output", second == first, must=True)
        sheet.at_most("cold: CPU, us a company", cold.cpu / entities * 1e6, 150, "{:.0f}")
        sheet.add("  seconds", f"{cold.seconds:.1f}")
        sheet.add("  peak memory, MB", f"{cold.peak:.0f}")
        sheet.add("warm: CPU, us a company", f"{warm.cpu / entities * 1e6:.1f}")
        sheet.add("  seconds", f"{warm.seconds:.1f}")
        sheet.add("  of which the run itself", f"{report['seconds']:.1f}")
        sheet.add("  peak memory, MB", f"{warm.peak:.0f}")
        sheet.add("store, bytes a company", f"{_size(cache) / entities:.0f}")
    return sheet.show()


def _size(cache: Path) -> int:
    return sum(file.stat().st_size for file in cache.iterdir())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=ENTITIES)
    sys.exit(0 if main(parser.parse_args().entities) else 1)
