"""The most trusted value of each field out of the facts of several pages."""

from __future__ import annotations

from collections.abc import Iterable

from enrich_cli.adapters.site.facts import ADDRESS, CONFIDENCE, Fact
from enrich_cli.domain.entity import Field
from enrich_cli.domain.outcome import Scalar, Value


def best(facts: Iterable[Fact]) -> dict[Field, Value]:
    """The most trusted value of each field; among equals the one found first.

    An address is taken from one place as a whole, and technologies are gathered from all.
    """
    ranked = sorted(facts, key=lambda fact: -CONFIDENCE[fact.source])
    place = next((f for f in ranked if f.field in ("street_address", "city")), None)
    signs = [fact for fact in ranked if fact.field == "technologies"]
    values: dict[Field, Value] = {}
    for fact in ranked:
        field = Field(fact.field)
        elsewhere = place and (fact.source, fact.url) != (place.source, place.url)
        if field in values or (field in ADDRESS and elsewhere):
            continue
        content: Scalar = fact.content
        if field == "technologies":
            content = tuple(
                sorted({n for s in signs if isinstance(s.content, tuple) for n in s.content})
            )
        values[field] = Value(content, CONFIDENCE[fact.source], fact.url)
    return values
