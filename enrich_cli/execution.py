"""A prepared job from its first question to the written table, and the report of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import polars as pl

from enrich_cli import course
from enrich_cli.app import running
from enrich_cli.app.beating import beating, job_id
from enrich_cli.app.forecast import Forecaster
from enrich_cli.app.scarce import scarce
from enrich_cli.app.shared import Books, Errors, Shared
from enrich_cli.app.stop import Stop
from enrich_cli.app.till import Till, ceilings
from enrich_cli.app.yielding import WARMING
from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.errors import EnrichError
from enrich_cli.domain.events import RunFinished, RunStarted, Sink, fan_out
from enrich_cli.domain.money import Budget
from enrich_cli.domain.outcome import Gap
from enrich_cli.domain.provider import Provider
from enrich_cli.domain.report import Report, Tally
from enrich_cli.domain.store import Job, JobStatus, Store
from enrich_cli.domain.ticket import Done, Ticket
from enrich_cli.expecting import Expected
from enrich_cli.forecasting import purse_of
from enrich_cli.job import Parts, Prepared
from enrich_cli.output import Output, telling, write
from enrich_cli.recalling import LEAST, recalled
from enrich_cli.settings import Settings
from enrich_cli.tables import join, settled, trace
from enrich_cli.tables.identify import to_entities
from enrich_cli.tables.provenance import Sidecar
from enrich_cli.tables.targets import is_replaced
from enrich_cli.views.report import report_json

_TOGETHER = 50_000
"""Entities that are asked about in the order of their keys, where there is money for everybody.

Of 500,000 a commit then writes a sixth of the pages of the store, and few of them twice."""

_LONG = 1 << 20
"""Bytes of a trace from which on it is written beside the table, not after it."""


async def execute(
    prepared: Prepared,
    store: Store,
    providers: Mapping[str, Provider],
    parts: Parts,
    output: Output | None,
    stop: Stop,
    sinks: Sequence[Sink],
    *,
    each: bool = False,
    least: int = LEAST,
    plan_id: str = "",
    ample: bool = False,
    gives_way: bool = False,
) -> Report:
    """Run the prepared job, write the table where there is an `output`, and give the report.

    The table and the report are complete also when `stop` was requested meanwhile. With `each`
    the sinks get an event for every entity; else those that the store answers in full stay
    columns, where there are more than `least`. `plan_id` names the saved plan that this carries
    out, so that its next run knows; `ample` says that the budget is known to be enough. A run that
    `gives_way` asks nobody while another one goes on. Raises
    StoreError or MachineError where the store or the output fails; what was paid for is kept all
    the same. Raises BrokenPipeError where the reader of the output went away, once all the rest is
    done.
    """
    clock, plan, before = parts.clock, prepared.plan, store.operations
    tally = Tally()
    emit = fan_out(tally, *sinks)
    started = clock.monotonic()
    job = Job(
        id=job_id(clock.now(), parts.random) + (WARMING if gives_way else ""),
        table=prepared.table.source.path,
        started=clock.now(),
        beat=clock.now(),
        entities=sum(_counts(prepared).values()),
    )
    way = course.course(prepared, providers, parts.settings)
    traced = [course.encode(way)]
    emit(_run_started(job, prepared, parts.settings))
    tell = output.tell if output else _nobody
    shared = _shared(job, store, parts, emit, stop, _counts(prepared), tell, gives_way=gives_way)
    known = Expected(prepared, Forecaster(plan, purse_of(parts.settings), parts.history))
    frames: dict[EntityType, list[pl.DataFrame]] = {type_: [] for type_ in prepared.types}
    keys = {type_: frame["key"] for type_, frame in prepared.found.entities.items()}
    sidecar = Sidecar(parts.scratch, keys) if output and output.sidecar else None
    explained = output is not None and output.provenance == "columns"

    def collect(done: Sequence[Done]) -> None:
        type_ = done[0].ticket.entity.type
        if sidecar:
            sidecar.add(done)
        traced.append(trace.part(done))
        if output:
            frames[type_].append(join.results(done, plan.fields(type_), provenance=explained))

    async def recall() -> Mapping[EntityType, Sequence[pl.Series]]:
        """Take what settled records say, and give the places of whose they are."""
        places: dict[EntityType, list[pl.Series]] = {type_: [] for type_ in prepared.types}
        for type_, own in places.items():
            async for warm in recalled(prepared.found, plan, type_, store, least=least):
                own.append(warm.frame["place"])
                told = warm.explained()
                traced.append(trace.part_of_columns(told))
                if sidecar:
                    sidecar.add_columns(type_, told)
                if output:
                    frames[type_].append(warm.results(provenance=explained))
                emit(warm.read(clock.now()))
                emit(warm.done(clock.now()))
        return places

    def current(status: JobStatus, **how: Any) -> Job:
        new, traced[:] = tuple(traced), ()
        how |= {"trace": new, "spent": tally.report().spent, "processed": tally.processed}
        return replace(job, beat=clock.now(), status=status, **how)

    def written(report: Report) -> bytes:
        return report_json(report, plan=plan_id)

    def signs() -> Job:  # with the report so far, for whoever looks into a job that was killed
        return current(JobStatus.RUNNING, report=written(tally.report()))

    left: BrokenPipeError | None = None
    early: asyncio.Task[None] | None = None
    try:
        async with beating(store, signs, clock, emit):
            warm = {} if each else await recall()
            await _run(
                prepared,
                warm,
                providers,
                shared,
                collect,
                parts.settings,
                known.add,
                each=each,
                ample=ample,
            )
            if output and sum(map(len, traced)) > _LONG:
                early = asyncio.create_task(store.record(signs()))
            try:
                if output:
                    told = telling(clock, prepared.found.rows, emit)
                    await write(prepared, frames, sidecar, output, parts.settings, told)
            except BrokenPipeError as error:
                left = error
        if output and is_replaced(output.target, prepared.table.source):
            traced.append(course.encode(course.replaced(way, prepared.table.source.files)))
        status = _status(tally.report(), stop)
        used = store.operations.since(before)
        expected = (
            None if status is JobStatus.INTERRUPTED else known.beside(tally.report().spent, warm)
        )
        emit(RunFinished(clock.now(), status, clock.monotonic() - started, used, expected))
        report = tally.report()
        kept = written(report)
        judged = None if report.unknown or status is not JobStatus.COMPLETE else expected
        await store.record(current(status, finished=clock.now(), report=kept), judged)
        if early is not None:
            await early  # in one commit with the end, or before it
    except BaseException:
        if early is not None:
            early.cancel()
        with suppress(EnrichError):  # the store itself may be what failed
            ended = replace(signs(), status=JobStatus.INTERRUPTED, finished=clock.now())
            await store.record(ended)
        raise
    if left is not None:
        raise left
    return report


def _nobody(line: str) -> None:
    """Where nobody listens."""


def _counts(prepared: Prepared) -> dict[EntityType, int]:
    return {type_: prepared.found.entities[type_].height for type_ in prepared.types}


def _shared(
    job: Job,
    store: Store,
    parts: Parts,
    emit: Sink,
    stop: Stop,
    entities: Mapping[EntityType, int],
    tell: Callable[[str], object],
    *,
    gives_way: bool,
) -> Shared:
    settings, clock = parts.settings, parts.clock
    return Shared(
        store=store,
        clock=clock,
        emit=emit,
        till=Till(Budget(settings.budget), settings.provider_budgets),
        stop=stop,
        books=Books(job.id),
        random=parts.random,
        concurrency=settings.concurrency,
        ceilings=ceilings(settings.budgets, clock.now()),
        rebuy=settings.rebuy_unknown,
        entities=entities,
        tell=tell,
        gives_way=gives_way,
        errors=Errors(settings.max_errors),
        history=parts.history,
        max_per_cell=settings.max_per_cell,
    )


async def _run(
    prepared: Prepared,
    warm: Mapping[EntityType, Sequence[pl.Series]],
    providers: Mapping[str, Provider],
    shared: Shared,
    collect: running.Collect,
    settings: Settings,
    notice: Callable[[Ticket], None],
    *,
    each: bool,
    ample: bool,
) -> None:
    plan, budget = prepared.plan, None if ample else settings.budget
    short = bool(shared.ceilings or settings.provider_budgets) or scarce(
        plan, _counts(prepared), budget
    )
    together = 0 if short or each else _TOGETHER
    entities = {
        type_: to_entities(prepared.found, type_, warm.get(type_, ()), by_key=together)
        for type_ in prepared.types
    }
    try:
        await running.run(
            plan,
            entities,
            providers,
            shared,
            collect,
            each=each,
            money_is_short=short,
            describing=settled.describing,
            notice=notice,
        )
    except* EnrichError as group:
        raise _first(group) from group


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
    wanted = prepared.wanted_cells
    return RunStarted(
        at=job.started,
        job=job.id,
        table=job.table,
        rows=prepared.found.rows,
        wanted=wanted,
        gaps=gaps,
        entities={t: (int(frame["rows"].sum()), frame.height) for t, frame in frames.items()},
        providers=tuple((step.spec.name, step.spec.tier) for step in prepared.plan.steps),
        budget=settings.budget,
        held={
            one.field: prepared.found.selected - wanted[one.field]
            for one in prepared.plan.wanted
            if not (one.exists and (one.overwrite or one.dated))
        },
        columns={one.field: one.column for one in prepared.plan.wanted},
    )


def _status(report: Report, stop: Stop) -> JobStatus:
    if stop.requested():
        return JobStatus.INTERRUPTED
    if report.could_not_ask:
        return JobStatus.PARTIAL
    return JobStatus.BUDGET if Gap.BUDGET in report.gaps else JobStatus.COMPLETE
