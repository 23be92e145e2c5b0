"""A run whose money may not be enough, in many possible worlds: whom is asked, and what it fills.

The same ways down as in `walk`, but not each for itself: entities come in the order in which the
run takes them, and what is left for the later ones depends on what the earlier ones cost, and on
what they have taught about a provider.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from types import MappingProxyType

from enrich_cli.app.bills import Seen, plus_times
from enrich_cli.app.draws import shifts
from enrich_cli.app.scarce import cells_per_dollar
from enrich_cli.app.troops import Piece, Troop, by_cells, by_type, commonest, in_pieces, in_worlds
from enrich_cli.app.walk import Odds, State, Worlds, plus, put, take
from enrich_cli.app.worth import least_per_cell, said_of
from enrich_cli.domain.entity import Field
from enrich_cli.domain.history import Count, History
from enrich_cli.domain.money import Money, Per, Price
from enrich_cli.domain.plan import Step
from enrich_cli.domain.provider import ProviderSpec

_LOTS = 8
"""So many parts of a piece, each with other fields missing, wait for a step; more join them."""
_EFFORT, _LEAST = 60_000, 20
"""Pieces, times steps, times worlds: so much work is done, in `_LEAST` worlds at least."""


@dataclass(frozen=True, slots=True)
class Purse:
    """What a run may spend.

    `budget` is that of the run; `left` is what those of the day and the month have left now, `own`
    bounds single providers, by name, and `per_cell` what a filled cell may cost.
    """

    budget: Money | None = None
    left: Money | None = None
    own: Mapping[str, Money] = field(default_factory=lambda: MappingProxyType({}))
    per_cell: Money | None = None

    @property
    def limit(self) -> Money | None:
        """What the run as a whole can spend now."""
        return min((one for one in (self.budget, self.left) if one is not None), default=None)

    def is_short(self, most: Money) -> bool:
        """Whether a run that may cost so much goes where its money fills the most cells."""
        beyond = self.budget is not None and most > self.budget
        return beyond or self.left is not None or bool(self.own)

    def may_bind(self, seen: Seen) -> bool:
        """Whether a run that would spend this without bounds could be kept from some of it."""
        limit = self.limit
        return (
            self.per_cell is not None
            or (limit is not None and max(seen.bills()) > limit)
            or any(max(seen.costs.get(name, [0])) > most for name, most in self.own.items())
        )


NO_BOUNDS = Purse()


@dataclass(slots=True, eq=False)
class _Lot:
    """The part of a piece that is at a step with these fields missing, by fame."""

    piece: Piece
    at: int
    missing: frozenset[Field]
    states: list[State]


class _Told:
    """What one provider has said of whom it was asked about, as far as the run has heard it."""

    def __init__(self, spec: ProviderSpec, history: History, worlds: int, chance: Random) -> None:
        self._spec = spec
        self._hits, self._fields = said_of(spec, history)
        self._worlds, self._chance = worlds, chance
        self._asked = [0.0] * worlds
        self._said: dict[Field | None, tuple[Worlds, Worlds, Worlds, Worlds]] = {}
        self._flying = spec.limits.concurrency * spec.batch

    def note(self, asked: Worlds, knew: Worlds, odds: Odds, fields: frozenset[Field]) -> None:
        """Count answers."""
        self._asked = plus(self._asked, asked)
        self._add(None, asked, knew)
        for name in sorted(fields):
            came = [n * p for n, p in zip(knew, odds.fields[name], strict=True)]
            self._add(name, knew, came)

    def _add(self, what: Field | None, tried: Worlds, came: Worlds) -> None:
        zero = [0.0] * self._worlds
        known = self._said.get(what) or (zero, zero, zero, shifts(1, self._worlds, self._chance))
        spread = [c * (1 - c / t) if t else 0.0 for t, c in zip(tried, came, strict=True)]
        self._said[what] = (
            plus(known[0], tried), plus(known[1], came), plus(known[2], spread), known[3],
        )  # fmt: skip

    def per_cell(self, world: int, cells: Mapping[Field, float]) -> Money:
        """What the run takes a cell to cost at least; calls under way have said nothing yet."""
        asked = self._asked[world]
        heard = max(asked - self._flying, 0) / asked if asked else 0.0
        fields = {
            name: self._fields.get(name, Count()).plus(self._heard(world, name, heard))
            for name in cells
        }
        return least_per_cell(
            self._spec, self._hits.plus(self._heard(world, None, heard)), fields, cells
        )

    def _heard(self, world: int, what: Field | None, heard: float) -> Count:
        said = self._said.get(what)
        if said is None or not heard:
            return Count()
        tried, came, spread, luck = (some[world] for some in said)
        came = heard * came + luck * math.sqrt(heard * spread)
        tried = heard * tried
        return Count(round(tried), round(min(max(came, 0.0), tried)))


def rationed(
    troops: Sequence[Troop],
    steps: Sequence[Step],
    purse: Purse,
    history: History,
    worlds: int,
    *,
    short: bool,
) -> Seen:
    """Send all troops down under these bounds, and say what becomes of them.

    They come in so many `worlds`, of which fewer will do where there is much to be done. Where
    money is `short` the best question comes first, as in `scarce`.
    """
    troops = [*commonest(troops)]
    number = sum(1 for _ in in_pieces(by_type(troops), 1))
    fewer = min(max(_EFFORT // max(number * len(steps), 1), _LEAST), worlds)
    troops = [in_worlds(troop, fewer, worlds // fewer) for troop in troops]
    seen = Seen.new(steps, fewer)
    way = _Way(steps, purse, history, seen, short=short)
    ordered = by_cells(troops) if short else by_type(troops)
    for piece in in_pieces(ordered, fewer):
        way.begin(piece)
    way.go()
    return seen


class _Way:
    """The questions that are still to be put, and the money that is left in each world."""

    def __init__(
        self, steps: Sequence[Step], purse: Purse, history: History, seen: Seen, *, short: bool
    ) -> None:
        worlds, chance = seen.worlds, Random(seen.worlds)  # noqa: S311 - a simulation
        self._seen, self._short = seen, short
        self._zero = [0.0] * worlds
        self._per_cell = purse.per_cell
        limit = math.inf if purse.limit is None else float(purse.limit)
        self._left = [limit] * worlds
        self._broke = [0.0] * worlds
        self._spent = {step.spec.name: [0.0] * worlds for step in steps}
        self._own = {
            step.spec.name: [float(purse.own.get(step.spec.name, math.inf))] * worlds
            for step in steps
        }
        self._told = {
            step.spec.name: _Told(step.spec, history, worlds, chance)
            for step in steps
            if purse.per_cell is not None and not step.spec.free
        }
        self._turn = count()
        self._heap: list[tuple[tuple[float, float], int, _Lot]] = []
        self._lots: dict[tuple[int, int, frozenset[Field]], _Lot] = {}
        self._waiting: dict[tuple[int, int], list[_Lot]] = {}
        self._begun: list[Piece] = []

    def begin(self, piece: Piece) -> None:
        """Put the first question about these entities among the others."""
        self._begun.append(piece)
        states = [State(weights, self._zero, self._zero) for weights in piece.troop.fames]
        self._offer(_Lot(piece, 0, piece.troop.kind.missing, states))

    def go(self) -> None:
        """Put one question after the other, the best first."""
        while self._heap:
            _, _, lot = heapq.heappop(self._heap)
            del self._lots[lot.piece.place, lot.at, lot.missing]
            self._waiting[lot.piece.place, lot.at].remove(lot)
            self._ask(lot)
        for piece in self._begun:
            self._seen.pay(piece.crowd.entities, piece.cost, piece.square)
        # Where all the money goes, luck decides what it buys, and what part of a price is left:
        # none where there is one price, else all are as likely (their variance is a twelfth).
        rest = 1 / 12 if sum(any(spent) for spent in self._spent.values()) > 1 else 0.0
        spreads = zip(self._seen.spreads, self._broke, strict=True)
        self._seen.spreads = [unit * unit * rest if unit else spread for spread, unit in spreads]

    def _offer(self, lot: _Lot) -> None:
        """Put the next question about a lot among the others; without one it is through."""
        piece, troop = lot.piece, lot.piece.troop
        for at in range(lot.at, len(troop.steps)):
            fields = troop.steps[at].fields & lot.missing
            if fields and troop.kind.asked_by[at]:
                lot.at = at
                break
        else:
            for state in lot.states:
                piece.cost = plus(piece.cost, state.cost)
                piece.square = plus(piece.square, state.square)
            return
        key = (piece.place, lot.at, lot.missing)
        if (known := self._lots.get(key) or self._like(lot)) is not None:
            known.states = [_both(*pair) for pair in zip(known.states, lot.states, strict=True)]
            return
        worth = cells_per_dollar(troop.steps[lot.at], len(fields) * piece.each)
        order = (float(piece.chunk), -worth) if self._short else (float(piece.place), float(lot.at))
        self._lots[key] = lot
        heapq.heappush(self._heap, (order, next(self._turn), lot))

    def _like(self, lot: _Lot) -> _Lot | None:
        """Of the lots of the piece at that step the one most like this, if they are enough."""
        waiting = self._waiting.setdefault((lot.piece.place, lot.at), [])
        if len(waiting) < _LOTS:
            waiting.append(lot)
            return None
        return min(waiting, key=lambda other: len(other.missing ^ lot.missing))

    def _ask(self, lot: _Lot) -> None:
        piece, troop = lot.piece, lot.piece.troop
        step, odds, n = troop.steps[lot.at], troop.odds[lot.at], piece.crowd.entities
        price = step.spec.price
        share = None if step.spec.free or price is None else self._share(lot, step, odds, price)
        items = hits = filled = self._zero
        then: dict[frozenset[Field], list[State]] = {}
        for at, state in enumerate(lot.states):
            taken = take({lot.missing: state}, step, odds, at, self._zero, share)
            items = plus(items, taken.items)
            hits = plus(hits, taken.hits)
            filled = plus(filled, taken.filled)
            for missing, part in taken.states.items():
                then.setdefault(missing, []).append(part)
        self._seen.ask(step, piece.crowd, piece.each, items, hits, filled)
        if (told := self._told.get(step.spec.name)) is not None:
            told.note(
                [n * one for one in items],
                [n * one for one in hits],
                odds,
                step.fields & lot.missing,
            )
        for missing, states in then.items():
            self._offer(_Lot(piece, lot.at + 1, missing, states))

    def _share(self, lot: _Lot, step: Step, odds: Odds, price: Price) -> Worlds | None:
        """The share of a lot that is asked about, after what it costs is taken; None is all."""
        name, seen = step.spec.name, self._seen
        n, own = lot.piece.crowd.entities, self._own[name]
        items, knew = self._zero, self._zero
        for state, rate in zip(lot.states, odds.hits, strict=True):
            items = plus(items, state.count)
            knew = plus(knew, [c * p for c, p in zip(state.count, rate, strict=True)])
        unit = price.usd * odds.dearer
        paid = {Per.HIT: knew, Per.ITEM: items, Per.CALL: [i / step.spec.batch for i in items]}
        shares, unpaid = self._allowed(lot, step, items), [0.0] * seen.worlds
        spent = self._spent[name]
        for world, number in enumerate(paid[price.per]):
            cost, room = n * number * unit * shares[world], min(self._left[world], own[world])
            most = max(_whole(spent[world] + room, unit) - spent[world], 0.0)
            if cost > most:
                if room == self._left[world]:
                    self._broke[world] = min(unit, self._broke[world] or unit)
                kept = most / cost
                unpaid[world] = n * items[world] * shares[world] * (1 - kept)
                shares[world] *= kept
                cost *= kept
            self._left[world] -= cost
            own[world] -= cost
            spent[world] += cost
        seen.unpaid[name] = plus(seen.unpaid[name], unpaid)
        return None if min(shares) == 1 else shares

    def _allowed(self, lot: _Lot, step: Step, items: Worlds) -> Worlds:
        """1 in each world in which a cell that the step fills is not too dear, else 0."""
        name, told, seen, n = step.spec.name, self._told, self._seen, lot.piece.crowd.entities
        if self._per_cell is None:
            return [1.0] * seen.worlds
        cells = dict.fromkeys(sorted(step.fields & lot.missing), lot.piece.each)
        prices = [told[name].per_cell(world, cells) for world in range(seen.worlds)]
        allowed = [float(price <= self._per_cell) for price in prices]
        left_out = [i * (1 - may) for i, may in zip(items, allowed, strict=True)]
        seen.dear[name] = plus_times(seen.dear[name], left_out, n)
        at = [i * price for i, price in zip(left_out, prices, strict=True)]
        seen.dear_at[name] = plus_times(seen.dear_at[name], at, n)
        return allowed


def _whole(money: float, unit: float) -> float:
    """What of this money can be spent where each answer costs a unit."""
    return money if math.isinf(money) else math.floor(money / unit + 1e-9) * unit


def _both(one: State, other: State) -> State:
    states = {frozenset[Field](): one}
    put(states, frozenset(), other)
    return states[frozenset()]
