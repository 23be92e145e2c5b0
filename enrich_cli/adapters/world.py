"""What providers are opened with, and what is known of them without a connection."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from enrich_cli import __version__
from enrich_cli.adapters.context import ProviderContext
from enrich_cli.adapters.keys import key_text
from enrich_cli.adapters.plugins import load_plugins
from enrich_cli.adapters.reader import Reader
from enrich_cli.adapters.sandboxed import Sandbox
from enrich_cli.adapters.specs import Loaded, is_loopback
from enrich_cli.domain.provider import Clock, Provider, ProviderSpec

if TYPE_CHECKING:
    import httpx

    from enrich_cli.adapters.clients import Pages

PRIVATE_HOSTS = "allow_private_hosts"
"""The option by which a Python provider learns whether it may reach private addresses."""

_EMPTY: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class World:
    """What providers are opened with.

    `contact` goes into the user agent. With `private_hosts` a table's URLs may reach private
    addresses. With a `sandbox` every connection ends there, and no key is sent. `key_files` are
    the files of keys that the configuration names, by provider.
    """

    environ: Mapping[str, str]
    clock: Clock
    contact: str = ""
    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    private_hosts: bool = False
    sandbox: Sandbox | None = None
    key_files: Mapping[str, Path] = field(default_factory=dict)

    @property
    def user_agent(self) -> str:
        """Who we are, as websites and APIs are told."""
        contact = f"+{self.contact}" if self.contact else "no contact given"
        return f"enrich/{__version__} ({contact})"

    def key(self, spec: ProviderSpec) -> str | None:
        """The provider's key, where it has one and it may be used. Raises ConfigError."""
        return None if self.sandbox else key_text(spec, self.environ, self.key_files)

    def context(
        self,
        name: str,
        open_web: Callable[[], httpx.AsyncClient],
        open_api: Callable[[], httpx.AsyncClient],
        pages: Pages,
    ) -> ProviderContext:
        """What the Python provider of this name is made with."""
        return ProviderContext(
            open_web=open_web,
            open_api=open_api,
            clock=self.clock,
            environ={} if self.sandbox else self.environ,
            options={**self.options.get(name, _EMPTY), PRIVATE_HOSTS: self.private_hosts},
            user_agent=self.user_agent,
            pages=pages,
        )


def diverted_keys(specs: Sequence[ProviderSpec], world: World) -> Sequence[str]:
    """A line for each provider whose key goes elsewhere than to the host that its spec ships with.

    Another port of this machine is not worth a word.
    """
    return [
        f"{spec.name}: the key in {spec.key_env} goes to {spec.address}"
        for spec in specs
        if spec.address and world.key(spec)
        if not all(is_loopback(place) for place in spec.address.split(" and "))
    ]


def readers(
    specs: Sequence[ProviderSpec], loaded: Mapping[str, Loaded], world: World
) -> Mapping[str, Provider]:
    """The providers of these specs by name, to read what they once said: none can be asked.

    Those in `loaded` are declared by a spec file, the others are Python providers. Raises
    ConfigError for a broken plugin.
    """
    declared = {one.name: loaded[one.name] for one in specs if one.name in loaded}
    own = {name: Reader(one.spec, one.recipe) for name, one in declared.items()}
    return {**own, **_plugins([one.name for one in specs if one.name not in loaded], world)}


def plugin_specs(names: Collection[str], world: World) -> Mapping[str, ProviderSpec]:
    """The specs of the Python providers of these names; unknown names are left out.

    Raises ConfigError for a broken plugin.
    """
    return {name: provider.spec for name, provider in _plugins(names, world).items()}


def _plugins(names: Collection[str], world: World) -> Mapping[str, Provider]:
    """Python providers, made with connections that are never used."""
    pages = _Nobody()
    made = (load_plugins([name], world.context(name, _closed, _closed, pages)) for name in names)
    return {name: provider for some in made for name, provider in some.items()}


def _closed() -> httpx.AsyncClient:
    """A client for providers that are only to be looked at: it can ask nobody."""
    import httpx

    return httpx.AsyncClient(transport=httpx.AsyncBaseTransport(), trust_env=False)


class _Nobody:
    """Connections for providers that are only to be looked at."""

    async def page(self, *_: object) -> NoReturn:
        """Nobody is asked."""
        raise RuntimeError("a provider that is only looked at asks for a page")
