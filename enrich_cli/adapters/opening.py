"""Opens providers: the connections they share, their keys, the sandbox in place of the world."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial

from enrich_cli.adapters import clients
from enrich_cli.adapters.context import ProviderContext
from enrich_cli.adapters.guard import check_form, check_url
from enrich_cli.adapters.http import HttpProvider
from enrich_cli.adapters.plugins import load_plugins
from enrich_cli.adapters.resolver import GuardedResolver
from enrich_cli.adapters.specs import Loaded
from enrich_cli.adapters.world import World
from enrich_cli.domain.provider import Provider, ProviderSpec

_WEB_CONNECTIONS = 200


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
    name: str, api: clients.Transport, web: clients.Transport, world: World
) -> ProviderContext:
    over = partial(clients.client_over, user_agent=world.user_agent)
    return world.context(name, partial(over, web), partial(over, api), web)


def _guard(world: World) -> Callable[[str], None]:
    return _any_host if world.private_hosts or world.sandbox else check_url


def _any_host(url: str) -> None:
    check_form(url)
