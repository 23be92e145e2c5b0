"""The budget of a run, and the calls that wait for money which may come back."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Mapping

from enrich_cli.app.stop import Stop
from enrich_cli.domain.ledger import Ceiling
from enrich_cli.domain.money import Budget, Money
from enrich_cli.domain.provider import ProviderSpec


def ceilings(budgets: Mapping[str, Money], now: float) -> tuple[Ceiling, ...]:
    """The budgets of a `day` and a `month` as of `now`, both by the calendar of UTC."""
    today = dt.datetime.fromtimestamp(now, dt.UTC).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    begins = {"day": today, "month": today.replace(day=1)}
    return tuple(Ceiling(name, begins[name].timestamp(), limit) for name, limit in budgets.items())


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
