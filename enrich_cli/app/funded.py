"""The layer that asks a provider for the balance of the account, before the first paid call."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import cast

from enrich_cli.app.lane import Lane
from enrich_cli.app.shared import Shared, refused
from enrich_cli.domain.entity import Query
from enrich_cli.domain.events import CallSettled
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import ZERO, format_money
from enrich_cli.domain.outcome import Answer, Reason
from enrich_cli.domain.provider import Balance, Lookup, Provider, WithBalance

PATIENCE = 10.0
"""Seconds that a balance is waited for; without one the run goes on."""


def funded(inner: Lookup, provider: Provider, lane: Lane, shared: Shared) -> Lookup:
    """Ask for the balance once: an empty account is not asked, a short one is told.

    What is stored costs nothing and comes before this, so a run that buys nothing asks nothing.
    """
    spec, clock = provider.spec, shared.clock
    if not spec.has_balance or spec.free:
        return inner
    account = cast("WithBalance", provider)

    def empty(queries: Sequence[Query]) -> Sequence[Answer]:
        shared.emit(
            CallSettled(
                at=clock.now(),
                provider=spec.name,
                entities=tuple(query.entity for query in queries),
                hits=0,
                misses=0,
                failures=Counter({Reason.OUT_OF_CREDIT: len(queries)}),
                state=ChargeState.FAILED,
                amount=ZERO,
                seconds=0.0,
            )
        )
        return refused(queries, Reason.OUT_OF_CREDIT, shared)

    async def look() -> Balance | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await account.balance()
        except Exception:  # noqa: BLE001 - whatever is wrong, the first call finds out
            return None

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        async with lane.account:
            if not lane.looked:
                lane.looked = True
                lane.balance = await look()
                short = _short(lane.balance, provider, shared)
                if short:
                    shared.tell(short)
        if lane.balance is not None and lane.balance.worth <= ZERO:
            return empty(queries)
        return await inner(queries)

    return lookup


def _short(balance: Balance | None, provider: Provider, shared: Shared) -> str:
    """What is to be said of an account; "" where it has enough for everybody in the table."""
    if balance is None:
        return ""
    spec = provider.spec
    if balance.worth <= ZERO:
        return f"{spec.name}: the account is empty, so it was not asked"
    most = shared.entities.get(spec.entity, 0)
    if balance.worth >= spec.worst(most):
        return ""
    return (
        f"{spec.name}: the account has {balance.credits} credits left, worth about"
        f" ${format_money(balance.worth)}; asking about all {most:,} could cost"
        f" ${format_money(spec.worst(most))}"
    )
