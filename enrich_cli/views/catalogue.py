"""The fields that can be asked for and the providers that know them, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from enrich_cli.domain.entity import CATALOGUE, EntityType
from enrich_cli.domain.money import Per, Price, format_money
from enrich_cli.domain.provider import ProviderSpec, Rate, Tier
from enrich_cli.domain.store import Job
from enrich_cli.views.encode import encode_document
from enrich_cli.views.tables import Column, Kind, print_line, print_table
from enrich_cli.views.text import dollars

if TYPE_CHECKING:
    from rich.console import Console

HasKey = Callable[[ProviderSpec], bool]
_TIERS = tuple(Tier)
_SHIPPED = Path(__file__).parent.parent / "providers"
_PER = {Per.HIT: "a hit", Per.ITEM: "an entity asked", Per.CALL: "a call"}
_SHORT_PER = {**_PER, Per.ITEM: "each"}


def _in_order(specs: Iterable[ProviderSpec]) -> list[ProviderSpec]:
    return sorted(specs, key=lambda s: (_TIERS.index(s.tier), not s.priced, s.worst(1), s.name))


def fields_json(specs: Mapping[str, ProviderSpec]) -> bytes:
    """Every field with its type and its providers, as a JSON document."""
    ordered = _in_order(specs.values())
    return encode_document(
        [
            {
                "name": field.name,
                "entity": field.entity.value,
                "type": field.type.value,
                "about": field.about,
                "providers": [spec.name for spec in ordered if field.name in spec.gives],
            }
            for field in CATALOGUE.values()
        ]
    )


def print_fields(specs: Mapping[str, ProviderSpec], console: Console) -> None:
    """Print every field, one line each, with who can give it."""
    ordered = _in_order(specs.values())
    for type_ in EntityType:
        print_line(console, f"Fields of a {type_.value}", style="bold")
        print_table(
            console,
            (
                Column("field", Kind.NAME),
                Column("type", Kind.NAME),
                Column("what it is", Kind.WORDS),
                Column("who can give it", Kind.WORDS),
            ),
            [
                (
                    field.name,
                    field.type.value,
                    field.about,
                    ", ".join(spec.name for spec in ordered if field.name in spec.gives),
                )
                for field in CATALOGUE.values()
                if field.entity is type_
            ],
        )
        console.print()


@dataclass(frozen=True, slots=True)
class HitRate:
    """How many of those that a provider was asked about it knew, in all jobs so far."""

    hits: int = 0
    asked: int = 0

    @property
    def share(self) -> float:
        """The share, from 0 to 1."""
        return self.hits / self.asked if self.asked else 0.0


def hit_rates(jobs: Iterable[Job]) -> Mapping[str, HitRate]:
    """Each provider's hit rate by the reports of these jobs."""
    found: dict[str, HitRate] = {}
    for job in jobs:
        for one in json.loads(job.report).get("providers", ()) if job.report else ():
            old = found.get(one["name"], HitRate())
            asked = one["hits"] + one["misses"]
            found[one["name"]] = HitRate(old.hits + one["hits"], old.asked + asked)
    return {name: rate for name, rate in found.items() if rate.asked}


def providers_json(
    specs: Iterable[ProviderSpec], has_key: HasKey, rates: Mapping[str, HitRate]
) -> bytes:
    """What is known of each provider, as a JSON document."""
    return encode_document([_provider(spec, has_key, rates) for spec in _in_order(specs)])


def _provider(
    spec: ProviderSpec, has_key: HasKey, rates: Mapping[str, HitRate]
) -> dict[str, object]:
    price, rate = spec.price, rates.get(spec.name)
    return {
        "name": spec.name,
        "title": spec.title,
        "entity": spec.entity.value,
        "tier": spec.tier.value,
        "gives": sorted(spec.gives),
        "needs": [[kind.value for kind in kinds] for kinds in spec.needs],
        "price": None if price is None else {"usd": format_money(price.usd), "per": price.per},
        "metered": price is not None and price.meter is not None,
        "rates": [{"calls": rate.calls, "seconds": rate.seconds} for rate in spec.limits.rates],
        "concurrency": spec.limits.concurrency,
        "timeout": spec.limits.timeout,
        "batch": spec.batch,
        "key": spec.key_env or None,
        "has_key": has_key(spec),
        "base_url": spec.base_url,
        "docs": spec.docs,
        "version": spec.version,
        "source": spec.source,
        "only": {kind.value: sorted(known) for kind, known in spec.only},
        "polls": spec.poll is not None,
        "hit_rate": None if rate is None else round(rate.share, 4),
        "answers": 0 if rate is None else rate.asked,
    }


def print_providers(
    specs: Iterable[ProviderSpec],
    has_key: HasKey,
    rates: Mapping[str, HitRate],
    console: Console,
) -> None:
    """Print one line for each provider, in the order in which they are asked by default."""
    print_table(
        console,
        (
            Column("provider", Kind.NAME),
            Column("about", Kind.NAME),
            Column("tier", Kind.NAME),
            Column("price", Kind.NAME),
            Column("limits", Kind.NAME),
            Column("fields"),
            Column("knew"),
            Column("key", Kind.WORDS),
        ),
        [
            (
                spec.name,
                spec.entity.value,
                spec.tier.value,
                _short_price(spec),
                ", ".join(_rate(rate) for rate in spec.limits.rates),
                str(len(spec.gives)),
                _share(rates.get(spec.name)),
                _key(spec, has_key(spec)) + _origin(spec),
            )
            for spec in _in_order(specs)
        ],
    )


def print_provider(
    spec: ProviderSpec, console: Console, *, has_key: bool, rate: HitRate | None = None
) -> None:
    """Print all that is known of one provider."""
    print_line(console, spec.title or spec.name, style="bold")
    limits = [f"{rate.calls:,} calls in {_seconds(rate.seconds)}" for rate in spec.limits.rates]
    lines = (
        ("name", spec.name),
        ("knows", f"{spec.entity.value}: {', '.join(sorted(spec.gives))}"),
        ("needs", " or ".join(" and ".join(kinds) for kinds in spec.needs)),
        ("asked only", _only(spec)),
        ("tier", spec.tier.value),
        ("price", _price(spec) + (", by its own meter" if _metered(spec.price) else "")),
        ("limits", ", ".join([*limits, f"{spec.limits.concurrency} calls at a time"])),
        ("batch", f"{spec.batch} entities in a call" if spec.batch > 1 else "one entity in a call"),
        ("answers", _later(spec)),
        ("key", _key(spec, has_key)),
        ("knew", "" if rate is None else f"{_share(rate)} of {rate.asked:,} in your jobs"),
        ("address", spec.base_url),
        ("docs", spec.docs),
        ("from", spec.source),
    )
    print_table(
        console,
        (Column("", Kind.NAME), Column("", Kind.WORDS)),
        [(name, text) for name, text in lines if text],
    )


def _metered(price: Price | None) -> bool:
    return price is not None and price.meter is not None


def _price(spec: ProviderSpec) -> str:
    if spec.free:
        return "free"
    return "unknown" if spec.price is None else f"{dollars(spec.price.usd)} {_PER[spec.price.per]}"


def _short_price(spec: ProviderSpec) -> str:
    if spec.free or spec.price is None:
        return _price(spec)
    return f"{dollars(spec.price.usd)} {_SHORT_PER[spec.price.per]}"


def _key(spec: ProviderSpec, present: bool) -> str:
    if not spec.key_env:
        return "none needed"
    if spec.key_optional:
        return f"{spec.key_env} (optional)"
    return f"{spec.key_env} ({'set' if present else 'not set'})"


def _share(rate: HitRate | None) -> str:
    return "" if rate is None else f"{rate.share:.0%}"


def _rate(rate: Rate) -> str:
    units = {1.0: "s", 60.0: "min", 3600.0: "h", 86_400.0: "d"}
    return f"{rate.calls}/{units.get(rate.seconds, f'{rate.seconds:g} s')}"


def _origin(spec: ProviderSpec) -> str:
    """Where a spec comes from, if it is not one that came with the package."""
    path = Path(spec.source)
    shipped = not spec.source or path.parent == _SHIPPED
    return "" if shipped else f"; from {spec.source}"


def _only(spec: ProviderSpec) -> str:
    return "; ".join(f"{kind.value} {', '.join(sorted(known))}" for kind, known in spec.only)


def _later(spec: ProviderSpec) -> str:
    if spec.poll is None:
        return ""
    return f"later: looked at every {spec.poll.every:g} s, for {spec.poll.wait:g} s in one run"


def _seconds(seconds: float) -> str:
    units = {1.0: "a second", 60.0: "a minute", 3600.0: "an hour", 86_400.0: "a day"}
    return units.get(seconds, f"{seconds:g} seconds")
