"""The word lists that come with the package, one entry a line, and their reader."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def lines(name: str) -> tuple[str, ...]:
    """The entries of `<name>.txt` in this folder, in order; `#` begins a comment."""
    text = (resources.files(__package__) / f"{name}.txt").read_text("utf-8")
    stripped = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(line for line in stripped if line)
