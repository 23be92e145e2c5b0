"""What a run would cost: tickets as the store leaves them, sent down the waterfall many times."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from statistics import NormalDist

from enrich_cli.app.rates import FAMES, Beta, Rates, learned, logit, sigmoid
from enrich_cli.app.walk import Kind, Odds, Walked, Worlds, list_price, plus, walk
from enrich_cli.domain.entity import EntityType, Field
from enrich_cli.domain.history import NO_HISTORY, History, ProviderKey
from enrich_cli.domain.money import ZERO, Money, Per
from enrich_cli.domain.plan import Estimate, Forecast, Plan, Population, Step
from enrich_cli.domain.provider import ProviderSpec, Tier
from enrich_cli.domain.ticket import Ticket

WORLDS = 200
"""Simulated runs. The range is their 2.5th to 97.5th percentile: 19 times in 20."""
BETWEEN_TABLES, BETWEEN_FIELDS = 0.22, 0.15
"""Standard deviations, on the logit scale, of a provider's rates from one table to another."""
_FAMOUS = 0.15
"""The same of all providers together: one table's companies are better known than another's."""
_LATENCY = {Tier.FREE: 0.6, Tier.CHEAP: 0.6, Tier.PREMIUM: 1.5}
"""Seconds a call takes, without history."""
_SLOW = 3.0
"""How many times slower a bad day is."""
_KINDS = 40
"""So many kinds of entities are sent down one by one; the rarer ones with the nearest of them."""


@dataclass(slots=True)
class Crowd:
    """How many entities of a kind there are, and how many cells they have to fill."""

    entities: int = 0
    cells: int = 0

    def plus(self, entities: int, cells: int) -> Crowd:
        """With so many more."""
        return Crowd(self.entities + entities, self.cells + cells)


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
        """Count entities of a kind, of which nothing is stored."""
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
        seen = _Seen.new(self.plan.steps, WORLDS if paid else 1)
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
        self, step: Step, seen: _Seen, rates: Rates, worst: Mapping[str, Money]
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
        self, steps: Sequence[Step], crowds: Mapping[Kind, Crowd], rates: Rates, seen: _Seen
    ) -> None:
        """Send every kind of entity of one type down, in all worlds."""
        chance = Random(len(seen.spreads))  # noqa: S311 - a simulation
        total = sum(crowd.entities for crowd in crowds.values())
        spread = _FAMOUS if seen.worlds > 1 else 0.0
        common = _shifts(spread, seen.worlds, chance)
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


class Draws:
    """The rates of every world: what is not known about them, and how tables differ.

    `common` shifts the levels of all providers in each world; with a single world, whose shift is
    zero, the rates are the likeliest ones.
    """

    def __init__(self, rates: Rates, common: Worlds, chance: Random) -> None:
        self._rates = rates
        self._common = common
        self._chance = chance
        self._certain = len(common) == 1
        weights, possible = zip(*rates.possible, strict=True)
        self._worlds: Sequence[Rates] = (
            [rates] if self._certain else chance.choices(possible, weights, k=len(common))
        )
        self._tables: dict[str, Worlds] = {}
        self._hits: dict[tuple[str, str], Sequence[Worlds]] = {}
        self._fields: dict[tuple[str, Field], Worlds] = {}

    def odds(self, step: Step, by: str) -> Odds:
        """The rates of one step's provider, for entities that it is asked about by these."""
        return Odds(
            self.hits(step.spec, by),
            {name: self._field(step.spec, name) for name in sorted(step.fields)},
            self._rates.dearer(step.spec),
        )

    def hits(self, spec: ProviderSpec, by: str) -> Sequence[Worlds]:
        """The hit rate at each fame, in each world."""
        key = (spec.name, by)
        if key not in self._hits:
            if self._certain:
                levels = [self._rates.hit_rate(spec, by).level]
            else:
                own = [one.hit_rate(spec, by) for one in self._worlds]
                drawn = [rate.level_at(_drawn(rate.beta, self._chance)) for rate in own]
                levels = plus(drawn, plus(self._table(spec), self._common))
            self._hits[key] = [
                [
                    sigmoid(level + one.loading * fame)
                    for level, one in zip(levels, self._worlds, strict=True)
                ]
                for fame, _ in FAMES
            ]
        return self._hits[key]

    def fames(self, kind: Kind, steps: Sequence[Step]) -> Sequence[Worlds]:
        """How likely each fame is for entities of a kind, by who has known them already."""
        weights = [[weight] * len(self._common) for _, weight in FAMES]
        specs = {step.spec.identity: step.spec for step in steps}
        for provider, knew in kind.past:
            if provider not in specs:
                continue
            for i, rates in enumerate(self.hits(specs[provider], "")):
                told = rates if knew else [1 - p for p in rates]
                weights[i] = [w * p for w, p in zip(weights[i], told, strict=True)]
        totals = [sum(world) for world in zip(*weights, strict=True)]
        return [[w / t for w, t in zip(some, totals, strict=True)] for some in weights]

    def _table(self, spec: ProviderSpec) -> Worlds:
        if spec.name not in self._tables:
            self._tables[spec.name] = _shifts(BETWEEN_TABLES, len(self._common), self._chance)
        return self._tables[spec.name]

    def _field(self, spec: ProviderSpec, name: Field) -> Worlds:
        key = (spec.name, name)
        if key not in self._fields:
            beta = self._rates.coverage(spec, name)
            self._fields[key] = (
                [beta.mean]
                if self._certain
                else [
                    sigmoid(logit(_drawn(beta, self._chance)) + shift)
                    for shift in _shifts(BETWEEN_FIELDS, len(self._common), self._chance)
                ]
            )
        return self._fields[key]


@cache
def _normal(worlds: int) -> Sequence[float]:
    """As many numbers as worlds, spread as a standard normal is."""
    if worlds == 1:
        return (0.0,)
    return [NormalDist().inv_cdf((i + 0.5) / worlds) for i in range(worlds)]


def _shifts(spread: float, worlds: int, chance: Random) -> Worlds:
    """A normal shift in each world, evenly spread so that their mean is nothing."""
    return [spread * z for z in chance.sample(_normal(worlds), worlds)]


def _drawn(beta: Beta, chance: Random) -> float:
    return chance.betavariate(
        max(beta.mean * beta.strength, 1e-3), max((1 - beta.mean) * beta.strength, 1e-3)
    )


def _zeros(steps: Sequence[Step], worlds: int) -> dict[str, Worlds]:
    return {step.spec.name: [0.0] * worlds for step in steps}


@dataclass(slots=True)
class _Seen:
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
    def new(steps: Sequence[Step], worlds: int) -> _Seen:
        items, hits, calls, costs = (_zeros(steps, worlds) for _ in range(4))
        return _Seen(worlds, items, hits, calls, costs, [0.0] * worlds, [0.0] * worlds)

    def add(self, walked: Walked, steps: Sequence[Step], crowd: Crowd) -> None:
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
        chunks = math.ceil(entities / _CHUNK)
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


_CHUNK = 1_000
"""Entities whose questions share batches, about; see `running.chunk_size`."""


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
