"""Looking up what is known: a million answers, and as many settled records, against raw SQLite.

Raw is a bulk read of the same rows on a connection of its own: their bytes, in lists, and no more.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import polars as pl

from enrich_cli.adapters.store import DiskStore, open_store
from enrich_cli.domain.entity import Entity, EntityKey, EntityType, Field, IdKind, entity_key
from enrich_cli.domain.ledger import ChargeState, Receipt
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Hit, Value
from enrich_cli.domain.plan import Plan, Step, Wanted
from enrich_cli.domain.provider import ProviderSpec, Tier
from enrich_cli.domain.settled import mark, record
from enrich_cli.domain.ticket import Done, Ticket
from enrich_cli.recalling import PART
from enrich_cli.tables.settled import decoded, describing
from tests.bench.harness import Sheet, folder

ENTITIES, ROUNDS, CHUNK = 1_000_000, 3, 10_000
NOW = 1_795_000_000.0
COMPANY = EntityType.COMPANY
FIELDS = tuple(Field(name) for name in ("company_name", "industry", "employee_count"))
SPEC = ProviderSpec(
    name="bench",
    entity=COMPANY,
    tier=Tier.CHEAP,
    gives=frozenset(FIELDS),
    needs=((IdKind.DOMAIN,),),
)
PLAN = Plan(tuple(Wanted(f, f) for f in FIELDS), (Step(SPEC, SPEC.gives),), NOW)


def main(entities: int = ENTITIES) -> bool:
    """Measure, print, and say whether everything was found."""
    sheet = Sheet(f"recall: {entities:,} look-ups in a store of as many, CPU")
    with folder() as place:
        store = open_store(place)
        try:
            asyncio.run(_fill(store, entities))
            _measure(sheet, store, place / "cache.db", entities)
        finally:
            store.close()
    return sheet.show()


def _measure(sheet: Sheet, store: DiskStore, path: Path, entities: int) -> None:
    part = _frame(entities)
    keys = part["key"].sort().to_list()
    answers = [SPEC.key(EntityKey(key)) for key in keys]
    found: dict[str, int] = {}

    async def recall() -> None:
        found["answers"] = len(await store.recall(answers))

    async def settled() -> None:
        found["records"] = 0
        order = part["key"].arg_sort()
        for first in range(0, entities, PART):
            places = order.slice(first, PART)
            some = part[places]
            records = await store.settled(mark(PLAN, COMPANY), some["key"].to_list(), NOW)
            found["records"] += decoded(records, some, PLAN, COMPANY, places).frame.height

    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA cache_size = -32768")

        def rows(what: str, of: Sequence[str]) -> int:
            query = f"SELECT {what} IN (SELECT value FROM json_each(?))"
            chunks = (msgspec.json.encode(of[i : i + CHUNK]) for i in range(0, len(of), CHUNK))
            return sum(len(raw.execute(query, (one.decode(),)).fetchall()) for one in chunks)

        def raw_answers() -> int:
            return rows("key, value FROM Cache WHERE raw = 1 AND key", answers)

        def raw_records() -> int:
            return rows("entity, body FROM settled WHERE entity", keys)

        pairs = [
            (_cpu(recall), _cpu_of(raw_answers), _cpu(settled), _cpu_of(raw_records))
            for _ in range(ROUNDS)
        ]
    sheet.exactly("answers found", found["answers"], entities)
    sheet.exactly("records found, as columns", found["records"], entities)
    names = ("an answer, us", "  raw SQLite", "a settled record, us", "  raw SQLite")
    for name, times in zip(names, zip(*pairs, strict=True), strict=True):
        sheet.add(name, f"{median(times) / entities * 1e6:.2f}")
    sheet.at_most("answers / raw", median(a / b for a, b, _, _ in pairs), 1.5)
    sheet.at_most("settled records / raw", median(a / b for _, _, a, b in pairs), 1.5)


def _cpu(main: Callable[[], Coroutine[Any, Any, None]]) -> float:
    return _cpu_of(lambda: asyncio.run(main()))


def _cpu_of(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


async def _fill(store: DiskStore, entities: int) -> None:
    """Answers and records, as a run would have left them, in bulk."""
    for chunk in _chunks(entities):
        known = {one.key: _answer(i, one) for i, one in chunk}
        await store.keep([], {SPEC.key(key): answer for key, answer in known.items()})
        tickets = [Ticket.open(one, PLAN, {SPEC.name: known[one.key]}) for _, one in chunk]
        done = [Done.of(ticket) for ticket in tickets]
        records = [record(one, {}, mark(PLAN, COMPANY), describing(PLAN, COMPANY)) for one in done]
        store.settle([one for one in records if one is not None])
    await store.keep([], {})


def _chunks(entities: int) -> Iterator[list[tuple[int, Entity]]]:
    for first in range(0, entities, CHUNK):
        yield [(i, _entity(i)) for i in range(first, min(first + CHUNK, entities))]


def _domain(i: int) -> str:
    return f"company{i}.example"


def _entity(i: int) -> Entity:
    key, ids = entity_key(COMPANY, _domain(i)), ((IdKind.DOMAIN, _domain(i)),)
    return Entity(key, COMPANY, ids, 1, dict.fromkeys(FIELDS, 1))


def _answer(i: int, entity: Entity) -> Answer:
    values: tuple[str | int, ...] = (f"Company {i} Ltd", "software", i)
    reply = {"domain": entity.ids[0][1], "name": values[0], "industry": "software", "employees": i}
    return Answer(
        Hit({name: Value(value) for name, value in zip(FIELDS, values, strict=True)}),
        NOW - 1,
        Receipt(f"20261118-110640-c53e-{i}", ChargeState.SETTLED, Money(1000)),
        msgspec.json.encode(reply),
        f"https://{_domain(i)}/",
        0.9,
        cached=True,
    )


def _frame(entities: int) -> pl.DataFrame:
    """The entities as a table's identification would give them."""
    domains = [_domain(i) for i in range(entities)]
    return pl.DataFrame(
        {
            "key": [entity_key(COMPANY, domain) for domain in domains],
            "kind": ["domain"] * entities,
            "canonical": domains,
            **{f"id:{kind}": domains if kind is IdKind.DOMAIN else None for kind in IdKind},
            "rows": 1,
            **{f"empty:{name}": 1 for name in FIELDS},
        },
        schema_overrides={f"id:{kind}": pl.String for kind in IdKind},
    )
