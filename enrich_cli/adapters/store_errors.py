"""What SQLite's errors mean to the user: one table, used wherever the store meets SQLite."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from enrich_cli.domain.errors import EnrichError, MachineError, StoreError

BUSY_SECONDS = 60.0
"""How long another process's write is waited for. Ours take milliseconds; a copy takes longer."""

_AGAIN = "what was answered before is kept: make room, then run the same command again"
_COPY = (
    "move the folder away or bring it back from a copy; `sqlite3 cache.db .recover` may help to "
    "save what is in it"
)
_WRITABLE = "make it writable for you, or choose another folder with --cache"

_MEANING: dict[int, tuple[type[EnrichError], str, str]] = {
    sqlite3.SQLITE_FULL: (MachineError, "there is no room left on the disk of {path}", _AGAIN),
    sqlite3.SQLITE_IOERR: (MachineError, "the disk failed while {path} was in use ({why})", _AGAIN),
    sqlite3.SQLITE_NOMEM: (MachineError, "no memory left while {path} was in use", ""),
    sqlite3.SQLITE_READONLY: (StoreError, "the store {path} is read-only", _WRITABLE),
    sqlite3.SQLITE_PERM: (StoreError, "the store {path} may not be opened", _WRITABLE),
    sqlite3.SQLITE_CANTOPEN: (StoreError, "the store {path} cannot be opened", _WRITABLE),
    sqlite3.SQLITE_CORRUPT: (StoreError, "the store {path} is damaged ({why})", _COPY),
    sqlite3.SQLITE_NOTADB: (StoreError, "the store {path} is damaged ({why})", _COPY),
    sqlite3.SQLITE_BUSY: (
        StoreError,
        f"another process has held the store {{path}} for {BUSY_SECONDS:.0f} seconds",
        "wait for it to end, then run the same command again",
    ),
}


def translated(error: sqlite3.Error, path: Path) -> EnrichError:
    """The StoreError or MachineError that says what `error` means for the database at `path`."""
    # The low byte is the kind of error, the rest its shade. Errors of the Python module have none.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    class_, message, hint = _MEANING.get(
        code, (StoreError, "the store {path} cannot be used ({why})", _COPY)
    )
    meaning = class_(message.format(path=path, why=error), hint=hint)
    meaning.__cause__ = error
    return meaning
