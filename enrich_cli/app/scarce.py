"""Where money may run short: what fills the most empty cells for a dollar is asked first."""

from __future__ import annotations

import asyncio
import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from enrich_cli.domain.entity import EntityType, Query
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.plan import Plan, Step
from enrich_cli.domain.provider import Lookup
from enrich_cli.domain.ticket import Ticket


def scarce(plan: Plan, entities: Mapping[EntityType, int], limit: Money | None) -> bool:
    """Whether a run about so many entities of each type could come to cost more than `limit`."""
    worst = sum(entities.get(step.spec.entity, 0) * step.spec.worst(1) for step in plan.steps)
    return limit is not None and worst > limit


def yield_of(ticket: Ticket, step: Step, query: Query) -> float:
    """The cells that an answer could fill for a dollar; infinite where it costs nothing.

    An entity behind 40 rows comes before one behind a single row, and a cheap source before a
    dear one, but never for one and the same entity: its waterfall keeps its order.
    """
    return cells_per_dollar(step, sum(ticket.entity.empty[name] for name in query.fields))


def cells_per_dollar(step: Step, cells: float) -> float:
    """What an answer that fills so many cells yields, in a full batch; infinite if it is free."""
    size = step.spec.batch
    price = step.spec.worst(size) / size
    return cells / price if price else math.inf


async def down(
    plan: Plan, tickets: Sequence[Ticket], lookups: Mapping[str, Lookup], slots: Mapping[str, int]
) -> list[Ticket]:
    """Take the tickets down their waterfalls, the best question of all first.

    `slots` says how many calls each provider takes at a time. Gives the tickets at their end, in
    the order in which they were given.
    """
    return await _Market(plan, tickets, lookups, slots).held()


class _Market:
    """The questions that could be asked now, and the calls under way."""

    def __init__(
        self,
        plan: Plan,
        tickets: Sequence[Ticket],
        lookups: Mapping[str, Lookup],
        slots: Mapping[str, int],
    ) -> None:
        self._plan = plan
        self._tickets = list(tickets)
        self._lookups = lookups
        self._slots = slots
        self._offers: defaultdict[str, list[tuple[float, int, int, Query]]] = defaultdict(list)
        self._steps = {step.spec.name: step for step in plan.steps}
        self._flying: Counter[str] = Counter()
        self._hopes: Counter[float] = Counter()
        self._turn = count()
        self._changed = asyncio.Event()

    async def held(self) -> list[Ticket]:
        for number, ticket in enumerate(self._tickets):
            self._offer(number, self._plan.steps_for(ticket.entity.type))
        async with asyncio.TaskGroup() as calls:
            while self._flying.total() or any(self._offers.values()):
                step = self._best()
                if step is None:
                    self._changed.clear()
                    await self._changed.wait()
                    continue
                calls.create_task(self._call(step))
        return self._tickets

    def _offer(self, number: int, steps: Iterable[Step]) -> None:
        """Put the ticket's next question among the others; where it has none it is through."""
        ticket = self._tickets[number]
        for step in steps:
            query = ticket.query(step)
            if query is not None:
                worth = yield_of(ticket, step, query)
                offer = (-worth, next(self._turn), number, query)
                heapq.heappush(self._offers[step.spec.name], offer)
                return
            self._tickets[number] = ticket = ticket.passed(step)

    def _best(self) -> Step | None:
        """The step of the best question; None where it is better to wait for a call under way."""
        calls = [
            (-self._worth(name), some[0][1], name) for name, some in self._offers.items() if some
        ]
        if not calls:
            return None
        worth, _, name = min(calls)
        busy = self._flying[name] >= self._slots[name]
        better = any(-worth < hope for hope in self._hopes)
        return None if busy or better or self._may_grow(self._steps[name]) else self._steps[name]

    def _worth(self, name: str) -> float:
        """What the next call to a provider would yield.

        That is what its best question would, but where a call that is not full costs the same.
        """
        spec, some = self._steps[name].spec, self._offers[name]
        by_call = spec.price is not None and spec.price.per is Per.CALL
        if not by_call or len(some) >= spec.batch:
            return -some[0][0]
        return -sum(worth for worth, *_ in some) / spec.batch

    def _hope(self, number: int, steps: Sequence[Step]) -> float:
        """What the best later question about the ticket would yield, if nothing came of this."""
        ticket = self._tickets[number]
        return max(
            (
                yield_of(ticket, step, query)
                for step in steps
                if not step.spec.free and (query := ticket.query(step)) is not None
            ),
            default=0.0,
        )

    def _may_grow(self, step: Step) -> bool:
        """Whether a batch is not full, and calls under way may bring more for it."""
        return len(self._offers[step.spec.name]) < step.spec.batch and any(
            calls and name != step.spec.name for name, calls in self._flying.items()
        )

    def _call(self, step: Step) -> Coroutine[Any, Any, None]:
        """Take the best questions of a step from the market, and give the call about them."""
        some = self._offers[step.spec.name]
        group = [heapq.heappop(some) for _ in range(min(step.spec.batch, len(some)))]
        steps = self._plan.steps_for(step.spec.entity)
        later = steps[steps.index(step) + 1 :]
        hopes = Counter(self._hope(number, later) for _, _, number, _ in group)
        self._hopes += hopes
        self._flying[step.spec.name] += 1

        async def call() -> None:
            answers = await self._lookups[step.spec.name]([query for *_, query in group])
            self._hopes -= hopes
            self._flying[step.spec.name] -= 1
            for (_, _, number, _), answer in zip(group, answers, strict=True):
                self._tickets[number] = self._tickets[number].after(step, answer)
                self._offer(number, later)
            self._changed.set()

        return call()
