"""Python providers found by their entry points, from made-up installed packages."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from enrich_cli.adapters.clients import api_transport
from enrich_cli.adapters.context import ProviderContext
from enrich_cli.adapters.plugins import load_plugins, plugin_names
from enrich_cli.domain.errors import ConfigError, UsageError
from tests.adapters.plugin_kit import GOOD, install
from tests.adapters.spec_kit import StoppedClock


@pytest.fixture
def context() -> Iterator[ProviderContext]:
    web, api = httpx.AsyncClient(), httpx.AsyncClient()
    pages = api_transport(1, {})
    yield ProviderContext(
        lambda: web, lambda: api, StoppedClock(), {}, {"depth": 2}, "enrich/test", pages
    )

    async def close() -> None:
        await web.aclose()
        await api.aclose()

    asyncio.run(close())


def test_a_plugin_is_made_with_its_context(site: Path, context: ProviderContext) -> None:
    install(site, "good", GOOD, "acme-plugin = plugin_good:Acme")
    loaded = load_plugins(["acme-plugin", "pdl-company"], context)
    assert list(loaded) == ["acme-plugin"]
    assert loaded["acme-plugin"].spec.name == "acme-plugin"
    assert vars(loaded["acme-plugin"])["context"] is context


def test_only_what_is_named_is_imported(site: Path, context: ProviderContext) -> None:
    install(site, "loud", "raise RuntimeError('imported')", "loud = plugin_loud:x")
    assert "loud" in plugin_names()
    assert load_plugins([], context) == {}
    assert load_plugins(["other"], context) == {}
    assert "plugin_loud" not in sys.modules


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("raise RuntimeError('first line\\nsecond')", "RuntimeError: first line"),
        ("import no_such_module_anywhere", "ModuleNotFoundError"),
        ("", "AttributeError"),
        ("make = 5", "TypeError"),
        ("def make(context): raise KeyError('depth')", "KeyError: 'depth'"),
        ("def make(context): return object()", "AttributeError"),
        (
            "class make:\n spec = fetch = reread = None\n def __init__(self, context): pass",
            "is not a provider",
        ),
        (f"{GOOD}\nmake = Acme", "calls itself acme-plugin"),
    ],
)
def test_a_broken_plugin_is_named(
    site: Path, context: ProviderContext, code: str, words: str
) -> None:
    install(site, "broken", code, "broken-one = plugin_broken:make")
    with pytest.raises(ConfigError) as raised:
        load_plugins(["broken-one"], context)
    assert raised.value.message.startswith("provider broken-one (from broken) ")
    assert words in raised.value.message
    assert "\n" not in raised.value.message


def test_a_plugins_own_word_to_the_user_passes(site: Path, context: ProviderContext) -> None:
    code = (
        "from enrich_cli.domain.errors import UsageError\n"
        "def make(context): raise UsageError('depth is 1 to 3')"
    )
    install(site, "picky", code, "picky = plugin_picky:make")
    with pytest.raises(UsageError, match="depth is 1 to 3"):
        load_plugins(["picky"], context)


def test_two_packages_with_one_name(site: Path, context: ProviderContext) -> None:
    install(site, "one", GOOD, "acme-plugin = plugin_one:Acme")
    install(site, "two", GOOD, "acme-plugin = plugin_two:Acme")
    with pytest.raises(ConfigError, match=r"acme-plugin comes from (one and two|two and one)"):
        load_plugins(["acme-plugin"], context)
