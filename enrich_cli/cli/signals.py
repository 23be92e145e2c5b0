"""Ctrl-C and SIGTERM while a run goes on: the first one drains it, the second ends it at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from enrich_cli.app.stop import Stop
from enrich_cli.domain.errors import ExitCode

_WATCHED = (signal.SIGINT, signal.SIGTERM)


@dataclass(slots=True)
class Signals:
    """Which signals asked the run to end, if any did."""

    stop: Stop
    received: list[signal.Signals] = field(default_factory=list)

    @contextmanager
    def watched(self, say: Callable[[str], None]) -> Iterator[None]:
        """Turn the first signal into a request to stop, and the second into a cancellation.

        `say` tells the user what goes on. To be entered inside of the task that is cancelled.
        """
        loop = asyncio.get_running_loop()
        running = asyncio.current_task()

        def on(number: signal.Signals) -> None:
            self.received.append(number)
            if len(self.received) == 1:
                self.stop.request()
                say(
                    "stopping: waiting for the calls in flight, then the table is written"
                    " (once more to leave at once; what was paid for is kept)"
                )
            elif running is not None:
                running.cancel()

        for number in _WATCHED:
            loop.add_signal_handler(number, on, number)
        try:
            yield
        finally:
            for number in _WATCHED:
                loop.remove_signal_handler(number)

    @property
    def code(self) -> ExitCode:
        """The exit code of a run that was asked to end."""
        terminated = signal.SIGTERM in self.received
        return ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED
