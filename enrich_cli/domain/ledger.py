"""Charges: what each call cost, from the intent to pay to the provider's bill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from enrich_cli.domain.entity import EntityKey
from enrich_cli.domain.frozen import quick
from enrich_cli.domain.money import ZERO, Money


class ChargeState(StrEnum):
    """Where a charge stands. Only `INTENT` is open; it closes once, into one of the others."""

    INTENT = "intent"  # written before the call leaves
    SETTLED = "settled"  # answered, and it cost something
    FREE = "free"  # answered, or never sent, and it cost nothing
    FAILED = "failed"  # could not be asked, and it cost nothing
    UNKNOWN = "unknown"  # sent, no readable answer: it may have cost its worst price


@quick
@dataclass(frozen=True, slots=True)
class Receipt:
    """What one answer cost: the charge it belongs to, that charge's state, and this share of it."""

    charge: str
    state: ChargeState
    amount: Money


@dataclass(frozen=True, slots=True)
class Charge:
    """One paid call in the ledger. Times are seconds since the epoch, UTC."""

    id: str
    job: str
    provider: str
    entities: tuple[EntityKey, ...]
    worst: Money
    at: float
    state: ChargeState = ChargeState.INTENT
    actual: Money = ZERO

    def closed(self, state: ChargeState, actual: Money = ZERO) -> Charge:
        """This charge in its final state; an unknown one keeps its worst price as the amount."""
        return replace(
            self, state=state, actual=self.worst if state is ChargeState.UNKNOWN else actual
        )


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What all jobs together may take from a moment on: the budget of a day or of a month.

    `since` is the beginning of a day in UTC, in seconds since the epoch; `name` is for people.
    """

    name: str
    since: float
    limit: Money


@quick
@dataclass(frozen=True, slots=True)
class Claim:
    """The wish to ask a provider about an entity, whose stored answer has this `key`.

    `seen` is the time (`Answer.at`) of the stored answer that the claimant knows, None for none.
    """

    key: str
    provider: str
    entity: EntityKey
    seen: float | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """The keys that are leased to the claimant now, and what speaks against asking about some.

    `doubtful` gives for such a key a charge of unknown outcome: the provider was asked before,
    may have taken the money, and no answer has come since.
    """

    held: frozenset[str]
    doubtful: Mapping[str, Charge]
