"""The package's word lists, which the tables' normal forms use, too: one entry a line."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def entries(name: str) -> tuple[str, ...]:
    """The entries of a list by its file's name; `#` begins a comment."""
    file = resources.files("enrich_cli").joinpath("tables", "lists", f"{name}.txt")
    lines = (line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines())
    return tuple(line for line in lines if line)
