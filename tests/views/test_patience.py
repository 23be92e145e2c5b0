"""Writing to a pipe that nobody reads."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from enrich_cli.views import patience
from enrich_cli.views.patience import keeps_up, patient


@pytest.fixture
def pipe() -> Iterator[tuple[int, io.TextIOWrapper]]:
    """A pipe's reading end, and a text stream on the other."""
    read, write = os.pipe()
    with os.fdopen(write, "w", encoding="utf-8") as stream:
        yield read, stream
    os.close(read)


def fill(fd: int) -> int:
    """Write until there is no room; how many bytes there were."""
    os.set_blocking(fd, False)
    count = 0
    try:
        while True:
            count += os.write(fd, b"x" * 4096)
    except BlockingIOError:
        return count
    finally:
        os.set_blocking(fd, True)


def test_what_has_room_arrives(pipe: tuple[int, io.TextIOWrapper]) -> None:
    read, stream = pipe
    out = patient(stream)
    assert keeps_up(out)
    out.write("é" * 5000 + "\n")
    assert os.read(read, 20_000).decode() == "é" * 5000 + "\n"


def test_what_has_none_is_dropped_until_there_is_some(
    pipe: tuple[int, io.TextIOWrapper], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.01)
    read, stream = pipe
    out = patient(stream)
    full = fill(stream.fileno())
    assert not keeps_up(out)
    for _ in range(3):
        out.write("lost\n")
    assert len(os.read(read, full)) == full
    assert keeps_up(out)
    out.write("told\n")
    assert os.read(read, full) == b"told\n"


def test_a_reader_that_has_gone_is_told(pipe: tuple[int, io.TextIOWrapper]) -> None:
    read, stream = pipe
    out = patient(stream)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), read)
    with pytest.raises(BrokenPipeError):
        out.write("lost\n")


def test_what_is_no_pipe_stays_what_it_is() -> None:
    text = io.StringIO()
    assert patient(text) is text
    assert keeps_up(text)
