"""What is to be found: by which columns, entities of which types, with which hints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

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

FIRST: Mapping[tuple[EntityType, Role], Part] = {
    (COMPANY, Role.WEBSITE): Part.DOMAIN,
    (COMPANY, Role.EMAIL): Part.DOMAIN,
    (COMPANY, Role.LINKEDIN): Part.COMPANY_PAGE,
    (PERSON, Role.WEBSITE): Part.PERSON_PAGE,
    (PERSON, Role.EMAIL): Part.EMAIL,
    (PERSON, Role.LINKEDIN): Part.PERSON_PAGE,
}
"""What a column of that role is for. The other part may stand in it all the same: it counts after
the first choice of every other column."""

Held = tuple[str, str]
"""A column and a `Part` that its cells hold, or `FREE`."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Columns, entity types and kinds of hints, and what of the columns' cells that takes.

    `halves` are the columns of first and last names, which the uses have as one, `pair()`.
    `covered` are the types of which the strongest column is known to name one in every row that
    wants answers, so that nothing else identifies.
    """

    uses: tuple[Use, ...]
    types: tuple[EntityType, ...]
    hints: frozenset[IdKind]
    halves: tuple[str, str] | None = None
    covered: Mapping[EntityType, Held] = field(default_factory=dict)

    def by_name(self, type_: EntityType) -> bool:
        """Whether names may identify entities of that type."""
        named = any(type_ in use.entities and use.role is NAME[type_] for use in self.uses)
        return named and type_ not in self.covered

    def resolved(self) -> tuple[EntityType, ...]:
        """The types whose entity a row is resolved to.

        The company of a person's row is needed for its domain, whether or not it is wanted.
        """
        beside = PERSON in self.types and Part.DOMAIN in self.kinds(PERSON).values()
        return tuple(dict.fromkeys((*self.types, COMPANY) if beside else self.types))

    def leads(self) -> Mapping[EntityType, Held]:
        """What the strongest column of each such type is used for, unless names are stronger."""
        found: dict[EntityType, Held] = {}
        for type_ in self.resolved():
            use = next((use for use in self.uses if type_ in use.entities), None)
            if use and (type_, use.role) in FIRST:
                found[type_] = (use.column, FIRST[type_, use.role])
        return found

    def parts(self) -> Mapping[str, tuple[Part, ...]]:
        """What of which column's cells matters; columns that do not matter are left out."""
        wanted: dict[str, dict[Part, None]] = {}
        for use in self.uses:
            for type_, part in self._offers(use):
                if self._identifies(use, type_, part) or self._helps(type_, part):
                    wanted.setdefault(use.column, {})[part] = None
        return {column: tuple(parts) for column, parts in wanted.items()}

    def helping(self) -> frozenset[str]:
        """The columns of which some part stands beside names or gives a hint."""
        return frozenset(
            use.column
            for use in self.uses
            for type_, part in self._offers(use)
            if self._helps(type_, part)
        )

    def cell(self, column: str) -> pl.Expr:
        """The raw cells of a column that matters, as text."""
        if self.halves and column == pair(self.halves):
            return pl.concat_str(pl.col(self.halves).cast(pl.String), separator=BETWEEN)
        return pl.col(column).cast(pl.String)

    def kinds(self, type_: EntityType) -> Mapping[IdKind, Part]:
        """The hints that an entity of that type may carry. A name that identifies is one always."""
        beside = IdKind.COUNTRY if type_ is COMPANY else IdKind.DOMAIN
        asked = self.hints | ({IdKind.NAME, beside} if self.by_name(type_) else set())
        _, own = self.covered.get(type_, ("", ""))  # all have that one as their identifier
        return {kind: part for kind, part in HINTS[type_].items() if kind in asked and part != own}

    def _offers(self, use: Use) -> Iterable[tuple[EntityType, Part]]:
        """What a column could be used for."""
        if use.role in OF_NAME:
            return [(type_, OF_NAME[use.role]) for type_ in EntityType]
        if use.entities:
            return [(type_, part) for type_ in use.entities for part in OF[type_]]
        if use.role is Role.LINKEDIN:
            return [(COMPANY, Part.COMPANY_PAGE), (PERSON, Part.PERSON_PAGE)]
        return [(PERSON, Part.EMAIL)] if use.role is Role.EMAIL else []

    def _identifies(self, use: Use, type_: EntityType, part: Part) -> bool:
        own = (use.column, part)
        alone = self.covered.get(type_, own) == own
        return type_ in use.entities and alone and type_ in self.resolved()

    def _helps(self, type_: EntityType, part: Part) -> bool:
        return type_ in self.types and part in self.kinds(type_).values()


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
