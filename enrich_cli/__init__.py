"""Enrich tables of companies and people: each entity once, cheapest source first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enrich_cli.api import Enriched, enrich

__version__ = "0.1.0"
__all__ = ["Enriched", "__version__", "enrich"]


def __getattr__(name: str) -> object:
    """The public functions, loaded when they are first asked for: the command needs none."""
    if name in ("Enriched", "enrich"):
        from importlib import import_module

        return getattr(import_module("enrich_cli.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
