"""From the cells of a row to its company and its person: joined on the raw value, coalesced."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from enrich_cli.domain.entity import EntityType, IdKind
from enrich_cli.tables.cells import FREE, OF_NAME, Cells, Part
from enrich_cli.tables.recipe import COMPANY, HINTS, NAME, OF, PERSON, Recipe
from enrich_cli.tables.uses import Role

KEYS: Mapping[EntityType, tuple[str, ...]] = {
    COMPANY: ("__c", "__c_name", "__c_country"),
    PERSON: ("__p", "__p_name", "__p_domain"),
}
"""The columns that tell one entity from another: a number of its own, or else those of its name
and of what a name needs beside it. All null where a row names no entity of that type."""

ONLY_FREE = "__free"
"""Whether a row names no company, but has a free-mail address where a company's could be."""

# What a column of that role is for. The other part may stand in it all the same: it counts after
# the first choice of every other column.
_FIRST: Mapping[tuple[EntityType, Role], Part] = {
    (COMPANY, Role.WEBSITE): Part.DOMAIN,
    (COMPANY, Role.EMAIL): Part.DOMAIN,
    (COMPANY, Role.LINKEDIN): Part.COMPANY_PAGE,
    (PERSON, Role.WEBSITE): Part.PERSON_PAGE,
    (PERSON, Role.EMAIL): Part.EMAIL,
    (PERSON, Role.LINKEDIN): Part.PERSON_PAGE,
}
_NOTHING = pl.lit(None, dtype=pl.UInt32)

Held = tuple[str, str]
"""A column and a `Part` that its cells hold, or `FREE`."""


def hint(type_: EntityType, kind: IdKind) -> str:
    """The name of the column that holds a row's hint."""
    return f"__{type_}_{kind}"


@dataclass(frozen=True, slots=True)
class Resolver:
    """Names the entities of a row, the same way in every pass."""

    recipe: Recipe
    cells: Cells

    def resolve(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Adds `KEYS`, `ONLY_FREE` and the columns of `hints()`; rows, order and cells stay.

        One left join for each column that matters, on the raw cell. Cells of columns that are
        not text are joined as the text that a cast gives.
        """
        schema = frame.collect_schema()
        for column, cells in self.cells.columns.items():
            held = [name for name in cells.columns if name not in ("raw", "rows", "reason")]
            if not held:
                continue
            raw = column
            if schema.get(column) != pl.String:
                raw = f"__raw:{column}"
                frame = frame.with_columns(self.recipe.cell(column).alias(raw))
            numbers = cells.lazy().select(
                "raw", *(pl.col(name).alias(_at(column, name)) for name in held)
            )
            frame = frame.join(
                numbers, left_on=raw, right_on="raw", how="left", maintain_order="left"
            )
        return (
            frame.with_columns(self._company())
            .with_columns(self._domain())
            .with_columns(*self._person(), *self._hints())
        )

    def key(self, type_: EntityType) -> tuple[str, ...]:
        """Those of `KEYS` that can be anything but null."""
        return KEYS[type_] if self.by_name(type_) else KEYS[type_][:1]

    def by_name(self, type_: EntityType) -> bool:
        """Whether some cell holds a name that may identify."""
        return bool(self.columns(OF_NAME[NAME[type_]], type_))

    def deciding(self) -> dict[Held, pl.Expr]:
        """For each part of a column that may identify, whether it does so in a resolved row."""
        rules: dict[Held, pl.Expr] = {}
        for type_, key in KEYS.items():
            if type_ is COMPANY and COMPANY not in self.recipe.types and not self.by_name(PERSON):
                continue  # a row's company would only be needed beside the name of its person
            before, after = self._candidates(type_)
            above = pl.lit(True)
            for held in before + after:
                # What stands after the names decides only where there was no name.
                free = above if held in before else above & pl.col(key[1]).is_null()
                rules[held] = free & pl.col(_at(*held)).is_not_null()
                above = above & pl.col(_at(*held)).is_null()
        named = {
            Part.COMPANY_NAME: "__c_name",
            Part.COUNTRY: "__c_country",
            Part.PERSON_NAME: "__p_name",
        }
        for column, cells in self.cells.columns.items():
            for part, name in named.items():
                if part in cells.columns:
                    rules[column, part] = pl.col(name).is_not_null()
        return rules

    def needed(self, rows: int) -> set[Held]:
        """What may decide, or give a hint, in a table of so many rows that want answers.

        Where the strongest column names a company in each of them, no other needs to be joined.
        """
        held: set[Held] = set()
        for type_ in EntityType:
            before, after = self._candidates(type_)
            for each in before:
                held.add(each)
                if self._rows(*each) == rows:
                    break
            else:
                beside = (Part.COUNTRY, FREE) if type_ is COMPANY else ()
                held |= {*after, *self._holding(OF_NAME[NAME[type_]], *beside)}
        for type_ in self.recipe.types:
            asked = [part for kind, part in HINTS[type_].items() if kind in self.recipe.hints]
            held |= self._holding(*asked)
        return held

    def only(self, held: Collection[Held], hints: frozenset[IdKind] = frozenset()) -> Resolver:
        """The resolver with these parts and hints: the same `KEYS`, fewer columns to join."""
        columns = {
            column: cells.select("raw", *(name for name in cells.columns if (column, name) in held))
            for column, cells in self.cells.columns.items()
        }
        columns = {column: cells for column, cells in columns.items() if cells.width > 1}
        return Resolver(replace(self.recipe, hints=hints), replace(self.cells, columns=columns))

    def _rows(self, column: str, part: str) -> int:
        """The rows in which the column holds that part."""
        cells = self.cells.columns[column]
        return int(cells.filter(pl.col(part).is_not_null())["rows"].sum())

    def _holding(self, *names: str) -> set[Held]:
        """All columns that hold one of these."""
        return {
            (column, name)
            for column, cells in self.cells.columns.items()
            for name in names
            if name in cells.columns
        }

    def hints(self, type_: EntityType) -> list[IdKind]:
        """The hints of that type that some cell can give."""
        have = {name for column in self.cells.columns.values() for name in column.columns}
        return [kind for kind, part in self.recipe.kinds(type_).items() if part in have]

    def columns(self, part: Part, type_: EntityType | None = None) -> list[str]:
        """The names of the resolved columns with that part, strongest column first.

        Only columns that identify entities of that type, where one is given.
        """
        return [
            _at(column, part)
            for column in dict.fromkeys(
                use.column for use in self.recipe.uses if type_ is None or type_ in use.entities
            )
            if self.cells.has(column, part)
        ]

    def _company(self) -> list[pl.Expr]:
        strongest, weaker = (_first_of(self._places(each)) for each in self._candidates(COMPANY))
        name = _first_of(self.columns(Part.COMPANY_NAME, COMPANY))
        name = pl.when(strongest.is_null()).then(name)
        unnamed = pl.coalesce(strongest, name, weaker).is_null()
        free = [
            _at(use.column, FREE)
            for use in self.recipe.uses
            if COMPANY in use.entities and self.cells.has(use.column, FREE)
        ]
        return [
            pl.coalesce(strongest, pl.when(name.is_null()).then(weaker)).alias("__c"),
            name.alias("__c_name"),
            pl.when(name.is_not_null())
            .then(_first_of(self.columns(Part.COUNTRY)))
            .alias("__c_country"),
            (
                unnamed & pl.any_horizontal(pl.col(free).fill_null(False))
                if free
                else pl.lit(False)
            ).alias(ONLY_FREE),
        ]

    def _domain(self) -> pl.Expr:
        """The domain of the row's company, where that is what names it."""
        domains = self.cells.starts[Part.COMPANY_PAGE]
        return pl.when(pl.col("__c") < domains).then(pl.col("__c")).alias("__domain")

    def _person(self) -> list[pl.Expr]:
        strongest, weaker = (_first_of(self._places(each)) for each in self._candidates(PERSON))
        name = _first_of(self.columns(Part.PERSON_NAME, PERSON))
        named = strongest.is_null() & name.is_not_null() & pl.col("__domain").is_not_null()
        return [
            pl.coalesce(strongest, pl.when(~named).then(weaker)).alias("__p"),
            pl.when(named).then(name).alias("__p_name"),
            pl.when(named).then("__domain").alias("__p_domain"),
        ]

    def _hints(self) -> list[pl.Expr]:
        hints: dict[str, pl.Expr] = {}
        for type_ in self.recipe.types:
            for kind in self.hints(type_):
                part = HINTS[type_][kind]
                if type_ is PERSON and part is Part.DOMAIN:
                    hints[hint(type_, kind)] = pl.col("__domain")
                else:
                    hints[hint(type_, kind)] = _first_of(self.columns(part))
        return [expr.alias(name) for name, expr in hints.items()]

    def _candidates(self, type_: EntityType) -> tuple[list[Held], list[Held]]:
        """What identifies by a number, the strongest first: before names, and after them."""
        first: list[Held] = []
        other: list[Held] = []
        names_at: int | None = None
        for use in self.recipe.uses:
            if type_ not in use.entities:
                continue
            if use.role is NAME[type_]:
                names_at = len(first) if names_at is None else names_at
            elif natural := _FIRST.get((type_, use.role)):
                first.append((use.column, natural))
                other += [(use.column, part) for part in OF[type_] if part is not natural]
        cut = len(first) if names_at is None else names_at
        if cut == len(first):
            before, after = first + other, []
        else:
            before, after = first[:cut], first[cut:] + other
        return self._present(before), self._present(after)

    def _present(self, wanted: Sequence[Held]) -> list[Held]:
        return [(column, part) for column, part in wanted if self.cells.has(column, part)]

    @staticmethod
    def _places(held: Sequence[Held]) -> list[str]:
        return [_at(column, part) for column, part in held]


def _at(column: str, name: str) -> str:
    return f"__{name}:{column}"


def _first_of(columns: Sequence[str]) -> pl.Expr:
    return pl.coalesce(columns) if columns else _NOTHING
