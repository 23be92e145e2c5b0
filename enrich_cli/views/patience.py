"""Standard error where its reader may not read: nobody's silence stops a run."""

from __future__ import annotations

import io
import os
import select
import stat
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PATIENCE = 3.0
"""Seconds that all writes together wait for room, until one of them finds some at once."""


class _Patient(io.RawIOBase):
    """A pipe's end that drops what finds no room in time. Takes `fd` as it is, and never closes it.

    A pipe that polls as writable has room for PIPE_BUF bytes (pipe(7), POSIX `poll`), so no
    piece of that size blocks.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._left = PATIENCE

    def fileno(self) -> int:
        return self._fd

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        with memoryview(data).cast("B") as bytes_:
            for start in range(0, len(bytes_), select.PIPE_BUF):
                if _has_room(self._fd, 0.0):
                    self._left = PATIENCE
                elif not self._waited():
                    break
                os.write(self._fd, bytes_[start : start + select.PIPE_BUF])
            return len(bytes_)

    def _waited(self) -> bool:
        """Wait for room with the patience that is left; whether there is some."""
        begun = time.monotonic()
        found = _has_room(self._fd, self._left)
        self._left = max(0.0, self._left - (time.monotonic() - begun)) if found else 0.0
        return found


def patient(stream: TextIO) -> TextIO:
    """A text stream in the place of `stream`, if that is a pipe or a socket; else `stream` itself.

    What is written to it and finds no room for PATIENCE seconds is dropped.
    """
    if not _is_pipe(stream):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Patient(stream.fileno())),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=True,
    )


def keeps_up(stream: TextIO) -> bool:
    """Whether a line can be written at once, as far as that can be told."""
    return not _is_pipe(stream) or _has_room(stream.fileno(), 0.0)


def _is_pipe(stream: TextIO) -> bool:
    if not hasattr(select, "poll"):  # Windows cannot look at pipes
        return False
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _has_room(fd: int, seconds: float) -> bool:
    """Whether `fd` can be written, or never will be, which the write itself then tells."""
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return bool(poll.poll(seconds * 1000))
