"""Chunks of entities down the waterfall, a few at a time."""

from __future__ import annotations

import asyncio
import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from enrich_cli.app import scarce
from enrich_cli.app.chunking import CHUNK, LARGEST_CHUNK, chunks
from enrich_cli.app.layers import build, unasked
from enrich_cli.app.memory import Memory
from enrich_cli.app.shared import Shared
from enrich_cli.app.yielding import Gate
from enrich_cli.domain.entity import Entity, EntityType, Field, Query
from enrich_cli.domain.events import ChunkDone, EntityDone
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Gap, Reason
from enrich_cli.domain.plan import Plan, Step, step_of
from enrich_cli.domain.provider import Lookup, Provider
from enrich_cli.domain.settled import Describing, mark, record
from enrich_cli.domain.ticket import Done, Ticket

CHUNKS_IN_FLIGHT = 4
GROUP = 10
"""Entities of a chunk that go on to the next provider together."""


Collect = Callable[[Sequence[Done]], None]
"""Takes finished entities; called once for each chunk, in no particular order."""
Notice = Callable[[Ticket], None]


def chunk_size(batches: Iterable[int]) -> int:
    """About `CHUNK` entities, and a multiple of every batch size where that is possible."""
    common = math.lcm(*batches)
    if common > LARGEST_CHUNK:
        return LARGEST_CHUNK
    return math.ceil(CHUNK / common) * common


async def run(
    plan: Plan,
    entities: Mapping[EntityType, Iterable[Entity]],
    providers: Mapping[str, Provider],
    shared: Shared,
    collect: Collect,
    *,
    each: bool = False,
    money_is_short: bool = False,
    describing: Describing | None = None,
    notice: Notice | None = None,
) -> None:
    """Take every entity down the steps of `plan` and hand it to `collect`.

    `notice` sees each ticket that is opened with more than its entity, before anybody is asked.

    `entities` come with those first whose answers fill the most cells; where `money_is_short` it
    goes where it fills the most. `providers` holds those of the plan's steps by name. With `each`,
    an `EntityDone` is emitted for every entity; with `describing`, records of those that are
    settled are kept. Whatever ends the run, charges that were cut off are closed as unknown.
    """
    memories = {type_: _memory(type_, plan, providers, shared) for type_ in entities}
    gate = Gate(shared, shared.concurrency or 1) if shared.gives_way else None
    lookups = {
        name: unasked(Reason.OFFLINE, shared)
        if plan.offline
        else build(provider, memories[provider.spec.entity], shared, gate)
        for name, provider in providers.items()
        if provider.spec.entity in memories
    }

    marks = {type_: mark(plan, type_) for type_ in entities}
    describe = {type_: describing(plan, type_) for type_ in entities} if describing else {}

    async def opened(type_: EntityType, chunk: Sequence[Entity]) -> list[Ticket]:
        wanted, memory = frozenset(plan.fields(type_)), memories[type_]
        await memory.read([Query(entity.key, entity.ids, wanted) for entity in chunk])
        tickets = [Ticket.open(entity, plan, memory.known(entity.key)) for entity in chunk]
        if notice is not None:
            for ticket in tickets:
                if not ticket.plain:
                    notice(ticket)
        return tickets

    def finish(type_: EntityType, tickets: Sequence[Ticket]) -> None:
        done = [Done.of(ticket) for ticket in tickets]
        collect(done)
        shared.emit(_summed(type_, done, shared.clock.now()))
        if each:
            for one in done:
                shared.emit(_told(one, shared.clock.now()))
        if describe:
            memory, own_mark, told = memories[type_], marks[type_], describe[type_]
            records = [
                record(one, memory.known(one.ticket.entity.key), own_mark, told) for one in done
            ]
            shared.store.settle([one for one in records if one is not None])
        memories[type_].forget(ticket.entity.key for ticket in tickets)

    async def plenty(queue: Iterator[tuple[EntityType, list[Entity]]]) -> None:
        for type_, chunk in queue:
            finish(type_, await _down(plan, type_, await opened(type_, chunk), lookups))

    async def short(queue: Iterator[list[Entity]]) -> None:
        for chunk in queue:
            tickets: list[Ticket] = []
            for type_ in entities:
                tickets += await opened(type_, [one for one in chunk if one.type is type_])
            through = await scarce.down(plan, tickets, lookups, slots)
            for type_ in entities:
                if own := [ticket for ticket in through if ticket.entity.type is type_]:
                    finish(type_, own)

    if money_is_short:
        slots = {name: shared.slots(provider.spec) for name, provider in providers.items()}
        works = [short(chunks(heapq.merge(*entities.values(), key=_worth), LARGEST_CHUNK))]
    else:
        works = [plenty(queue) for queue in [_queue(entities, plan)] * CHUNKS_IN_FLIGHT]
    try:
        async with asyncio.TaskGroup() as workers:
            for work in works:
                workers.create_task(work)
    finally:
        if left := shared.books.abandon():
            await shared.store.keep(left, {})


def _memory(
    type_: EntityType, plan: Plan, providers: Mapping[str, Provider], shared: Shared
) -> Memory:
    own = [providers[step.spec.name] for step in plan.steps_for(type_)]
    return Memory(shared.store, own, plan, shared.clock, shared.emit)


def _queue(
    entities: Mapping[EntityType, Iterable[Entity]], plan: Plan
) -> Iterator[tuple[EntityType, list[Entity]]]:
    for type_, some in entities.items():
        size = chunk_size(step.spec.batch for step in plan.steps_for(type_))
        for chunk in chunks(some, size):
            yield type_, chunk


def _worth(entity: Entity) -> int:
    return -sum(entity.empty.values())


async def _down(
    plan: Plan, type_: EntityType, tickets: list[Ticket], lookups: Mapping[str, Lookup]
) -> list[Ticket]:
    for whole, steps in groupby(plan.steps_for(type_), key=lambda step: step.spec.batch > 1):
        size = len(tickets) if whole else GROUP
        tickets = await _in_groups(tickets, size, tuple(steps), lookups)
    return tickets


async def _in_groups(
    tickets: Sequence[Ticket], size: int, steps: Sequence[Step], lookups: Mapping[str, Lookup]
) -> list[Ticket]:
    """Take the tickets down the steps in groups that follow one another.

    While one group is at the second provider the next is at the first. Where entities are asked
    about in batches the group is all there is, so that the batches are full.
    """

    async def take(group: Sequence[Ticket]) -> Sequence[Ticket]:
        for step in steps:
            group = await _take(step, group, lookups[step.spec.name])
        return group

    async with asyncio.TaskGroup() as together:
        tasks = [together.create_task(take(group)) for group in chunks(tickets, size)]
    return [ticket for task in tasks for ticket in task.result()]


async def _take(step: Step, tickets: Sequence[Ticket], lookup: Lookup) -> list[Ticket]:
    queries = [ticket.query(step) for ticket in tickets]
    asked = [query for query in queries if query is not None]
    answers = iter(await lookup(asked) if asked else ())
    return [
        ticket.passed(step) if query is None else ticket.after(step, next(answers))
        for ticket, query in zip(tickets, queries, strict=True)
    ]


def _summed(type_: EntityType, done: Sequence[Done], now: float) -> ChunkDone:
    filled: defaultdict[Field, Counter[str]] = defaultdict(Counter)
    sure: defaultdict[Field, Counter[int]] = defaultdict(Counter)
    gaps: Counter[Gap] = Counter()
    asked = cached = naive = undone = 0
    for one in done:
        ticket = one.ticket
        empty = ticket.entity.empty
        for name, finding in one.findings.items():
            if finding.gap is None:
                filled[name][finding.provider] += empty[name]
                if finding.confidence is not None:
                    sure[name][step_of(finding.confidence)] += empty[name]
            else:
                gaps[finding.gap] += empty[name]
        was_asked = ticket.asked
        asked += was_asked
        cached += not was_asked and bool(ticket.answers)
        naive += one.naive
        undone += ticket.undone()
    sums = (len(done), cached, asked, filled, gaps, Money(naive), Money(undone), sure)
    return ChunkDone(now, type_, *sums)


def _told(one: Done, now: float) -> EntityDone:
    entity = one.ticket.entity
    found = {name: f for name, f in one.findings.items() if f.value is not None}
    return EntityDone(
        at=now,
        type=entity.type,
        entity=entity.key,
        identifier=entity.ids[0][1] if entity.ids else "",
        rows=entity.rows,
        values={name: f.value.content for name, f in found.items() if f.value is not None},
        sources={name: f.provider for name, f in found.items()},
        gaps={name: f.gap for name, f in one.findings.items() if f.gap is not None},
    )
