"""The jobs that providers work on, as SQL on one connection: submitted, looked up, forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from enrich_cli.adapters.store_sql import charge_of, json_list
from enrich_cli.domain.entity import EntityKey, Field, IdKind, Query
from enrich_cli.domain.store import Submitted

_Asked = tuple[EntityKey, tuple[tuple[IdKind, str], ...], frozenset[Field]]
_SUBMIT = "INSERT OR REPLACE INTO submitted VALUES (?, ?, ?, ?, ?)"
_AWAIT = "INSERT OR REPLACE INTO awaited VALUES (?, ?, ?)"
# Jobs whose answers are all kept.
_TIDY = """
    DELETE FROM submitted WHERE NOT EXISTS (
        SELECT 1 FROM awaited WHERE (provider, id) = (submitted.provider, submitted.id))"""
_SUBMITTED = """
    SELECT awaited.key, submitted.provider, submitted.id, submitted.at, submitted.queries,
        charges.* FROM awaited
    JOIN submitted USING (provider, id)
    LEFT JOIN charges ON charges.id = submitted.charge
    WHERE awaited.key IN (SELECT value FROM json_each(?)) ORDER BY submitted.at, submitted.id"""
_FORGET = (
    "DELETE FROM awaited WHERE provider = ? AND id = ?",
    "DELETE FROM submitted WHERE provider = ? AND id = ?",
)


def submit(connection: sqlite3.Connection, job: Submitted, keys: Sequence[str]) -> None:
    """Write down a job, and the keys of the answers that it will bring."""
    charge = job.charge.id if job.charge else ""
    connection.execute(_TIDY)
    connection.execute(_SUBMIT, (job.provider, job.id, charge, job.at, asked_bytes(job.queries)))
    connection.executemany(_AWAIT, [(key, job.provider, job.id) for key in keys])


def submitted(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, Submitted]:
    """The jobs that will bring the answers under these keys, the oldest first."""
    found: dict[str, Submitted] = {}
    jobs: dict[tuple[str, str], Submitted] = {}
    rows = connection.execute(_SUBMITTED, (json_list(keys),))
    for key, provider, id_, at, queries, *charge in rows:
        if (job := jobs.get((provider, id_))) is None:
            job = jobs[provider, id_] = Submitted(
                id=id_,
                provider=provider,
                queries=asked(queries),
                charge=charge_of(charge) if charge[0] is not None else None,
                at=at,
            )
        found[key] = job
    return found


def give_up(connection: sqlite3.Connection, job: Submitted) -> None:
    """Forget a job."""
    for statement in _FORGET:
        connection.execute(statement, (job.provider, job.id))


def asked(queries: bytes) -> tuple[Query, ...]:
    """What a job was asked, from its stored form."""
    return tuple(Query(*one) for one in msgspec.json.decode(queries, type=tuple[_Asked, ...]))


def asked_bytes(queries: Sequence[Query]) -> bytes:
    """The stored form of what a job is asked."""
    return msgspec.json.encode(
        [[query.entity, query.ids, sorted(query.fields)] for query in queries]
    )
