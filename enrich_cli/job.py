"""One job from table to table: scan, identify, plan, forecast, run, join, write.

Every command and the Python interface go through these functions. They are handed their adapters
and sinks and build none.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import BinaryIO

import polars as pl

from enrich_cli.app import planning, running
from enrich_cli.app.beating import beating, job_id
from enrich_cli.app.forecast import Forecaster
from enrich_cli.app.memory import Memory
from enrich_cli.app.scarce import scarce
from enrich_cli.app.shared import Books, Errors, Shared
from enrich_cli.app.stop import Stop
from enrich_cli.app.till import Till, ceilings
from enrich_cli.domain.entity import EntityType, Field, IdKind, Query
from enrich_cli.domain.errors import EnrichError, UsageError
from enrich_cli.domain.events import Event, RunFinished, RunStarted, Sink, fan_out
from enrich_cli.domain.inspection import Inspection
from enrich_cli.domain.money import Budget
from enrich_cli.domain.outcome import Gap
from enrich_cli.domain.plan import Estimate, Plan
from enrich_cli.domain.provider import Clock, Job, JobStatus, Provider, ProviderSpec, Store
from enrich_cli.domain.report import Report, Tally
from enrich_cli.domain.ticket import Done, Ticket
from enrich_cli.settings import Settings
from enrich_cli.tables import files, join, select
from enrich_cli.tables.identify import Found, attach, identify, to_entities
from enrich_cli.tables.looking import inspection
from enrich_cli.tables.provenance import Sidecar
from enrich_cli.tables.recognise import Use, survey
from enrich_cli.views.report import report_json


@dataclass(frozen=True, slots=True)
class Parts:
    """What the composition root hands to a job."""

    settings: Settings
    specs: Mapping[str, ProviderSpec]
    has_key: Callable[[ProviderSpec], bool]
    clock: Clock
    random: Random
    scratch: Path


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was looked at: its source, its numbered frame, and the columns that identify.

    `passed` are those that look as if they do, with why they do not.
    """

    source: files.Source
    frame: pl.LazyFrame
    uses: tuple[Use, ...]
    passed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job that is ready to be forecast or run; nobody was asked and nothing was spent."""

    table: Table
    plan: Plan
    found: Found
    selected: pl.Expr | None
    notes: tuple[str, ...]

    @property
    def wanted_cells(self) -> Mapping[Field, int]:
        """The cells that are to be filled, by field."""
        cells = {one.field: 0 for one in self.plan.wanted}
        for entities in self.found.entities.values():
            for name in cells:
                if (column := f"empty:{name}") in entities.columns:
                    cells[name] += int(entities[column].sum())
        for name, gaps in self.found.unidentified.items():
            cells[name] += sum(gaps.values())
        return cells

    @property
    def types(self) -> tuple[EntityType, ...]:
        """The entity types that the plan asks about."""
        return tuple(type_ for type_ in self.found.entities if self.plan.fields(type_))


def told(name: str | None, *, no_header: bool, strict: bool) -> files.Told:
    """What `--format NAME`, `--no-header` and `--strict` say. Raises UsageError."""
    if name is not None and name.lower() not in tuple(files.Format):
        raise UsageError(f"--format is one of {', '.join(files.Format)}, not {name!r}")
    form = None if name is None else files.Format(name.lower())
    return files.Told(form, headless=no_header, strict=strict)


def look(path: str, said: files.Told, stdin: BinaryIO | None, parts: Parts) -> Table:
    """Open a table and find the columns that identify its companies and people.

    Raises TableError, ConfigError.
    """
    source = files.open_table(path, told=said, stdin=stdin, scratch=parts.scratch)
    frame = files.scan(source)
    found = survey(frame, source.columns, overrides=parts.settings.identify)
    return Table(source, select.numbered(frame), found.uses, found.passed_over)


def inspect(table: Table) -> Inspection:
    """What the table's columns name, and what they name nobody with."""
    found = identify(table.frame, table.uses, {})
    source = table.source
    return inspection(source.path, source.columns, table.uses, found, table.passed)


def prepare(
    table: Table, asked: Sequence[str], parts: Parts, *, all_fields: bool = False
) -> Prepared:
    """Identify the entities and plan the waterfall.

    `asked` are the texts of `--columns`. Where there are none, those of the configuration; then,
    with `all_fields`, the columns that are named like fields or else every field there is. Raises
    UsageError, KeyMissingError, TableError.
    """
    settings = parts.settings
    columns = table.source.columns
    wanted = planning.wanted_columns(asked, settings.columns, columns, overwrite=settings.overwrite)
    if not wanted and all_fields:
        types = {type_ for use in table.uses for type_ in use.entities}
        wanted = planning.default_columns(columns, types)
    choice = planning.Choice(
        named=settings.providers,
        waterfall=settings.waterfall,
        has_key=parts.has_key,
        under_budget=settings.budget is not None,
    )
    route = planning.route(parts.specs, wanted, choice)
    selected = select.selection(
        table.frame,
        select.Choice(settings.where, settings.limit, settings.sample, settings.seed),
    )
    found = identify(
        table.frame,
        table.uses,
        {one.field: one.column if one.exists else None for one in wanted},
        selected=selected,
        overwrite=frozenset(one.field for one in wanted if one.overwrite),
        hints=_hints(step.spec for step in route.steps),
    )
    plan = Plan(
        wanted=wanted,
        steps=route.steps,
        started=parts.clock.now(),
        accept=settings.accept,
        refresh=settings.refresh,
        offline=settings.offline,
        accept_low=settings.accept_low,
        max_age=settings.max_age,
        max_per_entity=settings.max_per_entity,
    )
    return Prepared(table, plan, found, selected, (*table.source.notes, *route.notes))


def _hints(specs: Iterable[ProviderSpec]) -> frozenset[IdKind]:
    """The kinds of identifiers that some provider of the plan can make use of."""
    return frozenset(
        kind for spec in specs for kinds in (spec.hints, *spec.needs) for kind in kinds
    )


async def forecast(
    prepared: Prepared, store: Store, providers: Mapping[str, Provider], parts: Parts
) -> Estimate:
    """What the prepared run would cost, by what the store knows; nobody is asked.

    `providers` are those of the plan's steps, by name.
    """
    plan = prepared.plan
    forecaster = Forecaster(plan, parts.settings.budget)
    for type_ in prepared.types:
        own = [providers[step.spec.name] for step in plan.steps_for(type_)]
        memory = Memory(store, own, plan, parts.clock, _nowhere)
        wanted = frozenset(plan.fields(type_))
        for chunk in running.chunks(to_entities(prepared.found, type_), running.CHUNK):
            await memory.read([Query(entity.key, entity.ids, wanted) for entity in chunk])
            for entity in chunk:
                forecaster.add(Ticket.open(entity, plan, memory.known(entity.key)))
            memory.forget(entity.key for entity in chunk)
    return forecaster.estimate(
        rows=prepared.found.rows,
        cells_wanted=prepared.found.selected * len(plan.wanted),
        cells_empty=sum(prepared.wanted_cells.values()),
    )


def _nowhere(event: Event) -> None:
    """A sink for those who only want to know."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where the table goes, and how: `provenance` is none, columns or file.

    `sidecar` is where the provenance goes in the last case. `say` is told what of the input's
    spelling could not be kept.
    """

    target: Path | BinaryIO
    provenance: str = "none"
    sidecar: Path | None = None
    say: Callable[[str], object] = lambda _: None


async def execute(
    prepared: Prepared,
    store: Store,
    providers: Mapping[str, Provider],
    parts: Parts,
    output: Output,
    stop: Stop,
    sinks: Sequence[Sink],
    *,
    each: bool = False,
) -> Report:
    """Run the prepared job, write the table, and give the report.

    The table and the report are complete also when `stop` was requested meanwhile. With `each`
    the sinks get an event for every entity. Raises StoreError or MachineError where the store or
    the output fails; what was paid for is kept all the same. Raises BrokenPipeError where the
    reader of the output went away, once all the rest is done.
    """
    clock, plan, before = parts.clock, prepared.plan, store.operations
    tally = Tally()
    emit = fan_out(tally, *sinks)
    started = clock.monotonic()
    job = Job(
        id=job_id(clock.now(), parts.random),
        table=prepared.table.source.path,
        started=clock.now(),
        beat=clock.now(),
        entities=sum(prepared.found.entities[type_].height for type_ in prepared.types),
    )
    emit(_run_started(job, prepared, parts.settings))
    shared = Shared(
        store=store,
        clock=clock,
        emit=emit,
        till=Till(Budget(parts.settings.budget), parts.settings.provider_budgets),
        stop=stop,
        books=Books(job.id),
        random=parts.random,
        concurrency=parts.settings.concurrency,
        ceilings=ceilings(parts.settings.budgets, clock.now()),
        rebuy=parts.settings.rebuy_unknown,
        errors=Errors(parts.settings.max_errors),
    )
    counts = {type_: prepared.found.entities[type_].height for type_ in prepared.types}
    bounded = bool(shared.ceilings or parts.settings.provider_budgets)
    short = bounded or scarce(plan, counts, parts.settings.budget)
    provenance = output.provenance == "columns"
    frames: dict[EntityType, list[pl.DataFrame]] = {type_: [] for type_ in prepared.types}

    sidecar = Sidecar(parts.scratch) if output.sidecar else None

    def collect(done: Sequence[Done]) -> None:
        type_ = done[0].ticket.entity.type
        if sidecar:
            sidecar.add(done)
        frames[type_].append(join.results(done, plan.fields(type_), provenance=provenance))

    def current(status: JobStatus, finished: float | None = None) -> Job:
        spent = tally.report().spent
        return replace(
            job,
            beat=clock.now(),
            status=status,
            processed=tally.processed,
            spent=spent,
            finished=finished,
        )

    async with beating(store, lambda: current(JobStatus.RUNNING), clock, emit):
        entities = {type_: to_entities(prepared.found, type_) for type_ in prepared.types}
        try:
            await running.run(
                plan, entities, providers, shared, collect, each=each, money_is_short=short
            )
        except* EnrichError as group:
            raise _first(group) from group
        keys = {type_: frame["key"] for type_, frame in prepared.found.entities.items()}
        found = {
            type_: join.placed(pl.concat(parts_), keys[type_])
            for type_, parts_ in frames.items()
            if parts_
        }
        table = _joined(prepared, found, parts.settings, provenance=provenance)
        source = prepared.table.source
        added = join.added_columns(plan.wanted, source.columns, provenance=provenance)
        if sidecar and output.sidecar:  # while the input is there: the output may replace it
            await asyncio.to_thread(sidecar.write, output.sidecar, keys, _nameless(prepared))
        left: BrokenPipeError | None = None
        try:
            await asyncio.to_thread(
                files.write, table, source, output.target, added=added, say=output.say
            )
        except BrokenPipeError as error:
            left = error
    status = _status(tally.report(), stop)
    used = store.operations.since(before)
    emit(RunFinished(clock.now(), status, clock.monotonic() - started, used))
    report = tally.report()
    await store.record(replace(current(status, clock.now()), report=report_json(report)))
    if left is not None:
        raise left
    return report


def _first(group: BaseExceptionGroup[EnrichError]) -> EnrichError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error if isinstance(error, EnrichError) else EnrichError(str(error))


def _run_started(job: Job, prepared: Prepared, settings: Settings) -> RunStarted:
    gaps: Counter[Gap] = Counter()
    for reasons in prepared.found.unidentified.values():
        gaps.update(reasons)
    frames = {type_: prepared.found.entities[type_] for type_ in prepared.types}
    return RunStarted(
        at=job.started,
        job=job.id,
        table=job.table,
        rows=prepared.found.rows,
        wanted=prepared.wanted_cells,
        gaps=gaps,
        entities={t: (int(frame["rows"].sum()), frame.height) for t, frame in frames.items()},
        providers=tuple((step.spec.name, step.spec.tier) for step in prepared.plan.steps),
        budget=settings.budget,
    )


def _nameless(prepared: Prepared) -> pl.LazyFrame:
    rows = attach(prepared.table.frame, prepared.found, explained=True)
    return join.nameless(rows, prepared.plan.wanted, selected=prepared.selected)


def _joined(
    prepared: Prepared,
    found: Mapping[EntityType, pl.DataFrame],
    settings: Settings,
    *,
    provenance: bool,
) -> pl.LazyFrame:
    source = prepared.table.source
    if source.format in (files.Format.CSV, files.Format.TSV):
        guard = not settings.raw_values
        found = {type_: join.as_text(frame, guard=guard) for type_, frame in found.items()}
    return join.join(
        attach(prepared.table.frame, prepared.found, explained=provenance),
        found,
        prepared.plan.wanted,
        source.columns,
        selected=prepared.selected,
        provenance=provenance,
    )


def _status(report: Report, stop: Stop) -> JobStatus:
    if stop.requested():
        return JobStatus.INTERRUPTED
    if report.gaps.keys() & {Gap.PROVIDER_FAILED, Gap.UNKNOWN_CHARGE}:
        return JobStatus.PARTIAL
    return JobStatus.BUDGET if Gap.BUDGET in report.gaps else JobStatus.COMPLETE
