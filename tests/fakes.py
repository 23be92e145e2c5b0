"""Test doubles that sit at the very bottom: time, a scripted provider, a list of events."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeVar

from enrich_cli.adapters.memory_store import MemoryStore
from enrich_cli.app.shared import Books, Shared
from enrich_cli.app.stop import Stop
from enrich_cli.app.till import Till
from enrich_cli.domain.entity import Entity, EntityKey, EntityType, Field, IdKind, Query, entity_key
from enrich_cli.domain.events import Event
from enrich_cli.domain.money import Budget, Meter, Money, Per, Price
from enrich_cli.domain.outcome import Answer, Hit, Miss, Outcome, Value
from enrich_cli.domain.plan import Plan, Step, Wanted
from enrich_cli.domain.provider import (
    Item,
    Limits,
    Lookup,
    ProviderError,
    ProviderSpec,
    Reply,
    Tier,
)

T = TypeVar("T")
EPOCH = 1_700_000_000.0
NAME, COUNT = Field("company_name"), Field("employee_count")


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only while everybody waits, and then at once."""

    def __init__(self) -> None:
        super().__init__(_Skipping(self))
        self.elapsed = 0.0

    def time(self) -> float:
        return self.elapsed


class _Skipping(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("deadlock: everybody waits and no time will help")
            self._loop.elapsed += timeout
        return ready


def in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


class VirtualClock:
    """The loop's own time; dates begin at `EPOCH`."""

    def now(self) -> float:
        return EPOCH + self.monotonic()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


Script = Callable[[Query], Outcome | ProviderError]


@dataclass
class Scripted:
    """A provider that says what its script says, and remembers when it was asked what."""

    spec: ProviderSpec
    script: Script
    latency: float = 0.05
    metered: Callable[[Sequence[Query]], Money] | None = None
    calls: list[tuple[float, tuple[EntityKey, ...]]] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    billed: int = 0

    async def fetch(self, queries: Sequence[Query]) -> Reply:
        self.calls.append((asyncio.get_running_loop().time(), tuple(q.entity for q in queries)))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.latency)
        finally:
            self.in_flight -= 1
        outcomes = [self.script(query) for query in queries]
        for outcome in outcomes:
            if isinstance(outcome, ProviderError):
                raise outcome
        items = tuple(Item(o, b"{}") for o in outcomes if not isinstance(o, ProviderError))
        metered = None if self.metered is None else self.metered(queries)
        hits = tuple(isinstance(item.outcome, Hit) for item in items)
        if self.spec.price is not None:
            self.billed += sum(self.spec.price.shares(hits, metered))
        return Reply(items, metered)

    def reread(self, query: Query, body: bytes) -> Item:
        outcome = self.script(query)
        assert not isinstance(outcome, ProviderError)
        return Item(outcome, body)

    @property
    def asked(self) -> list[EntityKey]:
        return [entity for _, entities in self.calls for entity in entities]


def spec(name: str = "acme", **changes: Any) -> ProviderSpec:
    """A free company provider that gives a name and a head count by domain."""
    usual = ProviderSpec(
        name=name,
        entity=EntityType.COMPANY,
        tier=Tier.FREE,
        gives=frozenset({NAME, COUNT}),
        needs=((IdKind.DOMAIN,),),
        limits=Limits(concurrency=4),
    )
    return replace(usual, **changes)


def paid(
    name: str = "acme", usd: int = 100_000, per: Per = Per.HIT, **changes: Any
) -> ProviderSpec:
    """The same for money: `usd` micro-dollars."""
    meter = Meter(Money(1), header="x-cost") if changes.pop("metered", False) else None
    return spec(name, tier=Tier.PREMIUM, price=Price(Money(usd), per, meter), **changes)


def knows(*fields: Field) -> Script:
    """A script that knows these fields of everybody."""
    return lambda query: Hit({name: Value(f"{name} of {query.ids[0][1]}") for name in fields})


def never(_: Query) -> Outcome:
    """A script that knows nothing."""
    return Miss()


def fails(reason: Any, **how: Any) -> Script:
    """A script whose every call fails."""
    return lambda _: ProviderError(reason, **how)


def company(n: int, *, rows: int = 1, fields: Sequence[Field] = (NAME, COUNT)) -> Entity:
    """The n-th company, with empty cells in each of its rows."""
    domain = f"c{n}.example"
    return Entity(
        key=entity_key(EntityType.COMPANY, domain),
        type=EntityType.COMPANY,
        ids=((IdKind.DOMAIN, domain),),
        rows=rows,
        empty=dict.fromkeys(fields, rows),
    )


def queries(count: int, *fields: Field) -> list[Query]:
    """Questions about the first `count` companies."""
    asked = frozenset(fields or (NAME, COUNT))
    return [Query(c.key, c.ids, asked) for c in (company(n) for n in range(count))]


def plan(*specs: ProviderSpec, fields: Sequence[Field] = (NAME, COUNT), **changes: Any) -> Plan:
    """A plan that asks these providers in this order."""
    steps = tuple(Step(one, one.gives & frozenset(fields)) for one in specs)
    wanted = tuple(Wanted(name, name) for name in fields)
    return Plan(wanted=wanted, steps=steps, started=changes.pop("started", EPOCH), **changes)


@dataclass
class World:
    """What the layers of a run share, over an in-memory store."""

    store: MemoryStore
    budget: Budget
    events: list[Event]
    shared: Shared

    @staticmethod
    def new(
        limit: int | None = None,
        *,
        store: MemoryStore | None = None,
        job: str = "job",
        concurrency: int | None = None,
    ) -> World:
        events: list[Event] = []
        store = store or MemoryStore()
        budget = Budget(None if limit is None else Money(limit))
        shared = Shared(
            store=store,
            clock=VirtualClock(),
            emit=events.append,
            till=Till(budget),
            stop=Stop(),
            books=Books(job),
            random=Random(7),
            concurrency=concurrency,
        )
        return World(store, budget, events, shared)

    def of(self, kind: type[T]) -> list[T]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


def echo(answers: Mapping[EntityKey, Answer] | None = None) -> tuple[Lookup, list[list[Query]]]:
    """An inner layer that answers with a miss, or as told, and the groups it was asked."""
    groups: list[list[Query]] = []

    async def lookup(some: Sequence[Query]) -> Sequence[Answer]:
        groups.append(list(some))
        known = answers or {}
        return [known.get(query.entity, Answer(Miss(), EPOCH)) for query in some]

    return lookup, groups
