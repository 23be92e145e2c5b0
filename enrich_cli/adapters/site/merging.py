"""The most trusted value of each field out of the facts of several pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from enrich_cli.adapters.site.facts import ADDRESS, CONFIDENCE, Fact, Source
from enrich_cli.adapters.site.phone_number import dialled
from enrich_cli.domain.entity import Field
from enrich_cli.domain.outcome import Scalar, Value

_COUNTRY, _PHONE = Field("country"), Field("company_phone")
_COUNTRY_ONLY = frozenset((Source.TAX_NUMBER, Source.DOMAIN))

_Spot = tuple[Source, str]


def best(facts: Iterable[Fact]) -> dict[Field, Value]:
    """The most trusted value of each field; among equals the one found first.

    An address is taken from one place, completed by others that name the same city; only where
    none has a country may another source say which. Technologies are gathered from all. A
    telephone number without its country gets it.
    """
    ranked = sorted(facts, key=lambda fact: -CONFIDENCE[fact.source])
    spots = _one_address(ranked)
    values: dict[Field, Value] = {}
    for fact in ranked:
        field = Field(fact.field)
        if field in values or (field in ADDRESS and spots and (fact.source, fact.url) not in spots):
            continue
        content: Scalar = _technologies(ranked) if field == "technologies" else fact.content
        values[field] = Value(content, CONFIDENCE[fact.source], fact.url)
    country, number = values.get(_COUNTRY), values.get(_PHONE)
    if country and number and isinstance(number.content, str):
        e164 = dialled(number.content, str(country.content))
        values[_PHONE] = Value(e164, number.confidence, number.url)
    return values


def _one_address(ranked: Sequence[Fact]) -> set[_Spot]:
    """Where the parts of one address stand; empty where no street or city is known."""
    found: dict[_Spot, dict[str, Scalar]] = {}
    for fact in ranked:
        if fact.field in ADDRESS:
            found.setdefault((fact.source, fact.url), {}).setdefault(fact.field, fact.content)
    main = next((a for a in found.values() if "street_address" in a or "city" in a), None)
    if main is None:
        return set()
    alone = {spot for spot in found if spot[0] in _COUNTRY_ONLY}
    return {spot for spot, other in found.items() if _agree(main, other)} | alone


def _agree(one: Mapping[str, Scalar], other: Mapping[str, Scalar]) -> bool:
    """Whether two addresses are plainly the same, or the very same."""
    if one is other:
        return True
    shared = [
        str(one[part]).casefold() == str(other[part]).casefold() for part in one.keys() & other
    ]
    return all(shared) and bool({"city", "postal_code"} & one.keys() & other.keys())


def _technologies(facts: Iterable[Fact]) -> tuple[str, ...]:
    signs = (f.content for f in facts if f.field == "technologies" and isinstance(f.content, tuple))
    return tuple(sorted({name for names in signs for name in names}))
