"""Estimates of runs whose money is not enough, or for which a cell may be too dear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from enrich_cli.adapters.memory_store import MemoryStore
from enrich_cli.app import running
from enrich_cli.app.forecast import Forecaster
from enrich_cli.app.rationed import Purse
from enrich_cli.app.scarce import scarce
from enrich_cli.app.worth import Worth
from enrich_cli.domain.entity import Entity, EntityType, Query
from enrich_cli.domain.history import NO_HISTORY, Count, History, ProviderKey
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.outcome import Hit, Miss, Outcome, Value
from enrich_cli.domain.plan import Estimate
from enrich_cli.domain.ticket import Done, Ticket
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
    queries,
    spec,
)

CENT = Money(10_000)


def told(name: str, tried: int, came: int) -> History:
    key = ProviderKey(f"{name}@1")
    return History(
        hits={(key, "domain", ()): Count(tried, came)},
        fields={(key, one): Count(came, came) for one in (NAME, COUNT)},
    )


def behind(rows: Sequence[int]) -> list[Entity]:
    """Companies with that many rows each, those with the most first, as tables give them."""
    return [company(n, rows=count) for n, count in enumerate(sorted(rows, reverse=True))]


def estimate(
    providers: Sequence[Scripted], entities: Sequence[Entity], purse: Purse, history: History
) -> Estimate:
    the_plan = plan(*(one.spec for one in providers))
    made = Forecaster(the_plan, purse, history)
    for entity in entities:
        made.add(Ticket.open(entity, the_plan, {}))
    return made.estimate(0, 0, 0)


def run(
    providers: Sequence[Scripted],
    entities: Sequence[Entity],
    purse: Purse,
    history: History = NO_HISTORY,
    store: MemoryStore | None = None,
) -> tuple[int, Money]:
    """The cells that a run fills with that purse, and what it spends."""
    world, done = World.new(purse.budget, store=store or MemoryStore()), list[Done]()
    world.shared = replace(world.shared, max_per_cell=purse.per_cell, history=history)
    the_plan = plan(*(one.spec for one in providers))
    in_virtual_time(
        running.run(
            the_plan,
            {EntityType.COMPANY: entities},
            {one.spec.name: one for one in providers},
            world.shared,
            done.extend,
            money_is_short=scarce(the_plan, {EntityType.COMPANY: len(entities)}, purse.budget),
        )
    )
    filled = sum(
        one.ticket.entity.empty[name]
        for one in done
        for name, finding in one.findings.items()
        if finding.value is not None
    )
    return filled, world.budget.spent


def says(share: float, seed: int) -> Scripted:
    """Knows that share of all companies, whoever asks."""

    def script(query: Query) -> Outcome:
        known = Random(f"{seed} {query.entity}").random() < share
        return Hit({name: Value("x") for name in query.fields}) if known else Miss()

    return Scripted(paid(f"p{seed}", usd=CENT * seed), script)


def heard(providers: Sequence[Scripted]) -> History:
    """What a run about 1,500 other companies tells."""
    store = MemoryStore()
    others = [company(n) for n in range(10_000, 11_500)]
    again = [Scripted(one.spec, one.script) for one in providers]
    run(again, others, Purse(), store=store)
    return store.history()


@pytest.mark.parametrize("calls", [0, 1, 7, 39])
def test_it_tells_to_the_cell_what_the_money_fills_where_everything_is_known(calls: int) -> None:
    provider = Scripted(paid(usd=CENT), knows(NAME, COUNT))
    entities, purse = behind(range(1, 41)), Purse(budget=Money(calls * CENT))
    made = estimate([provider], entities, purse, told("acme", 10**9, 10**9))
    filled, spent = run([provider], entities, purse)
    assert filled == 2 * sum(sorted(range(1, 41), reverse=True)[:calls])
    assert abs(made.cells_found - filled) <= 0.02 * filled  # rows are counted roughly
    assert spent * 0.995 <= made.low <= made.likely <= made.high <= spent
    assert made.unbounded is not None
    assert abs(made.unbounded.likely / (40 * CENT) - 1) < 0.005
    assert abs(made.unbounded.cells_found / (2 * sum(range(41))) - 1) < 0.005


@pytest.mark.parametrize("part", [0.1, 0.6])
@pytest.mark.parametrize("batch", [1, 20])
def test_what_too_little_money_fills_is_as_told(part: float, batch: int) -> None:
    providers = [says(0.5, 2), says(0.8, 9)]
    providers[1].spec = replace(providers[1].spec, batch=batch)
    random = Random(7)
    entities = behind([1 + int(random.expovariate(0.2)) for _ in range(600)])
    history = heard(providers)
    everything, whole = run(providers, entities, Purse())
    purse = Purse(budget=Money(round(whole * part)))
    made = estimate(providers, entities, purse, history)
    filled, spent = run(providers, entities, purse)
    assert purse.budget is not None
    assert abs(made.likely - spent) <= 9 * CENT
    assert made.high <= purse.budget == made.worst
    assert abs(made.cells_found / filled - 1) < 0.07
    assert made.unbounded is not None
    assert abs(made.unbounded.likely / whole - 1) < 0.06
    assert abs(made.unbounded.cells_found / everything - 1) < 0.06


def test_money_for_all_leaves_nothing_out() -> None:
    providers, entities = [says(0.5, 2)], behind([1] * 100)
    history = told("p2", 5_000, 2_500)
    free = estimate(providers, entities, Purse(), history)
    made = estimate(providers, entities, Purse(budget=free.worst), history)
    assert made.unbounded is None
    assert made == replace(free, limit=free.worst)


def test_what_the_day_has_left_and_what_a_provider_may_take_bound_the_cost() -> None:
    providers, entities = [says(0.5, 2), says(0.8, 9)], behind([1] * 100)
    history = heard(providers)
    free = estimate(providers, entities, Purse(), history)
    today = estimate(providers, entities, Purse(left=Money(50 * CENT)), history)
    assert 40 * CENT < today.low <= today.likely <= today.high <= 50 * CENT
    assert today.worst == free.worst  # tomorrow there is more
    own = estimate(providers, entities, Purse(own={"p9": Money(90 * CENT)}), history)
    first, second = own.forecasts
    assert first.likely == free.forecasts[0].likely
    assert second.worst == 90 * CENT
    assert 89 * CENT < second.likely <= 90 * CENT
    assert second.unpaid > 30
    assert own.worst == first.worst + second.worst


def test_a_provider_that_history_finds_too_dear_is_left_out_of_the_estimate() -> None:
    blind = Scripted(paid("blind", usd=100_000, per=Per.ITEM), never)
    providers, entities = [blind, says(1.0, 9)], behind([1] * 50)
    history = told("blind", 1000, 10).plus(told("p9", 10**6, 10**6))
    purse = Purse(per_cell=Money(1_000_000))
    made = estimate(providers, entities, purse, history)
    left_out, other = made.forecasts
    assert (left_out.items, left_out.likely, round(left_out.too_dear)) == (0, 0, 50)
    (query,) = queries(1)
    assert left_out.dear_at == Worth(blind.spec, history).per_cell(query)
    assert (round(other.items), other.too_dear) == (50, 0)
    assert made.cells_found == 100
    assert run(providers, entities, purse, history) == (100, 50 * 9 * CENT)
    assert abs(made.likely / (50 * 9 * CENT) - 1) < 0.005
    assert not blind.asked
    assert made.unbounded is not None
    both = 50 * (9 * CENT + 100_000)
    assert abs(made.unbounded.likely / both - 1) < 0.02
    assert made.worst == both  # that it will be left out is no guarantee


def test_who_has_many_rows_may_be_worth_what_who_has_one_is_not() -> None:
    blind = Scripted(paid("blind", usd=100_000, per=Per.ITEM), never)
    entities = behind([20] * 10 + [1] * 40)
    history, purse = told("blind", 10**6, 10**5), Purse(per_cell=Money(100_000))
    made = estimate([blind], entities, purse, history)
    assert (round(made.forecasts[0].items), round(made.forecasts[0].too_dear)) == (10, 40)
    run([blind], entities, purse, history)
    assert len(blind.asked) == 10


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_a_provider_that_turns_out_too_dear_is_left_out_from_then_on(share: float) -> None:
    """The range of the bill holds what a run spends until it knows enough."""
    provider = says(share, 9)
    provider.spec = replace(provider.spec, price=paid(usd=100_000, per=Per.ITEM).price)
    entities, purse = behind([1] * 3000), Purse(per_cell=Money(400_000))
    history = told("p9", 60, round(60 * share))
    made = estimate([provider], entities, purse, history)
    _, spent = run([provider], entities, purse, history)
    assert made.low <= spent <= made.high < made.worst / 2
    assert made.forecasts[0].too_dear > 1000


def test_free_questions_are_never_left_out() -> None:
    free = Scripted(spec("free"), knows(NAME))
    purse = Purse(budget=Money(0), per_cell=Money(1))
    made = estimate([free, says(1.0, 9)], behind([1] * 30), purse, heard([free]))
    assert [round(one.items) for one in made.forecasts] == [30, 0]
    assert made.forecasts[1].unpaid > 29
