"""The books of the sandbox: what was asked, by whom it was answered, and what it would cost."""

from __future__ import annotations

import time
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from enrich_cli.domain.money import ZERO, Money
from enrich_cli.sandbox.play import Reply

ASKED_LIMIT = 2_000_000
"""How many questions are remembered, and how many moments; beyond it `asked_whole` is false."""


class Books:
    """Counts since the start, or since the last `reset`."""

    def __init__(self, prices: Mapping[str, Money]) -> None:
        self._prices = prices
        self.in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything but what is going on now."""
        self.total = 0
        self.max_in_flight = self.in_flight
        self.connections = 0
        self.calls: Counter[str] = Counter()
        self.items: Counter[str] = Counter()
        self.hits: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.billed: Counter[str] = Counter()
        self.asked: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.unanswered: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.times: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
        self._began = time.monotonic()
        self._remembered = 0

    def enter(self) -> None:
        """A call has come in."""
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def leave(self) -> None:
        """A call is over."""
        self.in_flight -= 1

    def note(self, reply: Reply, *, answered: bool, faulty: bool) -> None:
        """Write a call down. `answered` means that the vendor did the work, and bills it."""
        player = reply.player
        if self.total < ASKED_LIMIT:
            self.times[player].append(time.monotonic() - self._began)
        self.total += 1
        self.calls[player] += 1
        if faulty:
            self.faults[player] += 1
        if answered:
            self.items[player] += len(reply.asked)
            self.hits[player] += reply.hits
            price = self._prices.get(player) if reply.price is None else reply.price
            if price and reply.hits:
                self.billed[player] += price * reply.hits
        self._remember(self.asked if answered else self.unanswered, reply)

    def _remember(self, book: defaultdict[str, Counter[str]], reply: Reply) -> None:
        if self._remembered < ASKED_LIMIT:
            self._remembered += len(reply.asked)
            book[reply.player].update(reply.asked)

    def as_json(self, *, brief: bool = False) -> dict[str, Any]:
        """The books as `GET /_stats` shows them; `brief` leaves out who was asked about, and when.

        `times` are the moments at which each player's calls came in, in seconds since the reset.
        """
        shown = {
            "total": self.total,
            "calls": self.calls,
            "items": self.items,
            "hits": self.hits,
            "faults": self.faults,
            "billed": self.billed,
            "billed_total": sum(self.billed.values(), ZERO),
            "asked_twice": {
                player: sum(times > 1 for times in book.values())
                for player, book in self.asked.items()
            },
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "connections": self.connections,
        }
        if brief:
            return shown
        whole = self._remembered < ASKED_LIMIT
        names = {"asked": self.asked, "unanswered": self.unanswered, "asked_whole": whole}
        times = {player: moments.tolist() for player, moments in self.times.items()}
        return {**shown, **names, "times": times}
