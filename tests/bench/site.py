"""The website scraper: CPU for each page, and slow hosts, against a bare loop in the same run.

`site [--hosts N]`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from statistics import median
from typing import Any

from enrich_cli.adapters.site.charsets import decode
from enrich_cli.adapters.site.merging import best
from enrich_cli.adapters.site.page import read
from enrich_cli.domain.entity import Field
from tests.bench.harness import (
    PYTHON,
    ROOT,
    Run,
    Sheet,
    alternate,
    ratio,
    run,
    seconds,
    server,
    stats,
)
from tests.bench.site_loop import WORKERS

HOSTS, RUNS = 1_500, 3
PATIENCE = 2.0
CORPUS = ROOT / "tests" / "adapters" / "site" / "corpus"


def main(arguments: Sequence[str] = ()) -> bool:
    """Measure, print, and say whether the counts were right."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench site")
    parser.add_argument("--hosts", type=int, default=HOSTS)
    return measure(parser.parse_args(arguments).hosts)


def measure(hosts: int) -> bool:
    """With so many hosts, of which a tenth stalls where some do."""
    what = f"{hosts:,} hosts, a robots.txt and a page of 100 kB each, {WORKERS} workers"
    sheet = Sheet(f"site: {what}")
    with server("tests.bench.site_server") as url:
        port = url.rpartition(":")[2]

        def loop(mode: str, count: int, stalling: int = 0, patience: float = 20.0) -> Run:
            arguments = (mode, port, str(count), str(stalling), str(patience))
            return run([PYTHON, "-m", "tests.bench.site_loop", *arguments], limit=240)

        starts, bare_starts = alternate(lambda: loop("ours", 1), lambda: loop("bare", 1), RUNS)
        ours, bare = alternate(lambda: loop("ours", hosts), lambda: loop("bare", hosts), RUNS)
        whole, bare_whole = alternate(
            lambda: loop("whole", hosts), lambda: loop("bare_whole", hosts), RUNS
        )
        simple = [loop("simple_whole", hosts) for _ in range(RUNS)]
        for one in (*ours, *bare, *whole, *bare_whole, *simple):
            sheet.exactly("pages read", one.json()["read"], hosts)
        mine, floor, all_of_it, its_floor, usual = (
            median(one.cpu for one in runs) - median(one.cpu for one in begun)
            for runs, begun in (
                (ours, starts),
                (bare, bare_starts),
                (whole, starts),
                (bare_whole, bare_starts),
                (simple, bare_starts),
            )
        )
        sheet.add("CPU, ms a site: bare aiohttp and selectolax", f"{floor / hosts * 1e3:.2f}")
        sheet.add("CPU, ms a site: the scraper", f"{mine / hosts * 1e3:.2f}")
        sheet.at_most("  as a multiple", mine / floor, 1.5)
        sheet.add("  where all is wanted, bare", f"{its_floor / hosts * 1e3:.2f}")
        sheet.add("  where all is wanted, the scraper", f"{all_of_it / hosts * 1e3:.2f}")
        sheet.at_most("    as a multiple", all_of_it / its_floor, 1.5)
        sheet.add("  where all is wanted, bare, with usual patterns", f"{usual / hosts * 1e3:.2f}")
        sheet.add("    the scraper as a multiple of that", f"{all_of_it / usual:.2f}")
        sheet.add("peak memory, MB", f"{max(one.peak for one in ours):.0f}")
        sheet.add("  of a run with one site", f"{max(one.peak for one in starts):.0f}")
        stalling = hosts // 10
        slow, slow_floor = alternate(
            lambda: loop("ours", hosts, stalling, PATIENCE),
            lambda: loop("bare", hosts, stalling, PATIENCE),
            RUNS,
        )
        for one in (*slow, *slow_floor):
            sheet.exactly(
                "pages read beside hosts that stall", one.json()["read"], hosts - stalling
            )
        alone = -(-stalling // WORKERS) * PATIENCE
        sheet.add("seconds that the stalls take alone, by these workers", f"{alone:.2f}")
        sheet.add("seconds where some stall: bare", f"{seconds(slow_floor):.2f}")
        sheet.add("seconds where some stall: the scraper", f"{seconds(slow):.2f}")
        sheet.at_most("  as a multiple", ratio(slow, slow_floor), 1.15)
        sheet.add("  as a multiple of its own where none stall", f"{ratio(slow, ours):.2f}")
        sheet.add("pages that the server sent in all", str(stats(url)["pages"]))
    held = sheet.show()
    return _beside_another() and held


def _beside_another() -> bool:
    """What is read right of the tests' pages, by us and by extruct, where that is installed."""
    sheet = Sheet("site: description and language read right of the tests' pages")
    try:
        extruct: Any = import_module("extruct")
    except ImportError:
        extruct = None
    right: Counter[str] = Counter()
    for path in sorted(CORPUS.glob("*.json")):
        expected = json.loads(path.read_text("utf-8"))
        url = expected.get("url") or f"https://{expected['domain']}/"
        body = path.with_suffix(".html").read_bytes()
        content_type = expected.get("content_type", "text/html; charset=utf-8")
        mine = {
            field: value.content
            for field, value in best(
                read(body, url, expected["domain"], content_type).facts
            ).items()
        }
        theirs = json.dumps(_extracted(extruct, decode(body, content_type), url))
        for field in (Field("company_name"), Field("description"), Field("language")):
            if (value := expected.get("facts", {}).get(field)) is None:
                continue
            right[f"{field}, pages that have one"] += 1
            right[f"  {field}, the scraper"] += mine.get(field) == value
            right[f"  {field}, extruct (anywhere in what it gives)"] += (
                json.dumps(value)[1:-1] in theirs
            )
    for name, count in right.items():
        if extruct or "extruct" not in name:
            sheet.add(name, str(count))
    if extruct is None:
        sheet.add("extruct", "not installed")
    return sheet.show()


def _extracted(extruct: Any, html: str, url: str) -> object:
    if extruct is None:
        return None
    try:
        return extruct.extract(html, base_url=url)
    except (ValueError, TypeError):  # on JSON-LD that is not quite JSON it gives up the page
        return None
