"""What a run does about a provider that is down, and about money that others have spent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from enrich_cli.app import layers
from enrich_cli.app.lane import GIVE_UP_AFTER, STRIKES
from enrich_cli.app.shared import RETRIES_AT_LEAST, Errors, Retries
from enrich_cli.app.till import Till, ceilings
from enrich_cli.domain.entity import Query
from enrich_cli.domain.events import BudgetReached, CallSettled, RetryScheduled
from enrich_cli.domain.ledger import Ceiling, Charge, ChargeState
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Hit, Miss, Outcome, Reason, Value
from enrich_cli.domain.plan import ErrorLimit
from enrich_cli.domain.provider import Limits, ProviderError, Reply
from tests.app.test_layers import failure, memory
from tests.fakes import (
    EPOCH,
    NAME,
    Scripted,
    World,
    fails,
    in_virtual_time,
    knows,
    paid,
    queries,
    spec,
)


def run(world: World, provider: Scripted, count: int) -> list[Answer]:
    async def main() -> list[Answer]:
        lookup = layers.build(provider, memory(world, provider), world.shared)
        return list(await lookup(queries(count)))

    return in_virtual_time(main())


class TestBrake:
    def test_a_provider_that_only_fails_is_tried_ever_less_and_then_left(self) -> None:
        world = World.new()
        provider = Scripted(spec(limits=Limits(concurrency=25)), fails(Reason.UNREACHABLE))
        answers = run(world, provider, 1_000)
        assert {failure(answer).reason for answer in answers} <= {Reason.UNREACHABLE, Reason.SHUT}
        assert failure(answers[-1]).reason is Reason.SHUT
        at_once = 25
        assert at_once <= len(provider.calls) <= at_once + 12
        assert provider.calls[-1][0] <= GIVE_UP_AFTER + 35

    def test_while_it_is_tried_only_one_call_is_under_way(self) -> None:
        provider = Scripted(spec(limits=Limits(concurrency=25)), fails(Reason.SERVER_ERROR))
        run(World.new(), provider, 200)
        times = [at for at, _ in provider.calls]
        assert times[:25] == [0] * 25
        gaps = [later - at for at, later in pairwise(times[25:])]
        assert all(gap >= 1 for gap in gaps)
        assert max(gaps) <= 31

    def test_one_that_comes_back_answers_everybody(self) -> None:
        world = World.new()

        def script(_: Query) -> Outcome | ProviderError:
            if world.shared.clock.monotonic() < 20:
                return ProviderError(Reason.UNREACHABLE)
            return Hit({NAME: Value("x")})

        provider = Scripted(spec(limits=Limits(concurrency=25)), script)
        answers = run(world, provider, 300)
        assert all(isinstance(answer.outcome, Hit) for answer in answers)
        early = [at for at, _ in provider.calls if at < 20]
        assert len(early) < 25 + 8

    def test_single_failures_among_answers_brake_nothing(self) -> None:
        asked: list[Query] = []

        def script(query: Query) -> Outcome | ProviderError:
            asked.append(query)
            if len(asked) % STRIKES:
                return ProviderError(Reason.SERVER_ERROR)
            return Hit({NAME: Value("x")})

        world, provider = World.new(), Scripted(spec(limits=Limits(concurrency=1)), script)
        run(world, provider, 5)
        assert not [c for c in world.of(CallSettled) if c.at > EPOCH + GIVE_UP_AFTER]


class TestRetryBudget:
    def test_half_of_what_was_asked_may_be_asked_again(self) -> None:
        retries = Retries()
        assert retries.allow(RETRIES_AT_LEAST)
        assert not retries.allow(1)
        retries.asked = 1_000
        assert retries.allow(500 - RETRIES_AT_LEAST)
        assert not retries.allow(1)

    def test_a_run_does_not_ask_again_for_ever(self) -> None:
        """Nine of ten calls fail, so each question alone would be worth eight tries."""
        count = 0

        def script(_: Query) -> Outcome | ProviderError:
            nonlocal count
            count += 1
            return Hit({NAME: Value("x")}) if count % 10 == 0 else ProviderError(Reason.GARBAGE)

        world, provider = World.new(), Scripted(spec(limits=Limits(concurrency=8)), script)
        run(world, provider, 600)
        again = sum(event.queries for event in world.of(RetryScheduled))
        assert RETRIES_AT_LEAST <= again <= 300
        assert len(provider.calls) == 600 + again


class TestCeilings:
    def world(self, limit: int) -> World:
        world = World.new()
        world.shared = replace(
            world.shared, ceilings=(Ceiling("month", EPOCH - 10 * 86_400, Money(limit)),)
        )
        return world

    @pytest.mark.parametrize("size", [1, 10])
    def test_all_runs_together_stay_below_it(self, size: int) -> None:
        """Six questions are taken by another run, so four are left."""
        world, provider = self.world(1_000_000), Scripted(paid(batch=size), knows(NAME))
        other = Charge("o-1", "other", "x", (), Money(600_000), EPOCH - 86_400)

        async def main() -> tuple[list[Answer], Money]:
            await world.store.intend([other])
            lookup = layers.build(provider, memory(world, provider), world.shared)
            answers = list(await lookup(queries(10)))
            return answers, await world.store.taken_since(EPOCH - 5 * 86_400)

        answers, taken = in_virtual_time(main())
        found = [answer for answer in answers if isinstance(answer.outcome, Hit)]
        assert (len(found), taken) == (4, 1_000_000)
        assert {failure(a).reason for a in answers if a not in found} == {Reason.BUDGET}
        assert len(world.of(BudgetReached)) == 1

    def test_what_calls_of_this_run_hold_is_waited_for(self) -> None:
        """Every second company is unknown, which costs nothing: all of the money is spent."""
        count = 0

        def script(query: Query) -> Outcome | ProviderError:
            nonlocal count
            count += 1
            return knows(NAME)(query) if count % 2 else Miss()

        world = self.world(1_050_000)
        provider = Scripted(paid(limits=Limits(concurrency=20)), script)
        answers = run(world, provider, 100)
        assert provider.billed == 1_000_000
        assert sum(isinstance(answer.outcome, Hit) for answer in answers) == 10
        (event,) = world.of(BudgetReached)
        assert (event.budget, event.needed, event.left) == ("month", 100_000, 50_000)

    def test_a_stop_ends_the_waiting(self) -> None:
        world = self.world(100_000)
        provider = Scripted(paid(limits=Limits(concurrency=5)), knows(NAME), latency=3)

        async def main() -> list[Answer]:
            lookup = layers.build(provider, memory(world, provider), world.shared)
            asyncio.get_running_loop().call_later(1, world.shared.stop.request)
            return list(await lookup(queries(9)))

        answers = in_virtual_time(main())
        assert isinstance(answers[0].outcome, Hit)
        assert {failure(answer).reason for answer in answers[1:]} == {Reason.INTERRUPTED}

    def test_what_came_back_may_be_spent(self) -> None:
        world, provider = self.world(100_000), Scripted(paid(), knows(NAME))
        other = Charge("o-1", "other", "x", (), Money(100_000), EPOCH)

        async def main() -> list[Answer]:
            await world.store.intend([other])
            await world.store.keep([other.closed(ChargeState.FREE)], {})
            lookup = layers.build(provider, memory(world, provider), world.shared)
            return list(await lookup(queries(1)))

        (answer,) = in_virtual_time(main())
        assert isinstance(answer.outcome, Hit)

    def test_days_and_months_are_those_of_utc(self) -> None:
        """2023-11-14 22:13:20 UTC."""
        day, month = ceilings({"day": Money(1), "month": Money(2)}, EPOCH)
        assert (day.since, day.limit) == (EPOCH - 22 * 3600 - 13 * 60 - 20, 1)
        assert (month.since, month.limit) == (day.since - 13 * 86_400, 2)


class TestMaxErrors:
    @pytest.mark.parametrize(
        ("limit", "asked"),
        [
            (ErrorLimit(count=0), 2),
            (ErrorLimit(count=5), 12),
            (ErrorLimit(share=0.4), 20),
            (ErrorLimit(share=0.5), 100),
        ],
    )
    def test_nobody_is_asked_once_too_many_questions_failed(
        self, limit: ErrorLimit, asked: int
    ) -> None:
        """Every second question fails."""
        world = World.new()
        world.shared = replace(world.shared, errors=Errors(limit))
        odd = {query.entity for query in queries(100)[1::2]}

        def script(query: Query) -> Outcome | ProviderError:
            return ProviderError(Reason.BUG) if query.entity in odd else Hit({NAME: Value("x")})

        provider = Scripted(spec(limits=Limits(concurrency=1)), script)
        answers = run(world, provider, 100)
        assert len(provider.calls) == asked
        assert {failure(answer).reason for answer in answers[asked:]} <= {Reason.SHUT}
        assert len(answers) == 100


class TestProviderBudget:
    def test_one_provider_may_have_less_than_all(self) -> None:
        world = World.new(1_000_000)
        till = Till(world.budget, {"acme": Money(300_000)})
        world.shared = replace(world.shared, till=till)
        small, large = Scripted(paid("acme"), knows(NAME)), Scripted(paid("other"), knows(NAME))
        found = [
            sum(isinstance(answer.outcome, Hit) for answer in run(world, provider, 20))
            for provider in (small, large)
        ]
        assert found == [3, 7]
        assert (world.budget.spent, world.budget.held) == (1_000_000, 0)
        assert [event.left for event in world.of(BudgetReached)] == [0, 0]


@pytest.mark.parametrize("known", [0, 3, 10])
def test_what_a_batch_did_not_cost_is_spent_on_those_cut_off_it(known: int) -> None:
    """A batch of ten, money for three hits, and so many of ten that are known at all."""
    hits = {query.entity for query in queries(10)[10 - known :]}

    def script(query: Query) -> Outcome:
        return Hit({NAME: Value("x")}) if query.entity in hits else Miss()

    world, provider = World.new(300_000), Scripted(paid(batch=10), script)
    answers = run(world, provider, 10)
    assert sum(isinstance(answer.outcome, Hit) for answer in answers) == min(known, 3)
    assert world.budget.spent == 100_000 * min(known, 3)
    assert len(provider.asked) == (10 if known <= 3 else 3)


class Resting(Scripted):
    """A provider that says with each answer for how long its limit lets nobody through."""

    def __init__(self, rest: float) -> None:
        super().__init__(spec(limits=Limits(concurrency=1)), knows(NAME), latency=0)
        self.rest = rest

    async def fetch(self, some: Sequence[Query]) -> Reply:
        return replace(await super().fetch(some), rest=self.rest)


class TestRest:
    def test_nobody_asks_before_the_limit_lets_him(self) -> None:
        provider = Resting(30.0)
        run(World.new(), provider, 4)
        assert [at for at, _ in provider.calls] == [0, 30, 60, 90]

    def test_for_longer_than_two_minutes_nobody_waits(self) -> None:
        provider = Resting(GIVE_UP_AFTER + 1)
        answers = run(World.new(), provider, 4)
        assert len(provider.calls) == 1
        assert {failure(answer).reason for answer in answers[1:]} == {Reason.SHUT}

    def test_one_that_asks_to_come_back_in_an_hour_stops_no_run(self) -> None:
        limited = fails(Reason.RATE_LIMITED, retry_after=3_600.0)
        world, provider = World.new(), Scripted(spec(), limited, latency=0)
        answers = run(world, provider, 50)
        assert {failure(answer).reason for answer in answers} == {Reason.RATE_LIMITED, Reason.SHUT}
        assert len(provider.calls) <= 4
