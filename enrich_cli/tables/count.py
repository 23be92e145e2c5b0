"""From resolved rows to counted entities: canonical identifiers, keys, rows, empty cells, hints."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from enrich_cli.domain.entity import EntityType, IdKind, entity_keys
from enrich_cli.tables import normal
from enrich_cli.tables.cells import ALONE, Part
from enrich_cli.tables.gather import Gathered
from enrich_cli.tables.own import FREE_MAIL, ROW, WEIGHT
from enrich_cli.tables.recipe import COMPANY, Held
from enrich_cli.tables.resolve import Resolver, hint
from enrich_cli.tables.text import in_slices

_ID_OF: Mapping[Part, IdKind] = {
    Part.DOMAIN: IdKind.DOMAIN,
    Part.COMPANY_PAGE: IdKind.LINKEDIN,
    Part.PERSON_PAGE: IdKind.LINKEDIN,
    Part.EMAIL: IdKind.EMAIL,
}

BeforeMost = Callable[[IdKind, str], bool]
"""Whether an identifier is to be known of whoever has it, however few rows carry it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The entities of one type.

    `entities` is as `Found.entities` describes it, without the fields that are wanted in every
    row. `places` has the entity's place among them, `entity`, for each combination of the
    resolver's key columns. `names` has the names that each company carries, as written: `entity`,
    `value`, `rows`. `nameless` has the sums over the rows that name none, `free` those of them
    where only a free-mail address was there: `rows` and a column for each counter.
    """

    entities: pl.DataFrame
    places: pl.DataFrame
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
    gathered: Gathered,
    source: pl.LazyFrame,
    counters: Mapping[EntityType, Sequence[str]],
    *,
    contradictions: bool,
    before_most: BeforeMost | None = None,
    last: bool = False,
) -> Counts:
    """Count the entities behind the rows of `source`, which is as `gather` takes it.

    The counters are columns of whole numbers that are summed for each entity. Columns that
    contradict are looked for only where that is asked. All aggregations share one pass. Where an
    entity's rows carry several identifiers of a kind, one that `before_most` knows is taken
    before that of most rows. With `last` what was gathered is let go of when it is counted.
    """
    resolver = gathered.resolver
    rules = resolver.deciding()
    sums = [name for names in counters.values() for name in names]
    if gathered.alone is None:
        rows = resolver.resolve(source)
        weight = pl.len()
    else:
        rows = resolver.judge(gathered.alone.lazy())
        weight = pl.col(WEIGHT).sum()
    queries = {"": _combinations(resolver, rows, weight, rules, sums)}
    if contradictions and COMPANY in resolver.recipe.types:
        queries |= _contradictions(resolver, rows, weight)
    answers = dict(
        zip(queries, pl.collect_all(list(queries.values()), engine="streaming"), strict=True)
    )
    combinations = answers.pop("")
    if last:
        del rows, queries
        gathered.drop_cells()
        resolver = gathered.resolver
    decided = [combinations[str(n)].any() for n in range(len(rules))]
    return Counts(
        {
            type_: _entities(resolver, type_, combinations, counters[type_], before_most)
            for type_ in resolver.recipe.types
        },
        frozenset(held for held, ever in zip(rules, decided, strict=True) if ever)
        | frozenset(resolver.recipe.covered.values()),
        _conflicts(resolver, answers),
    )


def _combinations(
    resolver: Resolver,
    rows: pl.LazyFrame,
    weight: pl.Expr,
    rules: Mapping[Held, pl.Expr],
    sums: Sequence[str],
) -> pl.LazyFrame:
    """The combinations of entities and hints that rows have, and what each stands for."""
    by: dict[str, None] = {FREE_MAIL: None}
    for type_ in resolver.recipe.types:
        by |= dict.fromkeys(resolver.key(type_))
        by |= dict.fromkeys(hint(type_, kind) for kind in resolver.hints(type_))
    return rows.group_by(*by).agg(
        weight.alias(WEIGHT),
        pl.col(ROW).min(),
        *(pl.col(name).sum() for name in sums),
        *(rule.any().alias(str(n)) for n, rule in enumerate(rules.values())),
    )


def _contradictions(
    resolver: Resolver, rows: pl.LazyFrame, weight: pl.Expr
) -> dict[str, pl.LazyFrame]:
    """For each part, the different numbers that stand in one row."""
    queries: dict[str, pl.LazyFrame] = {}
    for part in (Part.DOMAIN, Part.COMPANY_PAGE):
        columns = resolver.columns(part, COMPANY)
        if len(columns) > 1:
            contradict = pl.any_horizontal(pl.col(columns[1:]) != pl.coalesce(columns))
            queries[part] = (
                rows.filter(contradict)
                .group_by(*columns)
                .agg(pl.col(ROW).min().alias("row"), weight.alias("rows"))
            )
    return queries


def _entities(
    resolver: Resolver,
    type_: EntityType,
    combinations: pl.DataFrame,
    counters: Sequence[str],
    before_most: BeforeMost | None,
) -> Counted:
    key = list(resolver.key(type_))
    sums = ("rows", *counters)
    free = [FREE_MAIL] if type_ is COMPANY else []
    groups = combinations.group_by(*key, *free).agg(
        pl.col(WEIGHT).sum().alias("rows"),
        pl.col(ROW).min().alias("first"),
        *(pl.col(name).sum() for name in counters),
    )
    groups = _with_canonical(resolver, type_, groups).sort("first")
    is_named = groups["canonical"].is_not_null()
    named, nameless = groups.filter(is_named), groups.filter(~is_named)
    only_free = nameless.filter(pl.col(FREE_MAIL)) if free else nameless.clear()
    without, by_free = (
        some.select(pl.col(sums).sum()).row(0, named=True) for some in (nameless, only_free)
    )
    del groups, nameless, only_free  # each may be as long as the table
    entities = named.select("canonical", "kind", *sums)
    if resolver.by_name(type_):
        # Names that are spelled differently may be one.
        entities = entities.group_by("canonical", maintain_order=True).agg(
            pl.col("kind").first(), pl.col(sums).sum()
        )
    texts = entities["canonical"]
    place = pl.int_range(len(texts), dtype=pl.UInt32, eager=True).alias("entity")
    entities = entities.with_columns(place, in_slices(texts, lambda some: _keys(type_, some)))
    places = named.select(*key, "canonical")
    if resolver.by_name(type_):
        places = places.join(entities.select("canonical", "entity"), on="canonical", how="left")
    else:
        places = places.with_columns(place)
    places = places.drop("canonical")
    del named
    names = pl.DataFrame(schema={"entity": pl.UInt32, "value": pl.String, "rows": pl.UInt32})
    hints = resolver.hints(type_)
    carried = _carried(combinations, key, [hint(type_, kind) for kind in hints], places)
    for kind in hints:  # one after the other: together they would take several times the memory
        part = resolver.recipe.kinds(type_)[kind]
        values = _values(carried, hint(type_, kind))
        first = partial(before_most, kind) if before_most else None
        most = _most(resolver, part, values, entities.height, first)
        entities = entities.with_columns(most.alias(f"most:{kind}"))
        if (type_, kind) == (COMPANY, IdKind.NAME):
            names = values.with_columns(_text(resolver, part, pl.col("value")).alias("value"))
    own = set(entities["kind"].unique())
    ids = [
        (_id(kind, among=hints) if kind in own or kind in hints else pl.lit(None)).alias(
            f"id:{kind}"
        )
        for kind in IdKind
    ]
    return Counted(
        entities.select("key", "kind", "canonical", *ids, pl.col(sums)),
        places,
        names,
        without,
        by_free,
    )


def _keys(type_: EntityType, texts: pl.Series) -> pl.Series:
    return pl.Series("key", entity_keys(type_, texts), pl.String)


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


def _carried(
    combinations: pl.DataFrame, key: Sequence[str], hints: Sequence[str], places: pl.DataFrame
) -> pl.DataFrame:
    """The hints' numbers that stand beside each entity: `entity`, `rows` and the hints."""
    if not hints:
        return pl.DataFrame()
    named = combinations.lazy().filter(pl.any_horizontal(pl.col(key).is_not_null()))
    return (
        named.select(*dict.fromkeys((*key, *hints)), pl.col(WEIGHT).alias("rows"))
        .join(places.lazy(), on=key, nulls_equal=True, coalesce=False)
        .select("entity", "rows", *hints)
        .collect(engine="in-memory")
    )


def _values(carried: pl.DataFrame, value: str) -> pl.DataFrame:
    """The numbers of a hint's values that each entity carries: `entity`, `value`, `rows`."""
    held = carried.select("entity", pl.col(value).alias("value"), "rows").drop_nulls("value")
    if not held["entity"].is_duplicated().any():
        return held
    return held.group_by("entity", "value").agg(pl.col("rows").sum())


def _most(
    resolver: Resolver,
    part: Part,
    values: pl.DataFrame,
    entities: int,
    first: Callable[[str], bool] | None,
) -> pl.Series:
    """For each entity the value that most rows carry, ties by the smallest text, or null.

    What `first` knows comes before; it is asked about entities with several values only.
    """
    # Most entities carry one value only, and need no comparing of texts.
    several = values["entity"].is_duplicated()
    alone = values.filter(~several)
    rivals = (
        values.filter(several)
        .with_columns(text=_text(resolver, part, pl.col("value")))
        .group_by("entity", "text")
        .agg(pl.col("rows").sum(), pl.col("value").first())
    )
    listed: list[str] = []
    if first is not None:
        listed = [text for text in rivals["text"].unique(maintain_order=True) if first(text)]
    rivals = (
        rivals.with_columns(listed=pl.col("text").is_in(listed))
        .sort("listed", "rows", "text", descending=[True, True, False])
        .unique("entity", keep="first", maintain_order=True)
    )
    number = pl.Series([None], dtype=pl.UInt32).new_from_index(0, entities)
    for some in (alone, rivals):
        number = number.scatter(some["entity"], some["value"])
    return number.to_frame("number").select(_text(resolver, part, pl.col("number"))).to_series()


def _conflicts(resolver: Resolver, found: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    schema = {"row": pl.UInt32, "identifier": pl.String, "other": pl.String, "rows": pl.UInt32}
    lists = [pl.DataFrame(schema=schema)]
    for name, rows in found.items():
        part = Part(name)
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
