"""Private temporary copies of a table's bytes, without a name where the system allows that."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl
import zstandard

from enrich_cli.domain.errors import EnrichError, MachineError, TableError

BLOCK = 1 << 20
"""How many bytes are read at a time."""

_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_DESCRIPTORS = Path("/proc/self/fd")


class Spool:
    """A private file in the scratch folder, mode 0600, that goes when the last user lets go.

    On Linux its name is removed at once and `path` leads through the open descriptor, so that
    even a killed process leaves nothing behind. Elsewhere the caller removes the folder.
    """

    __slots__ = ("__weakref__", "_fd", "path")

    def __init__(self, scratch: Path) -> None:
        self._fd, name = tempfile.mkstemp(dir=scratch, prefix="table-")
        weakref.finalize(self, os.close, self._fd)
        self.path = name
        if (_DESCRIPTORS / str(self._fd)).exists():
            Path(name).unlink()
            self.path = str(_DESCRIPTORS / str(self._fd))

    def writer(self) -> BinaryIO:
        """The file, opened for writing from its beginning. Closing it leaves the spool open."""
        os.lseek(self._fd, 0, os.SEEK_SET)
        os.ftruncate(self._fd, 0)
        return os.fdopen(os.dup(self._fd), "wb")


def kept(frame: pl.LazyFrame, spool: Spool) -> pl.LazyFrame:
    """The rows of a frame, read once and from now on out of the spool, which must live on."""
    with spool.writer() as out:
        frame.sink_ipc(out)
    return pl.scan_ipc(spool.path)


def compression(head: bytes) -> str | None:
    """`gzip` or `zstd` by a file's first bytes, else None."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


_AWAY = "is the address right, and may the credentials in the environment read it?"


@contextmanager
def machine(path: str) -> Iterator[None]:
    """Turn trouble with reading `path`, or with the disk under the scratch folder, into words.

    Raises TableError where the file is not to be read, MachineError where the disk is full.
    """
    try:
        yield
    except EnrichError:
        raise
    except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as exc:
        raise TableError(
            f"{path}: the compressed data is damaged or cut off: {exc}",
            hint="fetch or compress the file again",
        ) from exc
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise MachineError(
                f"the disk is full: no room for a temporary copy of {path}",
                hint="make room, or point TMPDIR at a larger disk",
            ) from exc
        reason, *_ = (exc.strerror or str(exc)).splitlines() or [type(exc).__name__]
        reason, *_ = reason.partition(": <?xml")  # what a store of objects answered in full
        hint = _AWAY if "://" in path else ""
        raise TableError(f"{path} cannot be read: {reason}", hint=hint) from exc


def spooled(stream: BinaryIO, scratch: Path) -> Spool:
    """A private copy of all that `stream` still holds."""
    spool = Spool(scratch)
    with spool.writer() as out:
        shutil.copyfileobj(stream, out, BLOCK)
    return spool


def decompressed(location: str, kind: str, scratch: Path) -> Spool:
    """A private plain copy of a gzip or zstd file, its members or frames joined."""
    with Path(location).open("rb") as raw:
        if kind == "gzip":
            with gzip.GzipFile(fileobj=raw) as plain:
                return spooled(cast("BinaryIO", plain), scratch)
        spool = Spool(scratch)
        with spool.writer() as out:
            for block in _frames(raw):
                out.write(block)
        return spool


def _frames(raw: BinaryIO) -> Iterator[bytes]:
    """The content of all zstd frames. The library's own readers take a cut frame for its end."""
    open_frame = False
    decoder = zstandard.ZstdDecompressor().decompressobj()
    while block := raw.read(BLOCK):
        while block:
            yield decoder.decompress(block)
            block, open_frame = decoder.unused_data, not decoder.eof
            if decoder.eof:
                decoder = zstandard.ZstdDecompressor().decompressobj()
    if open_frame:
        raise EOFError("the last frame is not complete")
