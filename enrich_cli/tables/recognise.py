"""Which columns identify companies and people, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import polars as pl

from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.nearest import did_you_mean
from enrich_cli.tables.choose import COMPANY, PERSON, Choice, choose, role_of
from enrich_cli.tables.join import explains
from enrich_cli.tables.measure import measure
from enrich_cli.tables.sample import Column, Sample
from enrich_cli.tables.uses import Role, Use

__all__ = ["Role", "Survey", "Use", "recognise", "survey"]


@dataclass(frozen=True, slots=True)
class Survey:
    """The columns in use, and those that look as if they could be used, with why they are not.

    `read` has what the cells of whole columns were read as on the way, for `identify`.
    """

    uses: tuple[Use, ...]
    passed_over: Mapping[str, str]
    read: Mapping[str, pl.DataFrame]


def recognise(
    frame: pl.LazyFrame,
    columns: Sequence[str],
    *,
    overrides: Mapping[EntityType, Sequence[str]] = MappingProxyType({}),
) -> tuple[Use, ...]:
    """The columns that identify companies and people, the strongest first for each type.

    Decided by a sample of the cells; the header is a hint. `overrides` names the columns for an
    entity type and their order, and nothing else then identifies that type. Raises ConfigError
    where such a column does not exist.
    """
    return survey(frame, columns, overrides=overrides).uses


def survey(
    frame: pl.LazyFrame,
    columns: Sequence[str],
    *,
    overrides: Mapping[EntityType, Sequence[str]] = MappingProxyType({}),
) -> Survey:
    """As `recognise`, with the columns that were passed over."""
    for type_, names in overrides.items():
        for name in names:
            if name not in columns:
                raise ConfigError(
                    f"[identify] {type_} names the column {name!r}, which the table does not have",
                    hint=did_you_mean(name, columns, f"it has {', '.join(columns)}"),
                )
    # The URLs of an earlier run's sources name providers.
    sample = measure(frame, [name for name in columns if not explains(name, columns)])
    choice = choose(sample)
    company, person = (
        _named(sample, overrides[type_], type_) if type_ in overrides else chosen
        for type_, chosen in ((COMPANY, choice.company), (PERSON, choice.person))
    )
    uses = _merged(company, person)
    used = {use.column for use in uses}
    # What was found but is not to identify still gives hints.
    for use in (*choice.company, *choice.person, *choice.helping):
        if use.column not in used and use.role is not Role.WEBSITE:
            uses.append(replace(use, entities=()))
            used.add(use.column)
    passed: dict[str, str] = {}
    for (name, type_), why in choice.passed.items():
        if type_ not in overrides and name not in used:
            passed.setdefault(name, why)
    return Survey(
        tuple(_with_limits(use, choice, uses) for use in uses),
        MappingProxyType(passed),
        sample.read if sample.whole else {},
    )


def _with_limits(use: Use, choice: Choice, uses: Sequence[Use]) -> Use:
    """The use with the reason why its column does not identify the other type."""
    types = {type_ for other in uses if other.column == use.column for type_ in other.entities}
    limits = [
        f"; no {type_}: {choice.passed[use.column, type_]}"
        for type_ in EntityType
        if type_ not in types and (use.column, type_) in choice.passed
    ]
    return replace(use, why=use.why + "".join(limits))


def _named(sample: Sample, names: Sequence[str], type_: EntityType) -> list[Use]:
    return [
        Use(
            name,
            role_of(sample.columns.get(name, Column(name)), type_),
            (type_,),
            "named in [identify]",
        )
        for name in names
    ]


def _merged(company: Sequence[Use], person: Sequence[Use]) -> list[Use]:
    """Both orders in one: a column that stands in both is one use where neither order suffers."""
    merged: list[Use] = []
    rest, waiting = list(company), []
    for use in person:
        place = next((i for i, other in enumerate(rest) if other.column == use.column), None)
        if place is None or rest[place].role is not use.role:
            waiting.append(use)
            continue
        why = "; ".join(dict.fromkeys((rest[place].why, use.why)))
        both = replace(use, entities=(COMPANY, PERSON), why=why)
        merged += [*rest[:place], *waiting, both]
        rest, waiting = rest[place + 1 :], []
    return [*merged, *rest, *waiting]
