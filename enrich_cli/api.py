"""The same job on a Polars frame, for scripts and notebooks."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec

import polars as pl

from enrich_cli import execution, forecasting, job
from enrich_cli.app.stop import Stop
from enrich_cli.compose import Composition, Streams, compose
from enrich_cli.domain.errors import PlanRefusedError, UsageError
from enrich_cli.domain.events import Sink
from enrich_cli.domain.nearest import did_you_mean
from enrich_cli.domain.report import Report
from enrich_cli.output import Output
from enrich_cli.settings import OPTION_NAMES
from enrich_cli.tables.source import Format, Told
from enrich_cli.views.progress import PlainProgress, Progress
from enrich_cli.views.text import at_most


@dataclass(frozen=True, slots=True)
class Enriched:
    """What a job made: the frame with its columns filled, the cost report, and notes for people."""

    frame: pl.DataFrame
    report: Report
    notes: Sequence[str] = field(default=())


def enrich(
    frame: pl.DataFrame | pl.LazyFrame,
    columns: Sequence[str] | str = (),
    *,
    provenance: bool = False,
    progress: bool = True,
    environ: Mapping[str, str] | None = None,
    **options: object,
) -> Enriched:
    """Fill `columns` of a frame, as `enrich run --columns` does, in the same store.

    Each of `columns` is a field or `COLUMN=FIELD`. `options` are those of the command, with
    underscores: `budget="5"`, `providers=["website"]`, `sandbox=True`, `where="..."`, `cache=...`.
    What may cost money needs a `budget` or `yes=True`. With `provenance` there are five more
    columns for each. `progress` shows a bar in a notebook and on a terminal, else a line now and
    then. Rows, their order, and types stay. Raises EnrichError, of `enrich_cli.domain.errors`.
    """
    texts = [columns] if isinstance(columns, str) else [*columns]
    asked = tuple(part.strip() for text in texts for part in text.split(",") if part.strip())
    if unknown := next((name for name in options if name not in (*OPTION_NAMES, "config")), None):
        raise UsageError(f"unknown option {unknown!r}", hint=did_you_mean(unknown, OPTION_NAMES))
    streams = Streams(io.BytesIO(), io.TextIOWrapper(io.BytesIO()), sys.stderr)
    flags = {**options, "quiet": not progress or options.get("quiet", False)}
    with compose(flags, environ=environ or os.environ, streams=streams) as composition:
        source = composition.scratch / "frame.parquet"
        frame.lazy().sink_parquet(source)
        looked = composition.look(str(source), Told(Format.PARQUET))
        prepared = job.prepare(looked, asked, composition.parts, to_run=True)
        running = _run(composition, prepared, provenance=provenance, progress=progress)
        # A notebook has an event loop of its own going in this thread.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, running).result()


async def _run(
    composition: Composition, prepared: job.Prepared, *, provenance: bool, progress: bool
) -> Enriched:
    settings, parts = composition.settings, composition.parts
    notes = [*prepared.notes]
    specs = [step.spec for step in prepared.plan.steps]
    async with composition.open_providers(specs) as providers:
        store = composition.store
        if settings.budget is None and not settings.yes and not settings.offline:
            made = await forecasting.forecast(prepared, store, providers, parts)
            if made.worst or any(not f.spec.priced and f.items for f in made.forecasts):
                raise PlanRefusedError(
                    f"this may cost up to {at_most(made.worst)}, and nobody approved it",
                    hint='budget="5", or yes=True',
                )
        target = composition.scratch / "enriched.parquet"
        output = Output(target, "columns" if provenance else "none", None, notes.append)
        with ExitStack() as stack:
            sinks = [_bar(composition, stack)] if progress else []
            report = await execution.execute(
                prepared, store, providers, parts, output, Stop(), sinks
            )
    return Enriched(pl.read_parquet(target), report, tuple(notes))


def _bar(composition: Composition, stack: ExitStack) -> Sink:
    """A bar on a terminal and in a notebook that can paint one, else lines."""
    console = composition.console
    paints = console.is_jupyter and find_spec("ipywidgets") is not None
    if paints or (console.is_terminal and not console.is_dumb_terminal):
        return stack.enter_context(Progress(console))
    return PlainProgress(composition.streams.stderr)
