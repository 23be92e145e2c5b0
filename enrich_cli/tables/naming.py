"""Whom one text names: a single identifier, as a person types it, to the entities that it means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from enrich_cli.domain.entity import EntityKey, EntityType, entity_key
from enrich_cli.tables import normal

_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Named:
    """An entity, the identifier that names it in its canonical form, and its key."""

    type: EntityType
    canonical: str
    key: EntityKey


def named(text: str) -> tuple[Named, ...]:
    """The entities that a text may mean; none where it names nobody.

    It is a website or domain, an e-mail address, a LinkedIn page, an entity's id, or a name with
    what stands beside it: `Mara Rivera|acme.example` for a person, `Acme AG|CH` for a company.
    An e-mail address means the person, never the company.
    """
    return tuple(dict.fromkeys(_named(text.strip())))


def _named(text: str) -> Iterator[Named]:
    if _KEY.fullmatch(text):
        for type_ in EntityType:
            yield Named(type_, text, EntityKey(text))
        return
    left, bar, right = (part.strip() for part in text.rpartition("|"))
    if bar:
        yield from _by_name(left, right)
        return
    cell = normal.read(pl.Series([text])).row(0, named=True)
    if cell["email"]:
        yield _one(EntityType.PERSON, cell["email"])
    elif cell["linkedin"]:
        person = cell["shape"] == "linkedin_person"
        yield _one(EntityType.PERSON if person else EntityType.COMPANY, cell["linkedin"])
    elif cell["domain"]:
        yield _one(EntityType.COMPANY, cell["domain"])


def _by_name(name: str, beside: str) -> Iterator[Named]:
    domain = normal.read(pl.Series([beside])).row(0, named=True)["domain"] if beside else None
    if domain:
        person = normal.person_name(pl.Series([name]))[0]
        if person:
            yield _one(EntityType.PERSON, f"{person}|{domain}")
        return
    company = normal.company_name(pl.Series([name]))[0]
    country = pl.select(normal.country(pl.lit(beside))).item() if beside else ""
    if company and country is not None:
        yield _one(EntityType.COMPANY, f"{company}|{country}")


def _one(type_: EntityType, canonical: str) -> Named:
    return Named(type_, canonical, entity_key(type_, canonical))
