"""The tables of a store, and how a store of an earlier version becomes one of today.

Answers lie in diskcache's own `Cache` table; charges, leases and jobs lie beside it in the same
file, so that one transaction spans them all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from enrich_cli.adapters.store_history import count_old
from enrich_cli.domain.errors import StoreError

STEPS: Sequence[Sequence[str]] = (
    # From nothing, or from a folder that diskcache alone has made.
    (
        """CREATE TABLE charges (
            id TEXT NOT NULL PRIMARY KEY,
            job TEXT NOT NULL,
            provider TEXT NOT NULL,
            entities TEXT NOT NULL,
            worst INTEGER NOT NULL,
            at REAL NOT NULL,
            state TEXT NOT NULL,
            actual INTEGER NOT NULL
        )""",
        "CREATE INDEX charges_job ON charges (job)",
        "CREATE INDEX charges_at ON charges (at)",
        "CREATE INDEX charges_open ON charges (job) WHERE state = 'intent'",
        """CREATE TABLE leases (
            key TEXT NOT NULL PRIMARY KEY,
            job TEXT NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE jobs (
            id TEXT NOT NULL PRIMARY KEY,
            tbl TEXT NOT NULL,
            started REAL NOT NULL,
            beat REAL NOT NULL,
            status TEXT NOT NULL,
            entities INTEGER NOT NULL,
            processed INTEGER NOT NULL,
            spent INTEGER NOT NULL,
            finished REAL,
            report BLOB NOT NULL
        )""",
    ),
    # What was taken a day, so that the budget of a month is one short look at each intent.
    (
        "CREATE INDEX charges_unknown ON charges (provider) WHERE state = 'unknown'",
        """CREATE TABLE takings (
            day INTEGER NOT NULL PRIMARY KEY,
            taken INTEGER NOT NULL
        )""",
        """INSERT INTO takings
            SELECT CAST(at / 86400 AS INTEGER), sum(iif(state = 'intent', worst, actual))
            FROM charges GROUP BY 1""",
        """CREATE TRIGGER charge_opened AFTER INSERT ON charges BEGIN
            INSERT INTO takings VALUES (
                CAST(NEW.at / 86400 AS INTEGER), iif(NEW.state = 'intent', NEW.worst, NEW.actual))
            ON CONFLICT (day) DO UPDATE SET taken = taken + excluded.taken; END""",
        """CREATE TRIGGER charge_closed AFTER UPDATE OF state, actual ON charges BEGIN
            UPDATE takings SET taken = taken
                + iif(NEW.state = 'intent', NEW.worst, NEW.actual)
                - iif(OLD.state = 'intent', OLD.worst, OLD.actual)
            WHERE day = CAST(NEW.at / 86400 AS INTEGER); END""",
    ),
    # Jobs that providers work on, and the answers that each of them will bring.
    (
        "SELECT count(*) FROM charges, leases, jobs",  # fails in the database of another program
        """CREATE TABLE submitted (
            provider TEXT NOT NULL,
            id TEXT NOT NULL,
            charge TEXT NOT NULL,
            at REAL NOT NULL,
            queries BLOB NOT NULL,
            PRIMARY KEY (provider, id)
        ) WITHOUT ROWID""",
        """CREATE TABLE awaited (
            key TEXT NOT NULL PRIMARY KEY,
            provider TEXT NOT NULL,
            id TEXT NOT NULL
        ) WITHOUT ROWID""",
    ),
    # Records of settled entities. Any change of an answer takes away those of its entity.
    (
        "SELECT count(*) FROM submitted, awaited",  # fails in the database of another program
        """CREATE TABLE marks (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            mark TEXT NOT NULL UNIQUE,
            used REAL NOT NULL
        )""",
        # Not without rowid: entities come in random order, and moving bodies about costs more.
        """CREATE TABLE settled (
            entity TEXT NOT NULL,
            plan INTEGER NOT NULL,
            since REAL NOT NULL,
            until REAL NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (entity, plan)
        )""",
        """CREATE TRIGGER answer_new AFTER INSERT ON Cache BEGIN
            DELETE FROM settled WHERE entity = substr(NEW.key, -32); END""",
        """CREATE TRIGGER answer_changed AFTER UPDATE ON Cache BEGIN
            DELETE FROM settled
            WHERE entity IN (substr(OLD.key, -32), substr(NEW.key, -32)); END""",
        """CREATE TRIGGER answer_gone AFTER DELETE ON Cache BEGIN
            DELETE FROM settled WHERE entity = substr(OLD.key, -32); END""",
    ),
    # What each job did, in parts.
    (
        "SELECT count(*) FROM charges, leases, jobs, submitted, awaited",
        "CREATE TABLE traces (job TEXT NOT NULL, content BLOB NOT NULL)",
        "CREATE INDEX traces_job ON traces (job)",
    ),
    # What providers did, as sums; and the ranges of estimates beside the bills.
    (
        "SELECT count(*) FROM charges, leases, jobs",
        """CREATE TABLE seen_hits (
            provider TEXT NOT NULL,
            asked_by TEXT NOT NULL,
            past TEXT NOT NULL,
            tried INTEGER NOT NULL,
            came INTEGER NOT NULL,
            PRIMARY KEY (provider, asked_by, past)
        ) WITHOUT ROWID""",
        """CREATE TABLE seen_fields (
            provider TEXT NOT NULL,
            field TEXT NOT NULL,
            tried INTEGER NOT NULL,
            came INTEGER NOT NULL,
            PRIMARY KEY (provider, field)
        ) WITHOUT ROWID""",
        """CREATE TABLE seen_usage (
            provider TEXT NOT NULL PRIMARY KEY,
            calls INTEGER NOT NULL,
            items INTEGER NOT NULL,
            seconds REAL NOT NULL,
            spent INTEGER NOT NULL,
            listed INTEGER NOT NULL
        ) WITHOUT ROWID""",
        """CREATE TABLE ranges (
            id INTEGER PRIMARY KEY,
            low INTEGER NOT NULL,
            likely INTEGER NOT NULL,
            high INTEGER NOT NULL,
            worst INTEGER NOT NULL,
            bill INTEGER NOT NULL
        )""",
    ),
)
"""What leads from each version to the next. Steps are only ever appended, and none drops data."""

_WITH_HISTORY = 4
"""The first version that keeps a history; in an older store it begins with a count."""

SETTINGS: Mapping[str, object] = {
    "statistics": 0,
    "tag_index": 0,
    # Nothing that was paid for is thrown away: diskcache's defaults drop the oldest from 1 GiB on.
    "eviction_policy": "none",
    "cull_limit": 0,
    "size_limit": 1 << 62,
    # A value in a file of its own would lie outside of the transaction.
    "disk_min_file_size": 1 << 62,
    "sqlite_auto_vacuum": 2,  # incremental: pages come back when a prune asks, not at each commit
    "sqlite_journal_mode": "wal",
    "sqlite_synchronous": 2,  # FULL: a commit is on disk when it returns
}
"""How diskcache keeps its table, whoever opens the folder with it."""


def version(connection: sqlite3.Connection) -> int:
    """The version of the store, 0 for one that has no tables of ours yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def settled(connection: sqlite3.Connection) -> bool:
    """Whether the file is in WAL mode, and diskcache's settings in it are ours."""
    found = dict(connection.execute("SELECT key, value FROM Settings"))
    return logged(connection) and found.items() >= SETTINGS.items()


def logged(connection: sqlite3.Connection) -> bool:
    """Whether the file is in WAL mode."""
    ((mode,),) = connection.execute("PRAGMA journal_mode")
    return bool(mode == "wal")


def refuse_newer(found: int, path: Path, steps: Sequence[Sequence[str]] = STEPS) -> None:
    """Raise StoreError where the store at `path` was made by a version that knew more steps."""
    if found > len(steps):
        raise StoreError(
            f"the store {path} was made by a newer enrich (store version {found}, this one "
            f"reads up to {len(steps)})",
            hint="upgrade enrich, or choose another folder with --cache",
        )


def upgrade(
    connection: sqlite3.Connection, path: Path, steps: Sequence[Sequence[str]] = STEPS
) -> None:
    """Bring the store to the version after the last of `steps`, all in one transaction.

    Settings that a store was made with and is not to keep become those of `SETTINGS`.

    Several processes may try at once: the first does the work, the others find it done. Raises
    StoreError for a store that is newer than `steps`.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = version(connection)
        refuse_newer(found, path, steps)
        for step in steps[found:]:
            for statement in step:
                connection.execute(statement)
        if 0 < found < _WITH_HISTORY <= len(steps):
            count_old(connection)
        connection.execute(f"PRAGMA user_version = {len(steps):d}")
        connection.executemany(
            "UPDATE Settings SET value = ?2 WHERE key = ?1 AND value <> ?2", SETTINGS.items()
        )
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
