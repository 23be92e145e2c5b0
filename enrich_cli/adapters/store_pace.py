"""How long a write waits for others to share its commit.

Each commit is one forced write to the disk, so a wave of calls that end together should share one.
But an intent holds up a call that is about to leave, so it waits only while others keep coming; an
answer holds up nothing but its own ticket, and rides along with the next intent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """A write is committed `most` seconds after it came, or once nothing came for `quiet`."""

    most: float
    quiet: float


AT_ONCE = Patience(most=0.0, quiet=0.0)

PROMPT = Patience(most=0.0025, quiet=0.001)
"""For what holds up a call. Answers of one wave come less than 1 ms apart, as that is about what
the loop needs for each; 2.5 ms is 5 % of a call of 50 ms, and less of most real ones."""

RELAXED = Patience(most=0.020, quiet=0.020)
"""For what holds up nothing but itself."""

LEISURELY = Patience(most=1.0, quiet=1.0)
"""For a sign of life, which is missed only after half a minute."""


class Pace:
    """Chooses the patience of each write by what is known of the paid calls in flight."""

    def __init__(self, prompt: Patience = PROMPT, relaxed: Patience = RELAXED) -> None:
        self.prompt = prompt
        self.relaxed = relaxed
        self._waiting: set[str] = set()  # charges whose intent is not durable yet
        self._flying: set[str] = set()  # charges whose call has left
        self._most = 0  # calls that were in the air at once

    def intending(self, charges: Iterable[str]) -> Patience:
        """These intents were asked for. At once where every slot waits for its intent."""
        self._waiting.update(charges)
        full = 0 < self._most <= len(self._waiting) and not self._flying
        return AT_ONCE if full else self.prompt

    def intended(self, charges: Iterable[str]) -> None:
        """These intents are durable, or failed to become so."""
        left = self._waiting.intersection(charges)
        self._waiting -= left
        self._flying |= left
        self._most = max(self._most, len(self._flying))

    def refused(self, charges: Iterable[str]) -> None:
        """These intents found no room: their calls do not leave."""
        self._waiting.difference_update(charges)

    def keeping(self, charges: Iterable[str]) -> Patience:
        """These charges are closed. At once where no other write can be on its way."""
        closed = set(charges)
        self._flying -= closed
        self._waiting -= closed
        if self._flying or not closed:
            return self.relaxed
        return self.prompt if self._waiting else AT_ONCE
