"""One job from table to table: scan, identify, plan, forecast, run, join, write.

Every command and the Python interface go through these functions. They are handed their adapters
and sinks and build none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import BinaryIO

import polars as pl

from enrich_cli.app import planning, running
from enrich_cli.app.forecast import Forecaster
from enrich_cli.app.memory import Memory
from enrich_cli.domain.entity import EntityType, Field, IdKind, Query
from enrich_cli.domain.errors import UsageError
from enrich_cli.domain.events import Event
from enrich_cli.domain.inspection import Inspection
from enrich_cli.domain.plan import Estimate, Plan
from enrich_cli.domain.provider import Clock, Provider, ProviderSpec
from enrich_cli.domain.store import Store
from enrich_cli.domain.ticket import Ticket
from enrich_cli.settings import Settings
from enrich_cli.tables import files, select
from enrich_cli.tables.identify import Found, identify, to_entities
from enrich_cli.tables.looking import inspection
from enrich_cli.tables.recognise import Use, survey


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
    def new_cells(self) -> int:
        """How many cells the output has more than the table, where all are filled."""
        new = sum(not one.exists for one in self.plan.wanted)
        return self.found.rows * new

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


def look(
    path: str, said: files.Told, stdin: BinaryIO | None, settings: Settings, scratch: Path
) -> Table:
    """Open a table and find the columns that identify its companies and people.

    Raises TableError, ConfigError.
    """
    source = files.open_table(path, told=said, stdin=stdin, scratch=scratch)
    frame = files.scan(source)
    found = survey(frame, source.columns, overrides=settings.identify)
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
        orders={name: rule.order for name, rule in settings.accept.items() if rule.order},
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
