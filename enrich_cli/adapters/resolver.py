"""Looks up the names of hosts and hands on public addresses only; see `guard`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from enrich_cli.adapters.guard import AddressRefusedError, allowed

# More at once than asyncio's own pool has: a run looks up thousands of names, mostly waiting.
_THREADS = 64


class GuardedResolver(AbstractResolver):
    """Looks names up in threads of its own and hands on only the addresses that are allowed.

    `exempt` holds (host, port) pairs that may lie anywhere: the proxies that the user configured.
    `lookup` is `socket.getaddrinfo` or what stands in for it; it may block.
    """

    def __init__(
        self,
        *,
        exempt: Collection[tuple[str, int]] = (),
        lookup: Callable[..., Iterable[tuple[Any, ...]]] = socket.getaddrinfo,
    ) -> None:
        self._exempt = frozenset(exempt)
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="enrich-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The public addresses of `host`.

        Raises AddressRefusedError where it has addresses but no public one, OSError where it
        has none.
        """
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._addresses, host, port, family
        )
        results = [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, address in found
            if (host, port) in self._exempt or allowed(address)
        ]
        if found and not results:
            raise AddressRefusedError(f"{host} has no public address")
        if not found:
            raise OSError(None, f"{host} has no address")
        return results

    def _addresses(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> list[tuple[socket.AddressFamily, str]]:
        try:
            infos = self._lookup(
                host, port, family, socket.SOCK_STREAM, socket.IPPROTO_TCP, socket.AI_ADDRCONFIG
            )
        except UnicodeError as error:  # what getaddrinfo says of labels that no name can have
            raise OSError(None, f"{host[:80]} is no name that can be looked up") from error
        found: list[tuple[socket.AddressFamily, str]] = []
        for kind, *_, place in infos:
            if kind not in (socket.AF_INET, socket.AF_INET6) or not isinstance(place, tuple):
                continue
            zone = place[3] if len(place) > 3 else 0
            # Only link-local addresses have a zone, and one with a zone is never allowed.
            address = f"{place[0]}%{zone}" if zone and "%" not in place[0] else place[0]
            found.append((socket.AddressFamily(kind), address))
        return found

    async def close(self) -> None:
        """Take no more names; look-ups under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)
