"""What a run is going to do: the wanted columns, the steps of the waterfall, and the rules."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from enrich_cli.domain.entity import CATALOGUE, EntityType, Field
from enrich_cli.domain.money import ZERO, Money
from enrich_cli.domain.outcome import Answer, Gap, Hit, Miss, Value
from enrich_cli.domain.provider import ProviderSpec
from enrich_cli.domain.suppression import NOBODY_SUPPRESSED, Suppression

DAY = 86_400.0
FREE_MISS_LIFETIME = 30 * DAY
"""How long "not found" from a free provider is remembered."""
BRIEF_MISS_LIFETIME = 1 * DAY
"""How long a site that did not answer is left alone."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One column that the run fills: `field` goes into the column named `column`.

    `exists` says that the table has it already; then cells that are not empty stay, unless
    `overwrite`, or where `dated` names the column with the day of each cell and that is older
    than the answer.
    """

    field: Field
    column: str
    exists: bool = False
    overwrite: bool = False
    dated: str = ""


class Fill(StrEnum):
    """What a field's answers may do to a column that the table has already."""

    FILL = "fill"  # empty cells only
    OVERWRITE = "overwrite"
    KEEP = "keep"  # nothing at all, whatever --overwrite says
    NEWER = "newer"  # empty cells, and those whose own date is older than the answer


@dataclass(frozen=True, slots=True)
class Accept:
    """When a value is good enough for the water to stop. Empty rules accept everything.

    A value whose source states no confidence passes a `confidence` threshold. `max_age` is in
    seconds; `pattern` must match the whole text of the value. Where `order` names providers, only
    these are asked for the field, and the word of an earlier one counts more.
    """

    confidence: float = 0.0
    max_age: float | None = None
    pattern: str = ""
    allowed: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()

    def passes(self, value: Value, confidence: float | None) -> bool:
        """Whether `value`, of which its source is that sure, may fill a cell."""
        if confidence is not None and confidence < self.confidence:
            return False
        if self.allowed and str(value.content) not in self.allowed:
            return False
        return not self.pattern or re.fullmatch(self.pattern, str(value.content)) is not None


ACCEPT_ALL = Accept()


@dataclass(frozen=True, slots=True)
class ErrorLimit:
    """How many questions may end in trouble before a run stops asking: a number, or a share.

    Exactly one of them is set; a share counts from `LEAST` questions on.
    """

    LEAST: ClassVar = 20

    count: int | None = None
    share: float | None = None

    def passed(self, failed: int, asked: int) -> bool:
        """Whether `failed` of `asked` are too many."""
        if self.share is None:
            return failed > (self.count or 0)
        return asked >= self.LEAST and failed > self.share * asked


@dataclass(frozen=True, slots=True)
class Step:
    """One provider's place in the waterfall, and which wanted fields it can give."""

    spec: ProviderSpec
    fields: frozenset[Field]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does, decided before the first call and frozen for the run.

    `steps` are in the order in which they are asked, those of companies and of people together;
    a step only ever sees entities of its own type. `started` is the run's own start; under
    `refresh` an older answer does not count. `max_per_entity` caps what may be spent on one. Whom
    `suppress` covers is asked about of nobody.
    """

    wanted: tuple[Wanted, ...]
    steps: tuple[Step, ...]
    started: float
    accept: Mapping[Field, Accept] = field(default_factory=lambda: MappingProxyType({}))
    refresh: bool = False
    offline: bool = False
    accept_low: bool = False
    max_age: float | None = None
    max_per_entity: Money | None = None
    suppress: Suppression = NOBODY_SUPPRESSED
    _of_type: Mapping[EntityType, tuple[Step, ...]] = field(init=False, repr=False, compare=False)
    _fields: Mapping[EntityType, tuple[Field, ...]] = field(init=False, repr=False, compare=False)
    _giving: Mapping[Field, tuple[Step, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        of_type = {
            type_: tuple(step for step in self.steps if step.spec.entity is type_)
            for type_ in EntityType
        }
        object.__setattr__(self, "_of_type", of_type)
        names = dict.fromkeys(one.field for one in self.wanted)
        fields = {
            type_: tuple(name for name in names if CATALOGUE[name].entity is type_)
            for type_ in EntityType
        }
        object.__setattr__(self, "_fields", fields)
        giving = {name: self._in_order(name) for step in self.steps for name in step.fields}
        object.__setattr__(self, "_giving", giving)

    def _in_order(self, name: Field) -> tuple[Step, ...]:
        steps = tuple(s for s in self.steps_for(CATALOGUE[name].entity) if name in s.fields)
        order = self.rule(name).order
        return (
            tuple(sorted(steps, key=lambda step: order.index(step.spec.name))) if order else steps
        )

    def steps_for(self, type_: EntityType) -> tuple[Step, ...]:
        """The steps that entities of this type go down."""
        return self._of_type[type_]

    def giving(self, name: Field) -> tuple[Step, ...]:
        """The steps that can give a field, the one whose word counts most first."""
        return self._giving.get(name, ())

    def fields(self, type_: EntityType) -> tuple[Field, ...]:
        """The wanted fields of this type, each once, in the order of the columns."""
        return self._fields[type_]

    def rule(self, name: Field) -> Accept:
        """The accept rule of a field."""
        return self.accept.get(name, ACCEPT_ALL)

    def alive(self, spec: ProviderSpec, answer: Answer) -> bool:
        """Whether a stored answer still counts at all.

        Hits and paid misses have no end of life; a miss of a free provider has, and one of a
        site that did not answer a short one. Who is to be forgotten is never asked about again.
        """
        if isinstance(answer.outcome, Miss) and answer.outcome.gap is Gap.ERASED:
            return True
        if self.refresh and answer.at < self.started:
            return False
        return self.started - answer.at < _lifetime(spec, answer)

    def fresh(self, name: Field, answer: Answer) -> bool:
        """Whether an answer is young enough for this field, and was looked for at all."""
        if name in answer.unsought and answer.at < self.started:
            return False
        return answer.at >= self.started or self.started - answer.at <= self._oldest(name)

    def fresh_for_all(self, step: Step, answer: Answer) -> bool:
        """Whether an answer is young enough for all that the step gives, and all was looked for."""
        if answer.at >= self.started and not answer.unsought:
            return True
        return step.fields.isdisjoint(answer.unsought) and all(
            self.fresh(name, answer) for name in step.fields
        )

    def _oldest(self, name: Field) -> float:
        limit = self.rule(name).max_age
        limit = self.max_age if limit is None else limit
        return math.inf if limit is None else limit

    def until(self, step: Step, answer: Answer) -> float:
        """When the first run may start that judges a living answer otherwise than this one does.

        A second early, as sums of floats are rounded. What is too old already stays so.
        """
        ends = [self._oldest(name) for name in step.fields if self.fresh(name, answer)]
        return answer.at + min((_lifetime(step.spec, answer), *ends)) - 1

    def accepts(self, name: Field, answer: Answer) -> bool:
        """Whether this answer fills this field for good."""
        value = offered(name, answer)
        return value is not None and self.takes(name, answer, value)

    def takes(self, name: Field, answer: Answer, value: Value) -> bool:
        """Whether the value that this answer has for this field fills it for good."""
        return self.fresh(name, answer) and self.rule(name).passes(value, certainty(value, answer))


def _lifetime(spec: ProviderSpec, answer: Answer) -> float:
    """For how many seconds a stored answer counts at all."""
    match answer.outcome:
        case Miss(gap=Gap.ERASED):
            return math.inf
        case Miss(brief=True):
            return BRIEF_MISS_LIFETIME
        case Miss():
            return FREE_MISS_LIFETIME if spec.free else math.inf
        case _:
            return math.inf


def offered(name: Field, answer: Answer) -> Value | None:
    """The value that an answer has for a field, accepted or not."""
    return answer.outcome.values.get(name) if isinstance(answer.outcome, Hit) else None


def certainty(value: Value, answer: Answer) -> float | None:
    """How sure the source is of a value in `answer`, 0 to 1; None where it does not say."""
    return answer.confidence if value.confidence is None else value.confidence


STEP = 5
"""Per cent between two steps of confidence in a report."""


def step_of(confidence: float) -> int:
    """A confidence of 0 to 1 in per cent, rounded down to a step of `STEP`."""
    return int(confidence * 100 / STEP + 1e-9) * STEP


@dataclass(frozen=True, slots=True)
class Forecast:
    """What one provider is expected to do in a run. Amounts are means over possible worlds.

    `too_dear` questions are not put to it, as a cell that it fills is too dear: it would cost
    `dear_at` or more. `unpaid` ones are not, as no money is left.
    """

    spec: ProviderSpec
    calls: float
    items: float
    hit_rate: float
    likely: Money
    worst: Money
    too_dear: float = 0.0
    dear_at: Money = ZERO
    unpaid: float = 0.0


@dataclass(frozen=True, slots=True)
class Population:
    """The entities of one type behind a table.

    The rows that name one, the distinct ones, how many of these the store answers in full, and
    how many a provider is asked about.
    """

    rows: int = 0
    unique: int = 0
    cached: int = 0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store holds of one provider about the entities of a table.

    `hits` and `misses` are answers that still count, `stale` those that have grown too old for
    some wanted field. `digest` is a hash of which entities the counting answers are about and when
    they were given; misses of free providers are no part of it, for they come and go with time.
    """

    hits: int = 0
    misses: int = 0
    stale: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Unbounded:
    """What a run without a budget and without a dearest cell would likely cost, and fill."""

    likely: Money
    cells_found: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would cost.

    `cells_wanted` are those of the wanted columns in the selected rows, `cells_empty` those of
    them that are to be filled. `worst` is a guarantee; `low` to `high` should hold 19 times in 20.
    `cells_found` of them are likely filled by answers that are yet to come. `unbounded` is set
    where the money, or what a cell may cost, leaves questions out; `limit` is that money.
    `stored` says by provider what the store holds.
    `ranges` is of how many earlier runs the range is remembered, `held` how many held the bill.
    """

    rows: int
    cells_wanted: int
    cells_empty: int
    entities: Mapping[EntityType, Population]
    forecasts: tuple[Forecast, ...]
    likely: Money = ZERO
    low: Money = ZERO
    high: Money = ZERO
    worst: Money = ZERO
    naive: Money = ZERO
    cells_found: int = 0
    unbounded: Unbounded | None = None
    limit: Money | None = None
    seconds_likely: float = 0.0
    seconds_worst: float = 0.0
    stored: Mapping[str, Stored] = field(default_factory=lambda: MappingProxyType({}))
    ranges: int = 0
    held: int = 0

    def is_above(self, limit: Money | None) -> bool:
        """Whether the likely cost is above what `--fail-over` allows, if it says anything."""
        return limit is not None and self.likely > limit
