"""The written table: results joined to the rows, at its place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.events import RowsWritten, Sink
from enrich_cli.domain.provider import Clock
from enrich_cli.job import Prepared
from enrich_cli.settings import Settings
from enrich_cli.tables import files, join, own
from enrich_cli.tables.identify import COLUMN, attach, beside, whom
from enrich_cli.tables.provenance import Sidecar
from enrich_cli.tables.spelling import line_ends
from enrich_cli.tables.splice import Base, base_of
from enrich_cli.tables.spool import Spool, kept
from enrich_cli.tables.writing import Written


@dataclass(frozen=True, slots=True)
class Output:
    """Where the table goes, and how: `provenance` is none, columns or file.

    `sidecar` is where the provenance goes in the last case. `say` is told what of the input's
    spelling could not be kept, `tell` what is to be known of a provider's account.
    """

    target: Path | BinaryIO
    provenance: str = "none"
    sidecar: Path | None = None
    say: Callable[[str], object] = lambda _: None
    tell: Callable[[str], object] = lambda _: None


async def write(
    prepared: Prepared,
    frames: Mapping[EntityType, Sequence[pl.DataFrame]],
    sidecar: Sidecar | None,
    output: Output,
    settings: Settings,
    written: Written,
) -> None:
    """Join what was found to the rows, and write them; `written` is told how far it is.

    `frames` have the results of all entities, in any order. Raises MachineError or OutputError
    where the output fails, BrokenPipeError where its reader went away.
    """
    keys = {type_: frame["key"] for type_, frame in prepared.found.entities.items()}
    found = {
        type_: join.placed(pl.concat(some), keys[type_]) for type_, some in frames.items() if some
    }
    if prepared.table.source.format in (files.Format.CSV, files.Format.TSV):
        guard = not settings.raw_values
        found = {type_: join.as_text(frame, guard=guard) for type_, frame in found.items()}
    if sidecar and output.sidecar:  # while the input is there: the output may replace it
        await asyncio.to_thread(sidecar.write, output.sidecar, _nameless(prepared))
    explained = output.provenance == "columns"
    source = prepared.table.source
    columns = join.added_columns(prepared.plan.wanted, (), provenance=explained)
    stay = not set(columns) & set(source.columns)
    if stay and not explained and source.lined:
        await asyncio.to_thread(_append, prepared, found, output, written)
    elif stay and (base := base_of(source)):
        await asyncio.to_thread(
            _extend, prepared, found, output, base, written, explained=explained
        )
    else:
        await asyncio.to_thread(_rewrite, prepared, found, output, written, explained=explained)


def _nameless(prepared: Prepared) -> pl.LazyFrame:
    rows = attach(prepared.table.frame, prepared.found, explained=True)
    return join.nameless(rows, prepared.plan.wanted, selected=prepared.selected)


_TOLD = 20
"""How often it is told, at most, how many rows are written."""


def telling(clock: Clock, of: int, emit: Sink) -> Written:
    """Tells the sinks in the loop's own thread how many rows are written, now and then."""
    loop = asyncio.get_running_loop()
    steps = 0

    def written(rows: int) -> None:
        nonlocal steps
        if (step := rows * _TOLD // max(1, of)) > steps:
            steps = step
            loop.call_soon_threadsafe(emit, RowsWritten(clock.now(), rows, of))

    return written


def _append(
    prepared: Prepared,
    found: Mapping[EntityType, pl.DataFrame],
    output: Output,
    written: Written,
) -> None:
    """Write the lines of the table as they are, each with its new cells behind."""
    source, wanted = prepared.table.source, prepared.plan.wanted
    spool = Spool(source.scratch)
    rows = whom(prepared.table.frame, prepared.found)  # null for rows that are not selected
    if not prepared.found.hashes:
        rows = kept(rows, spool)
    added = join.added_columns(wanted, (), provenance=False)
    ends = line_ends(rows, found, wanted, source)
    files.append(ends, source, output.target, added=added, say=output.say, written=written)


def _extend(
    prepared: Prepared,
    found: Mapping[EntityType, pl.DataFrame],
    output: Output,
    base: Base,
    written: Written,
    *,
    explained: bool,
) -> None:
    """Write the file of the table as it is, with new columns behind the old."""
    source, wanted = prepared.table.source, prepared.plan.wanted
    spool = Spool(source.scratch)
    rows = kept(_whom(prepared, explained=explained), spool)
    selected = pl.col(own.CHOSEN) if explained else None

    def new(start: int, length: int) -> pl.DataFrame:
        some = rows.slice(start, length).collect(engine="in-memory")
        return join.join(
            some.lazy(), found, wanted, (), selected=selected, provenance=explained
        ).collect(engine="in-memory")

    files.extend(new, source, base, output.target, written=written)


def _whom(prepared: Prepared, *, explained: bool) -> pl.LazyFrame:
    """The places of each row's entities; with `explained` what their provenance needs, too."""
    frame, found = prepared.table.frame, prepared.found
    if not explained:
        return whom(frame, found)
    chosen = pl.lit(value=True) if prepared.selected is None else prepared.selected
    return attach(frame, found, explained=True).select(
        *COLUMN.values(), own.FREE_MAIL, chosen.alias(own.CHOSEN)
    )


def _rewrite(
    prepared: Prepared,
    found: Mapping[EntityType, pl.DataFrame],
    output: Output,
    written: Written,
    *,
    explained: bool,
) -> None:
    """Write the table with its wanted cells filled and its new columns."""
    source, wanted = prepared.table.source, prepared.plan.wanted
    frame = prepared.table.frame
    table = join.join(
        attach(frame, prepared.found, explained=True)
        if explained
        else beside(frame, prepared.found),
        found,
        wanted,
        source.columns,
        selected=prepared.selected,
        provenance=explained,
    )
    added = join.added_columns(wanted, source.columns, provenance=explained)
    files.write(table, source, output.target, added=added, say=output.say, written=written)
