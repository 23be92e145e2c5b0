"""How `enrich run` goes: the question before money, the run, the reports, the exit code."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from enrich_cli import execution, forecasting, job, plan_file
from enrich_cli.app.stop import Stop
from enrich_cli.cli.applying import check_providers, fitted
from enrich_cli.cli.destination import STDOUT, Destination, appending, opened
from enrich_cli.cli.lock import claimed
from enrich_cli.cli.signals import Signals
from enrich_cli.cli.unchanged import is_unchanged, recipe
from enrich_cli.compose import Composition, compose
from enrich_cli.domain.errors import (
    EnrichError,
    ExitCode,
    MachineError,
    PlanRefusedError,
    UsageError,
)
from enrich_cli.domain.events import Sink
from enrich_cli.domain.outcome import Gap
from enrich_cli.domain.plan import Estimate
from enrich_cli.domain.provider import Clock
from enrich_cli.domain.report import Report, Tally
from enrich_cli.output import Output
from enrich_cli.plan_file import Frozen
from enrich_cli.settings import Flags
from enrich_cli.tables import files
from enrich_cli.tables.targets import replacing
from enrich_cli.views.estimate import print_estimate
from enrich_cli.views.log import LogLines
from enrich_cli.views.order import print_order
from enrich_cli.views.progress import PlainProgress, Progress
from enrich_cli.views.report import print_summary, report_json, report_markdown, troubles
from enrich_cli.views.streams import JsonLines
from enrich_cli.views.text import at_most
from enrich_cli.views.timeline import Timeline


@dataclass(frozen=True, slots=True)
class _Errand:
    """One run as it was asked for: where things go, who writes a log, and what it is made by.

    `plan` is the saved plan that it carries out, `content` the fingerprint of the table then.
    """

    composition: Composition
    to: Destination
    target: Path | None
    log: Sequence[LogLines]
    recipe: str
    plan: Frozen | None = None
    content: str | None = None

    @property
    def plan_id(self) -> str:
        """What names the saved plan that is carried out, if any."""
        return "" if self.plan is None else self.plan.id


def run_job(
    table: str,
    said: files.Told,
    to: Destination,
    asked: tuple[str, ...],
    flags: Flags,
    plan: Frozen | None = None,
) -> ExitCode:
    """Do what `enrich run` was asked for, by a saved plan or not, and give its exit code."""
    explained = bool(flags.get("explain_order"))
    flags = {name: value for name, value in flags.items() if name != "explain_order"}
    with compose(flags) as composition, _logging(to, composition.clock) as log:
        target = to.target(table)
        to.check(target)
        if not asked and not composition.settings.columns:
            raise UsageError(
                "nothing is asked for", hint="--columns company_name,...; see `enrich fields`"
            )
        with composition.busy(f"looking at {table}"):
            looked = composition.look(table, said, hurried=True)
        to.check_source(table, looked.source)
        with ExitStack() as claims:
            if target is not None:
                files.check_target(target, looked.source, in_place=to.in_place)
                claims.enter_context(claimed(target))
            what = (to.provenance, str(said), *asked)
            made = recipe(composition, looked.source.files, what) if to.if_changed else ""
            if is_unchanged(composition, made, target, to.report_paths(target)):
                composition.say(f"{table}: nothing has changed since the last run")
                return ExitCode.OK
            if plan is not None:
                check_providers(plan, composition)
            content = None if plan is None else plan_file.fingerprint(looked.source)
            errand = _Errand(composition, to, target, log, made, plan, content)
            with composition.busy(f"finding the companies and people of {table}"):
                prepared = job.prepare(
                    looked, asked, composition.parts, priced=plan is not None, to_run=True
                )
            dated = [one.column for one in prepared.plan.wanted if one.dated]
            if dated and to.provenance != "columns" and not to.warming:
                raise UsageError(
                    f"[fill] prefers what is newer in {', '.join(dated)}, so its date is needed",
                    hint="--provenance columns",
                )
            if target is not None:
                files.check_room(target, looked.source, prepared.new_cells)
            for type_, order in prepared.orders.items() if explained else ():
                print_order(type_, order, composition.console)
            return asyncio.run(_run(errand, prepared))


@contextmanager
def _logging(to: Destination, clock: Clock) -> Iterator[Sequence[LogLines]]:
    """The log that `--log` names, if any; an error that ends the run is its last line."""
    if to.log is None:
        yield ()
        return
    with appending(to.log) as out:
        log = LogLines(out, os.getpid())
        try:
            yield (log,)
        except EnrichError as error:
            log.line(clock.now(), f"error: {error.message}")
            raise


async def _run(errand: _Errand, prepared: job.Prepared) -> ExitCode:
    composition, to = errand.composition, errand.to
    settings, signals = composition.settings, Signals(Stop())
    specs = [step.spec for step in prepared.plan.steps]
    composition.say_notes(prepared.notes)
    notes: list[str] = []
    accounts: list[str] = []
    tally, timeline, reader_left = Tally(), Timeline(), False
    async with composition.open_providers(specs) as providers:
        store, parts, plan = composition.store, composition.parts, errand.plan
        if plan is not None:
            prepared, parts = await fitted(plan, composition, prepared, providers, errand.content)
        is_open = plan is None and settings.budget is None and not settings.yes
        if is_open or settings.fail_over is not None:
            made = await forecasting.forecast(prepared, store, providers, parts)
            if made.is_above(settings.fail_over):
                print_estimate(made, composition.console)
                composition.warn("the likely cost is above --fail-over: nothing was asked")
                return ExitCode.BUDGET
            if is_open:
                approve(composition, made)
        stdout = composition.streams.stdout.buffer
        sidecar = to.sidecar(errand.target)
        output = Output(
            errand.target or stdout, to.provenance, sidecar, notes.append, accounts.append
        )
        with ExitStack() as open_sinks, signals.watched(composition.say):
            events = _events(composition, to, open_sinks)
            shown = progress(composition, open_sinks)
            sinks: list[Sink] = [tally, timeline, *errand.log, *shown, *events]
            try:
                await execution.execute(
                    prepared,
                    store,
                    providers,
                    parts,
                    None if to.warming else output,
                    signals.stop,
                    sinks,
                    each=to.events is not None,
                    plan_id=errand.plan_id,
                    ample=plan is not None and plan.ample,
                    gives_way=to.warming,
                )
            except BrokenPipeError:
                reader_left = True
            except asyncio.CancelledError:
                if signals.received:
                    return signals.code
                raise
    report = tally.report()
    _write_reports(errand, report, timeline, notes)
    composition.say_notes(accounts)
    for lines in events:
        reader_left |= _left(lines, to)
    if signals.received:
        return signals.code
    return ExitCode.PIPE if reader_left else exit_code(report)


def approve(composition: Composition, estimate: Estimate) -> None:
    """Ask before money may be spent; refuse where nobody can be asked."""
    unpriced = [f.spec.name for f in estimate.forecasts if not f.spec.priced and f.items]
    if not estimate.worst and not unpriced:
        return
    if composition.settings.offline:
        return
    costs = [f"this may cost up to {at_most(estimate.worst)}"] if estimate.worst else []
    if unpriced:
        costs.append(f"nobody knows what {', '.join(unpriced)} costs")
    cost = ", and ".join(costs)
    if not composition.streams.interactive:
        raise PlanRefusedError(f"{cost}, and nobody approved it", hint="--budget USD, or --yes")
    print_estimate(estimate, composition.console)
    if not composition.confirm("Go on?"):
        raise PlanRefusedError("nothing was asked, nothing was spent")


def progress(composition: Composition, stack: ExitStack) -> Iterator[Sink]:
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
    errand: _Errand, report: Report, timeline: Timeline, notes: Sequence[str]
) -> None:
    composition = errand.composition
    paths = errand.to.report_paths(errand.target)
    for path in paths:
        with replacing(path) as out:
            match path.suffix:
                case ".md":
                    out.write(report_markdown(report).encode())
                case ".html":
                    from enrich_cli.views.page import report_html

                    out.write(report_html(report, timeline))
                case _:
                    out.write(report_json(report, errand.recipe, errand.plan_id))
    keys = {spec.name: spec.key_env for spec in composition.specs.values()}
    if composition.settings.quiet:
        for line in troubles(report, keys):
            composition.streams.stderr.write(f"enrich: {line}\n")
    else:
        named = (errand.target, errand.to.sidecar(errand.target), *paths)
        written = [str(path) for path in named if path is not None]
        print_summary(report, composition.console, notes, keys=keys, written=written)
    if errand.to.json:
        composition.streams.stdout.buffer.write(report_json(report, plan=errand.plan_id))
        composition.streams.stdout.flush()


def exit_code(report: Report) -> ExitCode:
    """What the empty cells say; of several reasons the one that a person must look after."""
    if report.could_not_ask:
        return ExitCode.PROVIDER
    return ExitCode.BUDGET if Gap.BUDGET in report.gaps else ExitCode.OK
