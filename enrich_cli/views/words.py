"""Plain words for why a cell is empty or a provider failed, with what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.outcome import Gap, Reason
from enrich_cli.domain.report import ProviderLine
from enrich_cli.domain.store import JobStatus
from enrich_cli.views.text import counted


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong, and the next thing to do; `advice` is empty where nothing helps."""

    what: str
    advice: str = ""


GAPS: Mapping[Gap, Trouble] = MappingProxyType(
    {
        Gap.NO_IDENTIFIER: Trouble(
            "the row names no company or person",
            "`enrich inspect` shows how its columns were read, [identify] sets it",
        ),
        Gap.FREE_MAIL: Trouble(
            "the row has only a free-mail address",
            "add a website or a LinkedIn address",
        ),
        Gap.SUPPRESSED: Trouble("on your list of those not to be enriched"),
        Gap.NOT_FOUND: Trouble(
            "asked, and nobody knows it",
            "`enrich fields` shows who else could",
        ),
        Gap.BELOW_THRESHOLD: Trouble(
            "found, but not good enough for your accept rule",
            "--accept-low writes it, at no further cost",
        ),
        Gap.BUDGET: Trouble(
            "one entity's ceiling was reached",
            "raise --max-per-entity, the same command goes on where it stopped",
        ),
        Gap.PROVIDER_FAILED: Trouble(
            "a provider could not be asked",
            "the same command asks again, and only for these",
        ),
        Gap.NO_PROVIDER: Trouble(
            "no provider in use gives it by what the row has",
            "`enrich fields` shows who could",
        ),
        Gap.UNKNOWN_CHARGE: Trouble(
            "perhaps paid for, but no answer came",
            "--rebuy-unknown asks again, and may pay twice",
        ),
        Gap.FORBIDDEN: Trouble("the website does not allow itself to be read"),
        Gap.INTERRUPTED: Trouble(
            "the run was stopped first",
            "the same command goes on where it stopped",
        ),
        Gap.OFFLINE: Trouble(
            "not in the store, and --offline asks nobody",
            "run without --offline",
        ),
        Gap.ERASED: Trouble("erased at the person's or company's own request"),
    }
)

BUDGETS: Mapping[str, Trouble] = MappingProxyType(
    {
        "run": Trouble(
            "the money was used up",
            "raise --budget, the same command goes on where it stopped",
        ),
        "month": Trouble(
            "the budget of the month was used up",
            "raise [budget] month, or run the same command next month",
        ),
        "day": Trouble(
            "the budget of the day was used up",
            "raise [budget] day, or run the same command tomorrow",
        ),
        "provider": Trouble(
            "the budget of a provider was used up",
            "raise [provider.NAME] budget, the same command goes on where it stopped",
        ),
        "cell": Trouble(
            "a provider was left out, for a cell that it fills costs more than it may",
            "raise --max-per-cell, the same command goes on where it stopped",
        ),
    }
)
"""What it means that one of the budgets was reached; the first of several gives the advice."""

FAILURES: Mapping[Reason, Trouble] = MappingProxyType(
    {
        Reason.AUTH: Trouble("key refused", "check the key in {key}"),
        Reason.OUT_OF_CREDIT: Trouble("account empty", "top up the account"),
        Reason.BUG: Trouble("bug in its code", "tell whoever wrote it"),
        Reason.SHUT: Trouble("shut for this run"),
        Reason.RATE_LIMITED: Trouble("asked too fast", "lower its rate, or run again later"),
        Reason.GARBAGE: Trouble("unreadable reply", "try `enrich providers check {provider}`"),
        Reason.UNREACHABLE: Trouble("not reachable", "run the same command again later"),
        Reason.TIMEOUT: Trouble("timed out", "run the same command again later"),
        Reason.SERVER_ERROR: Trouble("server error", "run the same command again later"),
        Reason.PENDING: Trouble("result not ready", "run the same command again later"),
        Reason.UNKNOWN_CHARGE: Trouble("charge unknown"),
        Reason.BAD_INPUT: Trouble("question refused"),
        Reason.BUDGET: Trouble("no money left"),
        Reason.TOO_DEAR: Trouble("left out, its cells are too dear"),
        Reason.OFFLINE: Trouble("offline"),
        Reason.INTERRUPTED: Trouble("interrupted"),
    }
)
"""The order is that of weight: the first of a provider's reasons gives the advice."""

ENDINGS: Mapping[JobStatus, str] = MappingProxyType(
    {
        JobStatus.RUNNING: "Running for",
        JobStatus.COMPLETE: "Done in",
        JobStatus.BUDGET: "Out of money after",
        JobStatus.PARTIAL: "Done in part, in",
        JobStatus.INTERRUPTED: "Stopped after",
    }
)
"""What to say before the time that a run took."""


def gap_trouble(gap: Gap, reached: Collection[str]) -> Trouble:
    """Why cells with this gap are empty; `reached` are the budgets that were used up.

    Where none was, only an entity's ceiling can have been in the way.
    """
    troubles = [trouble for name, trouble in BUDGETS.items() if name in reached]
    if gap is not Gap.BUDGET or not troubles:
        return GAPS[gap]
    return Trouble(", ".join(trouble.what for trouble in troubles), troubles[0].advice)


def provider_trouble(line: ProviderLine, key: str = "") -> Trouble:
    """What one provider's failures were, by kind, and what to do about the weightiest.

    `key` is the environment variable of its key, where that is known.
    """
    reasons = [reason for reason in FAILURES if line.reasons.get(reason)]
    advice = next((FAILURES[reason].advice for reason in reasons if FAILURES[reason].advice), "")
    return Trouble(
        failure_kinds(line),
        advice.replace("{key}", key or "its environment variable").replace("{provider}", line.name),
    )


def failure_kinds(*lines: ProviderLine) -> str:
    """Providers' failures by kind: `key refused (4), timed out (9)`; empty where none."""
    counts = {reason: sum(line.reasons.get(reason, 0) for line in lines) for reason in FAILURES}
    return ", ".join(
        f"{trouble.what} ({counts[reason]:,})"
        for reason, trouble in FAILURES.items()
        if counts[reason]
    )


def entities(type_: EntityType, number: int) -> str:
    """How many entities of a type: `1 company`, `20 people`."""
    match type_:
        case EntityType.COMPANY:
            return counted(number, "company", "companies")
        case EntityType.PERSON:
            return counted(number, "person", "people")
