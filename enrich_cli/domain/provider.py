"""What a provider is, and the protocols by which the middle knows the outside."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from enrich_cli.domain.entity import EntityKey, EntityType, Field, IdKind, Query
from enrich_cli.domain.frozen import quick
from enrich_cli.domain.money import ZERO, Money, Price
from enrich_cli.domain.outcome import Answer, Hit, Outcome, Reason


class Tier(StrEnum):
    """How dear a provider is; the default order goes from free to premium."""

    FREE = "free"
    CHEAP = "cheap"
    PREMIUM = "premium"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` calls in any window of `seconds`."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast a provider may be asked. All rates hold together; `timeout` is in seconds."""

    rates: tuple[Rate, ...] = ()
    concurrency: int = 8
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Poll:
    """How a provider gives its answers later, in seconds.

    It is looked every `every`, at most for `wait` in one run; after `expires` the answer is gone.
    """

    every: float
    wait: float
    expires: float


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """What the middle needs to know of a provider; how it is asked is the adapter's business.

    `needs` lists alternative sets of identifiers, the first that an entity can serve is used;
    `hints` are kinds that make a question better but are not needed. `address` is the base
    address where it is not the shipped one, else "": a part of the store's key. `mapping` is a
    hash of the rules by which values are read from a reply, `asking` one of how it is asked, where
    a file says so. `key_env` names the environment
    variable of the key, "" for a provider without one. A `repeatable` provider charges nothing
    for a question that it has been asked before, so one of unknown outcome may be asked again.
    `only` bars entities that have one of these identifiers with another value: a country's
    register is not asked about other countries. A provider with a `poll` is an `AsyncProvider`,
    one that `has_balance` a `WithBalance`, one that `renews` a `RenewingProvider`.
    `contact` says whether it asks for an address of the user's in the user agent: "wanted",
    "needed" (it answers nobody without), or "".
    """

    name: str
    entity: EntityType
    tier: Tier
    gives: frozenset[Field]
    needs: tuple[tuple[IdKind, ...], ...]
    hints: tuple[IdKind, ...] = ()
    version: int = 1
    title: str = ""
    docs: str = ""
    base_url: str = ""
    address: str = ""
    price: Price | None = None
    limits: Limits = field(default_factory=Limits)
    batch: int = 1
    mapping: str = ""
    asking: str = ""
    key_env: str = ""
    key_optional: bool = False
    repeatable: bool = False
    source: str = ""
    only: tuple[tuple[IdKind, frozenset[str]], ...] = ()
    poll: Poll | None = None
    has_balance: bool = False
    contact: str = ""
    renews: bool = False

    @property
    def free(self) -> bool:
        """Whether no call to it can cost anything."""
        return self.tier is Tier.FREE if self.price is None else self.price.worst(1) == ZERO

    @property
    def priced(self) -> bool:
        """Whether what a call costs is known."""
        return self.price is not None or self.tier is Tier.FREE

    def worst(self, items: int) -> Money:
        """The most that a call about `items` entities may cost; zero where no price is known."""
        return ZERO if self.price is None else self.price.worst(items)

    def usable(self, ids: Sequence[tuple[IdKind, str]]) -> bool:
        """Whether an entity with these identifiers can be asked about."""
        have = dict(ids)
        barred = any(kind in have and have[kind] not in known for kind, known in self.only)
        return not barred and any(have.keys() >= set(kinds) for kinds in self.needs)

    def asked_by(self, ids: Sequence[tuple[IdKind, str]]) -> str:
        """The kinds of identifiers by which such an entity is asked about: `name+country`.

        "" where it cannot be asked about.
        """
        have = {kind for kind, _ in ids}
        return next(("+".join(kinds) for kinds in self.needs if have.issuperset(kinds)), "")

    @property
    def identity(self) -> str:
        """What stands for this provider in the store: another address is another provider."""
        return f"{self.name}@{self.version}{self.address and '+' + self.address}"

    def key(self, entity: EntityKey) -> str:
        """The store's key of this provider's answer about `entity`: never fields, rows or hints."""
        return f"{self.identity}:{entity}"


@quick
@dataclass(frozen=True, slots=True)
class Item:
    """One question's part of a reply.

    `body` is what is kept of what the provider said; `confidence` holds for values without one.
    `wrongly` says of a miss that the provider did find something, which was no answer to the
    question: where hits are paid, it bills that.
    """

    outcome: Outcome
    body: bytes = b""
    url: str | None = None
    confidence: float | None = None
    wrongly: bool = False

    @property
    def pays(self) -> bool:
        """Whether this is what a price per hit is asked for."""
        return self.wrongly or isinstance(self.outcome, Hit)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one call brought: an item for each query, in the order of the queries.

    `metered` is the provider's own account of what the whole call cost, where it gives one. A
    provider that answers later names the `job` that it has begun instead, and gives no items.
    `rest` is for how many seconds its own limit lets no further call through, as far as it says.
    """

    items: tuple[Item, ...]
    metered: Money | None = None
    job: str = ""
    rest: float | None = None


class ProviderError(Exception):
    """A call that brought no reply. `sent`: the request had left, so it may have been charged."""

    def __init__(
        self,
        reason: Reason,
        detail: str = "",
        *,
        retry_after: float | None = None,
        sent: bool = False,
    ) -> None:
        super().__init__(detail or reason.value)
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after
        self.sent = sent


class Provider(Protocol):
    """A source of answers."""

    @property
    def spec(self) -> ProviderSpec:
        """What it gives, needs, costs and allows."""

    async def fetch(self, queries: Sequence[Query]) -> Reply:
        """Ask about at most `spec.batch` entities in one call. Raises `ProviderError`."""

    def reread(self, query: Query, body: bytes) -> Item:
        """Read a kept reply again by the rules of today, without asking anyone."""


class AsyncProvider(Provider, Protocol):
    """A source that takes a question, and gives the answer later."""

    async def collect(self, job: str, queries: Sequence[Query]) -> Reply:
        """The answers of a job that `fetch` has begun, to the same queries. Costs nothing.

        Raises `ProviderError`, with `Reason.PENDING` where they are not there yet.
        """


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account has left: credits as the provider writes them, and what they are worth."""

    credits: str
    worth: Money


class WithBalance(Provider, Protocol):
    """A source whose account can be looked at, for nothing."""

    async def balance(self) -> Balance | None:
        """What the account has left, None where it does not say. Raises `ProviderError`."""


class RenewingProvider(Provider, Protocol):
    """A source that is given its last reply when it is asked again.

    It may look for no more than what is asked, and ask only whether anything has changed.
    """

    def unsought(self, body: bytes) -> frozenset[Field]:
        """The fields that it may give and did not look for when it gave that reply."""


Lookup = Callable[[Sequence[Query]], Coroutine[Any, Any, Sequence[Answer]]]
"""Answers for queries: same length, same order, never raises but when cancelled."""


class Clock(Protocol):
    """Time, injected: `now` for dates, `monotonic` for durations, both in seconds."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment, never going back."""

    async def sleep(self, seconds: float) -> None:
        """Return after that time."""
