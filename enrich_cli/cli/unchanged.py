"""`--if-changed`: whether a run would find everything as the last one left it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from enrich_cli import __version__
from enrich_cli.compose import Composition
from enrich_cli.domain.store import JobStatus

_NO_MATTER = frozenset({"quiet", "yes", "concurrency", "fail_over"})
"""Settings that change nothing about the output."""


def recipe(composition: Composition, files: Sequence[str], what: Sequence[str]) -> str:
    """What the output depends on, as a hash: the table's bytes, all settings, own providers.

    `what` are the options that are in no setting. Empty where the table is in no local file, so
    that nobody can tell whether it has changed. The age of stored answers is no part of it.
    """
    if not files:
        return ""
    hashed = hashlib.sha256()
    for name, content in _parts(composition, what):
        hashed.update(f"{name} {len(content)}\n".encode() + content)
    for file in files:
        with Path(file).open("rb") as table:
            hashed.update(hashlib.file_digest(table, "sha256").digest())
    return hashed.hexdigest()


def _parts(composition: Composition, what: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    settings = asdict(composition.settings)
    said = {name: value for name, value in settings.items() if name not in _NO_MATTER}
    keys = sorted(name for name, spec in composition.specs.items() if composition.has_key(spec))
    yield "said", json.dumps((__version__, list(what), said, keys), default=_plain).encode()
    stray = composition.settings.stray_dir
    for folder in (*composition.settings.provider_dirs, *(() if stray is None else (stray,))):
        for path in sorted(folder.glob("*.toml")):
            yield path.name, path.read_bytes()


def _plain(value: object) -> object:
    """What JSON does not know, the same in every process: sets have no order of their own."""
    return sorted(map(str, value)) if isinstance(value, frozenset | set) else str(value)


def is_unchanged(
    composition: Composition, wanted: str, target: Path | None, reports: Iterable[Path]
) -> bool:
    """Whether `target` is there, complete, by the recipe `wanted`, and no answer has grown too old.

    The JSON report of the run that made it says so; where there is none, nobody knows.
    """
    kept = next((path for path in reports if path.suffix == ".json"), None)
    if not wanted or target is None or not target.is_file() or kept is None or not kept.is_file():
        return False
    try:
        report: Any = json.loads(kept.read_bytes())
        complete = report["status"] == JobStatus.COMPLETE and report["recipe"] == wanted
    except (ValueError, KeyError, TypeError):
        return False
    settings = composition.settings
    ages = [settings.max_age, *(rule.max_age for rule in settings.accept.values())]
    youngest = min((age for age in ages if age is not None), default=None)
    age = composition.clock.now() - kept.stat().st_mtime
    return complete and not settings.refresh and (youngest is None or age < youngest)
