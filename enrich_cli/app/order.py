"""In which order providers are asked: what each gives, costs and knows, weighed by history.

Free before paid stays. What is missing after some providers is the same in whatever order they
were asked, so among the paid ones the least expected bill for the whole way down is the least for
each cell that is filled in the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random

from enrich_cli.app.crowd import Crowd
from enrich_cli.app.draws import BETWEEN_TABLES, Draws
from enrich_cli.app.rates import Rates
from enrich_cli.app.walk import Kind, Odds, State, take
from enrich_cli.domain.entity import Field
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.ordering import Order, Weighed
from enrich_cli.domain.plan import Step

EXACT = 7
"""Of so many paid providers every order is weighed."""
_NEAR = 5
"""Of more, the next is the cheapest for a field; and then every order of so many neighbours is
weighed, as long as one is cheaper."""
WORTH = 0.01
"""What another order must save of the bill to take the place of the usual one. Less is chance."""
_KINDS = 8
"""So many kinds of entities, the commonest ones, are weighed."""

_States = tuple[tuple[Mapping[frozenset[Field], State], ...], ...]


def best_order(
    steps: Sequence[Step], crowds: Mapping[Kind, Crowd], rates: Rates, *, fixed: bool = False
) -> Order:
    """The order for entities of these kinds, whose `asked_by` belong to `steps` as they stand.

    `steps` come in the usual order: by tier, then by price. They stay so where that is `fixed`, or
    where no other order is worth it. What counts is what each gives, its price rule, and how often
    it knows: by history, and by what is usual of its tier as long as that is short. The same
    history gives the same order: of equal ones the usual is taken.
    """
    paid = [i for i, step in enumerate(steps) if step.spec.priced and not step.spec.free]
    unpriced = [i for i, step in enumerate(steps) if not step.spec.priced]
    free = [i for i, step in enumerate(steps) if step.spec.free]
    scale = _Scale(steps, crowds, rates)
    start = scale.after(free)
    usual = scale.cost(start, paid)
    if fixed or len(paid) < 2:
        rule = "as it was set" if fixed else "free before paid"
        return scale.order([*range(len(steps))], start, paid, usual, rule)
    known = any(rates.answers(steps[i].spec) for i in paid)
    by = "" if known else ", by usual hit rates, as there is no history"
    exact = len(paid) <= EXACT
    best = scale.exact(start, paid) if exact else scale.near(start, paid)
    if scale.cost(start, best) >= usual * (1 - WORTH):
        rule = f"by tier and price: no other order saves {WORTH:.0%}{by}"
        return scale.order([*range(len(steps))], start, paid, usual, rule)
    rule = (
        f"the cheapest of all {math.factorial(len(paid)):,} orders{by}"
        if exact
        else f"next the one whose fields cost least, and no {_NEAR} neighbours otherwise{by}"
    )
    # Nobody knows what those without a price cost: they come last.
    return scale.order([*free, *best, *unpriced], start, best, usual, rule)


class _Scale:
    """Weighs orders at the likeliest rates: what is missing after some steps, what one costs."""

    def __init__(self, steps: Sequence[Step], crowds: Mapping[Kind, Crowd], rates: Rates) -> None:
        ranked = sorted(crowds.items(), key=lambda item: -item[1].entities)
        main = [(kind, crowd) for kind, crowd in ranked if any(kind.asked_by)][:_KINDS]
        draws = Draws(rates, [0.0], Random(0))  # noqa: S311 - a single certain world
        self._steps = steps
        self._rates = rates
        self._main = main
        self._odds: list[list[Odds | None]] = [
            [
                draws.odds(step, by) if by else None
                for step, by in zip(steps, kind.asked_by, strict=True)
            ]
            for kind, _ in main
        ]
        self._begin: _States = tuple(
            tuple(
                {kind.missing: State(weight, [0.0], [0.0])} for weight in draws.fames(kind, steps)
            )
            for kind, _ in main
        )

    def after(self, taken: Sequence[int], states: _States | None = None) -> _States:
        """What is missing after these steps."""
        states = self._begin if states is None else states
        for i in taken:
            states, _ = self._ask(states, i)
        return states

    def cost(self, states: _States, order: Sequence[int]) -> float:
        """What these steps cost in this order."""
        total = 0.0
        for i in order:
            states, weighed = self._ask(states, i)
            total += weighed.cost
        return total

    def exact(self, start: _States, paid: Sequence[int]) -> list[int]:
        """The cheapest order of all, by the cheapest order of every subset."""
        best: dict[frozenset[int], tuple[float, tuple[int, ...], _States]] = {
            frozenset(): (0.0, (), start)
        }
        for _ in paid:
            larger: dict[frozenset[int], tuple[float, tuple[int, ...], _States]] = {}
            for done, (cost, order, states) in best.items():
                for i in paid:
                    if i in done:
                        continue
                    found = (cost + self._price(states, i), (*order, i))
                    known = larger.get(done | {i})
                    if known is None:  # what is missing then is the same in any order
                        then, _ = self._ask(states, i)
                        larger[done | {i}] = (*found, then)
                    elif found < known[:2]:
                        larger[done | {i}] = (*found, known[2])
            best = larger
        ((_, order, _),) = best.values()
        return list(order)

    def near(self, start: _States, paid: Sequence[int]) -> list[int]:
        """The greedy order, and from there on the best of all neighbours until none is better."""
        order = self.greedy(start, paid)
        for _ in paid:  # it ends long before
            before, states = list(order), start
            for at in range(len(order) - _NEAR + 1):
                order[at : at + _NEAR] = self.exact(states, order[at : at + _NEAR])
                states, _ = self._ask(states, order[at])
            if order == before:
                break
        return order

    def greedy(self, states: _States, paid: Sequence[int]) -> list[int]:
        """Next always the one whose fields cost least."""
        left, order = list(paid), list[int]()
        while left:
            priced = []
            for i in left:
                then, weighed = self._ask(states, i)
                each = weighed.cost / weighed.filled if weighed.filled else math.inf
                priced.append((each, i, then))
            _, i, states = min(priced, key=lambda one: one[:2])
            left.remove(i)
            order.append(i)
        return order

    def order(
        self, indexes: Sequence[int], states: _States, paid: Sequence[int], usual: float, rule: str
    ) -> Order:
        """The order of these indexes, with the arithmetic of its paid steps."""
        lines = []
        for i in paid:
            states, weighed = self._ask(states, i)
            lines.append(weighed)
        return Order(
            steps=tuple(self._steps[i] for i in indexes),
            weighed=tuple(lines),
            likely=Money(sum(line.cost for line in lines)),
            usual=Money(round(usual)),
            rule=rule,
        )

    def _ask(self, states: _States, i: int) -> tuple[_States, Weighed]:
        step, zero = self._steps[i], [0.0]
        items = hits = filled = askable = 0.0
        then: list[tuple[Mapping[frozenset[Field], State], ...]] = []
        for (_, crowd), odds, some in zip(self._main, self._odds, states, strict=True):
            one = odds[i]
            if one is None:
                then.append(some)
                continue
            parts = [take(part, step, one, at, zero) for at, part in enumerate(some)]
            then.append(tuple(part.states for part in parts))
            n = crowd.entities
            askable += n
            items += n * sum(part.items[0] for part in parts)
            hits += n * sum(part.hits[0] for part in parts)
            filled += n * sum(part.filled[0] for part in parts)
        weighed = Weighed(
            name=step.spec.name,
            asked=items,
            hit_rate=hits / items if items else 0.0,
            filled=filled,
            cost=self._paid(step, items, hits, askable),
            answers=self._rates.answers(step.spec),
        )
        return tuple(then), weighed

    def _price(self, states: _States, i: int) -> Money:
        """What a step costs, without what it leaves missing."""
        step = self._steps[i]
        items = hits = askable = 0.0
        for (_, crowd), odds, some in zip(self._main, self._odds, states, strict=True):
            one = odds[i]
            if one is None:
                continue
            askable += crowd.entities
            for at, part in enumerate(some):
                asked = crowd.entities * sum(
                    state.count[0] for missing, state in part.items() if missing & step.fields
                )
                items += asked
                hits += asked * one.hits[at][0]
        return self._paid(step, items, hits, askable)

    def _paid(self, step: Step, items: float, hits: float, askable: float) -> Money:
        price = step.spec.price
        if price is None:
            return Money(0)
        calls = _calls(items, askable, step.spec.batch)
        paid = {Per.HIT: hits, Per.ITEM: items, Per.CALL: calls}[price.per]
        return Money(round(price.usd * self._rates.dearer(step.spec) * paid))


def _calls(items: float, askable: float, batch: int) -> float:
    """How many calls are expected for `items` of `askable` entities in groups of `batch`.

    How many are left for a step is chance: for each, and in how far this table is like others. A
    call is made for every group that is begun, so one item more or less can be a call.
    """
    if batch == 1:
        return items
    left = max(1 - items / askable, 0.0) if askable else 0.0
    spread = math.sqrt(items * left + (BETWEEN_TABLES * items * left) ** 2)
    if spread < 1e-6:
        return float(math.ceil(items / batch - 1e-9))
    calls, begun = 1 - math.pow(left, askable), 1
    while begun * batch < askable:
        beyond = (begun * batch + 0.5 - items) / spread
        if beyond > 4:
            break
        calls += 0.5 * math.erfc(beyond / math.sqrt(2))
        begun += 1
    return calls
