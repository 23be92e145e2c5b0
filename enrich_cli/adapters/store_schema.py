"""The tables of a store, and how a store of an earlier version becomes one of today.

Answers lie in diskcache's own `Cache` table; charges, leases and jobs lie beside it in the same
file, so that one transaction spans them all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

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
)
"""What leads from each version to the next. Steps are only ever appended, and none drops data."""

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
    ((mode,),) = connection.execute("PRAGMA journal_mode")
    found = dict(connection.execute("SELECT key, value FROM Settings"))
    return mode == "wal" and found.items() >= SETTINGS.items()


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
        connection.execute(f"PRAGMA user_version = {len(steps):d}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
