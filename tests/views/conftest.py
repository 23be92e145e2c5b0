"""A made-up run, event by event, and consoles that keep what is printed on them."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.cells import cell_len
from rich.console import Console

from enrich_cli.domain.entity import EntityKey, EntityType, Field
from enrich_cli.domain.events import (
    BudgetReached,
    CacheRead,
    CallSettled,
    ChunkDone,
    EntityDone,
    Event,
    RetryScheduled,
    RunFinished,
    RunStarted,
)
from enrich_cli.domain.history import Forecasted
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import ZERO, parse_money
from enrich_cli.domain.outcome import Gap, Reason
from enrich_cli.domain.provider import Tier
from enrich_cli.domain.report import Report, Tally
from enrich_cli.domain.store import JobStatus, Operations

START = 1_795_514_400.0  # 2026-11-24T10:00:00Z
NAME, SIZE, TITLE = Field("company_name"), Field("employee_count"), Field("job_title")


def keys(first: int, number: int) -> tuple[EntityKey, ...]:
    return tuple(EntityKey(f"{i:032x}") for i in range(first, first + number))


@pytest.fixture
def stream() -> list[Event]:
    """Two chunks: a site that times out once, a key refused, money gone, a charge unknown."""
    return [
        RunStarted(
            at=START,
            job="2026-11-24-a1",
            table="leads.csv",
            rows=100,
            wanted={NAME: 100, SIZE: 90, TITLE: 100},
            gaps={Gap.NO_IDENTIFIER: 6, Gap.FREE_MAIL: 3},
            entities={EntityType.COMPANY: (98, 10), EntityType.PERSON: (100, 40)},
            providers=(
                ("website", Tier.FREE),
                ("acme-register", Tier.FREE),
                ("acme-search", Tier.CHEAP),
                ("acme-people", Tier.PREMIUM),
            ),
            budget=parse_money("25"),
            held={NAME: 0, SIZE: 10},
        ),
        CacheRead(START + 0.1, 10, {"website": 2, "acme-people": 1}),
        CallSettled(
            at=START + 1.25,
            provider="website",
            entities=keys(2, 8),
            hits=5,
            misses=1,
            failures={Reason.TIMEOUT: 2},
            state=ChargeState.FREE,
            amount=ZERO,
            seconds=1.1504,
        ),
        RetryScheduled(START + 1.3, "website", 2, Reason.TIMEOUT, 0.5, 1),
        CallSettled(
            at=START + 2,
            provider="acme-search",
            entities=keys(2, 3),
            hits=0,
            misses=0,
            failures={Reason.AUTH: 3},
            state=ChargeState.FAILED,
            amount=ZERO,
            seconds=0.2,
        ),
        ChunkDone(
            at=START + 3,
            type=EntityType.COMPANY,
            entities=10,
            cached=2,
            asked=8,
            filled={NAME: {"acme-search": 1, "website": 89}, SIZE: {"website": 70}},
            gaps={Gap.NOT_FOUND: 11, Gap.PROVIDER_FAILED: 10},
            naive=ZERO,
            sure={NAME: {95: 60, 40: 30}, SIZE: {70: 50}},
        ),
        CallSettled(
            at=START + 4,
            provider="acme-people",
            entities=keys(100, 20),
            hits=15,
            misses=5,
            failures={},
            state=ChargeState.SETTLED,
            amount=parse_money("12.345"),
            seconds=0.9,
        ),
        CallSettled(
            at=START + 5,
            provider="acme-people",
            entities=keys(120, 3),
            hits=0,
            misses=0,
            failures={Reason.TIMEOUT: 3},
            state=ChargeState.UNKNOWN,
            amount=parse_money("0.62"),
            seconds=30,
        ),
        BudgetReached(START + 5.5, "acme-people", parse_money("0.62"), parse_money("0.05")),
        EntityDone(
            at=START + 5.75,
            type=EntityType.PERSON,
            entity=keys(100, 1)[0],
            identifier="jo@acme.example",
            rows=3,
            values={TITLE: "Head of Things"},
            sources={TITLE: "acme-people"},
            gaps={Field("person_phone"): Gap.NOT_FOUND},
        ),
        ChunkDone(
            at=START + 6,
            type=EntityType.PERSON,
            entities=40,
            cached=1,
            asked=23,
            filled={TITLE: {"acme-people": 50}},
            gaps={Gap.BUDGET: 42, Gap.UNKNOWN_CHARGE: 8},
            naive=parse_money("60"),
            undone=parse_money("10.54"),
        ),
        RunFinished(
            START + 6.5,
            JobStatus.BUDGET,
            6.5,
            Operations(1, 12),
            Forecasted(*map(parse_money, ("9.5", "14", "20.25", "25", "12.345"))),
        ),
    ]


def told(events: list[Event]) -> Report:
    tally = Tally()
    for event in events:
        tally(event)
    return tally.report()


@pytest.fixture
def report(stream: list[Event]) -> Report:
    return told(stream)


Shown = Callable[[Callable[[Console], None], int], str]


@pytest.fixture
def shown() -> Shown:
    """Print on a console without colour, of that width; no line may be wider than it."""

    def show(paint: Callable[[Console], None], width: int) -> str:
        out = io.StringIO()
        paint(Console(file=out, width=width, color_system=None))
        text = out.getvalue()
        too_wide = [line for line in text.splitlines() if cell_len(line) > width]
        assert too_wide == []
        return text

    return show
