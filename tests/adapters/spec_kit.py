"""What the tests of declared providers share: a server on this machine, and specs that ask it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import RawTestServer

from enrich_cli.adapters.clients import api_transport
from enrich_cli.adapters.http import HttpProvider
from enrich_cli.adapters.specs import Loaded, load_specs
from enrich_cli.domain.entity import EntityKey, IdKind, Query
from enrich_cli.domain.outcome import Reason
from enrich_cli.domain.provider import ProviderError, Reply

NOW = 1_795_000_000.0  # 2026-11-18 11:06:40 UTC
KEY = "sk-very-secret-0001"
EXAMPLES = Path(__file__).parent / "examples"

MINIMAL = """
name = "acme"
entity = "company"
tier = "cheap"
needs = [["domain"]]
base_url = "BASE"
[request]
path = "/find"
query = { domain = "{domain}" }
[fields]
company_name = "name"
"""

BATCH = """
name = "acme"
entity = "company"
tier = "cheap"
needs = [["domain"]]
base_url = "BASE"
[batch]
size = 10
path = "/bulk"
items = "requests"
item = { site = "{domain}", ref = "{ref}" }
MATCH
[fields]
company_name = "name"
"""


class StoppedClock:
    """A clock that stands."""

    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


@dataclass(frozen=True)
class Seen:
    """One request as the server got it; `path` is as it came over the wire."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Served:
    """A running server: its address, and what it was asked."""

    base: str
    seen: list[Seen] = field(default_factory=list)


Answering = Callable[[Seen], web.StreamResponse]


@asynccontextmanager
async def serving(answer: Answering) -> AsyncIterator[Served]:
    """A server on this machine that answers each request by `answer`."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        seen = Seen(request.method, request.raw_path, request.headers, await request.read())
        served.seen.append(seen)
        return answer(seen)

    server = RawTestServer(handle)
    await server.start_server()
    served = Served(f"http://127.0.0.1:{server.port}")
    try:
        yield served
    finally:
        await server.close()


@asynccontextmanager
async def speaking(
    speak: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """The address of a server that does with each connection what `speak` does."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await speak(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def reply(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A reply with a JSON body, or with bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return web.Response(status=status, body=raw, headers=headers)


def always(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answering:
    """The same reply to everything."""
    return lambda _: reply(body, status, headers)


def query(domain: str | None = "northwind.example", entity: str = "e0", **ids: str) -> Query:
    """A question about a company, by its domain and what else is given."""
    known = {"domain": domain, **ids}
    return Query(
        EntityKey(entity),
        tuple((IdKind(kind), value) for kind, value in known.items() if value is not None),
        frozenset(),
    )


def example(name: str) -> Any:
    """A vendor's documented reply, with made-up values."""
    return json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))


def asking(ids: Mapping[str, str] | Sequence[tuple[str, str]]) -> Query:
    """A question about the entity with these identifiers."""
    known = tuple((IdKind(kind), value) for kind, value in dict(ids).items())
    return Query(EntityKey(str(known)), known, frozenset())


def load(folder: Path, text: str, base: str = "http://127.0.0.1:9") -> Loaded:
    """The one provider in a spec's text, in which BASE stands for its address."""
    (folder / "acme.toml").write_text(text.replace("BASE", base), "utf-8")
    (loaded,) = load_specs([folder], {}).values()
    return loaded


def permit(url: str) -> None:
    """A guard that lets everything pass."""


@asynccontextmanager
async def provider(
    loaded: Loaded,
    key: str | None = None,
    guard: Callable[[str], None] = permit,
) -> AsyncIterator[HttpProvider]:
    """A declared provider with connections of its own."""
    transport = api_transport(10, {})
    try:
        yield HttpProvider(
            loaded.spec,
            loaded.recipe,
            transport,
            key,
            user_agent="enrich/test",
            clock=StoppedClock(),
            guard=guard,
        )
    finally:
        await transport.aclose()


async def finished(one: HttpProvider, queries: Sequence[Query]) -> Reply:
    """What a provider answers at last; one that answers later is looked at until it does."""
    got = await one.fetch(queries)
    while job := got.job:
        assert got.items == ()
        try:
            got = await one.collect(job, queries)
        except ProviderError as error:
            if error.reason is not Reason.PENDING:
                raise
    return got


def ask(
    folder: Path,
    text: str,
    answer: Answering,
    queries: Sequence[Query] | None = None,
    key: str | None = None,
    guard: Callable[[str], None] = permit,
) -> tuple[Reply, list[Seen]]:
    """What a spec makes of a server's answers, and what it asked."""

    async def main() -> tuple[Reply, list[Seen]]:
        async with (
            serving(answer) as served,
            provider(load(folder, text, served.base), key, guard) as asked,
        ):
            return await asked.fetch(queries or [query()]), served.seen

    return asyncio.run(main())


def refused(
    folder: Path,
    text: str,
    answer: Answering,
    queries: Sequence[Query] | None = None,
    key: str | None = None,
    guard: Callable[[str], None] = permit,
) -> ProviderError:
    """The error in place of an answer."""
    try:
        got, _ = ask(folder, text, answer, queries, key, guard)
    except ProviderError as error:
        return error
    raise AssertionError(f"no error, but {got}")
