"""One run at a time for one output."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from enrich_cli.domain.errors import OutputError


@contextmanager
def claimed(target: Path) -> Iterator[None]:
    """Keep other runs from writing `target` for as long as the context lasts.

    A hidden file beside it is locked, which the system undoes where a run is killed, and removed
    at the end. Pipes and devices are left to whoever reads them. Raises OutputError where another
    run has it.
    """
    real = Path(os.path.realpath(target))
    if real.exists() and not real.is_file():
        yield
        return
    path = real.with_name(f".{real.name}.enrich-lock")
    descriptor = _locked(path, target)
    try:
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(path: Path, target: Path) -> int:
    """The descriptor of the lock file, locked and still the one that has that name."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 32, 0).decode().strip()
            os.close(descriptor)
            raise OutputError(
                f"{target} is being written by another run"
                + (f" (process {holder})" if holder else ""),
                hint="wait for it to end, or choose another output with -o",
            ) from error
        if _is(path, descriptor):
            return descriptor
        os.close(descriptor)  # whoever had the lock has just removed the file: once more


def _is(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
