"""What is to be found: by which columns, entities of which types, with which hints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from enrich_cli.domain.entity import EntityType, IdKind
from enrich_cli.tables.cells import BETWEEN, OF_NAME, Part
from enrich_cli.tables.uses import Role, Use

COMPANY, PERSON = EntityType.COMPANY, EntityType.PERSON

OF: Mapping[EntityType, tuple[Part, ...]] = {
    COMPANY: (Part.DOMAIN, Part.COMPANY_PAGE),
    PERSON: (Part.PERSON_PAGE, Part.EMAIL),
}
"""The parts that name an entity of that type on their own."""

NAME: Mapping[EntityType, Role] = {
    COMPANY: Role.COMPANY_NAME,
    PERSON: Role.PERSON_NAME,
}
"""The columns whose cells name one only with something beside them."""

HINTS: Mapping[EntityType, Mapping[IdKind, Part]] = {
    COMPANY: {
        IdKind.DOMAIN: Part.DOMAIN,
        IdKind.LINKEDIN: Part.COMPANY_PAGE,
        IdKind.NAME: Part.COMPANY_NAME,
        IdKind.COUNTRY: Part.COUNTRY,
    },
    PERSON: {
        IdKind.LINKEDIN: Part.PERSON_PAGE,
        IdKind.EMAIL: Part.EMAIL,
        IdKind.NAME: Part.PERSON_NAME,
        IdKind.DOMAIN: Part.DOMAIN,
        IdKind.COMPANY: Part.COMPANY_NAME,
        IdKind.COUNTRY: Part.COUNTRY,
    },
}
"""What each hint is made of."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Columns, entity types and kinds of hints, and what of the columns' cells that takes.

    `halves` are the columns of first and last names, which the uses have as one, `pair()`.
    """

    uses: tuple[Use, ...]
    types: tuple[EntityType, ...]
    hints: frozenset[IdKind]
    halves: tuple[str, str] | None = None

    def by_name(self, type_: EntityType) -> bool:
        """Whether names may identify entities of that type."""
        return any(type_ in use.entities and use.role is NAME[type_] for use in self.uses)

    def parts(self) -> Mapping[str, tuple[Part, ...]]:
        """What of which column's cells matters; columns that do not matter are left out."""
        wanted: dict[str, dict[Part, None]] = {}
        for use in self.uses:
            for type_, part in self._offers(use):
                if self._matters(type_, part, type_ in use.entities):
                    wanted.setdefault(use.column, {})[part] = None
        return {column: tuple(parts) for column, parts in wanted.items()}

    def cell(self, column: str) -> pl.Expr:
        """The raw cells of a column that matters, as text."""
        if self.halves and column == pair(self.halves):
            return pl.concat_str(pl.col(self.halves).cast(pl.String), separator=BETWEEN)
        return pl.col(column).cast(pl.String)

    def kinds(self, type_: EntityType) -> Mapping[IdKind, Part]:
        """The hints that an entity of that type may carry. A name that identifies is one always."""
        beside = IdKind.COUNTRY if type_ is COMPANY else IdKind.DOMAIN
        own = {IdKind.NAME, beside} if self.by_name(type_) else set()
        return {k: part for k, part in HINTS[type_].items() if k in self.hints or k in own}

    def _offers(self, use: Use) -> Iterable[tuple[EntityType, Part]]:
        """What a column could be used for."""
        if use.role in OF_NAME:
            return [(type_, OF_NAME[use.role]) for type_ in EntityType]
        if use.entities:
            return [(type_, part) for type_ in use.entities for part in OF[type_]]
        if use.role is Role.LINKEDIN:
            return [(COMPANY, Part.COMPANY_PAGE), (PERSON, Part.PERSON_PAGE)]
        return [(PERSON, Part.EMAIL)] if use.role is Role.EMAIL else []

    def _matters(self, type_: EntityType, part: Part, identifies: bool) -> bool:
        if type_ in self.types and (identifies or part in self.kinds(type_).values()):
            return True
        # The company of a person's row is needed for its domain, whether or not it is wanted.
        return (
            type_ is COMPANY
            and identifies
            and PERSON in self.types
            and Part.DOMAIN in self.kinds(PERSON).values()
        )


def recipe(uses: Sequence[Use], types: Sequence[EntityType], hints: frozenset[IdKind]) -> Recipe:
    """A recipe in which a column of first and one of last names are one column of full names."""
    first, last = (
        next((use for use in uses if use.role is role), None)
        for role in (Role.FIRST_NAME, Role.LAST_NAME)
    )
    whole: list[Use] = []
    halves = (first.column, last.column) if first and last else None
    for use in uses:
        if use.role not in (Role.FIRST_NAME, Role.LAST_NAME):
            whole.append(use)
        elif halves and first and last and use in (first, last):
            both = tuple(type_ for type_ in first.entities if type_ in last.entities)
            one = Use(pair(halves), Role.PERSON_NAME, both, use.why)
            if one.column not in [other.column for other in whole]:
                whole.append(one)
    return Recipe(tuple(whole), tuple(types), hints, halves)


def pair(halves: tuple[str, str]) -> str:
    """What a column of first names and one of last names are called together."""
    return BETWEEN.join(halves)
