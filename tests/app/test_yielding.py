"""A run that gives way, in virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from enrich_cli.app.layers import build
from enrich_cli.app.memory import Memory
from enrich_cli.app.yielding import Gate
from enrich_cli.domain.store import Job
from tests.fakes import EPOCH, NAME, Scripted, World, in_virtual_time, knows, plan, queries, spec

OTHER = Job("20261124-100000-0000", "t.csv", EPOCH, EPOCH)


@pytest.mark.parametrize(
    ("other", "asked_at"),
    [
        (OTHER, pytest.approx(6.0)),  # it ends after 5 s, and is looked at every 2
        (replace(OTHER, id="20261124-100000-0000-warm"), 0.0),
        (replace(OTHER, beat=EPOCH - 3600), 0.0),  # dead
    ],
)
def test_nobody_is_asked_while_another_run_goes_on(other: Job, asked_at: float) -> None:
    provider, world = Scripted(spec(), knows(NAME)), World.new()
    memory = Memory(
        world.store, [provider], plan(provider.spec), world.shared.clock, world.shared.emit
    )

    async def main() -> None:
        await world.store.record(other)
        lookup = build(provider, memory, world.shared, Gate(world.shared, 1))
        asking = asyncio.ensure_future(lookup(queries(1)))
        await asyncio.sleep(5.0)
        await world.store.record(replace(other, finished=EPOCH + 5.0))
        await asking

    in_virtual_time(main())
    assert [at for at, _ in provider.calls] == [asked_at]


def test_a_run_that_is_to_end_waits_no_longer() -> None:
    provider, world = Scripted(spec(), knows(NAME)), World.new()
    memory = Memory(
        world.store, [provider], plan(provider.spec), world.shared.clock, world.shared.emit
    )

    async def main() -> float:
        await world.store.record(OTHER)
        lookup = build(provider, memory, world.shared, Gate(world.shared, 1))
        asking = asyncio.ensure_future(lookup(queries(1)))
        await asyncio.sleep(1.0)
        world.shared.stop.request()
        await asking
        return asyncio.get_running_loop().time()

    assert in_virtual_time(main()) < 2.0
    assert provider.calls == []
