"""What is told of providers that a plan leaves out."""

from __future__ import annotations

from enrich_cli.app.planning import Choice, route
from enrich_cli.domain.entity import EntityType, Field, IdKind
from enrich_cli.domain.plan import Wanted
from enrich_cli.domain.provider import ProviderSpec, Tier

FIELDS = tuple(map(Field, ("company_name", "industry", "country", "city", "employee_count")))


def keyed(name: str, *gives: Field) -> ProviderSpec:
    return ProviderSpec(
        name=name,
        entity=EntityType.COMPANY,
        tier=Tier.FREE,
        gives=frozenset(gives),
        needs=((IdKind.DOMAIN,),),
        key_env=f"{name.upper()}_KEY",
    )


def notes(*specs: ProviderSpec) -> tuple[str, ...]:
    own = {spec.name: spec for spec in specs}
    wanted = [Wanted(name, name) for name in FIELDS]
    return route(own, wanted, Choice(has_key=lambda _: False)).notes


def test_a_few_providers_without_a_key_get_a_line_each() -> None:
    assert notes(keyed("a", *FIELDS[:1]), keyed("b", *FIELDS)) == (
        "a left out: A_KEY is not set (it gives company_name)",
        (
            "b left out: B_KEY is not set"
            " (it gives city, company_name, country, employee_count, industry)"
        ),
    )


def test_many_providers_without_a_key_are_told_by_what_they_would_add() -> None:
    few, many = FIELDS[:2], FIELDS
    assert notes(keyed("a", *few), keyed("b", *many), keyed("c", *few), keyed("d", *many)) == (
        (
            "4 providers left out, as their keys are not set: company_name, industry from"
            " a (A_KEY), c (C_KEY); more than 4 fields each from b (B_KEY), d (D_KEY)"
        ),
    )
