"""Consoles to print words on, whose reader may go away at any time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console


def console_on(out: TextIO, environ: Mapping[str, str]) -> Console:
    """A console on `out`, as wide and as colourful as it and `environ` say.

    Printing on it raises BrokenPipeError where the reader has gone, and does not end the process.
    """
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Plain(file=out, highlight=False, _environ=environ)
