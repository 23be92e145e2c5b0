"""What a run would cost: tickets as the store leaves them, sent down the waterfall many times."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from enrich_cli.app.bills import Seen
from enrich_cli.app.crowd import Crowd, main_kinds, size_of, together
from enrich_cli.app.draws import FAMOUS, Draws, shifts
from enrich_cli.app.rates import Rates, learned
from enrich_cli.app.rationed import NO_BOUNDS, Purse, rationed
from enrich_cli.app.troops import Troop
from enrich_cli.app.walk import Kind, walk
from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.history import NO_HISTORY, History, ProviderKey
from enrich_cli.domain.money import ZERO, Money
from enrich_cli.domain.plan import Estimate, Forecast, Plan, Population, Step, Unbounded
from enrich_cli.domain.provider import ProviderSpec, Tier
from enrich_cli.domain.ticket import Ticket

WORLDS = 200
"""Simulated runs. The range is their 2.5th to 97.5th percentile: 19 times in 20."""
_LATENCY = {Tier.FREE: 0.6, Tier.CHEAP: 0.6, Tier.PREMIUM: 1.5}
"""Seconds a call takes, without history."""
_SLOW = 3.0
"""How many times slower a bad day is."""
_KINDS = 40
"""So many kinds of entities are sent down one by one; the rarer ones with the nearest of them."""

_Crowds = Mapping[EntityType, Mapping[Kind, Crowd]]


@dataclass(slots=True)
class Forecaster:
    """Takes the opened tickets of a plan and says what their run would cost, by `history`."""

    plan: Plan
    purse: Purse = NO_BOUNDS
    history: History = NO_HISTORY
    _kinds: dict[EntityType, dict[Kind, dict[int, Crowd]]] = field(default_factory=dict)
    _rows: Counter[EntityType] = field(default_factory=Counter)
    _cached: Counter[EntityType] = field(default_factory=Counter)
    _naive_known: int = 0

    def add(self, ticket: Ticket) -> None:
        """Count one opened ticket."""
        type_, empty = ticket.entity.type, ticket.entity.empty
        kind = kind_of(ticket, self.plan.steps_for(type_))
        open_ = sum(empty[name] for name in kind.missing)
        self.add_kind(type_, kind, Crowd(1, sum(empty.values()), open_), ticket.entity.rows)
        self._cached[type_] += bool(ticket.answers) and not any(kind.asked_by)
        self._naive_known += ticket.naive()

    def add_settled(
        self, type_: EntityType, entities: int, rows: int, answered: int, naive: Money
    ) -> None:
        """Count entities about which nobody need be asked; the store answers `answered` of them."""
        steps = self.plan.steps_for(type_)
        self.add_kind(type_, Kind(frozenset(), ("",) * len(steps)), Crowd(entities), rows)
        self._cached[type_] += answered
        self._naive_known += naive

    def add_kind(self, type_: EntityType, kind: Kind, crowd: Crowd, rows: int) -> None:
        """Count entities of a kind, of about the same size."""
        sizes = self._kinds.setdefault(type_, {}).setdefault(kind, {})
        size = size_of(crowd.each(len(kind.missing)))
        sizes[size] = sizes.get(size, Crowd()).plus(crowd)
        self._rows[type_] += rows

    @property
    def crowds(self) -> Mapping[EntityType, Mapping[Kind, Crowd]]:
        """What was counted."""
        return {
            type_: {kind: together(sizes) for kind, sizes in kinds.items()}
            for type_, kinds in self._kinds.items()
        }

    def estimate(self, rows: int, cells_wanted: int, cells_empty: int) -> Estimate:
        """The estimate for all tickets that were added, within the purse."""
        steps, crowds = self.plan.steps, self.crowds
        rates = learned(self.history, [step.spec for step in steps])
        worst = {step.spec.name: self._worst(step, rates, crowds) for step in steps}
        most = Money(sum(worst.values()))
        seen, unbounded = self._seen(rates, WORLDS if most else 1, most, crowds)
        costs = sorted(_within(cost, most, self.purse.limit) for cost in seen.bills())
        forecasts = tuple(_forecast(step, seen, rates, worst) for step in steps)
        last = len(costs) - 1
        low, high = costs[math.floor(0.025 * last)], costs[math.ceil(0.975 * last)]
        mean = Money(round(sum(costs) / len(costs)))  # of a few rare bills, it may lie outside
        return Estimate(
            rows=rows,
            cells_wanted=cells_wanted,
            cells_empty=cells_empty,
            entities={type_: self._population(type_, crowds[type_]) for type_ in crowds},
            forecasts=forecasts,
            likely=min(max(mean, low), high),
            low=low,
            high=high,
            worst=_within(most, most, self.purse.budget),
            naive=Money(self._naive_known + round(seen.naive)),
            cells_found=seen.cells,
            unbounded=unbounded,
            limit=self.purse.limit,
            seconds_likely=max(
                (_seconds(f.spec, f.calls, _latency(f.spec, rates)) for f in forecasts),
                default=0.0,
            ),
            seconds_worst=sum(
                _seconds(s.spec, self._most_calls(s, crowds), _latency(s.spec, rates) * _SLOW)
                for s in steps
            ),
            ranges=len(self.history.ranges),
            held=sum(one.held for one in self.history.ranges),
        )

    def _population(self, type_: EntityType, crowds: Mapping[Kind, Crowd]) -> Population:
        return Population(
            rows=self._rows[type_],
            unique=sum(crowd.entities for crowd in crowds.values()),
            cached=self._cached[type_],
            asked=sum(crowd.entities for kind, crowd in crowds.items() if any(kind.asked_by)),
        )

    def _most_items(self, step: Step, crowds: _Crowds) -> int:
        i = self.plan.steps_for(step.spec.entity).index(step)
        own = crowds.get(step.spec.entity, {})
        return sum(crowd.entities for kind, crowd in own.items() if kind.asked_by[i])

    def _most_calls(self, step: Step, crowds: _Crowds) -> int:
        return math.ceil(self._most_items(step, crowds) / step.spec.batch)

    def _worst(self, step: Step, rates: Rates, crowds: _Crowds) -> Money:
        """The most that a run may pay a provider: each entity's question, once and alone.

        An answered question is paid once, and every paid call brings an answer; but a batch may be
        cut where the budget, an entity that is refused, or another run wants it. A meter may take
        more than the price rule says, and then has done so before, as far as anybody can know.
        """
        price = step.spec.price
        if price is None:
            return ZERO
        dearer = max(rates.dearer(step.spec), 1.0)
        most = Money(math.ceil(price.usd * self._most_items(step, crowds) * dearer))
        return min(most, self.purse.own.get(step.spec.name, most))

    def _seen(
        self, rates: Rates, worlds: int, most: Money, crowds: _Crowds
    ) -> tuple[Seen, Unbounded | None]:
        """What happens in all worlds within the purse, and what would beyond it.

        `most` is what the run may cost at all, and so bounds what it would cost without a purse.
        """
        chances = {type_: Random(worlds) for type_ in self._kinds}  # noqa: S311 - a simulation
        troops = [
            troop
            for type_, chance in chances.items()
            for troop in self._troops(type_, rates, worlds, chance)
        ]
        seen = Seen.new(self.plan.steps, worlds)
        for troop in troops:
            walked = walk(troop.kind, troop.fames, troop.steps, troop.odds)
            seen.add(walked, troop.steps, together(troop.sizes), len(troop.kind.missing))
        self._call(seen, crowds, chances)
        if worlds == 1 or not self.purse.may_bind(seen):
            return seen, None
        short = self.purse.is_short(most)
        bound = rationed(troops, self.plan.steps, self.purse, self.history, worlds, short=short)
        if not bound.left_out:
            return seen, None
        self._call(bound, crowds, chances)
        bills = [_within(cost, most, None) for cost in seen.bills()]
        return bound, Unbounded(Money(round(sum(bills) / worlds)), seen.cells)

    def _troops(
        self, type_: EntityType, rates: Rates, worlds: int, chance: Random
    ) -> Iterator[Troop]:
        steps = self.plan.steps_for(type_)
        draws = Draws(rates, shifts(FAMOUS if worlds > 1 else 0.0, worlds, chance), chance)
        for kind, sizes in main_kinds(self._kinds[type_], _KINDS).items():
            if any(kind.asked_by):
                odds = [draws.odds(step, by) for step, by in zip(steps, kind.asked_by, strict=True)]
                yield Troop(type_, kind, sizes, steps, draws.fames(kind, steps), odds)

    def _call(self, seen: Seen, crowds: _Crowds, chances: Mapping[EntityType, Random]) -> None:
        """Count the calls to all providers."""
        for type_, chance in chances.items():
            own = crowds[type_]
            total = sum(crowd.entities for crowd in own.values())
            for i, step in enumerate(self.plan.steps_for(type_)):
                open_ = sum(crowd.entities for kind, crowd in own.items() if kind.asked_by[i])
                seen.call(step, open_, total, chance)


def _forecast(step: Step, seen: Seen, rates: Rates, worst: Mapping[str, Money]) -> Forecast:
    spec = step.spec
    items, hits, calls, cost, dear, dear_at, unpaid = (
        sum(numbers[spec.name]) / seen.worlds
        for numbers in (
            *(seen.items, seen.hits, seen.calls, seen.costs),
            *(seen.dear, seen.dear_at, seen.unpaid),
        )
    )
    return Forecast(
        spec=spec,
        calls=calls,
        items=items,
        hit_rate=hits / items if items else rates.hit_rate(spec, "").beta.mean,
        likely=Money(min(round(cost), worst[spec.name])),
        worst=worst[spec.name],
        too_dear=dear,
        dear_at=Money(round(dear_at / dear)) if dear else ZERO,
        unpaid=unpaid,
    )


def _within(amount: float, most: Money, limit: Money | None) -> Money:
    """An amount of money that is no more than any of these, and no less than nothing."""
    bound = Money(min(max(round(amount), 0), most))
    return bound if limit is None else min(bound, limit)


def kind_of(ticket: Ticket, steps: Sequence[Step]) -> Kind:
    """What the waterfall sees of an opened ticket."""
    queries = [ticket.query(step) for step in steps]
    asked_by = tuple(
        "" if query is None else step.spec.asked_by(query.ids)
        for step, query in zip(steps, queries, strict=True)
    )
    if not any(asked_by):
        return Kind(frozenset(), asked_by)
    past = next(query.past for query in queries if query is not None)
    return Kind(ticket.missing, asked_by, tuple((ProviderKey(name), knew) for name, knew in past))


def _latency(spec: ProviderSpec, rates: Rates) -> float:
    seen = rates.seconds(spec)
    return _LATENCY[spec.tier] if seen is None else seen


def _seconds(spec: ProviderSpec, calls: float, latency: float) -> float:
    """How long that many calls take, by the rate limits and the slots."""
    by_slots = math.ceil(calls / spec.limits.concurrency) * latency
    by_rates = max(
        (max(calls - rate.calls, 0) * rate.seconds / rate.calls for rate in spec.limits.rates),
        default=0.0,
    )
    return max(by_slots, by_rates)
