"""Providers written in Python, found by their entry points."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from enrich_cli.adapters.context import ProviderContext
from enrich_cli.domain.errors import ConfigError, EnrichError
from enrich_cli.domain.provider import Provider, ProviderSpec

GROUP = "enrich.providers"
"""The entry point group. Each entry is a factory: `ProviderContext -> Provider`."""


def plugin_names() -> frozenset[str]:
    """The names of all installed plugins; none of them is imported."""
    return frozenset(entry.name for entry in entry_points(group=GROUP))


def load_plugins(names: Collection[str], context: ProviderContext) -> Mapping[str, Provider]:
    """The providers of those plugins that `names` names; a name that none has is left out.

    Only what is named is imported. Raises `ConfigError`, naming the plugin and its package, where
    one cannot be imported or made, or is not what it says.
    """
    chosen: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        if entry.name not in names:
            continue
        if entry.name in chosen:
            both = f"{_package(chosen[entry.name])} and {_package(entry)}"
            raise ConfigError(
                f"provider {entry.name} comes from {both}", hint="uninstall one of the two"
            )
        chosen[entry.name] = entry
    return {name: _made(chosen[name], context) for name in sorted(chosen)}


def _made(entry: EntryPoint, context: ProviderContext) -> Provider:
    who = f"provider {entry.name} (from {_package(entry)})"
    try:
        provider = entry.load()(context)
        spec = provider.spec
        callable_ = callable(provider.fetch) and callable(provider.reread)
    except EnrichError:
        raise
    except Exception as exc:  # not our code: it may fail in any way
        reason = f"{type(exc).__name__}: {exc}".splitlines()[0]
        raise ConfigError(f"{who} cannot be loaded: {reason}", hint=_HINT) from exc
    if not isinstance(spec, ProviderSpec) or not callable_:
        raise ConfigError(f"{who} is not a provider: it needs spec, fetch and reread", hint=_HINT)
    if spec.name != entry.name:
        raise ConfigError(f"{who} calls itself {spec.name}", hint=_HINT)
    return cast("Provider", provider)


_HINT = "leave the provider out, or mend or uninstall its package"


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.value
