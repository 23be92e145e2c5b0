"""The records of settled entities, as SQL on one connection: looked up, written, given up."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from enrich_cli.adapters.store_sql import insert, json_list
from enrich_cli.domain.entity import EntityKey
from enrich_cli.domain.plan import DAY
from enrich_cli.domain.settled import Record

MARKS = 16
"""So many plans have records at a time; those of the plan that was not used for longest go."""
_CHUNK = 10_000  # records in one SELECT: their text is in memory twice
_DENSE = 2
"""With so many times as many records between two entities it is quicker to read them all."""

_MARK = "SELECT id, used FROM marks WHERE mark = ?"
# Joined by SQLite, so that no record becomes an object.
_SETTLED = """
    SELECT group_concat(entity, char(10)), group_concat(body, char(10)) FROM settled
    WHERE {} AND plan = ?2 AND since <= ?3 AND until > ?3"""
_OF_EACH = _SETTLED.format("entity IN (SELECT value FROM json_each(?1))")
_BETWEEN = _SETTLED.format("entity BETWEEN ?1 AND ?4")
_HOW_MANY = """
    SELECT count(*) FROM (SELECT 1 FROM settled WHERE entity BETWEEN ? AND ? LIMIT ?)"""
_ANSWERED = """
    SELECT key, store_time FROM Cache
    WHERE raw = 1 AND key IN (SELECT value FROM json_each(?))"""
_USE = """
    INSERT INTO marks (mark, used) VALUES (?1, ?2)
    ON CONFLICT (mark) DO UPDATE SET used = max(used, ?2)"""
_RETIRE = """
    DELETE FROM marks WHERE id IN (
        SELECT id FROM marks ORDER BY mark = ?1 DESC, used DESC, id DESC LIMIT -1 OFFSET ?2)"""
_SETTLE = "INSERT OR REPLACE INTO settled VALUES {}"
# A plan that is out of use leaves records behind: each goes with the next one of its entity.
_SWEEP = """
    DELETE FROM settled WHERE entity IN (SELECT value FROM json_each(?))
        AND plan NOT IN (SELECT id FROM marks)"""


@dataclass(slots=True)
class Page:
    """Records as they were read. `stale`: that their plan is in use was last noted long ago."""

    entities: list[EntityKey] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    stale: bool = False


def settled(
    connection: sqlite3.Connection, mark: str, entities: Sequence[EntityKey], now: float
) -> Page:
    """The records of these entities under a plan's mark, for runs that start `now`.

    Where they stand close together, others between them come along.
    """
    page = Page()
    found = connection.execute(_MARK, (mark,)).fetchone()
    if found is None:
        return page
    plan, used = found
    page.stale = used < now - DAY
    for start in range(0, len(entities), _CHUNK):
        some = sorted(entities[start : start + _CHUNK])
        ends, most = (some[0], some[-1]), _DENSE * len(some)
        ((between,),) = connection.execute(_HOW_MANY, (*ends, most + 1))
        if between > most:
            asked = connection.execute(_OF_EACH, (json_list(some), plan, now))
        else:
            asked = connection.execute(_BETWEEN, (ends[0], plan, now, ends[1]))
        whose, bodies = asked.fetchone()
        if whose is not None:
            page.entities += map(EntityKey, whose.split("\n"))
            page.bodies.append(bodies)
    return page


def use(connection: sqlite3.Connection, mark: str, now: float) -> int:
    """Note that the plan of this mark is in use, and give its number."""
    connection.execute(_USE, (mark, now))
    connection.execute(_RETIRE, (mark, MARKS))
    return int(connection.execute(_MARK, (mark,)).fetchone()[0])


def settle(connection: sqlite3.Connection, records: Sequence[Record]) -> None:
    """Write those records whose answers are still as they say."""
    asked = json_list([key for record in records for key, _ in record.answers])
    stored = dict(connection.execute(_ANSWERED, (asked,)))
    plans: dict[str, int] = {}
    rows = []
    for record in records:
        if any(stored.get(key) != at for key, at in record.answers):
            continue
        if record.plan not in plans:
            plans[record.plan] = use(connection, record.plan, record.since)
        rows.append((record.entity, plans[record.plan], record.since, record.until, record.body))
    insert(connection, _SETTLE, rows)
    if max(plans.values(), default=0) > MARKS:  # so some plan is out of use
        connection.execute(_SWEEP, (json_list(row[0] for row in rows),))
