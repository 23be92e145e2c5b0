"""The wish to stop, as the whole run sees it."""

from __future__ import annotations

import asyncio


class Stop:
    """The wish to stop: what is in flight ends, nothing new is sent, every wait is cut short."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def requested(self) -> bool:
        """Whether the run is to end."""
        return self._event.is_set()

    def request(self) -> None:
        """Ask the run to end."""
        self._event.set()

    async def pause(self, seconds: float) -> None:
        """Wait that long, or until the run is to end."""
        try:
            async with asyncio.timeout(max(seconds, 0)):
                await self._event.wait()
        except TimeoutError:
            pass
