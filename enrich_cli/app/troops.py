"""The entities of a table as troops of one kind, and cut into pieces as the run takes them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from enrich_cli.app.chunking import LARGEST_CHUNK
from enrich_cli.app.crowd import Crowd, Sizes, main_kinds
from enrich_cli.app.walk import Kind, Odds, Worlds
from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.plan import Step

_FIRST, _GROWTH, _MOST = 10, 0.3, 20
"""Entities come in pieces, the first ones small, as there a provider is judged by few answers; then
growing, and of a large table a twentieth at most."""
_KINDS = 6
"""So many kinds of entities of a type go down; the rarer ones with the nearest of them."""
_SIZES = 60
"""So many sizes of all kinds; of more, those that do not double are taken together."""


@dataclass(frozen=True, slots=True)
class Troop:
    """The entities of one kind, and all that their way down depends on."""

    type: EntityType
    kind: Kind
    sizes: Sizes
    steps: Sequence[Step]
    fames: Sequence[Worlds]
    odds: Sequence[Odds]


@dataclass(slots=True, eq=False)
class Piece:
    """Some entities of a troop of the same size; what one of them cost in the end."""

    troop: Troop
    crowd: Crowd
    place: int
    chunk: int
    cost: Worlds
    square: Worlds

    @property
    def each(self) -> float:
        """The cells that a missing field of an entity fills."""
        return self.crowd.each(len(self.troop.kind.missing))


def commonest(troops: Sequence[Troop]) -> Iterator[Troop]:
    """The commonest kinds of each type, with the rarer ones among them."""
    for type_ in EntityType:
        own = {troop.kind: troop for troop in troops if troop.type is type_}
        kept = main_kinds({kind: troop.sizes for kind, troop in own.items()}, _KINDS)
        many = sum(map(len, kept.values())) > _SIZES
        for kind, sizes in kept.items():
            yield replace(own[kind], sizes=_doubling(sizes) if many else sizes)


def _doubling(sizes: Sizes) -> Sizes:
    """The sizes beyond seven together, as far as they do not double."""
    found: dict[int, Crowd] = {}
    for size, crowd in sizes.items():
        coarse = size if size < 8 else size // 4 * 4
        found[coarse] = found.get(coarse, Crowd()).plus(crowd)
    return found


def in_worlds(troop: Troop, worlds: int, step: int) -> Troop:
    """A troop in every so many of the worlds, so many of them."""

    def some(world: Worlds) -> Worlds:
        return world[::step][:worlds]

    odds = [
        Odds([*map(some, one.hits)], {n: some(w) for n, w in one.fields.items()}, one.dearer)
        for one in troop.odds
    ]
    return replace(troop, fames=[*map(some, troop.fames)], odds=odds)


_Sized = tuple[Troop, Crowd]


def by_cells(troops: Sequence[Troop]) -> list[_Sized]:
    """All troops by size, those first who have the most cells to fill."""
    sized = [(troop, crowd) for troop in troops for crowd in troop.sizes.values()]
    return sorted(sized, key=lambda one: -one[1].cells / one[1].entities)


def by_type(troops: Sequence[Troop]) -> list[_Sized]:
    """The same, all companies before all people."""
    return [
        one
        for type_ in EntityType
        for one in by_cells([troop for troop in troops if troop.type is type_])
    ]


def in_pieces(sized: Sequence[_Sized], worlds: int) -> Iterator[Piece]:
    """Cut the entities into pieces, in their order."""
    total = sum(crowd.entities for _, crowd in sized)
    zero, places = [0.0] * worlds, count()
    width = max(LARGEST_CHUNK, math.ceil(total / _MOST))
    at, end = 0, _FIRST
    for troop, crowd in sized:
        done = 0
        while done < crowd.entities:
            if at >= end:
                end += min(max(_FIRST, math.floor(end * _GROWTH)), width)
            then = min(crowd.entities, done + end - at)
            part = _part(crowd, done, then)
            yield Piece(troop, part, next(places), at // width, zero, zero)
            at, done = at + then - done, then


def _part(crowd: Crowd, start: int, end: int) -> Crowd:
    n = crowd.entities
    cells, open_ = (all_ * end // n - all_ * start // n for all_ in (crowd.cells, crowd.open))
    return Crowd(end - start, cells, open_)
