"""From columns to distinct entities: the door out, by which rows leave the table as objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import polars as pl

from enrich_cli.domain.entity import CATALOGUE, Entity, EntityKey, EntityType, Field, IdKind
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.outcome import Gap
from enrich_cli.tables.cells import read_cells
from enrich_cli.tables.count import ROW, WEIGHT, Counted, count
from enrich_cli.tables.recipe import COMPANY, PERSON, recipe
from enrich_cli.tables.resolve import Resolver
from enrich_cli.tables.uses import Use

COLUMN: Mapping[EntityType, str] = MappingProxyType({COMPANY: "__company", PERSON: "__person"})
"""The columns of entity keys that `attach` adds."""

ALL_HINTS = frozenset(IdKind)


@dataclass(frozen=True, slots=True)
class Found:
    """The entities behind a table, and what became of the cells that name none.

    entities      for each type a frame with one row for each distinct entity, in the order of
                  first appearance: `key`, `kind` and `canonical` of its identifier, a column
                  `id:<kind>` for every IdKind, `rows`, and `empty:<field>` for the wanted fields
                  of that type
    rows          all rows of the table; `selected`: those that want answers
    unidentified  wanted cells in rows that name no entity of the field's type
    conflicts     where two columns of a row name different companies: `row` (the first such row,
                  counted from 1), `identifier` (the one that counts), `other`, `rows`; looked for
                  only where nothing is wanted, as in an inspection
    names         the company names that each company carries, as written: `entity` (its place
                  in `entities`), `value`, `rows`; empty where names were not asked for
    """

    entities: Mapping[EntityType, pl.DataFrame]
    rows: int
    selected: int
    unidentified: Mapping[Field, Mapping[Gap, int]]
    conflicts: pl.DataFrame
    names: pl.DataFrame = field(repr=False)
    resolver: Resolver = field(repr=False)
    deciding: Resolver = field(repr=False)
    keys: Mapping[EntityType, pl.DataFrame] = field(repr=False)
    chosen: pl.Expr | None = field(repr=False)

    @property
    def rejected(self) -> pl.DataFrame:
        """Cells that name nothing: `column, raw, reason, rows`, those of most rows first."""
        return self.resolver.cells.rejected()


def identify(
    frame: pl.LazyFrame,
    uses: Sequence[Use],
    wanted: Mapping[Field, str | None],
    *,
    selected: pl.Expr | None = None,
    overwrite: frozenset[Field] = frozenset(),
    hints: frozenset[IdKind] = ALL_HINTS,
) -> Found:
    """The distinct entities behind the selected rows of a table.

    `uses` are the columns that identify, the strongest first. `wanted` maps each field to the
    column that is filled where it is null or empty, or to None where the column is new; where
    nothing is wanted, all types that `uses` identify are looked for, else those of the wanted
    fields. `selected` is a Boolean expression over the columns and `__row`, the row's number
    from 0. `overwrite` are the fields whose cells are filled whether or not they are empty.
    `hints` are the kinds of further identifiers that entities shall carry.

    Reads the table twice in a stream, once where the first column says it all; memory follows the
    distinct values. Raises ConfigError where a used column does not exist or holds no text.
    """
    types = tuple(dict.fromkeys(CATALOGUE[name].entity for name in wanted)) or tuple(
        type_ for type_ in EntityType if any(type_ in use.entities for use in uses)
    )
    _check(frame, uses)
    plan = recipe(uses, types, hints)
    parts = plan.parts()
    counters = {
        type_: [_empty(name) for name in wanted if CATALOGUE[name].entity is type_]
        for type_ in types
    }
    indexed = frame if ROW in frame.collect_schema() else frame.with_row_index(ROW)
    chosen = indexed if selected is None else indexed.filter(selected)
    source = chosen.select(
        *(plan.cell(column).alias(column) for column in parts),
        pl.col(ROW).cast(pl.UInt32),
        pl.lit(1, pl.UInt32).alias(WEIGHT),
        *_empties(frame, wanted, overwrite),
    )
    sums = [name for names in counters.values() for name in names]
    lead = next(iter(parts), None)
    everything, totals, *distinct = pl.collect_all(
        [
            frame.select(pl.len()),
            source.select(pl.col(WEIGHT, *sums).sum()),
            *(_distinct(source, column, sums if column == lead else []) for column in parts),
        ],
        engine="streaming",
    )
    selected_rows = int(totals.item(0, WEIGHT))
    cells = read_cells(
        {
            column: values.filter(pl.col(column).fill_null("") != "").select(
                pl.col(column).alias("raw"), pl.col(WEIGHT).alias("rows")
            )
            for column, values in zip(parts, distinct, strict=True)
        },
        parts,
    )
    resolver = Resolver(plan, cells)
    # Contradictions between columns are looked for in inspections only, where nothing is wanted.
    lean = resolver.only(resolver.needed(selected_rows), hints) if wanted else resolver
    if distinct and set(lean.cells.columns) <= {lead}:
        # One column says it all: its distinct cells, weighed, stand for the rows.
        source = distinct[0].lazy()
    counts = count(lean, lean.resolve(source), counters)
    counted = counts.entities
    deciding = lean.only(counts.deciding)
    return Found(
        entities={type_: each.entities for type_, each in counted.items()},
        rows=everything.item(),
        selected=selected_rows,
        unidentified=_unidentified(wanted, counted),
        conflicts=counts.conflicts,
        names=counted[COMPANY].names if COMPANY in counted else pl.DataFrame(),
        resolver=resolver,
        deciding=deciding,
        keys={
            type_: each.keys.select(*deciding.key(type_), "key") for type_, each in counted.items()
        },
        chosen=selected,
    )


def attach(frame: pl.LazyFrame, found: Found) -> pl.LazyFrame:
    """The table with the keys of each row's company and person in `__company` and `__person`.

    Null where a row names none, or was not selected. Row count, row order and all other columns
    stay; nothing is read before the result is collected.
    """
    columns = frame.collect_schema().names()
    indexed = frame
    if found.chosen is not None and ROW not in columns:
        indexed = frame.with_row_index(ROW)
    rows = found.deciding.resolve(indexed)
    keys: list[pl.Expr] = []
    for type_, column in COLUMN.items():
        key: pl.Expr = pl.lit(None, pl.String)
        if type_ in found.keys:
            rows = rows.join(
                found.keys[type_].lazy().rename({"key": column}),
                on=found.deciding.key(type_),
                how="left",
                nulls_equal=True,
                maintain_order="left",
            )
            key = pl.col(column)
        if found.chosen is not None:
            key = pl.when(found.chosen).then(key)
        keys.append(key.alias(column))
    return rows.select(*(pl.col(name) for name in columns), *keys)


def to_entities(found: Found, type_: EntityType) -> Iterator[Entity]:
    """The entities of that type as objects: those with the most cells to fill first.

    Of equal ones the one that appears first comes first.

    The canonical identifier comes first among the `ids`, then the hints. A name that identifies
    comes as it is written, its country or domain beside it.
    """
    frame = found.entities.get(type_)
    if frame is None:
        return
    wanted = {name: Field(name[6:]) for name in frame.columns if name.startswith("empty:")}
    cells = pl.sum_horizontal(pl.lit(0), *wanted)
    for row in frame.sort(cells, descending=True, maintain_order=True).iter_rows(named=True):
        canonical = IdKind(row["kind"])
        kinds = (canonical, *(kind for kind in IdKind if kind is not canonical))
        yield Entity(
            EntityKey(row["key"]),
            type_,
            tuple((kind, text) for kind in kinds if (text := row[f"id:{kind}"]) is not None),
            row["rows"],
            {field_: row[name] for name, field_ in wanted.items()},
        )


def _empty(name: Field) -> str:
    return f"empty:{name}"


def _empties(
    frame: pl.LazyFrame, wanted: Mapping[Field, str | None], overwrite: frozenset[Field]
) -> Iterator[pl.Expr]:
    """For each wanted field, 1 where the row's cell is to be filled."""
    schema = frame.collect_schema()
    for name, column in wanted.items():
        if column is None or name in overwrite:
            empty = pl.lit(True)
        elif schema[column].base_type() in (pl.String, pl.Categorical, pl.Enum):
            empty = pl.col(column).cast(pl.String).fill_null("") == ""
        else:
            empty = pl.col(column).is_null()
        yield empty.cast(pl.UInt32).alias(_empty(name))


def _distinct(source: pl.LazyFrame, column: str, sums: Sequence[str]) -> pl.LazyFrame:
    return source.group_by(column).agg(
        pl.col(WEIGHT).sum(), pl.col(ROW).min(), *(pl.col(name).sum() for name in sums)
    )


def _unidentified(
    wanted: Mapping[Field, str | None], counted: Mapping[EntityType, Counted]
) -> Mapping[Field, Mapping[Gap, int]]:
    gaps: dict[Field, Mapping[Gap, int]] = {}
    for name in wanted:
        type_ = CATALOGUE[name].entity
        free = counted[type_].free[_empty(name)]
        rest = counted[type_].nameless[_empty(name)] - free
        found = {Gap.NO_IDENTIFIER: rest, Gap.FREE_MAIL: free}
        if any(found.values()):
            gaps[name] = {gap: cells for gap, cells in found.items() if cells}
    return gaps


def _check(frame: pl.LazyFrame, uses: Sequence[Use]) -> None:
    schema = frame.collect_schema()
    for use in uses:
        if use.column not in schema:
            raise ConfigError(
                f"the table has no column {use.column!r}", hint="see `enrich inspect`"
            )
        if schema[use.column].is_nested() or schema[use.column] == pl.Binary:
            raise ConfigError(
                f"column {use.column!r} holds {schema[use.column]}, no text, and names nobody",
                hint="name another column in [identify]",
            )
