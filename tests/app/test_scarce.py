"""Where money is short it goes where it fills the most cells."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.app import running
from enrich_cli.app.scarce import scarce
from enrich_cli.domain.entity import Entity, EntityType
from enrich_cli.domain.events import CacheRead
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.plan import Plan
from enrich_cli.domain.provider import Limits
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

CENT = 10_000


def run(
    world: World,
    the_plan: Plan,
    providers: Sequence[Scripted],
    entities: Sequence[Entity],
    *,
    short: bool = True,
) -> dict[str, Done]:
    done: list[Done] = []
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
    return {one.ticket.entity.key: one for one in done}


def filled(done: dict[str, Done]) -> int:
    return sum(
        one.ticket.entity.empty[name]
        for one in done.values()
        for name, finding in one.findings.items()
        if finding.value is not None
    )


def behind(rows: Sequence[int]) -> list[Entity]:
    return [company(n, rows=count) for n, count in enumerate(rows)]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(0, 60))
@settings(max_examples=60)
def test_as_many_cells_are_filled_as_that_money_can_fill(rows: list[int], calls: int) -> None:
    provider = Scripted(paid(usd=CENT), knows(NAME, COUNT))
    world = World.new(calls * CENT)
    done = run(world, plan(provider.spec), [provider], behind(rows))
    assert filled(done) == 2 * sum(sorted(rows, reverse=True)[:calls])
    assert world.budget.spent == min(calls, len(rows)) * CENT


def test_a_dear_answer_for_many_rows_comes_before_a_cheap_one_for_few() -> None:
    cheap = Scripted(paid("cheap", usd=CENT, per=Per.ITEM), never)
    dear = Scripted(paid("dear", usd=10 * CENT), knows(NAME, COUNT))
    rows = [1] * 30 + [100, 1, 100]
    world = World.new(22 * CENT)
    done = run(world, plan(cheap.spec, dear.spec), [cheap, dear], behind(rows))
    assert filled(done) == 400
    assert sorted(dear.asked) == sorted(behind(rows)[n].key for n in (30, 32))


def test_a_call_that_is_not_full_is_worth_what_is_in_it() -> None:
    """Full it would fill 50 cells for 20 cents, which is more than any other; but there are 3."""
    whole = Scripted(
        paid("whole", usd=20 * CENT, per=Per.CALL, batch=50, gives=frozenset({NAME})), knows(NAME)
    )
    each = Scripted(paid("each", usd=CENT, gives=frozenset({COUNT})), knows(COUNT))
    entities = [company(n, fields=(NAME if n < 3 else COUNT,)) for n in range(25)]
    world = World.new(22 * CENT)
    done = run(world, plan(whole.spec, each.spec), [whole, each], entities)
    assert filled(done) == 22
    assert not whole.calls


def test_what_costs_nothing_is_asked_first_of_all() -> None:
    free, dear = Scripted(spec("free"), knows(NAME)), Scripted(paid("dear"), knows(COUNT))
    run(World.new(100_000), plan(free.spec, dear.spec), [free, dear], behind([1, 2, 3]))
    assert max(at for at, _ in free.calls) < min(at for at, _ in dear.calls)
    assert dear.asked == [behind([1, 2, 3])[2].key]


@given(
    rows=st.lists(st.integers(1, 9), min_size=1, max_size=40),
    batch=st.sampled_from([1, 7, 100]),
    slots=st.sampled_from([1, 4, 200]),
)
@settings(max_examples=30)
def test_with_enough_money_all_ends_as_without_a_budget(
    rows: list[int], batch: int, slots: int
) -> None:
    def providers() -> list[Scripted]:
        limits = Limits(concurrency=slots)
        return [
            Scripted(
                spec("free", limits=limits), lambda q: (never if "3" in q.entity else some)(q)
            ),
            Scripted(paid("batch", batch=batch, limits=limits), knows(NAME)),
            Scripted(paid("last", limits=limits), knows(COUNT, NAME)),
        ]

    def end(*, short: bool) -> tuple[object, ...]:
        three = providers()
        the_plan = plan(*(p.spec for p in three))
        done = run(World.new(), the_plan, three, behind(rows), short=short)
        found = {
            key: {name: (f.value, f.provider) for name, f in one.findings.items()}
            for key, one in done.items()
        }
        return found, [p.billed for p in three], [sorted(p.asked) for p in three]

    some = knows(NAME)
    assert end(short=True) == end(short=False)


def test_batches_are_filled_while_others_are_still_asked() -> None:
    free = Scripted(spec("free"), never)
    batch = Scripted(paid("batch", batch=80), knows(NAME, COUNT))
    run(World.new(), plan(free.spec, batch.spec), [free, batch], behind([1] * 500))
    assert sorted(len(keys) for _, keys in batch.calls) == [20] + [80] * 6


def test_one_bulk_read_for_all() -> None:
    world, provider = World.new(), Scripted(paid(), never)
    run(world, plan(provider.spec), [provider], behind([1] * 3_000))
    assert len(world.of(CacheRead)) == 1


def test_money_is_short_where_the_worst_case_is_above_it() -> None:
    the_plan = plan(spec("free"), paid("dear", usd=CENT))
    entities = {EntityType.COMPANY: 100, EntityType.PERSON: 5}
    assert scarce(the_plan, entities, Money(100 * CENT - 1))
    assert not scarce(the_plan, entities, Money(100 * CENT))
    assert not scarce(the_plan, entities, None)
