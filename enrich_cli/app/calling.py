"""The innermost layer: the call itself, and what it cost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from enrich_cli.app.shared import Shared
from enrich_cli.domain.entity import Query
from enrich_cli.domain.events import CallSettled
from enrich_cli.domain.ledger import ChargeState, Receipt
from enrich_cli.domain.money import Money, split
from enrich_cli.domain.outcome import Answer, Failure, Hit, Miss, Reason
from enrich_cli.domain.provider import Item, Lookup, Provider, ProviderError, Reply

Fetch = Callable[[Sequence[Query]], Coroutine[Any, Any, Reply]]


def _nobody(seconds: float) -> None:
    """For who does not care how long a provider wants to rest."""


def calling(
    provider: Provider,
    shared: Shared,
    fetch: Fetch | None = None,
    *,
    look: bool = False,
    rests: Callable[[float], object] = _nobody,
) -> Lookup:
    """Make the call: trouble becomes a value, the length is checked, the cost is set and told.

    `fetch` is called in the place of the provider's own. A `look` at what was begun before costs
    nothing where it fails, and is told only where it brings something. `rests` is told for how
    many seconds the provider wants to be left alone, where a reply says so.
    """
    spec, clock, fetch = provider.spec, shared.clock, fetch or provider.fetch

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        begun = clock.monotonic()
        try:
            async with asyncio.timeout(spec.limits.timeout):
                reply = await fetch(queries)
            if len(reply.items) != len(queries):
                raise ProviderError(  # noqa: TRY301 - one way for all trouble
                    Reason.GARBAGE, f"{len(reply.items)} answers to {len(queries)}", sent=True
                )
        except ProviderError as error:
            reply = _failed(queries, error)
            sent = error.sent
        except TimeoutError:
            reply = _failed(queries, ProviderError(Reason.TIMEOUT, "no answer in time"))
            sent = True
        except Exception as error:  # noqa: BLE001 - a plugin's bug must not end the run
            reply = _failed(queries, ProviderError(Reason.BUG, f"{type(error).__name__}: {error}"))
            sent = True
        else:
            sent = False
        if reply.rest:
            rests(reply.rest)
        worst = Money(0) if look else spec.worst(len(queries))
        receipts = _receipts(worst, reply, sent=sent) if not spec.free else None
        now = clock.now()
        answers = [
            Answer(
                outcome=item.outcome,
                at=now,
                receipt=None if receipts is None else receipts[i],
                reply=item.body,
                url=item.url,
                confidence=item.confidence,
                mapping=spec.mapping,
            )
            for i, item in enumerate(reply.items)
        ]
        if not _to_come(answers):
            shared.emit(_settled(answers, queries, now, clock.monotonic() - begun))
        return answers

    def _to_come(answers: Sequence[Answer]) -> bool:
        reasons = [a.outcome.reason if isinstance(a.outcome, Failure) else None for a in answers]
        if look:
            return all(reason is not None and reason.passing for reason in reasons)
        return spec.poll is not None and set(reasons) == {Reason.PENDING}

    def _receipts(worst: Money, reply: Reply, *, sent: bool) -> list[Receipt]:
        if sent and worst > 0:
            return [Receipt("", ChargeState.UNKNOWN, a) for a in split(worst, len(reply.items))]
        if all(isinstance(item.outcome, Failure) for item in reply.items) or spec.price is None:
            paid = reply.metered or Money(0)
            state = ChargeState.SETTLED if paid else ChargeState.FAILED
            if not paid and not all(isinstance(item.outcome, Failure) for item in reply.items):
                state = ChargeState.FREE
            return [Receipt("", state, share) for share in split(paid, len(reply.items))]
        answered = [item for item in reply.items if not isinstance(item.outcome, Failure)]
        hits = tuple(item.pays for item in answered)
        shares = spec.price.shares(hits, reply.metered)
        state = ChargeState.SETTLED if sum(shares) else ChargeState.FREE
        # What failed costs nothing, so that it may be asked again and is paid once.
        left = iter(shares)
        return [
            Receipt("", state, Money(0) if isinstance(item.outcome, Failure) else next(left))
            for item in reply.items
        ]

    def _settled(
        answers: Sequence[Answer], queries: Sequence[Query], now: float, seconds: float
    ) -> CallSettled:
        receipts = [answer.receipt for answer in answers if answer.receipt is not None]
        return CallSettled(
            at=now,
            provider=spec.name,
            entities=tuple(query.entity for query in queries),
            hits=sum(isinstance(answer.outcome, Hit) for answer in answers),
            misses=sum(isinstance(answer.outcome, Miss) for answer in answers),
            failures=Counter(
                answer.outcome.reason for answer in answers if isinstance(answer.outcome, Failure)
            ),
            state=receipts[0].state if receipts else ChargeState.FREE,
            amount=Money(sum(receipt.amount for receipt in receipts)),
            seconds=seconds,
            priced=spec.priced,
        )

    return lookup


def _failed(queries: Sequence[Query], error: ProviderError) -> Reply:
    failure = Failure(error.reason, error.detail, error.retry_after, error.sent)
    return Reply(tuple(Item(failure) for _ in queries))
