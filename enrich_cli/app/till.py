"""The budget of a run, and the calls that wait for money which may come back."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Mapping, Sequence

from enrich_cli.app.stop import Stop
from enrich_cli.domain.ledger import Ceiling, Charge
from enrich_cli.domain.money import ZERO, Budget, Money
from enrich_cli.domain.provider import ProviderSpec


def ceilings(budgets: Mapping[str, Money], now: float) -> tuple[Ceiling, ...]:
    """The budgets of a `day` and a `month` as of `now`, both by the calendar of UTC."""
    today = dt.datetime.fromtimestamp(now, dt.UTC).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    begins = {"day": today, "month": today.replace(day=1)}
    return tuple(Ceiling(name, begins[name].timestamp(), limit) for name, limit in budgets.items())


class Till:
    """The budget of the run, those of single providers, and the calls that wait for money.

    `own` gives the budgets of providers by name.
    """

    def __init__(self, budget: Budget, own: Mapping[str, Money] | None = None) -> None:
        self.budget = budget
        self._own = {name: Budget(limit) for name, limit in (own or {}).items()}
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def hold(self, spec: ProviderSpec, items: int, stop: Stop) -> int:
        """Hold the worst price of a call about as many of `items` entities as there is money for.

        Waits while held money may come back. Gives the number of entities, 0 where the money is
        gone or the run is to end.
        """
        while not stop.requested():
            items = self._ever(spec, items)
            if items == 0 or self._reserve(spec.name, spec.worst(items)):
                return items
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter
        return 0

    def _ever(self, spec: ProviderSpec, items: int) -> int:
        budgets = self._budgets(spec.name)
        while items and not all(budget.could_ever(spec.worst(items)) for budget in budgets):
            items -= 1
        return items

    def _reserve(self, provider: str, amount: Money) -> bool:
        budgets = self._budgets(provider)
        for done, budget in enumerate(budgets):
            if not budget.reserve(amount):
                for held in budgets[:done]:
                    held.settle(amount, ZERO)
                return False
        return True

    def _budgets(self, provider: str) -> Sequence[Budget]:
        own = self._own.get(provider)
        return [self.budget] if own is None else [self.budget, own]

    def left(self, provider: str) -> Money:
        """What may be held for a provider now; zero where nothing bounds it."""
        return Money(
            min(
                (b.limit - b.taken for b in self._budgets(provider) if b.limit is not None),
                default=0,
            )
        )

    def settle(self, charge: Charge, actual: Money) -> None:
        """Give back what was held for a call, take what it cost, and wake who waits."""
        for budget in self._budgets(charge.provider):
            budget.settle(charge.worst, actual)
        self.wake()

    def lose(self, charge: Charge) -> None:
        """Keep what was held: the outcome of the call is not known."""
        for budget in self._budgets(charge.provider):
            budget.lose(charge.worst)
        self.wake()

    def wake(self) -> None:
        """Let every waiting call look at the budgets again, the oldest first."""
        waiting, self._waiting = self._waiting, deque()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
