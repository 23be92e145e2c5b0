"""How `enrich run` goes: where things are written, the question before money, the end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from enrich_cli import job
from enrich_cli.app.shared import Stop
from enrich_cli.compose import Composition, compose
from enrich_cli.domain.errors import ExitCode, OutputError, PlanRefusedError, UsageError
from enrich_cli.domain.events import Sink
from enrich_cli.domain.money import format_money
from enrich_cli.domain.outcome import Gap
from enrich_cli.domain.plan import Estimate
from enrich_cli.domain.report import Report
from enrich_cli.settings import Flags
from enrich_cli.tables import files
from enrich_cli.tables.endings import packing
from enrich_cli.tables.targets import replacing
from enrich_cli.views.estimate import print_estimate
from enrich_cli.views.progress import PlainProgress, Progress
from enrich_cli.views.report import print_summary, report_json, report_markdown
from enrich_cli.views.streams import JsonLines

STDOUT = "-"
PROVENANCE = ("none", "columns", "file")
_REPORT_ENDINGS = (".json", ".md")


@dataclass(frozen=True, slots=True)
class Destination:
    """What the user said about where things go."""

    output: str | None
    in_place: bool
    reports: tuple[Path, ...]
    provenance: str
    events: str | None
    json: bool


@dataclass(slots=True)
class _Signals:
    """Which signal asked the run to end, if one did."""

    stop: Stop
    received: list[signal.Signals] = field(default_factory=list)

    @contextmanager
    def watched(self, composition: Composition) -> Iterator[None]:
        """The first Ctrl-C or SIGTERM drains the run, the second one ends it at once."""
        loop = asyncio.get_running_loop()
        running = asyncio.current_task()

        def on(number: signal.Signals) -> None:
            self.received.append(number)
            if len(self.received) == 1:
                self.stop.request()
                composition.say(
                    "stopping: waiting for the calls in flight, then the table is written"
                    " (once more to leave at once; what was paid for is kept)"
                )
            elif running is not None:
                running.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, on, number)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    @property
    def code(self) -> ExitCode:
        terminated = signal.SIGTERM in self.received
        return ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED


def run_job(
    table: str, format_: str | None, to: Destination, asked: tuple[str, ...], flags: Flags
) -> ExitCode:
    """Do what `enrich run` was asked for, and give its exit code."""
    with compose(flags) as composition:
        form = job.format_named(format_)
        target = _target(table, to)
        _check_streams(target, to)
        parts = composition.parts
        looked = job.look(table, form, composition.streams.stdin, parts)
        if isinstance(target, Path):
            files.check_target(target, looked.source, in_place=to.in_place)
        if not asked and not composition.settings.columns:
            raise UsageError(
                "nothing is asked for", hint="--columns company_name,...; see `enrich fields`"
            )
        prepared = job.prepare(looked, asked, parts)
        return asyncio.run(_run(composition, prepared, target, to))


async def _run(
    composition: Composition, prepared: job.Prepared, target: Path | None, to: Destination
) -> ExitCode:
    settings, stop = composition.settings, Stop()
    signals = _Signals(stop)
    specs = [step.spec for step in prepared.plan.steps]
    composition.say_notes(prepared.notes)
    async with composition.open_providers(specs) as providers:
        store = composition.store
        if settings.budget is None and not settings.yes:
            made = await job.forecast(prepared, store, providers, composition.parts)
            _approve(composition, made)
        stdout = composition.streams.stdout.buffer
        sidecar = _sidecar(target) if to.provenance == "file" else None
        output = job.Output(target or stdout, to.provenance, sidecar)
        with ExitStack() as open_sinks, signals.watched(composition):
            sinks = list(_sinks(composition, to, open_sinks))
            try:
                report = await job.execute(
                    prepared,
                    store,
                    providers,
                    composition.parts,
                    output,
                    stop,
                    sinks,
                    each=to.events is not None,
                )
            except asyncio.CancelledError:
                if signals.received:
                    return signals.code
                raise
    _write_reports(composition, report, target, to)
    return _code(report, signals)


def _target(table: str, to: Destination) -> Path | None:
    """The output's path; None for standard output. Raises UsageError."""
    if to.in_place:
        if to.output is not None or table == STDOUT:
            raise UsageError("--in-place replaces the input file: give no -o and no -")
        return Path(table)
    if to.output == STDOUT or (to.output is None and table == STDOUT):
        return None
    return files.default_output(table) if to.output is None else Path(to.output)


def _check_streams(target: Path | None, to: Destination) -> None:
    if (target is None) + to.json + (to.events == STDOUT) > 1:
        raise UsageError(
            "only one of the table, --json and --events - can have standard output",
            hint="write the table to a file with -o, or the events to a file",
        )
    if to.provenance not in PROVENANCE:
        raise UsageError(f"--provenance is one of {', '.join(PROVENANCE)}, not {to.provenance!r}")
    if to.provenance == "file" and target is None:
        raise UsageError("--provenance file lies beside the output: give one with -o")
    for path in to.reports:
        if path.suffix not in _REPORT_ENDINGS:
            raise UsageError(f"--report {path}: its ending is one of {', '.join(_REPORT_ENDINGS)}")
        if not path.absolute().parent.is_dir():
            raise OutputError(f"--report {path}: there is no folder {path.absolute().parent}")


def _approve(composition: Composition, estimate: Estimate) -> None:
    """Ask before money may be spent; refuse where nobody can be asked."""
    unpriced = [f.spec.name for f in estimate.forecasts if not f.spec.priced and f.items]
    if not estimate.worst and not unpriced:
        return
    if composition.settings.offline:
        return
    cost = f"this may cost up to ${format_money(estimate.worst)}"
    if unpriced:
        cost += f", and nobody knows what {', '.join(unpriced)} costs"
    if not composition.streams.interactive:
        raise PlanRefusedError(f"{cost}, and nobody approved it", hint="--budget USD, or --yes")
    print_estimate(estimate, composition.console)
    if not composition.confirm("Go on?"):
        raise PlanRefusedError("nothing was asked, nothing was spent")


def _sinks(composition: Composition, to: Destination, stack: ExitStack) -> Iterator[Sink]:
    if not composition.settings.quiet:
        if composition.console.is_terminal:
            yield stack.enter_context(Progress(composition.console))
        else:
            yield PlainProgress(composition.streams.stderr)
    if to.events == STDOUT:
        yield JsonLines(composition.streams.stdout)
    elif to.events is not None:
        yield JsonLines(stack.enter_context(_opened(Path(to.events))))


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except OSError as error:
        raise OutputError(f"--events {path}: {error.strerror}") from error


def _write_reports(
    composition: Composition, report: Report, target: Path | None, to: Destination
) -> None:
    paths = to.reports
    if not paths and target is not None:
        paths = (_beside(target, "report.json"),)
    for path in paths:
        text = report_markdown(report).encode() if path.suffix == ".md" else report_json(report)
        with replacing(path) as out:
            out.write(text)
    if to.json:
        composition.streams.stdout.buffer.write(report_json(report))
        composition.streams.stdout.flush()
    if not composition.settings.quiet:
        keys = {spec.name: spec.key_env for spec in composition.specs.values()}
        sidecar = _sidecar(target) if to.provenance == "file" else None
        written = [str(path) for path in (target, sidecar, *paths) if path is not None]
        notes = [f"written: {', '.join(written)}"] if written else []
        print_summary(report, composition.console, notes, keys=keys)


def _sidecar(target: Path | None) -> Path | None:
    return None if target is None else _beside(target, "provenance.parquet")


def _beside(target: Path, ending: str) -> Path:
    """`leads.enriched.csv.gz` and `report.json` give `leads.enriched.report.json`."""
    inner = target.with_suffix("") if packing(target.name) else target
    return target.with_name(f"{inner.stem}.{ending}")


def _code(report: Report, signals: _Signals) -> ExitCode:
    """Several reasons at once: 130 and 143 before 4, 4 before 3."""
    if signals.received:
        return signals.code
    if report.gaps.keys() & {Gap.PROVIDER_FAILED, Gap.UNKNOWN_CHARGE}:
        return ExitCode.PROVIDER
    return ExitCode.BUDGET if Gap.BUDGET in report.gaps else ExitCode.OK
