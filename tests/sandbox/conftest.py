"""A sandbox that runs in a thread, and a client for which it is the whole internet."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from enrich_cli.sandbox.server import Options, listening

Start = Callable[[Options], httpx.Client]


class ToSandbox(httpx.BaseTransport):
    """Sends every request to the sandbox, with the true host in its Host header."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        self._inner = httpx.HTTPTransport(verify=False)  # it speaks HTTP alone

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        there = request.url.copy_with(scheme="http", host=self._url.host, port=self._url.port)
        headers = {**request.headers, "X-Forwarded-Proto": request.url.scheme}
        return self._inner.handle_request(
            httpx.Request(
                request.method,
                there,
                headers=headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )

    def close(self) -> None:
        self._inner.close()


@contextmanager
def in_thread(options: Options | None = None) -> Iterator[str]:
    """The address of a sandbox that runs until the block ends."""
    ready: queue.Queue[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = queue.Queue()

    async def run() -> None:
        stop = asyncio.Event()
        async with listening(0, options) as running:
            ready.put((running.url, asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    url, loop, stop = ready.get(timeout=10)
    try:
        yield url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    """One sandbox for all tests of a module."""
    with in_thread() as url:
        yield url


@pytest.fixture
def web(sandbox_url: str) -> Iterator[httpx.Client]:
    """A client of it, with the books and the faults cleared."""
    with httpx.Client(transport=ToSandbox(sandbox_url), base_url=sandbox_url) as client:
        client.post("/_faults", json=[])
        client.post("/_reset")
        yield client


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a sandbox with other options, for one test."""
    with ExitStack() as stack:

        def started(options: Options) -> httpx.Client:
            url = stack.enter_context(in_thread(options))
            client = httpx.Client(transport=ToSandbox(url), base_url=url)
            return stack.enter_context(client)

        yield started
