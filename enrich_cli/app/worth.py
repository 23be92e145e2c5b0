"""The stop-loss: a provider is left out where a cell that it fills is dearer than it is worth."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from enrich_cli.app.shared import Shared, refused
from enrich_cli.domain.entity import Field, Query
from enrich_cli.domain.events import BudgetReached
from enrich_cli.domain.history import Count, History, ProviderKey
from enrich_cli.domain.money import ZERO, Money, Per
from enrich_cli.domain.outcome import Answer, Failure, Hit, Reason
from enrich_cli.domain.provider import Lookup, ProviderSpec

ENOUGH = 20
"""Answers of a provider, in history and this run, before it is judged."""
_ONE_SIDED = 1.645
"""Standard deviations that leave a twentieth above them."""


class Worth:
    """What one provider has filled for its money, in history and in this run.

    It is judged kindly: a share is taken for as large as it may be, one time in twenty. So whoever
    has been asked little is left out only where it cannot pay at all.
    """

    def __init__(self, spec: ProviderSpec, history: History) -> None:
        self._spec = spec
        self._hits, self._fields = said_of(spec, history)

    def note(self, query: Query, answer: Answer, accepts: Callable[[Field, Answer], bool]) -> None:
        """Count an answer; a failure is none."""
        if isinstance(answer.outcome, Failure):
            return
        knew = isinstance(answer.outcome, Hit)
        self._hits = self._hits.plus(Count(1, int(knew)))
        for name in query.fields if knew else ():
            came = Count(1, int(accepts(name, answer)))
            self._fields[name] = self._fields.get(name, Count()).plus(came)

    def per_cell(self, query: Query) -> Money:
        """The least that a cell which this question fills is likely to cost.

        Zero where nothing is to be paid, or too little is known.
        """
        cells = {name: query.cells.get(name, 1) for name in query.fields}
        return least_per_cell(self._spec, self._hits, self._fields, cells)


def least_per_cell(
    spec: ProviderSpec, hits: Count, fields: Mapping[Field, Count], cells: Mapping[Field, float]
) -> Money:
    """The least that a cell is likely to cost, where each of these fields fills so many.

    `hits` and `fields` are what the provider knew and filled. Zero where nothing is to be paid, or
    too little is known.
    """
    price = spec.price
    if price is None or hits.tried < ENOUGH:
        return ZERO
    filled = sum(each * upper_share(fields.get(name, Count())) for name, each in cells.items())
    if price.per is not Per.HIT:
        filled *= upper_share(hits)
    usd = price.usd / spec.batch if price.per is Per.CALL else price.usd
    return Money(math.floor(usd / filled)) if filled else ZERO


def said_of(spec: ProviderSpec, history: History) -> tuple[Count, dict[Field, Count]]:
    """What a provider knew of those it was asked about, and filled of the fields, in history."""
    provider = ProviderKey(spec.identity)
    hits = Count()
    for (who, _, _), count in history.hits.items():
        if who == provider:
            hits = hits.plus(count)
    return hits, {name: count for (who, name), count in history.fields.items() if who == provider}


def worthwhile(
    inner: Lookup,
    spec: ProviderSpec,
    accepts: Callable[[Field, Answer], bool],
    shared: Shared,
) -> Lookup:
    """Leave a provider out where a cell that it fills costs more than `shared.max_per_cell`.

    It is judged anew before each call, so this stands below the queue for its slots; told once.
    """
    limit = shared.max_per_cell
    if limit is None or spec.free:
        return inner
    worth, told = Worth(spec, shared.history), False

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        nonlocal told
        prices = [worth.per_cell(query) for query in queries]
        dear = [price > limit for price in prices]
        if any(dear) and not told:
            told = True
            shared.emit(BudgetReached(shared.clock.now(), spec.name, max(prices), limit, "cell"))
        asked = [query for query, no in zip(queries, dear, strict=True) if not no]
        given = await inner(asked) if asked else ()
        for query, answer in zip(asked, given, strict=True):
            worth.note(query, answer, accepts)
        answers = iter(given)
        (too_dear,) = refused(queries[:1], Reason.TOO_DEAR, shared)
        return [too_dear if no else next(answers) for no in dear]

    return lookup


def upper_share(count: Count) -> float:
    """The largest share that such a count leaves likely: Wilson's upper bound, one-sided at 95 %.

    Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    """
    n, z = count.tried, _ONE_SIDED
    if not n:
        return 1.0
    share = count.came / n
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return min((share + z * z / (2 * n) + spread) / (1 + z * z / n), 1.0)
