"""The chain from a cell to its charge, and what differs between two jobs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from enrich_cli.domain.entity import EntityKey, EntityType, Field
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Gap


class Ending(StrEnum):
    """What became of a cell in a job."""

    KEPT = "kept"  # it had a value before
    UNSELECTED = "unselected"  # its row was not among those that wanted answers
    FILLED = "filled"
    EMPTY = "empty"


class Reply(StrEnum):
    """What one provider had to say about a field."""

    HIT = "hit"
    MISS = "miss"
    FAILURE = "failure"
    UNASKED = "unasked"
    REPLACED = "replaced"  # it has been asked again since, and the newer answer is kept


@dataclass(frozen=True, slots=True)
class Named:
    """A cell that names the row's entity: as it is written."""

    column: str
    raw: str


@dataclass(frozen=True, slots=True)
class Paid:
    """What an answer cost this entity, and the charge that it is part of."""

    charge: str
    state: ChargeState
    amount: Money


@dataclass(frozen=True, slots=True)
class Heard:
    """One provider's place in a chain: what it said, and the rule that decided on it.

    `at` is in seconds since the epoch; `stored` says that the answer was there before the job.
    """

    provider: str
    reply: Reply
    rule: str
    value: str | None = None
    confidence: float | None = None
    url: str | None = None
    at: float | None = None
    stored: bool = False
    paid: Paid | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The chain of one cell. `row` counts from 1; `cell` is what the input has there.

    Without an `entity` the row names none, and `gap` says so.
    """

    job: str
    table: str
    row: int
    column: str
    field: Field
    type: EntityType
    ending: Ending
    cell: str | None = None
    named: tuple[Named, ...] = ()
    identifier: str = ""
    entity: EntityKey | None = None
    value: str | None = None
    provider: str = ""
    gap: Gap | None = None
    heard: tuple[Heard, ...] = ()


class Cause(StrEnum):
    """Why a value differs between two jobs: the closed list."""

    SOURCE = "source"  # the same provider was asked again, and says otherwise
    PROVIDER = "provider"  # another provider has answered, or none has any more
    RULE = "rule"  # the order, an accept rule or the reading of replies is another one
    AGE = "age"  # the earlier answer had grown too old


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differs between two jobs; None and a gap where there is none.

    `cost` is what the later job paid for this entity to the provider of the later value.
    """

    entity: EntityKey
    identifier: str
    field: Field
    before: str | None
    after: str | None
    before_by: str
    after_by: str
    before_gap: str
    after_gap: str
    cause: Cause
    cost: Money


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two jobs.

    `shared` counts the companies and people of both, `gone` and `new` those of one only. `spent`
    is what each of the jobs cost in all.
    """

    before: str
    after: str
    shared: int
    gone: int
    new: int
    spent: tuple[Money, Money]
    changes: tuple[Change, ...]
