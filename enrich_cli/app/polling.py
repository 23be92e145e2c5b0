"""Providers that answer later: begun once, looked at until the answers are there, by any run.

A job's name is durable before the first look, so a run that was killed leaves it to the next one,
which looks for the answers and does not ask again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from enrich_cli.app.calling import Fetch
from enrich_cli.app.leases import LEASE_LOOK
from enrich_cli.app.memory import Memory
from enrich_cli.app.paying import charged
from enrich_cli.app.shared import Shared
from enrich_cli.domain.entity import Query
from enrich_cli.domain.ledger import Charge, ChargeState, Claim, Receipt
from enrich_cli.domain.money import split
from enrich_cli.domain.outcome import Answer, Failure, Reason
from enrich_cli.domain.provider import AsyncProvider, Lookup, Poll, Provider, ProviderError, Reply
from enrich_cli.domain.store import Submitted

Sent = Callable[[Fetch, bool], Lookup]
"""One way to call the provider, at its pace and with trouble as a value; True for a mere look."""


def polled(sent: Sent, provider: Provider, shared: Shared) -> Lookup:
    """Ask, and where the provider begins a job write it down and wait for what it brings."""
    spec = provider.spec
    if spec.poll is None:
        return sent(provider.fetch, False)
    poll, later = spec.poll, cast("AsyncProvider", provider)

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        begun = ""

        async def submit(asked: Sequence[Query]) -> Reply:
            nonlocal begun
            reply = await provider.fetch(asked)
            if reply.job:
                begun = reply.job
                raise ProviderError(Reason.PENDING)
            return reply

        answers = await sent(submit, False)(queries)
        if not begun:
            return answers
        charge = shared.books.of(spec, queries)
        job = Submitted(begun, spec.name, tuple(queries), charge, shared.clock.now())
        await shared.store.submit(job, [spec.key(query.entity) for query in queries])
        return await _followed(sent, later, poll, job, shared)

    return lookup


def resumed(
    inner: Lookup,
    sent: Sent,
    seen: Callable[[Lookup], Lookup],
    provider: Provider,
    memory: Memory,
    shared: Shared,
) -> Lookup:
    """Wait for the jobs that an earlier run has begun; ask only about what is in none of them.

    All that such a job brings is kept, also what this run does not want. While another run waits
    for it, it is left to that one. `seen` makes of a lookup one that takes one of the provider's
    slots, and whose answers are kept.
    """
    spec, store, clock = provider.spec, shared.store, shared.clock
    if spec.poll is None:
        return inner
    poll, later, name = spec.poll, cast("AsyncProvider", provider), shared.books.job

    async def collect(job: Submitted) -> Mapping[str, Answer]:
        async def follow(_: Sequence[Query]) -> Sequence[Answer]:
            return await _followed(sent, later, poll, job, shared)

        paid = follow if job.charge is None else _settling(follow, job.charge, provider, shared)
        answers = await seen(paid)(job.queries)
        keys = [spec.key(query.entity) for query in job.queries]
        return dict(zip(keys, answers, strict=True))

    async def ours(job: Submitted) -> bool:
        """Whether no other run waits for the job; a free one may be waited for by several."""
        if spec.free:
            return True
        keys = [spec.key(query.entity) for query in job.queries]
        awaited = await store.submitted(keys)
        claims = [
            Claim(key, spec.name, query.entity, memory.seen(provider, query))
            for key, query in zip(keys, job.queries, strict=True)
            if key in awaited
        ]
        held = (await store.claim(claims, name, clock.now())).held
        if claims and len(held) == len(claims):
            return True
        await store.release(list(held), name)
        return False

    async def brought(job: Submitted, queries: Sequence[Query]) -> Mapping[str, Answer]:
        """What a job brings, by us or by another run; nothing where it is gone or we are to end."""
        keys = [spec.key(query.entity) for query in queries]
        while not shared.stop.requested():
            if await ours(job):
                try:
                    return await collect(job)
                finally:
                    await store.release([spec.key(query.entity) for query in job.queries], name)
            await memory.look_again(provider, queries)
            known = [memory.answer(provider, query) for query in queries]
            if not await store.submitted(keys):
                found = zip(keys, known, strict=True)
                return {key: answer for key, answer in found if answer is not None}
            await shared.stop.pause(LEASE_LOOK)
        return {}

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        keys = [spec.key(query.entity) for query in queries]
        waiting = await store.submitted(keys)
        answers: dict[str, Answer] = {}
        for job in {job.id: job for job in waiting.values()}.values():
            if clock.now() - job.at > poll.expires:
                await store.give_up(job)
                continue
            own = [q for key, q in zip(keys, queries, strict=True) if waiting.get(key) == job]
            answers |= await brought(job, own)
        left = [i for i, key in enumerate(keys) if key not in answers]
        if left:
            asked = await inner([queries[i] for i in left])
            answers |= {keys[i]: answer for i, answer in zip(left, asked, strict=True)}
        return [answers[key] for key in keys]

    return lookup


async def _followed(
    sent: Sent, provider: AsyncProvider, poll: Poll, job: Submitted, shared: Shared
) -> Sequence[Answer]:
    """Look for a job's answers until they are there, the run is to end, or its patience does.

    Where they do not come, what the job costs stays unknown, and it is left to the next run.
    """
    clock, stop = shared.clock, shared.stop
    look = sent(lambda queries: provider.collect(job.id, queries), True)
    until = clock.monotonic() + poll.wait
    while True:
        await stop.pause(poll.every)
        if stop.requested():
            return _unknown(job, Reason.INTERRUPTED, provider, shared)
        answers = await look(job.queries)
        reason = _failed(answers)
        if reason is None:
            return answers
        if not reason.passing:
            if not reason.shuts_provider:
                await shared.store.give_up(job)  # it does not know the job
            return _unknown(job, reason, provider, shared)
        if clock.monotonic() + poll.every > until:
            return _unknown(job, Reason.PENDING, provider, shared)


def _failed(answers: Sequence[Answer]) -> Reason | None:
    """Why a look brought nothing at all; None where it brought something."""
    failures = [a.outcome for a in answers if isinstance(a.outcome, Failure)]
    return failures[0].reason if len(failures) == len(answers) else None


def _unknown(
    job: Submitted, reason: Reason, provider: Provider, shared: Shared
) -> Sequence[Answer]:
    now, shares = shared.clock.now(), split(provider.spec.worst(len(job.queries)), len(job.queries))
    return [
        Answer(
            Failure(reason),
            now,
            None if job.charge is None else Receipt("", ChargeState.UNKNOWN, share),
        )
        for share in shares
    ]


def _settling(inner: Lookup, charge: Charge, provider: Provider, shared: Shared) -> Lookup:
    """Wait under the charge that an earlier run has opened; its price counts in this one."""
    spec, till, stop = provider.spec, shared.till, shared.stop

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        count = await till.hold(spec, len(queries), stop)
        held = replace(charge, worst=spec.worst(count))
        if count < len(queries):
            if count:
                till.give_back(held)
            reason = Reason.INTERRUPTED if stop.requested() else Reason.BUDGET
            return [Answer(Failure(reason), shared.clock.now()) for _ in queries]
        shared.books.reopen(held)
        return await charged(inner, queries, held, till)

    return lookup
