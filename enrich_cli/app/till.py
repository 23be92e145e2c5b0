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
        self._patient: deque[asyncio.Future[None]] = deque()

    async def hold(self, spec: ProviderSpec, items: int, stop: Stop) -> int:
        """Hold the worst price of a call about as many of `items` entities as there is money for.

        Waits while held money may come back. Gives the number of entities, 0 where the money is
        gone or the run is to end.
        """
        while not stop.requested():
            items = self._ever(spec, items)
            if items == 0 or self._reserve(spec.name, spec.worst(items)):
                return items
            await _woken(self._waiting)
        return 0

    async def call_ended(self) -> None:
        """Wait until the next call has ended, whose money may have come back."""
        await _woken(self._patient)

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

    def left(self, provider: str) -> tuple[Money, str]:
        """What may be held for a provider now, and by the budget of what: "run" or "provider".

        Zero where nothing bounds it.
        """
        named = zip(self._budgets(provider), ("run", "provider"), strict=False)
        left = [(Money(b.limit - b.taken), name) for b, name in named if b.limit is not None]
        return min(left, default=(ZERO, "run"))

    def give_back(self, charge: Charge) -> None:
        """Give back what was held for a call that never left."""
        for budget in self._budgets(charge.provider):
            budget.settle(charge.worst, ZERO)
        _wake(self._waiting)

    def settle(self, charge: Charge, actual: Money) -> None:
        """Give back what was held for a call, take what it cost, and wake who waits."""
        for budget in self._budgets(charge.provider):
            budget.settle(charge.worst, actual)
        self._ended()

    def lose(self, charge: Charge) -> None:
        """Keep what was held: the outcome of the call is not known."""
        for budget in self._budgets(charge.provider):
            budget.lose(charge.worst)
        self._ended()

    def _ended(self) -> None:
        _wake(self._waiting)
        _wake(self._patient)


async def _woken(waiting: deque[asyncio.Future[None]]) -> None:
    waiter = asyncio.get_running_loop().create_future()
    waiting.append(waiter)
    await waiter


def _wake(waiting: deque[asyncio.Future[None]]) -> None:
    """Let everybody in it look again, the oldest first."""
    while waiting:
        waiter = waiting.popleft()
        if not waiter.done():
            waiter.set_result(None)
