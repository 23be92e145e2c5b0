"""Every shipped provider in the sandbox: it is asked as its spec says, and tells the one truth."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from enrich_cli.adapters.clients import sandbox_transport
from enrich_cli.adapters.http import HttpProvider
from enrich_cli.adapters.specs import SHIPPED, Loaded, load_specs
from enrich_cli.domain.entity import EntityType, IdKind, Query, entity_key
from enrich_cli.domain.outcome import Hit, Miss, Scalar
from enrich_cli.domain.provider import Item
from enrich_cli.sandbox import world
from enrich_cli.sandbox.facts import Company, Person
from enrich_cli.sandbox.players import player_for
from enrich_cli.sandbox.players.generic import company_facts, person_facts
from tests.adapters.spec_kit import StoppedClock, finished, permit

SPECS = load_specs([SHIPPED], {})
_FIRST = ("bluefin", "northwind", "harbour", "juniper", "copper", "lantern", "meadow", "tidal")
_SECOND = ("optics", "foods", "works", "labs", "robotics", "energy", "marine", "systems")
DOMAINS = [f"{first}-{second}.example" for first in _FIRST for second in _SECOND]


def company_ids(domain: str) -> Mapping[IdKind, str]:
    there = world.company(domain, certain=True)
    assert there is not None
    return {
        IdKind.DOMAIN: domain,
        IdKind.LINKEDIN: there.linkedin.removeprefix("https://www."),
        IdKind.NAME: there.name.lower(),
        IdKind.COUNTRY: there.place.code,
    }


def person_ids(domain: str) -> Mapping[IdKind, str]:
    there = world.company(domain, certain=True)
    assert there is not None
    first, last = world.staff(there)[0].first, world.staff(there)[0].last
    person = world.person_by_name(first, last, domain, certain=True)
    assert person is not None
    return {
        IdKind.LINKEDIN: person.linkedin.removeprefix("https://www."),
        IdKind.EMAIL: person.email,
        IdKind.NAME: person.name.lower(),
        IdKind.DOMAIN: domain,
        IdKind.COMPANY: there.name.lower(),
    }


def queries(loaded: Loaded) -> list[Query]:
    """Questions about all the companies or people that the provider can be asked about."""
    spec = loaded.spec
    of_company = spec.entity is EntityType.COMPANY
    known = [company_ids(d) if of_company else person_ids(d) for d in DOMAINS]
    return [
        Query(entity_key(spec.entity, str(at)), tuple(ids.items()), spec.gives)
        for at, ids in enumerate(known)
        if spec.usable(tuple(ids.items()))
    ]


async def ask(loaded: Loaded, port: int, asked: Sequence[Query]) -> list[Item]:
    transport = sandbox_transport(8, port)
    try:
        provider = HttpProvider(
            loaded.spec,
            loaded.recipe,
            transport,
            None,
            user_agent="enrich/test",
            clock=StoppedClock(),
            guard=permit,
        )
        items: list[Item] = []
        for at in range(0, len(asked), loaded.spec.batch):
            items += (await finished(provider, asked[at : at + loaded.spec.batch])).items
        return items
    finally:
        await transport.aclose()


def truth(query: Query) -> Mapping[str, Scalar | None]:
    domain = query.id(IdKind.DOMAIN) or ""
    if query.id(IdKind.EMAIL) is None:
        company = world.company(domain, certain=True)
        assert isinstance(company, Company)
        return company_facts(company)
    person = world.person_by_email(query.id(IdKind.EMAIL) or "", certain=True)
    assert isinstance(person, Person)
    return person_facts(person)


@pytest.mark.parametrize("loaded", SPECS.values(), ids=lambda one: one.spec.name)
def test_a_shipped_provider_in_the_sandbox(loaded: Loaded, sandbox_url: str) -> None:
    asked = queries(loaded)
    items = asyncio.run(ask(loaded, int(sandbox_url.rpartition(":")[2]), asked))
    hits = [(q, i.outcome) for q, i in zip(asked, items, strict=True) if isinstance(i.outcome, Hit)]
    assert hits
    assert all(isinstance(item.outcome, Hit | Miss) for item in items)
    if (
        loaded.spec.name != "companies-house"
    ):  # asked about Britain only, and knows nearly all there
        assert len(hits) < len(items)
    same = {"company_name", "full_name", "country", "founded_year", "employee_count", "job_title"}
    for query, hit in hits:
        facts = truth(query)
        for name in same & hit.values.keys():
            told, true = str(hit.values[name].content), str(facts[name])  # type: ignore[index]
            assert told.lower() == true.lower(), (query, name)


def test_every_shipped_host_is_played() -> None:
    for loaded in SPECS.values():
        hosts = [loaded.spec.base_url]
        if loaded.recipe.first and loaded.recipe.first.base_url:
            hosts.append(loaded.recipe.first.base_url)
        for address in hosts:
            assert player_for(address.removeprefix("https://")) is not None, address
