"""What the shell offers after a tab: fields, providers, jobs. Nothing heavy is imported here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from enrich_cli.domain.entity import CATALOGUE

_SHIPPED = Path(__file__).parents[1] / "providers"


def fields(incomplete: str) -> list[str]:
    """What `--columns` can go on with: the fields, after a comma and after `COLUMN=`, too."""
    return [*_listed(incomplete, CATALOGUE)]


def providers(incomplete: str) -> list[str]:
    """What `--providers` can go on with, by the names of the spec files."""
    return [*_listed(incomplete, _provider_names())]


def provider(incomplete: str) -> list[str]:
    """The providers whose name begins like this."""
    return [name for name in _provider_names() if name.startswith(incomplete)]


def _provider_names() -> list[str]:
    folders = (_SHIPPED, Path("providers"))
    return sorted({"website", *(path.stem for folder in folders for path in folder.glob("*.toml"))})


def jobs(incomplete: str) -> list[str]:
    """The jobs in the usual store, or in that of the sandbox, the latest first."""
    import sqlite3
    from contextlib import closing

    import platformdirs

    usual = platformdirs.user_data_dir("enrich", appauthor=False)
    cache = Path(os.environ.get("ENRICH_CACHE") or usual).expanduser()
    found: list[str] = []
    for path in (cache / "cache.db", cache / "sandbox" / "cache.db"):
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
                rows = store.execute("SELECT id FROM jobs ORDER BY started DESC LIMIT 100")
                found += [id_ for (id_,) in rows if id_.startswith(incomplete)]
        except sqlite3.Error:  # none there, or not one of ours: then there is nothing to offer
            continue
    return found


def _listed(incomplete: str, names: Iterable[str]) -> Iterator[str]:
    """The names that can stand where a list breaks off, with what stands before them."""
    place = max(incomplete.rfind(","), incomplete.rfind("=")) + 1
    given, last = incomplete[:place], incomplete[place:]
    taken = set(incomplete[:place].replace("=", ",").split(","))
    yield from (given + name for name in names if name.startswith(last) and name not in taken)
