"""What commands print at several widths, as it was once looked at and found good.

`python -m tests.cli.screens` prints them anew into the golden files, to be looked at again.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import tempfile
import termios
from contextlib import suppress
from pathlib import Path

from tests.cli.shell import ROOT, environ_of, shell

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (60, 100, 200)
_COLUMNS = (
    "--columns company_name,Industry=industry,employee_count,job_title"
    " --providers website,hunter-company,pdl-company,pdl-person"
)
_RUN = f"enrich run sample_data/leads.csv {_COLUMNS} --sandbox --cache store{{width}} -o out.csv"
SCREENS = {
    "estimate": f"enrich estimate sample_data/leads.csv {_COLUMNS} --sandbox --cache fresh",
    "run": (
        f"{_RUN} --budget 50; enrich jobs list --sandbox --cache store{{width}};"
        " enrich jobs show --sandbox --cache store{width}"
    ),
    "inspect": "enrich inspect sample_data/leads.csv --cache fresh",
    "providers": "enrich providers list; enrich providers show hunter-company",
}
ERRORS = """
enrich run missing.csv --columns industry
enrich run sample_data --columns industry
enrich run t.csv --columns industri
enrich run t.csv --columns industry --config bad.toml
enrich run t.csv --columns industry --sandbox -o t.csv
enrich run t.csv --columns industry --providers hunter-company
enrich run t.csv --columns industry --sandbox --providers hunter-company
enrich run t.csv --columns industry --sandbox --providers hunter-company --budget 1 --cache t.csv
enrich run t.csv --columns industry --sandbox --providers hunter-company --budget 1 -o /dev/full
enrich jobs show nobody
"""
_SETUP = "printf 'site\\nacme.example\\n' >t.csv; printf '[run]\\nbugdet = 5\\n' >bad.toml"


def _timeless(text: str) -> str:
    """`text` without what differs: times, names of jobs made of them, the package's own folder."""
    text = re.sub(r"\b\d{8}-\d{6}-[0-9a-f]{4}\b", "20261124-100000-0000", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-11-24T10:00:00Z", text)
    text = re.sub(
        r"^(from +)/[^\n]*(?:\n +[^\n]+)*", r"\1/here/spec.toml", text, flags=re.MULTILINE
    )
    return re.sub(r"\b\d\.\d s\b", "0.0 s", text)


def screen(name: str, width: int, folder: Path) -> str:
    """What the commands of a screen print on a terminal of that width, in a fresh `folder`."""
    command = SCREENS[name].replace("{width}", str(width))
    done = shell(f"({command}) 2>&1", folder, environ={"COLUMNS": str(width)})
    return _timeless(done.stdout)


def on_terminal(name: str, width: int, folder: Path) -> str:
    """The same on a real terminal: its text once the bar is wiped, without colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    with subprocess.Popen(
        SCREENS[name].replace("{width}", str(width)),
        shell=True,
        cwd=folder,
        env=environ_of(folder, {"TERM": "xterm-256color"}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ):
        os.close(theirs)
        seen = b""
        with suppress(OSError):  # a terminal without a program at its other side cannot be read
            while block := os.read(ours, 1 << 16):
                seen += block
    os.close(ours)
    text = re.sub(r"\x1b\[\?25l.*?\x1b\[\?25h", "", seen.decode(), flags=re.DOTALL)
    return _timeless(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", ""))


def errors(folder: Path) -> str:
    """What is said of each kind of error, under the command that made it, with its exit code."""
    parts = []
    shell(_SETUP, folder)
    for command in ERRORS.strip().splitlines():
        done = shell(f"{command} 2>&1", folder)
        parts.append(f"$ {command}\n{done.stdout}exit {done.returncode}\n")
    return "\n".join(parts)


def main() -> None:
    """Print all of them anew."""
    for name, width in [(name, width) for name in SCREENS for width in WIDTHS]:
        with tempfile.TemporaryDirectory() as folder:
            (GOLDEN / f"{name}.{width}.txt").write_text(_fresh(name, width, Path(folder)), "utf-8")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "sample_data", Path(folder) / "sample_data")
        (GOLDEN / "errors.txt").write_text(errors(Path(folder)), "utf-8")


def _fresh(name: str, width: int, folder: Path) -> str:
    shutil.copytree(ROOT / "sample_data", folder / "sample_data")
    return screen(name, width, folder)


if __name__ == "__main__":
    main()
