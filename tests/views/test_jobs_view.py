"""Jobs on a screen and as JSON, and a kept report read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from enrich_cli.domain.entity import EntityKey
from enrich_cli.domain.ledger import Charge, ChargeState
from enrich_cli.domain.money import Money, parse_money
from enrich_cli.domain.report import Report
from enrich_cli.domain.store import Job, JobStatus
from enrich_cli.views.jobs import job_json, jobs_json, print_job, print_jobs, state
from enrich_cli.views.report import report_json
from enrich_cli.views.report_reading import read_report
from tests.views.conftest import START

Shown = Callable[[Callable[[Console], None], int], str]
RUNNING = Job("20261124-1", "leads.csv", START, START + 20, JobStatus.RUNNING, 500, 120, Money(900))
ENDED = replace(
    RUNNING, id="20261123-9", started=START - 86_400, finished=START - 86_300,
    status=JobStatus.COMPLETE, processed=500, spent=parse_money("12.345"),
)  # fmt: skip


def charge(number: int, state_: ChargeState, actual: str = "0") -> Charge:
    return Charge(
        str(number), RUNNING.id, "acme", (EntityKey("a" * 32),), parse_money("0.5"), START,
        state_, parse_money(actual),
    )  # fmt: skip


CHARGES = [
    charge(1, ChargeState.SETTLED, "0.5"),
    charge(2, ChargeState.SETTLED, "0.25"),
    charge(3, ChargeState.INTENT),
    charge(4, ChargeState.UNKNOWN, "0.5"),
]


@pytest.mark.parametrize(
    ("job", "now", "said"),
    [
        (RUNNING, START + 50, "running"),
        (RUNNING, START + 51, "interrupted"),
        (ENDED, START + 10**6, "complete"),
    ],
)
def test_a_job_without_signs_of_life_was_interrupted(job: Job, now: float, said: str) -> None:
    assert state(job, now) == said


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_latest_job_comes_first(shown: Shown, width: int) -> None:
    text = shown(lambda c: print_jobs([ENDED, RUNNING], START + 25, c), width)
    assert [line.split() for line in text.splitlines()] == [
        ["job", "state", "entities", "spent", "took", "table"],
        ["20261124-1", "running", "120/500", "$0.0009", "20", "s", "leads.csv"],
        ["20261123-9", "complete", "500/500", "$12.35", "1", "min", "40", "s", "leads.csv"],
    ]


def test_no_job_is_said(shown: Shown) -> None:
    assert shown(lambda c: print_jobs([], START, c), 80) == "There was no job yet.\n"


def test_json_has_the_jobs_as_they_were(report: Report) -> None:
    (job,) = json.loads(jobs_json([ENDED], START))
    assert job == {
        "job": "20261123-9", "table": "leads.csv", "status": "complete",
        "started_at": "2026-11-23T10:00:00Z", "finished_at": "2026-11-23T10:01:40Z",
        "entities": 500, "processed": 500, "spent": "12.345",
    }  # fmt: skip
    one = json.loads(job_json(replace(ENDED, report=report_json(report)), CHARGES, START))
    assert one["report"] == json.loads(report_json(report))
    assert one["charges"] == [
        {"provider": "acme", "state": "intent", "calls": 1, "usd": "0.50"},
        {"provider": "acme", "state": "settled", "calls": 2, "usd": "0.75"},
        {"provider": "acme", "state": "unknown", "calls": 1, "usd": "0.50"},
    ]


@pytest.mark.parametrize("width", [60, 100, 200])
def test_a_job_that_died_says_what_it_may_have_paid(shown: Shown, width: int) -> None:
    text = shown(lambda c: print_job(RUNNING, CHARGES, START + 99, c, {}), width)
    flat = " ".join(text.split())
    for said in (
        "Job 20261124-1, interrupted, started 2026-11-24T10:00:00Z",
        "leads.csv: 120 of 500 entities in 20 s, $0.0009 spent",
        "The same command again goes on where it stopped.",
        "acme intent 1 up to $0.50",
        "acme settled 2 $0.75",
        "acme unknown 1 up to $0.50",
    ):
        assert said in flat, said


def test_a_job_shows_the_summary_of_its_report(report: Report, shown: Shown) -> None:
    job = replace(ENDED, report=report_json(report))
    text = shown(lambda c: print_job(job, [], START, c, {"acme-search": "ACME_KEY"}), 100)
    assert "Out of money after 6.5 s: 210 of 290 cells filled (72 %)" in text
    assert "check the key in ACME_KEY" in text


def test_a_report_comes_back_as_it_was(report: Report) -> None:
    assert read_report(report_json(report)) == report


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"null", b'{"table": 1, "spend": 2}'])
def test_anything_else_is_no_report(text: bytes, shown: Shown) -> None:
    with pytest.raises(ValueError, match="not a report"):
        read_report(text)
    if text:
        said = shown(lambda c: print_job(replace(ENDED, report=text), [], START, c, {}), 80)
        assert "kept by another version" in said
