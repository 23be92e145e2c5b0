"""A job's entry in the store: its start, a sign of life every few seconds, its end."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from random import Random

from enrich_cli.domain.events import ChargesFound, Sink
from enrich_cli.domain.provider import Clock
from enrich_cli.domain.store import Job, Store

BEAT = 5.0
"""Seconds between two signs of life in the store; a job is taken for dead after six missed ones."""


def job_id(now: float, random: Random) -> str:
    """The start in UTC to the second, and four random hexadecimal digits."""
    day = dt.datetime.fromtimestamp(now, dt.UTC)
    return f"{day:%Y%m%d-%H%M%S}-{random.randrange(1 << 16):04x}"


@asynccontextmanager
async def beating(
    store: Store, current: Callable[[], Job], clock: Clock, emit: Sink
) -> AsyncIterator[None]:
    """Write that the job has started, and signs of life for as long as the context lasts.

    Charges of jobs that have died are told as they come to light. Raises StoreError or
    MachineError at the end where one could not be written.
    """

    async def beat() -> None:
        if lost := await store.begin(current()):
            emit(ChargesFound(clock.now(), tuple(lost)))
        while True:
            await clock.sleep(BEAT)
            await store.record(current())

    signs = asyncio.create_task(beat())
    await asyncio.sleep(0)  # so that the start of the job is written before anything of it
    try:
        yield
    finally:
        signs.cancel()
        with suppress(asyncio.CancelledError):
            await signs
