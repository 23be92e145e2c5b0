"""What can come back from a provider: hit, miss or failure, and the answer that carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from enrich_cli.domain.entity import Field
from enrich_cli.domain.frozen import quick
from enrich_cli.domain.ledger import Receipt

Scalar = str | int | tuple[str, ...]
"""What a cell can hold. A date is text in the form 2026-11-24."""


@quick
@dataclass(frozen=True, slots=True)
class Value:
    """A value with where it was seen and how sure the source is (0 to 1).

    None in `confidence` or `url` means: as the answer that carries this value.
    """

    content: Scalar
    confidence: float | None = None
    url: str | None = None


class Gap(StrEnum):
    """Why a wanted cell is empty: the closed list."""

    NO_IDENTIFIER = "no_identifier"
    FREE_MAIL = "free_mail"
    SUPPRESSED = "suppressed"
    NOT_FOUND = "not_found"
    BELOW_THRESHOLD = "below_threshold"
    BUDGET = "budget"
    PROVIDER_FAILED = "provider_failed"
    NO_PROVIDER = "no_provider"
    UNKNOWN_CHARGE = "unknown_charge"
    FORBIDDEN = "forbidden"
    INTERRUPTED = "interrupted"
    OFFLINE = "offline"
    ERASED = "erased"


class Reason(StrEnum):
    """Why a provider could not be asked, or its answer not used."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    SERVER_ERROR = "server_error"
    RATE_LIMITED = "rate_limited"
    PENDING = "pending"
    GARBAGE = "garbage"
    BAD_INPUT = "bad_input"
    AUTH = "auth"
    OUT_OF_CREDIT = "out_of_credit"
    SHUT = "shut"
    BUDGET = "budget"
    TOO_DEAR = "too_dear"
    UNKNOWN_CHARGE = "unknown_charge"
    OFFLINE = "offline"
    INTERRUPTED = "interrupted"
    BUG = "bug"

    @property
    def passing(self) -> bool:
        """Whether the same question may well be answered a little later."""
        return self in _PASSING

    @property
    def shuts_provider(self) -> bool:
        """Whether no further question to this provider can be answered in this run."""
        return self in (Reason.AUTH, Reason.OUT_OF_CREDIT)

    @property
    def unasked(self) -> bool:
        """Whether it means that the provider was not asked at all."""
        return self in _UNASKED

    @property
    def gap(self) -> Gap:
        """What a cell stays empty for, where nobody else fills it."""
        return _GAPS.get(self, Gap.PROVIDER_FAILED)


_PASSING = frozenset(
    {
        Reason.TIMEOUT,
        Reason.UNREACHABLE,
        Reason.SERVER_ERROR,
        Reason.RATE_LIMITED,
        Reason.PENDING,
        Reason.GARBAGE,
    }
)
_UNASKED = frozenset(
    {
        Reason.SHUT,
        Reason.BUDGET,
        Reason.TOO_DEAR,
        Reason.UNKNOWN_CHARGE,
        Reason.OFFLINE,
        Reason.INTERRUPTED,
    }
)
_GAPS = {
    Reason.BUDGET: Gap.BUDGET,
    # It is the user's ceiling that leaves the cell empty, and a higher one may fill it.
    Reason.TOO_DEAR: Gap.BUDGET,
    Reason.UNKNOWN_CHARGE: Gap.UNKNOWN_CHARGE,
    Reason.OFFLINE: Gap.OFFLINE,
    Reason.INTERRUPTED: Gap.INTERRUPTED,
    Reason.BAD_INPUT: Gap.NOT_FOUND,
}


@quick
@dataclass(frozen=True, slots=True)
class Hit:
    """The provider knows the entity; `values` has at least one field."""

    values: Mapping[Field, Value]


@quick
@dataclass(frozen=True, slots=True)
class Miss:
    """The provider answered, and knows nothing.

    `gap` says why: not_found, forbidden (a site that does not let itself be read) or erased.
    A `brief` miss (a site that does not answer) is remembered for a short time only.
    """

    gap: Gap = Gap.NOT_FOUND
    brief: bool = False


@quick
@dataclass(frozen=True, slots=True)
class Failure:
    """The provider could not be asked. Never stored as an answer.

    `retry_after` is in seconds, as the provider asked for; `sent` says that the request had left
    when it failed, so that a paid one may have been charged.
    """

    reason: Reason
    detail: str = ""
    retry_after: float | None = None
    sent: bool = False


Outcome = Hit | Miss | Failure


@quick
@dataclass(frozen=True, slots=True)
class Answer:
    """One provider's answer about one entity.

    `at` is when it was given, in seconds since the epoch; `reply` is what the provider said, kept
    as it came; `mapping` is the hash of the rules by which the values were read from it.
    `unsought` are the fields that the provider may give, but did not look for at that time.
    """

    outcome: Outcome
    at: float
    receipt: Receipt | None = None
    reply: bytes = b""
    url: str | None = None
    confidence: float | None = None
    mapping: str = ""
    cached: bool = False
    unsought: frozenset[Field] = frozenset()
