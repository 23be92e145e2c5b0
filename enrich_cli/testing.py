"""The contract of a provider, for the tests of those who write one: hits, misses, batches, faults.

    async with opened(Path("acme.toml"), base_url=server.url, key="secret") as provider:
        await check_provider(provider, known=[about(domain="acme.example")],
                             unknown=[about(domain="nobody.example")])

A provider written in Python is made with `context()` and goes the same way. What does not hold is
told by a `ContractError`, which is an AssertionError. Nothing here needs a test framework.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from enrich_cli.adapters import clients
from enrich_cli.adapters.context import ProviderContext
from enrich_cli.adapters.http import HttpProvider
from enrich_cli.adapters.specs import load_specs
from enrich_cli.domain.entity import CATALOGUE, EntityKey, FieldType, IdKind, Query
from enrich_cli.domain.money import Per
from enrich_cli.domain.outcome import Failure, Hit, Miss, Reason, Scalar
from enrich_cli.domain.provider import (
    AsyncProvider,
    Clock,
    Item,
    Provider,
    ProviderError,
    ProviderSpec,
    Reply,
)

_AGENT = "enrich/test"
_MOST_LOOKS = 100


class ContractError(AssertionError):
    """Something that every provider has to do, and this one does not."""


class StoppedClock:
    """A clock that stands still, and lets nobody wait."""

    def now(self) -> float:
        """Seconds since the epoch: 2026-11-18 11:06:40 UTC."""
        return 1_795_000_000.0

    def monotonic(self) -> float:
        """Always the same moment."""
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Return at once."""


def about(**ids: str) -> Query:
    """A question about the entity with these identifiers: `about(domain="acme.example")`."""
    known = tuple((IdKind(kind), value) for kind, value in ids.items())
    return Query(EntityKey(repr(known)), known, frozenset())


@asynccontextmanager
async def context(
    environ: Mapping[str, str] | None = None,
    options: Mapping[str, object] | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[ProviderContext]:
    """What a provider written in Python is made with; its clients reach this machine, too."""
    async with AsyncExitStack() as stack:
        api, web = clients.api_transport(8, {}), clients.api_transport(8, {})
        for transport in (api, web):
            stack.push_async_callback(transport.aclose)
        yield ProviderContext(
            open_web=partial(clients.client_over, web, _AGENT),
            open_api=partial(clients.client_over, api, _AGENT),
            clock=clock or StoppedClock(),
            environ=environ or {},
            options=options or {},
            user_agent=_AGENT,
            pages=web,
        )


@asynccontextmanager
async def opened(
    spec: Path, *, base_url: str | None = None, key: str | None = None
) -> AsyncIterator[HttpProvider]:
    """The provider that a spec file declares, asked at `base_url`. Raises ConfigError."""
    (loaded,) = load_specs([spec.parent], {}, only=[spec.stem]).values()
    if base_url is not None:
        own = {"base_url": base_url}
        if loaded.recipe.first is not None:
            own["first.base_url"] = base_url
        (loaded,) = load_specs([spec.parent], {spec.stem: own}, only=[spec.stem]).values()
    transport = clients.api_transport(8, os.environ)
    try:
        yield HttpProvider(
            loaded.spec,
            loaded.recipe,
            transport,
            key,
            user_agent=_AGENT,
            clock=StoppedClock(),
            guard=_anywhere,
        )
    finally:
        await transport.aclose()


def _anywhere(url: str) -> None:
    """Let every redirect pass: a test leads to this machine."""


async def check_provider(
    provider: Provider, known: Sequence[Query], unknown: Sequence[Query]
) -> None:
    """Take a provider through its contract.

    It must find all of `known` and none of `unknown`, whatever company they are asked in and in
    whatever order, give only what it says it gives, in the catalogue's types, and read its own
    replies again to the same end. Raises ContractError.
    """
    check_spec(provider.spec)
    alone = {}
    for query in (*known, *unknown):
        (alone[query.entity],) = (await _asked(provider, [query])).items
    for query in known:
        _check_hit(provider, query, alone[query.entity])
    for query in unknown:
        _check_miss(provider, query, alone[query.entity])
    await _check_batches(provider, [*unknown, *known], alone)
    await _check_refusal(provider)


def check_spec(spec: ProviderSpec) -> None:
    """Whether a spec makes sense in itself. Raises ContractError."""
    _hold(bool(spec.name) and spec.name == spec.name.lower(), f"{spec.name!r} is not a name")
    _hold(bool(spec.needs) and all(spec.needs), "needs is a list of sets of identifiers")
    _hold(bool(spec.gives), "it gives nothing")
    for name in sorted(spec.gives):
        field = CATALOGUE.get(name)
        _hold(field is not None, f"{name} is no field of the catalogue")
        same = field is not None and field.entity is spec.entity
        _hold(same, f"{name} is no field of a {spec.entity.value}")
    _hold(spec.batch >= 1, "batch is at least one")
    _hold(spec.limits.concurrency >= 1, "concurrency is at least one")
    _hold(spec.version >= 1, "version is at least one")


async def check_fault(provider: Provider, query: Query, reason: Reason) -> None:
    """Whether trouble, which the test has made, is told as what it is. Raises ContractError."""
    try:
        reply = await provider.fetch([query])
    except ProviderError as error:
        told = error.reason
    except Exception as error:
        raise ContractError(f"{type(error).__name__} in place of a ProviderError") from error
    else:
        outcome = reply.items[0].outcome if reply.items else None
        _hold(isinstance(outcome, Failure), f"{reason.value} was told as {outcome}")
        told = outcome.reason if isinstance(outcome, Failure) else Reason.BUG
    _hold(told is reason, f"{reason.value} was told as {told.value}")


def check_secret(provider: Provider, key: str) -> None:
    """Whether the key shows where the provider is printed. Raises ContractError."""
    for thing in (provider, provider.spec):
        _hold(key not in repr(thing), "its key shows in its repr")


async def _asked(provider: Provider, queries: Sequence[Query]) -> Reply:
    reply = await provider.fetch(queries)
    looks = 0
    while reply.job:
        _hold(provider.spec.poll is not None, "it begins a job, and its spec has no poll")
        looks += 1
        _hold(looks < _MOST_LOOKS, "its job never ends")
        later: AsyncProvider = provider  # type: ignore[assignment] # see `ProviderSpec.poll`
        try:
            reply = await later.collect(reply.job, queries)
        except ProviderError as error:
            _hold(error.reason is Reason.PENDING, f"its job failed: {error}")
    _hold(len(reply.items) == len(queries), f"{len(reply.items)} answers to {len(queries)}")
    if reply.metered is not None:
        _hold(provider.spec.price is not None, "it reports a cost, and its spec has no price")
        _hold(reply.metered >= 0, "it reports a cost below zero")
    return reply


def _check_hit(provider: Provider, query: Query, item: Item) -> None:
    outcome = item.outcome
    if not isinstance(outcome, Hit):
        raise ContractError(f"{query.ids} is known, and the answer is {outcome}")
    _hold(bool(outcome.values), f"{query.ids}: a hit without a value")
    for name, value in outcome.values.items():
        _hold(name in provider.spec.gives, f"{name} is not among what it says it gives")
        _hold(_of_type(CATALOGUE[name].type, value.content), f"{name}: {value.content!r}")
    _hold(bool(item.body), f"{query.ids}: nothing is kept of the reply")
    _check_reread(provider, query, item)


def _check_miss(provider: Provider, query: Query, item: Item) -> None:
    _hold(isinstance(item.outcome, Miss), f"{query.ids} is unknown, but: {item.outcome}")
    _check_reread(provider, query, item)


def _check_reread(provider: Provider, query: Query, item: Item) -> None:
    again = provider.reread(query, item.body)
    _hold(again.outcome == item.outcome, f"{query.ids}: read again it is {again.outcome}")
    _hold(again.confidence == item.confidence, f"{query.ids}: read again it is as sure as another")


async def _check_batches(
    provider: Provider, queries: Sequence[Query], alone: Mapping[EntityKey, Item]
) -> None:
    size = provider.spec.batch
    for order in (list(queries), list(reversed(queries))):
        for at in range(0, len(order), size):
            group = order[at : at + size]
            reply = await _asked(provider, group)
            for query, item in zip(group, reply.items, strict=True):
                same = item.outcome == alone[query.entity].outcome
                _hold(same, f"{query.ids}: in company it is {item.outcome}")
            _check_cost(provider, reply)


def _check_cost(provider: Provider, reply: Reply) -> None:
    price = provider.spec.price
    if price is None or reply.metered is None or price.per is Per.CALL:
        return
    hits = tuple(item.pays for item in reply.items)
    shares = price.shares(hits, reply.metered)
    _hold(sum(shares) == reply.metered, "its shares do not sum up to what it reports")


async def _check_refusal(provider: Provider) -> None:
    """Whom it cannot ask about it refuses as bad input, and does not fall over."""
    nobody = Query(EntityKey("nobody"), (), frozenset())
    await check_fault(provider, nobody, Reason.BAD_INPUT)


def _of_type(type_: FieldType, content: Scalar) -> bool:
    if type_ is FieldType.INTEGER:
        return isinstance(content, int) and not isinstance(content, bool)
    if type_ is FieldType.LIST:
        return isinstance(content, tuple) and all(isinstance(part, str) for part in content)
    return isinstance(content, str) and bool(content)


def _hold(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ContractError(otherwise)
