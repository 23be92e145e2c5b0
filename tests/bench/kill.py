"""Runs that are killed at random moments: nothing is bought twice unknowingly, nothing is lost.

A run is started, killed (SIGKILL) after a random time, and started again, as often as it takes to
come through. Then the run that buys what was lost anew must give the table of an undisturbed run.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from enrich_cli.domain.entity import EntityType, entity_key
from tests.bench.harness import (
    ROOT,
    Sheet,
    enrich_run,
    environment,
    folder,
    reset,
    run,
    server,
    write_spec,
)

COMPANIES, BATCH = 120, 10
CALLS = {"single": (8, 60), "batch": (1, 120)}
"""Calls in flight, and milliseconds a call: a run takes a second or more."""
KILLS, SEED = 200, 20261124
COLUMNS = "name=company_name,employees=employee_count"
_HEAD = """
name     = "@name@"
entity   = "company"
tier     = "premium"
needs    = [["domain"]]
base_url = "@url@/@@name@.sandbox.example"

[price]
usd = "0.10"
per = "hit"

[limits]
concurrency = @slots@

[fields]
company_name   = "company_name"
employee_count = "employee_count"
"""
SPECS = {
    "single": _HEAD
    + """
[request]
path  = "/one"
query = { domain = "{domain}", price = "0.10", latency = "@latency@", hit = "80" }
""",
    "batch": _HEAD
    + """
[batch]
size    = @batch@
method  = "POST"
path    = "/many"
query   = { price = "0.10", latency = "@latency@", hit = "80" }
items   = ""
item    = { domain = "{domain}", ref = "{ref}" }
answers = "@"
match   = { echo = "ref" }

[[outcome]]
when = "found == `false`"
is   = "miss"
""",
}


@dataclass(frozen=True, slots=True)
class World:
    """One table's way from nothing to the end: how often it was killed, and what must hold.

    `surplus` counts questions beyond the first about an entity, `unlisted` those of them that no
    charge of unknown outcome accounts for. Amounts are micro-dollars.
    """

    kills: int
    calls: int
    surplus: int
    unlisted: int
    billed: int
    settled: int
    unknown: int
    table_is_the_same: bool

    @property
    def right(self) -> bool:
        """Whether all that must hold does."""
        books = self.settled <= self.billed <= self.settled + self.unknown
        return not self.unlisted and books and self.table_is_the_same


def main(kills: int = KILLS) -> bool:
    """Kill as often, print what came of it, and say whether all was right."""
    held = True
    for kind in SPECS:
        worlds = list(worlds_of(kind, kills // len(SPECS), SEED))
        sheet = Sheet(f"killed runs, {kind}: {COMPANIES} companies, {CALLS[kind][0]} in flight")
        sheet.add("runs killed", str(sum(world.kills for world in worlds)))
        sheet.add("tables brought to their end", str(len(worlds)))
        sheet.add("questions asked again", str(sum(world.surplus for world in worlds)))
        sheet.exactly("  of which no charge tells", sum(world.unlisted for world in worlds), 0)
        sheet.add("billed by the server, dollars", f"{sum(w.billed for w in worlds) / 1e6:.2f}")
        sheet.add("settled in the ledger, dollars", f"{sum(w.settled for w in worlds) / 1e6:.2f}")
        sheet.add("unknown in the ledger, dollars", f"{sum(w.unknown for w in worlds) / 1e6:.2f}")
        sheet.exactly("tables where anything is wrong", sum(not w.right for w in worlds), 0)
        held = sheet.show() and held
    return held


def worlds_of(kind: str, kills: int, seed: int) -> Iterator[World]:
    """Worlds with at least so many kills in all."""
    random = Random(seed)
    with folder() as place, server("enrich_cli.sandbox") as url:
        table = place / "t.csv"
        rows = [f"row {n},https://www.c{n % COMPANIES}.example" for n in range(3 * COMPANIES)]
        table.write_text("\n".join(["id,website", *rows]) + "\n", encoding="utf-8")
        slots, latency = CALLS[kind]
        values = {"url": url, "slots": slots, "latency": latency, "batch": BATCH}
        write_spec(place / "specs", kind, SPECS[kind], **values)
        run(_command(place, kind, "undisturbed"))
        done = 0
        for number in count():
            if done >= kills:
                break
            reset(url)
            world = _world(place, kind, f"world{number}", url, random, kills - done)
            done += world.kills
            yield world


def _command(place: Path, kind: str, name: str) -> list[str]:
    out = place / f"{name}.csv"
    return enrich_run(place / "t.csv", out, place / name, place / "specs", COLUMNS, [kind])


def _world(place: Path, kind: str, name: str, url: str, random: Random, most: int) -> World:
    command, kills = _command(place, kind, name), 0
    while kills < most and _killed(command, random.uniform(0.3, 1.6)):
        kills += 1
        let_time_pass(place / name)
    # Exit 4: what is in doubt is not bought again unasked.
    run(command, codes=(0, 4))
    run([*command, "--rebuy-unknown"])
    with urllib.request.urlopen(f"{url}/_stats", timeout=10) as reply:
        counted = json.load(reply)
    return _judged(place, kind, name, kills, counted)


def _killed(command: list[str], after: float) -> bool:
    """Start a run and kill it; False where it came to its end before."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment(),
    )
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def let_time_pass(cache: Path) -> None:
    """Age the jobs of a store: one is taken for dead half a minute after its last sign of life."""
    database = cache / "cache.db"
    if database.exists():
        with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
            # A run that was killed while it made the store has no job in it.
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs'").fetchone():
                connection.execute("UPDATE jobs SET beat = beat - 60 WHERE finished IS NULL")


def _judged(place: Path, kind: str, name: str, kills: int, counted: Any) -> World:
    with closing(sqlite3.connect(place / name / "cache.db")) as connection:
        charges = connection.execute("SELECT state, actual, entities FROM charges").fetchall()
    asked: dict[str, int] = counted["asked"][kind]
    lost = Counter(
        entity
        for state, _, entities in charges
        if state == "unknown"
        for entity in json.loads(entities)
    )
    surplus = {name: times - 1 for name, times in asked.items() if times > 1}
    unlisted = [
        max(0, times - lost[entity_key(EntityType.COMPANY, name)])
        for name, times in surplus.items()
    ]
    money = Counter[str]()
    for state, actual, _ in charges:
        money[state] += actual
    same = (place / f"{name}.csv").read_bytes() == (place / "undisturbed.csv").read_bytes()
    return World(
        kills=kills,
        calls=counted["calls"][kind],
        surplus=sum(surplus.values()),
        unlisted=sum(unlisted),
        billed=counted["billed_total"],
        settled=money["settled"],
        unknown=money["unknown"],
        table_is_the_same=same and len(asked) == COMPANIES and not money["intent"],
    )
