"""The layer that lets no call leave before its worst price is held and written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from enrich_cli.app.lane import Lane
from enrich_cli.app.shared import Shared, receipt_or_free, refused
from enrich_cli.app.till import Till
from enrich_cli.domain.entity import Query
from enrich_cli.domain.events import BudgetReached
from enrich_cli.domain.ledger import Charge, ChargeState
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Reason
from enrich_cli.domain.provider import Lookup, Provider


def affordable(inner: Lookup, provider: Provider, lane: Lane, shared: Shared) -> Lookup:
    """Hold the worst price and write the intent to pay; afterwards settle what it really cost.

    Waits while held money may come back; where there is money for a part of the group only, that
    part is asked. Free providers pass.
    """
    spec, till = provider.spec, shared.till
    if spec.free:
        return inner

    def refuse(queries: Sequence[Query]) -> list[Answer]:
        if shared.stop.requested():
            return refused(queries, Reason.INTERRUPTED, shared)
        if not lane.broke:
            lane.broke = True
            left, budget = lane.barred or till.left(spec.name)
            needed, now = spec.worst(1), shared.clock.now()
            shared.emit(BudgetReached(now, spec.name, needed, left, budget))
        return refused(queries, Reason.BUDGET, shared)

    async def opened(queries: Sequence[Query]) -> Charge | None:
        """A charge for as many of the questions as there is money for, held and written down."""
        count = len(queries)
        while not lane.barred and (count := await till.hold(spec, count, shared.stop)):
            charge = shared.books.begin(spec, queries[:count], shared.clock.now())
            try:
                written = charge.id in await shared.store.intend([charge], shared.ceilings)
            except BaseException:
                till.lose(charge)
                raise
            if written:
                shared.books.leave(charge)
                return charge
            shared.books.drop(charge)
            till.give_back(charge)
            if count > 1:
                count //= 2
            elif shared.books.flying:  # what they hold may come back
                await till.call_ended()
            else:
                lane.barred = await full()
        return None

    async def full() -> tuple[Money, str] | None:
        """What a budget of all runs has left that is too little for one question, and its name.

        None where another run has just given back what it held.
        """
        for ceiling in shared.ceilings:
            left = Money(ceiling.limit - await shared.store.taken_since(ceiling.since))
            if left < spec.worst(1):
                return left, ceiling.name
        return None

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        charge = await opened(queries)
        if charge is None:
            return refuse(queries)
        count = len(charge.entities)
        answers = await charged(inner, queries[:count], charge, till)
        return [*answers, *refused(queries[count:], Reason.BUDGET, shared)]

    return lookup


async def charged(
    inner: Lookup, queries: Sequence[Query], charge: Charge, till: Till
) -> list[Answer]:
    """Ask under an open charge, whose worst price is held, and settle what it really cost.

    What is held stays taken where the call's outcome is not known.
    """
    settled = False
    try:
        answers = [replace(a, receipt=receipt_or_free(a, charge.id)) for a in await inner(queries)]
        settled = True
    finally:
        if not settled:
            till.lose(charge)
    receipts = [answer.receipt for answer in answers if answer.receipt is not None]
    if any(receipt.state is ChargeState.UNKNOWN for receipt in receipts):
        till.lose(charge)
    else:
        till.settle(charge, Money(sum(receipt.amount for receipt in receipts)))
    return answers
