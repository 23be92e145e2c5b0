"""The website scraper: CPU for each page, and slow hosts, against a bare loop in the same run."""

from __future__ import annotations

from statistics import median

from tests.bench.harness import PYTHON, Run, Sheet, alternate, ratio, run, seconds, server, stats

HOSTS, RUNS = 1_500, 3
STALLING, PATIENCE = 100, 2.0


def main(hosts: int = HOSTS) -> bool:
    """Measure, print, and say whether the counts were right."""
    sheet = Sheet(f"site: {hosts:,} hosts, a robots.txt and a page of 100 kB each, 100 workers")
    with server("tests.bench.site_server") as url:
        port = url.rpartition(":")[2]

        def loop(mode: str, count: int, stalling: int = 0, patience: float = 20.0) -> Run:
            arguments = (mode, port, str(count), str(stalling), str(patience))
            return run([PYTHON, "-m", "tests.bench.site_loop", *arguments], limit=240)

        starts, bare_starts = alternate(lambda: loop("ours", 1), lambda: loop("bare", 1), RUNS)
        ours, bare = alternate(lambda: loop("ours", hosts), lambda: loop("bare", hosts), RUNS)
        for one in (*ours, *bare):
            sheet.exactly("pages read", one.json()["read"], hosts)
        mine, floor = (
            median(one.cpu for one in runs) - median(one.cpu for one in begun)
            for runs, begun in ((ours, starts), (bare, bare_starts))
        )
        sheet.add("CPU, ms a site: bare aiohttp and selectolax", f"{floor / hosts * 1e3:.2f}")
        sheet.add("CPU, ms a site: the scraper", f"{mine / hosts * 1e3:.2f}")
        sheet.at_most("  as a multiple", mine / floor, 1.5)
        sheet.add("peak memory, MB", f"{max(one.peak for one in ours):.0f}")
        sheet.add("  of a run with one site", f"{max(one.peak for one in starts):.0f}")
        stalling = min(STALLING, hosts // 10)
        slow, slow_floor = alternate(
            lambda: loop("ours", hosts, stalling, PATIENCE),
            lambda: loop("bare", hosts, stalling, PATIENCE),
            RUNS,
        )
        for one in (*slow, *slow_floor):
            sheet.exactly(
                "pages read beside hosts that stall", one.json()["read"], hosts - stalling
            )
        sheet.add("seconds where some stall: bare", f"{seconds(slow_floor):.2f}")
        sheet.add("seconds where some stall: the scraper", f"{seconds(slow):.2f}")
        sheet.at_most("  as a multiple", ratio(slow, slow_floor), 1.15)
        sheet.add("pages that the server sent in all", str(stats(url)["pages"]))
    return sheet.show()
