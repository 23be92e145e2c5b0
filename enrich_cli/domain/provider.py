"""What a provider is, and the protocols by which the middle knows the outside."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from enrich_cli.domain.entity import EntityKey, EntityType, Field, IdKind, Query
from enrich_cli.domain.ledger import Ceiling, Charge, Claim, Claimed
from enrich_cli.domain.money import ZERO, Money, Price
from enrich_cli.domain.outcome import Answer, Outcome, Reason


class Tier(StrEnum):
    """How dear a provider is; the default order goes from free to premium."""

    FREE = "free"
    CHEAP = "cheap"
    PREMIUM = "premium"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` calls in any window of `seconds`."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast a provider may be asked. All rates hold together; `timeout` is in seconds."""

    rates: tuple[Rate, ...] = ()
    concurrency: int = 8
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Poll:
    """How a provider gives its answers later, in seconds.

    It is looked every `every`, at most for `wait` in one run; after `expires` the answer is gone.
    """

    every: float
    wait: float
    expires: float


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """What the middle needs to know of a provider; how it is asked is the adapter's business.

    `needs` lists alternative sets of identifiers, the first that an entity can serve is used;
    `hints` are kinds that make a question better but are not needed. `address` is the base
    address where it is not the shipped one, else "": a part of the store's key. `mapping` is a
    hash of the rules by which values are read from a reply. `key_env` names the environment
    variable of the key, "" for a provider without one. A `repeatable` provider charges nothing
    for a question that it has been asked before, so one of unknown outcome may be asked again.
    `only` bars entities that have one of these identifiers with another value: a country's
    register is not asked about other countries. A provider with a `poll` is an `AsyncProvider`.
    """

    name: str
    entity: EntityType
    tier: Tier
    gives: frozenset[Field]
    needs: tuple[tuple[IdKind, ...], ...]
    hints: tuple[IdKind, ...] = ()
    version: int = 1
    title: str = ""
    docs: str = ""
    base_url: str = ""
    address: str = ""
    price: Price | None = None
    limits: Limits = field(default_factory=Limits)
    batch: int = 1
    mapping: str = ""
    key_env: str = ""
    key_optional: bool = False
    repeatable: bool = False
    source: str = ""
    only: tuple[tuple[IdKind, frozenset[str]], ...] = ()
    poll: Poll | None = None

    @property
    def free(self) -> bool:
        """Whether no call to it can cost anything."""
        return self.tier is Tier.FREE if self.price is None else self.price.worst(1) == ZERO

    @property
    def priced(self) -> bool:
        """Whether what a call costs is known."""
        return self.price is not None or self.tier is Tier.FREE

    def worst(self, items: int) -> Money:
        """The most that a call about `items` entities may cost; zero where no price is known."""
        return ZERO if self.price is None else self.price.worst(items)

    def usable(self, ids: Sequence[tuple[IdKind, str]]) -> bool:
        """Whether an entity with these identifiers can be asked about."""
        have = dict(ids)
        barred = any(kind in have and have[kind] not in known for kind, known in self.only)
        return not barred and any(have.keys() >= set(kinds) for kinds in self.needs)

    def key(self, entity: EntityKey) -> str:
        """The store's key of this provider's answer about `entity`: never fields, rows or hints."""
        return f"{self.name}@{self.version}{self.address and '+' + self.address}:{entity}"


@dataclass(frozen=True, slots=True)
class Item:
    """One question's part of a reply.

    `body` is what is kept of what the provider said; `confidence` holds for values without one.
    """

    outcome: Outcome
    body: bytes = b""
    url: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What one call brought: an item for each query, in the order of the queries.

    `metered` is the provider's own account of what the whole call cost, where it gives one. A
    provider that answers later names the `job` that it has begun instead, and gives no items.
    `rest` is for how many seconds its own limit lets no further call through, as far as it says.
    """

    items: tuple[Item, ...]
    metered: Money | None = None
    job: str = ""
    rest: float | None = None


class ProviderError(Exception):
    """A call that brought no reply. `sent`: the request had left, so it may have been charged."""

    def __init__(
        self,
        reason: Reason,
        detail: str = "",
        *,
        retry_after: float | None = None,
        sent: bool = False,
    ) -> None:
        super().__init__(detail or reason.value)
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after
        self.sent = sent


class Provider(Protocol):
    """A source of answers."""

    @property
    def spec(self) -> ProviderSpec:
        """What it gives, needs, costs and allows."""

    async def fetch(self, queries: Sequence[Query]) -> Reply:
        """Ask about at most `spec.batch` entities in one call. Raises `ProviderError`."""

    def reread(self, query: Query, body: bytes) -> Item:
        """Read a kept reply again by the rules of today, without asking anyone."""


class AsyncProvider(Provider, Protocol):
    """A source that takes a question, and gives the answer later."""

    async def collect(self, job: str, queries: Sequence[Query]) -> Reply:
        """The answers of a job that `fetch` has begun, to the same queries. Costs nothing.

        Raises `ProviderError`, with `Reason.PENDING` where they are not there yet.
        """


Lookup = Callable[[Sequence[Query]], Coroutine[Any, Any, Sequence[Answer]]]
"""Answers for queries: same length, same order, never raises but when cancelled."""


class Clock(Protocol):
    """Time, injected: `now` for dates, `monotonic` for durations, both in seconds."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment, never going back."""

    async def sleep(self, seconds: float) -> None:
        """Return after that time."""


class JobStatus(StrEnum):
    """How a job stands or ended."""

    RUNNING = "running"
    COMPLETE = "complete"
    BUDGET = "budget"
    PARTIAL = "partial"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Job:
    """One run in the ledger. `beat` is the last sign of life, in seconds since the epoch."""

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


DEAD_AFTER = 30.0
"""Seconds without a heartbeat after which a job is taken for dead and its leases for free."""


@dataclass(frozen=True, slots=True)
class Operations:
    """How often a store was asked: reads, each of them in bulk, and commits."""

    reads: int
    commits: int

    def since(self, before: Operations) -> Operations:
        """What was done after `before`."""
        return Operations(self.reads - before.reads, self.commits - before.commits)


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

    async def intend(
        self, charges: Sequence[Charge], ceilings: Sequence[Ceiling] = ()
    ) -> frozenset[str]:
        """Write the intents to pay, before the calls leave. Gives the ids of those written.

        One that would lift what all jobs took since a ceiling's moment above its limit is not
        written. Open and unknown charges count with their worst price, by the UTC day of `at`.
        """

    async def keep(self, charges: Sequence[Charge], answers: Mapping[str, Answer]) -> None:
        """Close charges, store answers and release the leases on their keys, in one transaction.

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

    async def record(self, job: Job) -> None:
        """Write a job's state: a sign of life, which may wait like `begin`, or its end."""

    async def charges(self, job: str) -> Sequence[Charge]:
        """The charges of one job, oldest first."""

    async def jobs(self) -> Sequence[Job]:
        """All jobs, oldest first."""

    async def taken_since(self, at: float) -> Money:
        """What the charges of all jobs since the UTC day of `at` cost or may have cost.

        Open and unknown ones count with their worst price.
        """

    def close(self) -> None:
        """Finish what was asked for and let go of the files. May be called twice."""
