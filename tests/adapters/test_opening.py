"""Providers as they are opened: what they are told, where keys go, what is closed again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from enrich_cli.adapters import website
from enrich_cli.adapters.context import ProviderContext
from enrich_cli.adapters.opening import open_providers
from enrich_cli.adapters.specs import SHIPPED, load_specs
from enrich_cli.adapters.world import World, diverted_keys, plugin_specs
from enrich_cli.domain.entity import Field
from enrich_cli.domain.outcome import Gap, Hit, Miss, Outcome
from enrich_cli.domain.provider import Provider, ProviderSpec
from tests.adapters.plugin_kit import GOOD, install
from tests.adapters.spec_kit import StoppedClock, query, reply, serving

PLUGIN = "acme-plugin"
NAME = Field("company_name")


@pytest.fixture
def spec(site: Path) -> ProviderSpec:
    install(site, "good", GOOD, f"{PLUGIN} = plugin_good:Acme")
    return plugin_specs([PLUGIN], world())[PLUGIN]


def world(
    environ: Mapping[str, str] | None = None,
    *,
    contact: str = "",
    options: Mapping[str, Mapping[str, object]] | None = None,
    private_hosts: bool = False,
) -> World:
    return World(environ or {}, StoppedClock(), contact, options or {}, private_hosts)


def context_of(provider: Provider) -> ProviderContext:
    context = vars(provider)["context"]
    assert isinstance(context, ProviderContext)
    return context


@pytest.mark.parametrize("allowed", [False, True])
def test_a_python_provider_learns_whether_private_hosts_are_allowed(
    spec: ProviderSpec, allowed: bool
) -> None:
    async def options() -> Mapping[str, object]:
        said = {PLUGIN: {"depth": 2, "allow_private_hosts": not allowed}}
        place = world(options=said, private_hosts=allowed)
        async with open_providers([spec], {}, place) as providers:
            return context_of(providers[PLUGIN]).options

    assert asyncio.run(options()) == {"depth": 2, "allow_private_hosts": allowed}


PAGE = b"<title>Acme Optics</title><h1>Acme Optics</h1><p>" + b"We make lenses in Bern. " * 40


@pytest.mark.parametrize("allowed", [False, True])
def test_the_website_provider_reaches_private_hosts_only_where_they_are_allowed(
    allowed: bool,
) -> None:
    async def visit() -> tuple[Outcome, int]:
        page = reply(PAGE, headers={"Content-Type": "text/html"})
        async with (
            serving(lambda seen: page if seen.path == "/" else reply({}, 404)) as served,
            open_providers([website.spec()], {}, world(private_hosts=allowed)) as providers,
        ):
            place = served.base.replace("http://127.0.0.1", "localhost")
            asked = replace(query(place), fields=frozenset({NAME}))
            told = await providers["website"].fetch([asked])
        return told.items[0].outcome, len(served.seen)

    outcome, seen = asyncio.run(visit())
    if allowed:
        assert isinstance(outcome, Hit)
        assert outcome.values[NAME].content == "Acme Optics"
    else:
        assert (outcome, seen) == (Miss(Gap.NOT_FOUND, brief=True), 0)


def test_names_are_looked_up_under_guard_and_the_threads_for_it_end(spec: ProviderSpec) -> None:
    def lookups() -> list[threading.Thread]:
        return [one for one in threading.enumerate() if one.name.startswith("enrich-names")]

    async def ask() -> Mapping[str, Provider]:
        async with open_providers([spec], {}, world()) as providers:
            with pytest.raises(httpx.TransportError):
                await context_of(providers[PLUGIN]).web.get("http://localhost:9/")
            assert lookups()
        return providers

    providers = asyncio.run(ask())
    for thread in lookups():
        thread.join(5)
    assert not lookups()
    assert providers.keys() == {PLUGIN}  # it still holds the connections, which are closed


@pytest.mark.parametrize(
    ("contact", "words"),
    [("", "no contact given"), ("https://we.example/bot", "+https://we.example/bot")],
)
def test_the_user_agent_has_a_contact_or_says_that_it_has_none(contact: str, words: str) -> None:
    agent = world(contact=contact).user_agent
    assert agent.startswith("enrich/")
    assert agent.endswith(f" ({words})")


@pytest.mark.parametrize(
    ("base_url", "key", "told"),
    [
        ("https://mirror.example/v5", "k" * 20, True),
        ("https://127.0.0.1.mirror.example", "k" * 20, True),
        ("https://mirror.example/v5", "", False),
        ("http://127.0.0.1:8080", "k" * 20, False),
        ("http://localhost:8080", "k" * 20, False),
        ("http://[::1]:8080", "k" * 20, False),
        ("https://api.peopledatalabs.com/", "k" * 20, False),
    ],
)
def test_a_key_that_goes_elsewhere_is_told(base_url: str, key: str, told: bool) -> None:
    name = "pdl-company"
    spec = load_specs([SHIPPED], {name: {"base_url": base_url}}, [name])[name].spec
    lines = diverted_keys([spec], world({"PDL_API_KEY": key}))
    assert lines == ([f"{name}: the key in PDL_API_KEY goes to {base_url}"] if told else [])
