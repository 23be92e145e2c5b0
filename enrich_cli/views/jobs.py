"""Past and running jobs, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from enrich_cli.domain.ledger import Charge, ChargeState
from enrich_cli.domain.money import ZERO, Money, format_money
from enrich_cli.domain.store import DEAD_AFTER, Job, JobStatus
from enrich_cli.views.encode import encode_document
from enrich_cli.views.report import print_summary
from enrich_cli.views.report_reading import read_report
from enrich_cli.views.tables import Column, Kind, print_line, print_table
from enrich_cli.views.text import cents, counted, duration, utc

if TYPE_CHECKING:
    from rich.console import Console


def state(job: Job, now: float) -> str:
    """How a job stands or ended. `now` is in seconds since the epoch.

    One that neither ended nor gives signs of life was interrupted.
    """
    dead = job.status is JobStatus.RUNNING and now - job.beat > DEAD_AFTER
    return (JobStatus.INTERRUPTED if dead else job.status).value


def jobs_json(jobs: Sequence[Job], now: float) -> bytes:
    """What is known of each job, without its report, as a JSON document."""
    return encode_document([_job(job, now) for job in jobs])


def _job(job: Job, now: float) -> dict[str, Any]:
    return {
        "job": job.id,
        "table": job.table,
        "status": state(job, now),
        "started_at": utc(job.started),
        "finished_at": None if job.finished is None else utc(job.finished),
        "entities": job.entities,
        "processed": job.processed,
        "spent": format_money(job.spent),
    }


def print_jobs(jobs: Sequence[Job], now: float, console: Console) -> None:
    """Print a line for each job, the latest first."""
    if not jobs:
        print_line(console, "There was no job yet.")
        return
    print_table(
        console,
        (
            Column("job", Kind.NAME),
            Column("state", Kind.NAME),
            Column("entities"),
            Column("spent"),
            Column("took"),
            Column("table", Kind.WORDS),
        ),
        [
            (
                job.id,
                state(job, now),
                f"{job.processed:,}/{job.entities:,}",
                cents(job.spent),
                duration((job.finished or job.beat) - job.started),
                job.table,
            )
            for job in sorted(jobs, key=lambda job: job.started, reverse=True)
        ],
    )


def job_json(job: Job, charges: Sequence[Charge], now: float) -> bytes:
    """One job with its charges by provider and state, and the report where it has one."""
    return encode_document(
        {
            **_job(job, now),
            "charges": [
                {"provider": provider, "state": state_.value, "calls": calls, "usd": money}
                for provider, state_, calls, money in (
                    (p, s, n, format_money(m)) for p, s, n, m in _summed(charges)
                )
            ],
            "report": msgspec.json.decode(job.report) if job.report else None,
        }
    )


def print_job(
    job: Job, charges: Sequence[Charge], now: float, console: Console, keys: Mapping[str, str]
) -> None:
    """Print one job: when it ran, what it came to, and what it paid.

    `keys` gives the environment variable of a provider's key, by the provider's name.
    """
    print_line(console, f"Job {job.id}, {state(job, now)}, started {utc(job.started)}")
    try:
        report = read_report(job.report) if job.report else None
    except ValueError:
        report = None
        print_line(console, "Its report was kept by another version; --json shows it.")
    if report is not None:
        print_summary(report, console, keys=keys)
    else:
        took = duration((job.finished or job.beat) - job.started)
        print_line(
            console,
            f"{job.table}: {job.processed:,} of {counted(job.entities, 'entity', 'entities')}"
            f" in {took}, {cents(job.spent)} spent",
        )
    if job.finished is None and state(job, now) != JobStatus.RUNNING:
        print_line(console, "It was cut off. The same command again goes on where it stopped.")
    if rows := [*_charge_rows(charges)]:
        console.print()
        heads = (Column("charges of", Kind.NAME), Column("state", Kind.NAME))
        print_table(console, (*heads, Column("calls"), Column("amount")), rows)


def _summed(charges: Sequence[Charge]) -> Iterator[tuple[str, ChargeState, int, Money]]:
    order = list(ChargeState)

    def key(charge: Charge) -> tuple[str, int]:
        return charge.provider, order.index(charge.state)

    for (provider, place), group in groupby(sorted(charges, key=key), key=key):
        some = list(group)
        yield provider, order[place], len(some), Money(sum((_amount(c) for c in some), ZERO))


def _amount(charge: Charge) -> Money:
    """What a charge came to; an open one may come to its worst price."""
    return charge.worst if charge.state is ChargeState.INTENT else charge.actual


def _charge_rows(charges: Sequence[Charge]) -> Iterator[tuple[str, str, str, str]]:
    for provider, state_, calls, money in _summed(charges):
        doubt = state_ in (ChargeState.INTENT, ChargeState.UNKNOWN)
        yield provider, state_.value, f"{calls:,}", f"{'up to ' if doubt else ''}{cents(money)}"
