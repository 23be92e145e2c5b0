"""Spec files to providers: TOML, checked, as frozen `ProviderSpec` and `Recipe`."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from pydantic import ValidationError

from enrich_cli.adapters import recipe_building as building
from enrich_cli.adapters import recipe_checks as checks
from enrich_cli.adapters.reading import RULES
from enrich_cli.adapters.recipe import Recipe
from enrich_cli.adapters.spec_faults import Source, SpecFaultError, undecodable
from enrich_cli.adapters.spec_models import SpecFile
from enrich_cli.adapters.spec_values import parse_rate, parse_seconds
from enrich_cli.domain.entity import EntityType, Field, IdKind
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.money import Meter, Per, Price, parse_money
from enrich_cli.domain.provider import Limits, Poll, ProviderSpec, Tier

SHIPPED = Path(__file__).parent.parent / "providers"
"""The folder of the specs that come with the package."""

_SHORT = {"usd": ("price", "usd"), "rate": ("limits", "rate")}
_WHOLE = frozenset(("match", "needs"))  # replaced as a whole, not key by key


@dataclass(frozen=True, slots=True)
class Loaded:
    """A provider out of a spec file. `notes` are things its author or user should know."""

    spec: ProviderSpec
    recipe: Recipe
    path: Path
    notes: tuple[str, ...] = ()


def is_loopback(address: str) -> bool:
    """Whether a URL leads to this machine itself."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def load_specs(
    dirs: Sequence[Path],
    overrides: Mapping[str, Mapping[str, object]],
    only: Collection[str] | None = None,
) -> Mapping[str, Loaded]:
    """The providers in the `*.toml` files of some folders, by name; a later folder's wins.

    `overrides` holds what the configuration says of a provider, by name: keys of the spec, those
    inside its tables nested or dotted, `usd` and `rate` for `price.usd` and `limits.rate`, and
    `enabled = false`, which drops it. Names that no file has are ignored, and so is a folder that
    is not there. With `only` just the specs of these names are looked at further than their name.

    A provider's `address` is set where its base address is not the one that the first folder gives
    it. Raises `ConfigError` for what cannot be read or is not a spec, naming file, line and key.
    """
    shipped: dict[str, tuple[str, str]] = {}
    chosen: dict[str, tuple[Source, dict[str, object], Path]] = {}
    for folder in dirs:
        here: dict[str, Path] = {}
        for path in sorted(folder.glob("*.toml")):
            source, raw = _parsed(path, only)
            given = raw.get("name")
            name = given if isinstance(given, str) else path.stem
            if only is not None and name not in only:
                continue
            if name in here:
                raise ConfigError(f"{path}: the name {name} is already that of {here[name]}")
            here[name] = path
            shipped.setdefault(name, _addresses(raw))
            chosen[name] = (source, raw, path)
    loaded = {}
    for name in sorted(chosen):
        source, raw, path = chosen[name]
        own = dict(overrides.get(name, {}))
        if _enabled(name, own.pop("enabled", True)):
            source.overridden.update(_override(raw, own))
            loaded[name] = _built(source, raw, path, shipped[name])
    return loaded


def _parsed(path: Path, only: Collection[str] | None) -> tuple[Source, dict[str, object]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        raw = tomllib.loads(text)
    except OSError as exc:
        raise ConfigError(f"{path}: cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        if only is not None and path.stem not in only:
            return Source(path, "", {}), {"name": path.stem}
        raise undecodable(path, exc) from exc
    return Source(path, text, raw), raw


def _enabled(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"configuration, [provider.{name}] enabled: it is true or false")
    return value


def _override(raw: dict[str, object], own: Mapping[str, object]) -> Iterator[tuple[str, ...]]:
    """Write what the configuration says into a spec; yields the keys that it has set."""
    for dotted, value in own.items():
        keys = _SHORT.get(dotted) or tuple(dotted.split("."))
        yield from _set(raw, keys, value, ())


def _set(
    table: dict[str, object], keys: tuple[str, ...], value: object, above: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    first, *rest = keys
    place = (*above, first)
    if not rest and (not isinstance(value, Mapping) or first in _WHOLE):
        table[first] = deepcopy(value)
        yield place
        return
    found = table.get(first)
    inner: dict[str, object] = found if isinstance(found, dict) else {}
    if above == ("fields",) and isinstance(found, str):
        inner["path"] = found  # a field that is a bare path grows into a table
    table[first] = inner
    if rest:
        yield from _set(inner, tuple(rest), value, place)
    else:
        for key, part in cast("Mapping[str, object]", value).items():
            yield from _set(inner, tuple(key.split(".")), part, place)


def _built(source: Source, raw: dict[str, object], path: Path, shipped: tuple[str, str]) -> Loaded:
    try:
        file = SpecFile.model_validate(raw)
        recipe = building.recipe(file)
        needs, notes = checks.needs(file, recipe)
    except (ValidationError, SpecFaultError) as exc:
        raise source.error(exc) from exc
    base_url = file.base_url.rstrip("/")
    here = _addresses(raw)
    moved = [there for there, before in zip(here, shipped, strict=True) if there != before]
    spec = ProviderSpec(
        name=file.name,
        entity=EntityType(file.entity),
        tier=Tier(file.tier),
        gives=frozenset(Field(name) for name in file.fields),
        needs=needs,
        hints=checks.hints(recipe, file),
        version=file.version,
        title=file.title,
        docs=file.docs,
        base_url=base_url,
        address=" and ".join(moved),
        price=_price(file),
        limits=Limits(
            rates=tuple(parse_rate(text) for text in file.limits.rate),
            concurrency=file.limits.concurrency,
            timeout=parse_seconds(file.limits.timeout),
        ),
        batch=file.batch.size if file.batch else 1,
        mapping=_mapping(file),
        asking=_asking(file),
        key_env=file.auth.env if file.auth else "",
        key_optional=file.auth.optional if file.auth else False,
        repeatable=file.repeatable,
        source=str(path),
        only=tuple((IdKind(kind), frozenset(known)) for kind, known in file.only.items()),
        poll=_poll(file),
        has_balance=file.balance is not None,
    )
    if file.auth and base_url.startswith("http://") and not is_loopback(base_url):
        notes = (*notes, f"sends its key unencrypted to {base_url}")
    return Loaded(spec, recipe, path, notes)


def _addresses(raw: Mapping[str, object]) -> tuple[str, str]:
    """Where a provider is asked, and where the first of two calls goes if that is elsewhere."""
    first = raw.get("first")
    places = (raw.get("base_url"), first.get("base_url") if isinstance(first, Mapping) else None)
    own, other = (place.rstrip("/") if isinstance(place, str) else "" for place in places)
    return own, other


def _price(file: SpecFile) -> Price | None:
    if file.price is None:
        return None
    meter = file.price.meter
    return Price(
        parse_money(file.price.usd),
        Per(file.price.per),
        Meter(parse_money(meter.usd), meter.header or "", meter.json_ or "") if meter else None,
        calls=file.pages.most if file.pages and not file.poll else 1,  # polling costs nothing
    )


def _poll(file: SpecFile) -> Poll | None:
    if file.poll is None:
        return None
    every, wait, expires = (
        parse_seconds(text) for text in (file.poll.every, file.poll.wait, file.poll.expires)
    )
    return Poll(every, wait, expires)


def _mapping(file: SpecFile) -> str:
    """A hash of what is read from a reply, and how: never of what is asked, paid or allowed."""
    read = file.model_dump(
        include={"entity", "fields", "confidence", "check", "pick", "outcome"},
        exclude_unset=True,
        by_alias=True,
    )
    status = file.batch.status if file.batch else None
    return _hash([RULES, read, status])


def _asking(file: SpecFile) -> str:
    """A hash of whom it asks by what, and how: never of what is read, paid or allowed."""
    asked = file.model_dump(
        include={"needs", "auth", "only", "repeatable", "first", "request", "batch", "poll"},
        exclude_unset=True,
        by_alias=True,
    )
    return _hash(asked)


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
