"""The pace of one provider, by the clock at the other end of the line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.app.lane import ON_THE_WAY, Lane
from enrich_cli.app.layers import metered
from enrich_cli.domain.entity import Query
from enrich_cli.domain.outcome import Answer, Miss
from enrich_cli.domain.provider import Limits, Rate
from tests.fakes import EPOCH, World, in_virtual_time, queries, spec


def arrivals(rates: Sequence[Rate], slowest: float, count: int, seed: int) -> list[float]:
    """When calls arrive at a provider that takes up to `slowest` seconds, and first ones longest.

    A call may be on its way for as little or as much of that as chance will have it.
    """
    random, arrived, world = Random(seed), list[float](), World.new()
    loop_time = world.shared.clock.monotonic

    async def inner(some: Sequence[Query]) -> Sequence[Answer]:
        latency = way = slowest
        if loop_time() > 0:
            latency = random.choice([0, random.uniform(0, slowest)])
            way = random.choice([0, latency, random.uniform(0, latency)])
        await asyncio.sleep(way)
        arrived.append(loop_time())
        await asyncio.sleep(latency - way)
        return [Answer(Miss(), EPOCH) for _ in some]

    async def main() -> None:
        lane = Lane(spec(limits=Limits(rates=tuple(rates))), slots=50)
        lookup = metered(inner, lane, world.shared)
        async with asyncio.TaskGroup() as group:
            for query in queries(count):
                group.create_task(lookup([query]))

    in_virtual_time(main())
    return sorted(arrived)


def most_within(times: Sequence[float], seconds: float) -> int:
    """The most of these moments that lie within any window of so many seconds."""
    return max(sum(0 <= at - first < seconds - 1e-6 for at in times) for first in times)


@given(
    calls=st.integers(1, 12), share=st.floats(0, 1), count=st.integers(1, 60), seed=st.integers(0)
)
@settings(max_examples=60)
def test_no_window_at_the_other_end_holds_more_calls_than_allowed(
    calls: int, share: float, count: int, seed: int
) -> None:
    rates = [Rate(calls, 1.0), Rate(3 * calls, 5.0)]
    times = arrivals(rates, share * ON_THE_WAY, count, seed)
    assert len(times) == count
    for rate in rates:
        assert most_within(times, rate.seconds) <= rate.calls


@pytest.mark.parametrize(("latency", "windows"), [(0.0, 9), (0.1, 9 * 1.1), (2.0, 9 * 1.25)])
def test_waiting_for_answers_costs_a_part_of_the_window_at_most(
    latency: float, windows: float
) -> None:
    """A hundred calls at ten a second, each of which takes `latency` and arrives at once."""
    left, world = list[float](), World.new()

    async def inner(some: Sequence[Query]) -> Sequence[Answer]:
        left.append(world.shared.clock.monotonic())
        await asyncio.sleep(latency)
        return [Answer(Miss(), EPOCH) for _ in some]

    async def main() -> None:
        lane = Lane(spec(limits=Limits(rates=(Rate(10, 1.0),))), slots=200)
        lookup = metered(inner, lane, world.shared)
        async with asyncio.TaskGroup() as group:
            for query in queries(100):
                group.create_task(lookup([query]))

    in_virtual_time(main())
    assert left[-1] == pytest.approx(windows)
    assert all(a <= b for a, b in pairwise(left))
