"""The rates of many possible worlds, drawn from what is known of the providers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random
from statistics import NormalDist

from enrich_cli.app.rates import FAMES, Beta, Rates, logit, sigmoid
from enrich_cli.app.walk import Kind, Odds, Worlds, plus
from enrich_cli.domain.entity import Field
from enrich_cli.domain.plan import Step
from enrich_cli.domain.provider import ProviderSpec

BETWEEN_TABLES, BETWEEN_FIELDS = 0.26, 0.18
"""Standard deviations, on the logit scale, of a provider's rates from one table to another."""
FAMOUS = 0.18
"""The same of all providers together: one table's companies are better known than another's."""


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
            self._tables[spec.name] = shifts(BETWEEN_TABLES, len(self._common), self._chance)
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
                    for shift in shifts(BETWEEN_FIELDS, len(self._common), self._chance)
                ]
            )
        return self._fields[key]


@cache
def _normal(worlds: int) -> Sequence[float]:
    """As many numbers as worlds, spread as a standard normal is."""
    if worlds == 1:
        return (0.0,)
    return [NormalDist().inv_cdf((i + 0.5) / worlds) for i in range(worlds)]


def shifts(spread: float, worlds: int, chance: Random) -> Worlds:
    """A normal shift in each world, evenly spread so that their mean is nothing."""
    return [spread * z for z in chance.sample(_normal(worlds), worlds)]


def _drawn(beta: Beta, chance: Random) -> float:
    return chance.betavariate(
        max(beta.mean * beta.strength, 1e-3), max((1 - beta.mean) * beta.strength, 1e-3)
    )
