"""Every reason in the closed lists has words."""

from __future__ import annotations

from collections import Counter

import pytest

from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.money import ZERO
from enrich_cli.domain.outcome import Gap, Reason
from enrich_cli.domain.provider import Tier
from enrich_cli.domain.report import ProviderLine
from enrich_cli.domain.store import JobStatus
from enrich_cli.views.words import (
    BUDGETS,
    ENDINGS,
    FAILURES,
    GAPS,
    Trouble,
    entities,
    failure_kinds,
    gap_trouble,
    provider_trouble,
)


def line(**reasons: int) -> ProviderLine:
    counts = Counter({Reason(name): number for name, number in reasons.items()})
    return ProviderLine("acme", Tier.CHEAP, 9, 9, 0, 0, counts.total(), 0, ZERO, 0, dict(counts))


def test_the_words_cover_the_closed_lists() -> None:
    assert set(GAPS) == set(Gap)
    assert set(FAILURES) == set(Reason)
    assert set(ENDINGS) == set(JobStatus)
    every = [trouble.what for trouble in (*GAPS.values(), *FAILURES.values())]
    assert len({*every}) == len(every)
    assert all(every)


def test_a_budget_gap_names_the_ceiling_that_was_reached() -> None:
    assert "--max-per-entity" in gap_trouble(Gap.BUDGET, ()).advice
    assert "--budget" in gap_trouble(Gap.BUDGET, ["run"]).advice
    assert "[budget] month" in gap_trouble(Gap.BUDGET, ["month"]).advice
    assert gap_trouble(Gap.BUDGET, ["day", "run"]) == Trouble(
        "the money was used up, the budget of the day was used up", BUDGETS["run"].advice
    )
    assert gap_trouble(Gap.NOT_FOUND, ["run"]) == gap_trouble(Gap.NOT_FOUND, ())


@pytest.mark.parametrize(
    ("failed", "key", "trouble"),
    [
        (
            line(timeout=1200, auth=1),
            "ACME_KEY",
            Trouble("key refused (1), timed out (1,200)", "check the key in ACME_KEY"),
        ),
        (
            line(auth=1),
            "",
            Trouble("key refused (1)", "check the key in its environment variable"),
        ),
        (line(out_of_credit=2), "", Trouble("account empty (2)", "top up the account")),
        (
            line(garbage=2, server_error=1),
            "",
            Trouble("unreadable reply (2), server error (1)", "try `enrich providers check acme`"),
        ),
        (line(bad_input=3), "", Trouble("question refused (3)")),
        (line(timeout=0), "", Trouble("")),
    ],
    ids=["auth first", "no key name", "credit", "garbage", "no advice", "none"],
)
def test_the_weightiest_failure_gives_the_advice(
    failed: ProviderLine, key: str, trouble: Trouble
) -> None:
    assert provider_trouble(failed, key) == trouble
    assert failure_kinds(failed) == trouble.what


def test_entities_are_counted_by_their_own_noun() -> None:
    assert entities(EntityType.COMPANY, 1) == "1 company"
    assert entities(EntityType.COMPANY, 2) == "2 companies"
    assert entities(EntityType.PERSON, 1) == "1 person"
    assert entities(EntityType.PERSON, 1200) == "1,200 people"
