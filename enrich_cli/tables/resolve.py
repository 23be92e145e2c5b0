"""From the cells of a row to its company and its person: joined on the raw value, coalesced."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from enrich_cli.domain.entity import EntityType, IdKind
from enrich_cli.tables.cells import FREE, OF_NAME, Cells, Part
from enrich_cli.tables.own import FREE_MAIL, own
from enrich_cli.tables.recipe import COMPANY, FIRST, HINTS, NAME, OF, PERSON, Held, Recipe

KEYS: Mapping[EntityType, tuple[str, ...]] = {
    COMPANY: (own("c"), own("c_name"), own("c_country")),
    PERSON: (own("p"), own("p_name"), own("p_domain")),
}
"""The columns that tell one entity from another: a number of its own, or else those of its name
and of what a name needs beside it. All null where a row names no entity of that type."""

_NOTHING = pl.lit(None, dtype=pl.UInt32)


def hint(type_: EntityType, kind: IdKind) -> str:
    """The name of the column that holds a row's hint."""
    return own(f"{type_}_{kind}")


@dataclass(frozen=True, slots=True)
class Resolver:
    """Names the entities of a row, the same way in every pass."""

    recipe: Recipe
    cells: Cells

    def resolve(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Adds `KEYS`, `FREE_MAIL` and the columns of `hints()`; rows, order and cells stay.

        One left join for each column that matters, on the raw cell. Cells of columns that are
        not text are joined as the text that a cast gives.
        """
        for column in self.cells.columns:
            numbers = self.numbers(column)
            if numbers.width > 1:
                frame = self.joined(frame, column, numbers)
        return self.judge(frame)

    def joined(self, frame: pl.LazyFrame, column: str, by_raw: pl.DataFrame) -> pl.LazyFrame:
        """The rows with what `by_raw` says of their cells in that column, by its column `raw`."""
        raw = column
        if frame.collect_schema().get(column) != pl.String:
            raw = own(f"raw:{column}")
            frame = frame.with_columns(self.recipe.cell(column).alias(raw))
        return frame.join(
            by_raw.lazy(), left_on=raw, right_on="raw", how="left", maintain_order="left"
        )

    def numbers(self, column: str) -> pl.DataFrame:
        """The distinct cells of a column, `raw`, and what they hold under the names in `judge`."""
        cells = self.cells.columns[column]
        held = [name for name in cells.columns if name not in ("raw", "rows", "reason")]
        return cells.select("raw", *(pl.col(name).alias(_at(column, name)) for name in held))

    def judge(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """As `resolve`, for a frame that has the `numbers` of each row's cells already."""
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
        return self.recipe.by_name(type_) and bool(self.columns(OF_NAME[NAME[type_]], type_))

    def deciding(self) -> dict[Held, pl.Expr]:
        """For each part of a column that may identify, whether it does so in a judged row.

        Those of `covered` types are left out: they always do.
        """
        rules: dict[Held, pl.Expr] = {}
        for type_, key in KEYS.items():
            if type_ not in self.recipe.resolved() or type_ in self.recipe.covered:
                continue
            before, after = self._candidates(type_)
            above = pl.lit(True)
            for held in before + after:
                # What stands after the names decides only where there was no name.
                free = above if held in before else above & pl.col(key[1]).is_null()
                rules[held] = free & pl.col(_at(*held)).is_not_null()
                above = above & pl.col(_at(*held)).is_null()
        named: dict[Part, str] = {}
        if self.by_name(COMPANY):
            named |= {Part.COMPANY_NAME: own("c_name"), Part.COUNTRY: own("c_country")}
        if self.by_name(PERSON):
            named[Part.PERSON_NAME] = own("p_name")
        for column, cells in self.cells.columns.items():
            for part, name in named.items():
                if part in cells.columns:
                    rules[column, part] = pl.col(name).is_not_null()
        return rules

    def only(self, held: Collection[Held]) -> Resolver:
        """The resolver with these parts and no hints: the same `KEYS`, fewer columns to join."""
        columns = {
            column: cells.select("raw", *(name for name in cells.columns if (column, name) in held))
            for column, cells in self.cells.columns.items()
        }
        columns = {column: cells for column, cells in columns.items() if cells.width > 1}
        return Resolver(
            replace(self.recipe, hints=frozenset()), replace(self.cells, columns=columns)
        )

    def emptied(self) -> Resolver:
        """The resolver without the cells: it knows what it would look for, and finds none."""
        columns = {column: cells.clear() for column, cells in self.cells.columns.items()}
        return replace(self, cells=replace(self.cells, columns=columns))

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
        names = self.columns(Part.COMPANY_NAME, COMPANY) if self.by_name(COMPANY) else []
        name = pl.when(strongest.is_null()).then(_first_of(names))
        unnamed = pl.coalesce(strongest, name, weaker).is_null()
        free = [
            _at(use.column, FREE)
            for use in self.recipe.uses
            if COMPANY in use.entities and self.cells.has(use.column, FREE)
        ]
        return [
            pl.coalesce(strongest, pl.when(name.is_null()).then(weaker)).alias(own("c")),
            name.alias(own("c_name")),
            pl.when(name.is_not_null())
            .then(_first_of(self.columns(Part.COUNTRY)))
            .alias(own("c_country")),
            (
                unnamed & pl.any_horizontal(pl.col(free).fill_null(False))
                if free
                else pl.lit(False)
            ).alias(FREE_MAIL),
        ]

    def _domain(self) -> pl.Expr:
        """The domain of the row's company, where that is what names it."""
        domains = self.cells.starts[Part.COMPANY_PAGE]
        return pl.when(pl.col(own("c")) < domains).then(pl.col(own("c"))).alias(own("domain"))

    def _person(self) -> list[pl.Expr]:
        strongest, weaker = (_first_of(self._places(each)) for each in self._candidates(PERSON))
        name = _first_of(self.columns(Part.PERSON_NAME, PERSON) if self.by_name(PERSON) else [])
        named = strongest.is_null() & name.is_not_null() & pl.col(own("domain")).is_not_null()
        return [
            pl.coalesce(strongest, pl.when(~named).then(weaker)).alias(own("p")),
            pl.when(named).then(name).alias(own("p_name")),
            pl.when(named).then(pl.col(own("domain"))).alias(own("p_domain")),
        ]

    def _hints(self) -> list[pl.Expr]:
        hints: dict[str, pl.Expr] = {}
        for type_ in self.recipe.types:
            for kind in self.hints(type_):
                part = HINTS[type_][kind]
                if type_ is PERSON and part is Part.DOMAIN:
                    hints[hint(type_, kind)] = pl.col(own("domain"))
                else:
                    hints[hint(type_, kind)] = _first_of(self.columns(part))
        return [expr.alias(name) for name, expr in hints.items()]

    def _candidates(self, type_: EntityType) -> tuple[list[Held], list[Held]]:
        """What identifies by a number, the strongest first: before names, and after them."""
        if type_ in self.recipe.covered:
            return self._present([self.recipe.covered[type_]]), []
        first: list[Held] = []
        other: list[Held] = []
        names_at: int | None = None
        for use in self.recipe.uses:
            if type_ not in use.entities:
                continue
            if use.role is NAME[type_]:
                names_at = len(first) if names_at is None else names_at
            elif natural := FIRST.get((type_, use.role)):
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
    return own(f"{name}:{column}")


def _first_of(columns: Sequence[str]) -> pl.Expr:
    return pl.coalesce(columns) if columns else _NOTHING
