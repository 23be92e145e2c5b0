"""How `enrich run` goes: the question before money, the run, the reports, the exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from enrich_cli import job
from enrich_cli.app.stop import Stop
from enrich_cli.cli.destination import STDOUT, Destination, opened
from enrich_cli.cli.signals import Signals
from enrich_cli.compose import Composition, compose
from enrich_cli.domain.errors import ExitCode, MachineError, PlanRefusedError, UsageError
from enrich_cli.domain.events import Sink
from enrich_cli.domain.outcome import Gap
from enrich_cli.domain.plan import Estimate
from enrich_cli.domain.report import Report, Tally
from enrich_cli.settings import Flags
from enrich_cli.tables import files
from enrich_cli.tables.targets import replacing
from enrich_cli.views.estimate import print_estimate
from enrich_cli.views.progress import PlainProgress, Progress
from enrich_cli.views.report import print_summary, report_json, report_markdown, troubles
from enrich_cli.views.streams import JsonLines
from enrich_cli.views.text import at_most


def run_job(
    table: str, format_: str | None, to: Destination, asked: tuple[str, ...], flags: Flags
) -> ExitCode:
    """Do what `enrich run` was asked for, and give its exit code."""
    with compose(flags) as composition:
        form = job.format_named(format_)
        target = to.target(table)
        to.check(target)
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
    settings, signals = composition.settings, Signals(Stop())
    specs = [step.spec for step in prepared.plan.steps]
    composition.say_notes(prepared.notes)
    notes: list[str] = []
    tally, reader_left = Tally(), False
    async with composition.open_providers(specs) as providers:
        store = composition.store
        if settings.budget is None and not settings.yes:
            made = await job.forecast(prepared, store, providers, composition.parts)
            _approve(composition, made)
        stdout = composition.streams.stdout.buffer
        output = job.Output(target or stdout, to.provenance, to.sidecar(target), notes.append)
        with ExitStack() as open_sinks, signals.watched(composition.say):
            events = _events(composition, to, open_sinks)
            sinks: list[Sink] = [tally, *_progress(composition, open_sinks), *events]
            try:
                await job.execute(
                    prepared,
                    store,
                    providers,
                    composition.parts,
                    output,
                    signals.stop,
                    sinks,
                    each=to.events is not None,
                )
            except BrokenPipeError:
                reader_left = True
            except asyncio.CancelledError:
                if signals.received:
                    return signals.code
                raise
    report = tally.report()
    _write_reports(composition, report, target, to, notes)
    for lines in events:
        reader_left |= _left(lines, to)
    if signals.received:
        return signals.code
    return ExitCode.PIPE if reader_left else _code(report)


def _approve(composition: Composition, estimate: Estimate) -> None:
    """Ask before money may be spent; refuse where nobody can be asked."""
    unpriced = [f.spec.name for f in estimate.forecasts if not f.spec.priced and f.items]
    if not estimate.worst and not unpriced:
        return
    if composition.settings.offline:
        return
    cost = f"this may cost up to {at_most(estimate.worst)}"
    if unpriced:
        cost += f", and nobody knows what {', '.join(unpriced)} costs"
    if not composition.streams.interactive:
        raise PlanRefusedError(f"{cost}, and nobody approved it", hint="--budget USD, or --yes")
    print_estimate(estimate, composition.console)
    if not composition.confirm("Go on?"):
        raise PlanRefusedError("nothing was asked, nothing was spent")


def _progress(composition: Composition, stack: ExitStack) -> Iterator[Sink]:
    """A bar where it can be painted and wiped, else a line now and then."""
    console = composition.console
    if composition.settings.quiet:
        return
    if console.is_terminal and not console.is_dumb_terminal:
        yield stack.enter_context(Progress(console))
    else:
        yield PlainProgress(composition.streams.stderr)


def _events(composition: Composition, to: Destination, stack: ExitStack) -> Sequence[JsonLines]:
    if to.events is None:
        return ()
    if to.events == STDOUT:
        return (JsonLines(composition.streams.stdout),)
    return (JsonLines(stack.enter_context(opened(Path(to.events)))),)


def _left(lines: JsonLines, to: Destination) -> bool:
    """Whether the reader of the events has gone away. Raises MachineError for other trouble."""
    if lines.broken is None or isinstance(lines.broken, BrokenPipeError):
        return lines.broken is not None
    what = lines.broken.strerror if isinstance(lines.broken, OSError) else str(lines.broken)
    raise MachineError(
        f"--events {to.events} could not be written to its end: {what}",
        hint="the table and the report are written",
    )


def _write_reports(
    composition: Composition,
    report: Report,
    target: Path | None,
    to: Destination,
    notes: Sequence[str],
) -> None:
    paths = to.report_paths(target)
    for path in paths:
        text = report_markdown(report).encode() if path.suffix == ".md" else report_json(report)
        with replacing(path) as out:
            out.write(text)
    keys = {spec.name: spec.key_env for spec in composition.specs.values()}
    if composition.settings.quiet:
        for line in troubles(report, keys):
            composition.streams.stderr.write(f"enrich: {line}\n")
    else:
        named = (target, to.sidecar(target), *paths)
        written = [str(path) for path in named if path is not None]
        print_summary(report, composition.console, notes, keys=keys, written=written)
    if to.json:
        composition.streams.stdout.buffer.write(report_json(report))
        composition.streams.stdout.flush()


def _code(report: Report) -> ExitCode:
    """What the empty cells say; of several reasons the one that a person must look after."""
    if report.gaps.keys() & {Gap.PROVIDER_FAILED, Gap.UNKNOWN_CHARGE}:
        return ExitCode.PROVIDER
    return ExitCode.BUDGET if Gap.BUDGET in report.gaps else ExitCode.OK
