"""What a call's answers add to the history of its provider."""

from __future__ import annotations

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
    hits: dict[tuple[ProviderKey, str, Past], Count] = {}
    fields: dict[tuple[ProviderKey, Field], Count] = {}
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
                    came = Count(1, int(accepts(name, answer)))
                    fields[provider, name] = fields.get((provider, name), Count()).plus(came)
            case Miss():
                knew.append(False)
        past = tuple((ProviderKey(other), known) for other, known in query.past)
        key = (provider, spec.asked_by(query.ids), past)
        hits[key] = hits.get(key, Count()).plus(Count(1, int(knew[-1])))
    if not knew:
        return History()
    listed = 0 if spec.price is None else sum(spec.price.shares(tuple(knew)))
    usage = Usage(1, len(knew), seconds, Money(spent), Money(listed))
    return History(hits, fields, {provider: usage})
