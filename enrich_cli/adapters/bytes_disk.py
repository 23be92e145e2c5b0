"""How diskcache may hold our values: as bytes under text keys, in the database, never pickled.

diskcache pickles what it cannot store otherwise and unpickles what it reads, which runs code that
whoever can write the file has put there (CVE-2025-69872). This form refuses both ways.
"""

from __future__ import annotations

import sqlite3

import diskcache
from diskcache.core import MODE_RAW, UNKNOWN

from enrich_cli.domain.errors import StoreError

_HINT = "the store was written by something else: choose another folder with --cache"


class BytesDisk(diskcache.Disk):  # type: ignore[misc]
    """A `Disk` for `diskcache.Cache` whose keys are `str` and whose values are `bytes`."""

    def put(self, key: object) -> tuple[str, bool]:
        """The key as it stands in the table. Raises StoreError for anything but text."""
        if type(key) is not str:
            raise StoreError(f"a store's keys are text, not {type(key).__name__}")
        return key, True

    def get(self, key: object, raw: object) -> str:
        """The key as it was given. Raises StoreError for a pickled one."""
        if not raw or type(key) is not str:
            raise StoreError("the store holds a key that is not text", hint=_HINT)
        return key

    def store(
        self,
        value: object,
        read: bool,
        key: object = UNKNOWN,  # noqa: ARG002 - diskcache's
    ) -> tuple[int, int, None, memoryview]:
        """The columns size, mode, filename and value. Raises StoreError for all but bytes."""
        if read or type(value) is not bytes:
            raise StoreError(f"a store's values are bytes, not {type(value).__name__}")
        return 0, MODE_RAW, None, sqlite3.Binary(value)

    def fetch(self, mode: int, filename: str | None, value: object, read: bool) -> bytes:
        """The bytes of a row. Raises StoreError for a pickle, text, a number or a side file."""
        if read or mode != MODE_RAW or filename is not None or type(value) is not bytes:
            raise StoreError("the store holds a value that is not plain bytes", hint=_HINT)
        return value
