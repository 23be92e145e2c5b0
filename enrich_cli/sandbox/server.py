"""The sandbox's HTTP server: one loopback port that plays the whole internet.

A call is played by the host that it names in its `Host` header, in an absolute request target
(as a proxy gets it), or in a first path segment `/@host` (for those who set a base address by
hand). Paths under `/_` are the controls: `GET /_stats`, `POST /_reset`, `GET` and `POST /_faults`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from enrich_cli.domain.money import Money
from enrich_cli.sandbox import faults, sites
from enrich_cli.sandbox.books import Books
from enrich_cli.sandbox.faults import Fault, FaultKind
from enrich_cli.sandbox.play import Reply, Request, dump
from enrich_cli.sandbox.players import PLAYERS, player_for

_OWN_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]", ""})
_GARBAGE = b"\xef\xbf\xbd<<%PDF-1.7 this is not what you asked for {[\x00"


@dataclass(frozen=True, slots=True)
class Options:
    """How the sandbox behaves.

    Web pages are padded to `page_bytes`; without `slow_sites` none takes its time. `prices`
    replace the vendors' own, by player and for a hit.
    """

    page_bytes: int = 0
    slow_sites: bool = True
    prices: Mapping[str, Money] = field(default_factory=dict)


class Sandbox:
    """Plays calls, keeps the books and makes the faults that were ordered."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        listed = {name: price for player in PLAYERS for name, price in player.prices.items()}
        self.books = Books({**listed, **self.options.prices})
        self.faults: list[Fault] = []
        self.closing = asyncio.Event()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one HTTP request."""
        target = _Target.of(request)
        if target.path.startswith("/_"):
            return await self._control(request, target)
        if target.host in _OWN_HOSTS:
            return _response(_INDEX)
        self.books.enter()
        try:
            body = await request.read() if request.can_read_body else b""
            return await self._played(request, target, body)
        finally:
            self.books.leave()

    async def _played(
        self, request: web.BaseRequest, target: _Target, body: bytes
    ) -> web.StreamResponse:
        call = Request(
            method=request.method,
            host=target.host,
            path=unquote(target.path) if "%" in target.path else target.path,
            query=dict(parse_qsl(target.query)) if target.query else {},
            headers=request.headers,
            body=body,
            secure=target.secure,
        )
        player = player_for(target.host)
        if player:
            reply, refusals = player.play(call), player.refusals
        else:
            reply, refusals = sites.play(call, self.options.page_bytes), sites.REFUSALS
        reply = target.relative(reply)
        fault = self._fault(target.host, reply.player) if self.faults else None
        answered = fault is None or fault.done
        self.books.note(reply, answered=answered, faulty=fault is not None)
        if fault is not None:
            if fault.ms:
                await asyncio.sleep(fault.ms / 1000)
            if fault.kind is not FaultKind.LATENCY:
                return await self._failed(request, fault, reply, refusals.get(fault.kind))
        if reply.reset:
            return _broken(request)
        if reply.delay and (player or self.options.slow_sites):
            await asyncio.sleep(reply.delay)
        return _response(reply)

    def _fault(self, host: str, player: str) -> Fault | None:
        """The fault that strikes this call: all of them count it, the first one wins."""
        struck = [fault for fault in self.faults if fault.strikes(host, player)]
        if not struck:
            return None
        struck[0].struck += 1
        return struck[0]

    async def _failed(
        self, request: web.BaseRequest, fault: Fault, reply: Reply, refusal: Reply | None
    ) -> web.StreamResponse:
        if refusal is not None:
            if fault.retry_after:
                wait = ("Retry-After", fault.retry_after)
                refusal = replace(refusal, headers=(*refusal.headers, wait))
            return _response(refusal)
        if fault.kind is FaultKind.STALL:
            await self.closing.wait()
        elif fault.kind is FaultKind.GARBAGE:
            return _response(replace(reply, status=200, body=_GARBAGE, headers=()))
        elif fault.kind is FaultKind.TRUNCATED:
            return await _half(request, reply)
        return _broken(request)

    async def _control(self, request: web.BaseRequest, target: _Target) -> web.StreamResponse:
        what = (request.method, target.path)
        if what == ("GET", "/_stats"):
            brief = dict(parse_qsl(target.query)).get("brief") in ("1", "true")
            return _json(self.books.as_json(brief=brief))
        if what == ("POST", "/_reset"):
            self.books.reset()
            return _json({"ok": True})
        if what == ("POST", "/_faults"):
            try:
                self.faults = faults.parse(
                    Request("POST", "", "", body=await request.read()).json()
                )
            except ValueError as error:
                return _json({"error": str(error)}, status=400)
        elif what != ("GET", "/_faults"):
            return _json({"error": "known are /_stats, /_reset and /_faults"}, status=404)
        return _json([fault.as_json() for fault in self.faults])


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a request goes: the host to play, the path there, and how it was named."""

    host: str
    path: str
    query: str
    secure: bool
    by_path: bool

    @classmethod
    def of(cls, request: web.BaseRequest) -> _Target:
        raw, host, by_path = request.raw_path, request.headers.get("Host", ""), False
        secure = request.headers.get("X-Forwarded-Proto", "https") != "http"
        if raw.startswith("http://"):
            host, _, rest = raw[7:].partition("/")
            raw, secure = "/" + rest, False
        path, _, query = raw.partition("?")
        if path.startswith("/@"):
            host, _, rest = path[2:].partition("/")
            path, by_path = "/" + rest, True
        host = host.lower()
        if ":" in host and not host.endswith("]"):
            host = host.rpartition(":")[0]
        return cls(host, path, query, secure, by_path)

    def relative(self, reply: Reply) -> Reply:
        """`reply`, but a redirect of one who came by `/@host` stays on this server."""
        if not self.by_path or reply.status not in (301, 302):
            return reply
        headers = tuple(
            (name, f"/@{value.partition('//')[2]}" if "//" in value else f"/@{self.host}{value}")
            if name == "Location"
            else (name, value)
            for name, value in reply.headers
        )
        return replace(reply, headers=headers)


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that listens at `url`."""

    url: str
    sandbox: Sandbox


@asynccontextmanager
async def listening(port: int = 0, options: Options | None = None) -> AsyncIterator[Running]:
    """Listen on loopback until the block ends; port 0 takes a free one. Raises OSError."""
    loop = asyncio.get_running_loop()
    sandbox = Sandbox(options)
    server = web.Server(
        sandbox,
        access_log=None,
        handler_cancellation=True,  # a caller who hangs up ends a stall
        keepalive_timeout=75,
        lingering_time=0,
    )

    def connected() -> asyncio.Protocol:
        sandbox.books.connections += 1
        return server()

    listener = await loop.create_server(connected, "127.0.0.1", port, backlog=4096)
    try:
        yield Running(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", sandbox)
    finally:
        listener.close()
        sandbox.closing.set()
        server.pre_shutdown()
        await server.shutdown(timeout=1)


def _response(reply: Reply) -> web.Response:
    headers = dict(reply.headers)
    headers["Content-Type"] = reply.type
    return web.Response(status=reply.status, body=reply.body, headers=headers)


def _json(value: object, status: int = 200) -> web.Response:
    return _response(Reply(status, dump(value)))


def _broken(request: web.BaseRequest) -> web.StreamResponse:
    """Break the connection with a reset; what is returned goes nowhere."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.StreamResponse()


async def _half(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    """Send half of the body that the header promises, then close."""
    response = web.StreamResponse(status=reply.status or 200, headers=dict(reply.headers))
    response.content_type = reply.type.partition(";")[0]
    response.content_length = max(len(reply.body), 2)
    await response.prepare(request)
    await response.write(reply.body[: max(len(reply.body) // 2, 1)] or b" ")
    if request.transport is not None:
        request.transport.close()
    return response


_INDEX = Reply(
    200,
    "\n".join(
        (
            "The sandbox of enrich: fictional providers and websites on one port.",
            "",
            "Name the host to speak to in the Host header, or as the first part of the path:",
            "    curl -H 'Host: bluefin-robotics.example' http://127.0.0.1:PORT/",
            "    curl 'http://127.0.0.1:PORT/@api.hunter.io/v2/companies/find?domain=acme.example'",
            "",
            "Vendors: " + ", ".join(host for player in PLAYERS for host in player.hosts),
            "Every other host is a company's website.",
            "Controls: GET /_stats, POST /_reset, GET and POST /_faults",
            "",
        )
    ).encode(),
    "text/plain",
)
