"""Each layer alone over a fake inner, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from enrich_cli.app import layers
from enrich_cli.app.calling import calling
from enrich_cli.app.lane import Lane
from enrich_cli.app.memory import Memory
from enrich_cli.app.paying import affordable
from enrich_cli.domain.entity import EntityKey, Query
from enrich_cli.domain.events import BudgetReached, CallSettled, RetryScheduled
from enrich_cli.domain.ledger import ChargeState, Receipt
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.outcome import Answer, Failure, Hit, Miss, Outcome, Reason, Value
from enrich_cli.domain.provider import Limits, Lookup, Provider, ProviderError, Rate, Reply
from tests.fakes import (
    EPOCH,
    NAME,
    Scripted,
    World,
    echo,
    fails,
    in_virtual_time,
    knows,
    never,
    paid,
    plan,
    queries,
    spec,
)


def memory(world: World, *providers: Provider, **changes: Any) -> Memory:
    the_plan = plan(*(p.spec for p in providers), **changes)
    return Memory(world.store, providers, the_plan, world.shared.clock, world.shared.emit)


def ask(lookup: Lookup, some: Sequence[Query]) -> list[Answer]:
    return list(in_virtual_time(_await(lookup, some)))


async def _await(lookup: Lookup, some: Sequence[Query]) -> Sequence[Answer]:
    return await lookup(some)


def failure(answer: Answer) -> Failure:
    assert isinstance(answer.outcome, Failure)
    return answer.outcome


class TestCalling:
    def test_one_call_gives_an_answer_for_each_query_in_order(self) -> None:
        provider = Scripted(spec(), knows(NAME))
        answers = ask(calling(provider, World.new().shared), queries(3))
        assert [a.outcome for a in answers] == [knows(NAME)(q) for q in queries(3)]

    def test_trouble_becomes_a_value(self) -> None:
        provider = Scripted(spec(), fails(Reason.SERVER_ERROR, detail="503"))
        world = World.new()
        answers = ask(calling(provider, world.shared), queries(2))
        assert [failure(a).reason for a in answers] == [Reason.SERVER_ERROR] * 2
        (event,) = world.of(CallSettled)
        assert (event.failures, event.amount) == ({Reason.SERVER_ERROR: 2}, 0)

    def test_a_call_that_takes_too_long_is_cut_off(self) -> None:
        slow = Scripted(spec(limits=Limits(timeout=3)), never, latency=60)
        (answer,) = ask(calling(slow, World.new().shared), queries(1))
        assert failure(answer).reason is Reason.TIMEOUT

    def test_a_bug_in_a_provider_is_a_failure_and_its_charge_unknown(self) -> None:
        def broken(_: Query) -> Hit:
            raise KeyError("name")

        (answer,) = ask(calling(Scripted(paid(), broken), World.new().shared), queries(1))
        assert failure(answer).reason is Reason.BUG
        assert answer.receipt == Receipt("", ChargeState.UNKNOWN, Money(100_000))

    def test_a_reply_of_the_wrong_length_is_garbage(self) -> None:
        class Short(Scripted):
            async def fetch(self, queries: Sequence[Query]):  # type: ignore[no-untyped-def]
                return await super().fetch(queries[:-1])

        answers = ask(calling(Short(paid(), knows(NAME)), World.new().shared), queries(3))
        assert {failure(a).reason for a in answers} == {Reason.GARBAGE}
        assert sum(a.receipt.amount for a in answers if a.receipt) == 300_000

    @pytest.mark.parametrize(
        ("per", "hits", "expected"),
        [
            (Per.HIT, 2, [10, 10, 0]),
            (Per.ITEM, 2, [10, 10, 10]),
            (Per.CALL, 2, [4, 3, 3]),
            (Per.HIT, 0, [0, 0, 0]),
        ],
    )
    def test_the_price_rule_says_what_each_item_costs(
        self, per: Per, hits: int, expected: list[int]
    ) -> None:
        asked = queries(3)
        known = {q.entity for q in asked[:hits]}
        provider = Scripted(
            paid(usd=10, per=per), lambda q: knows(NAME)(q) if q.entity in known else Miss()
        )
        answers = ask(calling(provider, World.new().shared), asked)
        assert [a.receipt.amount for a in answers if a.receipt] == expected

    def test_what_was_found_wrongly_is_billed_as_a_hit(self) -> None:
        class Mistaken(Scripted):
            async def fetch(self, queries: Sequence[Query]) -> Reply:
                reply = await super().fetch(queries)
                return Reply((replace(reply.items[0], wrongly=True), *reply.items[1:]))

        answers = ask(calling(Mistaken(paid(usd=10), never), World.new().shared), queries(3))
        assert [a.outcome for a in answers] == [Miss()] * 3
        assert [a.receipt for a in answers] == [
            Receipt("", ChargeState.SETTLED, Money(usd)) for usd in (10, 0, 0)
        ]

    def test_the_providers_own_meter_wins(self) -> None:
        provider = Scripted(paid(usd=10), knows(NAME), metered=lambda _: Money(7))
        answers = ask(calling(provider, World.new().shared), queries(2))
        assert [a.receipt.amount for a in answers if a.receipt] == [4, 3]

    @pytest.mark.parametrize("sent", [True, False])
    def test_only_what_was_sent_may_have_been_charged(self, sent: bool) -> None:
        provider = Scripted(paid(), fails(Reason.UNREACHABLE, sent=sent))
        (answer,) = ask(calling(provider, World.new().shared), queries(1))
        state = ChargeState.UNKNOWN if sent else ChargeState.FAILED
        assert answer.receipt is not None
        assert answer.receipt.state is state


class TestMetered:
    def test_no_window_ever_holds_more_calls_than_allowed(self) -> None:
        rates = (Rate(3, 1.0), Rate(10, 10.0))
        provider = Scripted(spec(limits=Limits(rates=rates, concurrency=50)), never, latency=0)
        world = World.new()

        async def main() -> None:
            lookup = layers.metered(
                calling(provider, world.shared),
                Lane(provider.spec, provider.spec.limits.concurrency),
                world.shared,
            )
            async with asyncio.TaskGroup() as group:
                for query in queries(40):
                    group.create_task(lookup([query]))

        in_virtual_time(main())
        times = [at for at, _ in provider.calls]
        assert len(times) == 40
        for rate in rates:
            for i in range(len(times) - rate.calls):
                assert times[i + rate.calls] - times[i] >= rate.seconds - 1e-9
        assert times[-1] == pytest.approx(33)  # ten in ten seconds, three in each of them

    def test_a_provider_that_says_when_is_left_alone_until_then(self) -> None:
        limited = ProviderError(Reason.RATE_LIMITED, retry_after=7.0)
        told: Iterator[Outcome | ProviderError] = iter([limited, Miss(), Miss()])
        provider = Scripted(spec(), lambda _: next(told), latency=0)
        world = World.new()

        async def main() -> None:
            lookup = layers.metered(
                calling(provider, world.shared),
                Lane(provider.spec, provider.spec.limits.concurrency),
                world.shared,
            )
            for query in queries(3):
                await lookup([query])

        in_virtual_time(main())
        assert [at for at, _ in provider.calls] == pytest.approx([0, 7, 7])


class TestAffordable:
    def lookup(self, provider: Scripted, world: World) -> Lookup:
        inner = calling(provider, world.shared)
        return affordable(
            inner, provider, Lane(provider.spec, provider.spec.limits.concurrency), world.shared
        )

    def test_what_is_not_there_is_not_spent(self) -> None:
        world = World.new(250_000)
        provider = Scripted(paid(usd=100_000, per=Per.ITEM), knows(NAME))
        answers = ask(self.lookup(provider, world), queries(5))
        assert [isinstance(a.outcome, Hit) for a in answers] == [True, True, False, False, False]
        assert failure(answers[4]).reason is Reason.BUDGET
        assert (world.budget.spent, world.budget.held) == (200_000, 0)
        assert world.of(BudgetReached) == []
        assert failure(ask(self.lookup(provider, world), queries(1))[0]).reason is Reason.BUDGET
        assert len(world.of(BudgetReached)) == 1

    def test_a_call_waits_for_held_money_that_may_come_back(self) -> None:
        world = World.new(100_000)
        provider = Scripted(paid(usd=100_000), never)

        async def main() -> list[Answer]:
            lookup = self.lookup(provider, world)
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(lookup([query])) for query in queries(3)]
            return [answer for task in tasks for answer in task.result()]

        answers = in_virtual_time(main())
        assert [answer.outcome for answer in answers] == [Miss()] * 3
        assert [at for at, _ in provider.calls] == pytest.approx([0, 0.05, 0.1])
        assert world.budget.taken == 0

    def test_the_intent_is_written_before_the_call_leaves(self) -> None:
        world = World.new()
        written: list[int] = []

        def script(_: Query) -> Miss:
            written.append(len(world.shared.books.open))
            return Miss()

        provider = Scripted(paid(), script)

        async def main() -> ChargeState:
            await self.lookup(provider, world)(queries(1))
            (charge,) = await world.store.charges("job")
            return charge.state

        assert in_virtual_time(main()) is ChargeState.INTENT
        assert written == [1]

    def test_money_of_an_unknown_outcome_stays_taken(self) -> None:
        world = World.new(300_000)
        provider = Scripted(paid(), fails(Reason.TIMEOUT, sent=True))
        ask(self.lookup(provider, world), queries(2))
        assert (world.budget.unknown, world.budget.held, world.budget.spent) == (200_000, 0, 0)

    def test_free_providers_pass(self) -> None:
        world = World.new(0)
        answers = ask(self.lookup(Scripted(spec(), knows(NAME)), world), queries(2))
        assert all(isinstance(a.outcome, Hit) and a.receipt is None for a in answers)


class TestGuardedAndQueued:
    def test_a_refused_key_costs_at_most_the_calls_in_flight(self) -> None:
        provider = Scripted(spec(limits=Limits(concurrency=4)), fails(Reason.AUTH))
        world = World.new()

        async def main() -> list[Answer]:
            lane = Lane(provider.spec, provider.spec.limits.concurrency)
            lookup = layers.guarded(calling(provider, world.shared), lane, world.shared)
            lookup = layers.batched(layers.queued(lookup, lane), 1)
            return list(await lookup(queries(400)))

        answers = in_virtual_time(main())
        assert len(provider.calls) == 4
        assert {failure(a).reason for a in answers} == {Reason.AUTH, Reason.SHUT}

    def test_slots_bound_the_calls_in_flight(self) -> None:
        provider = Scripted(spec(), never)
        world = World.new(concurrency=3)

        async def main() -> None:
            lane = Lane(provider.spec, world.shared.slots(provider.spec))
            lookup = layers.queued(calling(provider, world.shared), lane)
            await layers.batched(lookup, 1)(queries(20))

        in_virtual_time(main())
        assert provider.most_in_flight == 3

    def test_nothing_new_is_sent_once_the_run_is_to_end(self) -> None:
        provider = Scripted(spec(), knows(NAME))
        world = World.new()
        world.shared.stop.request()
        lookup = layers.guarded(
            calling(provider, world.shared),
            Lane(provider.spec, provider.spec.limits.concurrency),
            world.shared,
        )
        (answer,) = ask(lookup, queries(1))
        assert failure(answer).reason is Reason.INTERRUPTED
        assert provider.calls == []


def kept_over(inner: Lookup, provider: Scripted, world: World) -> Lookup:
    the_plan = plan(provider.spec)
    memory = Memory(world.store, [provider], the_plan, world.shared.clock, world.shared.emit)
    return layers.kept(inner, provider, memory, Lane(provider.spec, 1), world.shared)


class TestKept:
    def test_charge_and_answer_are_stored_before_anybody_uses_them(self) -> None:
        world = World.new()
        provider = Scripted(paid(), lambda q: Hit({NAME: Value(q.ids[0][1])}))

        async def main() -> None:
            inner = calling(provider, world.shared)
            inner = affordable(
                inner, provider, Lane(provider.spec, provider.spec.limits.concurrency), world.shared
            )
            answers = await kept_over(inner, provider, world)(queries(2))
            stored = await world.store.recall([provider.spec.key(q.entity) for q in queries(2)])
            assert [a.outcome for a in stored.values()] == [a.outcome for a in answers]
            (charge,) = await world.store.charges("job")
            assert (charge.state, charge.actual) == (ChargeState.SETTLED, 200_000)

        in_virtual_time(main())

    def test_a_failure_closes_its_charge_and_is_no_answer(self) -> None:
        world = World.new()
        provider = Scripted(paid(), fails(Reason.SERVER_ERROR))

        async def main() -> None:
            inner = calling(provider, world.shared)
            inner = affordable(
                inner, provider, Lane(provider.spec, provider.spec.limits.concurrency), world.shared
            )
            await kept_over(inner, provider, world)(queries(1))
            assert not await world.store.recall([provider.spec.key(queries(1)[0].entity)])
            (charge,) = await world.store.charges("job")
            assert (charge.state, charge.actual) == (ChargeState.FAILED, 0)

        in_virtual_time(main())


class TestRetried:
    def run(self, provider: Scripted, world: World, count: int = 1) -> list[Answer]:
        lookup = layers.retried(calling(provider, world.shared), provider, world.shared)
        return ask(lookup, queries(count))

    def test_only_the_queries_that_failed_are_asked_again(self) -> None:
        seen: set[EntityKey] = set()

        def script(query: Query) -> Hit | ProviderError:
            if query.entity in seen or query.entity == queries(1)[0].entity:
                return Hit({NAME: Value("x")})
            seen.add(query.entity)
            return ProviderError(Reason.SERVER_ERROR)

        world = World.new()
        provider = Scripted(spec(), script)
        lookup = layers.retried(
            layers.batched(calling(provider, world.shared), 1), provider, world.shared
        )
        answers = ask(lookup, queries(3))
        assert all(isinstance(answer.outcome, Hit) for answer in answers)
        assert len(provider.calls) == 5
        (retry,) = world.of(RetryScheduled)
        assert (retry.queries, retry.attempt, retry.reason) == (2, 1, Reason.SERVER_ERROR)

    def test_it_gives_up_after_eight_tries(self) -> None:
        provider = Scripted(spec(), fails(Reason.SERVER_ERROR), latency=0)
        (answer,) = self.run(provider, World.new())
        assert failure(answer).reason is Reason.SERVER_ERROR
        assert len(provider.calls) == layers.MOST_TRIES

    def test_it_waits_as_long_as_the_provider_asks_but_not_for_ever(self) -> None:
        provider = Scripted(spec(), fails(Reason.RATE_LIMITED, retry_after=50.0), latency=0)
        self.run(provider, World.new())
        times = [at for at, _ in provider.calls]
        assert len(times) == 3
        assert times[1] >= 50
        assert times[-1] <= layers.RETRY_WITHIN

    @pytest.mark.parametrize("reason", [Reason.AUTH, Reason.OUT_OF_CREDIT, Reason.BAD_INPUT])
    def test_what_does_not_pass_is_not_asked_again(self, reason: Reason) -> None:
        provider = Scripted(spec(), fails(reason))
        self.run(provider, World.new())
        assert len(provider.calls) == 1

    def test_a_paid_call_of_unknown_outcome_is_not_asked_again(self) -> None:
        provider = Scripted(paid(), fails(Reason.TIMEOUT, sent=True))
        self.run(provider, World.new())
        assert len(provider.calls) == 1


class TestBatched:
    def test_groups_have_the_providers_size_and_answers_keep_their_order(self) -> None:
        provider = Scripted(spec(batch=80), knows(NAME))
        world = World.new()
        asked = queries(500)
        answers = ask(layers.batched(calling(provider, world.shared), 80), asked)
        assert sorted(len(entities) for _, entities in provider.calls) == [20, *[80] * 6]
        assert [a.outcome for a in answers] == [knows(NAME)(q) for q in asked]

    def test_a_group_refused_as_bad_input_is_halved_until_the_bad_item_is_alone(self) -> None:
        asked = queries(8)
        bad = asked[5].entity

        def script(query: Query) -> Hit | ProviderError:
            return (
                ProviderError(Reason.BAD_INPUT) if query.entity == bad else Hit({NAME: Value("x")})
            )

        provider = Scripted(spec(batch=8), script)
        answers = ask(layers.batched(calling(provider, World.new().shared), 8), asked)
        assert [isinstance(a.outcome, Hit) for a in answers] == [q.entity != bad for q in asked]
        assert len(provider.calls) == 7


class TestRemembered:
    def test_only_the_unknown_goes_on(self) -> None:
        world = World.new()
        provider = Scripted(spec(), never)
        asked = queries(4)
        stored = {provider.spec.key(q.entity): Answer(Miss(), EPOCH - 5) for q in asked[:3]}
        inner, groups = echo()

        async def main() -> list[Answer]:
            await world.store.keep([], stored)
            lookup = layers.remembered(inner, provider, memory(world, provider))
            return list(await lookup(asked))

        answers = in_virtual_time(main())
        assert groups == [[asked[3]]]
        assert [answer.cached for answer in answers] == [True, True, True, False]

    def test_an_answer_that_is_too_old_for_what_is_asked_goes_on(self) -> None:
        world = World.new()
        provider = Scripted(spec(), never)
        (query,) = queries(1)
        stored = {provider.spec.key(query.entity): Answer(Hit({NAME: Value("x")}), EPOCH - 100)}
        inner, groups = echo()

        async def main() -> None:
            await world.store.keep([], stored)
            lookup = layers.remembered(inner, provider, memory(world, provider, max_age=99.0))
            await lookup([query])

        in_virtual_time(main())
        assert groups == [[query]]
