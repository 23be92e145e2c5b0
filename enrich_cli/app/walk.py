"""Entities sent down a waterfall by rates, in many possible worlds at once.

What a provider would answer about an entity does not depend on whether it is asked: so what is
missing after some providers is the same whatever their order was, and the order decides only what
that has cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from enrich_cli.app.rates import FAMES
from enrich_cli.domain.entity import Field
from enrich_cli.domain.frozen import quick
from enrich_cli.domain.history import Past
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.plan import Step

Worlds = list[float]
"""A number in each world."""

_MOST_STATES = 16
"""Every part of the fields that a hit may fill is followed where no more come of it, as with four
fields; where more would, only all of them, and the likeliest part."""


@quick
@dataclass(frozen=True, slots=True)
class Kind:
    """Entities that look the same to the waterfall.

    What is missing; for each step the identifiers by which it can be asked ("" where it cannot);
    and who has said before whether it knows the entity.
    """

    missing: frozenset[Field]
    asked_by: tuple[str, ...]
    past: Past = ()


@dataclass(frozen=True, slots=True)
class Odds:
    """One step's rates in each world: of a hit at each fame, of each field that a hit fills."""

    hits: Sequence[Worlds]
    fields: Mapping[Field, Worlds]
    dearer: float = 1.0


@dataclass(slots=True)
class Walked:
    """What became of one entity of a kind: means in each world, by step; `square` of the cost.

    `cost` counts what is paid for a hit or an item; calls are paid by the number of items.
    """

    items: list[Worlds]
    hits: list[Worlds]
    filled: list[Worlds]
    cost: Worlds
    square: Worlds


@dataclass(slots=True)
class State:
    """Entities with the same fields missing: how many, and what was paid for them."""

    count: Worlds
    cost: Worlds
    square: Worlds


@dataclass(slots=True)
class Taken:
    """What one step did with the states of one fame."""

    items: Worlds
    hits: Worlds
    filled: Worlds
    states: dict[frozenset[Field], State] = field(default_factory=dict)


def walk(
    kind: Kind, fames: Sequence[Worlds], steps: Sequence[Step], odds: Sequence[Odds]
) -> Walked:
    """Send one entity down the steps, in each world.

    `fames` says how likely each of `FAMES` is; `odds` has those of each step, by the identifiers
    that this kind is asked by.
    """
    worlds = len(fames[0])
    zero = [0.0] * worlds
    done = Walked([zero] * len(steps), [zero] * len(steps), [zero] * len(steps), zero, zero)
    for at in range(len(FAMES)):
        states = {kind.missing: State(fames[at], zero, zero)}
        for i, step in enumerate(steps):
            if not kind.asked_by[i] or not step.fields & kind.missing:
                continue
            taken = take(states, step, odds[i], at, zero)
            states = taken.states
            done.items[i] = plus(done.items[i], taken.items)
            done.hits[i] = plus(done.hits[i], taken.hits)
            done.filled[i] = plus(done.filled[i], taken.filled)
        for state in states.values():
            done.cost = plus(done.cost, state.cost)
            done.square = plus(done.square, state.square)
    return done


def take(
    states: Mapping[frozenset[Field], State],
    step: Step,
    odds: Odds,
    at: int,
    zero: Worlds,
    share: Worlds | None = None,
) -> Taken:
    """Ask one provider about the states of one fame; about a `share` of them, or all."""
    taken = Taken(zero, zero, zero)
    found: dict[frozenset[Field], State] = {}
    item, hit = _prices(step, odds.dearer)
    knows = odds.hits[at]
    not_ = [1 - p for p in knows]
    parts = 1 << len(frozenset[Field]().union(*states))
    for missing, state in states.items():
        gives = step.fields & missing
        if not gives:
            put(taken.states, missing, state)
            continue
        if share is not None:
            put(taken.states, missing, _part(state, [1 - p for p in share]))
        asked = _paid(state if share is None else _part(state, share), item)
        taken.items = plus(taken.items, asked.count)
        put(taken.states, missing, _part(asked, not_))
        knew = _paid(_part(asked, knows), hit)
        taken.hits = plus(taken.hits, knew.count)
        if min(parts, len(states) << len(gives)) <= _MOST_STATES:
            put(found, missing, knew)
            continue
        for filled, chance in _filled(sorted(gives), odds.fields):
            part = _part(knew, chance)
            put(taken.states, missing - filled, part)
            taken.filled = plus(taken.filled, [n * len(filled) for n in part.count])
    for name in sorted(step.fields):
        gave = odds.fields[name]
        for missing, state in [one for one in found.items() if name in one[0]]:
            part = _part(state, gave)
            taken.filled = plus(taken.filled, part.count)
            put(found, missing - {name}, part)
            found[missing] = _part(state, [1 - p for p in gave])
    for missing, state in found.items():
        put(taken.states, missing, state)
    return taken


def _filled(
    gives: Sequence[Field], rates: Mapping[Field, Worlds]
) -> list[tuple[frozenset[Field], Worlds]]:
    """The parts of many fields that a hit may fill, and how likely each of them is."""
    everything = [math.prod(some) for some in zip(*(rates[name] for name in gives), strict=True)]
    mean = {name: sum(rates[name]) for name in gives}
    rarest = min(gives, key=lambda name: (mean[name], name))
    half = len(everything) / 2
    usual = frozenset(name for name in gives if name != rarest and mean[name] >= half)
    return [(frozenset(gives), everything), (usual, [1 - p for p in everything])]


def _prices(step: Step, dearer: float) -> tuple[float, float]:
    """What is paid for an item, and beside it for a hit."""
    price = step.spec.price
    if price is None:
        return 0.0, 0.0
    usd = price.usd * dearer
    return {Per.ITEM: (usd, 0.0), Per.HIT: (0.0, usd), Per.CALL: (0.0, 0.0)}[price.per]


def _paid(state: State, usd: float) -> State:
    if not usd:
        return state
    count, cost, square = state.count, state.cost, state.square
    return State(
        count,
        [c + usd * n for c, n in zip(cost, count, strict=True)],
        [q + 2 * usd * c + usd * usd * n for q, c, n in zip(square, cost, count, strict=True)],
    )


def _part(state: State, share: Worlds) -> State:
    return State(
        [n * s for n, s in zip(state.count, share, strict=True)],
        [c * s for c, s in zip(state.cost, share, strict=True)],
        [q * s for q, s in zip(state.square, share, strict=True)],
    )


def put(states: dict[frozenset[Field], State], missing: frozenset[Field], state: State) -> None:
    """Add entities with these fields missing."""
    if (known := states.get(missing)) is not None:
        state = State(
            plus(known.count, state.count),
            plus(known.cost, state.cost),
            plus(known.square, state.square),
        )
    states[missing] = state


def plus(one: Worlds, other: Worlds) -> Worlds:
    """The sum in each world."""
    return [a + b for a, b in zip(one, other, strict=True)]


def list_price(step: Step) -> tuple[Money, Money]:
    """What an item, and beside it a hit, costs by the list when it is asked about alone."""
    price = step.spec.price
    if price is None:
        return Money(0), Money(0)
    return (Money(0), price.usd) if price.per is Per.HIT else (price.usd, Money(0))
