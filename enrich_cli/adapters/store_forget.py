"""Forgetting an entity, as SQL on one connection; whoever calls it opens and ends the transaction.

It looks at every stored answer, for somebody's address may stand in an answer about another.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from enrich_cli.adapters.codec import decode, encode
from enrich_cli.adapters.forgetting import Mentions, untraced, without
from enrich_cli.adapters.store_sql import json_list
from enrich_cli.adapters.store_submitted import asked, asked_bytes
from enrich_cli.domain.entity import NOBODY, EntityKey
from enrich_cli.domain.errors import StoreError
from enrich_cli.domain.store import DEAD_AFTER, Forgotten

_ALL = "SELECT key, value FROM Cache WHERE raw = 1 AND mode = 1 AND typeof(value) = 'blob'"
_OTHER = "UPDATE Cache SET value = ?2 WHERE raw = 1 AND key = ?1"
_PURGE = "DELETE FROM Cache WHERE raw = 1 AND key IN (SELECT value FROM json_each(?))"
_UNAWAIT = "DELETE FROM awaited WHERE key LIKE '%:' || ?"
_UNLEASE = """
    DELETE FROM leases WHERE key LIKE '%:' || ?1 AND job NOT IN (
        SELECT id FROM jobs WHERE finished IS NULL AND beat >= ?2)"""
_CHARGES = """
    UPDATE charges SET entities = replace(entities, ?1, ?2)
    WHERE instr(entities, ?1) > 0"""
_JOBS = "SELECT id, report FROM jobs WHERE length(report) > 0"
_REPORT = "UPDATE jobs SET report = ?2 WHERE id = ?1"
_SETTLED = "DELETE FROM settled"  # they are made again from the answers that stay
_TRACES = "SELECT rowid FROM traces"
_TRACED = "SELECT content FROM traces WHERE rowid = ?"
_RETRACE = "UPDATE traces SET content = ?2 WHERE rowid = ?1"
_SUBMITTED = "SELECT provider, id, queries FROM submitted"
_RESUBMIT = "UPDATE submitted SET queries = ?3 WHERE provider = ?1 AND id = ?2"


def forget(
    connection: sqlite3.Connection,
    entities: Collection[EntityKey],
    texts: Iterable[str],
    now: float,
) -> Forgotten:
    """Take all out that names these entities or holds these texts; see `Store.forget`."""
    mentions = Mentions(frozenset(texts))
    found, changed = set(entities), 0
    others: dict[str, bytes] = {}
    keys: dict[EntityKey, list[str]] = {}
    for key, value in connection.execute(_ALL):
        entity = EntityKey(key.rpartition(":")[2])
        keys.setdefault(entity, []).append(key)
        if entity in found or not mentions.texts:
            continue
        try:
            answer = decode(value, key)
        except StoreError:  # whatever it holds, nobody can read it
            continue
        if mentions.about(answer):
            found.add(entity)
        elif (less := mentions.without(answer)) != answer:
            others[key] = encode(less)
    gone = [key for entity in found for key in keys.get(entity, ())]
    connection.execute(_PURGE, (json_list(gone),))
    for key, value in others.items():
        if EntityKey(key.rpartition(":")[2]) not in found:
            changed += connection.execute(_OTHER, (key, value)).rowcount
    connection.execute(_SETTLED)
    polls = _from_polls(connection, found, mentions)
    charges = 0
    for entity in sorted(found):
        connection.execute(_UNAWAIT, (entity,))
        connection.execute(_UNLEASE, (entity, now - DEAD_AFTER))
        charges += connection.execute(_CHARGES, (entity, NOBODY)).rowcount
    jobs = _from_reports(connection, found, mentions)
    _from_traces(connection, found, mentions)
    return Forgotten(len(gone), changed, polls, charges, jobs)


def _from_polls(
    connection: sqlite3.Connection, entities: set[EntityKey], mentions: Mentions
) -> int:
    """Blank the questions of jobs that providers work on; adds whom these show to `entities`."""
    changed = 0
    for provider, id_, raw in connection.execute(_SUBMITTED).fetchall():
        queries = asked(raw)
        left = without(queries, entities, mentions)
        if left != queries:
            entities |= {old.entity for old, new in zip(queries, left, strict=True) if old != new}
            connection.execute(_RESUBMIT, (provider, id_, asked_bytes(left)))
            changed += 1
    return changed


def _from_reports(
    connection: sqlite3.Connection, entities: Collection[EntityKey], mentions: Mentions
) -> int:
    changed = 0
    for id_, report in connection.execute(_JOBS).fetchall():
        left = mentions.blotted(report)
        for entity in entities:
            left = left.replace(entity.encode(), NOBODY.encode())
        if left != report:
            connection.execute(_REPORT, (id_, left))
            changed += 1
    return changed


def _from_traces(
    connection: sqlite3.Connection, entities: Collection[EntityKey], mentions: Mentions
) -> None:
    for (number,) in connection.execute(_TRACES).fetchall():
        ((part,),) = connection.execute(_TRACED, (number,))
        if (left := untraced(part, entities, mentions)) != part:
            connection.execute(_RETRACE, (number, left))


def scrub(connection: sqlite3.Connection) -> None:
    """Write the file anew, so that nothing of what was taken out is left in pages it has freed.

    Not inside a transaction.
    """
    connection.execute("VACUUM")
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise sqlite3.OperationalError("database is locked")
