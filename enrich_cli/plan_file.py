"""A plan in a file: what a run is going to do, frozen, so that a person can approve it.

The file is made of what the user chose and of what the world looked like. It has no time and no
key in it: the same table, store and configuration give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import polars as pl

from enrich_cli import __version__
from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.errors import TableError, UsageError
from enrich_cli.domain.money import Money, format_money, parse_money
from enrich_cli.domain.plan import Estimate, Stored
from enrich_cli.domain.provider import ProviderSpec
from enrich_cli.job import Prepared, Table
from enrich_cli.settings import Flags, Settings
from enrich_cli.tables.files import Source
from enrich_cli.views.encode import encode_document
from enrich_cli.views.estimate import estimate_json

SCHEMA = 1
_ELSEWHERE = frozenset(
    [
        *("cache", "config", "providers", "provider_dirs", "stray_dir", "own_specs", "waterfall"),
        *("overrides", "identify", "columns", "accept", "budgets", "provider_budgets"),
        *("max_errors", "concurrency", "raw_values", "yes", "quiet", "contact", "fail_over"),
    ]
)
"""Settings that change nothing about a plan, or that show in another part of it."""
_OWN_FLAGS = frozenset(("yes", "quiet", "fail_over", "allow_private_hosts"))
"""Options that whoever carries the plan out gives, or not."""
_KINDS = {"table": dict, "columns": list, "entities": dict, "providers": list, "store": dict}
_KINDS |= {"options": dict, "reading": dict, "settings": dict, "accept": dict, "identify": dict}
_KINDS |= {"ceiling": str, "id": str}


@dataclass(frozen=True, slots=True)
class Frozen:
    """A plan out of a file: `content` is its document, `path` where it was read."""

    path: Path
    content: Mapping[str, Any]

    @property
    def id(self) -> str:
        """What names the plan: a hash of all that it says."""
        return str(self.content["id"])

    @property
    def ceiling(self) -> Money:
        """The most that all runs of the plan together may cost."""
        return parse_money(self.content["ceiling"])

    @property
    def ample(self) -> bool:
        """Whether the ceiling is the worst case itself, and no budget below it."""
        return self.content["settings"].get("budget") is None

    @property
    def options(self) -> dict[str, Any]:
        """The options that the plan was made with."""
        return dict(self.content["options"])

    @property
    def columns(self) -> tuple[str, ...]:
        """What is to be filled, as `--columns` takes it."""
        return tuple(f"{one['column']}={one['field']}" for one in self.content["columns"])

    @property
    def providers(self) -> tuple[str, ...]:
        """Who is asked, in order."""
        return tuple(str(one["name"]) for one in self.content["providers"])


def kept_options(flags: Flags, columns: Sequence[str]) -> dict[str, Any]:
    """The options of a command that a plan keeps, as JSON has them."""
    given = {**flags, "columns": list(columns)}
    return {
        name: _plain(value)
        for name, value in sorted(given.items())
        if value not in (None, False, [], ()) and name not in _OWN_FLAGS
    }


def document(
    prepared: Prepared, stored: Mapping[str, Stored], settings: Settings, fingerprint: str | None
) -> dict[str, Any]:
    """What a plan holds that must be the same when it is carried out.

    `fingerprint` is that of the table's content, None for one that is in no local file.
    """
    plan, found = prepared.plan, prepared.found
    frames = {type_: found.entities[type_] for type_ in prepared.types}
    chosen = {k: _setting(k, v) for k, v in asdict(settings).items() if k not in _ELSEWHERE}
    return {
        "table": {
            "path": _without_secrets(prepared.table.source.path),
            "rows": found.rows,
            "selected": found.selected,
            "content": fingerprint,
        },
        "columns": [
            {
                "column": one.column,
                "field": one.field,
                "exists": one.exists,
                "cells": prepared.wanted_cells[one.field],
            }
            for one in plan.wanted
        ],
        "identify": _identify(prepared.table),
        "entities": {
            type_.value: {"count": frame.height, "digest": _digest_of(frame["key"])}
            for type_, frame in frames.items()
        },
        "providers": [_provider(step.spec, sorted(step.fields)) for step in plan.steps],
        "accept": {name: _plain(asdict(rule)) for name, rule in sorted(plan.accept.items())},
        "settings": dict(sorted(chosen.items())),
        "store": {name: asdict(one) for name, one in stored.items()},
    }


def save(
    content: Mapping[str, Any],
    estimate: Estimate,
    *,
    options: Mapping[str, Any],
    reading: Mapping[str, Any],
) -> bytes:
    """The plan as an indented JSON document in a fixed order of keys."""
    said: dict[str, Any] = json.loads(estimate_json(estimate))
    said.pop("schema")
    frozen = {
        "schema": SCHEMA,
        "enrich": __version__,
        "ceiling": format_money(estimate.worst),
        "estimate": said,
        "options": dict(options),
        "reading": dict(reading),
        **content,
    }
    return encode_document({**frozen, "id": _id(frozen)})


def read(path: Path) -> Frozen:
    """The plan in a file. Raises UsageError for anything but a whole plan of this version."""
    try:
        content: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"--plan {path}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"--plan {path} is damaged or no plan: {error}", hint=_MAKE) from error
    if not isinstance(content, dict) or "schema" not in content or "enrich" not in content:
        raise UsageError(f"--plan {path} is no plan of enrich", hint=_MAKE)
    if content["schema"] != SCHEMA:
        raise UsageError(
            f"--plan {path} has schema {content['schema']!r}, this enrich reads {SCHEMA}",
            hint=_MAKE,
        )
    if content["enrich"] != __version__:
        raise UsageError(
            f"--plan {path} was made by enrich {content['enrich']}, this is {__version__}",
            hint=_MAKE,
        )
    if bad := [key for key, kind in _KINDS.items() if not isinstance(content.get(key), kind)]:
        raise UsageError(f"--plan {path} is damaged: {bad[0]!r} is not what it was", hint=_MAKE)
    if _id({key: value for key, value in content.items() if key != "id"}) != content["id"]:
        raise UsageError(f"--plan {path} was changed after it was made", hint=_MAKE)
    return Frozen(path, content)


_MAKE = "`enrich estimate TABLE ... --save PLAN` makes a new one"


def fingerprint(source: Source) -> str | None:
    """A hash of the table's bytes, not of its time; None where it is in no local file.

    A gigabyte takes about half a second. Raises TableError where it cannot be read.
    """
    spooled = any(part.spool for part in source.parts)
    places = [part.location for part in source.parts] if spooled else list(source.files)
    if not places:
        return None
    hashed = hashlib.sha256()
    for place in places:
        try:
            with Path(place).open("rb") as file:
                hashed.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise TableError(f"{source.path}: {error.strerror}") from error
    return f"sha256:{hashed.hexdigest()}"


def _id(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _digest_of(keys: pl.Series) -> str:
    joined = keys.sort().str.join("\n").item() if keys.len() else ""
    return hashlib.sha256(joined.encode()).hexdigest()[:32]


def _identify(table: Table) -> dict[str, list[str]]:
    found = {type_: [use for use in table.uses if type_ in use.entities] for type_ in EntityType}
    return {
        type_.value: [f"{use.column} ({use.role.value})" for use in uses]
        for type_, uses in found.items()
    }


def _provider(spec: ProviderSpec, fields: Sequence[str]) -> dict[str, Any]:
    return {
        "name": spec.name,
        "entity": spec.entity.value,
        "tier": spec.tier.value,
        "price": dict(_price(spec)),
        "fields": list(fields),
        "batch": spec.batch,
        "version": spec.version,
        "base_url": _without_secrets(spec.base_url),
        "request": spec.asking,
        "mapping": spec.mapping,
    }


def _price(spec: ProviderSpec) -> Iterator[tuple[str, str]]:
    if (price := spec.price) is None:
        return
    yield "usd", format_money(price.usd)
    yield "per", price.per.value
    if price.meter:
        where = price.meter.header or price.meter.json
        yield "meter", f"{format_money(price.meter.usd)} by {where}"


def _without_secrets(address: str) -> str:
    """A URL without what may be a password or a signature; a path as it is."""
    if "://" not in address:
        return address
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _setting(name: str, value: object) -> Any:
    is_money = name == "budget" or name.startswith("max_per_")
    return format_money(Money(value)) if is_money and isinstance(value, int) else _plain(value)


def _plain(value: object) -> Any:
    """A value as JSON has it; sets in order."""
    match value:
        case Mapping():
            return {str(name): _plain(one) for name, one in value.items()}
        case frozenset() | set():
            return sorted(map(str, value))
        case list() | tuple():
            return [_plain(one) for one in value]
        case bool() | int() | float() | str() | None:
            return value
        case _:
            return str(value)
