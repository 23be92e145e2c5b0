"""One provider's state in a run: its slots, its pace, and whether it can be asked at all."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Reason
from enrich_cli.domain.provider import Balance, ProviderSpec, Rate

STRIKES = 10
"""Calls in a row without an answer, after which a provider is left alone for a while."""
GIVE_UP_AFTER = 120.0
"""Seconds of nothing but failures after which a provider is not asked any more in this run; the
two minutes in which one question is asked again."""
ON_THE_WAY = 0.25
"""The part of a window for which a call without an answer may still be on its way."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


@dataclass(slots=True)
class Sent:
    """A call that left, and when it was answered, by our clock."""

    left: float
    answered: float = math.inf


class Pace:
    """Calls per time: several rates that hold together, each over a sliding window.

    A rate holds by the provider's clock, and nobody here knows when a call gets there: the first
    ones still have to connect, later ones may overtake them. So a call counts from its answer,
    which comes after; where that takes long, from a part of the window after it left.
    """

    def __init__(self, rates: Sequence[Rate]) -> None:
        self._windows = [(rate.seconds, deque[Sent](maxlen=rate.calls)) for rate in rates]
        self.resume_at = float("-inf")

    def delay(self, now: float) -> float:
        """Seconds until the next call may leave; zero or less: now.

        It may turn out longer once that time has passed, as calls are answered meanwhile.
        """
        due = self.resume_at
        for seconds, sent in self._windows:
            if len(sent) == sent.maxlen:
                first = sent[0]
                there = min(first.answered, first.left + ON_THE_WAY * seconds, now)
                due = max(due, there + seconds)
        return due - now

    def take(self, now: float) -> Sent:
        """Note that a call leaves now; whoever gets its answer writes down when."""
        call = Sent(now)
        for _, sent in self._windows:
            sent.append(call)
        return call


class Lane:
    """One provider's slots, its pace, and its brake.

    `shut` says why the provider is not asked any more; `barred`, which budget of a day or a month
    has no room for a single question, and what it has left; `broke`, that its refusal for want of
    money was told. `looked` says that the account was looked at, `balance` what it then had.
    `latest` is how many seconds the latest call took.
    """

    def __init__(self, spec: ProviderSpec, slots: int) -> None:
        self.slots = asyncio.Semaphore(slots)
        self.pace = Pace(spec.limits.rates)
        self.turn = asyncio.Lock()
        self.shut: Reason | None = None
        self.barred: tuple[Money, str] | None = None
        self.broke = False
        self.account = asyncio.Lock()
        self.looked = False
        self.balance: Balance | None = None
        self.latest = 0.0
        self._strikes = self._probes = 0
        self._since = 0.0

    @property
    def struck(self) -> bool:
        """Whether so many calls in a row failed that only one at a time may try."""
        return self._strikes >= STRIKES

    def rest(self, seconds: float, now: float) -> None:
        """Let no call leave for so long; for longer than `GIVE_UP_AFTER` nobody waits in a run."""
        self.pace.resume_at = max(self.pace.resume_at, now + seconds)
        if seconds > GIVE_UP_AFTER and self.shut is None:
            self.shut = Reason.SHUT

    def answered(self) -> None:
        """A call was answered: the provider is there."""
        self._strikes = self._probes = 0

    def failed(self, now: float, *, probe: bool) -> None:
        """A call was not answered; `probe` says that it was one that tried alone.

        From `STRIKES` in a row on the next call waits, longer after each probe. A provider that
        fails for `GIVE_UP_AFTER` seconds is shut.
        """
        if self._strikes == 0:
            self._since = now
        self._strikes += 1
        self._probes += probe
        if not self.struck:
            return
        if now - self._since >= GIVE_UP_AFTER and self.shut is None:
            self.shut = Reason.SHUT
        if probe or self._strikes == STRIKES:
            pause = min(math.ldexp(_FIRST_PAUSE, self._probes), _LONGEST_PAUSE)
            self.pace.resume_at = max(self.pace.resume_at, now + pause)
