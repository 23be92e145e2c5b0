"""The lines of a log: a time, who speaks, and one line whatever the text."""

from __future__ import annotations

import io
from dataclasses import replace

from enrich_cli.domain.events import Event, RunStarted
from enrich_cli.views.log import LogLines


def test_a_run_in_a_log(stream: list[Event]) -> None:
    out = io.StringIO()
    log = LogLines(out, 42)
    for event in stream:
        log(event)
    assert out.getvalue().splitlines() == [
        f"2026-11-24T10:00:{second:02}Z enrich[42]: {text}"
        for second, text in (
            (0, "job 2026-11-24-a1 started: leads.csv: 100 rows, 10 companies, 40 people"),
            (0, "290 cells to fill, budget $25.00"),
            (1, "website: timed out (2)"),
            (1, "website: timed out, asked again in 0.5 s"),
            (2, "acme-search: key refused (3)"),
            (5, "acme-people: timed out (3)"),
            (5, "acme-people: needs $0.62, $0.05 left"),
            (6, "6 cells stayed empty, no_identifier: the row names no company or person"),
            (6, "3 cells stayed empty, free_mail: the row has only a free-mail address"),
            (6, "11 cells stayed empty, not_found: asked, and nobody knows it"),
            (6, "42 cells stayed empty, budget: the money was used up"),
            (6, "10 cells stayed empty, provider_failed: a provider could not be asked"),
            (6, "8 cells stayed empty, unknown_charge: perhaps paid for, but no answer came"),
            (6, "job 2026-11-24-a1 ended, budget: 210 of 290 cells filled in 6.5 s, $12.345 spent"),
        )
    ]


def test_text_from_outside_stays_on_its_line(stream: list[Event]) -> None:
    start = stream[0]
    assert isinstance(start, RunStarted)
    out = io.StringIO()
    LogLines(out, 1)(replace(start, table="a\nb\x1b[2J.csv"))
    assert len(out.getvalue().splitlines()) == 2
    assert "\x1b" not in out.getvalue()


class Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_log_that_is_full_ends_no_run(stream: list[Event]) -> None:
    log = LogLines(Full(), 1)
    for event in stream:
        log(event)
