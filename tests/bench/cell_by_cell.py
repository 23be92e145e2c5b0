"""How it is done without entities: `cell_by_cell.py TABLE STORE COLUMN=FIELD,... URL...`.

Each cell by itself, one after the other: look into the store, ask every source about it, put the
answer into the store. A cell that was asked about in another row is asked about again, for the key
is the cell's. Prints what was done as JSON.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path

import httpx
from diskcache import Cache

from tests.bench.bare_script import domain


def main(table: str, store: str, columns: str, *sources: str) -> None:
    """Fill every cell, and say how much work that was."""
    import polars as pl

    frame = pl.read_csv(table, infer_schema=False)
    own = pl.coalesce(domain("Website"), domain("Email") if "Email" in frame.columns else None)
    names = frame.select(own).to_series().to_list()
    wanted = dict(pair.split("=") for pair in columns.split(","))
    reads = writes = calls = 0
    rows: list[list[str]] = []
    began = time.perf_counter()
    with httpx.Client(timeout=30) as client, Cache(store) as cache:
        for row, name in enumerate(names):
            cells = []
            for column, field in wanted.items():
                value = cache.get(f"{row}:{column}")
                reads += 1
                if value is None:
                    for source in sources:
                        reply = client.get(f"{source}&domain={name}").json()
                        value = value or reply.get(field)
                        calls += 1
                    cache.set(f"{row}:{column}", value)
                    writes += 1
                cells.append(str(value))
            rows.append(cells)
    took = time.perf_counter() - began
    with Path(f"{store}.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(rows)
    print(json.dumps({"seconds": took, "calls": calls, "reads": reads, "writes": writes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
