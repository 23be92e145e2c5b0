"""One job from table to table: scan, identify, plan, forecast, run, join, write.

Every command and the Python interface go through these functions. They are handed their adapters
and sinks and build none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import BinaryIO

import polars as pl

from enrich_cli.app import planning
from enrich_cli.app.crowd import by_kind
from enrich_cli.app.order import best_order
from enrich_cli.app.rates import learned
from enrich_cli.crowds import crowds
from enrich_cli.domain.entity import (
    CATALOGUE,
    EntityType,
    Field,
    IdKind,
)
from enrich_cli.domain.errors import EnrichError, UsageError
from enrich_cli.domain.history import NO_HISTORY, History
from enrich_cli.domain.inspection import Inspection
from enrich_cli.domain.ordering import Order
from enrich_cli.domain.plan import ACCEPT_ALL, Plan, Step, Wanted
from enrich_cli.domain.provider import Clock, ProviderSpec
from enrich_cli.settings import Settings
from enrich_cli.tables import files, select
from enrich_cli.tables.identify import ALL_HINTS, Found, identify, to_entities
from enrich_cli.tables.looking import inspection
from enrich_cli.tables.recognise import Use, survey
from enrich_cli.tables.suppressing import suppression


@dataclass(frozen=True, slots=True)
class Parts:
    """What the composition root hands to a job."""

    settings: Settings
    specs: Mapping[str, ProviderSpec]
    has_key: Callable[[ProviderSpec], bool]
    clock: Clock
    random: Random
    scratch: Path
    history: History = NO_HISTORY


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was looked at: its source, its numbered frame, and the columns that identify.

    `passed` are those that look as if they do, with why they do not; `read` is what the survey of
    a small table has read of its cells. While the source is not confirmed, `again` looks anew.
    """

    source: files.Source
    frame: pl.LazyFrame
    uses: tuple[Use, ...]
    passed: Mapping[str, str]
    read: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    again: Callable[[], Table] | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job that is ready to be forecast or run; nobody was asked and nothing was spent."""

    table: Table
    plan: Plan
    found: Found
    selected: pl.Expr | None
    notes: tuple[str, ...]
    orders: Mapping[EntityType, Order] = field(default_factory=dict)

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
    path: str,
    said: files.Told,
    stdin: BinaryIO | None,
    settings: Settings,
    scratch: Path,
    *,
    hurried: bool = False,
) -> Table:
    """Open a table and find the columns that identify its companies and people.

    With `hurried` a large one may have to be looked at once more, which `prepare` does. Raises
    TableError, ConfigError.
    """
    source = files.open_table(path, told=said, stdin=stdin, scratch=scratch, hurried=hurried)
    again = None
    if source.pending is not None:
        again = partial(look, path, said, stdin, settings, scratch)
    frame = files.scan(source)
    try:
        found = survey(frame, source.columns, overrides=settings.identify)
    except (EnrichError, pl.exceptions.PolarsError):
        if again is None or source.confirmed() is not None:
            raise
        return again()
    return Table(source, select.numbered(frame), found.uses, found.passed_over, found.read, again)


def inspect(table: Table, settings: Settings) -> Inspection:
    """What the table's columns name, what they name nobody with, and who is not to be asked about.

    Raises ConfigError for an entry of [suppress] that names nobody.
    """
    barred = suppression(settings.suppress)
    # Names tell whether one identifier stands for several companies.
    hints = ALL_HINTS if barred else frozenset({IdKind.NAME})
    first = barred.lists if barred else None
    found = identify(table.frame, table.uses, {}, hints=hints, before_most=first, known=table.read)
    source = table.source
    seen = inspection(source.path, source.columns, table.uses, found, table.passed)
    return replace(
        seen,
        suppressed=tuple(
            (type_, entity.ids[0][1], entity.rows)
            for type_ in (found.entities if barred else ())
            for entity in to_entities(found, type_)
            if barred.covers(entity)
        ),
    )


def prepare(
    table: Table,
    asked: Sequence[str],
    parts: Parts,
    *,
    all_fields: bool = False,
    priced: bool = False,
    to_run: bool = False,
) -> Prepared:
    """Identify the entities and plan the waterfall.

    `asked` are the texts of `--columns`. Where there are none, those of the configuration; then,
    with `all_fields`, the columns that are named like fields or else every field there is. With
    `priced` nobody is asked whose price is not known, as under a budget. With `to_run` what the
    output will need of the table is kept; without, nothing can be written by what is prepared.
    Raises UsageError, KeyMissingError, TableError.
    """
    own = (asked, parts, all_fields, priced, to_run)
    if table.again is None:
        return _prepared(table, *own)
    try:
        prepared = _prepared(table, *own)
    except (EnrichError, pl.exceptions.PolarsError):
        if table.source.confirmed() is not None:
            raise
        return _prepared(table.again(), *own)
    source = table.source.confirmed()
    if source is None:
        return _prepared(table.again(), *own)
    return replace(prepared, table=replace(prepared.table, source=source, again=None))


def _prepared(
    table: Table,
    asked: Sequence[str],
    parts: Parts,
    all_fields: bool,
    priced: bool,
    to_run: bool,
) -> Prepared:
    settings = parts.settings
    columns = table.source.columns
    wanted = planning.wanted_columns(
        asked, settings.columns, columns, overwrite=settings.overwrite, fill=settings.fill
    )
    if not wanted and all_fields:
        types = {type_ for use in table.uses for type_ in use.entities}
        wanted = planning.default_columns(columns, types)
    choice = planning.Choice(
        named=settings.providers,
        waterfall=settings.waterfall,
        orders={name: rule.order for name, rule in settings.accept.items() if rule.order},
        has_key=parts.has_key,
        has_contact=bool(settings.contact) or settings.sandbox,
        under_budget=priced or settings.budget is not None,
    )
    route = planning.route(parts.specs, wanted, choice)
    barred = suppression(settings.suppress)
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
        dated={one.field: one.dated for one in wanted if one.dated},
        # By whatever they are listed, they must be known.
        hints=ALL_HINTS if barred else _hints(step.spec for step in route.steps),
        before_most=barred.lists if barred else None,
        known=table.read,
        about=table.source.rows or 0,
        scratch=table.source.scratch if to_run else None,
        attachable=to_run,
    )
    orders = _orders(route.steps, found, wanted, parts)
    plan = Plan(
        wanted=wanted,
        steps=tuple(step for order in orders.values() for step in order.steps),
        started=parts.clock.now(),
        accept=settings.accept,
        refresh=settings.refresh,
        offline=settings.offline,
        accept_low=settings.accept_low,
        max_age=settings.max_age,
        max_per_entity=settings.max_per_entity,
        suppress=barred,
    )
    notes = (*table.source.notes, *route.notes)
    return Prepared(table, plan, found, selected, notes, orders)


def _orders(
    steps: Sequence[Step], found: Found, wanted: Sequence[Wanted], parts: Parts
) -> dict[EntityType, Order]:
    """In which order the providers of each type are asked.

    It stays as it is where the user has set it, for all fields or for one.
    """
    settings, rates = parts.settings, learned(parts.history, [step.spec for step in steps])
    own_order = {
        CATALOGUE[one.field].entity
        for one in wanted
        if settings.accept.get(one.field, ACCEPT_ALL).order
    }
    orders: dict[EntityType, Order] = {}
    for type_ in EntityType:
        some = [step for step in steps if step.spec.entity is type_]
        fixed = bool(settings.providers or settings.waterfall.get(type_)) or type_ in own_order
        frame = found.entities.get(type_)
        counted = [] if frame is None else crowds(frame, some, settings.max_per_entity)
        kinds = by_kind((each.kind, each.crowd) for each in counted)
        if some:
            orders[type_] = best_order(some, kinds, rates, fixed=fixed)
    return orders


def _hints(specs: Iterable[ProviderSpec]) -> frozenset[IdKind]:
    """The kinds of identifiers that some provider of the plan can make use of."""
    return frozenset(
        kind for spec in specs for kinds in (spec.hints, *spec.needs) for kind in kinds
    )
