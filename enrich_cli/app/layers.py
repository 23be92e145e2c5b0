"""From a provider to a lookup: cache, leases, batches, retries, slots, budget and rate.

Each layer is a function that wraps the next one and has the same signature, `Lookup`. `build` is
the one place that knows their order.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Sequence

from enrich_cli.app.memory import Memory
from enrich_cli.app.polling import Fetch, polled, resumed
from enrich_cli.app.shared import Lane, Shared, charged
from enrich_cli.domain.entity import Query
from enrich_cli.domain.events import BudgetReached, CallSettled, RetryScheduled
from enrich_cli.domain.ledger import ChargeState, Receipt
from enrich_cli.domain.money import Money, split
from enrich_cli.domain.outcome import Answer, Failure, Hit, Miss, Reason
from enrich_cli.domain.provider import Item, Lookup, Provider, ProviderError, Reply

MOST_TRIES = 8
RETRY_WITHIN = 120.0
"""Tries and seconds in which one question is asked again (DESIGN 7)."""
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0
LEASE_LOOK = 0.5
"""Seconds between two looks at a lease that another run holds."""


def build(provider: Provider, memory: Memory, shared: Shared) -> Lookup:
    """The whole stack over one provider, innermost first."""
    lane = Lane(provider.spec, shared.concurrency)

    def sent(fetch: Fetch, look: bool) -> Lookup:
        return metered(calling(provider, shared, fetch, look=look), lane, shared)

    def seen(lookup: Lookup) -> Lookup:
        return kept(queued(guarded(lookup, lane, shared), lane), provider, shared)

    lookup = polled(sent, provider, shared)
    lookup = affordable(lookup, provider, lane, shared)
    lookup = seen(lookup)
    lookup = retried(lookup, provider, shared)
    lookup = batched(lookup, provider.spec.batch)
    lookup = resumed(lookup, sent, seen, provider, shared)
    lookup = leased(lookup, provider, memory, shared)
    return remembered(lookup, provider, memory)


def unasked(reason: Reason, shared: Shared) -> Lookup:
    """A lookup that asks nobody."""

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        return _refused(queries, reason, shared)

    return lookup


def _refused(queries: Sequence[Query], reason: Reason, shared: Shared) -> list[Answer]:
    failure, now = Failure(reason), shared.clock.now()
    return [Answer(failure, now) for _ in queries]


def remembered(inner: Lookup, provider: Provider, memory: Memory) -> Lookup:
    """Answer from the store what it knows; only the unknown goes on, so batches are full."""

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        await memory.read(queries)
        answers = [memory.answer(provider, query) for query in queries]
        unknown = [i for i, answer in enumerate(answers) if answer is None]
        if unknown:
            asked = await inner([queries[i] for i in unknown])
            for i, answer in zip(unknown, asked, strict=True):
                answers[i] = answer
        return [answer for answer in answers if answer is not None]

    return lookup


def leased(inner: Lookup, provider: Provider, memory: Memory, shared: Shared) -> Lookup:
    """Ask only what no other run is asking; what another run asks, wait for and use.

    What is held is asked before anything is waited for, so two runs never wait for each other.
    Free providers need no lease.
    """
    if provider.spec.free:
        return inner
    store, clock, job = shared.store, shared.clock, shared.books.job

    async def ask_held(held: Sequence[str], waiting: dict[str, Query]) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        try:
            got = await inner([waiting[key] for key in held])
            answers = dict(zip(held, got, strict=True))
        finally:
            left = [
                key
                for key in held
                if key not in answers or isinstance(answers[key].outcome, Failure)
            ]
            if left:
                await store.release(left, job)
        return answers

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        keys = [provider.spec.key(query.entity) for query in queries]
        waiting = dict(zip(keys, queries, strict=True))
        answers: dict[str, Answer] = {}
        while waiting:
            seen = {key: memory.seen(provider, query) for key, query in waiting.items()}
            claimed = await store.claim(seen, job, clock.now())
            held = [key for key in waiting if key in claimed]
            if held:
                answers |= await ask_held(held, waiting)
                waiting = {key: query for key, query in waiting.items() if key not in claimed}
                continue
            await memory.look_again(provider, list(waiting.values()))
            for key, query in list(waiting.items()):
                if (answer := memory.answer(provider, query)) is not None:
                    answers[key] = answer
                    del waiting[key]
            if waiting and shared.stop.requested():
                gone = _refused(list(waiting.values()), Reason.INTERRUPTED, shared)
                answers |= dict(zip(waiting, gone, strict=True))
                break
            if waiting:
                await shared.stop.pause(LEASE_LOOK)
        return [answers[key] for key in keys]

    return lookup


def batched(inner: Lookup, size: int) -> Lookup:
    """Cut into groups of the provider's size, asked together.

    A group that was refused as a whole for bad input is halved until the bad item stands alone.
    """

    async def ask(group: Sequence[Query]) -> Sequence[Answer]:
        answers = await inner(group)
        if len(group) == 1 or not _refused_whole(answers):
            return answers
        half = len(group) // 2
        return [*await ask(group[:half]), *await ask(group[half:])]

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        groups = [queries[i : i + size] for i in range(0, len(queries), size)]
        if len(groups) == 1:
            return await ask(groups[0])
        async with asyncio.TaskGroup() as together:
            tasks = [together.create_task(ask(group)) for group in groups]
        return [answer for task in tasks for answer in task.result()]

    return lookup


def _refused_whole(answers: Sequence[Answer]) -> bool:
    """Whether the call as such was bad input: then all its items carry the one same failure."""
    first = answers[0].outcome
    return (
        isinstance(first, Failure)
        and first.reason is Reason.BAD_INPUT
        and all(answer.outcome is first for answer in answers)
    )


def retried(inner: Lookup, provider: Provider, shared: Shared) -> Lookup:
    """Ask again what failed for a passing reason and cost nothing; holds no slot and no money."""
    clock, name = shared.clock, provider.spec.name

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        answers = list(await inner(queries))
        deadline = clock.monotonic() + RETRY_WITHIN
        for attempt in range(1, MOST_TRIES):
            again = {i: f for i, answer in enumerate(answers) if (f := _passing(answer))}
            if not again or shared.stop.requested():
                break
            failures = list(again.values())
            delay = _delay(failures, attempt, shared.random.random())
            if clock.monotonic() + delay > deadline:
                break
            reason = failures[0].reason
            shared.emit(RetryScheduled(clock.now(), name, len(again), reason, delay, attempt))
            await shared.stop.pause(delay)
            if shared.stop.requested():
                break
            for i, answer in zip(again, await inner([queries[i] for i in again]), strict=True):
                answers[i] = answer
        return answers

    return lookup


def _passing(answer: Answer) -> Failure | None:
    """The failure, where asking again may help and cannot be paid twice."""
    unknown = answer.receipt is not None and answer.receipt.state is ChargeState.UNKNOWN
    failure = answer.outcome
    return (
        failure if isinstance(failure, Failure) and failure.reason.passing and not unknown else None
    )


def _delay(failures: Sequence[object], attempt: int, chance: float) -> float:
    """What the provider asked for, else twice as long each time with jitter of a half."""
    asked = [
        f.retry_after for f in failures if isinstance(f, Failure) and f.retry_after is not None
    ]
    own = min(math.ldexp(_FIRST_DELAY, attempt - 1), _LONGEST_DELAY) * (0.5 + chance / 2)
    return max(asked) + own / 10 if asked else own


def kept(inner: Lookup, provider: Provider, shared: Shared) -> Lookup:
    """Close every receipt and store hit and miss in one transaction, before anybody uses them."""

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        answers = await inner(queries)
        charges = shared.books.close(a.receipt for a in answers if a.receipt is not None)
        known = {
            provider.spec.key(query.entity): answer
            for query, answer in zip(queries, answers, strict=True)
            if not isinstance(answer.outcome, Failure)
        }
        if charges or known:
            await shared.store.keep(charges, known)
        return answers

    return lookup


def queued(inner: Lookup, lane: Lane) -> Lookup:
    """Wait for one of the provider's slots, first in first out."""

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        async with lane.slots:
            return await inner(queries)

    return lookup


def guarded(inner: Lookup, lane: Lane, shared: Shared) -> Lookup:
    """Ask nobody once the run is to end or the provider has refused us for good."""

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        if shared.stop.requested():
            return _refused(queries, Reason.INTERRUPTED, shared)
        if lane.shut is not None:
            return _refused(queries, Reason.SHUT, shared)
        answers = await inner(queries)
        for answer in answers:
            if isinstance(answer.outcome, Failure) and answer.outcome.reason.shuts_provider:
                lane.shut = answer.outcome.reason
        return answers

    return lookup


def affordable(inner: Lookup, provider: Provider, lane: Lane, shared: Shared) -> Lookup:
    """Hold the worst price and write the intent to pay; afterwards settle what it really cost.

    Waits while held money may come back; where there is money for a part of the group only, that
    part is asked. Free providers pass.
    """
    spec, till = provider.spec, shared.till
    if spec.free:
        return inner

    def refuse(queries: Sequence[Query]) -> list[Answer]:
        if queries and shared.stop.requested():
            return _refused(queries, Reason.INTERRUPTED, shared)
        if queries and not lane.broke:
            lane.broke = True
            budget = till.budget
            left = Money(0 if budget.limit is None else budget.limit - budget.taken)
            shared.emit(BudgetReached(shared.clock.now(), spec.name, spec.worst(1), left))
        return _refused(queries, Reason.BUDGET, shared)

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        count = await till.hold(spec, len(queries), shared.stop)
        if count == 0:
            return refuse(queries)
        charge = shared.books.begin(spec, queries[:count], shared.clock.now())

        async def intended(some: Sequence[Query]) -> Sequence[Answer]:
            await shared.store.intend([charge])
            return await inner(some)

        answers = await charged(intended, queries[:count], charge, till)
        return [*answers, *refuse(queries[count:])]

    return lookup


def metered(inner: Lookup, lane: Lane, shared: Shared) -> Lookup:
    """Let calls go no faster than the provider allows, and not before it said to come back."""
    clock, pace = shared.clock, lane.pace

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        async with lane.turn:
            while (delay := pace.delay(clock.monotonic())) > 0 and not shared.stop.requested():
                await shared.stop.pause(delay)
            if shared.stop.requested():
                return _refused(queries, Reason.INTERRUPTED, shared)
            pace.take(clock.monotonic())
        answers = await inner(queries)
        for answer in answers:
            match answer.outcome:
                case Failure(Reason.RATE_LIMITED, retry_after=float(wait)):
                    pace.resume_at = max(pace.resume_at, clock.monotonic() + wait)
                case _:
                    pass
        return answers

    return lookup


def calling(
    provider: Provider, shared: Shared, fetch: Fetch | None = None, *, look: bool = False
) -> Lookup:
    """Make the call: trouble becomes a value, the length is checked, the cost is set and told.

    `fetch` is called in the place of the provider's own. A `look` at what was begun before costs
    nothing where it fails, and is told only where it brings something.
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
        if not _begun(answers):
            shared.emit(_settled(answers, queries, now, clock.monotonic() - begun))
        return answers

    def _begun(answers: Sequence[Answer]) -> bool:
        """Whether the answers are still to come."""
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
        hits = tuple(isinstance(item.outcome, Hit) for item in reply.items)
        shares = spec.price.shares(hits, reply.metered)
        state = ChargeState.SETTLED if sum(shares) else ChargeState.FREE
        return [Receipt("", state, share) for share in shares]

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
