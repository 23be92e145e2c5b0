"""The README as a program: its sections, and the commands, files and transcripts in them.

`python -m tests.cli.readme` writes its transcripts anew, from a real run.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.cli.shell import ROOT, shell

README = ROOT / "README.md"
SANDBOX = {"ENRICH_SANDBOX": "1"}
"""Nothing that the README says may reach a network from here."""
_SECTION = re.compile(r"^#{1,3} ", re.MULTILINE)
_BLOCK = re.compile(r"```(\w+)\n(.*?)```\n", re.DOTALL)
_FILE = re.compile(r"`([\w/.-]+\.toml)`[^`]*\Z")
_TIME = re.compile(r"\b\d+(\.\d)? s\b")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and the file that the words before it name."""

    language: str
    text: str
    file: str


def sections() -> dict[str, list[Block]]:
    """The blocks of the README by the heading that they stand under."""
    found: dict[str, list[Block]] = {}
    for section in _SECTION.split(README.read_text("utf-8"))[1:]:
        title, _, body = section.partition("\n")
        blocks = []
        for match in _BLOCK.finditer(body):
            named = _FILE.search(body[: match.start()].rstrip().removesuffix(":"))
            blocks.append(Block(match[1], match[2], named[1] if named else ""))
        found[title] = blocks
    return found


def timeless(text: str) -> str:
    """`text` with its stretches of time made alike: they differ from run to run."""
    return _TIME.sub("0.0 s", text)


def transcript(text: str, folder: Path) -> str:
    """A console block with what its commands really say, in `folder`."""
    parts = []
    for line in text.splitlines():
        if line.startswith("$ "):
            done = shell(f"{line[2:]} 2>&1", folder, environ=SANDBOX)
            parts.append(f"{line}\n{done.stdout}")
    return "\n".join(parts)


def rewritten(run: Callable[[str], str]) -> str:
    """The README with the outcome of `run` in place of each console block."""
    return _BLOCK.sub(
        lambda match: (
            f"```console\n{run(match[2])}```\n" if match[1] == "console" else match.group()
        ),
        README.read_text("utf-8"),
    )


def _fresh(text: str) -> str:
    """What the commands of a block say in a folder of their own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "home").mkdir()
        shutil.copytree(ROOT / "sample_data", folder / "sample_data")
        return transcript(text, folder)


def main() -> None:
    """Write the transcripts anew."""
    README.write_text(rewritten(_fresh), "utf-8")


if __name__ == "__main__":
    main()
