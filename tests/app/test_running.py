"""Whole runs in virtual time, over the real layers and a scripted bottom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.app import running
from enrich_cli.domain.entity import EntityType, Query
from enrich_cli.domain.events import CacheRead, CallSettled, ChunkDone, Event
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.outcome import Gap, Hit, Miss, Outcome, Reason, Value
from enrich_cli.domain.plan import Plan
from enrich_cli.domain.provider import Limits, ProviderError, Tier
from enrich_cli.domain.ticket import Done
from tests.fakes import (
    COUNT,
    NAME,
    Scripted,
    World,
    company,
    in_virtual_time,
    knows,
    never,
    paid,
    plan,
    spec,
)


def run(
    world: World,
    the_plan: Plan,
    providers: Sequence[Scripted],
    count: int,
    *,
    short: bool = False,
) -> list[Done]:
    done: list[Done] = []
    entities = [company(n) for n in range(count)]
    in_virtual_time(
        running.run(
            the_plan,
            {EntityType.COMPANY: entities},
            {p.spec.name: p for p in providers},
            world.shared,
            done.extend,
            money_is_short=short,
        )
    )
    return done


def test_a_batch_provider_of_80_is_called_7_times_for_500_entities() -> None:
    provider = Scripted(paid(batch=80), knows(NAME, COUNT))
    done = run(World.new(), plan(provider.spec), [provider], 500)
    assert len(provider.calls) == 7
    assert len(done) == 500


def test_the_second_run_asks_nobody_and_gives_the_same() -> None:
    provider = Scripted(paid(), lambda q: knows(NAME)(q) if q.ids[0][1] < "c3" else Miss())
    first = World.new()
    before = run(first, plan(provider.spec), [provider], 50)
    calls = len(provider.calls)
    second = World.new(store=first.store, job="again")
    after = run(second, plan(provider.spec), [provider], 50)
    assert len(provider.calls) == calls == 50
    assert second.budget.spent == 0
    by_key = {done.ticket.entity.key: done for done in before}
    for done in after:
        earlier = by_key[done.ticket.entity.key].findings
        assert {n: (f.value, f.gap, f.at) for n, f in done.findings.items()} == {
            n: (f.value, f.gap, f.at) for n, f in earlier.items()
        }


def test_one_bulk_read_serves_all_providers() -> None:
    providers = [Scripted(spec("a"), never), Scripted(paid("b"), never)]
    world = World.new()
    run(world, plan(*(p.spec for p in providers)), providers, 100)
    assert len(world.of(CacheRead)) == 1


def test_slots_do_not_idle() -> None:
    provider = Scripted(spec(limits=Limits(concurrency=25)), knows(NAME, COUNT), latency=0.05)
    run(World.new(), plan(provider.spec), [provider], 5_000)
    last = max(at for at, _ in provider.calls)
    floor = 5_000 / 25 * 0.05
    assert last <= floor * 1.1
    assert provider.most_in_flight == 25


def test_a_shut_provider_leaves_the_rest_to_the_next_one() -> None:
    first = Scripted(paid("a"), lambda _: ProviderError(Reason.OUT_OF_CREDIT))
    second = Scripted(paid("b"), knows(NAME, COUNT))
    done = run(World.new(), plan(first.spec, second.spec), [first, second], 100)
    assert len(first.calls) <= first.spec.limits.concurrency
    assert all(f.provider == "b" for one in done for f in one.findings.values())


def test_offline_asks_nobody_and_says_so() -> None:
    provider = Scripted(spec(), knows(NAME))
    done = run(World.new(), plan(provider.spec, offline=True), [provider], 3)
    assert provider.calls == []
    assert {f.gap for one in done for f in one.findings.values()} == {Gap.OFFLINE}


def test_a_stopped_run_gives_every_entity_and_a_rerun_asks_only_the_rest() -> None:
    world = World.new()

    def script(query: Query) -> Outcome:
        if len(provider.calls) == 20:
            world.shared.stop.request()
        return knows(NAME, COUNT)(query)  # type: ignore[return-value]

    provider = Scripted(paid(), script)
    done = run(world, plan(provider.spec), [provider], 100)
    assert len(done) == 100
    gaps = Counter(f.gap for one in done for f in one.findings.values())
    asked = len(provider.calls)
    assert gaps[Gap.INTERRUPTED] == 2 * (100 - asked)
    again = run(World.new(store=world.store, job="b"), plan(provider.spec), [provider], 100)
    assert len(provider.calls) == 100
    assert len(set(provider.asked)) == 100
    assert all(f.gap is None for one in again for f in one.findings.values())


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Scripted], int, int, int]:
    seed = draw(st.integers(0, 10**6))
    providers = []
    for i in range(draw(st.integers(1, 4))):
        random = Random(f"{seed}/{i}")
        per = draw(st.sampled_from([None, *Per]))
        usd = draw(st.integers(0, 2_000_000))
        rate, trouble = draw(st.floats(0, 1)), draw(st.sampled_from([0.0, 0.3]))
        metered = draw(st.booleans())

        def script(
            query: Query, random: Random = random, rate: float = rate, trouble: float = trouble
        ) -> Outcome | ProviderError:
            if random.random() < trouble:
                reason = random.choice([Reason.SERVER_ERROR, Reason.TIMEOUT, Reason.RATE_LIMITED])
                return ProviderError(reason, sent=reason is Reason.TIMEOUT)
            if random.random() >= rate:
                return Miss()
            fields = random.sample([NAME, COUNT], random.choice([1, 2]))
            return Hit({name: Value(query.ids[0][1]) for name in fields})

        limits = Limits(concurrency=draw(st.sampled_from([1, 5, 200])))
        how = {"batch": draw(st.sampled_from([1, 3, 80])), "limits": limits}
        one = (
            spec(f"p{i}", tier=Tier.FREE, **how) if per is None else paid(f"p{i}", usd, per, **how)
        )
        provider = Scripted(one, script, latency=random.uniform(0.01, 0.5))
        if metered and one.price is not None:
            price = one.price
            provider.metered = lambda qs, p=price, r=random: Money(r.randint(0, p.worst(len(qs))))
        providers.append(provider)
    return providers, draw(st.integers(1, 150)), draw(st.integers(0, 60_000_000)), seed


@given(worlds(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_no_event_ever_sees_more_than_the_budget_and_all_books_agree(
    case: tuple[list[Scripted], int, int, int], short: bool
) -> None:
    providers, count, limit, _ = case
    world = World.new(limit)
    seen: list[int] = []

    def watch(event: Event) -> None:
        world.events.append(event)
        seen.append(world.budget.taken)

    world.shared = replace(world.shared, emit=watch)
    done = run(world, plan(*(p.spec for p in providers)), providers, count, short=short)
    assert max(seen, default=0) <= limit
    assert len(done) == count
    calls = world.of(CallSettled)
    known = sum(e.amount for e in calls if e.state is not ChargeState.UNKNOWN)
    unknown = sum(e.amount for e in calls if e.state is ChargeState.UNKNOWN)
    assert (world.budget.spent, world.budget.unknown, world.budget.held) == (known, unknown, 0)
    ledger = in_virtual_time(world.store.charges("job"))
    settled = [c for c in ledger if c.state is not ChargeState.UNKNOWN]
    assert sum(c.actual for c in settled) == known
    assert sum(c.actual for c in ledger) == known + unknown
    assert all(c.state is not ChargeState.INTENT for c in ledger)
    assert sum(one.ticket.spent for one in done) == known + unknown
    assert sum(e.entities for e in world.of(ChunkDone)) == count
    for provider in providers:
        answered = Counter(
            e for event in calls if event.provider == provider.spec.name for e in event.entities
        )
        assert set(provider.asked) == set(answered)


@pytest.mark.parametrize(
    ("batches", "size"), [([1], 1_000), ([80], 1_040), ([80, 100], 1_200), ([97, 89, 83], 10_000)]
)
def test_chunks_are_full_batches(batches: list[int], size: int) -> None:
    assert running.chunk_size(batches) == size
