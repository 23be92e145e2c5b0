"""The store on disk: answers, charges, leases and jobs in one diskcache folder."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from enrich_cli.adapters import (
    store_forget,
    store_history,
    store_settled,
    store_sql,
    store_submitted,
)
from enrich_cli.adapters.codec import decode
from enrich_cli.adapters.store_errors import translated
from enrich_cli.adapters.store_opening import connect, prepare
from enrich_cli.adapters.store_pace import AT_ONCE, LEISURELY, Pace
from enrich_cli.adapters.store_writer import Writer
from enrich_cli.domain.entity import EntityKey
from enrich_cli.domain.errors import StoreError
from enrich_cli.domain.history import NO_HISTORY, Forecasted, History
from enrich_cli.domain.ledger import Ceiling, Charge, Claim, Claimed
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer
from enrich_cli.domain.settled import Record
from enrich_cli.domain.store import Forgotten, Job, Operations, Records, Submitted

T = TypeVar("T")


class StoredAnswers(Mapping[str, Answer]):
    """Answers by key, each decoded when it is looked at, for a recall may bring millions.

    Looking at one raises StoreError where its bytes cannot be read.
    """

    __slots__ = ("_stored",)

    def __init__(self, stored: Mapping[str, bytes]) -> None:
        self._stored = stored

    def __getitem__(self, key: str) -> Answer:
        return decode(self._stored[key], key)

    def __contains__(self, key: object) -> bool:
        return key in self._stored

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)


class DiskStore:
    """The `Store` of the domain, on disk. Made by `open_store`.

    Reads have a connection and a thread of their own, writes another. A write whose caller is
    cancelled is done all the same. Nothing expires here: how long an answer is good for is the
    reader's to judge.
    """

    def __init__(
        self, path: Path, reading: sqlite3.Connection, writing: sqlite3.Connection, pace: Pace
    ) -> None:
        self._path = path
        self._pace = pace
        self._reads = 0
        self._reading = reading
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="store-reader")
        self._writer = Writer(writing, path)

    @property
    def operations(self) -> Operations:
        """What this store did since it was opened."""
        return Operations(self._reads, self._writer.commits)

    async def recall(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        """The stored answers among `keys`, in one bulk read. `cached` is set on each.

        Raises StoreError for a value that is no plain bytes, such as a pickle.
        """
        return StoredAnswers(await self._read(lambda reading: store_sql.recall(reading, keys)))

    async def settled(self, plan: str, entities: Sequence[EntityKey], now: float) -> Records:
        """The records of a plan's mark for runs that start `now`, in one bulk read."""
        page = await self._read(lambda reading: store_settled.settled(reading, plan, entities, now))
        if page.stale:
            self._submit(lambda writing: store_settled.use(writing, plan, now))
        return Records(page.entities, "\n".join(page.bodies))

    def settle(self, records: Sequence[Record]) -> None:
        """Take note of records, to be written along with what is written next."""
        if records:
            self._submit(lambda writing: store_settled.settle(writing, records))

    async def answered(self, identities: Sequence[str]) -> frozenset[str]:
        """Which of these providers (`ProviderSpec.identity`) have any stored answer; constant."""
        return await self._read(lambda reading: store_sql.answered(reading, identities))

    async def intend(
        self, charges: Sequence[Charge], ceilings: Sequence[Ceiling] = ()
    ) -> frozenset[str]:
        """Write those intents to pay that all ceilings have room for, and give their ids.

        Raises StoreError for a charge that is in the ledger already.
        """
        ids = [charge.id for charge in charges]
        patience = self._pace.intending(ids)
        try:
            written = await self._writer.submit(
                lambda writing: store_sql.intend(writing, charges, ceilings), patience
            )
            self._pace.refused(id_ for id_ in ids if id_ not in written)
            return written
        finally:
            self._pace.intended(ids)

    def history(self) -> History:
        """What providers did in all runs so far, and the latest ranges; takes a few ms."""
        try:
            reading = self._reader.submit(store_history.history, self._reading)
        except RuntimeError as exc:
            raise StoreError("the store is closed") from exc
        try:
            return reading.result()
        except sqlite3.Error as exc:
            raise translated(exc, self._path) from exc

    async def keep(
        self, charges: Sequence[Charge], answers: Mapping[str, Answer], news: History = NO_HISTORY
    ) -> None:
        """Close charges, store answers that are no failures, release the leases on all their keys.

        A charge that is closed already stays as it is, but an unknown one may become known.
        """
        patience = self._pace.keeping([charge.id for charge in charges])
        await self._writer.submit(lambda writing: _keep(writing, charges, answers, news), patience)

    async def submit(self, job: Submitted, keys: Sequence[str]) -> None:
        """Write down a job that a provider has begun; `keys` are those of its answers."""
        await self._writer.submit(
            lambda writing: store_submitted.submit(writing, job, keys), self._pace.prompt
        )

    async def submitted(self, keys: Sequence[str]) -> Mapping[str, Submitted]:
        """The jobs that providers work on, by those of `keys` whose answers they will bring."""
        return await self._read(lambda reading: store_submitted.submitted(reading, keys))

    async def give_up(self, job: Submitted) -> None:
        """Forget a job that will bring nothing. One whose answers are kept is forgotten by that."""
        await self._writer.submit(
            lambda writing: store_submitted.give_up(writing, job), self._pace.relaxed
        )

    async def claim(self, claims: Sequence[Claim], job: str, now: float) -> Claimed:
        """Lease the keys that no other living job holds and nobody has answered meanwhile.

        A job that is found dead by its leases has its intents become unknown.
        """
        return await self._writer.submit(
            lambda writing: store_sql.claim(writing, claims, job, now), self._pace.prompt
        )

    async def release(self, keys: Sequence[str], job: str) -> None:
        """Give back those leases on `keys` that `job` holds."""
        await self._writer.submit(
            lambda writing: store_sql.release(writing, keys, job), self._pace.relaxed
        )

    async def begin(self, job: Job) -> Sequence[Charge]:
        """Write a job's start, clear up after dead jobs, and give the charges they lost."""
        return await self._writer.submit(lambda writing: store_sql.begin(writing, job), LEISURELY)

    async def record(self, job: Job, forecasted: Forecasted | None = None) -> None:
        """Write a job's state. One that has finished gives back all its leases."""
        patience = LEISURELY if job.finished is None else AT_ONCE

        def write(writing: sqlite3.Connection) -> None:
            store_sql.record(writing, job)
            if forecasted is not None:
                store_history.add(writing, History(ranges=(forecasted,)))

        await self._writer.submit(write, patience)

    async def charges(self, job: str) -> Sequence[Charge]:
        """The charges of one job, oldest first."""
        return await self._read(lambda reading: store_sql.charges(reading, job))

    async def jobs(self) -> Sequence[Job]:
        """All jobs, oldest first."""
        return await self._read(store_sql.jobs)

    async def living(self, now: float) -> Sequence[str]:
        """The ids of the jobs that go on, by their signs of life."""
        return await self._read(lambda reading: store_sql.living(reading, now))

    async def traces(self, job: str) -> Sequence[bytes]:
        """The parts of what a job did, as far as they are kept."""
        return await self._read(lambda reading: store_sql.traces(reading, job))

    async def taken_since(self, at: float) -> Money:
        """What the charges of all jobs since the UTC day of `at` cost or may have cost."""
        return await self._read(lambda reading: store_sql.taken_since(reading, at))

    async def forget(
        self, entities: Collection[EntityKey], texts: Collection[str], now: float
    ) -> Forgotten:
        """Take out everything that names these entities, also from the file's unused pages.

        Raises StoreError where another run holds the file: then it is out of every table, but its
        bytes may still lie in the file until this is done again.
        """
        gone = await self._writer.submit(
            lambda writing: store_forget.forget(writing, entities, texts, now), AT_ONCE
        )
        await self._read(store_forget.scrub)
        return gone

    def close(self) -> None:
        """Finish what was asked for and let go of the files. May be called twice.

        Raises the error of a write that failed after its caller had gone.
        """
        self._reader.shutdown()
        self._reading.close()
        self._writer.close()

    def _submit(self, apply: Callable[[sqlite3.Connection], object]) -> None:
        """Write what nobody waits for. Where it fails only time is lost, so nobody is told."""
        future = self._writer.submit(apply, LEISURELY)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _read(self, ask: Callable[[sqlite3.Connection], T]) -> T:
        def read() -> T:
            try:
                return ask(self._reading)
            except sqlite3.Error as exc:
                raise translated(exc, self._path) from exc

        loop = asyncio.get_running_loop()
        try:
            reading = loop.run_in_executor(self._reader, read)
        except RuntimeError as exc:
            raise StoreError("the store is closed") from exc
        self._reads += 1
        return await reading


def _keep(
    writing: sqlite3.Connection,
    charges: Sequence[Charge],
    answers: Mapping[str, Answer],
    news: History,
) -> None:
    store_sql.keep(writing, charges, answers)
    store_history.add(writing, news)


def open_store(directory: Path, pace: Pace | None = None) -> DiskStore:
    """The store in `directory`, made where there is none yet.

    `pace` says how long writes wait to share a commit. Raises StoreError where the folder is no
    folder, cannot be written or lies on a network file system, and where the database is damaged
    or was made by a newer version.
    """
    path = prepare(directory)
    try:
        return DiskStore(path, connect(path, mapped=True), connect(path), pace or Pace())
    except sqlite3.Error as exc:
        raise translated(exc, path) from exc
