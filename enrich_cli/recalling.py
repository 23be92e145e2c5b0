"""The entities of a table that the store answers in full, looked up in bulk, as columns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from enrich_cli.app.chunking import CHUNK
from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.plan import Plan
from enrich_cli.domain.settled import mark
from enrich_cli.domain.store import Store
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
    for first in range(0, entities.height, PART):
        places = order.slice(first, PART)
        part = entities[places]
        records = await store.settled(own, part["key"].to_list(), plan.started)
        if records.entities:
            warm = await asyncio.to_thread(decoded, records, part, plan, type_, places)
            if warm.frame.height:
                yield warm
