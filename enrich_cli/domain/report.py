"""The cost report: a fold over the events of a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from enrich_cli.domain.entity import EntityKey, EntityType, Field
from enrich_cli.domain.events import (
    BudgetReached,
    CacheRead,
    CallSettled,
    ChargesFound,
    ChunkDone,
    EntityDone,
    Event,
    RetryScheduled,
    RunFinished,
    RunStarted,
)
from enrich_cli.domain.history import Forecasted
from enrich_cli.domain.ledger import Charge, ChargeState
from enrich_cli.domain.money import ZERO, Money, split
from enrich_cli.domain.outcome import Gap, Reason
from enrich_cli.domain.plan import Population
from enrich_cli.domain.provider import Tier
from enrich_cli.domain.store import JobStatus, Operations


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """What one provider did in a run: `items` are entities asked about, `cached` stored answers."""

    name: str
    tier: Tier
    calls: int
    items: int
    hits: int
    misses: int
    failures: int
    cached: int
    spent: Money
    unpriced_calls: int
    reasons: Mapping[Reason, int]


@dataclass(frozen=True, slots=True)
class FieldLine:
    """What one field came to: cells wanted, cells filled, and cells filled by each provider.

    `before` are the cells that were filled before, None where such cells may be replaced. `sure`
    counts those filled now by how sure their source is, as `ChunkDone` has it. `column` is the
    column that it went into, empty where that was not told.
    """

    name: Field
    wanted: int
    filled: int
    by: Mapping[str, int]
    before: int | None = None
    sure: Mapping[int, int] = field(default_factory=dict)
    column: str = ""


@dataclass(frozen=True, slots=True)
class UnknownCharge:
    """Money that may have been charged without an answer; `usd` is this entity's share."""

    job: str
    provider: str
    entity: EntityKey
    usd: Money
    at: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did and cost. Times are seconds since the epoch.

    `unknown_calls` counts the calls whose charge is unknown; `unknown_charges` has a line for each
    entity that they asked about. `earlier_charges` are those of other runs that came to light or
    kept this one from asking. `reached` names the budgets that were used up (of the "run", a
    "provider", the "day", the "month"), and `undone` is the most that it would cost to ask what
    was not asked for want of money. `store` counts what the store had to do until the table was
    written. `estimate` is what was to be expected before, None where that is not known for all of
    the run or nothing could cost.
    """

    job: str
    status: JobStatus
    started_at: float
    seconds: float
    path: str
    rows: int
    cells_wanted: int
    cells_filled: int
    entities: Mapping[EntityType, Population]
    spent: Money
    budget: Money | None
    unknown: Money
    naive: Money
    undone: Money
    reached: tuple[str, ...]
    providers: tuple[ProviderLine, ...]
    fields: tuple[FieldLine, ...]
    gaps: Mapping[Gap, int]
    unknown_calls: int
    unknown_charges: tuple[UnknownCharge, ...]
    earlier_charges: tuple[UnknownCharge, ...]
    retries: int
    store: Operations
    estimate: Forecasted | None = None

    @property
    def could_not_ask(self) -> bool:
        """Whether a cell stayed empty because a provider could not be asked."""
        return not self.gaps.keys().isdisjoint((Gap.PROVIDER_FAILED, Gap.UNKNOWN_CHARGE))

    def spent_by_field(self) -> Mapping[Field | None, Mapping[str, Money]]:
        """What each field cost, by provider, in the order of the fields; the sum is `spent`.

        What a provider got is shared over the cells that it filled, in whole micro-dollars. Under
        None is what those got who filled no cell.
        """
        made: dict[Field | None, dict[str, Money]] = {line.name: {} for line in self.fields}
        for provider in self.providers:
            cells = {line.name: line.by.get(provider.name, 0) for line in self.fields}
            total, reached, given = sum(cells.values()), 0, 0
            for name, count in cells.items():
                reached += count
                share = provider.spent * reached // total - given if total else 0
                given += share
                if share:
                    made[name][provider.name] = Money(share)
            if given < provider.spent:
                made.setdefault(None, {})[provider.name] = Money(provider.spent - given)
        return made

    @property
    def saved(self) -> Money:
        """What asking cell by cell would have cost more."""
        return Money(self.naive - self.spent)


@dataclass(slots=True)
class _Provider:
    tier: Tier
    calls: int = 0
    items: int = 0
    hits: int = 0
    misses: int = 0
    cached: int = 0
    spent: int = 0
    unpriced: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)

    def line(self, name: str) -> ProviderLine:
        return ProviderLine(
            name=name,
            tier=self.tier,
            calls=self.calls,
            items=self.items,
            hits=self.hits,
            misses=self.misses,
            failures=self.reasons.total(),
            cached=self.cached,
            spent=Money(self.spent),
            unpriced_calls=self.unpriced,
            reasons=dict(self.reasons),
        )


@dataclass(slots=True)
class _People:
    rows: int = 0
    unique: int = 0
    cached: int = 0
    asked: int = 0


class Tally:
    """A sink that counts. `report()` may be asked at any time; the bar and the bill read it.

    `processed` is the number of entities that are through, `last_at` the time of the last event.
    """

    def __init__(self) -> None:
        self._start: RunStarted | None = None
        self._end: RunFinished | None = None
        self._providers: dict[str, _Provider] = {}
        self._entities: dict[EntityType, _People] = {}
        self._wanted: Mapping[Field, int] = {}
        self._held: Mapping[Field, int] = {}
        self._columns: Mapping[Field, str] = {}
        self._filled: defaultdict[Field, Counter[str]] = defaultdict(Counter)
        self._sure: defaultdict[Field, Counter[int]] = defaultdict(Counter)
        self._gaps: Counter[Gap] = Counter()
        self._unknown: list[UnknownCharge] = []
        self._earlier: dict[str, Charge] = {}
        self._unknown_calls = 0
        self._naive = 0
        self._undone = 0
        self._reached: set[str] = set()
        self._retries = 0
        self.processed = 0
        self.last_at = 0.0

    def __call__(self, event: Event) -> None:
        """Count one event."""
        self.last_at = max(self.last_at, event.at)
        match event:
            case RunStarted():
                self._start = event
                self._wanted, self._held = event.wanted, event.held
                self._columns = event.columns
                self._gaps.update(event.gaps)
                self._providers = {name: _Provider(tier) for name, tier in event.providers}
                self._entities = {
                    type_: _People(rows, unique) for type_, (rows, unique) in event.entities.items()
                }
            case CacheRead(answers=answers):
                for name, count in answers.items():
                    self._providers[name].cached += count
            case CallSettled():
                self._settled(event)
            case ChunkDone():
                self._chunk(event)
            case ChargesFound(charges=charges):
                self._earlier |= {charge.id: charge for charge in charges}
            case RetryScheduled(queries=queries):
                self._retries += queries
            case RunFinished():
                self._end = event
            case BudgetReached(budget=name):
                self._reached.add(name)
            case EntityDone():
                pass

    def _settled(self, event: CallSettled) -> None:
        provider = self._providers[event.provider]
        provider.calls += 1
        provider.items += len(event.entities)
        provider.hits += event.hits
        provider.misses += event.misses
        provider.reasons.update(event.failures)
        provider.unpriced += not event.priced
        if event.state is ChargeState.UNKNOWN:
            self._unknown_calls += 1
            self._unknown += _shares(
                self._start.job if self._start else "",
                event.provider,
                event.entities,
                event.amount,
                event.at,
            )
        else:
            provider.spent += event.amount

    def _chunk(self, event: ChunkDone) -> None:
        people = self._entities[event.type]
        people.cached += event.cached
        people.asked += event.asked
        self.processed += event.entities
        for name, by in event.filled.items():
            self._filled[name].update(by)
        for name, steps in event.sure.items():
            self._sure[name].update(steps)
        self._gaps.update(event.gaps)
        self._naive += event.naive
        self._undone += event.undone

    def report(self) -> Report:
        """The report as of now. Raises ValueError before the run has started."""
        if self._start is None:
            raise ValueError("the run has not started")
        start, end = self._start, self._end
        fields = tuple(
            FieldLine(
                name,
                wanted,
                self._filled[name].total(),
                dict(self._filled[name]),
                self._held.get(name),
                dict(sorted(self._sure[name].items())),
                self._columns.get(name, ""),
            )
            for name, wanted in self._wanted.items()
        )
        providers = tuple(line.line(name) for name, line in self._providers.items())
        return Report(
            job=start.job,
            status=JobStatus.RUNNING if end is None else end.status,
            started_at=start.at,
            seconds=self.last_at - start.at if end is None else end.seconds,
            path=start.table,
            rows=start.rows,
            cells_wanted=sum(self._wanted.values()),
            cells_filled=sum(line.filled for line in fields),
            entities={
                type_: Population(people.rows, people.unique, people.cached, people.asked)
                for type_, people in self._entities.items()
            },
            spent=Money(sum(line.spent for line in providers)),
            budget=start.budget,
            unknown=Money(sum((charge.usd for charge in self._unknown), ZERO)),
            naive=Money(self._naive),
            undone=Money(self._undone),
            reached=tuple(sorted(self._reached)),
            providers=providers,
            fields=fields,
            gaps={gap: self._gaps[gap] for gap in Gap if self._gaps[gap]},
            unknown_calls=self._unknown_calls,
            unknown_charges=tuple(self._unknown),
            earlier_charges=tuple(
                share
                for charge in self._earlier.values()
                for share in _shares(
                    charge.job, charge.provider, charge.entities, charge.worst, charge.at
                )
            ),
            retries=self._retries,
            store=Operations(0, 0) if end is None else end.store,
            estimate=None if end is None else end.estimate,
        )


def _shares(
    job: str, provider: str, entities: Sequence[EntityKey], amount: Money, at: float
) -> list[UnknownCharge]:
    """A charge of unknown outcome, entity by entity."""
    return [
        UnknownCharge(job, provider, entity, share, at)
        for entity, share in zip(entities, split(amount, len(entities)), strict=True)
    ]
