"""The sandbox server as a child process, for the length of one run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from enrich_cli.domain.errors import MachineError


class Sandbox:
    """A running sandbox; it is waited for only when its port is first asked for."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @cached_property
    def port(self) -> int:
        """The port on 127.0.0.1. Raises MachineError if the server did not start."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        port = line.strip().rpartition(":")[2]
        if not port.isdigit():
            raise MachineError("the sandbox server did not start", hint="try `enrich sandbox`")
        return int(port)


@contextmanager
def start() -> Iterator[Sandbox]:
    """Start a sandbox server on a free port; it ends with the context, or with this process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "enrich_cli.sandbox", "--port", "0", "--with-parent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for us; the server ends when its stdin closes
    )
    with process:
        try:
            yield Sandbox(process)
        finally:
            # Waited for before its pipes are closed: it may still be about to say that it listens.
            process.terminate()
            process.wait()
