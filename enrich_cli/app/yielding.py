"""Giving way: a run that fills the store ahead of time asks nobody while another run goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from enrich_cli.app.shared import Shared
from enrich_cli.domain.entity import Query
from enrich_cli.domain.outcome import Answer
from enrich_cli.domain.provider import Lookup

WARMING = "-warm"
"""How the id of a job ends that gives way; they do not give way to one another."""
_LOOK_EVERY = 2.0
"""Seconds between two looks for other runs."""


class Gate:
    """Lets a few groups of questions through at a time, and none while another run goes on.

    It stands above the leases, so that what waits here holds nothing that the other run may want.
    """

    def __init__(self, shared: Shared, groups: int) -> None:
        self._shared = shared
        self._turns = asyncio.Semaphore(groups)
        self._looked = float("-inf")
        self._busy = False

    async def _others(self) -> bool:
        """Whether a run goes on that is to be given way to, as of two seconds ago at most."""
        clock = self._shared.clock
        if clock.monotonic() - self._looked >= _LOOK_EVERY:
            self._looked = clock.monotonic()
            living = await self._shared.store.living(clock.now())
            self._busy = any(not job.endswith(WARMING) for job in living)
        return self._busy

    def around(self, inner: Lookup) -> Lookup:
        """The lookup behind the gate. A run that is to end waits no longer."""
        stop = self._shared.stop

        async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
            async with self._turns:
                while not stop.requested() and await self._others():
                    await stop.pause(_LOOK_EVERY)
                return await inner(queries)

        return lookup
