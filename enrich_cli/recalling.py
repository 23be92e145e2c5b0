"""The entities of a table that the store answers in full, looked up in bulk, as columns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

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
    """Entities of that type with a settled record, part by part, in the order of `found`.

    Nothing is read where there are no more than `least` of them, or under `--refresh`. Raises
    StoreError.
    """
    entities = found.entities[type_]
    if plan.refresh or entities.height <= least:
        return
    own = mark(plan, type_)

    async def read(first: int) -> Records:
        keys = entities["key"].slice(first, PART)
        return await store.settled(own, keys.sort().to_list(), plan.started)

    async def decode(records: Records, first: int) -> Warm | None:
        if not records.entities:
            return None
        part = entities.slice(first, PART)
        return await asyncio.to_thread(decoded, records, part, plan, type_, first)

    records = await read(0)
    for first in range(0, entities.height, PART):
        following = first + PART
        if following < entities.height:  # the store's thread reads on meanwhile
            warm, records = await asyncio.gather(decode(records, first), read(following))
        else:
            warm = await decode(records, first)
        if warm is not None and warm.frame.height:
            yield warm
