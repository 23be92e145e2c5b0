"""Wanted columns, specs and counts become a plan; what cannot work is refused before it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from enrich_cli.domain.entity import CATALOGUE, EntityType, Field
from enrich_cli.domain.errors import KeyMissingError, UsageError
from enrich_cli.domain.nearest import did_you_mean, nearest
from enrich_cli.domain.plan import Fill, Step, Wanted
from enrich_cli.domain.provider import ProviderSpec, Tier

_NO_RULES: Mapping[Field, Fill] = MappingProxyType({})


def field_named(name: str) -> Field:
    """The field of that name. Raises UsageError with the nearest one."""
    if name in CATALOGUE:
        return Field(name)
    raise UsageError(
        f"unknown field {name!r}",
        hint=did_you_mean(name, CATALOGUE, "`enrich fields` lists what can be asked for"),
    )


def provider_named(name: str, specs: Mapping[str, ProviderSpec]) -> ProviderSpec:
    """The provider of that name. Raises UsageError with the nearest one."""
    if name in specs:
        return specs[name]
    raise UsageError(
        f"unknown provider {name!r}",
        hint=_nearest_provider(name, specs) or "`enrich providers list` shows them",
    )


def _nearest_provider(name: str, names: Iterable[str]) -> str:
    """The hint at a provider; also by a part of a name: `hunter` is short for `hunter-company`."""
    by_part: dict[str, list[str]] = {}
    for full in names:
        for part in dict.fromkeys((full, *full.split("-"))):
            by_part.setdefault(part, []).append(full)
    close = nearest(name, by_part)
    return "" if close is None else f"did you mean {' or '.join(map(repr, by_part[close]))}?"


def wanted_columns(
    asked: Sequence[str],
    mapping: Mapping[str, str],
    table: Sequence[str],
    *,
    overwrite: bool = False,
    fill: Mapping[Field, Fill] = _NO_RULES,
) -> tuple[Wanted, ...]:
    """What `--columns` asks for, in its order; `fill` are the rules for columns that are there.

    Each text is a field, `COLUMN=FIELD`, or a column that `mapping` ([columns] of the
    configuration) gives a field. Without any text, all of `mapping`. Raises UsageError for an
    unknown field and for a column that is asked for twice.
    """
    pairs = [_pair(text, mapping) for text in asked] or list(mapping.items())
    columns = [column for column, _ in pairs]
    if doubled := next((c for i, c in enumerate(columns) if c in columns[:i]), None):
        raise UsageError(f"column {doubled!r} is asked for twice")
    wanted = (
        _ruled(field_named(name), column, table, fill, overwrite=overwrite)
        for column, name in pairs
    )
    return tuple(one for one in wanted if one is not None)


def _ruled(
    name: Field,
    column: str,
    table: Sequence[str],
    fill: Mapping[Field, Fill],
    *,
    overwrite: bool,
) -> Wanted | None:
    """A wanted column by its fill rule, None where it is to be left alone.

    The date of a cell is what `--provenance columns` of an earlier run wrote beside it; a cell
    without one stays as it is. Raises UsageError where there is no such column.
    """
    exists, rule = column in table, fill.get(name)
    if exists and rule is Fill.KEEP:
        return None
    overwrite |= rule is Fill.OVERWRITE
    dated = ""
    if exists and rule is Fill.NEWER and not overwrite:
        dated = f"{column}__at"
        if dated not in table:
            raise UsageError(
                f"[fill] {name}: only newer values are preferred, and the table has no column"
                f" {dated!r} that dates its own",
                hint=f'--provenance columns writes it; or fill {column} by "fill" or "overwrite"',
            )
    return Wanted(name, column, exists=exists, overwrite=overwrite, dated=dated)


def _pair(text: str, mapping: Mapping[str, str]) -> tuple[str, str]:
    column, is_pair, name = text.rpartition("=")
    if is_pair:
        return column.strip(), name.strip()
    text = text.strip()
    return (text, mapping[text]) if text in mapping else (text, text)


def default_columns(table: Sequence[str], types: Iterable[EntityType]) -> tuple[Wanted, ...]:
    """What `estimate` looks at when nothing is asked for.

    The columns whose names are fields; where there are none, every field of the entity types that
    the table names.
    """
    present = [Wanted(Field(c), c, exists=True) for c in table if c in CATALOGUE]
    found = set(types)
    return tuple(present) or tuple(
        Wanted(spec.name, spec.name) for spec in CATALOGUE.values() if spec.entity in found
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """Which providers the user wants: named ones in their order, or an order for each type.

    `orders` are those of single fields. `has_key` says whether a provider's key is there (or not
    needed).
    """

    named: tuple[str, ...] = ()
    waterfall: Mapping[EntityType, tuple[str, ...]] | None = None
    orders: Mapping[Field, tuple[str, ...]] = field(default_factory=dict)
    has_key: Callable[[ProviderSpec], bool] = lambda _: True
    under_budget: bool = False
    has_contact: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """The steps of the waterfall, and what the user should know about those left out."""

    steps: tuple[Step, ...]
    notes: tuple[str, ...]


_TIERS = tuple(Tier)


def route(specs: Mapping[str, ProviderSpec], wanted: Sequence[Wanted], choice: Choice) -> Route:
    """The providers that can give what is wanted, in the order in which they are asked.

    By default free before cheap before premium, then by price, unknown ones last, then by name.
    Raises UsageError for an unknown provider or one without a price under a budget,
    KeyMissingError for a provider that was named and has no key.
    """
    steps: list[Step] = []
    for names in choice.orders.values():
        for name in names:
            provider_named(name, specs)
    keyless: list[Step] = []
    unpriced: list[Step] = []
    strangers: list[Step] = []
    for type_ in EntityType:
        fields = frozenset(w.field for w in wanted if CATALOGUE[w.field].entity is type_)
        insisted, ordered = _ordered(specs, type_, choice)
        for spec in ordered:
            gives = frozenset(
                name
                for name in spec.gives & fields
                if spec.name in choice.orders.get(name, (spec.name,))
            )
            if not gives:
                continue
            if not choice.has_key(spec):
                if insisted:
                    raise KeyMissingError(
                        f"provider {spec.name!r} needs a key, and {spec.key_env} is not set",
                        hint=f"export {spec.key_env}=..., or leave {spec.name} out",
                    )
                keyless.append(Step(spec, gives))
                continue
            if spec.contact and not choice.has_contact:
                if spec.contact == "needed" and insisted:
                    raise UsageError(
                        f"provider {spec.name!r} answers only who gives a contact", hint=_CONTACT
                    )
                strangers.append(Step(spec, gives))
                if spec.contact == "needed":
                    continue
            if choice.under_budget and not spec.priced:
                if insisted:
                    raise UsageError(
                        f"provider {spec.name!r} has no price, so a budget cannot hold it",
                        hint=f"give it one: [provider.{spec.name}] {_A_PRICE}",
                    )
                unpriced.append(Step(spec, gives))
                continue
            steps.append(Step(spec, gives))
    notes = (*_without_key(keyless), *_without_price(unpriced), *_without_contact(strangers))
    return Route(tuple(steps), notes)


_A_PRICE = 'price = { usd = "0.01", per = "hit" }'
_CONTACT = 'set contact = "you@your.domain" under [run], or ENRICH_CONTACT'


_FEW = 3
"""So many providers that are left out get a line each."""
_MANY = 4
"""Of more providers than that, so many fields are named."""


def _without_key(left: Sequence[Step]) -> Iterator[str]:
    if len(left) <= _FEW:
        for step in left:
            gives = ", ".join(sorted(step.fields))
            yield f"{step.spec.name} left out: {step.spec.key_env} is not set (it gives {gives})"
        return
    by_fields: dict[str, list[str]] = {}
    for step in left:
        gives = ", ".join(sorted(step.fields))
        if len(step.fields) > _MANY:
            gives = f"more than {_MANY} fields each"
        by_fields.setdefault(gives, []).append(f"{step.spec.name} ({step.spec.key_env})")
    gifts = "; ".join(f"{gives} from {', '.join(names)}" for gives, names in by_fields.items())
    yield f"{len(left)} providers left out, as their keys are not set: {gifts}"


def _without_price(left: Sequence[Step]) -> Iterator[str]:
    if left:
        names = ", ".join(step.spec.name for step in left)
        alone = len(left) == 1
        what = "it has no price" if alone else "they have no price"
        where = f"[provider.{names if alone else 'NAME'}]"
        yield f"{names} left out: {what}, and there is a budget; give one: {where} {_A_PRICE}"


def _without_contact(strangers: Sequence[Step]) -> Iterator[str]:
    needed = ", ".join(step.spec.name for step in strangers if step.spec.contact == "needed")
    wanted = ", ".join(step.spec.name for step in strangers if step.spec.contact == "wanted")
    if needed:
        yield f"{needed} left out: it answers only who gives a contact; {_CONTACT}"
    if wanted:
        yield f"{wanted}: asks for a contact in the user agent; {_CONTACT}"


def _ordered(
    specs: Mapping[str, ProviderSpec], type_: EntityType, choice: Choice
) -> tuple[bool, list[ProviderSpec]]:
    """Whether the user insists on these providers, and the providers."""
    names = choice.named or (choice.waterfall or {}).get(type_, ())
    for name in names:
        provider_named(name, specs)
    if names:
        if not choice.named and (
            alien := next((n for n in names if specs[n].entity is not type_), "")
        ):
            raise UsageError(f"[waterfall] {type_.value}: {alien!r} knows nothing about that type")
        return True, [specs[n] for n in dict.fromkeys(names) if specs[n].entity is type_]
    own = [spec for spec in specs.values() if spec.entity is type_]
    return False, sorted(
        own, key=lambda s: (_TIERS.index(s.tier), not s.priced, s.worst(1), s.name)
    )
