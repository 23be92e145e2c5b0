"""What a run would cost: tickets as the store leaves them, sent down the waterfall many times."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from enrich_cli.domain.entity import EntityType, Field
from enrich_cli.domain.money import ZERO, Money, Per
from enrich_cli.domain.plan import Estimate, Forecast, Plan, Population, Step
from enrich_cli.domain.provider import ProviderSpec, Tier
from enrich_cli.domain.ticket import Ticket

WORLDS = 200
"""Simulated runs. The range is their 2.5th to 97.5th percentile: 19 times in 20."""
_PRIOR_HIT_RATE = {Tier.FREE: 0.6, Tier.CHEAP: 0.6, Tier.PREMIUM: 0.75}
_PRIOR_STRENGTH = 4.0
"""Without history a hit rate is as uncertain as after four answers: a wide Beta distribution."""
_COVERAGE = 0.8
"""Share of the fields a provider can give that a hit really holds, without history."""
_LATENCY = {Tier.FREE: 0.6, Tier.CHEAP: 0.6, Tier.PREMIUM: 1.5}
"""Seconds a call takes, without history."""
_SLOW = 3.0
"""How many times slower a bad day is."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Entities that look the same to the waterfall: what is missing, and who can be asked."""

    missing: frozenset[Field]
    open: tuple[bool, ...]


@dataclass(slots=True)
class Forecaster:
    """Takes the opened tickets of a plan and says what their run would cost."""

    plan: Plan
    budget: Money | None = None
    _kinds: dict[EntityType, Counter[_Kind]] = field(default_factory=dict)
    _cells: dict[EntityType, Counter[_Kind]] = field(default_factory=dict)
    _rows: Counter[EntityType] = field(default_factory=Counter)
    _cached: Counter[EntityType] = field(default_factory=Counter)
    _naive_known: int = 0

    def add(self, ticket: Ticket) -> None:
        """Count one opened ticket."""
        type_ = ticket.entity.type
        steps = self.plan.steps_for(type_)
        kind = _Kind(ticket.missing, tuple(ticket.query(step) is not None for step in steps))
        cells = sum(ticket.entity.empty.values())
        self._kinds.setdefault(type_, Counter())[kind] += 1
        self._cells.setdefault(type_, Counter())[kind] += cells
        self._rows[type_] += ticket.entity.rows
        self._cached[type_] += bool(ticket.answers) and not any(kind.open)
        self._naive_known += ticket.naive()

    def add_settled(
        self, type_: EntityType, entities: int, rows: int, answered: int, naive: Money
    ) -> None:
        """Count entities about which nobody need be asked; the store answers `answered` of them."""
        kind = _Kind(frozenset(), (False,) * len(self.plan.steps_for(type_)))
        self._kinds.setdefault(type_, Counter())[kind] += entities
        self._cells.setdefault(type_, Counter())
        self._rows[type_] += rows
        self._cached[type_] += answered
        self._naive_known += naive

    def estimate(self, rows: int, cells_wanted: int, cells_empty: int) -> Estimate:
        """The estimate for all tickets that were added. Amounts are capped by the budget."""
        worlds = [self._world(Random(seed)) for seed in range(WORLDS)]  # noqa: S311 - a simulation
        costs = sorted(self._cap(Money(round(world.cost))) for world in worlds)
        worst = {s.spec.name: self._worst(s) for s in self.plan.steps}
        forecasts = tuple(self._forecast(step.spec, worlds, worst) for step in self.plan.steps)
        likely_naive = sum(world.naive for world in worlds) / WORLDS
        return Estimate(
            rows=rows,
            cells_wanted=cells_wanted,
            cells_empty=cells_empty,
            entities={type_: self._population(type_) for type_ in self._kinds},
            forecasts=forecasts,
            likely=self._cap(Money(round(sum(costs) / WORLDS))),
            low=costs[math.floor(0.025 * (WORLDS - 1))],
            high=costs[math.ceil(0.975 * (WORLDS - 1))],
            worst=self._cap(Money(sum(worst.values()))),
            naive=Money(self._naive_known + round(likely_naive)),
            seconds_likely=max((_seconds(f.spec, f.calls, 1.0) for f in forecasts), default=0.0),
            seconds_worst=sum(
                _seconds(s.spec, self._most_calls(s), _SLOW) for s in self.plan.steps
            ),
        )

    def _cap(self, amount: Money) -> Money:
        return amount if self.budget is None else min(amount, self.budget)

    def _population(self, type_: EntityType) -> Population:
        asked = sum(n for kind, n in self._kinds[type_].items() if any(kind.open))
        return Population(
            rows=self._rows[type_],
            unique=self._kinds[type_].total(),
            cached=self._cached[type_],
            asked=asked,
        )

    def _most_items(self, step: Step) -> int:
        i = self.plan.steps_for(step.spec.entity).index(step)
        kinds = self._kinds.get(step.spec.entity, Counter())
        return sum(n for kind, n in kinds.items() if kind.open[i])

    def _most_calls(self, step: Step) -> float:
        return math.ceil(self._most_items(step) / step.spec.batch)

    def _worst(self, step: Step) -> Money:
        price = step.spec.price
        if price is None:
            return ZERO
        paid = self._most_calls(step) if price.per is Per.CALL else self._most_items(step)
        return Money(price.usd * int(paid))

    def _forecast(
        self, spec: ProviderSpec, worlds: list[_World], worst: Mapping[str, Money]
    ) -> Forecast:
        items = sum(world.items[spec.name] for world in worlds) / WORLDS
        hits = sum(world.hits[spec.name] for world in worlds) / WORLDS
        return Forecast(
            spec=spec,
            calls=sum(world.calls[spec.name] for world in worlds) / WORLDS,
            items=items,
            hit_rate=hits / items if items else _PRIOR_HIT_RATE[spec.tier],
            likely=Money(round(sum(world.costs[spec.name] for world in worlds) / WORLDS)),
            worst=worst[spec.name],
        )

    def _world(self, random: Random) -> _World:
        """One possible run: hit rates drawn once for it, then every kind of entity sent down."""
        world = _World()
        for type_, kinds in self._kinds.items():
            steps = self.plan.steps_for(type_)
            rates = [_draw_rate(random, step.spec) for step in steps]
            asked = [0.0] * len(steps)
            for kind, n in kinds.items():
                left = dict.fromkeys(kind.missing, 1.0)
                per_entity = self._cells[type_][kind] / n
                for i, step in enumerate(steps):
                    if not kind.open[i]:
                        continue
                    gives = step.fields & kind.missing
                    items = n * max((left[name] for name in gives), default=0.0)
                    hits = _draw_hits(random, items, rates[i])
                    asked[i] += items
                    world.hits[step.spec.name] += hits
                    world.naive += _cost(step.spec, items, hits, items) * per_entity
                    for missing in gives:
                        left[missing] *= 1 - (hits / items if items else 0.0) * _COVERAGE
            for step, items in zip(steps, asked, strict=True):
                name = step.spec.name
                calls = math.ceil(items / step.spec.batch)
                world.items[name] += items
                world.calls[name] += calls
                world.costs[name] += _cost(step.spec, items, world.hits[name], calls)
        return world


def _zeros() -> defaultdict[str, float]:
    return defaultdict(float)


@dataclass(slots=True)
class _World:
    items: defaultdict[str, float] = field(default_factory=_zeros)
    hits: defaultdict[str, float] = field(default_factory=_zeros)
    calls: defaultdict[str, float] = field(default_factory=_zeros)
    costs: defaultdict[str, float] = field(default_factory=_zeros)
    naive: float = 0.0

    @property
    def cost(self) -> float:
        return sum(self.costs.values(), 0.0)


def _draw_rate(random: Random, spec: ProviderSpec) -> float:
    mean = _PRIOR_HIT_RATE[spec.tier]
    return random.betavariate(mean * _PRIOR_STRENGTH, (1 - mean) * _PRIOR_STRENGTH)


def _draw_hits(random: Random, items: float, rate: float) -> float:
    """A binomial draw, by its normal approximation."""
    spread = math.sqrt(items * rate * (1 - rate))
    return min(max(random.gauss(items * rate, spread), 0.0), items)


def _cost(spec: ProviderSpec, items: float, hits: float, calls: float) -> float:
    if spec.price is None:
        return 0.0
    paid = {Per.HIT: hits, Per.ITEM: items, Per.CALL: calls}[spec.price.per]
    return spec.price.usd * paid


def _seconds(spec: ProviderSpec, calls: float, slower: float) -> float:
    """How long that many calls take, by the rate limits and the slots."""
    latency = _LATENCY[spec.tier] * slower
    by_slots = math.ceil(calls / spec.limits.concurrency) * latency
    by_rates = max(
        (max(calls - rate.calls, 0) * rate.seconds / rate.calls for rate in spec.limits.rates),
        default=0.0,
    )
    return max(by_slots, by_rates)
