"""From a provider to a lookup: cache, leases, batches, retries, slots, budget and rate.

Each layer is a function that wraps the next one and has the same signature, `Lookup`. `build` is
the one place that knows their order.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from enrich_cli.app.calling import Fetch, calling
from enrich_cli.app.funded import funded
from enrich_cli.app.lane import Lane, Sent
from enrich_cli.app.leases import leased
from enrich_cli.app.memory import Memory
from enrich_cli.app.noting import noted
from enrich_cli.app.paying import affordable
from enrich_cli.app.polling import polled, resumed
from enrich_cli.app.shared import Shared, refused
from enrich_cli.app.worth import worthwhile
from enrich_cli.app.yielding import Gate
from enrich_cli.domain.entity import NOBODY, Query
from enrich_cli.domain.events import RetryScheduled
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.outcome import Answer, Failure, Reason
from enrich_cli.domain.provider import Lookup, Provider

MOST_TRIES = 8
RETRY_WITHIN = 120.0
"""Tries and seconds in which one question is asked again."""
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0


def build(provider: Provider, memory: Memory, shared: Shared, gate: Gate | None = None) -> Lookup:
    """The whole stack over one provider, innermost first; `gate` is that of a run to give way."""
    lane = Lane(provider.spec, shared.slots(provider.spec))

    def sent(fetch: Fetch, look: bool) -> Lookup:
        call = calling(provider, shared, fetch, look=look, rests=rests)
        return metered(call, lane, shared)

    def rests(seconds: float) -> None:
        lane.rest(seconds, shared.clock.monotonic())

    def seen(lookup: Lookup) -> Lookup:
        return kept(queued(guarded(lookup, lane, shared), lane), provider, memory, lane, shared)

    lookup = polled(sent, provider, shared)
    lookup = affordable(lookup, provider, lane, shared)
    lookup = funded(lookup, provider, lane, shared)
    lookup = worthwhile(lookup, provider.spec, memory.accepts, shared)
    lookup = seen(lookup)
    lookup = retried(lookup, provider, shared)
    lookup = batched(lookup, provider.spec.batch)
    lookup = leased(lookup, provider, memory, shared)
    lookup = resumed(lookup, sent, seen, provider, memory, shared)
    if gate is not None:
        lookup = gate.around(lookup)
    return remembered(lookup, provider, memory)


def unasked(reason: Reason, shared: Shared) -> Lookup:
    """A lookup that asks nobody."""

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        return refused(queries, reason, shared)

    return lookup


def remembered(inner: Lookup, provider: Provider, memory: Memory) -> Lookup:
    """Answer from the store what it knows; only the unknown goes on, so batches are full."""

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        await memory.read(queries)
        answers = [memory.answer(provider, query) for query in queries]
        unknown = [i for i, answer in enumerate(answers) if answer is None]
        if unknown:
            asked = await inner([memory.renewing(provider, queries[i]) for i in unknown])
            for i, answer in zip(unknown, asked, strict=True):
                answers[i] = answer
        return [answer for answer in answers if answer is not None]

    return lookup


def batched(inner: Lookup, size: int) -> Lookup:
    """Cut into groups of the provider's size, asked together.

    A group that was refused as a whole for bad input is halved until the bad item stands alone.
    What the budget cut off a group is asked once its answers are there: they may have cost less.
    """

    async def ask(group: Sequence[Query]) -> Sequence[Answer]:
        answers = list(await inner(group))
        if len(group) > 1 and _refused_whole(answers):
            half = len(group) // 2
            return [*await ask(group[:half]), *await ask(group[half:])]
        cut = [i for i, answer in enumerate(answers) if _unaffordable(answer)]
        if 0 < len(cut) < len(group):
            for i, answer in zip(cut, await ask([group[i] for i in cut]), strict=True):
                answers[i] = answer
        return answers

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        groups = [queries[i : i + size] for i in range(0, len(queries), size)]
        if len(groups) == 1:
            return await ask(groups[0])
        async with asyncio.TaskGroup() as together:
            tasks = [together.create_task(ask(group)) for group in groups]
        return [answer for task in tasks for answer in task.result()]

    return lookup


def _unaffordable(answer: Answer) -> bool:
    return isinstance(answer.outcome, Failure) and answer.outcome.reason is Reason.BUDGET


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
        shared.retries.asked += len(queries)
        deadline = clock.monotonic() + RETRY_WITHIN
        for attempt in range(1, MOST_TRIES):
            again = {i: f for i, answer in enumerate(answers) if (f := _passing(answer))}
            if not again or shared.stop.requested():
                break
            failures = list(again.values())
            delay = _delay(failures, attempt, shared.random.random())
            if clock.monotonic() + delay > deadline or not shared.retries.allow(len(again)):
                break
            reason = failures[0].reason
            shared.emit(RetryScheduled(clock.now(), name, len(again), reason, delay, attempt))
            await shared.stop.pause(delay)
            if shared.stop.requested():
                break
            for i, answer in zip(again, await inner([queries[i] for i in again]), strict=True):
                answers[i] = answer
        shared.errors.note(answers)
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


def kept(inner: Lookup, provider: Provider, memory: Memory, lane: Lane, shared: Shared) -> Lookup:
    """Close every receipt and store hit and miss in one transaction, before anybody uses them.

    What they say about the provider goes into the history with them. What a job brings about
    somebody who was forgotten meanwhile is not stored.
    """

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        answers = await inner(queries)
        charges = shared.books.close(a.receipt for a in answers if a.receipt is not None)
        known = {
            provider.spec.key(query.entity): answer
            for query, answer in zip(queries, answers, strict=True)
            if not isinstance(answer.outcome, Failure) and query.entity != NOBODY
        }
        if charges or known:
            news = noted(provider.spec, queries, answers, memory.accepts, lane.latest)
            await shared.store.keep(charges, known, news)
        return answers

    return lookup


def queued(inner: Lookup, lane: Lane) -> Lookup:
    """Wait for one of the provider's slots, first in first out."""

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        async with lane.slots:
            return await inner(queries)

    return lookup


def guarded(inner: Lookup, lane: Lane, shared: Shared) -> Lookup:
    """Ask nobody once the run is to end, too much has failed, or the provider has refused us."""

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        if shared.stop.requested():
            return refused(queries, Reason.INTERRUPTED, shared)
        if lane.shut is not None or shared.errors.too_many:
            return refused(queries, Reason.SHUT, shared)
        answers = await inner(queries)
        for answer in answers:
            if isinstance(answer.outcome, Failure) and answer.outcome.reason.shuts_provider:
                lane.shut = answer.outcome.reason
        return answers

    return lookup


def metered(inner: Lookup, lane: Lane, shared: Shared) -> Lookup:
    """Let calls go no faster than the provider allows, and not before it said to come back.

    A provider that does not answer is tried by one call at a time, and less and less often.
    """
    clock, pace = shared.clock, lane.pace

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        async with lane.turn:
            while (delay := pace.delay(clock.monotonic())) > 0 and not shared.stop.requested():
                await shared.stop.pause(delay)
            if shared.stop.requested():
                return refused(queries, Reason.INTERRUPTED, shared)
            if lane.shut is not None:
                return refused(queries, Reason.SHUT, shared)
            sent = pace.take(clock.monotonic())
            if lane.struck:  # the others wait until this one has come back
                return await call(queries, sent, probe=True)
        return await call(queries, sent, probe=False)

    async def call(queries: Sequence[Query], sent: Sent, *, probe: bool) -> Sequence[Answer]:
        answers = await inner(queries)
        sent.answered = now = clock.monotonic()
        lane.latest = now - sent.left
        for answer in answers:
            match answer.outcome:
                case Failure(Reason.RATE_LIMITED, retry_after=float(wait)):
                    lane.rest(wait, now)
                case _:
                    pass
        if all(_absent(answer) for answer in answers):
            lane.failed(now, probe=probe)
        else:
            lane.answered()
        return answers

    return lookup


def _absent(answer: Answer) -> bool:
    """Whether an answer says that the provider is not there, or cannot be understood."""
    failure = answer.outcome
    return isinstance(failure, Failure) and (
        failure.reason is Reason.BUG
        or (failure.reason.passing and failure.reason is not Reason.PENDING)
    )
