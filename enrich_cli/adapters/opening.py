"""Opens providers: the connections they share, their keys, the sandbox in place of the world."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

import httpx

from enrich_cli import __version__
from enrich_cli.adapters import clients
from enrich_cli.adapters.guard import GuardedResolver, check_form, check_url
from enrich_cli.adapters.http import HttpProvider, ProviderContext
from enrich_cli.adapters.keys import key_text
from enrich_cli.adapters.plugins import load_plugins
from enrich_cli.adapters.sandboxed import Sandbox
from enrich_cli.adapters.specs import Loaded, is_loopback
from enrich_cli.domain.provider import Clock, Provider, ProviderSpec

PRIVATE_HOSTS = "allow_private_hosts"
"""The option by which a Python provider learns whether it may reach private addresses."""

_WEB_CONNECTIONS = 200
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


@asynccontextmanager
async def open_providers(
    specs: Sequence[ProviderSpec], loaded: Mapping[str, Loaded], world: World
) -> AsyncIterator[Mapping[str, Provider]]:
    """The providers of these specs by name, for as long as the context lasts.

    Those in `loaded` are declared by a spec file, the others are Python providers. No connection
    is made before the first call. Raises ConfigError for a broken plugin or an impossible key.
    """
    async with AsyncExitStack() as stack:
        resolver = None if world.private_hosts or world.sandbox else GuardedResolver()
        if resolver is not None:
            stack.push_async_callback(resolver.close)
        api, web = _transports(specs, world, resolver)
        for transport in (api, web):
            stack.push_async_callback(transport.aclose)
        providers: dict[str, Provider] = {}
        for spec in specs:
            if (declared := loaded.get(spec.name)) is None:
                key = world.key(spec)
                own = replace(world, environ={**world.environ, spec.key_env: key}) if key else world
                providers |= load_plugins([spec.name], _context(spec.name, api, web, own))
            else:
                providers[spec.name] = HttpProvider(
                    spec,
                    declared.recipe,
                    api,
                    world.key(spec),
                    user_agent=world.user_agent,
                    clock=world.clock,
                    guard=_guard(world),
                    onward=web,
                )
        yield providers


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


def plugin_specs(names: Collection[str], world: World) -> Mapping[str, ProviderSpec]:
    """The specs of the Python providers of these names; unknown names are left out.

    The providers are made with connections that are never used. Raises ConfigError.
    """
    closed = _Closed()
    made = {name: load_plugins([name], _context(name, closed, closed, world)) for name in names}
    return {name: provider.spec for some in made.values() for name, provider in some.items()}


class _Closed(httpx.AsyncBaseTransport):
    """Connections for providers that are only to be looked at."""

    async def page(self, *_: object) -> NoReturn:
        """Nobody is asked."""
        raise RuntimeError("a provider that is only looked at asks for a page")


def _transports(
    specs: Sequence[ProviderSpec], world: World, resolver: GuardedResolver | None
) -> tuple[clients.Transport, clients.Transport]:
    connections = sum(spec.limits.concurrency for spec in specs) or 1
    if world.sandbox is not None:
        return (
            clients.sandbox_transport(connections, world.sandbox.port),
            clients.sandbox_transport(_WEB_CONNECTIONS, world.sandbox.port),
        )
    trusted = clients.trust(world.environ)
    return (
        clients.api_transport(connections, world.environ, trusted),
        clients.web_transport(_WEB_CONNECTIONS, world.environ, trusted, resolver=resolver),
    )


def _context(
    name: str, api: httpx.AsyncBaseTransport, web: clients.Transport | _Closed, world: World
) -> ProviderContext:
    return ProviderContext(
        web=clients.client_over(web, world.user_agent),
        api=clients.client_over(api, world.user_agent),
        clock=world.clock,
        environ={} if world.sandbox else world.environ,
        options={**world.options.get(name, _EMPTY), PRIVATE_HOSTS: world.private_hosts},
        user_agent=world.user_agent,
        pages=web,
    )


def _guard(world: World) -> Callable[[str], None]:
    return _any_host if world.private_hosts or world.sandbox else check_url


def _any_host(url: str) -> None:
    check_form(url)
