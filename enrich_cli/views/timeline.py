"""When the calls of a run were made: a sink that counts them, in bounded space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from enrich_cli.domain.events import CallSettled, Event, RunStarted

_SPANS = 120
"""How many stretches of time are told apart at most."""


class Timeline:
    """A sink that counts calls by provider and stretch of time.

    The stretches are of a tenth of a second, and twice as long each time there are too many.
    """

    def __init__(self) -> None:
        self._calls: Counter[tuple[int, str]] = Counter()
        self._start = 0.0
        self.span = 0.1

    def __call__(self, event: Event) -> None:
        """Count one event."""
        match event:
            case RunStarted(at=at):
                self._start = at
            case CallSettled(at=at, provider=provider):
                while (place := int(max(0.0, at - self._start) / self.span)) >= _SPANS:
                    self._widen()
                self._calls[place, provider] += 1
            case _:
                pass

    def _widen(self) -> None:
        calls: Counter[tuple[int, str]] = Counter()
        for (place, provider), count in self._calls.items():
            calls[place // 2, provider] += count
        self._calls, self.span = calls, self.span * 2

    def counts(self) -> Iterator[tuple[float, str, int]]:
        """For each stretch with calls: its start in seconds, provider, calls; in order of time."""
        for (place, provider), count in sorted(self._calls.items()):
            yield place * self.span, provider, count
