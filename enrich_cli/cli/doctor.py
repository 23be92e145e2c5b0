"""`enrich doctor`: whether all is well on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from enrich_cli.cli.options import PLACES, Json, takes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from enrich_cli.compose import Composition

    Found = tuple[str, str, str]  # what was looked at, ok | note | bad, and what was found

_ROOM = 1 << 30  # bytes of free disk below which it is told
_BACK = 300.0  # seconds that a clock may be behind what the store has seen
_OLD = 365  # days after which a list of public suffixes is old
_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy")


@takes(PLACES)
def doctor(json_: Json = False, **flags: object) -> None:
    """Check keys, store, disk, clock, proxies and lists. Nobody is asked over the network."""
    from enrich_cli.compose import compose
    from enrich_cli.domain.errors import ExitCode
    from enrich_cli.views.encode import encode_document
    from enrich_cli.views.tables import Column, Kind, print_table

    with compose(flags) as composition:
        found = [*_checks(composition)]
        if json_:
            lines = [{"check": what, "state": state, "found": text} for what, state, text in found]
            composition.streams.stdout.buffer.write(encode_document(lines))
        else:
            columns = (Column("check", Kind.NAME), Column("", Kind.NAME), Column("", Kind.WORDS))
            print_table(composition.console_out, columns, found)
    bad = any(state == "bad" for _, state, _ in found)
    raise typer.Exit(ExitCode.USAGE if bad else ExitCode.OK)


def _checks(composition: Composition) -> Iterator[Found]:
    import platform
    from importlib.metadata import version

    import enrich_cli

    libraries = ", ".join(f"{name} {version(name)}" for name in ("polars", "httpx", "aiohttp"))
    python = f"Python {platform.python_version()}"
    yield "versions", "ok", f"enrich {enrich_cli.__version__}, {python}, {libraries}"
    path = composition.settings.config
    yield "configuration", "ok", "none" if path is None else f"{path}, in order"
    yield from _keys(composition)
    yield from _store(composition)
    yield from _network(composition)
    yield _suffixes(composition)


def _keys(composition: Composition) -> Iterator[Found]:
    specs = [s for s in composition.specs.values() if s.key_env and not s.key_optional]
    there = [s.key_env for s in specs if composition.environ.get(s.key_env)]
    free = len(composition.specs) - len(specs)
    names = ", ".join(dict.fromkeys(there)) or "none"
    text = f"{names}; {free} providers need none, {len(specs) - len(there)} are without theirs"
    yield "keys", "ok" if there else "note", text


def _store(composition: Composition) -> Iterator[Found]:
    import shutil

    from enrich_cli.adapters import upkeep
    from enrich_cli.domain.errors import EnrichError

    folder = composition.store_folder
    try:
        with upkeep.opened(folder) as store:
            fault = upkeep.fault(store)
            newest = upkeep.last_sign(store)
    except EnrichError as error:
        yield "store", "bad", f"{error.message}; {error.hint}".rstrip("; ")
        return
    fine = f"{folder}: writable, on a local disk, whole"
    yield ("store", "bad", f"{folder}: {fault}") if fault else ("store", "ok", fine)
    free = shutil.disk_usage(folder).free
    room = f"{free / 1e9:.1f} GB free beside the store"
    yield "disk", "ok" if free >= _ROOM else "note", room
    behind = newest - composition.clock.now()
    if behind > _BACK:
        yield "clock", "bad", f"{behind:.0f} s behind what the store has seen: set it"
    else:
        yield "clock", "ok", "not behind what the store has seen"


def _network(composition: Composition) -> Iterator[Found]:
    from pathlib import Path
    from urllib.parse import urlsplit

    said = []
    for name in _PROXIES:
        if value := composition.environ.get(name):
            host = urlsplit(value).hostname if "proxy" in name.lower() and "://" in value else value
            said.append(f"{name} ({host})")
    yield "proxies", "ok", ", ".join(said) or "none"
    if bundle := composition.environ.get("SSL_CERT_FILE"):
        there = Path(bundle).is_file()
        text = bundle if there else f"{bundle} is not there: no HTTPS call can be made"
        yield "certificates", "ok" if there else "bad", text


def _suffixes(composition: Composition) -> Found:
    from datetime import UTC, datetime

    from enrich_cli.tables.urls import suffixes_of

    dated = suffixes_of()
    days = (datetime.fromtimestamp(composition.clock.now(), UTC).date() - dated).days
    text = f"public suffixes of {dated}, {days} days old"
    if days > _OLD:
        return "lists", "note", f"{text}: upgrade polars-tldextract"
    return "lists", "ok", text
