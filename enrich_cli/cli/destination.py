"""Where a run's table, report and events go, and whether they can: known before money is spent."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from enrich_cli.domain.errors import OutputError, UsageError
from enrich_cli.tables import files
from enrich_cli.tables.endings import packing
from enrich_cli.views.page import missing

STDOUT = "-"
PROVENANCE = ("none", "columns", "file")
_REPORT_ENDINGS = (".json", ".md", ".html")


@dataclass(frozen=True, slots=True)
class Destination:
    """What the user said about where things go; nothing is written where the store is `warming`."""

    output: str | None
    in_place: bool
    reports: tuple[Path, ...]
    provenance: str
    events: str | None
    json: bool
    log: Path | None = None
    if_changed: bool = False
    warming: bool = False

    def target(self, table: str) -> Path | None:
        """The output's path; None for standard output, and for none. Raises UsageError."""
        if self.warming:
            return None
        if self.in_place:
            if self.output is not None or table == STDOUT:
                raise UsageError("--in-place replaces the input file: give no -o and no -")
            return Path(table)
        if self.output == STDOUT or (self.output is None and table == STDOUT):
            return None
        return files.default_output(table) if self.output is None else Path(self.output)

    def check(self, target: Path | None) -> None:
        """Find out whether all of it can be. Raises UsageError and OutputError."""
        if (target is None and not self.warming) + self.json + (self.events == STDOUT) > 1:
            raise UsageError(
                "only one of the table, --json and --events - can have standard output",
                hint="write the table to a file with -o, or the events to a file",
            )
        if self.provenance not in PROVENANCE:
            raise UsageError(
                f"--provenance is one of {', '.join(PROVENANCE)}, not {self.provenance!r}"
            )
        if self.provenance == "file" and target is None:
            raise UsageError("--provenance file lies beside the output: give one with -o")
        for path in self.reports:
            if path.suffix not in _REPORT_ENDINGS:
                raise UsageError(
                    f"--report {path}: its ending is one of {', '.join(_REPORT_ENDINGS)}"
                )
            if path.suffix == ".html" and missing():
                raise UsageError(
                    f"--report {path}: the charts need what is not installed",
                    hint="pip install 'enrich-cli[report]', or let its name end in .md",
                )
            _check_writable(path)

    def check_source(self, table: str, source: files.Source) -> None:
        """Refuse to guess where the output of several files goes. Raises UsageError."""
        if source.many and self.in_place:
            raise UsageError(f"{table} is not one file: --in-place cannot replace it")
        if source.many and self.output is None and not self.warming:
            raise UsageError(f"{table} is not one file, so nothing lies beside it: give -o OUT")

    def report_paths(self, target: Path | None) -> tuple[Path, ...]:
        """Where the report goes: where `--report` says, else beside the output, if that is a file.

        `leads.enriched.csv.gz` has it in `leads.enriched.report.json`.
        """
        if self.reports or target is None or (target.exists() and not target.is_file()):
            return self.reports
        return (_beside(target, "report.json"),)

    def sidecar(self, target: Path | None) -> Path | None:
        """Where `--provenance file` goes: `leads.enriched.provenance.parquet`, and so on."""
        if self.provenance != "file" or target is None:
            return None
        return _beside(target, "provenance.parquet")


def _beside(target: Path, ending: str) -> Path:
    inner = target.with_suffix("") if packing(target.name) else target
    return target.with_name(f"{inner.stem}.{ending}")


def _check_writable(report: Path) -> None:
    """Find out by trying whether a report can be put there. Raises OutputError."""
    folder = Path(os.path.realpath(report)).parent
    if not folder.is_dir():
        raise OutputError(f"--report {report}: there is no folder {folder}")
    if report.is_dir():
        raise OutputError(f"--report {report} is a folder", hint="name a file in it")
    if report.exists() and not report.is_file():
        return  # a pipe or a device
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OutputError(f"--report {report} cannot be written: {error.strerror}") from error


def appending(path: Path) -> TextIO:
    """The file that `--log` names, to be written to at its end. Raises OutputError."""
    try:
        return path.open("a", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise OutputError(f"--log {path}: {error.strerror}") from error


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file that `--events` names. Raises OutputError where it cannot be written to.

    What cannot be written to its end is seen by who writes, so closing says nothing more.
    """
    try:
        out = path.open("wb")
    except OSError as error:
        raise OutputError(f"--events {path}: {error.strerror}") from error
    try:
        yield out
    finally:
        with suppress(OSError):
            out.close()
