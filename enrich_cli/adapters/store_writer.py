"""One thread that writes to the store, and takes all that waits into one commit."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from enrich_cli.adapters.store_errors import translated
from enrich_cli.adapters.store_pace import Patience
from enrich_cli.domain.errors import StoreError

T = TypeVar("T")

Apply = Callable[[sqlite3.Connection], T]
"""A write, inside a transaction that is already open. It may be run again after a rollback."""


@dataclass(slots=True, eq=False)
class _Write(Generic[T]):
    apply: Apply[T]
    future: asyncio.Future[T]
    result: T | None = None
    error: Exception | None = None


class Writer:
    """The thread, its connection and its queue.

    A write that was submitted is done, whether or not anybody still waits for it.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.commits = 0
        self._connection = connection
        self._path = path
        self._changed = threading.Condition()
        self._waiting: list[_Write[Any]] = []
        self._due = float("inf")  # when the first of them has waited long enough
        self._quiet = float("inf")  # the shortest of their `quiet`
        self._last = 0.0  # when the last of them came
        self._closing = False
        self._failed: list[_Write[Any]] = []
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, apply: Apply[T], patience: Patience) -> asyncio.Future[T]:
        """Queue a write; the future has its result once it is durable.

        Raises StoreError after `close`.
        """
        write = _Write(apply, asyncio.get_running_loop().create_future())
        with self._changed:
            if self._closing:
                raise StoreError("the store is closed")
            self._last = time.monotonic()
            hurries = not self._waiting
            self._waiting.append(write)
            if self._last + patience.most < self._due:
                self._due = self._last + patience.most
                hurries = True
            if patience.quiet < self._quiet:
                self._quiet = patience.quiet
                hurries = True
            if hurries:  # otherwise the thread has no need to wake up now
                self._changed.notify()
        return write.future

    def close(self) -> None:
        """Write all that waits, and let go of the database. May be called twice.

        Raises the error of a write that failed after its caller had gone.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._connection.close()
        failed, self._failed = self._failed, []
        for write in failed:
            future = write.future
            heard = not future.cancelled() if future.done() else not future.get_loop().is_closed()
            if not heard and write.error is not None:
                raise write.error

    def _work(self) -> None:
        while writes := self._gather():
            self._commit(writes)
            self._tell(writes)

    def _gather(self) -> list[_Write[Any]]:
        """Wait for writes, and a little longer for more. Empty when closed and drained."""
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            while not self._closing:
                now = time.monotonic()
                rest = min(self._due, self._last + self._quiet) - now
                if rest <= 0:
                    break
                self._changed.wait(rest)
            writes, self._waiting = self._waiting, []
            self._due = self._quiet = float("inf")
            return writes

    def _commit(self, writes: list[_Write[Any]]) -> None:
        """Run the writes in one transaction; where one fails, each in a transaction of its own."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as exc:
            for write in writes:
                write.error = translated(exc, self._path)
            return
        error = self._transact(writes)
        if error is not None and len(writes) == 1:
            writes[0].error = error
        elif error is not None:
            for write in writes:
                self._commit([write])

    def _transact(self, writes: list[_Write[Any]]) -> Exception | None:
        """Run the writes and commit; where that fails, nothing is done, and the error returned."""
        try:
            for write in writes:
                write.result = write.apply(self._connection)
            self._connection.execute("COMMIT")
        except Exception as exc:  # noqa: BLE001 - whatever it is, its caller is told
            # SQLite has rolled back by itself where the disk failed.
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            return translated(exc, self._path) if isinstance(exc, sqlite3.Error) else exc
        self.commits += 1
        return None

    def _tell(self, writes: Iterable[_Write[Any]]) -> None:
        """Resolve the futures, with one call into each event loop."""
        by_loop: defaultdict[asyncio.AbstractEventLoop, list[_Write[Any]]] = defaultdict(list)
        for write in writes:
            if write.error is not None:
                self._failed.append(write)
            by_loop[write.future.get_loop()].append(write)
        for loop, done in by_loop.items():
            try:
                loop.call_soon_threadsafe(self._resolve, done)
            except RuntimeError:  # the loop is closed: nobody waits there any more
                continue

    @staticmethod
    def _resolve(writes: list[_Write[Any]]) -> None:
        for write in writes:
            if write.future.done():  # cancelled
                continue
            if write.error is None:
                write.future.set_result(write.result)
            else:
                write.future.set_exception(write.error)
