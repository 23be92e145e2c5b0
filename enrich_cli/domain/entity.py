"""Entities, their identifiers, and the catalogue of fields that can be known about them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NewType, cast

from enrich_cli.domain.frozen import quick

Field = NewType("Field", str)
"""The name of something that can be known about an entity, such as `company_name`."""

EntityKey = NewType("EntityKey", str)
"""An entity's stable id: 32 hexadecimal digits, see `entity_key`."""

NOBODY = EntityKey("0" * 32)
"""Stands in the place of an entity that was to be forgotten."""


class EntityType(StrEnum):
    """What an entity is."""

    COMPANY = "company"
    PERSON = "person"


class IdKind(StrEnum):
    """The kinds of identifiers. A provider spec names them in `needs` and in its templates."""

    DOMAIN = "domain"
    EMAIL = "email"
    LINKEDIN = "linkedin"
    NAME = "name"
    COUNTRY = "country"
    COMPANY = "company"  # the name of a person's company


class FieldType(StrEnum):
    """The type of a field's values, and with it the column type in Parquet output."""

    TEXT = "text"
    URL = "url"
    INTEGER = "integer"
    DATE = "date"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One line of the catalogue: the field, whose it is, its type, and its unit or format."""

    name: Field
    entity: EntityType
    type: FieldType
    about: str


@quick
@dataclass(frozen=True, slots=True)
class Entity:
    """A company or a person behind one or more rows.

    `ids` holds the canonical identifier first, then the hints, at most one of a kind. `empty`
    counts, for each wanted field, the selected rows of this entity whose cell is to be filled.
    """

    key: EntityKey
    type: EntityType
    ids: tuple[tuple[IdKind, str], ...]
    rows: int
    empty: Mapping[Field, int] = field(default_factory=lambda: MappingProxyType({}))


@quick
@dataclass(frozen=True, slots=True)
class Query:
    """One question to one provider: these fields of this entity, by these identifiers.

    `kept` is the provider's last reply about the entity, for one that renews its answers.
    `past` says who was asked about it before, and whether it knew the entity; `cells` counts the
    empty cells of each wanted field. Both are for the books, not for the provider.
    """

    entity: EntityKey
    ids: tuple[tuple[IdKind, str], ...]
    fields: frozenset[Field]
    kept: bytes = field(default=b"", repr=False, compare=False)
    past: tuple[tuple[str, bool], ...] = field(default=(), compare=False)
    cells: Mapping[Field, int] = field(
        default_factory=lambda: MappingProxyType({}), compare=False, repr=False
    )

    def id(self, kind: IdKind) -> str | None:
        """The identifier of that kind, or None."""
        return next((value for known, value in self.ids if known is kind), None)


def entity_key(type_: EntityType, canonical: str) -> EntityKey:
    """The id of the entity that `canonical` names: the first 128 bits of a SHA-256, as hex.

    The id is a function of the type and the canonical identifier alone, so it is the same in
    every table, run and version.
    """
    (key,) = entity_keys(type_, (canonical,))
    return key


def entity_keys(type_: EntityType, canonicals: Iterable[str]) -> list[EntityKey]:
    """The ids of many entities of a type, see `entity_key`; takes half as long for each."""
    prefix, sha256 = f"{type_.value}:", hashlib.sha256
    keys = [sha256((prefix + text).encode()).hexdigest()[:32] for text in canonicals]
    return cast("list[EntityKey]", keys)  # as many calls would take as long as the hashes


def _catalogue(rows: Iterable[tuple[str, FieldType, str]], entity: EntityType) -> list[FieldSpec]:
    return [FieldSpec(Field(name), entity, type_, about) for name, type_, about in rows]


_T, _U, _I, _D, _L = (
    FieldType.TEXT,
    FieldType.URL,
    FieldType.INTEGER,
    FieldType.DATE,
    FieldType.LIST,
)

_COMPANY = (
    ("company_name", _T, "name as the company uses it"),
    ("legal_name", _T, "name in the register or imprint"),
    ("description", _T, "what the company does, in a sentence or a paragraph"),
    ("industry", _T, "industry in the provider's own words"),
    ("employee_count", _I, "number of employees"),
    ("employee_range", _T, "number of employees as a range, such as 51-200 or 10001+"),
    ("founded_year", _I, "year of foundation, four digits"),
    ("company_type", _T, "private, public, nonprofit, government, education"),
    ("revenue", _T, "yearly revenue in US dollars, a number or a range"),
    ("funding_total", _I, "money raised, in whole US dollars"),
    ("ticker", _T, "stock exchange symbol"),
    ("lei", _T, "legal entity identifier, 20 characters (ISO 17442)"),
    ("website", _U, "address of the home page"),
    ("company_email", _T, "general e-mail address"),
    ("company_phone", _T, "main phone number, E.164 where the country is known"),
    ("street_address", _T, "street and number of the head office"),
    ("city", _T, "city of the head office"),
    ("region", _T, "state, canton or province of the head office"),
    ("postal_code", _T, "postal code of the head office"),
    ("country", _T, "country of the head office, two letters (ISO 3166-1)"),
    ("language", _T, "language of the website (BCP 47)"),
    ("logo_url", _U, "address of the logo picture"),
    ("company_linkedin", _U, "LinkedIn company page"),
    ("company_twitter", _U, "X or Twitter profile"),
    ("company_facebook", _U, "Facebook page"),
    ("company_instagram", _U, "Instagram profile"),
    ("company_youtube", _U, "YouTube channel"),
    ("company_github", _U, "GitHub organisation"),
    ("company_tiktok", _U, "TikTok profile"),
    ("company_crunchbase", _U, "Crunchbase profile"),
    ("vat_id", _T, "number for value added tax, with the country's prefix"),
    ("register_number", _T, "number in the register of companies"),
    ("contact_page", _U, "page of the website on how to reach the company"),
    ("about_page", _U, "page of the website about the company"),
    ("feed_url", _U, "RSS or Atom feed of the website"),
    ("technologies", _L, "technologies in use on the website"),
    ("mail_provider", _T, "who hosts the company's mail"),
    ("domain_registered", _D, "day on which the domain was registered"),
)

_PERSON = (
    ("full_name", _T, "first and last name"),
    ("first_name", _T, "first name"),
    ("last_name", _T, "last name"),
    ("job_title", _T, "present job title"),
    ("seniority", _T, "level of the job, such as cxo, director, manager"),
    ("department", _T, "department of the job, such as engineering, sales"),
    ("person_email", _T, "work e-mail address"),
    ("email_status", _T, "valid, invalid, accept_all, webmail, disposable, unknown"),
    ("person_phone", _T, "phone number, E.164 where the country is known"),
    ("person_linkedin", _U, "LinkedIn profile"),
    ("person_github", _U, "GitHub profile"),
    ("person_location", _T, "where the person lives, as text"),
    ("person_country", _T, "country of residence, two letters (ISO 3166-1)"),
    ("avatar_url", _U, "address of the profile picture"),
    ("bio", _T, "short description of the person"),
)

CATALOGUE: Mapping[Field, FieldSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            *_catalogue(_COMPANY, EntityType.COMPANY),
            *_catalogue(_PERSON, EntityType.PERSON),
        )
    }
)
"""Every field that can be asked for, in the order in which `enrich fields` lists them."""
