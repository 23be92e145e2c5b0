"""What the store keeps beside answers, and the protocol by which the middle knows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from enrich_cli.domain.entity import EntityKey, Query
from enrich_cli.domain.history import NO_HISTORY, Forecasted, History
from enrich_cli.domain.ledger import Ceiling, Charge, Claim, Claimed
from enrich_cli.domain.money import ZERO, Money
from enrich_cli.domain.outcome import Answer
from enrich_cli.domain.settled import Record


class JobStatus(StrEnum):
    """How a job stands or ended."""

    RUNNING = "running"
    COMPLETE = "complete"
    BUDGET = "budget"
    PARTIAL = "partial"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Job:
    """One run in the ledger. `beat` is the last sign of life, in seconds since the epoch.

    `trace` are the new parts of what the run did, to be added to those that are kept; a job that
    is read has none, see `Store.traces`.
    """

    id: str
    table: str
    started: float
    beat: float
    status: JobStatus = JobStatus.RUNNING
    entities: int = 0
    processed: int = 0
    spent: Money = ZERO
    finished: float | None = None
    report: bytes = b""
    trace: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job that a provider works on: its name there, and what was asked, in the order sent.

    `charge` is what it is paid by, None for a free one; `at` is when it was begun.
    """

    id: str
    provider: str
    queries: tuple[Query, ...]
    charge: Charge | None
    at: float


@dataclass(frozen=True, slots=True)
class Records:
    """Records that were found: whose they are, and their bodies, a line each in that order."""

    entities: list[EntityKey]
    bodies: str


DEAD_AFTER = 30.0
"""Seconds without a heartbeat after which a job is taken for dead and its leases for free."""


MOST_TRACED = 256 << 20
"""Bytes of traces that are kept at least: about five million entities with three fields each."""


@dataclass(frozen=True, slots=True)
class Operations:
    """How often a store was asked: reads, each of them in bulk, and commits."""

    reads: int
    commits: int

    def since(self, before: Operations) -> Operations:
        """What was done after `before`."""
        return Operations(self.reads - before.reads, self.commits - before.commits)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out of a store, each as a number.

    `answers` went; answers about `others`, waiting jobs (`polls`), `charges` and `reports` are
    there still and no longer name whom they named.
    """

    answers: int = 0
    others: int = 0
    polls: int = 0
    charges: int = 0
    reports: int = 0


class Store(Protocol):
    """Answers, charges, leases and jobs in one place. Every write is durable when it returns.

    Writes that are asked for at about the same time may share one commit. Raises `StoreError`
    or `MachineError` where the store cannot be written.
    """

    @property
    def operations(self) -> Operations:
        """What this store did since it was opened."""

    async def recall(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        """The stored answers among `keys`, in one bulk read. `cached` is set on each."""

    async def settled(self, plan: str, entities: Sequence[EntityKey], now: float) -> Records:
        """The records of a plan's mark for runs that start `now`, in one bulk read.

        In no particular order, and maybe with records of others. Quickest where the entities are
        sorted.
        """

    def settle(self, records: Sequence[Record]) -> None:
        """Take note of records, to be written along with what is written next.

        One is written only where the answers that it depends on are as it says. It goes with any
        change of an answer about its entity. It is lost where the process dies before.
        """

    async def answered(self, identities: Sequence[str]) -> frozenset[str]:
        """Which of these providers (`ProviderSpec.identity`) have any stored answer; constant."""

    async def intend(
        self, charges: Sequence[Charge], ceilings: Sequence[Ceiling] = ()
    ) -> frozenset[str]:
        """Write the intents to pay, before the calls leave. Gives the ids of those written.

        One that would lift what all jobs took since a ceiling's moment above its limit is not
        written. Open and unknown charges count with their worst price, by the UTC day of `at`.
        """

    def history(self) -> History:
        """What providers did in all runs so far, and the latest ranges; takes a few ms."""

    async def keep(
        self, charges: Sequence[Charge], answers: Mapping[str, Answer], news: History = NO_HISTORY
    ) -> None:
        """Close charges, store answers and release the leases on their keys, in one transaction.

        `news` is what the answers add to the history.

        An answer whose outcome is a `Failure` is not stored; its lease is released all the same.
        One by which an entity is to be forgotten (`Gap.ERASED`) takes away all others about it.
        """

    async def submit(self, job: Submitted, keys: Sequence[str]) -> None:
        """Write down a job that a provider has begun; `keys` are those of its answers."""

    async def submitted(self, keys: Sequence[str]) -> Mapping[str, Submitted]:
        """The jobs that providers work on, by those of `keys` whose answers they will bring."""

    async def give_up(self, job: Submitted) -> None:
        """Forget a job that will bring nothing. One whose answers are kept is forgotten by that."""

    async def claim(self, claims: Sequence[Claim], job: str, now: float) -> Claimed:
        """Lease the keys that nobody else holds and nobody has answered meanwhile.

        A key whose stored answer is another one than was seen is not leased. A lease of a job
        without a heartbeat for `DEAD_AFTER` seconds is free, and its intents are unknown.
        """

    async def release(self, keys: Sequence[str], job: str) -> None:
        """Give leases back."""

    async def begin(self, job: Job) -> Sequence[Charge]:
        """Write that a job has started, and clear up after the dead.

        Their leases are freed, and their open intents become unknown; gives these charges, oldest
        first. May wait a second for another write to share a commit with; it is durable before
        any write that was asked for later.
        """

    async def record(self, job: Job, forecasted: Forecasted | None = None) -> None:
        """Write a job's state: a sign of life, which may wait like `begin`, or its end.

        `forecasted` goes into the history with it.
        """

    async def charges(self, job: str) -> Sequence[Charge]:
        """The charges of one job, oldest first."""

    async def jobs(self) -> Sequence[Job]:
        """All jobs, oldest first."""

    async def living(self, now: float) -> Sequence[str]:
        """The ids of the jobs that go on, by their signs of life."""

    async def traces(self, job: str) -> Sequence[bytes]:
        """The parts of what a job did, in the order in which they came.

        None where it left none, or where they are no longer kept: of all jobs together no more
        than `MOST_TRACED` bytes are, the oldest jobs' go first.
        """

    async def taken_since(self, at: float) -> Money:
        """What the charges of all jobs since the UTC day of `at` cost or may have cost.

        Open and unknown ones count with their worst price.
        """

    async def forget(
        self, entities: Collection[EntityKey], texts: Collection[str], now: float
    ) -> Forgotten:
        """Take out everything that names these entities, for good.

        `texts` are a person's addresses: an answer that has one as the person's own is about the
        same person and goes, too; where another answer mentions one, only the mention goes. The
        charges stay, and name `NOBODY` in that place: money that was spent is never forgotten.
        """

    def close(self) -> None:
        """Finish what was asked for and let go of the files. May be called twice."""
