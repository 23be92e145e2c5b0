"""How a run stands while it goes on: a bar on a terminal, a plain line now and then without one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from enrich_cli.domain.events import (
    BudgetReached,
    ChunkDone,
    Event,
    RetryScheduled,
    RowsWritten,
    RunStarted,
)
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Reason
from enrich_cli.domain.report import ProviderLine, Report, Tally
from enrich_cli.views.patience import keeps_up
from enrich_cli.views.text import cents, clean, duration, percent
from enrich_cli.views.words import failure_kinds

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

PAINTS_PER_SECOND = 8
"""How often the bar is painted at most, whatever the number of events."""
_MINUTE = 60.0
_BAR = 24
_LONGEST_NAME = 24


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands at one moment.

    `reached` counts the entities that are through or were answered about at least once. `left`
    is the time that the rest will take, None where that cannot be said yet; it is only a lower
    bound where no entity is through (`through` 0).
    """

    report: Report
    through: int
    reached: int
    total: int
    tried: int
    elapsed: float
    left: float | None
    written: tuple[int, int] | None = None
    """The rows that are in the output, and all of them, once the writing has begun."""

    @property
    def rate(self) -> float:
        """Calls in a second, over the whole run."""
        calls = sum(line.calls for line in self.report.providers)
        return calls / self.elapsed if self.elapsed > 0 else 0.0

    def parts(self) -> Iterator[str]:
        """What to say, the most important first."""
        report = self.report
        if self.written:
            yield "{:,} of {:,} rows written".format(*self.written)
        yield f"{self.through:,} of {self.total:,} entities"
        of = "" if report.budget is None else f" of {cents(report.budget)}"
        yield f"{cents(report.spent)}{of}"
        if self.left is not None and not self.written:
            left = duration(self.left) if self.left >= _MINUTE else f"{self.left:.0f} s"
            yield f"{'about' if self.through else 'at least'} {left} left"
        if self.tried:
            yield f"{percent(report.cells_filled, self.tried)} found"
        if report.spent and self.elapsed > 0:
            yield f"{cents(Money(round(report.spent * _MINUTE / self.elapsed)))}/min"
        if self.rate:
            yield f"{self.rate:,.0f} calls/s" if self.rate >= 10 else f"{self.rate:.1f} calls/s"
        if self.reached > self.through:
            yield f"{self.reached - self.through:,} under way"


class Watch:
    """Counts events and says how the run stands. Times come from `clock`, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tally = Tally()
        self._began: float | None = None
        self._last = 0.0
        self._total = 0
        self._nameless = 0
        self._unasked = 0
        self._written: tuple[int, int] | None = None

    def __call__(self, event: Event) -> None:
        """Count one event."""
        self._tally(event)
        match event:
            case RunStarted():
                self._began = self._last = self._clock()
                self._total = sum(unique for _, unique in event.entities.values())
                self._nameless = sum(event.gaps.values())
            case ChunkDone():
                self._last = self._clock()
                self._unasked += event.entities - event.asked
            case RowsWritten():
                self._written = (event.rows, event.of)
            case _:
                pass

    def standing(self) -> Standing | None:
        """How the run stands now; None before it has started."""
        if self._began is None:
            return None
        report = self._tally.report()
        through = self._tally.processed
        # Nobody is asked twice about one entity, so each provider's answers are distinct ones.
        answered = max((line.hits + line.misses for line in report.providers), default=0)
        reached = max(through, min(self._total, answered + self._unasked))
        now = self._clock()
        return Standing(
            report=report,
            through=through,
            reached=reached,
            total=self._total,
            tried=report.cells_filled + sum(report.gaps.values()) - self._nameless,
            elapsed=now - self._began,
            left=self._left(through, reached, now),
            written=self._written,
        )

    def _left(self, through: int, reached: int, now: float) -> float | None:
        began = self._began or 0.0
        if through:
            return max(0.0, (self._total - through) * (self._last - began) / through
                       - (now - self._last))  # fmt: skip
        return (self._total - reached) * (now - began) / reached if reached else None


class Progress:
    """A sink that paints a few lines at the foot of a terminal and leaves nothing behind.

    A context manager: inside of it a thread paints, at most `PAINTS_PER_SECOND` times a second;
    an event is only counted. Whatever ends the block, the lines are gone and the cursor is back.
    Standard output is left alone; what is written to standard error appears above the lines.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._watch = Watch(clock)
        self._lock = Lock()  # events come from the loop's thread, paints from another
        self._broke: set[str] = set()
        self._waits: dict[str, float] = {}  # until when a provider that is full is left alone
        self._live: Live | None = None

    def __call__(self, event: Event) -> None:
        """Count one event."""
        with self._lock:
            self._watch(event)
            match event:
                case BudgetReached(provider=name):
                    self._broke.add(name)
                case RetryScheduled(provider=name, reason=Reason.RATE_LIMITED):
                    until = self._clock() + event.delay
                    self._waits[name] = max(until, self._waits.get(name, until))
                case _:
                    pass

    def __enter__(self) -> Self:
        """Begin to paint."""
        from rich.live import Live

        self._live = Live(
            console=self._console,
            get_renderable=self.frame,
            refresh_per_second=PAINTS_PER_SECOND,
            transient=True,
            redirect_stdout=False,
        )
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and wipe what was painted. A terminal that has gone away is no error."""
        live, self._live = self._live, None
        if live is not None:
            with suppress(OSError):
                live.stop()

    def frame(self) -> RenderableType:
        """What is to be seen now: a line for each provider that was asked, and one for the run."""
        from rich.console import Group
        from rich.text import Text

        with self._lock:
            standing = self._watch.standing()
            now = self._clock()
            states = dict.fromkeys(self._broke, "no money left")
            states |= {
                name: f"full, asked again in {duration(max(1.0, math.ceil(until - now)))}"
                for name, until in self._waits.items()
                if until > now
            }
        if standing is None:
            return ""
        width, height = self._console.size
        busy = [line for line in standing.report.providers if line.calls or line.name in states]
        shown = busy[: max(0, height - 2)]
        column = min(_LONGEST_NAME, max((len(clean(line.name)) for line in shown), default=0))
        return Group(
            *(
                Text(
                    _provider(line, column, states.get(line.name, "")),
                    no_wrap=True,
                    overflow="ellipsis",
                )
                for line in shown
            ),
            _total(standing, width),
        )


def _provider(line: ProviderLine, column: int, state: str) -> str:
    parts = [f"{clean(line.name)[:column]:<{column}}", f"{line.items:>7,} asked"]
    if answered := line.hits + line.misses:
        parts.append(f"{percent(line.hits, answered):>5} found")
    if line.spent:
        parts.append(cents(line.spent))
    if state:
        parts.append(state)
    if line.failures:
        parts.append(failure_kinds(line))
    return "  ".join(parts)


def _total(standing: Standing, width: int) -> RenderableType:
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    failed = sum(line.failures for line in standing.report.providers)
    more = [f"{failed:,} failed"] if failed else []
    text = "  ".join(fitting(chain(standing.parts(), more), width))
    said = Text(text, style="bold", no_wrap=True, overflow="ellipsis")
    if len(text) + _BAR + 2 > width:
        return said
    done, of = standing.written or (standing.through, standing.total)
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_row(ProgressBar(total=max(1, of), completed=done, width=_BAR), said)
    return grid


def fitting(parts: Iterator[str], width: int, between: int = 2) -> Iterator[str]:
    """Those of `parts` that fit side by side into `width`; the first in any case."""
    used = 0
    for i, part in enumerate(parts):
        used += len(part) + (between if i else 0)
        if i and used > width:
            return
        yield part


class PlainProgress:
    """A sink that writes a line like a log's, at most every `every` seconds, and only on events.

    `clock` gives seconds that never go back. Where `out` can no longer be written, it is silent;
    where its reader does not keep up, a line is left out.
    """

    def __init__(
        self, out: TextIO, clock: Callable[[], float] = time.monotonic, every: float = 5.0
    ) -> None:
        self._out = out
        self._clock = clock
        self._every = every
        self._watch = Watch(clock)
        self._told: float | None = None
        self._silent = False

    def __call__(self, event: Event) -> None:
        """Count one event, and write a line where the last one is old enough."""
        self._watch(event)
        now = self._clock()
        if self._told is None:
            self._told = now
        if self._silent or now - self._told < self._every or not keeps_up(self._out):
            return
        standing = self._watch.standing()
        if standing is None:
            return
        self._told = now
        try:
            kinds = failure_kinds(*standing.report.providers)
            parts = [*standing.parts(), *([kinds] if kinds else [])]
            self._out.write(f"enriched {', '.join(parts)}\n")
            self._out.flush()
        except (OSError, ValueError):
            self._silent = True
