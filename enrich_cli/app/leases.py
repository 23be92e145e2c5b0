"""The layer that keeps two runs from asking the same, and a run from paying twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from enrich_cli.app.memory import Memory
from enrich_cli.app.shared import Shared, refused
from enrich_cli.domain.entity import Query
from enrich_cli.domain.events import ChargesFound
from enrich_cli.domain.ledger import Charge, Claim
from enrich_cli.domain.outcome import Answer, Failure, Reason
from enrich_cli.domain.provider import Lookup, Provider

LEASE_LOOK = 0.5
"""Seconds between two looks at a lease that another run holds."""


def leased(inner: Lookup, provider: Provider, memory: Memory, shared: Shared) -> Lookup:
    """Ask only what no other run is asking; what another run asks, wait for and use.

    What is held is asked before anything is waited for, so two runs never wait for each other.
    Where an earlier charge has an unknown outcome nobody is asked, unless the user allows it or
    the provider takes no money twice. Free providers need no lease.
    """
    if provider.spec.free:
        return inner
    spec, store, clock, job = provider.spec, shared.store, shared.clock, shared.books.job

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

    async def withhold(doubtful: Mapping[str, Charge]) -> dict[str, Answer]:
        """Do not ask again what may have been paid for without an answer."""
        shared.emit(ChargesFound(clock.now(), tuple(doubtful.values())))
        await store.release(list(doubtful), job)
        failure, now = Failure(Reason.UNKNOWN_CHARGE), clock.now()
        return dict.fromkeys(doubtful, Answer(failure, now))

    async def lookup(queries: Sequence[Query]) -> Sequence[Answer]:
        keys = [spec.key(query.entity) for query in queries]
        waiting = dict(zip(keys, queries, strict=True))
        answers: dict[str, Answer] = {}
        while waiting:
            claims = [
                Claim(key, spec.name, query.entity, memory.seen(provider, query))
                for key, query in waiting.items()
            ]
            claimed = await store.claim(claims, job, clock.now())
            if claimed.doubtful and not (shared.rebuy or spec.repeatable):
                answers |= await withhold(claimed.doubtful)
            if held := [key for key in waiting if key in claimed.held and key not in answers]:
                answers |= await ask_held(held, waiting)
            waiting = {key: query for key, query in waiting.items() if key not in answers}
            if not waiting or held:
                continue
            await memory.look_again(provider, list(waiting.values()))
            for key, query in list(waiting.items()):
                if (answer := memory.answer(provider, query)) is not None:
                    answers[key] = answer
                    del waiting[key]
            if waiting and shared.stop.requested():
                gone = refused(list(waiting.values()), Reason.INTERRUPTED, shared)
                answers |= dict(zip(waiting, gone, strict=True))
                break
            if waiting:
                await shared.stop.pause(LEASE_LOOK)
        return [answers[key] for key in keys]

    return lookup
