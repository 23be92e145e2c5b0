"""What a call's answers add to the history of its provider."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from enrich_cli.domain.entity import Field, Query
from enrich_cli.domain.history import Count, History, Past, ProviderKey, Usage
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Failure, Gap, Hit, Miss
from enrich_cli.domain.provider import ProviderSpec


def noted(
    spec: ProviderSpec,
    queries: Sequence[Query],
    answers: Sequence[Answer],
    accepts: Callable[[Field, Answer], bool],
    seconds: float,
) -> History:
    """The news that the `answers` of one call to a provider are; failures are none.

    `accepts` says whether an answer fills a field; `seconds` is what the call took.
    """
    provider = ProviderKey(spec.identity)
    hits: defaultdict[tuple[str, tuple[tuple[str, bool], ...]], list[bool]] = defaultdict(list)
    fields: defaultdict[Field, list[bool]] = defaultdict(list)
    knew: list[bool] = []
    spent = 0
    for query, answer in zip(queries, answers, strict=True):
        receipt = answer.receipt
        if receipt is not None and receipt.state is not ChargeState.UNKNOWN:
            spent += receipt.amount
        match answer.outcome:
            case Failure() | Miss(gap=Gap.ERASED):
                continue
            case Hit():
                knew.append(True)
                for name in query.fields:
                    fields[name].append(accepts(name, answer))
            case Miss():
                knew.append(False)
        hits[spec.asked_by(query.ids), query.past].append(knew[-1])
    if not knew:
        return History()
    listed = 0 if spec.price is None else sum(spec.price.shares(tuple(knew)))
    usage = Usage(1, len(knew), seconds, Money(spent), Money(listed))
    return History(
        {(provider, by, _past(past)): _count(came) for (by, past), came in hits.items()},
        {(provider, name): _count(came) for name, came in fields.items()},
        {provider: usage},
    )


def _past(past: Sequence[tuple[str, bool]]) -> Past:
    return tuple((ProviderKey(other), knew) for other, knew in past)


def _count(came: Sequence[bool]) -> Count:
    return Count(len(came), sum(came))
