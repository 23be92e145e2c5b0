"""What happens in a run, as a stream of frozen events, and the sinks that listen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from enrich_cli.domain.entity import EntityKey, EntityType, Field
from enrich_cli.domain.history import Forecasted
from enrich_cli.domain.ledger import Charge, ChargeState
from enrich_cli.domain.money import ZERO, Money
from enrich_cli.domain.outcome import Gap, Reason, Scalar
from enrich_cli.domain.provider import Tier
from enrich_cli.domain.store import JobStatus, Operations


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The table is read and the plan stands; nothing was asked yet.

    `wanted` counts the cells to be filled, by field; `gaps` those of them in rows that name no
    entity. `entities` gives rows and distinct entities by type. `held` counts the cells that were
    filled before, by field, and has no field whose filled cells may be replaced. `columns` names
    the column of each field. All times in events are seconds since the epoch.
    """

    at: float
    job: str
    table: str
    rows: int
    wanted: Mapping[Field, int]
    gaps: Mapping[Gap, int]
    entities: Mapping[EntityType, tuple[int, int]]
    providers: tuple[tuple[str, Tier], ...]
    budget: Money | None
    held: Mapping[Field, int] = field(default_factory=dict)
    columns: Mapping[Field, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CacheRead:
    """One bulk read of the store: how many stored answers there were, by provider."""

    at: float
    entities: int
    answers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CallSettled:
    """One call has ended and what it cost is known, or is known not to be known.

    `entities` are those asked about; `amount` is the whole call's; `seconds` the time from
    sending to the end. `priced` is False where nobody knows what such a call costs.
    """

    at: float
    provider: str
    entities: tuple[EntityKey, ...]
    hits: int
    misses: int
    failures: Mapping[Reason, int]
    state: ChargeState
    amount: Money
    seconds: float
    priced: bool = True


@dataclass(frozen=True, slots=True)
class ChargesFound:
    """Charges of earlier runs whose outcome is not known, told where they come to light.

    Those of runs that died, and those that keep this run from asking again.
    """

    at: float
    charges: tuple[Charge, ...]


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """Some questions of a call are to be asked again, after `delay` seconds."""

    at: float
    provider: str
    queries: int
    reason: Reason
    delay: float
    attempt: int


@dataclass(frozen=True, slots=True)
class EntityDone:
    """One entity is through: its values and who gave them. Emitted where a sink asks for it."""

    at: float
    type: EntityType
    entity: EntityKey
    identifier: str
    rows: int
    values: Mapping[Field, Scalar]
    sources: Mapping[Field, str]
    gaps: Mapping[Field, Gap]


@dataclass(frozen=True, slots=True)
class BudgetReached:
    """A provider could not be asked because the money is gone; told once for each provider.

    `budget` says whose: that of the run, of the provider, of the day or of the month; or of a
    "cell", where it is left out for what a cell that it fills costs (`needed`, against `left`).
    """

    at: float
    provider: str
    needed: Money
    left: Money
    budget: str = "run"


@dataclass(frozen=True, slots=True)
class ChunkDone:
    """A chunk of entities is through the waterfall.

    `filled` counts cells by field and by the provider whose value fills them; `gaps` the cells
    that stay empty; `naive` is what these entities would have cost cell by cell; `cached` are the
    entities for which nobody had to be asked, `asked` those for which somebody was. `undone` is the
    most that it would cost to ask what was not asked for want of money. `sure` counts filled cells
    by field and by how sure their source is, in per cent as `plan.step_of` gives them; it leaves
    out those whose source does not say.
    """

    at: float
    type: EntityType
    entities: int
    cached: int
    asked: int
    filled: Mapping[Field, Mapping[str, int]]
    gaps: Mapping[Gap, int]
    naive: Money
    undone: Money = ZERO
    sure: Mapping[Field, Mapping[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowsWritten:
    """That many rows of the table stand in the output by now, out of `of`."""

    at: float
    rows: int
    of: int


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over and the table is written; `store` is what the store had to do for it.

    `estimate` is what was to be expected before, where that is known for all of the run.
    """

    at: float
    status: JobStatus
    seconds: float
    store: Operations
    estimate: Forecasted | None = None


Event = (
    RunStarted
    | CacheRead
    | CallSettled
    | ChargesFound
    | RetryScheduled
    | EntityDone
    | BudgetReached
    | ChunkDone
    | RowsWritten
    | RunFinished
)

Sink = Callable[[Event], None]
"""Takes an event and returns at once; it decides nothing and never reaches back."""


def fan_out(*sinks: Sink) -> Sink:
    """One sink that hands each event to all `sinks`, in that order."""

    def emit(event: Event) -> None:
        for sink in sinks:
            sink(event)

    return emit
