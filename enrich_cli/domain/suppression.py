"""Whom nobody may be asked about: the user's own list, in clear or as hashes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from enrich_cli.domain.entity import Entity, EntityKey, EntityType, IdKind
from enrich_cli.domain.folding import folded


@dataclass(frozen=True, slots=True)
class Suppression:
    """E-mail addresses, domains, LinkedIn pages and names with a domain, never to be asked about.

    `texts` are canonical identifiers, `hashes` the SHA-256 of such, as hex, so that a list need
    not hold an address in clear; `keys` are ids of entities. `names` are people by `name_at`. A
    domain covers the company, and everyone who has an address there or is said to work there.
    """

    texts: frozenset[str] = frozenset()
    hashes: frozenset[str] = frozenset()
    keys: frozenset[EntityKey] = frozenset()
    names: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.texts or self.hashes or self.keys or self.names)

    def told(self) -> tuple[tuple[str, ...], ...]:
        """All of it, the same for the same list."""
        parts = (self.texts, self.hashes, self.keys, self.names)
        return tuple(tuple(sorted(part)) for part in parts)

    def covers(self, entity: Entity) -> bool:
        """Whether nobody may be asked about the entity, by any identifier that it has."""
        if not self:
            return False
        if entity.key in self.keys:
            return True
        ids = dict(entity.ids)
        name, domain = ids.get(IdKind.NAME), ids.get(IdKind.DOMAIN)
        is_person = entity.type is EntityType.PERSON
        if is_person and name and domain and name_at(name, domain) in self.names:
            return True
        return any(self.lists(kind, value) for kind, value in ids.items())

    def lists(self, kind: IdKind, value: str) -> bool:
        """Whether an address, page or domain is listed, or one that it is under."""
        return any(
            text in self.texts or (self.hashes and _hash(text) in self.hashes)
            for text in _addresses(kind, value)
        )


NOBODY_SUPPRESSED = Suppression()


def name_at(name: str, domain: str) -> str:
    """A person's name with the company's domain, in a form in which two spellings are equal."""
    words = " ".join(re.findall(r"\w+", folded(name)))
    return f"{words}|{domain}"


def _addresses(kind: IdKind, value: str) -> Iterator[str]:
    """What an identifier names somebody by: an address, a page and the domains that it is under."""
    if kind is IdKind.LINKEDIN:
        yield value
    elif kind in (IdKind.EMAIL, IdKind.DOMAIN):
        text = value.lower()
        yield text
        labels = text.rpartition("@")[2].split(".")
        yield from (".".join(labels[place:]) for place in range(len(labels) - 1))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
