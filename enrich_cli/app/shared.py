"""What the layers of one run share: open charges, money, the stop signal, one lane a provider."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from enrich_cli.domain.entity import Query
from enrich_cli.domain.events import Sink
from enrich_cli.domain.ledger import Charge, ChargeState, Receipt
from enrich_cli.domain.money import ZERO, Budget, Money
from enrich_cli.domain.outcome import Answer, Reason
from enrich_cli.domain.provider import Clock, Lookup, ProviderSpec, Rate, Store


class Stop:
    """The wish to stop: what is in flight ends, nothing new is sent, every wait is cut short."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def requested(self) -> bool:
        """Whether the run is to end."""
        return self._event.is_set()

    def request(self) -> None:
        """Ask the run to end."""
        self._event.set()

    async def pause(self, seconds: float) -> None:
        """Wait that long, or until the run is to end."""
        try:
            async with asyncio.timeout(max(seconds, 0)):
                await self._event.wait()
        except TimeoutError:
            pass


@dataclass(slots=True)
class Books:
    """The charges of a run that are still open."""

    job: str
    open: dict[str, Charge] = field(default_factory=dict)
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

    def of(self, spec: ProviderSpec, queries: Sequence[Query]) -> Charge | None:
        """The open charge of a call about these entities; None where it is a free one."""
        entities = tuple(query.entity for query in queries)
        open_ = reversed(self.open.values())
        return next((c for c in open_ if (c.provider, c.entities) == (spec.name, entities)), None)

    def reopen(self, charge: Charge) -> None:
        """Take over a charge that an earlier run has left open, or closed as unknown."""
        self.open[charge.id] = charge

    def close(self, receipts: Iterable[Receipt]) -> list[Charge]:
        """Close the charges that these receipts belong to; the receipts of a call come together."""
        amounts: dict[str, int] = {}
        states: dict[str, ChargeState] = {}
        for receipt in receipts:
            amounts[receipt.charge] = amounts.get(receipt.charge, 0) + receipt.amount
            states[receipt.charge] = receipt.state
        return [
            self.open.pop(id_).closed(states[id_], Money(amount)) for id_, amount in amounts.items()
        ]

    def abandon(self) -> list[Charge]:
        """Close what is still open as unknown: the calls were cut off."""
        left = [charge.closed(ChargeState.UNKNOWN) for charge in self.open.values()]
        self.open.clear()
        return left


class Till:
    """The budget, and the calls that wait for money which may come back."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def hold(self, spec: ProviderSpec, items: int, stop: Stop) -> int:
        """Hold the worst price of a call about as many of `items` entities as there is money for.

        Waits while held money may come back. Gives the number of entities, 0 where the money is
        gone or the run is to end.
        """
        while not stop.requested():
            items = self._ever(spec, items)
            if items == 0 or self.budget.reserve(spec.worst(items)):
                return items
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter
        return 0

    def _ever(self, spec: ProviderSpec, items: int) -> int:
        while items and not self.budget.could_ever(spec.worst(items)):
            items -= 1
        return items

    def settle(self, held: Money, actual: Money) -> None:
        """Give back what was held, take what the call cost, and wake who waits."""
        self.budget.settle(held, actual)
        self.wake()

    def lose(self, held: Money) -> None:
        """Keep what was held: the outcome of the call is not known."""
        self.budget.lose(held)
        self.wake()

    def wake(self) -> None:
        """Let every waiting call look at the budget again, the oldest first."""
        waiting, self._waiting = self._waiting, deque()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)


class Pace:
    """Calls per time: several rates that hold together, each over a sliding window."""

    def __init__(self, rates: Sequence[Rate]) -> None:
        self._windows = [(rate.seconds, deque[float](maxlen=rate.calls)) for rate in rates]
        self.resume_at = float("-inf")

    def delay(self, now: float) -> float:
        """Seconds until the next call may leave; zero or less: now."""
        due = self.resume_at
        for seconds, sent in self._windows:
            if len(sent) == sent.maxlen:
                due = max(due, sent[0] + seconds)
        return due - now

    def take(self, now: float) -> None:
        """Note that a call leaves now."""
        for _, sent in self._windows:
            sent.append(now)


class Lane:
    """One provider's state in a run: its slots, its pace, and whether it is shut."""

    def __init__(self, spec: ProviderSpec, concurrency: int | None) -> None:
        limit = spec.limits.concurrency
        self.slots = asyncio.Semaphore(limit if concurrency is None else min(limit, concurrency))
        self.pace = Pace(spec.limits.rates)
        self.turn = asyncio.Lock()
        self.shut: Reason | None = None
        self.broke = False


@dataclass(frozen=True, slots=True)
class Shared:
    """What all layers of a run see."""

    store: Store
    clock: Clock
    emit: Sink
    till: Till
    stop: Stop
    books: Books
    random: Random
    concurrency: int | None = None


async def charged(
    inner: Lookup, queries: Sequence[Query], charge: Charge, till: Till
) -> list[Answer]:
    """Ask under an open charge, whose worst price is held, and settle what it really cost.

    What is held stays taken where the call's outcome is not known.
    """
    settled = False
    try:
        answers = [replace(a, receipt=_receipt(a, charge.id)) for a in await inner(queries)]
        settled = True
    finally:
        if not settled:
            till.lose(charge.worst)
    receipts = [answer.receipt for answer in answers if answer.receipt is not None]
    if any(receipt.state is ChargeState.UNKNOWN for receipt in receipts):
        till.lose(charge.worst)
    else:
        till.settle(charge.worst, Money(sum(receipt.amount for receipt in receipts)))
    return answers


def _receipt(answer: Answer, charge: str) -> Receipt:
    """The receipt of one item of a paid call: what the call noted, or nothing to pay."""
    if answer.receipt is None:
        return Receipt(charge, ChargeState.FREE, ZERO)
    return Receipt(charge, answer.receipt.state, answer.receipt.amount)
