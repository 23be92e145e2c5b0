"""What the layers of one run share: open charges, money, retries, the stop signal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from enrich_cli.app.stop import Stop
from enrich_cli.app.till import Till
from enrich_cli.domain.entity import EntityType, Query
from enrich_cli.domain.events import Sink
from enrich_cli.domain.history import NO_HISTORY, History
from enrich_cli.domain.ledger import Ceiling, Charge, ChargeState, Receipt
from enrich_cli.domain.money import ZERO, Money
from enrich_cli.domain.outcome import Answer, Failure, Gap, Reason
from enrich_cli.domain.plan import ErrorLimit
from enrich_cli.domain.provider import Clock, ProviderSpec
from enrich_cli.domain.store import Store


@dataclass(slots=True)
class Books:
    """The charges of a run that are still open; `flying` are those whose call may have left."""

    job: str
    open: dict[str, Charge] = field(default_factory=dict)
    flying: set[str] = field(default_factory=set)
    _count: int = 0

    def begin(self, spec: ProviderSpec, queries: Sequence[Query], now: float) -> Charge:
        """Open a charge for one call at its worst price."""
        self._count += 1
        charge = Charge(
            id=f"{self.job}-{self._count}",
            job=self.job,
            provider=spec.name,
            entities=tuple(query.entity for query in queries),
            worst=spec.worst(len(queries)),
            at=now,
        )
        self.open[charge.id] = charge
        return charge

    def leave(self, charge: Charge) -> None:
        """Note that the charge is written down, so that its call may leave."""
        self.flying.add(charge.id)

    def of(self, spec: ProviderSpec, queries: Sequence[Query]) -> Charge | None:
        """The open charge of a call about these entities; None where it is a free one."""
        entities = tuple(query.entity for query in queries)
        open_ = reversed(self.open.values())
        return next((c for c in open_ if (c.provider, c.entities) == (spec.name, entities)), None)

    def reopen(self, charge: Charge) -> None:
        """Take over a charge that an earlier run has left open, or closed as unknown."""
        self.open[charge.id] = charge
        self.leave(charge)

    def close(self, receipts: Iterable[Receipt]) -> list[Charge]:
        """Close the charges that these receipts belong to; the receipts of a call come together."""
        amounts: dict[str, int] = {}
        states: dict[str, ChargeState] = {}
        for receipt in receipts:
            amounts[receipt.charge] = amounts.get(receipt.charge, 0) + receipt.amount
            states[receipt.charge] = receipt.state
        self.flying.difference_update(amounts)
        return [
            self.open.pop(id_).closed(states[id_], Money(amount)) for id_, amount in amounts.items()
        ]

    def drop(self, charge: Charge) -> None:
        """Forget a charge that was not written down and whose call never leaves."""
        del self.open[charge.id]

    def abandon(self) -> list[Charge]:
        """Close what is still open as unknown: the calls were cut off."""
        left = [charge.closed(ChargeState.UNKNOWN) for charge in self.open.values()]
        self.open.clear()
        return left


RETRIES_AT_LEAST = 100


@dataclass(slots=True)
class Retries:
    """How much a run may ask again: half of what it asked, and `RETRIES_AT_LEAST` in any case.

    A fifth of all calls failing needs a quarter, so this is met only where retrying is no help.
    """

    asked: int = 0
    repeated: int = 0

    def allow(self, queries: int) -> bool:
        """Whether that many more questions may be asked again; counts them where they may."""
        if self.repeated + queries > max(RETRIES_AT_LEAST, self.asked // 2):
            return False
        self.repeated += queries
        return True


@dataclass(slots=True)
class Errors:
    """The error brake: how many questions ended in trouble, against what is allowed."""

    limit: ErrorLimit | None = None
    asked: int = 0
    failed: int = 0

    def note(self, answers: Sequence[Answer]) -> None:
        """Count answers that nobody will ask for again. One that was refused here is none."""
        for answer in answers:
            match answer.outcome:
                case Failure(reason=reason) if reason.unasked:
                    continue
                case Failure(reason=reason) if reason.gap is Gap.PROVIDER_FAILED:
                    self.failed += 1
                case _:
                    pass
            self.asked += 1

    @property
    def too_many(self) -> bool:
        """Whether nobody is to be asked any more."""
        return self.limit is not None and self.limit.passed(self.failed, self.asked)


def _nobody(_: str) -> None:
    """For who does not listen."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all layers of a run see.

    `history` is what was known when the run began; `max_per_cell` is what a filled cell may cost.
    `ceilings` bound what all runs together take; `rebuy` allows to pay again where an earlier
    charge has an unknown outcome. `entities` is how many there are; `tell` takes a line for people.
    A run that `gives_way` asks nobody while another goes on.
    """

    store: Store
    clock: Clock
    emit: Sink
    till: Till
    stop: Stop
    books: Books
    random: Random
    concurrency: int | None = None
    ceilings: tuple[Ceiling, ...] = ()
    rebuy: bool = False
    entities: Mapping[EntityType, int] = field(default_factory=dict)
    tell: Callable[[str], object] = _nobody
    gives_way: bool = False
    retries: Retries = field(default_factory=Retries)
    errors: Errors = field(default_factory=Errors)
    history: History = NO_HISTORY
    max_per_cell: Money | None = None

    def slots(self, spec: ProviderSpec) -> int:
        """How many calls to a provider may be under way at a time."""
        limit = spec.limits.concurrency
        return limit if self.concurrency is None else min(limit, self.concurrency)


def refused(queries: Sequence[Query], reason: Reason, shared: Shared) -> list[Answer]:
    """An answer for each question that nobody was asked."""
    failure, now = Failure(reason), shared.clock.now()
    return [Answer(failure, now) for _ in queries]


def receipt_or_free(answer: Answer, charge: str) -> Receipt:
    """The receipt of one item of a paid call: what the call noted, or nothing to pay."""
    if answer.receipt is None:
        return Receipt(charge, ChargeState.FREE, ZERO)
    return Receipt(charge, answer.receipt.state, answer.receipt.amount)
