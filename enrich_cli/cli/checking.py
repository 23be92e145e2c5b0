"""How `enrich providers check` and `new` go: spec files looked at, asked once, written."""

from __future__ import annotations

import asyncio
import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from enrich_cli.adapters.spec_template import template
from enrich_cli.adapters.specs import SHIPPED, load_specs
from enrich_cli.app.planning import provider_named
from enrich_cli.compose import Composition, compose
from enrich_cli.domain.entity import EntityType, IdKind
from enrich_cli.domain.errors import ConfigError, ExitCode, OutputError, UsageError
from enrich_cli.domain.money import format_money
from enrich_cli.domain.provider import Balance, ProviderError, ProviderSpec, WithBalance

_MADE_UP = {
    IdKind.DOMAIN: "northwind.example",
    IdKind.NAME: "Northwind Optics",
    IdKind.COUNTRY: "CH",
    IdKind.LINKEDIN: "linkedin.com/company/northwind-optics-example",
}
_SOMEBODY = {
    IdKind.EMAIL: "mara.rivera@northwind.example",
    IdKind.NAME: "Mara Rivera",
    IdKind.COMPANY: "Northwind Optics",
    IdKind.DOMAIN: "northwind.example",
    IdKind.LINKEDIN: "linkedin.com/in/mara-rivera-example",
}
_COLUMNS = {
    IdKind.DOMAIN: "Website",
    IdKind.NAME: "Company",
    IdKind.COUNTRY: "Country",
    IdKind.LINKEDIN: "LinkedIn",
    IdKind.EMAIL: "Email",
    IdKind.COMPANY: "Company",
}


def check_specs(name: str | None, flags: Mapping[str, object]) -> ExitCode:
    """Say of each spec file, or of the one of that name, whether it is well.

    Raises UsageError where no file has the name.
    """
    with compose(flags) as composition:
        settings = composition.settings
        dirs = [SHIPPED, *settings.provider_dirs]
        if settings.stray_dir is not None:
            dirs.append(settings.stray_dir)
        names = [name] if name is not None else sorted({p.stem for p in _files(dirs)})
        faults, found = 0, 0
        for one in names:
            try:
                loaded = load_specs(dirs, settings.overrides, only=[one])
            except ConfigError as error:
                composition.streams.stdout.write(f"{error.message}\n")
                faults += 1
                continue
            for spec in loaded.values():
                found += 1
                for note in spec.notes:
                    composition.streams.stdout.write(f"{spec.path}: {note}\n")
        if name is not None and not found and not faults:
            provider_named(name, composition.specs)  # a Python provider has no file
        composition.say(f"{found} in order, {faults} with a fault")
        return ExitCode.USAGE if faults else ExitCode.OK


def _files(dirs: list[Path]) -> Iterator[Path]:
    for folder in dirs:
        yield from folder.glob("*.toml")


def ask_live(name: str, flags: Mapping[str, object]) -> ExitCode:
    """Ask a provider about somebody made up, by a whole run on a table of one row.

    So the charge is in the ledger, a key that is not there is told, and a price asked about. A
    name below .example belongs to nobody: nothing is told about a real person.
    """
    from enrich_cli.cli.destination import Destination
    from enrich_cli.cli.running import run_job
    from enrich_cli.tables.source import Told

    with compose({**flags, "providers": [name]}) as composition:
        spec = provider_named(name, composition.specs)
        table = composition.scratch / "somebody.csv"
        _write_row(table, spec)
        destination = Destination(
            output=str(composition.scratch / "answer.csv"),
            in_place=False,
            reports=(composition.scratch / "report.json",),
            provenance="none",
            events=None,
            json=False,
        )
        columns = tuple(f"{field}={field}" for field in sorted(spec.gives))
        asked = {**flags, "providers": [name], "refresh": True}
        _say_balance(spec, composition)
        return run_job(str(table), Told(), destination, columns, asked)


def _say_balance(spec: ProviderSpec, composition: Composition) -> None:
    """Say what the account has left, where the provider tells that; it costs nothing."""
    if not spec.has_balance or composition.settings.sandbox or not composition.has_key(spec):
        return

    async def look() -> Balance | None:
        async with composition.open_providers([spec]) as providers:
            return await cast("WithBalance", providers[spec.name]).balance()

    try:
        found = asyncio.run(look())
    except ProviderError as error:
        composition.say(f"{spec.name}: the balance cannot be read: {error.detail}")
        return
    if found is not None:
        worth = format_money(found.worth)
        composition.say(f"{spec.name}: {found.credits} credits left, worth about ${worth}")


def _write_row(path: Path, spec: ProviderSpec) -> None:
    """A row by which the provider can be asked, by the first of its ways."""
    known = dict(_MADE_UP if spec.entity is EntityType.COMPANY else _SOMEBODY)
    known |= {kind: min(values) for kind, values in spec.only}
    kinds = (*spec.needs[0], *(kind for kind, _ in spec.only))
    columns = {_column(kind, spec): known[kind] for kind in dict.fromkeys(kinds)}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([columns.keys(), columns.values()])


def _column(kind: IdKind, spec: ProviderSpec) -> str:
    if kind is IdKind.NAME and spec.entity is EntityType.PERSON:
        return "Full name"
    return _COLUMNS[kind]


def write_new(name: str, entity: str, composition: Composition) -> Path:
    """Write a spec to start from into the user's folder, and give its path.

    Raises UsageError for what cannot be a name, OutputError where the file is there already or
    cannot be written.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise UsageError(f"{name!r} is not a name such as acme-company")
    if entity not in tuple(EntityType):
        raise UsageError(f"--entity is one of {', '.join(EntityType)}, not {entity!r}")
    path = composition.settings.own_specs / f"{name}.toml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(template(name, entity))
    except FileExistsError as error:
        raise OutputError(f"{path} is there already", hint="choose another name") from error
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
    return path
