"""Records of settled entities on disk: whoever changes an answer takes them away."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import diskcache
import pytest

from enrich_cli.adapters import store_schema
from enrich_cli.adapters.bytes_disk import BytesDisk
from enrich_cli.adapters.store import DiskStore, open_store
from enrich_cli.adapters.store_settled import MARKS
from enrich_cli.domain.entity import EntityKey
from enrich_cli.domain.outcome import Answer, Miss
from enrich_cli.domain.plan import DAY
from enrich_cli.domain.settled import Record

NOW = 1_795_000_000.0
ENTITY, OTHER = EntityKey("a" * 32), EntityKey("b" * 32)
KEY = f"pdl@1:{ENTITY}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DiskStore]:
    store = open_store(tmp_path)
    yield store
    store.close()


def record(plan: str = "p", entity: EntityKey = ENTITY, since: float = NOW) -> Record:
    return Record(entity, plan, since, float("inf"), ((f"pdl@1:{entity}", NOW),), "{}")


def settle(store: DiskStore, *records: Record) -> None:
    async def both() -> None:
        store.settle(records)
        await store.keep([], {})

    asyncio.run(both())


def answer(store: DiskStore, *entities: EntityKey) -> None:
    asyncio.run(store.keep([], {f"pdl@1:{one}": Answer(Miss(), NOW) for one in entities}))


def found(store: DiskStore, plan: str = "p", now: float = NOW) -> list[EntityKey]:
    return asyncio.run(store.settled(plan, [ENTITY, OTHER], now)).entities


def test_records_that_stand_close_together_come_with_those_between_and_others_alone(
    store: DiskStore,
) -> None:
    many = [EntityKey(f"{number:032x}") for number in range(500)]
    answer(store, *many)
    settle(store, *(record(entity=one) for one in many), record("q", many[1]))
    for some in (many, many[::2], many[100:200], many[::-1], [many[0], many[-1]], many[:1]):
        read = asyncio.run(store.settled("p", some, NOW))
        assert set(some) <= set(read.entities) <= set(many)
        assert len(read.entities) == len(set(read.entities)) == read.bodies.count("{}")
    assert asyncio.run(store.settled("p", [many[0], many[-1]], NOW)).entities == [many[0], many[-1]]
    assert asyncio.run(store.settled("q", many, NOW)).entities == [many[1]]


def sql(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "cache.db", isolation_level=None)) as connection:
        return connection.execute(statement).fetchall()


def deleted(folder: Path) -> None:
    sql(folder, f"DELETE FROM Cache WHERE key = '{KEY}'")


def renamed(folder: Path) -> None:
    sql(folder, f"UPDATE Cache SET key = 'old@1:{OTHER}' WHERE key = '{KEY}'")


def set_by_diskcache(folder: Path) -> None:
    with diskcache.Cache(str(folder), disk=BytesDisk) as cache:
        cache.set(KEY, b"x")


def added_by_diskcache(folder: Path) -> None:
    with diskcache.Cache(str(folder), disk=BytesDisk) as cache:
        cache.set(f"other@1:{ENTITY}", b"x")


def dropped_by_diskcache(folder: Path) -> None:
    with diskcache.Cache(str(folder), disk=BytesDisk) as cache:
        cache.delete(KEY)


@pytest.mark.parametrize(
    "change", [deleted, renamed, set_by_diskcache, added_by_diskcache, dropped_by_diskcache]
)
def test_whoever_changes_an_answer_takes_the_record_away(
    store: DiskStore, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    answer(store, ENTITY)
    settle(store, record(), record("q"))
    assert found(store) == found(store, "q") == [ENTITY]
    change(tmp_path)
    assert found(store) == found(store, "q") == []


def test_records_share_the_commit_of_what_follows(store: DiskStore) -> None:
    answer(store, ENTITY)
    before = store.operations
    settle(store, record())
    assert store.operations.since(before).commits == 1


def test_records_that_nothing_follows_are_written_when_the_store_closes(tmp_path: Path) -> None:
    first = open_store(tmp_path)
    answer(first, ENTITY)

    async def note() -> None:
        first.settle([record()])

    asyncio.run(note())
    first.close()
    second = open_store(tmp_path)
    assert found(second) == [ENTITY]
    second.close()


def test_plans_that_are_out_of_use_lose_their_records(store: DiskStore, tmp_path: Path) -> None:
    answer(store, ENTITY, OTHER)
    settle(store, record(since=NOW), record(entity=OTHER))
    settle(store, record("in use"))
    for number in range(MARKS):
        found(store, "in use", NOW + (number + 2) * DAY)
        settle(store, record(f"new {number}", since=NOW + (number + 2) * DAY))
    assert found(store) == found(store, "new 0") == []
    last = NOW + (MARKS + 1) * DAY
    assert found(store, "in use") == found(store, f"new {MARKS - 1}", last) == [ENTITY]
    assert sql(tmp_path, "SELECT count(*) FROM marks") == [(MARKS,)]
    # The records go with the next one of their entity.
    count = f"SELECT count(*) FROM settled WHERE entity = '{ENTITY}'"
    assert sql(tmp_path, count) == [(MARKS,)]


def test_a_plan_of_an_earlier_day_than_all_others_is_in_use_all_the_same(store: DiskStore) -> None:
    answer(store, ENTITY)
    settle(store, *(record(f"new {number}") for number in range(MARKS)))
    settle(store, record("early", since=NOW - DAY))
    assert found(store, "early") == [ENTITY]


def test_a_store_of_before_gets_their_tables(tmp_path: Path) -> None:
    with diskcache.Cache(str(tmp_path), disk=BytesDisk):
        pass
    steps = store_schema.STEPS
    before = next(i for i, step in enumerate(steps) if "CREATE TABLE settled" in " ".join(step))
    path = tmp_path / "cache.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        store_schema.upgrade(connection, path, steps[:before])
    store = open_store(tmp_path)
    answer(store, ENTITY)
    settle(store, record())
    assert found(store) == [ENTITY]
    answer(store, ENTITY)
    assert found(store) == []
    store.close()
