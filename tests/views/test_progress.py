"""The bar and the plain lines: right numbers at the right time, and a clean screen at the end."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from enrich_cli.domain.entity import EntityKey, EntityType
from enrich_cli.domain.events import (
    CallSettled,
    ChunkDone,
    Event,
    RetryScheduled,
    RowsWritten,
    RunStarted,
)
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import ZERO, parse_money
from enrich_cli.domain.outcome import Reason
from enrich_cli.views.progress import PlainProgress, Progress, Watch, fitting

Shown = Callable[[Callable[[Console], None], int], str]


class Time:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def play(sink: Callable[[Event], None], events: list[Event], clock: Time) -> None:
    """Hand over the events, each at its own time after the start."""
    start = events[0].at
    for event in events:
        clock.now = event.at - start
        sink(event)


def seen(stream: list[Event], show: Shown, width: int, until: int | None = None) -> list[str]:
    clock = Time()

    def paint(console: Console) -> None:
        progress = Progress(console, clock)
        play(progress, stream[:until], clock)
        console.print(progress.frame())

    return [line.rstrip() for line in show(paint, width).splitlines()]


def test_the_frame_has_a_line_for_each_busy_provider_and_one_for_the_run(
    stream: list[Event], shown: Shown
) -> None:
    assert seen(stream, shown, 140, until=9) == [
        "website            8 asked   83 % found  timed out (2)",
        "acme-search        3 asked  key refused (3)",
        "acme-people       23 asked   75 % found  $12.35  no money left  timed out (3)",
        "\u2501\u2501\u2501\u2501\u2578" + " " * 19 + "  10 of 50 entities"
        "  $12.35 of $25.00  about 10 s left  88 % found  $134.67/min  0.7 calls/s"
        "  12 under way  8 failed",
    ]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 200])
def test_a_frame_fits_its_console_and_leads_with_what_matters(
    stream: list[Event], shown: Shown, width: int
) -> None:
    lines = seen(stream, shown, width)
    assert len(lines) == 4
    assert "50 of 50 entities" in lines[-1]
    if width >= 60:
        assert "$12.35 of $25.00" in lines[-1]
        assert "about 0 s left" in lines[-1]


def test_a_provider_that_is_full_says_for_how_long(stream: list[Event], shown: Shown) -> None:
    clock = Time()
    full = RetryScheduled(stream[0].at + 2, "website", 3, Reason.RATE_LIMITED, 12.0, 1)

    def at(seconds: float) -> list[str]:
        def paint(console: Console) -> None:
            progress = Progress(console, clock)
            play(progress, [*stream[:3], full], clock)
            clock.now = seconds
            console.print(progress.frame())

        return shown(paint, 100).splitlines()

    assert at(4.5)[0].startswith("website        8 asked   83 % found  full, asked again in 10 s")
    assert "full" not in at(14.5)[0]


def test_before_the_start_there_is_nothing_to_see(shown: Shown) -> None:
    text = shown(lambda c: c.print(Progress(c, Time()).frame()), 80)
    assert text.strip() == ""


def test_a_low_terminal_shows_as_many_providers_as_there_is_room(stream: list[Event]) -> None:
    out = io.StringIO()
    console = Console(file=out, width=80, height=4, color_system=None)
    progress, clock = Progress(console, clock := Time()), clock
    play(progress, stream, clock)
    console.print(progress.frame())
    assert len(out.getvalue().splitlines()) == 3


def test_hostile_provider_names_are_only_text(stream: list[Event], shown: Shown) -> None:
    start, call = stream[0], stream[2]
    assert isinstance(start, RunStarted)
    assert isinstance(call, CallSettled)
    name = "[red]\x1b[2Jx"
    wild = [replace(start, providers=((name, start.providers[0][1]),))]
    lines = seen([*wild, replace(call, provider=name)], shown, 100)
    assert lines[0].startswith("[red]\\x1b[2Jx")


class Screen:
    """Just enough of a terminal to see what is left on it."""

    def __init__(self, text: str) -> None:
        self.lines = [""]
        self.cursor_shown = True
        row = column = 0
        for token in re.findall(r"\x1b\[[?0-9;]*[a-zA-Z]|.|\n", text, re.DOTALL):
            match token:
                case "\n":
                    row, column = row + 1, 0
                    if row == len(self.lines):
                        self.lines.append("")
                case "\r":
                    column = 0
                case "\x1b[2K":
                    self.lines[row] = ""
                case "\x1b[1A":
                    row -= 1
                case "\x1b[?25l" | "\x1b[?25h":
                    self.cursor_shown = token.endswith("h")
                case _ if token.startswith("\x1b"):
                    assert token.endswith("m"), token
                case _:
                    line = self.lines[row].ljust(column)
                    self.lines[row] = line[:column] + token + line[column + 1 :]
                    column += 1


def terminal() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    console = Console(
        file=out, width=100, height=20, force_terminal=True, color_system="standard",
        legacy_windows=False, _environ={"TERM": "xterm"},
    )  # fmt: skip
    return console, out


def test_the_screen_is_clean_at_the_end(stream: list[Event]) -> None:
    console, out = terminal()
    clock = Time()
    with Progress(console, clock) as progress:
        play(progress, stream, clock)
    console.print("after")
    assert "50 of 50 entities" in out.getvalue()  # it was painted
    screen = Screen(out.getvalue())
    assert [line for line in screen.lines if line] == ["after"]
    assert screen.cursor_shown


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_the_screen_is_clean_after_an_exception_too(
    stream: list[Event], error: type[BaseException]
) -> None:
    console, out = terminal()
    clock = Time()
    streams = (sys.stdout, sys.stderr)
    with pytest.raises(error), Progress(console, clock) as progress:  # noqa: PT012
        play(progress, stream[:5], clock)
        raise error
    screen = Screen(out.getvalue())
    assert "".join(screen.lines) == ""
    assert screen.cursor_shown
    assert (sys.stdout, sys.stderr) == streams


def test_standard_output_is_left_alone(stream: list[Event]) -> None:
    console, _ = terminal()
    before = sys.stdout
    with Progress(console, Time()) as progress:
        progress(stream[0])
        assert sys.stdout is before


class Gone(io.StringIO):
    """A terminal that was closed."""

    gone = False

    def write(self, text: str) -> int:
        if self.gone:
            raise OSError(5, "Input/output error")
        return super().write(text)


def test_a_terminal_that_has_gone_away_ends_no_run(stream: list[Event]) -> None:
    out = Gone()
    console = Console(file=out, width=80, force_terminal=True, _environ={"TERM": "xterm"})
    with Progress(console, Time()) as progress:
        progress(stream[0])
        out.gone = True
    out.gone = False


def test_an_event_paints_nothing_by_itself(stream: list[Event]) -> None:
    console, out = terminal()
    progress = Progress(console, clock := Time())
    for _ in range(1000):
        play(progress, stream[:-1], clock)
    assert out.getvalue() == ""


def asked(at: float, entities: int, first: int = 0) -> CallSettled:
    keys = tuple(EntityKey(f"{i:032x}") for i in range(first, first + entities))
    return CallSettled(at, "website", keys, entities, 0, {}, ChargeState.FREE, ZERO, 0.1)


def through(at: float, entities: int) -> ChunkDone:
    return ChunkDone(at, EntityType.COMPANY, entities, 0, entities, {}, {}, ZERO)


def test_the_time_left_follows_what_is_through(stream: list[Event]) -> None:
    start = stream[0]
    assert isinstance(start, RunStarted)
    watch = Watch(clock := Time())
    assert watch.standing() is None
    watch(replace(start, entities={EntityType.COMPANY: (2000, 1000)}))
    first = watch.standing()
    assert first is not None
    assert (first.through, first.total, first.left, first.rate) == (0, 1000, None, 0.0)

    clock.now = 10.0
    watch(asked(start.at + 10, 200))
    early = watch.standing()
    assert early is not None
    # Nobody is through: that the rest is answered about takes four times as long at the least.
    assert (early.through, early.reached) == (0, 200)
    assert early.left == pytest.approx(40)
    assert "at least 40 s left" in [*early.parts()]
    assert early.rate == pytest.approx(0.1)  # one call, about 200 entities

    clock.now = 20.0
    watch(through(start.at + 20, 250))
    clock.now = 24.0
    later = watch.standing()
    assert later is not None
    # A quarter took 20 s, so the rest takes 60 s, of which 4 s are over.
    assert (later.through, later.reached) == (250, 250)
    assert later.left == pytest.approx(56)
    assert "about 56 s left" in [*later.parts()]

    clock.now = 1000.0
    stuck = watch.standing()
    assert stuck is not None
    assert stuck.left == 0.0


def test_plain_lines_come_at_most_every_few_seconds(stream: list[Event]) -> None:
    start = stream[0]
    assert isinstance(start, RunStarted)
    out = io.StringIO()
    plain = PlainProgress(out, clock := Time(), every=5.0)
    plain(replace(start, entities={EntityType.COMPANY: (9000, 4627)}, gaps={}))
    told: list[float] = []
    for tick in range(1, 240):
        clock.now = tick / 10
        before = out.getvalue()
        plain(through(start.at + clock.now, 10))
        if out.getvalue() != before:
            told.append(clock.now)
    assert told == [5.0, 10.0, 15.0, 20.0]
    assert out.getvalue().splitlines()[0] == (
        "enriched 500 of 4,627 entities, $0.00 of $25.00, about 41 s left"
    )


def test_a_plain_line_tells_what_the_bar_tells(stream: list[Event]) -> None:
    out = io.StringIO()
    play(PlainProgress(out, clock := Time(), every=5.0), stream, clock)
    assert out.getvalue() == (
        "enriched 10 of 50 entities, $12.35 of $25.00, about 10 s left, 88 % found,"
        " $148.14/min, 0.8 calls/s, 12 under way,"
        " key refused (3), timed out (5)\n"
    )


def test_a_short_run_needs_no_plain_line(stream: list[Event]) -> None:
    out = io.StringIO()
    play(PlainProgress(out, clock := Time(), every=60.0), stream, clock)
    assert out.getvalue() == ""


def test_plain_progress_without_budget_and_without_cost(stream: list[Event]) -> None:
    start = stream[0]
    assert isinstance(start, RunStarted)
    out = io.StringIO()
    plain = PlainProgress(out, clock := Time(), every=1.0)
    plain(replace(start, budget=None, gaps={}))
    clock.now = 2.0
    plain(through(start.at + 2, 50))
    assert out.getvalue() == "enriched 50 of 50 entities, $0.00, about 0 s left\n"


def test_a_closed_stream_silences_plain_progress(stream: list[Event]) -> None:
    out = Gone()
    out.gone = True
    plain = PlainProgress(out, clock := Time(), every=0.5)
    play(plain, stream, clock)
    out.gone = False
    clock.now = 100.0
    plain(through(stream[-1].at, 1))
    assert out.getvalue() == ""


def test_numbers_are_those_of_the_events(stream: list[Event]) -> None:
    watch = Watch(clock := Time())
    play(watch, stream, clock)
    standing = watch.standing()
    assert standing is not None
    report = standing.report
    assert (report.spent, report.unknown) == (parse_money("12.345"), parse_money("0.62"))
    assert (standing.through, standing.total, standing.reached) == (50, 50, 50)
    assert standing.tried == 210 + 80 - 9  # rows that name nobody were never tried
    assert report.providers[2].reasons == {Reason.AUTH: 3}


@pytest.mark.parametrize(
    ("parts", "width", "kept"),
    [
        (["abc", "de", "f"], 10, ["abc", "de", "f"]),
        (["abc", "de", "f"], 9, ["abc", "de"]),
        (["abc", "de", "f"], 6, ["abc"]),
        (["abc"], 1, ["abc"]),
        ([], 5, []),
    ],
)
def test_parts_are_dropped_from_the_end(parts: list[str], width: int, kept: list[str]) -> None:
    assert [*fitting(iter(parts), width)] == kept


def test_rows_are_counted_while_the_table_is_written(stream: list[Event], shown: Shown) -> None:
    last = stream[-1].at
    writing = [*stream[:-1], RowsWritten(last, 250_000, 1_000_000)]
    line = seen(writing, shown, 140)[-1]
    assert line.startswith("250,000 of 1,000,000 rows written  50 of 50 entities")
    assert " left" not in line
