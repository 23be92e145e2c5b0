"""The entities of a table that the store answers in full, looked up in bulk, as columns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import polars as pl

from enrich_cli.app.chunking import CHUNK
from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.plan import Plan
from enrich_cli.domain.settled import mark
from enrich_cli.domain.store import Records, Store
from enrich_cli.tables.identify import Found
from enrich_cli.tables.settled import Warm, decoded

PART = 100_000
"""Entities looked up at a time: so that memory is bounded, and the job shows signs of life."""
LEAST = CHUNK
"""With no more entities than this the one bulk read of their answers is as quick."""


async def recalled(
    found: Found, plan: Plan, type_: EntityType, store: Store, *, least: int = LEAST
) -> AsyncIterator[Warm]:
    """Entities of that type with a settled record, part by part, in the order of their keys.

    The store has them in that order: each of its pages is read once. Nothing is read where there
    are no more than `least` of them, or under `--refresh`. Raises StoreError.
    """
    entities = found.entities[type_]
    if plan.refresh or entities.height <= least:
        return
    own = mark(plan, type_)
    order = entities["key"].arg_sort()

    async def read(first: int) -> tuple[pl.Series, pl.DataFrame, Records]:
        places = order.slice(first, PART)
        part = entities[places]
        return places, part, await store.settled(own, part["key"].to_list(), plan.started)

    reading = asyncio.create_task(read(0))
    try:
        for following in range(PART, entities.height + PART, PART):
            places, part, records = await reading
            if following < entities.height:
                reading = asyncio.create_task(read(following))  # beside the decoding of this one
            if records.entities:
                warm = await asyncio.to_thread(decoded, records, part, plan, type_, places)
                if warm.frame.height:
                    yield warm
    finally:
        reading.cancel()
