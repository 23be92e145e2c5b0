"""The closing summary: what a person needs to know, at any width, without colour."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from enrich_cli.domain.money import ZERO, parse_money
from enrich_cli.domain.outcome import Gap, Reason
from enrich_cli.domain.report import Report
from enrich_cli.domain.store import JobStatus
from enrich_cli.views.report import print_summary

Shown = Callable[[Callable[[Console], None], int], str]
WIDTHS = (60, 100, 200)


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("width", WIDTHS)
def test_it_says_what_was_filled_for_how_much_and_what_is_missing(
    report: Report, shown: Shown, width: int
) -> None:
    notes = ["acme-mail is skipped: ACME_MAIL_KEY is not set"]
    keys = {"acme-search": "ACME_SEARCH_KEY"}
    text = flat(shown(lambda c: print_summary(report, c, notes, keys=keys), width))
    for said in (
        "Out of money after 6.5 s: 210 of 290 cells filled (72 %)",
        (
            "leads.csv: 100 rows; 10 companies (2 known, 8 asked about);"
            " 40 people (1 known, 23 asked about)"
        ),
        "company_name 90 100 90 % website 89, acme-search 1",
        "job_title 50 100 50 % acme-people 50",
        "website 8 5 2 2 159 $0.00",
        "acme-people 23 15 3 1 50 $12.35",
        (
            "Spent $12.35 of $25.00. Cell by cell, at list price: $60.00,"
            " so $47.66 (79 %) were saved."
        ),
        "3 answers came from the store, for nothing.",
        "$0.62 in 1 call may have been charged without an answer",
        "80 cells stayed empty",
        "budget 42",
        "raise --budget, the same command goes on where it stopped",
        "unknown_charge 8",
        "no_identifier 6",
        "acme-search: key refused (3); check the key in ACME_SEARCH_KEY.",
        "Note: acme-mail is skipped: ACME_MAIL_KEY is not set",
    ):
        assert said in text, said
    assert "acme-register" not in text  # it was not asked, and says nothing


def test_it_stays_small(report: Report, shown: Shown) -> None:
    assert len(shown(lambda c: print_summary(report, c), 100).splitlines()) <= 30
    widest = max(map(len, shown(lambda c: print_summary(report, c), 200).splitlines()))
    assert widest <= 100  # long lines are hard to read


@pytest.mark.parametrize("width", [20, 30, 45])
def test_a_narrow_console_gets_sentences(report: Report, shown: Shown, width: int) -> None:
    text = flat(shown(lambda c: print_summary(report, c), width))
    assert "acme-people: asked 23, hits 15, failed 3, stored 1, cells 50, spent $12.35" in text


def test_without_colour_there_is_not_one_escape(report: Report, shown: Shown) -> None:
    assert "\x1b" not in shown(lambda c: print_summary(report, c), 80)


def test_a_clean_run_says_little(report: Report, shown: Shown) -> None:
    clean = replace(
        report,
        status=JobStatus.COMPLETE,
        gaps={},
        unknown=ZERO,
        unknown_calls=0,
        unknown_charges=(),
        budget=None,
        naive=ZERO,
        undone=ZERO,
        spent=ZERO,
        cells_filled=290,
        providers=report.providers[:1],
    )
    text = flat(shown(lambda c: print_summary(clean, c), 100))
    assert text.startswith("Done in 6.5 s: 290 of 290 cells filled (100 %)")
    assert text.endswith("Spent $0.00. 2 answers came from the store, for nothing.")
    for word in ("empty", "charged without", "Cell by cell", "Note", "timed out"):
        assert word not in text


def test_nothing_to_fill_is_said(report: Report, shown: Shown) -> None:
    idle = replace(report, cells_wanted=0, cells_filled=0, fields=(), providers=(), gaps={})
    assert "no cell to fill" in shown(lambda c: print_summary(idle, c), 60)


def test_a_loss_is_not_called_a_saving(report: Report, shown: Shown) -> None:
    dear = replace(report, naive=parse_money("3"))
    text = flat(shown(lambda c: print_summary(dear, c), 100))
    assert "Cell by cell, at list price: $3.00." in text
    assert "saved" not in text


def test_unpriced_calls_are_not_called_free(report: Report, shown: Shown) -> None:
    first, *rest = report.providers
    odd = replace(report, providers=(replace(first, unpriced_calls=1), *rest))
    text = flat(shown(lambda c: print_summary(odd, c), 100))
    assert "website 8 5 2 2 159 unpriced" in text
    assert "1 call had no known price: not in this sum." in text


def test_failures_that_others_made_good_need_no_advice(report: Report, shown: Shown) -> None:
    mended = replace(report, gaps={Gap.NOT_FOUND: 3})
    text = flat(shown(lambda c: print_summary(mended, c), 100))
    assert "run the same command again later" not in text
    assert "acme-search: key refused (3)" in text  # shut for the run: always worth a word


def test_without_key_names_the_advice_still_stands(report: Report, shown: Shown) -> None:
    text = flat(shown(lambda c: print_summary(report, c), 100))
    assert "acme-search: key refused (3); check the key in its environment variable." in text


@pytest.mark.parametrize("gap", [*Gap])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_gap_is_explained(report: Report, shown: Shown, gap: Gap, width: int) -> None:
    only = replace(report, gaps={gap: 1234})
    text = flat(shown(lambda c: print_summary(only, c), width))
    assert "1,234 cells stayed empty" in text
    assert f"{gap.value} 1,234 " in text


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_text_is_only_text(report: Report, shown: Shown, width: int) -> None:
    first, *rest = report.providers
    wild = replace(
        report,
        path="\x1b]0;owned\x07[red]leads[/red].csv",
        providers=(
            replace(first, name="[blink]x[/blink]\x1b[2J", reasons={Reason.AUTH: 1}),
            *rest,
        ),
    )
    notes = ["[link=http://x.example]click[/link]\r\x1b[1A:bomb:", "\u202etxt.exe"]
    text = shown(lambda c: print_summary(wild, c, notes), width)
    assert not {"\x1b", "\x07", "\r", "\u202e"} & {*text}
    for said in (
        "\\x1b]0;owned\\x07[red]leads[/red].csv",
        "[blink]x[/blink]\\x1b[2J",
        "[link=http://x.example]click[/link]\\r\\x1b[1A:bomb:",
        "\\u202etxt.exe",
    ):
        assert said in text.replace("\n", "")


def test_hostile_markup_has_no_effect_on_a_terminal_either(report: Report) -> None:
    out = io.StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system="truecolor")
    print_summary(replace(report, path="[red]leads[/red].csv"), console)
    line = next(line for line in out.getvalue().splitlines() if "leads" in line)
    assert line.startswith("[red]leads[/red].csv: 100 rows")


def test_large_numbers_keep_their_digits(report: Report, shown: Shown) -> None:
    large = tuple(
        replace(line, items=1_234_567, hits=1_000_000, misses=234_567, cached=7_654_321)
        for line in report.providers
    )
    for width in WIDTHS:
        text = flat(shown(lambda c: print_summary(replace(report, providers=large), c), width))
        for number in ("1,234,567", "1,000,000", "234,567", "7,654,321"):
            assert number in text
