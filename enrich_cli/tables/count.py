"""From resolved rows to counted entities: canonical identifiers, keys, rows, empty cells, hints."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from enrich_cli.domain.entity import EntityType, IdKind, entity_key
from enrich_cli.tables import normal
from enrich_cli.tables.cells import ALONE, Part
from enrich_cli.tables.recipe import COMPANY
from enrich_cli.tables.resolve import ONLY_FREE, Held, Resolver, hint

ROW = "__row"
WEIGHT = "__weight"
"""How many rows of the table a row stands for."""

_ID_OF: Mapping[Part, IdKind] = {
    Part.DOMAIN: IdKind.DOMAIN,
    Part.COMPANY_PAGE: IdKind.LINKEDIN,
    Part.PERSON_PAGE: IdKind.LINKEDIN,
    Part.EMAIL: IdKind.EMAIL,
}


@dataclass(frozen=True, slots=True)
class Counted:
    """The entities of one type.

    `entities` is as `Found.entities` describes it. `keys` has the entity's key for each
    combination of the resolver's key columns. `names` has the names that each company carries,
    as written: `entity` (its place among the entities), `value`, `rows`. `nameless` has the sums
    over the rows that name none, `free` those of them where only a free-mail address was there:
    `rows` and a column for each counter.
    """

    entities: pl.DataFrame
    keys: pl.DataFrame
    names: pl.DataFrame
    nameless: Mapping[str, int]
    free: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """The entities by type, what decided at least once, and the columns that contradict."""

    entities: Mapping[EntityType, Counted]
    deciding: frozenset[Held]
    conflicts: pl.DataFrame


def count(
    resolver: Resolver,
    rows: pl.LazyFrame,
    counters: Mapping[EntityType, Sequence[str]],
) -> Counts:
    """Count the entities behind resolved rows.

    `rows` has `ROW`, `WEIGHT` and the counters, columns of whole numbers that are summed for
    each entity. Columns that contradict are looked for only where there are no counters. All
    aggregations share one pass over the rows.
    """
    deciding = resolver.deciding()
    queries: dict[object, pl.LazyFrame] = {
        "deciding": rows.select(
            rule.any().alias(str(n)) for n, rule in enumerate(deciding.values())
        )
    }
    for type_ in resolver.recipe.types:
        key = resolver.key(type_)
        free = [ONLY_FREE] if type_ is COMPANY else []
        queries[type_] = rows.group_by(*key, *free).agg(
            pl.col(WEIGHT).sum().alias("rows"),
            pl.col(ROW).min().alias("first"),
            *(pl.col(name).sum() for name in counters[type_]),
        )
        for kind in resolver.hints(type_):
            value = hint(type_, kind)
            queries[type_, kind] = (
                rows.filter(
                    pl.any_horizontal(pl.col(key).is_not_null()), pl.col(value).is_not_null()
                )
                .group_by(*key, value)
                .agg(pl.col(WEIGHT).sum().alias("rows"))
            )
    for part in (Part.DOMAIN, Part.COMPANY_PAGE):
        columns = resolver.columns(part, COMPANY)
        if len(columns) > 1 and COMPANY in resolver.recipe.types and not any(counters.values()):
            strongest = pl.coalesce(columns)
            queries[part] = (
                rows.filter(pl.any_horizontal(pl.col(columns[1:]) != strongest))
                .group_by(*columns)
                .agg(pl.col(ROW).min().alias("row"), pl.col(WEIGHT).sum().alias("rows"))
            )
    answers = dict(
        zip(queries, pl.collect_all(list(queries.values()), engine="in-memory"), strict=True)
    )
    counted = {
        type_: _entities(
            resolver,
            type_,
            answers[type_],
            {kind: answers[type_, kind] for kind in resolver.hints(type_)},
            counters[type_],
        )
        for type_ in resolver.recipe.types
    }
    decided = answers["deciding"].row(0) if deciding else ()
    return Counts(
        counted,
        frozenset(held for held, ever in zip(deciding, decided, strict=True) if ever),
        _conflicts(resolver, {part: answers[part] for part in ALONE if part in answers}),
    )


def _entities(
    resolver: Resolver,
    type_: EntityType,
    groups: pl.DataFrame,
    hints: Mapping[IdKind, pl.DataFrame],
    counters: Sequence[str],
) -> Counted:
    key = resolver.key(type_)
    sums = ("rows", *counters)
    groups = _with_canonical(resolver, type_, groups).sort("first")
    is_named = groups["canonical"].is_not_null()
    named, nameless = groups.filter(is_named), groups.filter(~is_named)
    free = nameless.filter(pl.col(ONLY_FREE)) if type_ is COMPANY else nameless.clear()
    entities = named.select("canonical", "kind", *sums)
    if resolver.by_name(type_):
        # Names that are spelled differently may be one.
        entities = entities.group_by("canonical", maintain_order=True).agg(
            pl.col("kind").first(), pl.col(sums).sum()
        )
    texts = entities["canonical"]
    entities = entities.with_columns(
        pl.int_range(len(texts), dtype=pl.UInt32, eager=True).alias("entity"),
        pl.Series("key", [entity_key(type_, text) for text in texts], pl.String),
    )
    places = named.select(*key, "canonical").join(
        entities.select("canonical", "entity", "key"), on="canonical", how="left"
    )
    names = pl.LazyFrame(schema={"entity": pl.UInt32, "value": pl.String, "rows": pl.UInt32})
    wider = entities.lazy()
    for kind, counts in hints.items():
        held = counts.lazy().join(places.lazy(), on=key, nulls_equal=True)
        values = _values(resolver, type_, kind, held)
        if (type_, kind) == (COMPANY, IdKind.NAME):
            names = values
        most = _most(values).rename({"value": f"most:{kind}"})
        wider = wider.join(most, on="entity", how="left", maintain_order="left")
    ids = [_id(kind, among=hints).alias(f"id:{kind}") for kind in IdKind]
    whole, names_ = pl.collect_all(
        [wider.select("key", "kind", "canonical", *ids, pl.col(sums)), names], engine="in-memory"
    )
    return Counted(
        whole,
        places.select(*key, "key"),
        names_,
        nameless.select(pl.col(sums).sum()).row(0, named=True),
        free.select(pl.col(sums).sum()).row(0, named=True),
    )


def _id(kind: IdKind, among: Collection[IdKind]) -> pl.Expr:
    """An entity's identifier of that kind: its own, or the hint that most of its rows carry."""
    own = pl.when(pl.col("kind") == kind, kind != IdKind.NAME).then("canonical")
    return pl.coalesce(own, f"most:{kind}") if kind in among else own


def _with_canonical(resolver: Resolver, type_: EntityType, groups: pl.DataFrame) -> pl.DataFrame:
    """The groups with the canonical identifier of each, and its kind."""
    cells, key = resolver.cells, resolver.key(type_)
    number = pl.col(key[0])
    parts = ALONE[:2] if type_ is COMPANY else ALONE[2:]
    first, second = (pl.lit(_ID_OF[part].value) for part in parts)
    groups = groups.with_columns(
        _text(resolver, parts[0], number).alias("canonical"),
        pl.when(number < cells.starts[parts[1]])
        .then(first)
        .when(number.is_not_null())
        .then(second)
        .alias("kind"),
    )
    if len(key) == 1 or groups[key[1]].null_count() == groups.height:
        return groups
    if type_ is COMPANY:
        name, form = _text(resolver, Part.COMPANY_NAME, pl.col(key[1])), normal.company_name
        beside = _text(resolver, Part.COUNTRY, pl.col(key[2])).fill_null("")
    else:
        name, form = _text(resolver, Part.PERSON_NAME, pl.col(key[1])), normal.person_name
        beside = _text(resolver, Part.DOMAIN, pl.col(key[2]))
    texts = groups.select(name=name, beside=beside)
    named = texts.select(
        canonical=pl.concat_str(form(texts["name"]), pl.lit("|"), "beside")
    ).to_series()
    return groups.with_columns(
        pl.coalesce("canonical", named),
        pl.when(number.is_null()).then(pl.lit(IdKind.NAME.value)).otherwise("kind").alias("kind"),
    )


def _values(
    resolver: Resolver, type_: EntityType, kind: IdKind, counts: pl.LazyFrame
) -> pl.LazyFrame:
    """The values of a hint that each entity carries: `entity`, `value`, `rows`."""
    part = resolver.recipe.kinds(type_)[kind]
    text = _text(resolver, part, pl.col(hint(type_, kind)))
    return counts.select("entity", text.alias("value"), "rows")


def _most(values: pl.LazyFrame) -> pl.LazyFrame:
    """For each entity the value that most rows carry, ties by the smallest text."""
    # Most entities carry one value only, and need no comparing of texts.
    alone = values.filter(pl.col("entity").is_unique())
    rivals = (
        values.filter(pl.col("entity").is_duplicated())
        .group_by("entity", "value")
        .agg(pl.col("rows").sum())
        .sort("rows", "value", descending=[True, False])
        .unique("entity", keep="first", maintain_order=True)
    )
    return pl.concat([alone.select("entity", "value"), rivals.select("entity", "value")])


def _conflicts(resolver: Resolver, found: Mapping[Part, pl.DataFrame]) -> pl.DataFrame:
    schema = {"row": pl.UInt32, "identifier": pl.String, "other": pl.String, "rows": pl.UInt32}
    lists = [pl.DataFrame(schema=schema)]
    for part, rows in found.items():
        columns = resolver.columns(part, COMPANY)
        strongest = _text(resolver, part, pl.coalesce(columns))
        lists += [
            rows.filter(pl.col(column) != pl.coalesce(columns)).select(
                pl.col("row") + 1,
                strongest.alias("identifier"),
                _text(resolver, part, pl.col(column)).alias("other"),
                "rows",
            )
            for column in columns[1:]
        ]
    return (
        pl.concat(lists)
        .group_by("identifier", "other")
        .agg(pl.col("row").min(), pl.col("rows").sum())
        .select(*schema)
        .sort("row", "other")
    )


def _text(resolver: Resolver, part: Part, number: pl.Expr) -> pl.Expr:
    return pl.lit(resolver.cells.texts[part]).gather(number)
