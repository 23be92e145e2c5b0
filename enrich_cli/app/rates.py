"""Hit rates out of history: a Beta posterior for each provider, field and kind of identifier.

Who is asked second is asked about what the first did not know, so its share of hits there says
little about what it would know of everybody. Entities therefore have a *fame* that no one sees, a
standard normal, and a provider knows one with the probability sigmoid(level + loading * fame): the
Rasch model with a common slope, fitted to what each provider said after what others had said.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from enrich_cli.domain.entity import Field
from enrich_cli.domain.history import Count, History, Past, ProviderKey, Usage
from enrich_cli.domain.provider import ProviderSpec, Tier

FAMES = ((-math.sqrt(3), 1 / 6), (0.0, 2 / 3), (math.sqrt(3), 1 / 6))
"""Fames and how many entities have them: the Gauss-Hermite rule of three nodes."""
PRIOR_HIT_RATE = {Tier.FREE: 0.6, Tier.CHEAP: 0.6, Tier.PREMIUM: 0.75}
PRIOR_STRENGTH = 4.0
"""Without history a hit rate is as uncertain as after four answers: a wide Beta distribution."""
_PRIOR_VARIANCE = 2.0
"""The same on the scale of levels."""
_KIND_VARIANCE = 0.5
"""How far a provider's level for one kind of identifier lies from its level for all."""
_TRUST = 0.7
"""What an answer counts beside one that was drawn by chance: those of one table are alike."""
COVERAGE = Count(4, 3)
"""What stands for the fields that a hit gives, without history: three of four."""
_LOADINGS = (0.0, 0.7, 1.4, 2.1, 2.8)
_USUAL_LOADING, _LOADING_VARIANCE = 1.2, 0.8


@dataclass(frozen=True, slots=True)
class Beta:
    """A rate that is known as if by `strength` trials: a Beta distribution of that mean."""

    mean: float
    strength: float


@dataclass(frozen=True, slots=True)
class HitRate:
    """A provider's hit rate for entities asked by one kind of identifier.

    `level` is that of the model at the mean; `slope` is by how much it moves for each unit that
    the rate moves on the logit scale.
    """

    beta: Beta
    level: float
    slope: float

    def level_at(self, rate: float) -> float:
        """The level at which the rate over all fames is `rate`, near the mean."""
        return self.level + (logit(rate) - logit(self.beta.mean)) * self.slope


@dataclass(slots=True)
class Rates:
    """What history says about providers, at the likeliest loading; made by `learned`.

    `possible` has the rates at every loading, with how likely they are beside the likeliest.
    """

    loading: float
    _usage: Mapping[ProviderKey, Usage]
    _fields: Mapping[tuple[ProviderKey, Field], Count]
    _cells: Mapping[ProviderKey, Sequence[_Cell]]
    _levels: Mapping[ProviderKey, float]
    possible: Sequence[tuple[float, Rates]] = ()
    _made: dict[tuple[ProviderKey, str], HitRate] = field(default_factory=dict)

    def hit_rate(self, spec: ProviderSpec, by: str) -> HitRate:
        """How often the provider knows an entity that it is asked about by these identifiers."""
        key = (ProviderKey(spec.identity), by)
        if key not in self._made:
            self._made[key] = self._hit_rate(spec, by)
        return self._made[key]

    def _hit_rate(self, spec: ProviderSpec, by: str) -> HitRate:
        provider = ProviderKey(spec.identity)
        cells = self._cells.get(provider, ())
        usual = _usual_level(spec.tier, self.loading)
        level, known = _solved(cells, usual, _PRIOR_VARIANCE, self._levels, self.loading)
        own = [cell for cell in cells if cell.by == by]
        if 0 < len(own) < len(cells):
            apart = _KIND_VARIANCE + 1 / known
            level, known = _solved(own, level, apart, self._levels, self.loading)
        elif cells and not own:
            known = 1 / (1 / known + _KIND_VARIANCE)
        mean, steep = _marginal(level, self.loading, [weight for _, weight in FAMES])
        spread = steep * steep / known
        strength = _TRUST * mean * (1 - mean) / spread - 1 if cells else PRIOR_STRENGTH
        return HitRate(
            Beta(mean, max(strength, PRIOR_STRENGTH / 2)), level, mean * (1 - mean) / steep
        )

    def coverage(self, spec: ProviderSpec, name: Field) -> Beta:
        """How often a hit fills a field that is still missing."""
        seen = self._fields.get((ProviderKey(spec.identity), name), Count()).plus(COVERAGE)
        return Beta((seen.came + 0.25) / (seen.tried + 0.5), _TRUST * (seen.tried + 0.5))

    def dearer(self, spec: ProviderSpec) -> float:
        """What the provider's meter takes, as a multiple of what its price rule says."""
        used = self._usage.get(ProviderKey(spec.identity))
        if spec.price is None or spec.price.meter is None or used is None or not used.listed:
            return 1.0
        return used.spent / used.listed

    def seconds(self, spec: ProviderSpec) -> float | None:
        """How long a call takes; None where none was seen."""
        used = self._usage.get(ProviderKey(spec.identity))
        return used.seconds / used.calls if used is not None and used.calls else None

    def answers(self, spec: ProviderSpec) -> int:
        """How many answers of the provider there are in history."""
        return sum(cell.count.tried for cell in self._cells.get(ProviderKey(spec.identity), ()))


@dataclass(frozen=True, slots=True)
class _Cell:
    by: str
    past: Past
    count: Count


def learned(history: History, specs: Iterable[ProviderSpec]) -> Rates:
    """The rates of these providers by history; each spec's tier is what is believed before."""
    known = {ProviderKey(spec.identity): spec for spec in specs}
    cells: defaultdict[ProviderKey, list[_Cell]] = defaultdict(list)
    for (provider, by, past), count in history.hits.items():
        if provider in known and count.tried:
            others = tuple(one for one in past if one[0] in known)
            cells[provider].append(_Cell(by, others, count))
    likely: list[tuple[float, Rates]] = []
    for loading in _LOADINGS:
        levels = _fitted(cells, known, loading)
        off = loading - _USUAL_LOADING
        fits = _likelihood(cells, levels, loading) - off * off / (2 * _LOADING_VARIANCE)
        likely.append((fits, Rates(loading, history.usage, history.fields, cells, levels)))
    most, best = max(likely, key=lambda one: one[0])
    best.possible = tuple((math.exp(fits - most), rates) for fits, rates in likely)
    return best


def _fitted(
    cells: Mapping[ProviderKey, Sequence[_Cell]],
    specs: Mapping[ProviderKey, ProviderSpec],
    loading: float,
) -> dict[ProviderKey, float]:
    levels = {key: _usual_level(spec.tier, loading) for key, spec in specs.items()}
    for _ in range(3):  # each provider's level depends on those that were asked before it
        for provider, own in cells.items():
            usual = _usual_level(specs[provider].tier, loading)
            levels[provider], _known = _solved(
                own, usual, _PRIOR_VARIANCE, levels, loading, levels[provider]
            )
    return levels


def _solved(
    cells: Sequence[_Cell],
    usual: float,
    variance: float,
    levels: Mapping[ProviderKey, float],
    loading: float,
    start: float | None = None,
) -> tuple[float, float]:
    """The most likely level of a provider, and how much is known about it (1 / its variance)."""
    weighed = [(cell.count, fames_after(cell.past, levels, loading)) for cell in cells]
    level, known = usual if start is None else start, 1 / variance
    for _ in range(6):  # Newton's method with the expected information
        pull, known = (usual - level) / variance, 1 / variance
        for count, weights in weighed:
            rate, steep = _marginal(level, loading, weights)
            spread = rate * (1 - rate)
            pull += (count.came - count.tried * rate) * steep / spread
            known += count.tried * steep * steep / spread
        step = max(min(pull / known, 1.5), -1.5)
        level += step
        if abs(step) < 1e-4:
            break
    return max(min(level, 9.0), -9.0), known


def _likelihood(
    cells: Mapping[ProviderKey, Sequence[_Cell]],
    levels: Mapping[ProviderKey, float],
    loading: float,
) -> float:
    total = 0.0
    for provider, own in cells.items():
        for cell in own:
            weights = fames_after(cell.past, levels, loading)
            rate, _ = _marginal(levels[provider], loading, weights)
            missed = cell.count.tried - cell.count.came
            total += cell.count.came * math.log(rate) + missed * math.log(1 - rate)
    return total


def fames_after(past: Past, levels: Mapping[ProviderKey, float], loading: float) -> Sequence[float]:
    """How likely each of `FAMES` is for an entity about which others have said this."""
    weights = [weight for _, weight in FAMES]
    for provider, knew in past:
        for i, (fame, _) in enumerate(FAMES):
            rate = sigmoid(levels[provider] + loading * fame)
            weights[i] *= rate if knew else 1 - rate
    total = sum(weights)
    return [weight / total for weight in weights]


def _marginal(level: float, loading: float, weights: Sequence[float]) -> tuple[float, float]:
    """The hit rate over fames of these weights, and its derivative by the level."""
    rate = steep = 0.0
    for (fame, _), weight in zip(FAMES, weights, strict=True):
        at = sigmoid(level + loading * fame)
        rate += weight * at
        steep += weight * at * (1 - at)
    return min(max(rate, 1e-6), 1 - 1e-6), max(steep, 1e-9)


def _usual_level(tier: Tier, loading: float) -> float:
    # A normal mixed over a sigmoid: MacKay's approximation of the level for a given mean.
    return logit(PRIOR_HIT_RATE[tier]) * math.sqrt(1 + math.pi / 8 * loading * loading)


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)), for any x."""
    return 0.5 * (1 + math.tanh(x / 2))


def logit(rate: float) -> float:
    """The inverse of `sigmoid`, for rates a little inside 0 and 1."""
    rate = min(max(rate, 1e-6), 1 - 1e-6)
    return math.log(rate / (1 - rate))
