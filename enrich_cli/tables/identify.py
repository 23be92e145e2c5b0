"""From columns to distinct entities: the door out, by which rows leave the table as objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import polars as pl

from enrich_cli.domain.entity import CATALOGUE, Entity, EntityKey, EntityType, Field, IdKind
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.outcome import Gap
from enrich_cli.tables import own
from enrich_cli.tables.cells import FREE
from enrich_cli.tables.count import BeforeMost, Counted, count
from enrich_cli.tables.gather import gather
from enrich_cli.tables.own import ROW
from enrich_cli.tables.recipe import COMPANY, PERSON, recipe
from enrich_cli.tables.resolve import Resolver
from enrich_cli.tables.spool import Spool
from enrich_cli.tables.uses import Use

COLUMN: Mapping[EntityType, str] = MappingProxyType({COMPANY: own.COMPANY, PERSON: own.PERSON})
"""The columns that `attach` adds."""

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
    explaining: Resolver = field(repr=False)
    places: Mapping[EntityType, pl.DataFrame] = field(repr=False)
    chosen: pl.Expr | None = field(repr=False)
    hashes: tuple[Spool, ...] = field(repr=False)
    attachable: bool = True

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
    dated: Mapping[Field, str] = MappingProxyType({}),
    hints: frozenset[IdKind] = ALL_HINTS,
    before_most: BeforeMost | None = None,
    known: Mapping[str, pl.DataFrame] = MappingProxyType({}),
    about: int = 0,
    scratch: Path | None = None,
    attachable: bool = True,
) -> Found:
    """The distinct entities behind the selected rows of a table.

    `uses` are the columns that identify, the strongest first. `wanted` maps each field to the
    column that is filled where it is null or empty, or to None where the column is new; where
    nothing is wanted, all types that `uses` identify are looked for, else those of the wanted
    fields. `selected` is a Boolean expression over the columns and `ROW`, the row's number
    from 0. `overwrite` are the fields whose cells are filled whether or not they are empty;
    `dated` names for others the column that dates their cells, which are filled where it does.
    `hints` are the kinds of further identifiers that entities shall carry: the one that most rows
    have, but one that `before_most` knows before all others. `known` is what a survey of the whole
    table has read already, `about` how many rows there may be. Where there is a `scratch` folder,
    all rows are selected and one column says it all, `whom` needs no other look at the table.
    What is not to be `attachable` to the rows again takes less memory.

    Reads the table in a stream, once where one column says it all, and at most three times; memory
    follows the distinct values. Raises ConfigError where a used column does not exist or holds no
    text.
    """
    types = tuple(dict.fromkeys(CATALOGUE[name].entity for name in wanted)) or tuple(
        type_ for type_ in EntityType if any(type_ in use.entities for use in uses)
    )
    _check(frame, uses)
    plan = recipe(uses, types, hints)
    empties = list(_empties(frame, wanted, overwrite, dated))
    sums = [empty.meta.output_name() for empty in empties]
    fields = {
        type_: [_empty(name) for name in wanted if CATALOGUE[name].entity is type_]
        for type_ in types
    }
    counters = {type_: [name for name in sums if name in fields[type_]] for type_ in types}
    indexed = frame if ROW in frame.collect_schema() else frame.with_row_index(ROW)
    chosen = indexed if selected is None else indexed.filter(selected)
    source = chosen.select(
        *(plan.cell(column).alias(column) for column in plan.parts()),
        pl.col(ROW).cast(pl.UInt32),
        *empties,
    )
    gathered = gather(
        source,
        plan,
        sums,
        known,
        lean=bool(wanted),
        about=about if selected is None else 0,
        scratch=scratch if selected is None else None,
    )
    # Contradictions between columns are looked for in inspections only, where nothing is wanted.
    counts = count(
        gathered,
        source,
        counters,
        contradictions=not wanted,
        before_most=before_most,
        last=not attachable,
    )
    counted = counts.entities
    resolver = gathered.resolver
    deciding = resolver.only(counts.deciding)
    free = {(column, FREE) for column in resolver.cells.columns}
    return Found(
        entities={
            type_: each.entities.with_columns(
                pl.col("rows").alias(name) for name in fields[type_] if name not in sums
            )
            for type_, each in counted.items()
        },
        rows=gathered.rows if selected is None else _height(frame),
        selected=gathered.rows,
        unidentified=_unidentified(wanted, counted),
        conflicts=counts.conflicts,
        names=counted[COMPANY].names if COMPANY in counted else pl.DataFrame(),
        resolver=resolver,
        deciding=deciding,
        explaining=resolver.only(counts.deciding | free),
        places={
            type_: each.places.select(*deciding.key(type_), "entity")
            for type_, each in counted.items()
        },
        chosen=selected,
        hashes=gathered.hashes,
        attachable=attachable,
    )


def _height(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect(engine="streaming").item())


def attach(frame: pl.LazyFrame, found: Found, *, explained: bool = False) -> pl.LazyFrame:
    """The table with each row's company and person in the columns `COLUMN`.

    Each is the entity's place in `found.entities` (UInt32), null where a row names none, or was
    not selected. With `explained` there is `FREE_MAIL`, too. Row count, row order and all other
    columns stay; nothing is read before the result is collected.
    """
    _check_attachable(found)
    columns = frame.collect_schema().names()
    indexed = frame
    if found.chosen is not None and ROW not in columns:
        indexed = frame.with_row_index(ROW)
    resolver = found.explaining if explained else found.deciding
    if len(resolver.cells.columns) == 1:
        (column,) = resolver.cells.columns
        rows = resolver.joined(indexed, column, _named(resolver, column, found))
    else:
        rows = _placed(resolver.resolve(indexed), found)
    attached: list[pl.Expr] = []
    for type_, column in COLUMN.items():
        place = pl.col(column) if type_ in found.places else pl.lit(None, pl.UInt32)
        if found.chosen is not None:
            place = pl.when(found.chosen).then(place)
        attached.append(place.alias(column))
    more = [pl.col(own.FREE_MAIL).fill_null(value=False)] if explained else []
    return rows.select(*(pl.col(name) for name in columns), *attached, *more)


def whom(frame: pl.LazyFrame, found: Found) -> pl.LazyFrame:
    """What `attach` adds to the table, alone."""
    _check_attachable(found)
    columns = list(found.deciding.cells.columns)
    if not found.hashes or not columns:
        return attach(frame, found).select(COLUMN.values())
    (column,) = columns
    named = _named(found.deciding, column, found).with_columns(pl.col("raw").hash().alias(own.HASH))
    rows = pl.scan_ipc([spool.path for spool in found.hashes])
    return rows.join(named.lazy(), on=own.HASH, how="left", maintain_order="left").select(
        (pl.col(name) if type_ in found.places else pl.lit(None, pl.UInt32)).alias(name)
        for type_, name in COLUMN.items()
    )


def _check_attachable(found: Found) -> None:
    if not found.attachable:
        raise ValueError("identified without a second pass in mind")


def beside(frame: pl.LazyFrame, found: Found) -> pl.LazyFrame:
    """As `attach`, for the very table that was identified: quicker where hashes were kept."""
    if not found.hashes:
        return attach(frame, found)
    return pl.concat([frame, whom(frame, found)], how="horizontal")


def _named(resolver: Resolver, column: str, found: Found) -> pl.DataFrame:
    """Whom each distinct cell, `raw`, of a column that says it all names: found out once."""
    judged = _placed(resolver.judge(resolver.numbers(column).lazy()), found)
    named = [*(COLUMN[type_] for type_ in found.places), own.FREE_MAIL]
    return judged.select("raw", *named).collect(engine="in-memory")


def _placed(judged: pl.LazyFrame, found: Found) -> pl.LazyFrame:
    """The judged rows with the places of their entities in `COLUMN`."""
    for type_, places in found.places.items():
        judged = judged.join(
            places.lazy().rename({"entity": COLUMN[type_]}),
            on=found.deciding.key(type_),
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
    return judged


def to_entities(
    found: Found, type_: EntityType, but: Sequence[pl.Series] = (), *, by_key: int = 0
) -> Iterator[Entity]:
    """The entities of that type as objects: those with the most cells to fill first.

    Of equal ones the one that appears first comes first. Where there are more than `by_key`, so
    many that follow one another come in the order of their keys instead, in which a store has
    them. Those at the places in `but` (UInt32) are left out.

    The canonical identifier comes first among the `ids`, then the hints. A name that identifies
    comes as it is written, its country or domain beside it.
    """
    frame = found.entities.get(type_)
    if frame is None:
        return
    if but:
        gone = pl.concat([some.alias("place") for some in but]).to_frame()
        frame = frame.with_row_index("place").join(
            gone, on="place", how="anti", maintain_order="left"
        )
    wanted = {name: Field(name[6:]) for name in frame.columns if name.startswith("empty:")}
    if wanted:
        frame = frame.sort(pl.sum_horizontal(*wanted), descending=True, maintain_order=True)
    if 0 < by_key < frame.height:
        frame = frame.sort(pl.int_range(pl.len()) // by_key, "key")
    for row in frame.iter_rows(named=True):
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
    frame: pl.LazyFrame,
    wanted: Mapping[Field, str | None],
    overwrite: frozenset[Field],
    dated: Mapping[Field, str],
) -> Iterator[pl.Expr]:
    """For each field that is not wanted in every row, 1 where the row's cell is to be filled."""
    schema = frame.collect_schema()
    for name, column in wanted.items():
        if column is None or name in overwrite:
            continue
        if schema[column].base_type() in (pl.String, pl.Categorical, pl.Enum):
            empty = pl.col(column).cast(pl.String).fill_null("") == ""
        else:
            empty = pl.col(column).is_null()
        if name in dated:
            empty |= pl.col(dated[name]).cast(pl.String).fill_null("") != ""
        yield empty.cast(pl.UInt32).alias(_empty(name))


def _unidentified(
    wanted: Mapping[Field, str | None], counted: Mapping[EntityType, Counted]
) -> Mapping[Field, Mapping[Gap, int]]:
    gaps: dict[Field, Mapping[Gap, int]] = {}
    for name in wanted:
        type_ = CATALOGUE[name].entity
        free, nameless = (
            cells.get(_empty(name), cells["rows"])
            for cells in (counted[type_].free, counted[type_].nameless)
        )
        rest = nameless - free
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
