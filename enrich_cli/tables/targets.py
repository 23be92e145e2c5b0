"""Where the output goes: its name, whether it can be written, and how it replaces what is there."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO

from enrich_cli.domain.errors import MachineError, OutputError
from enrich_cli.tables.endings import format_by_ending, packing
from enrich_cli.tables.source import Format, Source

_USUAL_CELL = 16
"""Bytes of a cell with what stands between cells: names and industries are longer, numbers are
shorter, and some cells stay empty."""
_MARGIN = 1 << 20
"""Room beyond the input's size that an output needs at least (1 MiB)."""


def default_output(path: str) -> Path:
    """`leads.csv` gives `leads.enriched.csv`, `leads.csv.gz` gives `leads.enriched.csv.gz`."""
    given = Path(path)
    inner = given.with_suffix("") if packing(path) else given
    endings = inner.suffix + given.name[len(inner.name) :]
    return given.with_name(f"{inner.stem}.enriched{endings}")


def check_target(target: Path, source: Source, *, in_place: bool) -> None:
    """Find out before anything is spent whether `target` can take the output of `source`.

    Raises OutputError for a target that cannot, and where there is obviously too little room.
    """
    real = Path(os.path.realpath(target))
    folder = real.parent
    if real.is_dir():
        raise OutputError(f"{target} is a folder", hint="name a file in it")
    if not folder.is_dir():
        raise OutputError(
            f"{target}: there is no folder {folder}", hint=f"create it: mkdir -p {folder}"
        )
    if _is_device(real):
        if not os.access(real, os.W_OK):
            raise OutputError(f"{target} is not writable", hint="choose another output with -o")
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(
            f"{target}: the folder {folder} is not writable", hint="choose another output with -o"
        )
    _check_format(target, source)
    if not in_place and any(_same(real, location) for location in source.files):
        raise OutputError(
            f"{target} is the input itself",
            hint="choose another output with -o, or say --in-place to replace the input",
        )
    free = shutil.disk_usage(folder).free
    if free < source.size + _MARGIN and not packing(target.name):
        raise OutputError(
            f"{target}: {free >> 20} MiB are free, the input alone has {source.size >> 20} MiB",
            hint="make room, or choose an output on a larger disk with -o",
        )


def check_room(target: Path, source: Source, cells: int) -> None:
    """Find out before anything is spent whether the whole output will find room.

    `cells` is the number of cells that it has more than the input. Counted are the input's size,
    a usual length for each of them, and the copy in the scratch folder that is made of an output
    in another encoding than UTF-8. A compressed output is left to fail. Raises OutputError.
    """
    real = Path(os.path.realpath(target))
    if _is_device(real) or packing(target.name) or source.format is Format.PARQUET:
        return
    size = source.size + cells * _USUAL_CELL + _MARGIN
    needed = {real.parent: size}
    if source.dialect.encoding != "utf-8" or source.dialect.escaped:
        scratch = source.scratch
        same = scratch.stat().st_dev == real.parent.stat().st_dev
        needed |= {real.parent: 2 * size} if same else {scratch: size}
    for folder, room in needed.items():
        if (free := shutil.disk_usage(folder).free) < room:
            raise OutputError(
                f"{target}: {free >> 20} MiB are free in {folder}, about {room >> 20} MiB are "
                "needed",
                hint="make room, or choose an output on a larger disk with -o",
            )


def _check_format(target: Path, source: Source) -> None:
    found = format_by_ending(target.name)
    if found is not None and found is not source.format:
        raise OutputError(
            f"{target}: the input is {source.format.upper()}, the output's ending says "
            f"{found.upper()}",
            hint=f"the output has the input's format: let its name end in .{source.format}",
        )
    if source.format is Format.PARQUET and packing(target.name):
        raise OutputError(
            f"{target}: Parquet is compressed within", hint="leave the last ending off"
        )


def is_replaced(target: object, source: Source) -> bool:
    """Whether an output that was written to `target` has taken the place of its input."""
    return isinstance(target, Path) and any(_same(target, location) for location in source.files)


def _same(target: Path, location: str) -> bool:
    with suppress(OSError):
        return target.samefile(location)
    return False


def _is_device(path: Path) -> bool:
    """Whether `path` is there and is no regular file: a pipe, a terminal, /dev/null."""
    with suppress(OSError):
        return not stat.S_ISREG(path.stat().st_mode)
    return False


_SYNC_EVERY = 0.2  # seconds


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `target` when all is written, and leaves no trace if not.

    It lies beside the target under a hidden name, readable by its owner alone until it is
    whole; then it is synced and renamed. The target's mode stays, a new file gets the usual
    one. A link stays a link: what it points at is replaced. Pipes and devices are written to.
    Raises MachineError for a full disk and any other trouble with the file system.
    """
    with writable(str(target)):
        real = Path(os.path.realpath(target))
        if _is_device(real):
            with real.open("wb") as out:
                yield out
            return
        temporary = real.with_name(f".enrich-{secrets.token_hex(8)}.tmp")
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(descriptor, "wb") as out:
                usual = stat.S_IMODE(os.fstat(descriptor).st_mode)
                temporary.chmod(0o600)
                with _synced_meanwhile(descriptor):
                    yield out
                    out.flush()
                with suppress(FileNotFoundError):
                    usual = stat.S_IMODE(real.stat().st_mode)
                temporary.chmod(usual)
                os.fsync(descriptor)
            with _freed_later(real):
                temporary.replace(real)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync_folder(real.parent)


@contextmanager
def _synced_meanwhile(descriptor: int) -> Iterator[None]:
    """Has what is written go to the disk while more is, so that little is left for the end.

    What goes wrong there is raised: the system tells it once only.
    """
    done, trouble = Event(), list[OSError]()

    def sync() -> None:
        try:
            while not done.wait(_SYNC_EVERY):
                os.fsync(descriptor)
        except OSError as error:
            trouble.append(error)

    thread = Thread(target=sync, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    if trouble:
        raise trouble[0]


@contextmanager
def _freed_later(path: Path) -> Iterator[None]:
    """Keeps a file while its name is taken from it: to free a large one takes a while.

    A thread of its own does so.
    """
    try:
        old = os.open(path, os.O_RDONLY)
    except OSError:  # there is none, or it may not be read
        yield
        return
    try:
        yield
    finally:
        Thread(target=os.close, args=(old,), daemon=True).start()


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some file systems cannot; the file itself is safe
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def writable(name: str) -> Iterator[None]:
    """Turn trouble with writing to `name` into words; a reader who went away passes.

    Where an output can be written at all was found out before, so this is the machine's doing.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as exc:
        raise MachineError(
            f"{name} could not be written: {exc.strerror or exc}",
            hint="mend that and run the same command again: what was paid for is kept",
        ) from exc
