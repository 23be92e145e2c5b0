"""A run as lines of a log: what somebody wants to know who looks the next morning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from enrich_cli.domain.events import (
    BudgetReached,
    CallSettled,
    ChargesFound,
    Event,
    RetryScheduled,
    RunFinished,
    RunStarted,
)
from enrich_cli.domain.money import Money, format_money
from enrich_cli.domain.report import Tally
from enrich_cli.views.text import clean, counted, duration, utc
from enrich_cli.views.words import FAILURES, entities, gap_trouble


class LogLines:
    """A sink that writes a line for whatever went wrong, and for the start and the end of a run.

    A line is a time in UTC, the program with its process id in brackets, as syslog has it, and
    the text. Calls that went well are not told. Where the stream can no longer be written to, the
    run goes on, and nothing more is written.
    """

    def __init__(self, out: TextIO, process: int) -> None:
        self._out = out
        self._process = process
        self._tally = Tally()
        self._silent = False

    def __call__(self, event: Event) -> None:
        """Write what one event has to tell."""
        self._tally(event)
        for text in self._told(event):
            self.line(event.at, text)

    def line(self, at: float, text: str) -> None:
        """Write one line; `at` is in seconds since the epoch."""
        if self._silent:
            return
        try:
            self._out.write(f"{utc(at)} enrich[{self._process}]: {clean(text)}\n")
            self._out.flush()
        except (OSError, ValueError):  # ValueError: the stream is closed
            self._silent = True

    def _told(self, event: Event) -> Iterator[str]:
        match event:
            case RunStarted():
                budget = "none" if event.budget is None else f"${format_money(event.budget)}"
                found = [entities(type_, n) for type_, (_, n) in event.entities.items() if n]
                size = ", ".join([counted(event.rows, "row"), *found])
                yield f"job {event.job} started: {event.table}: {size}"
                yield f"{counted(sum(event.wanted.values()), 'cell')} to fill, budget {budget}"
            case CallSettled(provider=provider, failures=failures):
                for reason, count in failures.items():
                    yield f"{provider}: {FAILURES[reason].what} ({count:,})"
            case RetryScheduled():
                yield (
                    f"{event.provider}: {FAILURES[event.reason].what}, asked again in"
                    f" {duration(event.delay)}"
                )
            case BudgetReached(budget="cell"):
                limit = format_money(event.left)
                yield (
                    f"{event.provider}: left out, a cell costs ${format_money(event.needed)}"
                    f" or more, and may cost ${limit}"
                )
            case BudgetReached():
                left = format_money(event.left)
                yield f"{event.provider}: needs ${format_money(event.needed)}, ${left} left"
            case ChargesFound(charges=charges):
                worst = format_money(Money(sum(charge.worst for charge in charges)))
                yield (
                    f"{counted(len(charges), 'call')} of earlier runs may have been charged"
                    f" without an answer: up to ${worst}"
                )
            case RunFinished():
                yield from self._end(event)
            case _:
                pass

    def _end(self, event: RunFinished) -> Iterator[str]:
        report = self._tally.report()
        for gap, cells in report.gaps.items():
            why = gap_trouble(gap, report.reached).what
            yield f"{counted(cells, 'cell')} stayed empty, {gap.value}: {why}"
        yield (
            f"job {report.job} ended, {event.status.value}: {report.cells_filled:,} of"
            f" {counted(report.cells_wanted, 'cell')} filled in {duration(event.seconds)},"
            f" ${format_money(report.spent)} spent"
        )
