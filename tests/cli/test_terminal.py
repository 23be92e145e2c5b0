"""On a terminal: the question before money, a bar, and plain lines where it is a dumb one."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.cli.shell import BIN, PATIENCE, acme_in, environ_of, holding, spec, vendor

pytestmark = pytest.mark.long

RUN = "run t.csv --columns company_name --providers acme --provider-dir own"


class Terminal:
    """The other side of a terminal on which a command runs."""

    def __init__(self, process: subprocess.Popen[bytes], line: int) -> None:
        self.process = process
        self._line = line
        self.seen = ""

    def read_until(self, word: str) -> None:
        """Read on until `word` was seen. Raises AssertionError if the command ends before."""
        while word not in self.seen:
            block = self._block()
            assert block, self.seen
            self.seen += block.decode()

    def _block(self) -> bytes:
        with suppress(OSError):  # a terminal without a program at its other side cannot be read
            return os.read(self._line, 4096)
        return b""

    def type(self, text: str) -> None:
        os.write(self._line, text.encode())

    def end(self) -> int:
        """Read to the end; the exit code."""
        while block := self._block():
            self.seen += block.decode()
        return self.process.wait(PATIENCE)


@contextmanager
def on_terminal(arguments: str, folder: Path, term: str = "xterm") -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BIN / "enrich", *arguments.split()],
        cwd=folder,
        env=environ_of(folder, {"TERM": term, "COLUMNS": "100"}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        os.close(ours)


@pytest.fixture
def table(folder: Path, sandbox: httpx.Client) -> Path:
    (folder / "t.csv").write_text("site\n" + "".join(f"c{i}.example\n" for i in range(9)), "utf-8")
    acme_in(folder, spec(vendor(sandbox), ', price = "0.05"'))
    return folder


def test_a_paid_run_shows_its_estimate_and_asks(table: Path, sandbox: httpx.Client) -> None:
    with on_terminal(RUN, table) as terminal:
        terminal.read_until("Go on? [y/N] ")
        assert "at most $0.45" in terminal.seen
        assert sandbox.get("/_stats").json()["total"] == 0
        terminal.type("y\n")
        assert terminal.end() == 0
        assert "9 of 9 cells filled" in terminal.seen
    assert sandbox.get("/_stats").json()["hits"] == {"acme": 9}
    report = json.loads((table / "t.enriched.report.json").read_bytes())
    assert report["spend"]["spent"] == "0.45"


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04", "maybe\n"])
def test_anything_but_yes_spends_nothing(answer: str, table: Path, sandbox: httpx.Client) -> None:
    with on_terminal(RUN, table) as terminal:
        terminal.read_until("Go on? [y/N] ")
        terminal.type(answer)
        assert terminal.end() == 2
        assert "nothing was asked, nothing was spent" in terminal.seen
    assert sandbox.get("/_stats").json()["total"] == 0
    assert not (table / "t.enriched.csv").exists()


@pytest.mark.parametrize("given", ["--budget 1", "--yes"])
def test_who_has_decided_is_not_asked(given: str, table: Path) -> None:
    with on_terminal(f"{RUN} {given}", table) as terminal:
        assert terminal.end() == 0
        assert "Go on?" not in terminal.seen


def test_a_bar_is_painted_and_wiped_on_a_terminal_only(table: Path) -> None:
    with on_terminal(f"{RUN} --budget 1", table) as terminal:
        assert terminal.end() == 0
    assert "\x1b[?25l" in terminal.seen  # the cursor is hidden, then shown again
    assert terminal.seen.rindex("\x1b[?25h") > terminal.seen.rindex("\x1b[?25l")


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_dumb_terminal_gets_plain_text(term: str, table: Path) -> None:
    with on_terminal(f"{RUN} --budget 1", table, term) as terminal:
        assert terminal.end() == 0
    assert "\x1b" not in terminal.seen
    assert "9 of 9 cells filled" in terminal.seen


def test_what_is_said_meanwhile_stands_above_the_bar(table: Path) -> None:
    with holding() as acme:
        acme_in(table, spec(acme.url))
        run = f"{RUN} --budget 1 --allow-private-hosts"
        with on_terminal(run, table) as terminal:
            acme.wait_for(2)
            terminal.read_until("entities")
            terminal.process.send_signal(signal.SIGINT)
            terminal.read_until("what was paid for is kept)")
            acme.let_go.set()
            assert terminal.end() == 130
    # The bar is wiped, the words have a line of their own, and the bar is painted below.
    assert re.search(r"\x1b\[2Kstopping: [^\x1b]*kept\)\r\n", terminal.seen)
