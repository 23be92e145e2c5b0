"""Looking after a store: what it holds, what it is worth, taking out, handing on, taking in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from enrich_cli.adapters import store_sql
from enrich_cli.adapters.codec import decode
from enrich_cli.adapters.store_errors import translated
from enrich_cli.adapters.store_opening import connect, prepare
from enrich_cli.domain.errors import TableError
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import ZERO, Money
from enrich_cli.domain.outcome import Answer, Gap, Hit, Miss

Stored = tuple[str, bytes]
"""The key of a stored answer, and its bytes as they lie in the store."""

_ALL = "SELECT key, value FROM Cache WHERE raw = 1 AND mode = 1 AND typeof(value) = 'blob'"
_OLD = _ALL + " AND store_time < ?"
_DROP = "DELETE FROM Cache WHERE raw = 1 AND key IN (SELECT value FROM json_each(?))"
_DROP_TRACES = """
    DELETE FROM traces WHERE job IN (
        SELECT id FROM jobs WHERE coalesce(finished, beat) < ?)"""
_TRACED = "SELECT coalesce(sum(length(content)), 0) FROM traces"
_BATCH = 10_000
_COSTLY = (ChargeState.SETTLED, ChargeState.UNKNOWN)


@dataclass(slots=True)
class Held:
    """The stored answers of one provider. `bytes` are those of the answers alone.

    `worth` is what they cost when they were bought; `oldest` and `newest` are seconds since the
    epoch.
    """

    provider: str
    entries: int = 0
    hits: int = 0
    misses: int = 0
    bytes: int = 0
    worth: Money = ZERO
    oldest: float = float("inf")
    newest: float = 0.0

    def add(self, answer: Answer, size: int) -> None:
        """Count one answer."""
        self.entries += 1
        self.hits += isinstance(answer.outcome, Hit)
        self.misses += isinstance(answer.outcome, Miss)
        self.bytes += size
        self.oldest, self.newest = min(self.oldest, answer.at), max(self.newest, answer.at)
        receipt = answer.receipt
        if receipt is not None and receipt.state in _COSTLY:
            self.worth = Money(self.worth + receipt.amount)


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import came to, in answers: new here, not newer, of those to be forgotten here."""

    added: int
    known: int
    erased: int


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the store in `folder`. Raises StoreError, MachineError."""
    path = prepare(folder)
    try:
        with closing(connect(path)) as connection:
            yield connection
    except sqlite3.Error as exc:
        raise translated(exc, path) from exc


def provider_of(key: str) -> str:
    """The provider that an answer's key names."""
    return key.partition("@")[0]


def holdings(connection: sqlite3.Connection, older: float | None = None) -> list[Held]:
    """The stored answers by provider, in the order of their names.

    With `older`, only those given before that moment, but for what says that somebody is to be
    forgotten. Looks at every answer, about 15 us each.
    """
    found: dict[str, Held] = {}
    for key, stored, answer in _decoded(connection, older):
        name = provider_of(key)
        found.setdefault(name, Held(name)).add(answer, len(stored))
    return [found[name] for name in sorted(found)]


def _decoded(
    connection: sqlite3.Connection, older: float | None
) -> Iterator[tuple[str, bytes, Answer]]:
    rows = connection.execute(_ALL) if older is None else connection.execute(_OLD, (older,))
    for key, stored in rows:
        answer = decode(stored, key)
        if older is None or not _erased(answer):
            yield key, stored, answer


def traced(connection: sqlite3.Connection) -> int:
    """The bytes of what jobs did."""
    return int(connection.execute(_TRACED).fetchone()[0])


def prune(connection: sqlite3.Connection, older: float) -> int:
    """Take out the answers given before `older`, and what jobs did that ended before it.

    Who is to be forgotten stays so. Charges and jobs stay in the ledger. Gives the number of
    answers, and gives their room back to the disk.
    """
    keys = [key for key, _, _ in _decoded(connection, older)]
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_DROP, (store_sql.json_list(keys),))
        connection.execute(_DROP_TRACES, (older,))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("PRAGMA incremental_vacuum").fetchall()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return len(keys)


def answers(connection: sqlite3.Connection) -> Iterator[list[Stored]]:
    """All stored answers as they lie there, in batches."""
    rows: Iterator[Stored] = connection.execute(f"{_ALL} ORDER BY key")
    while batch := list(islice(rows, _BATCH)):
        yield batch


def take_in(connection: sqlite3.Connection, batches: Iterable[list[Stored]]) -> Taken:
    """Take over those answers that are newer than what is here, each batch in one transaction.

    Their charges stay with whoever paid them: the ledger and the budgets here do not change.
    Raises TableError for what is no answer of a store; batches before it are taken over.
    """
    forgotten = {
        key.rpartition(":")[2] for key, _, answer in _decoded(connection, None) if _erased(answer)
    }
    added = known = barred = 0
    for batch in batches:
        offered = {key: _checked(key, stored) for key, stored in batch}
        connection.execute("BEGIN IMMEDIATE")
        try:
            here = store_sql.recall(connection, list(offered))
            newer: dict[str, Answer] = {}
            for key, answer in offered.items():
                if key.rpartition(":")[2] in forgotten:
                    barred += 1
                elif key in here and decode(here[key], key).at >= answer.at:
                    known += 1
                else:
                    newer[key] = answer
            store_sql.keep(connection, (), newer)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        added += len(newer)
    return Taken(added, known, barred)


def _checked(key: str, stored: bytes) -> Answer:
    name, mark, rest = key.partition("@")
    _, colon, entity = rest.rpartition(":")
    if not (name and mark and colon and len(entity) == 32):
        raise TableError(f"the file holds {key!r}, which is no key of a stored answer")
    return decode(stored, key)


def _erased(answer: Answer) -> bool:
    return isinstance(answer.outcome, Miss) and answer.outcome.gap is Gap.ERASED


def fault(connection: sqlite3.Connection) -> str:
    """What SQLite finds wrong with the database, "" where all is well."""
    ((first,), *_) = connection.execute("PRAGMA quick_check(1)").fetchall()
    return "" if first == "ok" else str(first)


def last_sign(connection: sqlite3.Connection) -> float:
    """The latest moment that the store has heard of, in seconds since the epoch; 0 for none."""
    ((beat,),) = connection.execute("SELECT coalesce(max(beat), 0) FROM jobs")
    return float(beat)
