"""Several jobs on one store, under budgets that they share, and stopped at any moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.adapters.memory_store import MemoryStore
from enrich_cli.app import running
from enrich_cli.app.beating import beating
from enrich_cli.domain.entity import EntityType, Query
from enrich_cli.domain.events import CallSettled, Event
from enrich_cli.domain.ledger import Ceiling, Charge, ChargeState
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.outcome import Failure, Gap, Hit, Miss, Outcome, Reason, Value
from enrich_cli.domain.provider import Limits, ProviderError
from enrich_cli.domain.store import Job
from enrich_cli.domain.ticket import Done
from tests.fakes import (
    COUNT,
    EPOCH,
    NAME,
    Scripted,
    World,
    company,
    in_virtual_time,
    paid,
    plan,
    spec,
)

DAY_START = EPOCH - EPOCH % 86_400


@dataclass(frozen=True, slots=True)
class Order:
    """One job: which companies, how much money, whether it is short, and when it is stopped.

    `stop` asks it to end, `leave` ends it at once, both in seconds from its start.
    """

    first: int
    count: int
    limit: int
    short: bool
    begin: float
    stop: float | None
    leave: float | None


def providers(seed: int, kinds: Sequence[tuple[Per | None, int, int, bool]]) -> list[Scripted]:
    """Providers of these prices, batches and meters; the answer about a company never changes."""
    made = []
    for i, (per, usd, batch, metered) in enumerate(kinds):
        random = Random(f"{seed}/{i}")

        def script(query: Query, i: int = i, random: Random = random) -> Outcome | ProviderError:
            fate = Random(f"{seed}/{i}/{query.entity}")
            if random.random() < 0.15:
                reasons = [Reason.SERVER_ERROR, Reason.TIMEOUT, Reason.GARBAGE, Reason.RATE_LIMITED]
                reason = random.choice(reasons)
                return ProviderError(reason, sent=reason in (Reason.TIMEOUT, Reason.GARBAGE))
            if fate.random() < 0.4:
                return Miss()
            fields = fate.sample([NAME, COUNT], fate.choice([1, 2]))
            return Hit({name: Value(f"{i} {query.ids[0][1]}") for name in fields})

        how = {"batch": batch, "limits": Limits(concurrency=random.choice([1, 5, 200]))}
        one = spec(f"p{i}", **how) if per is None else paid(f"p{i}", usd, per, **how)
        provider = Scripted(one, script, latency=random.uniform(0.01, 0.5))
        if metered and one.price is not None:
            price = one.price
            provider.metered = lambda qs, p=price, r=random: Money(r.randint(0, p.worst(len(qs))))
        made.append(provider)
    return made


async def job(
    name: str,
    order: Order,
    bottom: Sequence[Scripted],
    world: World,
    done: list[Done],
) -> None:
    """One job from its start to whatever end it takes."""
    shared, loop = world.shared, asyncio.get_running_loop()
    await asyncio.sleep(order.begin)
    entry = Job(name, "t.csv", started=shared.clock.now(), beat=shared.clock.now())
    entities = [company(n, rows=n % 7 + 1) for n in range(order.first, order.first + order.count)]
    if order.stop is not None:
        loop.call_later(order.stop, shared.stop.request)
    the_plan = plan(*(provider.spec for provider in bottom), started=entry.started)
    store, clock = world.store, shared.clock
    with suppress(TimeoutError):
        async with asyncio.timeout(order.leave):
            async with beating(store, lambda: replace(entry, beat=clock.now()), clock, shared.emit):
                await running.run(
                    the_plan,
                    {EntityType.COMPANY: entities},
                    {provider.spec.name: provider for provider in bottom},
                    shared,
                    done.extend,
                    money_is_short=order.short,
                )
    await store.record(replace(entry, beat=clock.now(), finished=clock.now()))


moments = st.none() | st.floats(0, 5)
orders = st.builds(
    Order,
    first=st.integers(0, 30),
    count=st.integers(1, 60),
    limit=st.integers(0, 20_000_000),
    short=st.booleans(),
    begin=st.floats(0, 3),
    stop=moments,
    leave=moments,
)
kinds = st.tuples(
    st.sampled_from([None, *Per]),
    st.integers(1, 900_000),
    st.sampled_from([1, 4, 30]),
    st.booleans(),
)


@given(
    st.integers(0, 10**6),
    st.lists(kinds, min_size=1, max_size=3),
    st.lists(orders, min_size=1, max_size=4),
    st.integers(0, 30_000_000),
)
@settings(max_examples=60)
def test_together_they_keep_within_what_is_allowed_and_lose_nothing(
    seed: int,
    sold: list[tuple[Per | None, int, int, bool]],
    wanted: list[Order],
    limit: int,
) -> None:
    bottom, store = providers(seed, sold), MemoryStore()
    ceiling = Ceiling("month", DAY_START, Money(limit))
    worlds = [World.new(order.limit, store=store, job=f"j{n}") for n, order in enumerate(wanted)]
    ended: list[list[Done]] = [[] for _ in wanted]
    taken: list[int] = []

    def watching(world: World) -> World:
        def watch(event: Event) -> None:
            world.events.append(event)
            assert world.budget.limit is not None
            assert world.budget.taken <= world.budget.limit
            taken.append(sum(_counted(charge) for charge in ledger_now(store)))

        world.shared = replace(world.shared, emit=watch, ceilings=(ceiling,))
        return world

    async def main() -> list[Charge]:
        async with asyncio.TaskGroup() as group:
            for n, (order, world) in enumerate(zip(wanted, worlds, strict=True)):
                group.create_task(job(f"j{n}", order, bottom, watching(world), ended[n]))
        return [charge for n in range(len(wanted)) for charge in await store.charges(f"j{n}")]

    ledger = in_virtual_time(main())
    assert max(taken, default=0) <= limit

    # Every book says the same.
    assert all(charge.state is not ChargeState.INTENT for charge in ledger)
    for n, (order, world) in enumerate(zip(wanted, worlds, strict=True)):
        own = [charge for charge in ledger if charge.job == f"j{n}"]
        unknown = sum(c.actual for c in own if c.state is ChargeState.UNKNOWN)
        known = sum(c.actual for c in own) - unknown
        assert (world.budget.spent, world.budget.held) == (known, 0)
        assert world.budget.unknown == unknown
        told = Counter[bool]()
        for event in world.of(CallSettled):
            told[event.state is ChargeState.UNKNOWN] += event.amount
        assert told[False] == known
        if order.leave is None:
            assert told[True] == unknown
            assert len(ended[n]) == order.count
            assert sum(one.ticket.spent for one in ended[n]) == known + unknown
            gaps = {finding.gap for one in ended[n] for finding in one.findings.values()}
            assert order.stop is not None or Gap.INTERRUPTED not in gaps

    # What was paid for is in the store, and was bought once.
    answers = in_virtual_time(
        store.recall([p.spec.key(company(n).key) for p in bottom for n in range(100)])
    )
    for provider in bottom:
        if provider.spec.free:
            continue
        own = [charge for charge in ledger if charge.provider == provider.spec.name]
        bought = Counter(e for c in own if c.state is ChargeState.SETTLED for e in c.entities)
        assert all(times == 1 for times in bought.values())
        assert all(provider.spec.key(entity) in answers for entity in bought)
        answered = sum(c.actual for c in own if c.state is not ChargeState.UNKNOWN)
        assert answered <= provider.billed <= sum(c.actual for c in own)
        assert not any(isinstance(answer.outcome, Failure) for answer in answers.values())


def ledger_now(store: MemoryStore) -> list[Charge]:
    """All charges, read in the middle of whatever goes on."""
    return list(store._charges.values())


def _counted(charge: Charge) -> int:
    return charge.worst if charge.state is ChargeState.INTENT else charge.actual
