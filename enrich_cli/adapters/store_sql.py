"""What a store does, as SQL on one connection. Whoever calls it opens and ends the transaction.

Lists of keys go in as one JSON text, so that a list of any length is one statement and one step.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import msgspec

from enrich_cli.adapters.codec import decode, encode, erased
from enrich_cli.domain.entity import EntityKey
from enrich_cli.domain.errors import StoreError
from enrich_cli.domain.ledger import Ceiling, Charge, ChargeState, Claim, Claimed
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Failure
from enrich_cli.domain.store import DEAD_AFTER, MOST_TRACED, Job, JobStatus

_CHUNK = 10_000  # keys in one SELECT: their values are in memory at once, next to the result

_RECALL = """
    SELECT key, CASE WHEN mode = 1 AND typeof(value) = 'blob' THEN value END FROM Cache
    WHERE raw = 1 AND key IN (SELECT value FROM json_each(?))"""

# A semicolon is the character after the colon that ends a provider's part of a key.
_ANSWERED = "SELECT EXISTS (SELECT 1 FROM Cache WHERE key >= ? AND key < ?)"

# The columns and the modes are diskcache's own; a test compares them with what its `set` writes.
_STORE = """
    INSERT INTO Cache (key, raw, store_time, access_time, size, mode, value)
    SELECT column1, 1, column2, column2, 0, 1, column3 FROM (VALUES {}) WHERE true
    ON CONFLICT (key, raw) DO UPDATE SET
        store_time = excluded.store_time, access_time = excluded.access_time, expire_time = NULL,
        tag = NULL, size = 0, mode = 1, filename = NULL, value = excluded.value"""
_ROWS = 100  # in one INSERT: the interpreter goes to SQLite and comes back once for all of them

_INTEND = "INSERT INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

# A charge closes once. An unknown one may become known: its job was taken for dead, and lived.
_CLOSE = """
    INSERT INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, actual = excluded.actual
    WHERE charges.state IN ('intent', 'unknown')"""

_STORED_AT = """
    SELECT key, store_time FROM Cache
    WHERE raw = 1 AND key IN (SELECT value FROM json_each(?))"""

# Slow, for it looks at every key; but it is rare that somebody asks to be forgotten.
_PURGE = "DELETE FROM Cache WHERE raw = 1 AND key LIKE '%:' || ?"

_UNLEASE = "DELETE FROM leases WHERE key IN (SELECT value FROM json_each(?))"
_ARRIVED = "DELETE FROM awaited WHERE key IN (SELECT value FROM json_each(?))"
_RELEASE = _UNLEASE + " AND job = ?"

_CLAIM = """
    INSERT INTO leases (key, job) SELECT DISTINCT value, ?2 FROM json_each(?1) WHERE true
    ON CONFLICT (key) DO NOTHING"""
_HELD = "SELECT key FROM leases WHERE job = ?2 AND key IN (SELECT value FROM json_each(?1))"

_RECORD = """
    INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
        tbl = excluded.tbl, started = excluded.started, beat = excluded.beat,
        status = excluded.status, entities = excluded.entities, processed = excluded.processed,
        spent = excluded.spent, finished = excluded.finished, report = excluded.report"""

_FINISH = "DELETE FROM leases WHERE job = ?"

_LIVING = "SELECT id FROM jobs WHERE finished IS NULL AND beat >= ? ORDER BY rowid"
_TRACE = "INSERT INTO traces VALUES (?, ?)"
_TRACES = "SELECT content FROM traces WHERE job = ? ORDER BY rowid"
# The newest job keeps its trace, however large.
_TRIM = """
    DELETE FROM traces WHERE job <> ?2 AND job IN (SELECT job FROM (
        SELECT job, sum(sum(length(content))) OVER (ORDER BY max(rowid) DESC) AS upto
        FROM traces GROUP BY job) WHERE upto > ?1)"""

_CHARGES = "SELECT * FROM charges WHERE job = ? ORDER BY at, rowid"
_JOBS = "SELECT * FROM jobs ORDER BY started, rowid"
_TAKEN = "SELECT coalesce(sum(taken), 0) FROM takings WHERE day >= CAST(? / 86400 AS INTEGER)"

# Who asks lives, even where its last heartbeat is old: the machine may just have slept.
_OPEN = """
    SELECT * FROM charges INDEXED BY charges_open
    WHERE state = 'intent' AND job <> ?2 AND job NOT IN (
        SELECT id FROM jobs WHERE finished IS NULL AND beat >= ?1)
    ORDER BY at, rowid"""
_LOSE = "UPDATE charges SET state = 'unknown', actual = worst WHERE id = ? AND state = 'intent'"
_BURY = """
    DELETE FROM leases WHERE job <> ?2 AND job NOT IN (
        SELECT id FROM jobs WHERE finished IS NULL AND beat >= ?1)"""
_INTERRUPT = """
    UPDATE jobs SET status = 'interrupted'
    WHERE id <> ?2 AND finished IS NULL AND beat < ?1 AND status <> 'interrupted'"""
_ORPHANED = """
    SELECT EXISTS (SELECT 1 FROM leases WHERE key IN (SELECT value FROM json_each(?1))
        AND job <> ?3 AND job NOT IN (SELECT id FROM jobs WHERE finished IS NULL AND beat >= ?2))"""

_DOUBTED = """
    SELECT entity.value, charges.* FROM charges, json_each(charges.entities) AS entity
    WHERE charges.state = 'unknown' AND charges.provider = ?1
        AND entity.value IN (SELECT value FROM json_each(?2))
    ORDER BY charges.at, charges.rowid"""


def recall(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, bytes]:
    """The stored bytes under those of `keys` that are there, in the order of the table.

    Raises StoreError for a value that is no plain bytes, such as a pickle.
    """
    found: dict[str, bytes] = {}
    for start in range(0, len(keys), _CHUNK):
        found.update(connection.execute(_RECALL, (json_list(keys[start : start + _CHUNK]),)))
    if None in found.values():
        key = next(key for key, value in found.items() if value is None)
        raise StoreError(
            f"the store holds under {key!r} something that is not plain bytes; it is not read, "
            "for that could run foreign code",
            hint="the store was written by something else: choose another folder with --cache",
        )
    return found


def answered(connection: sqlite3.Connection, identities: Iterable[str]) -> frozenset[str]:
    """Which of these providers have any stored answer: one step in the index for each."""
    return frozenset(
        identity
        for identity in identities
        if connection.execute(_ANSWERED, (f"{identity}:", f"{identity};")).fetchone()[0]
    )


def intend(
    connection: sqlite3.Connection, charges: Iterable[Charge], ceilings: Iterable[Ceiling]
) -> frozenset[str]:
    """Write those intents that all ceilings have room for, and return their ids.

    Raises StoreError for a charge that the ledger has already.
    """
    rooms = [ceiling.limit - taken_since(connection, ceiling.since) for ceiling in ceilings]
    written: list[Charge] = []
    for charge in charges:
        if all(charge.worst <= room for room in rooms):
            rooms = [room - charge.worst for room in rooms]
            written.append(charge)
    try:
        connection.executemany(_INTEND, [_row(charge) for charge in written])
    except sqlite3.IntegrityError as exc:
        ids = ", ".join(charge.id for charge in written)
        raise StoreError(f"the ledger has one of these charges already: {ids}") from exc
    return frozenset(charge.id for charge in written)


def keep(
    connection: sqlite3.Connection, charges: Iterable[Charge], answers: Mapping[str, Answer]
) -> None:
    """Close charges, store the answers that are no failures, release the leases on their keys.

    Of an entity that is to be forgotten every stored answer goes.
    """
    connection.executemany(_CLOSE, [_row(charge) for charge in charges])
    connection.executemany(_PURGE, [(key.rpartition(":")[2],) for key in erased(answers)])
    rows = [
        (key, answer.at, encode(answer))
        for key, answer in answers.items()
        if not isinstance(answer.outcome, Failure)
    ]
    insert(connection, _STORE, rows)
    if answers:
        keys = json_list(answers)
        connection.execute(_UNLEASE, (keys,))
        connection.execute(_ARRIVED, (keys,))


def claim(connection: sqlite3.Connection, claims: Sequence[Claim], job: str, now: float) -> Claimed:
    """Lease the keys that no other living job holds and nobody answered since; see `Store`."""
    news = _answered_since(connection, {one.key: one.seen for one in claims})
    wanted = [one for one in claims if one.key not in news]
    keys = json_list(one.key for one in wanted)
    if connection.execute(_ORPHANED, (keys, now - DEAD_AFTER, job)).fetchone()[0]:
        settle_dead(connection, job, now)
    connection.execute(_CLAIM, (keys, job))
    held = frozenset(key for (key,) in connection.execute(_HELD, (keys, job)))
    return Claimed(held, _doubtful(connection, [one for one in wanted if one.key in held]))


def _answered_since(
    connection: sqlite3.Connection, seen: Mapping[str, float | None]
) -> frozenset[str]:
    """The keys under which there is another answer than the one of the time in `seen`."""
    stored = connection.execute(_STORED_AT, (json_list(seen),))
    other = [key for key, at in stored if at != seen[key]]
    # What diskcache alone has written bears the time of that, so the answer itself decides.
    answers = recall(connection, other)
    return frozenset(key for key in other if decode(answers[key], key).at != seen[key])


def _doubtful(connection: sqlite3.Connection, claims: Sequence[Claim]) -> dict[str, Charge]:
    """For each key the last charge of unknown outcome that is younger than the answer seen."""
    doubtful: dict[str, Charge] = {}
    for provider in {one.provider for one in claims}:
        own = {one.entity: one for one in claims if one.provider == provider}
        for entity, *row in connection.execute(_DOUBTED, (provider, json_list(own))):
            one, charge = own[entity], charge_of(row)
            if one.seen is None or charge.at > one.seen:
                doubtful[one.key] = charge
    return doubtful


def release(connection: sqlite3.Connection, keys: Sequence[str], job: str) -> None:
    """Give back the leases that `job` holds on `keys`."""
    connection.execute(_RELEASE, (json_list(keys), job))


def record(connection: sqlite3.Connection, job: Job, most_traced: int = MOST_TRACED) -> None:
    """Write a job's state; one that has finished holds no lease any more.

    Then the traces of the oldest jobs go, where all have more than `most_traced` bytes.
    """
    connection.execute(
        _RECORD,
        (
            job.id,
            job.table,
            job.started,
            job.beat,
            job.status.value,
            job.entities,
            job.processed,
            job.spent,
            job.finished,
            job.report,
        ),
    )
    connection.executemany(_TRACE, [(job.id, part) for part in job.trace])
    if job.finished is not None:
        connection.execute(_FINISH, (job.id,))
        connection.execute(_TRIM, (most_traced, job.id))


def living(connection: sqlite3.Connection, now: float) -> list[str]:
    """The ids of the jobs that go on, by their signs of life."""
    return [id_ for (id_,) in connection.execute(_LIVING, (now - DEAD_AFTER,))]


def traces(connection: sqlite3.Connection, job: str) -> list[bytes]:
    """The parts of what a job did, in the order in which they came."""
    return [content for (content,) in connection.execute(_TRACES, (job,))]


def charges(connection: sqlite3.Connection, job: str) -> list[Charge]:
    """The charges of one job, oldest first."""
    return [charge_of(row) for row in connection.execute(_CHARGES, (job,))]


def jobs(connection: sqlite3.Connection) -> list[Job]:
    """All jobs, oldest first."""
    return [
        Job(
            id=id_,
            table=table,
            started=started,
            beat=beat,
            status=JobStatus(status),
            entities=entities,
            processed=processed,
            spent=Money(spent),
            finished=finished,
            report=report,
        )
        for (
            id_,
            table,
            started,
            beat,
            status,
            entities,
            processed,
            spent,
            finished,
            report,
        ) in connection.execute(_JOBS)
    ]


def taken_since(connection: sqlite3.Connection, at: float) -> Money:
    """What charges of all jobs since the UTC day of `at` cost or may have cost."""
    return Money(connection.execute(_TAKEN, (at,)).fetchone()[0])


def begin(connection: sqlite3.Connection, job: Job) -> list[Charge]:
    """Write a job's start, clear up after the dead, and return their lost charges."""
    record(connection, job)
    return settle_dead(connection, job.id, job.beat)


def settle_dead(connection: sqlite3.Connection, job: str, now: float) -> list[Charge]:
    """Close the intents of dead jobs as unknown, free their leases, and return the charges.

    `job` is the one that asks.
    """
    living = (now - DEAD_AFTER, job)
    lost = [charge_of(row).closed(ChargeState.UNKNOWN) for row in connection.execute(_OPEN, living)]
    connection.executemany(_LOSE, [(charge.id,) for charge in lost])
    connection.execute(_BURY, living)
    connection.execute(_INTERRUPT, living)
    return lost


def _row(charge: Charge) -> tuple[str | float, ...]:
    return (
        charge.id,
        charge.job,
        charge.provider,
        json_list(charge.entities),
        charge.worst,
        charge.at,
        charge.state.value,
        charge.actual,
    )


def charge_of(row: Sequence[str | float]) -> Charge:
    """A row of the table of charges as what it stands for."""
    id_, job, provider, entities, worst, at, state, actual = row
    return msgspec.convert(
        {
            "id": id_,
            "job": job,
            "provider": provider,
            "entities": msgspec.json.decode(str(entities), type=tuple[EntityKey, ...]),
            "worst": worst,
            "at": at,
            "state": state,
            "actual": actual,
        },
        Charge,
    )


def insert(
    connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """Run a statement that has {} in the place of the rows, with `_ROWS` of them at a time."""
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        places = f"({', '.join('?' * len(some[0]))})"
        connection.execute(
            statement.format(", ".join([places] * len(some))), [*chain.from_iterable(some)]
        )


def json_list(texts: Iterable[str]) -> str:
    """Texts as one JSON text, which a statement takes as one parameter."""
    return msgspec.json.encode(list(texts)).decode()
