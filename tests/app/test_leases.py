"""Two runs on one store, and money of which nobody knows whether it was taken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from enrich_cli.app import layers
from enrich_cli.app.beating import beating
from enrich_cli.domain.entity import Query
from enrich_cli.domain.events import ChargesFound
from enrich_cli.domain.ledger import Charge, ChargeState, Claim, Claimed
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Failure, Hit, Reason
from enrich_cli.domain.store import Job, JobStatus
from tests.app.test_layers import failure, memory
from tests.fakes import (
    COUNT,
    EPOCH,
    NAME,
    Scripted,
    World,
    fails,
    in_virtual_time,
    knows,
    paid,
    queries,
)


async def asked(world: World, provider: Scripted, some: Sequence[Query]) -> list[Answer]:
    lookup = layers.build(provider, memory(world, provider), world.shared)
    return list(await lookup(some))


class TestLeased:
    def test_two_runs_ask_each_entity_once_between_them(self) -> None:
        first, provider = World.new(job="one"), Scripted(paid(), knows(NAME, COUNT))
        second = World.new(store=first.store, job="two")

        async def main() -> list[list[Answer]]:
            for job in ("one", "two"):
                await first.store.record(Job(job, "t.csv", started=EPOCH, beat=EPOCH))
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(asked(first, provider, queries(30))),
                    group.create_task(asked(second, provider, queries(40)[10:])),
                ]
            return [task.result() for task in tasks]

        answers = in_virtual_time(main())
        assert len(provider.asked) == len(set(provider.asked)) == 40
        assert all(isinstance(a.outcome, Hit) for some in answers for a in some)
        assert first.budget.spent + second.budget.spent == 40 * 100_000

    def test_the_leases_of_a_dead_run_are_taken_over(self) -> None:
        world, provider = World.new(job="new"), Scripted(paid(), knows(NAME))
        (query,) = queries(1)
        claim = Claim(provider.spec.key(query.entity), provider.spec.name, query.entity)

        async def main() -> float:
            await world.store.record(Job("old", "t.csv", started=EPOCH, beat=EPOCH))
            await world.store.claim([claim], "old", EPOCH)
            lookup = layers.build(provider, memory(world, provider), world.shared)
            await lookup([query])
            return provider.calls[0][0]

        assert 30 <= in_virtual_time(main()) < 32

    def test_a_failed_question_gives_its_lease_back(self) -> None:
        world, provider = World.new(), Scripted(paid(), fails(Reason.AUTH))
        (query,) = queries(1)
        claim = Claim(provider.spec.key(query.entity), provider.spec.name, query.entity)

        async def main() -> Claimed:
            await layers.build(provider, memory(world, provider), world.shared)([query])
            return await world.store.claim([claim], "another", EPOCH)

        assert in_virtual_time(main()) == Claimed(frozenset({claim.key}), {})


class TestUnknownCharges:
    """What may have been paid for is not bought again, unless the user or the provider says so."""

    def lost(self, *some: Query, at: float = EPOCH - 100) -> Charge:
        entities = tuple(query.entity for query in some)
        charge = Charge("old-1", "old", "acme", entities, Money(100_000), at)
        return charge.closed(ChargeState.UNKNOWN)

    def second_run(
        self, provider: Scripted, *, rebuy: bool = False, at: float = EPOCH - 100
    ) -> tuple[World, list[Answer]]:
        world = World.new(job="new")
        world.shared = replace(world.shared, rebuy=rebuy)
        first, second = queries(2)

        async def main() -> list[Answer]:
            await world.store.keep([self.lost(first, at=at)], {})
            return await asked(world, provider, [first, second])

        return world, in_virtual_time(main())

    def test_the_entity_is_not_asked_about_again_and_the_charge_is_told(self) -> None:
        provider = Scripted(paid(), knows(NAME, COUNT))
        world, (doubtful, other) = self.second_run(provider)
        assert failure(doubtful).reason is Reason.UNKNOWN_CHARGE
        assert isinstance(other.outcome, Hit)
        assert provider.asked == [queries(2)[1].entity]
        (found,) = world.of(ChargesFound)
        assert found.charges == (self.lost(queries(1)[0]),)

    def test_its_lease_is_given_back(self) -> None:
        provider = Scripted(paid(), knows(NAME))
        world, _ = self.second_run(provider)
        entity = queries(1)[0].entity
        claim = Claim(provider.spec.key(entity), "acme", entity)
        claimed = in_virtual_time(world.store.claim([claim], "third", EPOCH))
        assert claimed.held == {claim.key}

    @pytest.mark.parametrize("rebuy", [False, True])
    def test_it_is_asked_where_the_user_or_the_provider_allows(self, rebuy: bool) -> None:
        provider = Scripted(paid(repeatable=not rebuy), knows(NAME))
        world, answers = self.second_run(provider, rebuy=rebuy)
        assert all(isinstance(answer.outcome, Hit) for answer in answers)
        assert not world.of(ChargesFound)

    def test_a_younger_answer_ends_the_doubt(self) -> None:
        world, provider = World.new(job="new"), Scripted(paid(), knows(NAME, COUNT))
        (query,) = queries(1)
        key = provider.spec.key(query.entity)

        async def main() -> list[Answer]:
            await world.store.keep([self.lost(query)], {})
            bought = Answer(Hit({}), EPOCH - 50)
            await world.store.keep([], {key: bought})
            lookup = layers.build(
                provider, memory(world, provider, refresh=True, started=EPOCH), world.shared
            )
            return list(await lookup([query]))

        (answer,) = in_virtual_time(main())
        assert isinstance(answer.outcome, Hit)
        assert len(provider.calls) == 1

    def test_another_run_does_not_buy_what_this_one_lost(self) -> None:
        """One run waits for the other's answer, whose call then ends without one."""
        first, provider = World.new(job="one"), Scripted(paid(), fails(Reason.TIMEOUT, sent=True))
        second = World.new(store=first.store, job="two")

        async def main() -> list[list[Answer]]:
            for job in ("one", "two"):
                await first.store.record(Job(job, "t.csv", started=EPOCH, beat=EPOCH))
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(asked(world, provider, queries(1)))
                    for world in (first, second)
                ]
            return [task.result() for task in tasks]

        (one,), (two,) = in_virtual_time(main())
        assert (failure(one).reason, failure(two).reason) == (
            Reason.TIMEOUT,
            Reason.UNKNOWN_CHARGE,
        )
        assert len(provider.calls) == 1

    def test_a_job_that_starts_tells_what_the_dead_have_lost(self) -> None:
        world, provider = World.new(job="new"), Scripted(paid(), knows(NAME))
        (query,) = queries(1)
        intent = Charge("old-1", "old", "acme", (query.entity,), Money(100_000), EPOCH - 60)
        dead = Job("old", "t.csv", started=EPOCH - 60, beat=EPOCH - 40)

        async def main() -> list[Answer]:
            await world.store.record(dead)
            await world.store.intend([intent])
            new = Job("new", "t.csv", started=EPOCH, beat=EPOCH)
            store, clock, emit = world.store, world.shared.clock, world.shared.emit
            async with beating(store, lambda: replace(new, beat=clock.now()), clock, emit):
                return await asked(world, provider, [query])

        (answer,) = in_virtual_time(main())
        assert failure(answer) == Failure(Reason.UNKNOWN_CHARGE)
        lost = intent.closed(ChargeState.UNKNOWN)
        assert [event.charges for event in world.of(ChargesFound)] == [(lost,), (lost,)]
        jobs = in_virtual_time(world.store.jobs())
        assert [(job.id, job.status) for job in jobs] == [
            ("old", JobStatus.INTERRUPTED),
            ("new", JobStatus.RUNNING),
        ]
