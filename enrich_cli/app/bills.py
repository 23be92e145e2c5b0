"""What happens in many possible worlds, counted up to their bills."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from enrich_cli.app.chunking import CHUNK
from enrich_cli.app.walk import Walked, Worlds, list_price, plus
from enrich_cli.domain.money import Per
from enrich_cli.domain.plan import Step


@dataclass(slots=True)
class Crowd:
    """How many entities of a kind there are, and how many cells they have to fill."""

    entities: int = 0
    cells: int = 0

    def plus(self, entities: int, cells: int) -> Crowd:
        """With so many more."""
        return Crowd(self.entities + entities, self.cells + cells)


def _zeros(steps: Sequence[Step], worlds: int) -> dict[str, Worlds]:
    return {step.spec.name: [0.0] * worlds for step in steps}


@dataclass(slots=True)
class Seen:
    """What happened in the worlds, by provider; `means` and `spreads` are of the bill."""

    worlds: int
    items: dict[str, Worlds]
    hits: dict[str, Worlds]
    calls: dict[str, Worlds]
    costs: dict[str, Worlds]
    means: Worlds
    spreads: Worlds
    naive: float = 0.0

    @staticmethod
    def new(steps: Sequence[Step], worlds: int) -> Seen:
        """Nothing yet, in so many worlds."""
        items, hits, calls, costs = (_zeros(steps, worlds) for _ in range(4))
        return Seen(worlds, items, hits, calls, costs, [0.0] * worlds, [0.0] * worlds)

    def add(self, walked: Walked, steps: Sequence[Step], crowd: Crowd) -> None:
        """Count a crowd of which one entity was sent down."""
        n = crowd.entities
        for step, items, hits in zip(steps, walked.items, walked.hits, strict=True):
            name = step.spec.name
            self.items[name] = [a + n * b for a, b in zip(self.items[name], items, strict=True)]
            self.hits[name] = [a + n * b for a, b in zip(self.hits[name], hits, strict=True)]
            item, hit = list_price(step)
            self.naive += (item * sum(items) + hit * sum(hits)) / self.worlds * crowd.cells
        self.means = [a + n * c for a, c in zip(self.means, walked.cost, strict=True)]
        self.spreads = [
            a + n * max(q - c * c, 0.0)
            for a, c, q in zip(self.spreads, walked.cost, walked.square, strict=True)
        ]

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

    def bills(self) -> Worlds:
        """The bill in each world, with the luck of its entities."""
        luck = Random(self.worlds)  # noqa: S311 - a simulation
        return [
            mean + luck.gauss(0, math.sqrt(spread)) if spread else mean
            for mean, spread in zip(self.means, self.spreads, strict=True)
        ]


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
