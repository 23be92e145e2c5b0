"""What a prepared job would cost, by what the store knows: nobody is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import polars as pl

from enrich_cli import recalling
from enrich_cli.app.chunking import CHUNK, chunks
from enrich_cli.app.forecast import Forecaster
from enrich_cli.app.memory import Memory
from enrich_cli.app.rationed import Purse
from enrich_cli.app.stock import Stock
from enrich_cli.app.till import ceilings
from enrich_cli.crowds import crowds
from enrich_cli.domain.entity import (
    Entity,
    EntityKey,
    EntityType,
    Query,
)
from enrich_cli.domain.events import Event
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer
from enrich_cli.domain.plan import Estimate
from enrich_cli.domain.provider import Provider
from enrich_cli.domain.store import Store
from enrich_cli.domain.ticket import Ticket
from enrich_cli.job import Parts, Prepared
from enrich_cli.recalling import LEAST
from enrich_cli.settings import Settings
from enrich_cli.tables.identify import to_entities
from enrich_cli.tables.suppressing import suspects

_READ = 10_000
"""Entities about which the store is asked at a time."""


async def forecast(
    prepared: Prepared,
    store: Store,
    providers: Mapping[str, Provider],
    parts: Parts,
    *,
    least: int | None = LEAST,
) -> Estimate:
    """What the prepared run would cost, by what the store knows; nobody is asked.

    `providers` are those of the plan's steps, by name. Entities that the store answers in full
    are counted as columns where there are more than `least`; with None they are not, and the
    fingerprints of the stored answers are whole.
    """
    plan = prepared.plan
    purse = purse_of(parts.settings, await _left(store, parts))
    forecaster, stock = Forecaster(plan, purse, parts.history), Stock(plan)
    counted: dict[EntityType, list[pl.Series]] = {type_: [] for type_ in prepared.types}
    for type_, places in counted.items():
        if least is not None:
            async for some in recalling.recalled(prepared.found, plan, type_, store, least=least):
                rows = int(some.frame["rows"].sum())
                forecaster.add_settled(type_, some.frame.height, rows, some.answered, some.naive)
                stock.add_counts(some.stock)
                places.append(some.frame["place"])
        new = await _new(prepared, type_, places, store)
        for each in crowds(new, plan.steps_for(type_), plan.max_per_entity):
            forecaster.add_kind(type_, each.kind, each.crowd, each.rows)
        places.append(new["place"])
    async for entity, known in with_answers(prepared, store, providers, parts, without=counted):
        forecaster.add(Ticket.open(entity, plan, known))
        stock.add(entity.key, known)
    made = forecaster.estimate(
        rows=prepared.found.rows,
        cells_wanted=prepared.found.selected * len(plan.wanted),
        cells_empty=sum(prepared.wanted_cells.values()),
    )
    return replace(made, stored=stock.stored(marked=least is None))


def purse_of(settings: Settings, left: Money | None = None) -> Purse:
    """What a run may spend; `left` is what the budgets of day and month have left."""
    return Purse(settings.budget, left, settings.provider_budgets, settings.max_per_cell)


async def _left(store: Store, parts: Parts) -> Money | None:
    own = ceilings(parts.settings.budgets, parts.clock.now())
    left = [max(one.limit - await store.taken_since(one.since), 0) for one in own]
    return Money(min(left)) if left else None


async def with_answers(
    prepared: Prepared,
    store: Store,
    providers: Mapping[str, Provider],
    parts: Parts,
    *,
    without: Mapping[EntityType, Sequence[pl.Series]] = MappingProxyType({}),
) -> AsyncIterator[tuple[Entity, Mapping[str, Answer]]]:
    """Every entity of the job with what is stored about it, by provider; read in bulk.

    Those at the places in `without` are left out.
    """
    plan = prepared.plan
    for type_ in prepared.types:
        own = [providers[step.spec.name] for step in plan.steps_for(type_)]
        memory = Memory(store, own, plan, parts.clock, _nowhere)
        wanted = frozenset(plan.fields(type_))
        entities = to_entities(prepared.found, type_, without.get(type_, ()))
        for chunk in chunks(entities, CHUNK):
            await memory.read([Query(entity.key, entity.ids, wanted) for entity in chunk])
            for entity in chunk:
                yield entity, memory.known(entity.key)
            memory.forget(entity.key for entity in chunk)


async def _new(
    prepared: Prepared, type_: EntityType, counted: Sequence[pl.Series], store: Store
) -> pl.DataFrame:
    """The entities about which no provider of the plan has a stored answer, with their `place`.

    Those at the places in `counted` are left out, and those who may be on the user's list of whom
    nobody is asked: their tickets tell.
    """
    frame = prepared.found.entities[type_].with_row_index("place")
    frame = frame.filter(~suspects(frame, prepared.plan.suppress))
    if counted:
        frame = frame.filter(~pl.col("place").is_in(pl.concat(counted).implode()))
    identities = {step.spec.identity: step.spec for step in prepared.plan.steps_for(type_)}
    answered = await store.answered(list(identities))
    specs = [identities[identity] for identity in sorted(answered)]
    keys, found = frame["key"], list[EntityKey]()
    for start in range(0, len(keys) if specs else 0, _READ):
        some = [EntityKey(key) for key in keys[start : start + _READ]]
        asked = {spec.key(key): key for spec in specs for key in some}
        found += {asked[key] for key in await store.recall(list(asked))}
    return frame.filter(~pl.col("key").is_in(pl.Series(found, dtype=pl.String).implode()))


def _nowhere(event: Event) -> None:
    """A sink for those who only want to know."""
