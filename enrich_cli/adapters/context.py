"""What a provider written in Python is made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from enrich_cli.domain.provider import Clock

if TYPE_CHECKING:
    import httpx

    from enrich_cli.adapters.clients import Pages


@dataclass(frozen=True)
class ProviderContext:
    """What a provider written in Python is made with.

    `web` reaches websites, by guarded addresses; `api` reaches APIs; `options` is what the
    configuration says of the provider, and `allow_private_hosts`, whether the user said so.
    `pages` are the connections below `web`, for whoever reads thousands of sites. The two clients
    are made when they are first looked at: only to know what a provider gives takes none.
    """

    open_web: Callable[[], httpx.AsyncClient]
    open_api: Callable[[], httpx.AsyncClient]
    clock: Clock
    environ: Mapping[str, str]
    options: Mapping[str, object]
    user_agent: str
    pages: Pages

    @cached_property
    def web(self) -> httpx.AsyncClient:
        """The client for websites."""
        return self.open_web()

    @cached_property
    def api(self) -> httpx.AsyncClient:
        """The client for APIs."""
        return self.open_api()
