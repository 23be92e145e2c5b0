"""Entities counted by what they look like to the waterfall, and by how many cells they fill."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from enrich_cli.app.walk import Kind
from enrich_cli.domain.frozen import quick


@quick
@dataclass(frozen=True, slots=True)
class Crowd:
    """How many entities of a kind there are, and their cells to fill.

    `open` are the cells of those of their fields that no stored answer fills.
    """

    entities: int = 0
    cells: int = 0
    open: int = 0

    def plus(self, other: Crowd) -> Crowd:
        """Both together."""
        return Crowd(
            self.entities + other.entities, self.cells + other.cells, self.open + other.open
        )

    def each(self, fields: int) -> float:
        """The cells that a field of an entity fills, where that many of its fields are missing."""
        return self.open / (self.entities * fields) if self.entities and fields else 0.0


Sizes = Mapping[int, Crowd]
"""Entities of a kind by `size_of` what a field of theirs fills."""


def size_of(cells: float) -> int:
    """Which of the sizes an entity has of which each field fills so many cells.

    To the cell as far as eight, then a fifth apart: four sizes each time it doubles.
    """
    return math.floor(cells + 0.5) if cells < 8 else 8 + math.floor(4 * math.log2(cells / 8))


def merged(one: Sizes, other: Sizes) -> Sizes:
    """Both together, size by size."""
    return {
        size: one.get(size, Crowd()).plus(other.get(size, Crowd()))
        for size in dict.fromkeys((*one, *other))
    }


def together(sizes: Sizes) -> Crowd:
    """Entities of all sizes."""
    return functools.reduce(Crowd.plus, sizes.values(), Crowd())


def by_kind(some: Iterable[tuple[Kind, Crowd]]) -> dict[Kind, Crowd]:
    """All entities of each kind."""
    found: dict[Kind, Crowd] = {}
    for kind, crowd in some:
        found[kind] = found.get(kind, Crowd()).plus(crowd)
    return found


def main_kinds(crowds: Mapping[Kind, Sizes], most: int) -> Mapping[Kind, Sizes]:
    """The commonest kinds, `most` of them, and in each the rarer ones that are most like it."""
    if len(crowds) <= most:
        return crowds
    ranked = sorted(crowds.items(), key=lambda item: -together(item[1]).entities)
    main = dict(ranked[:most])
    for kind, sizes in ranked[most:]:
        if not any(kind.asked_by):
            continue
        nearest = min(main, key=lambda other: _distance(kind, other))
        main[nearest] = merged(main[nearest], sizes)
    return main


def _distance(one: Kind, other: Kind) -> int:
    open_ = sum(a != b for a, b in zip(one.asked_by, other.asked_by, strict=True))
    return 4 * open_ + len(one.missing ^ other.missing) + (one.past != other.past)
