"""The store on disk under fire: shared commits, cancelled callers, kills, full disks, company."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Coroutine
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest

from enrich_cli.adapters import store_schema, store_sql
from enrich_cli.adapters.store import DiskStore, open_store
from enrich_cli.adapters.store_pace import AT_ONCE, Pace, Patience
from enrich_cli.domain.entity import EntityKey
from enrich_cli.domain.errors import StoreError
from enrich_cli.domain.ledger import Ceiling, Charge, ChargeState, Claim
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Miss
from enrich_cli.domain.store import Job

T = TypeVar("T")
Write = Coroutine[Any, Any, object]

FOREVER = Patience(most=3600.0, quiet=3600.0)
WAVE = 25


def charge(number: int) -> Charge:
    return Charge(f"c{number}", "job", "pdl", (), Money(10), float(number))


def paid(number: int) -> Charge:
    return charge(number).closed(ChargeState.SETTLED, Money(10))


def miss(number: int) -> Answer:
    return Answer(Miss(), float(number), reply=b"{}")


def run(main: Coroutine[Any, Any, T]) -> T:
    """The result of `main`; a store that never answers fails the test, it does not hang it."""
    return asyncio.run(asyncio.wait_for(main, 60))


def claims(numbers: range) -> list[Claim]:
    return [Claim(f"k{number}", "pdl", EntityKey(f"e{number}")) for number in numbers]


def seen(folder: Path, numbers: range) -> set[str]:
    """The keys among k<number> that a fresh look at the store finds."""
    store = open_store(folder)
    try:
        return set(run(store.recall([f"k{number}" for number in numbers])))
    finally:
        store.close()


# Shared commits


async def wave(store: DiskStore, closing: range, opening: range) -> None:
    """Calls end and others begin, in turn, as slots come free one after the other."""
    ends: list[Write] = [store.keep([paid(n)], {f"k{n}": miss(n)}) for n in closing]
    begins: list[Write] = [store.intend([charge(n)]) for n in opening]
    turns = [turn for pair in zip(ends, begins, strict=False) for turn in pair]
    turns += ends[len(begins) :] + begins[len(ends) :]
    await asyncio.gather(*turns)


def under_way(folder: Path) -> DiskStore:
    """A store that knows of one wave in the air, and has all the time in the world."""
    pace = Pace(prompt=AT_ONCE, relaxed=FOREVER)
    store = open_store(folder, pace)
    run(wave(store, range(0), range(WAVE)))
    pace.prompt = FOREVER
    return store


def test_calls_that_end_together_share_a_commit_with_those_that_follow(tmp_path: Path) -> None:
    store = under_way(tmp_path)
    before = store.operations.commits
    waves = [range(n, n + WAVE) for n in range(0, 500, WAVE)]

    async def main() -> None:
        for ending, beginning in pairwise(waves):
            await wave(store, ending, beginning)
        await wave(store, waves[-1], range(0))

    run(main())
    assert store.operations.commits == before + len(waves)
    store.close()
    assert len(seen(tmp_path, range(500))) == 500


def test_workers_that_wait_for_each_write_make_two_commits_a_wave(tmp_path: Path) -> None:
    store = under_way(tmp_path)
    before = store.operations.commits
    waves = [range(n, n + WAVE) for n in range(0, 500, WAVE)]

    async def main() -> None:
        for ending, beginning in pairwise(waves):
            await wave(store, ending, range(0))
            await wave(store, range(0), beginning)

    run(main())
    assert store.operations.commits == before + 2 * (len(waves) - 1)
    store.close()


def test_an_intent_takes_along_all_that_was_ready_to_wait(tmp_path: Path) -> None:
    store = open_store(tmp_path, Pace(prompt=AT_ONCE, relaxed=FOREVER))

    async def main() -> None:
        keeps = (store.keep([], {f"k{n}": miss(n)}) for n in range(300))
        await asyncio.gather(*keeps, store.intend([charge(1)]))

    run(main())
    assert store.operations.commits == 1
    store.close()
    assert len(seen(tmp_path, range(300))) == 300


def test_writes_are_committed_when_no_more_come(tmp_path: Path) -> None:
    store = open_store(tmp_path, Pace(relaxed=Patience(most=3600.0, quiet=0.01)))
    run(store.keep([], {"k1": miss(1)}))

    assert store.operations.commits == 1
    store.close()


def test_one_bad_write_takes_no_other_with_it(tmp_path: Path) -> None:
    store = open_store(tmp_path, Pace(prompt=FOREVER, relaxed=FOREVER))

    async def main() -> list[object]:
        writes: tuple[Write, ...] = (
            store.intend([charge(1)]),
            store.intend([charge(2), charge(1)]),
            store.keep([paid(3)], {"k3": miss(3)}),
            store.intend([charge(4)]),
        )
        together = asyncio.gather(*writes, return_exceptions=True)
        await asyncio.sleep(0)
        store.close()
        return await together

    good, bad, *others = run(main())
    assert good == {"c1"}
    assert isinstance(bad, StoreError)
    assert others == [None, {"c4"}]
    store = open_store(tmp_path)
    assert run(store.charges("job")) == [charge(1), paid(3), charge(4)]
    store.close()
    assert seen(tmp_path, range(9)) == {"k3"}


def test_what_a_bad_write_took_is_given_back_before_the_others_are_tried_again(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path, Pace(prompt=FOREVER, relaxed=FOREVER))
    ceilings = [Ceiling("day", 0.0, Money(30))]

    async def main() -> list[object]:
        writes: tuple[Write, ...] = (
            store.intend([charge(1), charge(2)], ceilings),
            store.intend([charge(3), charge(1)], ceilings[:0]),
            store.intend([charge(3)], ceilings),
            store.intend([charge(4)], ceilings),
        )
        together = asyncio.gather(*writes, return_exceptions=True)
        await asyncio.sleep(0)
        store.close()
        return await together

    first, bad, *others = run(main())
    assert first == {"c1", "c2"}
    assert isinstance(bad, StoreError)
    assert others == [{"c3"}, frozenset()]
    store = open_store(tmp_path)
    assert run(store.taken_since(0.0)) == 30
    store.close()


def test_nobody_waits_for_a_call_that_found_no_room(tmp_path: Path) -> None:
    store = open_store(tmp_path, Pace(prompt=AT_ONCE, relaxed=FOREVER))
    ceilings = [Ceiling("day", 0.0, Money(10))]

    assert run(store.intend([charge(1), charge(2)], ceilings)) == {"c1"}
    run(store.keep([paid(1)], {"k1": miss(1)}))  # the last call in the air, so it goes at once
    store.close()


# Signs of life


def test_a_sign_of_life_waits_for_company_but_not_for_ever(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    run(store.begin(Job("one", "t.csv", 1.0, 1.0)))

    assert [job.id for job in run(store.jobs())] == ["one"]
    store.close()


def test_a_sign_of_life_shares_the_commit_of_the_write_that_follows(tmp_path: Path) -> None:
    store = open_store(tmp_path, Pace(prompt=AT_ONCE, relaxed=FOREVER))
    fresh = open_store(tmp_path)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(store.begin(Job("one", "t.csv", 1.0, 1.0)))
            group.create_task(store.record(Job("one", "t.csv", 1.0, 2.0)))
            for _ in range(5):  # what is written at once would be by then
                await fresh.jobs()
            await store.intend([charge(1)])
            assert [job.beat for job in await fresh.jobs()] == [2.0]

    run(main())
    assert store.operations.commits == 1
    fresh.close()
    store.close()


def test_a_sign_of_life_whose_caller_is_gone_is_written_before_what_follows(
    tmp_path: Path,
) -> None:
    store = open_store(tmp_path)

    async def main() -> None:
        beginning = asyncio.create_task(store.begin(Job("one", "t.csv", 1.0, 1.0)))
        await asyncio.sleep(0)
        beginning.cancel()
        await asyncio.gather(beginning, return_exceptions=True)
        claimed = await store.claim(claims(range(3)), "one", 1.0)
        assert claimed.held == {"k0", "k1", "k2"}

    run(main())
    assert [job.id for job in run(store.jobs())] == ["one"]
    store.close()


def test_the_end_of_a_job_overtakes_the_signs_of_life_of_others(tmp_path: Path) -> None:
    one, two = open_store(tmp_path / "one"), open_store(tmp_path / "two", Pace(AT_ONCE, AT_ONCE))

    async def main() -> None:
        await one.intend([charge(0)])
        running = asyncio.create_task(one.record(Job("one", "t.csv", 1.0, 1.0)))
        for number in range(30):  # a head start for the one that is to be overtaken
            await two.intend([charge(number)])
        ended = asyncio.create_task(two.record(Job("two", "t.csv", 1.0, 1.0, finished=2.0)))
        done, _ = await asyncio.wait({running, ended}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {ended}
        one.close()
        await running

    run(main())
    two.close()


# Callers that go away


def test_a_write_whose_caller_is_cancelled_is_done_all_the_same(tmp_path: Path) -> None:
    store = open_store(tmp_path, Pace(relaxed=FOREVER))

    async def main() -> None:
        keeping = asyncio.create_task(store.keep([paid(1)], {"k1": miss(1)}))
        await asyncio.sleep(0)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        assert keeping.cancelled()

    run(main())
    store.close()
    assert seen(tmp_path, range(9)) == {"k1"}


def test_closing_writes_what_waits_and_tells_its_callers(tmp_path: Path) -> None:
    store = open_store(tmp_path, Pace(relaxed=FOREVER))

    async def main() -> None:
        keeping = [asyncio.create_task(store.keep([], {f"k{n}": miss(n)})) for n in range(9)]
        await asyncio.sleep(0)
        store.close()
        await asyncio.gather(*keeping)

    run(main())
    assert seen(tmp_path, range(20)) == {f"k{n}" for n in range(9)}


def test_an_error_that_nobody_heard_is_raised_when_the_store_closes(tmp_path: Path) -> None:
    store = open_store(tmp_path, Pace(prompt=AT_ONCE))

    async def main() -> None:
        await store.intend([charge(1)])
        again = asyncio.create_task(store.intend([charge(1)]))
        await asyncio.sleep(0)
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)

    run(main())
    with pytest.raises(StoreError, match="c1"):
        store.close()
    store.close()


def test_an_error_that_was_heard_is_not_raised_again(tmp_path: Path) -> None:
    store = open_store(tmp_path, Pace(prompt=AT_ONCE))
    run(store.intend([charge(1)]))
    with pytest.raises(StoreError, match="c1"):
        run(store.intend([charge(1)]))

    store.close()


# Damage and full disks

FILLING = """
import asyncio, random, resource, sys
from pathlib import Path
from enrich_cli.adapters.store import open_store
from enrich_cli.domain.errors import EnrichError
from enrich_cli.domain.outcome import Answer, Miss

async def main():
    store = open_store(Path(sys.argv[1]))
    await store.keep([], {"k1": Answer(Miss(), 1.0)})
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    for number in range(2, 5):
        try:
            noise = random.Random(number).randbytes(300_000)
            await store.keep([], {f"k{number}": Answer(Miss(), 1.0, reply=noise)})
        except EnrichError as exc:
            print(type(exc).__name__, "|", exc.message, "|", exc.hint)
    await store.keep([], {"k9": Answer(Miss(), 1.0)})
    store.close()

asyncio.run(main())
"""


def test_a_disk_that_takes_no_more_is_told_and_loses_nothing(tmp_path: Path) -> None:
    # A limit on the size of files stands for the disk: writing beyond it fails like a full one.
    done = subprocess.run(
        [sys.executable, "-c", FILLING, str(tmp_path)], capture_output=True, text=True, check=True
    )

    lines = done.stdout.splitlines()
    assert len(lines) == 3
    for line in lines:
        class_, message, hint = line.split(" | ")
        assert class_ == "MachineError"
        assert f"the disk failed while {tmp_path / 'cache.db'} was in use" in message
        assert "make room" in hint
    assert seen(tmp_path, range(20)) == {"k1", "k9"}


# Kills and company

ENDLESS = """
import asyncio, itertools, sys
from pathlib import Path
from enrich_cli.adapters.store import open_store
from enrich_cli.domain.ledger import Charge, ChargeState
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Miss

async def main():
    store = open_store(Path(sys.argv[1]))
    first = int(sys.argv[2])

    async def one(number):
        charge = Charge(f"c{number}", "job", "pdl", (), Money(10), float(number))
        await store.intend([charge])
        print("i", number, flush=True)
        settled = charge.closed(ChargeState.SETTLED, Money(10))
        await store.keep([settled], {f"k{number}": Answer(Miss(), float(number))})
        print("k", number, flush=True)

    for start in itertools.count(first, 10):
        await asyncio.gather(*(one(number) for number in range(start, start + 10)))

asyncio.run(main())
"""


def test_nothing_acknowledged_is_lost_to_a_kill(tmp_path: Path) -> None:
    told: set[tuple[str, int]] = set()
    for first in 0, 100_000, 200_000:
        child = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(tmp_path), str(first)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(300)]
        child.kill()
        lines += child.stdout.readlines()
        child.stdout.close()
        child.wait()
        told |= {
            (kind, int(number))
            for kind, number in (line.split() for line in lines if line.endswith("\n"))
        }

    store = open_store(tmp_path)
    charges = {one.id: one.state for one in run(store.charges("job"))}
    answers = set(run(store.recall([id_.replace("c", "k") for id_ in charges])))
    store.close()
    assert {f"c{number}" for _, number in told} <= charges.keys()
    assert {f"k{number}" for kind, number in told if kind == "k"} <= answers
    settled = {id_ for id_, state in charges.items() if state is ChargeState.SETTLED}
    assert {id_.replace("c", "k") for id_ in settled} == answers
    assert len(charges) >= 450  # 300 lines a round, two for each charge


TOGETHER = """
import asyncio, sys
from pathlib import Path
from enrich_cli.adapters.store import open_store
from enrich_cli.domain.ledger import Claim
from enrich_cli.domain.outcome import Answer, Miss
from enrich_cli.domain.store import Job

me = sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()

async def main():
    store = open_store(Path(sys.argv[1]))
    beginning = asyncio.create_task(store.begin(Job(me, "t.csv", 1.0, 1.0)))
    await asyncio.sleep(0)
    held = set()
    for first in range(0, 200, 10):
        claims = [Claim(f"k{n}", "pdl", f"e{n}") for n in range(first, first + 10)]
        held |= (await store.claim(claims, me, 1.0)).held
    await beginning
    for key in held:
        asyncio.create_task(store.keep([], {key: Answer(Miss(), 1.0, mapping=me)}))
    await asyncio.sleep(0)
    store.close()
    print(len(held), flush=True)

asyncio.run(main())
"""


def test_processes_make_a_store_at_once_and_share_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "store"
    names = ["one", "two", "three"]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", TOGETHER, str(folder), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    told = [child.communicate()[0] for child in children]

    assert [child.returncode for child in children] == [0, 0, 0]
    assert sum(map(int, told)) == 200
    store = open_store(folder)
    stored = run(store.recall([f"k{number}" for number in range(200)]))
    assert len(stored) == 200
    by = [answer.mapping for answer in stored.values()]
    assert [by.count(name) for name in names] == [int(text) for text in told]
    assert {job.id for job in run(store.jobs())} == set(names)
    store.close()
    with closing(sqlite3.connect(folder / "cache.db")) as connection:
        assert store_schema.settled(connection)
        assert store_schema.version(connection) == len(store_schema.STEPS)


def test_two_stores_on_one_folder_see_each_other(tmp_path: Path) -> None:
    one, two = open_store(tmp_path), open_store(tmp_path)

    async def main() -> tuple[frozenset[str], frozenset[str]]:
        _, _, mine, theirs = await asyncio.gather(
            one.begin(Job("one", "t.csv", 1.0, 1.0)),
            two.begin(Job("two", "t.csv", 1.0, 1.0)),
            one.claim(claims(range(60)), "one", 1.0),
            two.claim(claims(range(40, 100)), "two", 1.0),
        )
        await two.keep([], {key: miss(1) for key in theirs.held})
        assert (await one.recall(sorted(theirs.held))).keys() == theirs.held
        return mine.held, theirs.held

    mine, theirs = run(main())
    assert not mine & theirs
    assert mine | theirs == {f"k{n}" for n in range(100)}
    one.close()
    two.close()


def test_two_stores_on_one_folder_stay_below_a_ceiling_together(tmp_path: Path) -> None:
    one, two = open_store(tmp_path, Pace(AT_ONCE, AT_ONCE)), open_store(tmp_path)
    ceilings = [Ceiling("month", 0.0, Money(505))]

    async def main() -> list[frozenset[str]]:
        return await asyncio.gather(
            *(one.intend([charge(number)], ceilings) for number in range(60)),
            *(two.intend([charge(number)], ceilings) for number in range(60, 120)),
        )

    written = [id_ for ids in run(main()) for id_ in ids]
    assert len(written) == 50
    assert run(one.taken_since(0.0)) == 500
    assert {one.id for one in run(two.charges("job"))} == set(written)
    one.close()
    two.close()


def test_the_oldest_traces_go_first_and_the_newest_stays(tmp_path: Path) -> None:
    with closing(open_store(tmp_path)):
        pass
    connection = sqlite3.connect(tmp_path / "cache.db", isolation_level=None)
    with closing(connection):
        for number, size in enumerate((40, 50, 60)):
            some = Job(f"job-{number}", "t.csv", 0.0, 0.0, finished=1.0, trace=(b"x" * size, b"y"))
            store_sql.record(connection, some, most_traced=120)
        left = {n: len(store_sql.traces(connection, f"job-{n}")) for n in range(3)}
        assert left == {0: 0, 1: 2, 2: 2}
        store_sql.record(connection, replace(some, trace=()), most_traced=1)
        assert len(store_sql.traces(connection, "job-2")) == 2
        assert not store_sql.traces(connection, "job-1")
