"""What a column of the input table can be used for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from enrich_cli.domain.entity import EntityType


class Role(StrEnum):
    """What a column is used for. A LinkedIn column may hold company and person pages."""

    WEBSITE = "website"
    EMAIL = "email"
    LINKEDIN = "linkedin"
    COMPANY_NAME = "company_name"
    PERSON_NAME = "person_name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Use:
    """One column, what it is used for, the entity types it identifies, and why, for people.

    A column without entity types helps a name to identify, and gives hints. A column has more
    than one use where it stands in another order for companies than for people.
    """

    column: str
    role: Role
    entities: tuple[EntityType, ...]
    why: str
