"""What the benchmarks share: child processes that are measured, servers that end, small tables."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_data"
PYTHON = sys.executable
ENRICH = str(Path(sys.executable).with_name("enrich"))


@dataclass(frozen=True, slots=True)
class Run:
    """A process that has ended: wall and CPU seconds, peak memory in MB, what it said."""

    seconds: float
    cpu: float
    peak: float
    out: str

    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


def environment() -> dict[str, str]:
    """This process's environment without what would change how a tool starts or connects."""
    named = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONDEVMODE", "PYTHONWARNINGS"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in named
        and not name.startswith("ENRICH_")
        and not name.lower().endswith("_proxy")
    }
    return {**kept, "TERM": "dumb", "COLUMNS": "100"}


def run(command: Sequence[str], *, codes: Sequence[int] = (0,), limit: float = 120.0) -> Run:
    """Run a process to its end. It is killed after `limit` seconds.

    Raises RuntimeError, with what it said, where its exit code is none of `codes`.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=ROOT,
            env=environment(),
            start_new_session=True,
        )
        timer = threading.Timer(limit, _kill, (process.pid,))
        timer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            timer.cancel()
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, complained = out.read().decode(), err.read().decode(errors="replace")
    if process.returncode not in codes:
        raise RuntimeError(
            f"{' '.join(command)} gave {process.returncode}:\n{said[-2000:]}{complained[-2000:]}"
        )
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def alternate(
    first: Callable[[], Run], second: Callable[[], Run], pairs: int
) -> tuple[list[Run], list[Run]]:
    """Run both in turn, so that what else the machine does falls on both alike.

    One pair more is run first and thrown away: it warms caches of files and of bytecode.
    """
    first(), second()
    both = [(first(), second()) for _ in range(pairs)]
    return [a for a, _ in both], [b for _, b in both]


def seconds(runs: Sequence[Run]) -> float:
    """The median of the wall times."""
    return median(one.seconds for one in runs)


def ratio(runs: Sequence[Run], floor: Sequence[Run]) -> float:
    """The median over the pairs of what the first took as a multiple of the second."""
    return median(a.seconds / b.seconds for a, b in zip(runs, floor, strict=True))


@contextmanager
def server(module: str, *options: str) -> Iterator[str]:
    """A server of `python -m module` on 127.0.0.1; gives its URL, and ends with the block.

    The module prints `listening URL` when it is ready and ends when its standard input closes.
    """
    process = subprocess.Popen(
        [PYTHON, "-m", module, "--port", "0", "--with-parent", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(),
    )
    with process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith("listening "):
                raise RuntimeError(f"{module} did not start: {line!r}")
            yield line.split()[1]
        finally:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def stats(url: str) -> Any:
    """What a server has counted since its start or the last `reset`."""
    with urllib.request.urlopen(f"{url}/_stats?brief=1", timeout=10) as reply:
        return json.load(reply)


def reset(url: str) -> None:
    """Let a server forget what it has counted."""
    urllib.request.urlopen(
        urllib.request.Request(f"{url}/_reset", method="POST"), timeout=10
    ).close()


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder that is removed at the end."""
    path = Path(tempfile.mkdtemp(prefix="enrich-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path)


@dataclass
class Sheet:
    """A small table of figures. `held` becomes False where a count is not what it must be.

    A goal of time that was missed is only said: another machine, or another hour, may differ.
    """

    title: str
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    held: bool = True

    def add(self, name: str, value: str) -> None:
        """A figure without a goal."""
        self.rows.append((name, value, ""))

    def at_most(self, name: str, value: float, goal: float, form: str = "{:.2f}") -> None:
        """A figure that is good when small."""
        word = "met" if value <= goal else "MISSED"
        self.rows.append((name, form.format(value), f"at most {form.format(goal)}: {word}"))

    def at_least(self, name: str, value: float, goal: float, form: str = "{:.1f} %") -> None:
        """A figure that is good when great."""
        word = "met" if value >= goal else "MISSED"
        self.rows.append((name, form.format(value), f"at least {form.format(goal)}: {word}"))

    def exactly(self, name: str, value: object, must: object) -> None:
        """A count that must be right."""
        right = value == must
        self.held = self.held and right
        self.rows.append((name, str(value), "" if right else f"WRONG: must be {must}"))

    def text(self) -> str:
        """The table as lines."""
        names = max(len(name) for name, _, _ in self.rows)
        values = max(len(value) for _, value, _ in self.rows)
        lines = [f"  {n:{names}}  {v:>{values}}  {goal}".rstrip() for n, v, goal in self.rows]
        return "\n".join((self.title, *lines))

    def show(self) -> bool:
        """Print it; whether every count was right."""
        print(self.text(), end="\n\n", flush=True)
        return self.held


def write_spec(directory: Path, name: str, text: str, **values: object) -> None:
    """Write a provider's spec, with `@name@` in `text` replaced by the value of that name."""
    directory.mkdir(exist_ok=True)
    for key, value in {"name": name, **values}.items():
        text = text.replace(f"@{key}@", str(value))
    (directory / f"{name}.toml").write_text(text, encoding="utf-8")


def enrich_run(
    table: Path, out: Path, cache: Path, specs: Path, columns: str, providers: Sequence[str]
) -> list[str]:
    """The command line of a quiet paid run with providers declared in `specs`."""
    places = ["--provider-dir", str(specs), "--providers", ",".join(providers)]
    files = ["-o", str(out), "--cache", str(cache)]
    return [ENRICH, "run", str(table), "--columns", columns, *places, *files, "--quiet", "--yes"]


def calls(report: Mapping[str, Any]) -> int:
    """How many calls a run made, by its own report."""
    return sum(int(provider["calls"]) for provider in report["providers"])
