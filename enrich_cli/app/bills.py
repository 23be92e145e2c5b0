"""What happens in many possible worlds, counted up to their bills."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from enrich_cli.app.chunking import CHUNK
from enrich_cli.app.crowd import Crowd
from enrich_cli.app.walk import Walked, Worlds, list_price, plus
from enrich_cli.domain.money import Per
from enrich_cli.domain.plan import Step


def _zeros(steps: Sequence[Step], worlds: int) -> dict[str, Worlds]:
    return {step.spec.name: [0.0] * worlds for step in steps}


@dataclass(slots=True)
class Seen:
    """What happened in the worlds, by provider; `means` and `spreads` are of the bill.

    `filled` are cells. `dear` and `unpaid` count the questions that were not put, as a cell would
    cost too much or as no money was left; `dear_at` is the sum of what it would have cost.
    """

    worlds: int
    items: dict[str, Worlds]
    hits: dict[str, Worlds]
    calls: dict[str, Worlds]
    costs: dict[str, Worlds]
    dear: dict[str, Worlds]
    dear_at: dict[str, Worlds]
    unpaid: dict[str, Worlds]
    means: Worlds
    spreads: Worlds
    filled: Worlds
    naive: float = 0.0

    @staticmethod
    def new(steps: Sequence[Step], worlds: int) -> Seen:
        """Nothing yet, in so many worlds."""
        items, hits, calls, costs, dear, dear_at, unpaid = (_zeros(steps, worlds) for _ in range(7))
        zero = [0.0] * worlds
        return Seen(worlds, items, hits, calls, costs, dear, dear_at, unpaid, zero, zero, zero)

    def add(self, walked: Walked, steps: Sequence[Step], crowd: Crowd, fields: int) -> None:
        """Count a crowd of which one entity was sent down, `fields` of whose were missing."""
        each = crowd.each(fields)
        for i, step in enumerate(steps):
            asked = (walked.items[i], walked.hits[i], walked.filled[i])
            self.ask(step, crowd, each, *asked)
        self.pay(crowd.entities, walked.cost, walked.square)

    def ask(
        self, step: Step, crowd: Crowd, each: float, items: Worlds, hits: Worlds, filled: Worlds
    ) -> None:
        """Count what came of asking one step about entities, each of whose fields fills `each`.

        `items`, `hits` and `filled` fields are of one entity of the crowd.
        """
        n, name = crowd.entities, step.spec.name
        self.items[name] = plus_times(self.items[name], items, n)
        self.hits[name] = plus_times(self.hits[name], hits, n)
        self.filled = plus_times(self.filled, filled, n * each)
        item, hit = list_price(step)
        self.naive += (item * sum(items) + hit * sum(hits)) / self.worlds * crowd.cells

    def pay(self, entities: int, cost: Worlds, square: Worlds) -> None:
        """Count what so many entities cost in the end: the mean of one, and of its square."""
        self.means = plus_times(self.means, cost, entities)
        spread = [max(q - c * c, 0.0) for c, q in zip(cost, square, strict=True)]
        self.spreads = plus_times(self.spreads, spread, entities)

    def call(self, step: Step, open_: int, entities: int, chance: Random) -> None:
        """Count the calls to a provider, and pay them where it is calls that are paid.

        `open_` of the entities can be asked about.
        """
        spec, price = step.spec, step.spec.price
        items, hits = self.items[spec.name], self.hits[spec.name]
        chunks = math.ceil(entities / CHUNK)
        calls = [
            _calls(n, open_, chunks, spec.batch, chance if self.worlds > 1 else None) for n in items
        ]
        self.calls[spec.name] = calls
        if price is None:
            return
        paid = {Per.HIT: hits, Per.ITEM: items, Per.CALL: calls}[price.per]
        self.costs[spec.name] = [price.usd * number for number in paid]
        if price.per is Per.CALL:
            self.means = plus(self.means, self.costs[spec.name])

    @property
    def cells(self) -> int:
        """The cells that are filled, in the mean."""
        return round(sum(self.filled) / self.worlds)

    @property
    def left_out(self) -> bool:
        """Whether some question was not put in some world."""
        return any(max(some) > 0 for by in (self.dear, self.unpaid) for some in by.values())

    def bills(self) -> Worlds:
        """The bill in each world, with the luck of its entities."""
        luck = Random(self.worlds)  # noqa: S311 - a simulation
        return [
            mean + luck.gauss(0, math.sqrt(spread)) if spread else mean
            for mean, spread in zip(self.means, self.spreads, strict=True)
        ]


def plus_times(one: Worlds, other: Worlds, times: float) -> Worlds:
    """The sum in each world, the other so many times."""
    return [a + times * b for a, b in zip(one, other, strict=True)]


def _calls(items: float, open_: int, chunks: int, batch: int, chance: Random | None) -> float:
    """How many calls so many questions make, of which each chunk of entities makes its own.

    `open_` is the most questions that there may be; `chance` is how many there are of those.
    """
    if not items:
        return 0.0
    share = min(items / open_, 1.0)
    if chance is not None and share < 1 - 1e-9:
        spread = math.sqrt(items * (1 - share))
        items = min(max(items + chance.gauss(0, spread), 0.0), float(open_))
    if batch == 1:
        return float(round(items))
    if chunks == 1:
        return float(math.ceil(round(items) / batch))
    # The last batch of a chunk is half full, on average.
    return min(items / batch + chunks * (batch - 1) / (2 * batch), items)
