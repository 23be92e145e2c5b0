"""What runs leave in the history, and the rates that come out of it."""

from __future__ import annotations

import asyncio

import pytest

from enrich_cli.app import running
from enrich_cli.app.rates import learned
from enrich_cli.domain.entity import EntityType, Query
from enrich_cli.domain.history import (
    LONGEST_PAST,
    NO_HISTORY,
    Count,
    History,
    ProviderKey,
    past_of,
    past_text,
)
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.outcome import Hit, Miss, Outcome, Reason, Value
from tests.fakes import COUNT, NAME, Scripted, World, company, fails, in_virtual_time, paid, plan

A, B = ProviderKey("a@1"), ProviderKey("b@1")


def even(query: Query) -> Outcome:
    """Knows the name of every second company."""
    number = int(query.ids[0][1].split(".")[0][1:])
    return Miss() if number % 2 else Hit({NAME: Value("x")})


def odd(query: Query) -> Outcome:
    number = int(query.ids[0][1].split(".")[0][1:])
    return Hit({NAME: Value("x"), COUNT: Value(3)}) if number % 2 else Miss()


def run(world: World, providers: list[Scripted], count: int) -> None:
    in_virtual_time(
        running.run(
            plan(*(p.spec for p in providers)),
            {EntityType.COMPANY: [company(n) for n in range(count)]},
            {p.spec.name: p for p in providers},
            world.shared,
            lambda _: None,
        )
    )


def test_hits_are_counted_by_what_others_said_before() -> None:
    world = World.new()
    run(world, [Scripted(paid("a"), even), Scripted(paid("b"), odd)], 10)
    history = world.store.history()
    assert history.hits == {
        (A, "domain", ()): Count(10, 5),
        (B, "domain", ((A, True),)): Count(5, 0),
        (B, "domain", ((A, False),)): Count(5, 5),
    }
    assert history.fields == {
        (A, NAME): Count(5, 5),
        (A, COUNT): Count(5, 0),
        (B, NAME): Count(5, 5),
        (B, COUNT): Count(5, 5),
    }
    assert history.usage[A].spent == history.usage[A].listed == 500_000
    assert history.usage[A].seconds == pytest.approx(0.05 * history.usage[A].calls)


def test_stored_answers_are_not_counted_again() -> None:
    first = World.new()
    run(first, [Scripted(paid("a"), even)], 10)
    before = first.store.history()
    run(World.new(store=first.store, job="again"), [Scripted(paid("a"), even)], 10)
    assert first.store.history() == before


def test_failures_say_nothing_about_hit_rates() -> None:
    world = World.new()
    run(world, [Scripted(paid("a"), fails(Reason.BAD_INPUT))], 5)
    assert not world.store.history().hits


def test_a_meter_above_the_list_is_remembered() -> None:
    world = World.new()
    dear = Scripted(paid("a", metered=True), even, metered=lambda q: Money(250_000 * len(q)))
    run(world, [dear], 10)
    rates = learned(world.store.history(), [dear.spec])
    assert rates.dearer(dear.spec) == pytest.approx(5.0)


def test_the_past_is_short_and_survives_as_text() -> None:
    world = World.new()
    names = [f"p{n}" for n in range(LONGEST_PAST + 2)]
    run(world, [Scripted(paid(name), lambda _: Miss()) for name in names], 1)
    longest = max(world.store.history().hits, key=lambda key: len(key[2]))[2]
    assert len(longest) == LONGEST_PAST
    assert past_of(past_text(longest)) == longest


def test_without_history_a_rate_is_wide() -> None:
    spec = paid("a")
    rate = learned(NO_HISTORY, [spec]).hit_rate(spec, "domain")
    assert rate.beta.strength == 4
    assert rate.beta.mean == pytest.approx(0.75, abs=0.02)


def test_a_rate_follows_its_answers_and_narrows() -> None:
    spec = paid("a")
    few = History(hits={(A, "domain", ()): Count(20, 4)})
    many = History(hits={(A, "domain", ()): Count(2000, 400)})
    near, sure = (learned(h, [spec]).hit_rate(spec, "domain").beta for h in (few, many))
    assert 0.2 < near.mean < 0.4
    assert sure.mean == pytest.approx(0.2, abs=0.01)
    assert sure.strength > 10 * near.strength


def test_a_provider_asked_about_what_another_missed_is_better_than_its_share_of_hits() -> None:
    first, second = paid("a"), paid("b")
    history = History(
        hits={
            (A, "domain", ()): Count(1000, 700),
            (B, "domain", ((A, False),)): Count(300, 60),
            (B, "domain", ((A, True),)): Count(200, 160),
        }
    )
    rate = learned(history, [first, second]).hit_rate(second, "domain").beta.mean
    assert 0.45 < rate < 0.8


def test_kinds_of_identifiers_have_rates_of_their_own() -> None:
    spec = paid("a")
    history = History(hits={(A, "domain", ()): Count(500, 450), (A, "name", ()): Count(500, 100)})
    rates = learned(history, [spec])
    assert rates.hit_rate(spec, "domain").beta.mean == pytest.approx(0.9, abs=0.03)
    assert rates.hit_rate(spec, "name").beta.mean == pytest.approx(0.2, abs=0.03)


def test_an_item_that_failed_in_an_answered_call_costs_nothing_and_is_paid_once() -> None:
    world = World.new()
    asked: list[Query] = []

    def script(query: Query) -> Outcome:
        asked.append(query)
        return Hit({NAME: Value("x")})

    provider = Scripted(paid("a", per=Per.ITEM, batch=10), script)
    run(world, [provider], 10)
    assert world.budget.spent == 10 * 100_000
    assert asyncio.run(world.store.answered(["a@1", "b@1"])) == {"a@1"}
