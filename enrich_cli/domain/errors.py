"""What ends a run: the exception tree and the exit codes.

    EnrichError             the run cannot go on, and the message says why in one line
    ├── UsageError          the command line asks for something that cannot be: change it
    ├── ConfigError         a configuration file or a provider spec is wrong: mend the file
    ├── TableError          the input table cannot be read as it is: mend the table
    ├── OutputError         the output cannot be written there: choose another place
    ├── KeyMissingError     a named provider needs a key that the environment lacks: set it
    ├── PlanRefusedError    the plan may cost money that nobody approved: give a budget
    ├── StoreError          the store cannot be used as it is: repair or move it
    └── MachineError        the machine failed under us (disk full): make room, run again

Expected trouble about one entity is a value (`outcome.Failure`), never one of these.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """The exit codes of every command. 130, 141 and 143 follow the shell's 128 + signal."""

    OK = 0
    MACHINE = 1
    USAGE = 2
    BUDGET = 3
    PROVIDER = 4
    INTERRUPTED = 130
    PIPE = 141
    TERMINATED = 143


class EnrichError(Exception):
    """A reason to stop: one line for the user, and a hint at the next thing to do."""

    code: ClassVar[ExitCode] = ExitCode.MACHINE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(EnrichError):
    """The command line asks for something that cannot be."""

    code = ExitCode.USAGE


class ConfigError(EnrichError):
    """A configuration file or a provider spec is wrong; the message names file, line and key."""

    code = ExitCode.USAGE


class TableError(EnrichError):
    """The input table cannot be read as it is; the message names file, row and column."""

    code = ExitCode.USAGE


class OutputError(EnrichError):
    """The output cannot be written there."""

    code = ExitCode.USAGE


class KeyMissingError(EnrichError):
    """A provider that the user named needs a key which the environment does not hold."""

    code = ExitCode.USAGE


class PlanRefusedError(EnrichError):
    """The plan may cost money that nobody approved."""

    code = ExitCode.USAGE


class StoreError(EnrichError):
    """The store cannot be opened, or holds what this version cannot read."""

    code = ExitCode.USAGE


class MachineError(EnrichError):
    """The machine failed under us: a full disk, a folder that vanished."""

    code = ExitCode.MACHINE
