"""The user's list of those not to be asked about, as written, to what is compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import polars as pl

from enrich_cli.domain.entity import EntityKey, EntityType, IdKind
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.suppression import Suppression, name_at
from enrich_cli.tables import normal
from enrich_cli.tables.naming import named

_HASH = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)
_KEY = re.compile(r"[0-9a-f]{32}")


def suppression(entries: Mapping[str, str]) -> Suppression:
    """The list by its entries, each with where it stands, for errors.

    An entry is an e-mail address, a domain or website, a LinkedIn page, `name|domain`, an entity's
    id, or the SHA-256 of an address, page or domain in its canonical form (lower case, as `enrich
    inspect` shows it). Raises ConfigError for an entry that is none of these.
    """
    names, hashes = set[str](), set[str]()
    keys: set[EntityKey] = set()
    plain: list[str] = []
    for entry, where in entries.items():
        if found := _HASH.fullmatch(entry):
            hashes.add(found[1].lower())
        elif _KEY.fullmatch(entry):
            keys.add(EntityKey(entry))
        elif "|" in entry:
            some = named(entry)
            if not some:
                raise _unreadable(entry, where)
            keys |= {one.key for one in some}
            names |= {
                name_at(entry.rpartition("|")[0], one.canonical.rpartition("|")[2])
                for one in some
                if one.type is EntityType.PERSON
            }
        else:
            plain.append(entry)
    texts = frozenset(_addresses(plain, entries) if plain else ())
    return Suppression(texts, frozenset(hashes), frozenset(keys), frozenset(names))


def suspects(entities: pl.DataFrame, barred: Suppression) -> pl.Series:
    """Whom of a frame of `Found.entities` the list may cover, a Boolean for each row.

    True for all whom `Suppression.covers` covers, found in whole columns, and for a few more; for
    all entities where the list has hashes.
    """
    if not barred:
        return pl.repeat(value=False, n=entities.height, dtype=pl.Boolean, eager=True)
    if barred.hashes:
        return pl.repeat(value=True, n=entities.height, dtype=pl.Boolean, eager=True)
    parts = [*barred.texts, *(name.rpartition("|")[2] for name in barred.names)]
    found = pl.col("key").is_in(list(barred.keys))
    for kind in (IdKind.EMAIL, IdKind.DOMAIN, IdKind.LINKEDIN):
        texts = pl.col(f"id:{kind}").cast(pl.String).str.to_lowercase()
        found |= texts.str.contains_any(parts).fill_null(False)
    return entities.select(found.alias("suspect")).to_series()


def _addresses(plain: Iterable[str], where: Mapping[str, str]) -> Iterable[str]:
    """The canonical forms of addresses; a host that is on a list (free mail) is taken as it is."""
    cells = pl.Series("raw", list(plain), pl.String)
    read = normal.read(cells).with_columns(
        cells, host=pl.select(normal.host(pl.lit(cells))).to_series()
    )
    said = pl.coalesce("email", "linkedin", "domain", "host")
    for raw, text in read.select("raw", said).iter_rows():
        if text is None:
            raise _unreadable(raw, where[raw])
        yield text


def _unreadable(entry: str, where: str) -> ConfigError:
    return ConfigError(
        f"{where}: {entry!r} names nobody",
        hint="write an e-mail address, a domain, a LinkedIn page, name|domain, or sha256:...",
    )
