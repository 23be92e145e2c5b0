"""What a run would cost: tickets as the store leaves them, sent down the waterfall many times."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from enrich_cli.app.bills import Crowd, Seen
from enrich_cli.app.draws import FAMOUS, Draws, shifts
from enrich_cli.app.rates import Rates, learned
from enrich_cli.app.walk import Kind, walk
from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.history import NO_HISTORY, History, ProviderKey
from enrich_cli.domain.money import ZERO, Money
from enrich_cli.domain.plan import Estimate, Forecast, Plan, Population, Step
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


@dataclass(slots=True)
class Forecaster:
    """Takes the opened tickets of a plan and says what their run would cost, by `history`."""

    plan: Plan
    budget: Money | None = None
    history: History = NO_HISTORY
    _crowds: dict[EntityType, dict[Kind, Crowd]] = field(default_factory=dict)
    _rows: Counter[EntityType] = field(default_factory=Counter)
    _cached: Counter[EntityType] = field(default_factory=Counter)
    _naive_known: int = 0

    def add(self, ticket: Ticket) -> None:
        """Count one opened ticket."""
        type_ = ticket.entity.type
        kind = kind_of(ticket, self.plan.steps_for(type_))
        self.add_kind(type_, kind, 1, sum(ticket.entity.empty.values()), ticket.entity.rows)
        self._cached[type_] += bool(ticket.answers) and not any(kind.asked_by)
        self._naive_known += ticket.naive()

    def add_settled(
        self, type_: EntityType, entities: int, rows: int, answered: int, naive: Money
    ) -> None:
        """Count entities about which nobody need be asked; the store answers `answered` of them."""
        steps = self.plan.steps_for(type_)
        self.add_kind(type_, Kind(frozenset(), ("",) * len(steps)), entities, 0, rows)
        self._cached[type_] += answered
        self._naive_known += naive

    def add_kind(self, type_: EntityType, kind: Kind, entities: int, cells: int, rows: int) -> None:
        """Count entities of a kind."""
        crowds = self._crowds.setdefault(type_, {})
        crowds[kind] = crowds.get(kind, Crowd()).plus(entities, cells)
        self._rows[type_] += rows

    @property
    def crowds(self) -> Mapping[EntityType, Mapping[Kind, Crowd]]:
        """What was counted."""
        return self._crowds

    def estimate(self, rows: int, cells_wanted: int, cells_empty: int) -> Estimate:
        """The estimate for all tickets that were added. Amounts are capped by the budget."""
        rates = learned(self.history, [step.spec for step in self.plan.steps])
        worst = {step.spec.name: self._worst(step, rates) for step in self.plan.steps}
        paid = any(worst.values())
        seen = Seen.new(self.plan.steps, WORLDS if paid else 1)
        for type_, crowds in self._crowds.items():
            self._simulate(self.plan.steps_for(type_), crowds, rates, seen)
        most = sum(worst.values())
        costs = sorted(self._cap(Money(min(max(round(c), 0), most))) for c in seen.bills())
        forecasts = tuple(self._forecast(step, seen, rates, worst) for step in self.plan.steps)
        last = len(costs) - 1
        return Estimate(
            rows=rows,
            cells_wanted=cells_wanted,
            cells_empty=cells_empty,
            entities={type_: self._population(type_) for type_ in self._crowds},
            forecasts=forecasts,
            likely=self._cap(Money(round(sum(costs) / len(costs)))),
            low=costs[math.floor(0.025 * last)],
            high=costs[math.ceil(0.975 * last)],
            worst=self._cap(Money(most)),
            naive=Money(self._naive_known + round(seen.naive)),
            seconds_likely=max(
                (_seconds(f.spec, f.calls, _latency(f.spec, rates)) for f in forecasts),
                default=0.0,
            ),
            seconds_worst=sum(
                _seconds(s.spec, self._most_calls(s), _latency(s.spec, rates) * _SLOW)
                for s in self.plan.steps
            ),
            ranges=len(self.history.ranges),
            held=sum(one.held for one in self.history.ranges),
        )

    def _cap(self, amount: Money) -> Money:
        return amount if self.budget is None else min(amount, self.budget)

    def _population(self, type_: EntityType) -> Population:
        crowds = self._crowds[type_]
        return Population(
            rows=self._rows[type_],
            unique=sum(crowd.entities for crowd in crowds.values()),
            cached=self._cached[type_],
            asked=sum(crowd.entities for kind, crowd in crowds.items() if any(kind.asked_by)),
        )

    def _most_items(self, step: Step) -> int:
        i = self.plan.steps_for(step.spec.entity).index(step)
        crowds = self._crowds.get(step.spec.entity, {})
        return sum(crowd.entities for kind, crowd in crowds.items() if kind.asked_by[i])

    def _most_calls(self, step: Step) -> int:
        return math.ceil(self._most_items(step) / step.spec.batch)

    def _worst(self, step: Step, rates: Rates) -> Money:
        """The most that a run may pay a provider: each entity's question, once and alone.

        An answered question is paid once, and every paid call brings an answer; but a batch may be
        cut where the budget, an entity that is refused, or another run wants it. A meter may take
        more than the price rule says, and then has done so before, as far as anybody can know.
        """
        price = step.spec.price
        if price is None:
            return ZERO
        dearer = max(rates.dearer(step.spec), 1.0)
        return Money(math.ceil(price.usd * self._most_items(step) * dearer))

    def _forecast(
        self, step: Step, seen: Seen, rates: Rates, worst: Mapping[str, Money]
    ) -> Forecast:
        spec = step.spec
        items, hits, calls, cost = (
            sum(numbers[spec.name]) / seen.worlds
            for numbers in (seen.items, seen.hits, seen.calls, seen.costs)
        )
        return Forecast(
            spec=spec,
            calls=calls,
            items=items,
            hit_rate=hits / items if items else rates.hit_rate(spec, "").beta.mean,
            likely=Money(min(round(cost), worst[spec.name])),
            worst=worst[spec.name],
        )

    def _simulate(
        self, steps: Sequence[Step], crowds: Mapping[Kind, Crowd], rates: Rates, seen: Seen
    ) -> None:
        """Send every kind of entity of one type down, in all worlds."""
        chance = Random(len(seen.spreads))  # noqa: S311 - a simulation
        total = sum(crowd.entities for crowd in crowds.values())
        spread = FAMOUS if seen.worlds > 1 else 0.0
        common = shifts(spread, seen.worlds, chance)
        draws = Draws(rates, common, chance)
        for kind, crowd in _main_kinds(crowds).items():
            if not any(kind.asked_by):
                continue
            odds = [draws.odds(step, by) for step, by in zip(steps, kind.asked_by, strict=True)]
            walked = walk(kind, draws.fames(kind, steps), steps, odds)
            seen.add(walked, steps, crowd)
        for i, step in enumerate(steps):
            open_ = sum(crowd.entities for kind, crowd in crowds.items() if kind.asked_by[i])
            seen.call(step, open_, total, chance)


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


def _main_kinds(crowds: Mapping[Kind, Crowd]) -> Mapping[Kind, Crowd]:
    """The commonest kinds, and in each of them the rarer ones that are most like it."""
    if len(crowds) <= _KINDS:
        return crowds
    ranked = sorted(crowds.items(), key=lambda item: -item[1].entities)
    main = dict(ranked[:_KINDS])
    for kind, crowd in ranked[_KINDS:]:
        if not any(kind.asked_by):
            continue
        nearest = min(main, key=lambda other: _distance(kind, other))
        main[nearest] = main[nearest].plus(crowd.entities, crowd.cells)
    return main


def _distance(one: Kind, other: Kind) -> int:
    open_ = sum(a != b for a, b in zip(one.asked_by, other.asked_by, strict=True))
    return 4 * open_ + len(one.missing ^ other.missing) + (one.past != other.past)


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
