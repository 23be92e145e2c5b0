"""Providers that answer later: asked once, whatever happens to the run that has asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from enrich_cli.adapters.memory_store import MemoryStore
from enrich_cli.app import layers
from enrich_cli.app.memory import Memory
from enrich_cli.domain.entity import Query
from enrich_cli.domain.events import CallSettled
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Failure, Hit, Miss, Reason, Value
from enrich_cli.domain.provider import Item, Lookup, Poll, ProviderError, ProviderSpec, Reply
from enrich_cli.domain.store import Job
from tests.fakes import EPOCH, NAME, World, in_virtual_time, paid, plan, queries, spec

POLL = Poll(every=60, wait=600, expires=86_400)
PAID = replace(paid(batch=10), poll=POLL)


@dataclass
class Later:
    """A provider that begins a job, and gives its answers after some looks."""

    spec: ProviderSpec = PAID
    looks: int = 2
    metered: Money | None = None
    begun: dict[str, tuple[Query, ...]] = field(default_factory=dict)
    looked: list[str] = field(default_factory=list)
    trouble: list[ProviderError] = field(default_factory=list)

    async def fetch(self, queries: Sequence[Query]) -> Reply:
        name = f"job-{len(self.begun) + 1}"
        self.begun[name] = tuple(queries)
        return Reply((), job=name)

    async def collect(self, job: str, queries: Sequence[Query]) -> Reply:
        self.looked.append(job)
        if self.trouble:
            raise self.trouble.pop(0)
        if self.looked.count(job) < self.looks:
            raise ProviderError(Reason.PENDING)
        if job not in self.begun:
            raise ProviderError(Reason.BAD_INPUT, "no such job")
        assert tuple(queries) == self.begun[job]
        return Reply(tuple(Item(known(query), b"{}") for query in queries), self.metered)

    def reread(self, query: Query, body: bytes) -> Item:
        return Item(known(query), body)


def known(query: Query) -> Hit:
    return Hit({NAME: Value(f"company {query.entity[:4]}")})


def stack(provider: Later, world: World) -> Lookup:
    the_plan = plan(provider.spec)
    memory = Memory(world.store, [provider], the_plan, world.shared.clock, world.shared.emit)
    return layers.build(provider, memory, world.shared)


async def states(store: MemoryStore, job: str = "job") -> list[tuple[ChargeState, int]]:
    return [(charge.state, charge.actual) for charge in await store.charges(job)]


def failed(answers: Sequence[Answer]) -> set[Reason]:
    return {a.outcome.reason for a in answers if isinstance(a.outcome, Failure)}


async def cut_off(provider: Later, world: World, some: Sequence[Query], seconds: float) -> None:
    """Let a run begin, and end it as a kill would: nothing is written any more."""
    task = asyncio.create_task(_ask(provider, world, some))
    await asyncio.sleep(seconds)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _ask(provider: Later, world: World, some: Sequence[Query]) -> Sequence[Answer]:
    return await stack(provider, world)(some)


def test_it_is_asked_once_and_looked_at_until_the_answers_are_there() -> None:
    async def main() -> None:
        world, provider = World.new(limit=10_000_000), Later(looks=3)
        answers = await _ask(provider, world, queries(4))
        assert [answer.outcome for answer in answers] == [known(q) for q in queries(4)]
        assert (len(provider.begun), provider.looked) == (1, ["job-1"] * 3)
        (event,) = world.of(CallSettled)
        assert (event.hits, event.state, event.failures) == (4, ChargeState.SETTLED, {})
        worst = provider.spec.worst(4)
        assert await states(world.store) == [(ChargeState.SETTLED, worst)]
        assert (world.budget.spent, world.budget.held) == (worst, 0)
        assert await world.store.submitted([provider.spec.key(queries(1)[0].entity)]) == {}

    in_virtual_time(main())


def test_the_meter_of_the_answer_counts() -> None:
    async def main() -> None:
        world, provider = World.new(), Later(metered=Money(7))
        answers = await _ask(provider, world, queries(2))
        assert sum(a.receipt.amount for a in answers if a.receipt) == 7
        assert world.budget.spent == 7

    in_virtual_time(main())


def test_a_killed_run_leaves_the_job_to_the_next_one() -> None:
    async def main() -> None:
        store, provider = MemoryStore(), Later(looks=9)
        await cut_off(provider, World.new(store=store), queries(4), seconds=90)
        assert (len(provider.begun), len(provider.looked)) == (1, 1)
        lost = await store.begin(Job("other", "leads.csv", EPOCH, EPOCH))
        assert [charge.state for charge in lost] == [ChargeState.UNKNOWN]

        later = World.new(limit=10_000_000, store=store, job="next")
        provider.looks = 1
        answers = await _ask(provider, later, queries(6))
        assert [answer.outcome for answer in answers] == [known(q) for q in queries(6)]
        assert [len(asked) for asked in provider.begun.values()] == [4, 2]
        four, two = provider.spec.worst(4), provider.spec.worst(2)
        assert await states(store) == [(ChargeState.SETTLED, four)]
        assert await states(store, "next") == [(ChargeState.SETTLED, two)]
        assert later.budget.spent == four + two

    in_virtual_time(main())


def test_what_an_earlier_job_brings_is_kept_whoever_asks() -> None:
    async def main() -> None:
        store, provider = MemoryStore(), Later(looks=1)
        await cut_off(provider, World.new(store=store), queries(4), seconds=30)
        await _ask(provider, World.new(store=store, job="next"), queries(1))
        again = await _ask(provider, World.new(store=store, job="third"), queries(4))
        assert [answer.cached for answer in again] == [True] * 4
        assert (len(provider.begun), len(provider.looked)) == (1, 1)

    in_virtual_time(main())


def test_a_run_that_is_stopped_leaves_what_it_costs_unknown() -> None:
    async def main() -> None:
        store, provider = MemoryStore(), Later(looks=5)
        world = World.new(limit=10_000_000, store=store)
        asking = asyncio.create_task(_ask(provider, world, queries(2)))
        await asyncio.sleep(70)
        world.shared.stop.request()
        assert failed(await asking) == {Reason.INTERRUPTED}
        worst = provider.spec.worst(2)
        assert await states(store) == [(ChargeState.UNKNOWN, worst)]
        assert (world.budget.unknown, world.budget.held) == (worst, 0)

        provider.looks = 1
        answers = await _ask(provider, World.new(store=store, job="next"), queries(2))
        assert all(isinstance(answer.outcome, Hit) for answer in answers)
        assert await states(store) == [(ChargeState.SETTLED, worst)]
        assert len(provider.begun) == 1

    in_virtual_time(main())


def test_patience_ends_and_the_next_run_goes_on_waiting() -> None:
    async def main() -> None:
        store, provider = MemoryStore(), Later(looks=100)
        assert failed(await _ask(provider, World.new(store=store), queries(2))) == {Reason.PENDING}
        assert len(provider.looked) == POLL.wait / POLL.every
        provider.looks = 1
        answers = await _ask(provider, World.new(store=store, job="next"), queries(2))
        assert failed(answers) == set()
        assert len(provider.begun) == 1

    in_virtual_time(main())


def test_trouble_at_a_look_costs_nothing_and_is_tried_again() -> None:
    async def main() -> None:
        reasons = (Reason.TIMEOUT, Reason.RATE_LIMITED, Reason.GARBAGE)
        provider = Later(looks=1, trouble=[ProviderError(r, sent=True) for r in reasons])
        world = World.new()
        assert failed(await _ask(provider, world, queries(2))) == set()
        assert len(world.of(CallSettled)) == 1
        assert await states(world.store) == [(ChargeState.SETTLED, provider.spec.worst(2))]

    in_virtual_time(main())


def test_a_job_that_is_gone_is_begun_again_only_if_it_may_be_paid_twice() -> None:
    async def main() -> None:
        store, provider = MemoryStore(), Later(looks=1)
        provider.trouble = [ProviderError(Reason.BAD_INPUT, "no such job")]
        assert failed(await _ask(provider, World.new(store=store), queries(1))) == {
            Reason.BAD_INPUT
        }
        withheld = await _ask(provider, World.new(store=store, job="next"), queries(1))
        assert failed(withheld) == {Reason.UNKNOWN_CHARGE}
        bold = World.new(store=store, job="bold")
        bold = replace(bold, shared=replace(bold.shared, rebuy=True))
        assert failed(await _ask(provider, bold, queries(1))) == set()
        assert len(provider.begun) == 2

    in_virtual_time(main())


def test_an_expired_job_is_begun_again_where_nothing_is_paid_twice() -> None:
    async def main() -> None:
        store, provider = MemoryStore(), Later(spec=replace(PAID, repeatable=True), looks=1)
        await cut_off(provider, World.new(store=store), queries(1), seconds=30)
        await asyncio.sleep(POLL.expires + 1)
        await _ask(provider, World.new(store=store, job="next"), queries(1))
        assert len(provider.begun) == 2

    in_virtual_time(main())


def test_a_refused_key_leaves_the_job_for_later() -> None:
    async def main() -> None:
        store, provider = MemoryStore(), Later(looks=1)
        provider.trouble = [ProviderError(Reason.AUTH, "bad key")]
        assert failed(await _ask(provider, World.new(store=store), queries(1))) == {Reason.AUTH}
        assert failed(await _ask(provider, World.new(store=store, job="b"), queries(1))) == set()
        assert len(provider.begun) == 1

    in_virtual_time(main())


def test_a_budget_that_cannot_bear_an_earlier_job_leaves_it() -> None:
    async def main() -> None:
        store, provider = MemoryStore(), Later(looks=1)
        await cut_off(provider, World.new(store=store), queries(4), seconds=30)
        poor = World.new(limit=provider.spec.worst(3), store=store, job="poor")
        assert failed(await _ask(provider, poor, queries(4))) == {Reason.BUDGET}
        assert (poor.budget.spent, poor.budget.held, poor.budget.unknown) == (0, 0, 0)
        assert (len(provider.begun), provider.looked) == (1, [])

    in_virtual_time(main())


def test_a_free_provider_may_answer_later_too() -> None:
    async def main() -> None:
        store = MemoryStore()
        provider = Later(spec=replace(spec(batch=10), poll=POLL), looks=2)
        await cut_off(provider, World.new(store=store), queries(2), seconds=30)
        answers = await _ask(provider, World.new(store=store, job="next"), queries(2))
        assert not any(isinstance(answer.outcome, Miss | Failure) for answer in answers)
        assert (len(provider.begun), await states(store)) == (1, [])

    in_virtual_time(main())


def test_a_job_that_another_run_waits_for_is_left_to_it() -> None:
    async def main() -> None:
        store, provider = MemoryStore(), Later(looks=3)
        first, second = World.new(store=store, job="first"), World.new(store=store, job="second")
        for world in (first, second):
            await store.begin(Job(world.shared.books.job, "leads.csv", EPOCH, EPOCH + 9_999))
        asking = asyncio.create_task(_ask(provider, first, queries(2)))
        await asyncio.sleep(70)
        answers = await _ask(provider, second, queries(2))
        assert failed(await asking) == failed(answers) == set()
        assert [answer.cached for answer in answers] == [True, True]
        assert (len(provider.begun), len(provider.looked)) == (1, 3)
        assert (first.budget.spent, second.budget.spent) == (provider.spec.worst(2), 0)

    in_virtual_time(main())
