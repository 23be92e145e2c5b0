"""What estimates promise: a worst case that holds, and a range that narrows with history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.app import running
from enrich_cli.app.forecast import Forecaster
from enrich_cli.app.order import best_order
from enrich_cli.app.rates import learned
from enrich_cli.app.rationed import NO_BOUNDS
from enrich_cli.app.worth import Worth, upper_share
from enrich_cli.domain.entity import EntityType, Query
from enrich_cli.domain.events import BudgetReached
from enrich_cli.domain.history import NO_HISTORY, Count, History, ProviderKey
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.ordering import Order
from enrich_cli.domain.outcome import Gap, Hit, Miss, Outcome, Value
from enrich_cli.domain.plan import Estimate, Plan, Step
from enrich_cli.domain.provider import ProviderSpec, Tier
from enrich_cli.domain.ticket import Done, Ticket
from tests.fakes import (
    COUNT,
    NAME,
    Script,
    Scripted,
    World,
    company,
    in_virtual_time,
    never,
    paid,
    plan,
    queries,
    spec,
)


def forecaster(the_plan: Plan, companies: int, history: History = NO_HISTORY) -> Forecaster:
    made = Forecaster(the_plan, NO_BOUNDS, history)
    for n in range(companies):
        made.add(Ticket.open(company(n), the_plan, {}))
    return made


def estimate(the_plan: Plan, companies: int, history: History = NO_HISTORY) -> Estimate:
    return forecaster(the_plan, companies, history).estimate(0, 0, 0)


PROVIDERS = st.lists(
    st.tuples(
        st.integers(1, 500_000), st.sampled_from(Per), st.integers(1, 30), st.integers(0, 100)
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(PROVIDERS, st.integers(1, 60), st.randoms(use_true_random=False))
def test_no_bill_exceeds_the_worst_case(
    some: list[tuple[int, Per, int, int]], companies: int, random: Random
) -> None:
    specs = [
        paid(f"p{n}", usd=usd, per=per, batch=batch) for n, (usd, per, batch, _) in enumerate(some)
    ]
    known = {one.name: share for one, (*_, share) in zip(specs, some, strict=True)}

    def script(name: str) -> Script:
        def says(_: Query) -> Outcome:
            if random.randrange(100) >= known[name]:
                return Miss()
            return Hit({random.choice((NAME, COUNT)): Value("x")})

        return says

    providers = [Scripted(one, script(one.name)) for one in specs]
    made = estimate(plan(*specs), companies)
    world = World.new()
    run(world, plan(*specs), providers, companies)
    assert world.budget.spent <= made.worst
    assert made.low <= made.likely <= made.high <= made.worst


def run(world: World, the_plan: Plan, providers: Sequence[Scripted], count: int) -> list[Done]:
    done: list[Done] = []
    in_virtual_time(
        running.run(
            the_plan,
            {EntityType.COMPANY: [company(n) for n in range(count)]},
            {p.spec.name: p for p in providers},
            world.shared,
            done.extend,
        )
    )
    return done


def told(name: str, tried: int, came: int, *, fields: int = 100) -> History:
    key = ProviderKey(f"{name}@1")
    return History(
        hits={(key, "domain", ()): Count(tried, came)},
        fields={(key, one): Count(came, came * fields // 100) for one in (NAME, COUNT)},
    )


def test_history_moves_the_estimate_and_narrows_its_range() -> None:
    the_plan = plan(paid("a"))
    wide, near = estimate(the_plan, 400), estimate(the_plan, 400, told("a", 5000, 1000))
    assert near.high - near.low < (wide.high - wide.low) / 3
    assert abs(near.likely - 400 * 0.2 * 100_000) < 400 * 0.2 * 100_000 * 0.05


def test_free_providers_cost_nothing_and_have_no_range() -> None:
    made = estimate(plan(spec("a")), 10)
    assert (made.low, made.likely, made.high, made.worst) == (0, 0, 0, 0)


def weighed(specs: Sequence[ProviderSpec], history: History, *, fixed: bool = False) -> Order:
    steps = tuple(Step(one, one.gives) for one in specs)
    crowds = forecaster(plan(*specs), 100).crowds[EntityType.COMPANY]
    return best_order(steps, crowds, learned(history, specs), fixed=fixed)


def order(specs: Sequence[ProviderSpec], history: History, *, fixed: bool = False) -> list[str]:
    return [step.spec.name for step in weighed(specs, history, fixed=fixed).steps]


CHEAP_BUT_BLIND = (paid("cheap", usd=50_000, per=Per.ITEM), paid("good", usd=60_000, per=Per.HIT))
BLIND = told("cheap", 1000, 20).plus(told("good", 1000, 900))


def test_the_usual_order_stays_where_it_is_set_or_no_other_is_better() -> None:
    assert order(CHEAP_BUT_BLIND, NO_HISTORY) == ["cheap", "good"]
    assert order(CHEAP_BUT_BLIND, BLIND, fixed=True) == ["cheap", "good"]


def test_without_history_it_is_prices_rules_and_what_each_gives_that_count() -> None:
    each = paid("each", usd=60_000, per=Per.HIT)
    bulk = paid("bulk", usd=1_000_000, per=Per.CALL, batch=50)
    made = weighed((each, bulk), NO_HISTORY)  # a call is dear, but asks about all
    assert [step.spec.name for step in made.steps] == ["bulk", "each"]
    assert made.rule == "the cheapest of all 2 orders, by usual hit rates, as there is no history"
    assert made.likely < made.usual
    assert order((each, replace(bulk, batch=10)), NO_HISTORY) == ["each", "bulk"]


def test_history_puts_first_what_costs_least() -> None:
    assert order(CHEAP_BUT_BLIND, BLIND) == ["good", "cheap"]


@pytest.mark.parametrize(
    ("came", "least", "most"),
    [
        (0, 2.0, 2.0),  # all hundred are left, and that is certain
        (5_100, 1.2, 1.8),  # 49 are, as many as not more than 50: one more is a second call
        (9_900, 0.3, 0.9),  # one is, if any
    ],
)
def test_calls_are_counted_as_they_are_expected(came: int, least: float, most: float) -> None:
    specs = (paid("first", usd=10, per=Per.ITEM), paid("then", usd=1_000, per=Per.CALL, batch=50))
    history = told("first", 10_000, came).plus(told("then", 1_000, 500))
    _, then = weighed(specs, history, fixed=True).weighed
    assert least <= then.cost / 1_000 <= most


def test_free_before_paid_stays_and_the_unpriced_come_last() -> None:
    free, unpriced = spec("free"), spec("nobody", tier=Tier.PREMIUM)
    specs = (free, unpriced, *CHEAP_BUT_BLIND)
    assert order(specs, BLIND) == ["free", "good", "cheap", "nobody"]


def test_equal_providers_keep_their_places() -> None:
    twins = tuple(paid(name) for name in "abcd")
    history = told("a", 100, 50)
    for name in "bcd":
        history = history.plus(told(name, 100, 50))
    assert order(twins, history) == list("abcd")


def test_more_providers_than_can_be_weighed_in_full_are_ordered_all_the_same() -> None:
    specs = [paid(f"p{n}", usd=90_000 - n) for n in range(9)]
    history = NO_HISTORY
    for n in range(9):
        history = history.plus(told(f"p{n}", 300, 200 if n == 8 else 3))
    assert sorted(order(specs, history)) == sorted(one.name for one in specs)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(1, 99), min_size=9, max_size=9), st.randoms(use_true_random=False))
def test_of_many_providers_no_two_neighbours_are_better_the_other_way(
    shares: list[int], random: Random
) -> None:
    specs = [
        paid(f"p{n}", usd=random.randint(1_000, 90_000), per=random.choice((Per.HIT, Per.ITEM)))
        for n in range(9)
    ]
    history = NO_HISTORY
    for one, share in zip(specs, shares, strict=True):
        history = history.plus(told(one.name, 1_000, share * 10, fields=random.randint(20, 90)))
    best = weighed(specs, history)
    found = [step.spec for step in best.steps]
    for n in range(8):
        other = [*found[:n], found[n + 1], found[n], *found[n + 2 :]]
        # Where the usual order is as good as to a hundredth, it stays.
        assert weighed(other, history, fixed=True).likely >= best.likely * 0.99


def test_a_provider_whose_cells_are_too_dear_is_left_out_during_the_run() -> None:
    blind = Scripted(paid("blind", usd=100_000, per=Per.ITEM), never)
    world = World.new()
    world.shared = replace(world.shared, max_per_cell=Money(1_000_000))
    done = run(world, plan(blind.spec), [blind], 4000)
    assert 20 <= len(blind.asked) < 1000
    (event,) = world.of(BudgetReached)
    assert (event.provider, event.budget) == ("blind", "cell")
    gaps = [finding.gap for one in done for finding in one.findings.values()]
    assert gaps.count(Gap.BUDGET) == 2 * (4000 - len(blind.asked))


def test_history_alone_may_leave_a_provider_out() -> None:
    one = paid("blind", usd=100_000, per=Per.ITEM)
    (query,) = queries(1)
    assert Worth(one, NO_HISTORY).per_cell(query) == 0
    assert Worth(one, told("blind", 1000, 10)).per_cell(query) > 2_000_000


def test_the_bound_is_kind_where_little_is_known() -> None:
    assert upper_share(Count()) == 1
    assert upper_share(Count(20, 0)) > 0.1 > upper_share(Count(1000, 0))
    assert upper_share(Count(50, 50)) > 0.99
