"""Opening a store: what must hold of its folder, and the file in it made or brought up to date."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from enrich_cli.adapters import store_schema
from enrich_cli.adapters.store_errors import BUSY_SECONDS, translated
from enrich_cli.domain.errors import StoreError

DATABASE = "cache.db"
"""The file in the folder; the name is diskcache's."""

_NETWORK = frozenset(
    {
        *("9p", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs"),
        *("nfs", "nfs4", "orangefs", "smb3", "smbfs", "vboxsf"),
        *("fuse.ceph", "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs", "fuse.rclone"),
        *("fuse.s3fs", "fuse.sshfs"),
    }
)
"""Types of file systems whose shared memory or locks do not reach other machines, as Linux names
them. SQLite's documentation of WAL asks for a local one (https://www.sqlite.org/wal.html)."""

MOUNTS = Path("/proc/self/mounts")
"""What is mounted where; Linux only, see proc(5)."""

_ELSEWHERE = "choose another folder with --cache"


def prepare(directory: Path, mounts: Path = MOUNTS) -> Path:
    """Make or mend the store in `directory`, and return the path of its database.

    A folder that is missing is made for its owner alone (0700), and so is the file (0600). Raises
    StoreError where the folder is no folder, cannot be written or lies on a network file system,
    and where the database is damaged or was made by a newer version. `mounts` is the file that
    tells the file systems.
    """
    path = directory / DATABASE
    try:
        _make(directory)
        _check_local(directory, mounts)
        _check_writable(directory, path)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        _mend(directory, path)
    except FileExistsError as exc:
        raise StoreError(f"the store {directory} is not a folder", hint=_ELSEWHERE) from exc
    except OSError as exc:
        why = exc.strerror or str(exc)
        raise StoreError(f"the store {directory} cannot be made ({why})", hint=_ELSEWHERE) from exc
    except sqlite3.Error as exc:
        raise translated(exc, path) from exc
    return path


_MAPPED = 1 << 30
"""Bytes of the file that are read in place: the system's own copy of a page serves, and a bulk read
in another order than that of writing takes half the time. A failing disk then ends the process."""


def connect(path: Path, *, mapped: bool = False) -> sqlite3.Connection:
    """A connection to the database at `path`; transactions are begun and ended by hand.

    With `mapped` it reads the file in place, for one that does not write. It may go from one thread
    to another, but is for one at a time.
    """
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    # These hold for the connection, not for the file.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA cache_size = -32768")  # KiB
    if mapped:
        connection.execute(f"PRAGMA mmap_size = {_MAPPED:d}")
    return connection


def file_system(directory: Path, mounts: str) -> str:
    """The type of the file system that holds `directory`, by the text of /proc/self/mounts.

    "" where none of the mounts holds it. The longest mount point wins, of equal ones the last.
    """
    best, found = -1, ""
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        # Blanks and the like in a mount point are written as octal numbers.
        place = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), point))
        if len(place.parts) >= best and directory.is_relative_to(place):
            best, found = len(place.parts), kind
    return found


def _make(directory: Path) -> None:
    """Make `directory` and what is missing above it, each for its owner alone."""
    if directory.is_dir():
        return
    if directory.parent != directory:
        _make(directory.parent)
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        if not directory.is_dir():  # else another process was faster
            raise


def _check_local(directory: Path, mounts: Path) -> None:
    """Raise StoreError on a network file system, which lacks the shared memory that WAL needs."""
    try:
        text = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # not Linux, or no /proc
        return
    kind = file_system(directory.resolve(), text)
    if kind in _NETWORK:
        raise StoreError(
            f"the store {directory} lies on a network file system ({kind}), where two runs could "
            "damage it",
            hint="choose a folder on a local disk with --cache",
        )


def _check_writable(directory: Path, path: Path) -> None:
    """Raise StoreError where folder or database cannot be written, also by a read-only mount."""
    for place in (directory, path):
        if place.exists() and not os.access(place, os.R_OK | os.W_OK):
            raise StoreError(
                f"the store {place} cannot be written",
                hint="make it writable for you, or choose another folder with --cache",
            )


def _mend(directory: Path, path: Path) -> None:
    """Bring the database at `path` to the version of today; cheap where it has it already."""
    with closing(connect(path)) as connection:
        found = store_schema.version(connection)
        store_schema.refuse_newer(found, path)
        if found == len(store_schema.STEPS) and store_schema.settled(connection):
            return
    # Imported here, for that takes longer than opening a store which is as it should be.
    import diskcache

    from enrich_cli.adapters.bytes_disk import BytesDisk

    settings = {**store_schema.SETTINGS}
    if made := path.stat().st_size == 0:
        settings["sqlite_synchronous"] = 0  # its two dozen commits are forced to disk as one, below
    diskcache.Cache(str(directory), timeout=BUSY_SECONDS, disk=BytesDisk, **settings).close()
    path.chmod(0o600)
    if made:
        _force(path)
    with closing(connect(path)) as connection:
        store_schema.upgrade(connection, path)
        # The settings may be those of another process by now, which makes the store as well.
        if not store_schema.logged(connection):
            raise StoreError(
                f"the store {path} cannot be set up for two runs at once (no write-ahead log)",
                hint="choose a folder on a local disk with --cache",
            )


def _force(path: Path) -> None:
    """Force a file and its folder's entry of it to the disk."""
    for place in (path, path.parent):
        opened = os.open(place, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
