"""Connections on real sockets: what breaks them, proxies, certificates, the sandbox's detour."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import aiohttp
import certifi
import httpx
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_reqrep import ConnectionKey
from multidict import CIMultiDict
from yarl import URL

from enrich_cli.adapters.calls import Caller, Key
from enrich_cli.adapters.clients import (
    Connections,
    SandboxTransport,
    api_transport,
    client_over,
    sandbox_transport,
    trust,
    web_transport,
)
from enrich_cli.adapters.guard import AddressRefusedError
from enrich_cli.adapters.http import HttpProvider
from enrich_cli.adapters.http_errors import httpx_errors, translated
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.outcome import Reason
from enrich_cli.domain.provider import ProviderError
from tests.adapters.spec_kit import (
    KEY,
    MINIMAL,
    StoppedClock,
    always,
    load,
    permit,
    provider,
    query,
    serving,
    speaking,
)
from tests.fakes import in_virtual_time

TLS = Path(__file__).parent / "tls"  # made for these tests; names localhost and api.acme.example
FAST = MINIMAL.replace("[request]", '[limits]\ntimeout = "0.3s"\n[request]')
Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


async def refusal(asked: HttpProvider) -> ProviderError:
    """The error that comes in place of an answer."""
    with pytest.raises(ProviderError) as raised:
        await asked.fetch([query()])
    return raised.value


# What breaks


async def silent(reader: Reader, writer: Writer) -> None:
    await reader.read()


async def closing(reader: Reader, writer: Writer) -> None:
    await reader.readuntil(b"\r\n\r\n")


def resetting(first: bytes) -> Callable[[Reader, Writer], Awaitable[None]]:
    async def speak(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(first)
        await writer.drain()
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return speak


def saying(words: bytes) -> Callable[[Reader, Writer], Awaitable[None]]:
    async def speak(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(words)
        await writer.drain()

    return speak


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"


@pytest.mark.parametrize(
    ("speak", "reasons", "sent"),
    [
        (silent, {Reason.TIMEOUT}, True),
        (closing, {Reason.UNREACHABLE}, True),
        (resetting(b""), {Reason.UNREACHABLE}, True),
        (resetting(OK + b'{"name": '), {Reason.GARBAGE, Reason.UNREACHABLE}, True),
        (saying(OK + b'{"name": '), {Reason.GARBAGE}, True),
        (saying(b"HTTP/1.1 200 OK\r\n\r\n" + b'{"name": '), {Reason.GARBAGE}, True),
        (saying(b"no such thing as HTTP\r\n\r\n"), {Reason.GARBAGE}, True),
        (saying(OK.replace(b"200 OK", b"500 Oh")), {Reason.SERVER_ERROR}, False),
        (saying(OK.replace(b"200 OK", b"401 No")), {Reason.AUTH}, False),
    ],
)
def test_servers_that_misbehave(
    tmp_path: Path,
    speak: Callable[[Reader, Writer], Awaitable[None]],
    reasons: set[Reason],
    sent: bool,
) -> None:
    async def main() -> ProviderError:
        async with speaking(speak) as base, provider(load(tmp_path, FAST, base)) as asked:
            return await refusal(asked)

    error = asyncio.run(main())
    assert error.reason in reasons
    assert error.sent is sent


def test_a_port_where_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, but not listening: refused, and nobody else's
        base = f"http://127.0.0.1:{held.getsockname()[1]}"

        async def main() -> ProviderError:
            async with provider(load(tmp_path, MINIMAL, base)) as asked:
                return await refusal(asked)

        error = asyncio.run(main())
    assert (error.reason, error.sent) == (Reason.UNREACHABLE, False)


def test_a_kept_connection_that_breaks_is_not_asked_again_in_silence(tmp_path: Path) -> None:
    asked_for: list[bytes] = []

    async def speak(reader: Reader, writer: Writer) -> None:
        asked_for.append(await reader.readuntil(b"\r\n\r\n"))
        if len(asked_for) == 1:
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"name":"A"}')
            asked_for.append(await reader.readuntil(b"\r\n\r\n"))

    async def main() -> ProviderError:
        async with speaking(speak) as base, provider(load(tmp_path, MINIMAL, base)) as asked:
            await asked.fetch([query("one.example")])
            return await refusal(asked)

    error = asyncio.run(main())
    assert (error.reason, error.sent) == (Reason.UNREACHABLE, True)
    assert len(asked_for) == 2


def test_an_answer_that_never_ends_is_given_up(tmp_path: Path) -> None:
    class Endless:
        async def request(self, *args: object) -> aiohttp.ClientResponse:
            await asyncio.Event().wait()
            raise AssertionError

    spec = load(tmp_path, FAST).spec
    caller = Caller(spec, Key(spec, None, None), Endless(), onward=Endless(), guard=permit)

    async def main() -> tuple[ProviderError, float]:
        with pytest.raises(ProviderError) as raised:
            await caller.send("GET", "http://x.example/", CIMultiDict(), None)
        return raised.value, asyncio.get_running_loop().time()

    error, seconds = in_virtual_time(main())
    assert (error.reason, error.sent) == (Reason.TIMEOUT, True)
    assert seconds == pytest.approx(10.3)


def test_what_is_known_before_the_request_leaves_has_not_been_sent() -> None:
    place = ConnectionKey("x.example", 443, True, True, None, None, None)
    refused = OSError(111, "refused")
    for exc, reason in (
        (aiohttp.ClientConnectorError(place, refused), Reason.UNREACHABLE),
        (aiohttp.ClientConnectorDNSError(place, refused), Reason.UNREACHABLE),
        (aiohttp.ClientProxyConnectionError(place, refused), Reason.UNREACHABLE),
        (aiohttp.ClientConnectorSSLError(place, refused), Reason.UNREACHABLE),
        (aiohttp.ConnectionTimeoutError(), Reason.TIMEOUT),
        (aiohttp.InvalidURL("http://["), Reason.BAD_INPUT),
        (httpx.ConnectTimeout(""), Reason.TIMEOUT),
        (httpx.PoolTimeout(""), Reason.TIMEOUT),
        (httpx.ConnectError(""), Reason.UNREACHABLE),
        (httpx.UnsupportedProtocol(""), Reason.BAD_INPUT),
        (httpx.InvalidURL(""), Reason.BAD_INPUT),
    ):
        error = translated(exc)
        assert (error.reason, error.sent) == (reason, False), exc


def test_whatever_else_happens_may_have_been_sent() -> None:
    for exc in (
        aiohttp.SocketTimeoutError(),
        aiohttp.ServerTimeoutError(),
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientOSError(104, "reset"),
        aiohttp.ClientPayloadError(),
        aiohttp.ClientError(),
        httpx.ReadTimeout(""),
        httpx.WriteTimeout(""),
        httpx.ReadError(""),
        httpx.RemoteProtocolError(""),
        httpx.DecodingError(""),
        TimeoutError(),
        ConnectionResetError(),
    ):
        assert translated(exc).sent, exc


def test_the_adapters_own_names_are_looked_through() -> None:
    """The adapter calls a connection lost after sending a time-out while connecting."""
    with pytest.raises(ProviderError) as raised, httpx_errors():
        raise httpx.ConnectTimeout("") from aiohttp.ServerDisconnectedError()
    assert (raised.value.reason, raised.value.sent) == (Reason.UNREACHABLE, True)


def test_the_httpx_way_has_the_same_errors() -> None:
    async def main(speak: Callable[[Reader, Writer], Awaitable[None]]) -> ProviderError:
        async with speaking(speak) as base:
            async with client_over(api_transport(5, {}), "enrich/test", timeout=0.3) as client:
                with pytest.raises(ProviderError) as raised, httpx_errors():
                    await client.get(base)
            return raised.value

    for speak, reason in ((silent, Reason.TIMEOUT), (closing, Reason.UNREACHABLE)):
        error = asyncio.run(main(speak))
        assert (error.reason, error.sent) == (reason, True)


# Proxies


@asynccontextmanager
async def proxying(port: int, seen: list[str]) -> AsyncIterator[str]:
    """A proxy that takes whatever it is asked for from one port of this machine."""

    async def copy(reader: Reader, writer: Writer) -> None:
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
        writer.close()

    async def speak(reader: Reader, writer: Writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        line = head.split(b"\r\n")[0].decode()
        password = [part for part in head.split(b"\r\n") if part.startswith(b"Proxy-Auth")]
        seen.append(" ".join([line, *(part.decode() for part in password)]))
        there, back = await asyncio.open_connection("127.0.0.1", port)
        if line.startswith("CONNECT"):
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            method, url, version = line.split()
            plain = f"{method} {URL(url).raw_path_qs} {version}".encode()
            back.write(head.replace(line.encode(), plain))
        await asyncio.gather(copy(reader, back), copy(there, writer))

    async with speaking(speak) as address:
        yield address


async def fetched(transport: Connections | SandboxTransport, loaded_base: str, folder: Path) -> str:
    """Ask once by the short way and once by httpx; both must come through."""
    loaded = load(folder, MINIMAL, loaded_base)
    asked = HttpProvider(
        loaded.spec,
        loaded.recipe,
        transport,
        None,
        user_agent="enrich/test",
        clock=StoppedClock(),
        guard=permit,
    )
    got = await asked.fetch([query()])
    client = client_over(transport, "enrich/test")
    assert (await client.get(f"{loaded_base}/plain")).json() == {"name": "Acme"}
    return str(got.items[0].outcome)


def test_the_environments_proxy_is_used_and_looks_names_up(tmp_path: Path) -> None:
    seen: list[str] = []

    class Nobody(AbstractResolver):
        async def resolve(self, *args: object, **kwargs: object) -> list[ResolveResult]:
            raise AssertionError("the proxy looks names up")

        async def close(self) -> None:
            pass

    async def main() -> list[str]:
        async with serving(always({"name": "Acme"})) as served:
            async with proxying(URL(served.base).port or 0, seen) as proxy:
                environ = {"HTTP_PROXY": proxy.replace("//", "//user:pass@")}
                transport = web_transport(5, environ, resolver=Nobody())
                try:
                    assert "Acme" in await fetched(transport, "http://api.acme.example", tmp_path)
                finally:
                    await transport.aclose()
            return [one.headers.get("Proxy-Authorization", "") for one in served.seen]

    assert asyncio.run(main()) == ["Basic dXNlcjpwYXNz"] * 2
    assert seen[0].startswith("GET http://api.acme.example/find?domain=northwind.example HTTP/1.1")


@pytest.mark.parametrize("word", ["*", "127.0.0.1", "127.0.0.0/8", "x.example, 127.0.0.1:PORT"])
def test_no_proxy(tmp_path: Path, word: str) -> None:
    async def main() -> str:
        async with serving(always({"name": "Acme"})) as served:
            environ = {
                "http_proxy": "http://127.0.0.1:1",
                "no_proxy": word.replace("PORT", served.base.rsplit(":", 1)[1]),
            }
            transport = api_transport(5, environ)
            try:
                return await fetched(transport, served.base, tmp_path)
            finally:
                await transport.aclose()

    assert "Acme" in asyncio.run(main())


@pytest.mark.parametrize("word", ["other.example", "27.0.0.1", "127.0.0.1:1", "10.0.0.0/8", ""])
def test_no_proxy_names_others(tmp_path: Path, word: str) -> None:
    async def main() -> ProviderError:
        async with serving(always({"name": "Acme"})) as served:
            environ = {"all_proxy": "http://127.0.0.1:1", "NO_PROXY": word}
            transport = api_transport(5, environ)
            try:
                with pytest.raises(ProviderError) as raised:
                    await fetched(transport, served.base, tmp_path)
                return raised.value
            finally:
                await transport.aclose()

    error = asyncio.run(main())
    assert (error.reason, error.sent, error.detail) == (
        Reason.UNREACHABLE,
        False,
        "proxy unreachable",
    )


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "http://", "http://["])
def test_proxies_that_cannot_be_used(proxy: str) -> None:
    with pytest.raises(ConfigError, match="ALL_PROXY"):
        api_transport(5, {"ALL_PROXY": proxy})


def test_no_password_of_netrc_goes_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    async def main() -> list[Mapping[str, str]]:
        async with serving(always({"name": "Acme"})) as served:
            transport = api_transport(5, {})
            try:
                await fetched(transport, served.base, tmp_path)
            finally:
                await transport.aclose()
            return [seen.headers for seen in served.seen]

    headers = asyncio.run(main())
    assert len(headers) == 2
    assert not any("Authorization" in one for one in headers)


# Certificates


@asynccontextmanager
async def serving_tls() -> AsyncIterator[int]:
    """The port of a server with the tests' own certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(TLS / "server.pem")

    async def speak(reader: Reader, writer: Writer) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"name":"Acme"}')
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def test_the_environments_certificates_are_trusted(tmp_path: Path) -> None:
    async def main() -> str:
        async with serving_tls() as port:
            transport = api_transport(5, {"SSL_CERT_FILE": str(TLS / "cert.pem")})
            try:
                return await fetched(transport, f"https://127.0.0.1:{port}", tmp_path)
            finally:
                await transport.aclose()

    assert "Acme" in asyncio.run(main())


def test_other_certificates_are_not_and_nothing_is_sent(tmp_path: Path) -> None:
    async def main() -> ProviderError:
        async with serving_tls() as port:
            base = f"https://127.0.0.1:{port}"
            async with provider(load(tmp_path, MINIMAL, base)) as asked:
                return await refusal(asked)

    error = asyncio.run(main())
    assert (error.reason, error.sent) == (Reason.UNREACHABLE, False)
    assert "certificate" in error.detail


def test_https_through_a_proxy(tmp_path: Path) -> None:
    seen: list[str] = []

    async def main() -> str:
        async with serving_tls() as port, proxying(port, seen) as proxy:
            environ = {"HTTPS_PROXY": proxy, "SSL_CERT_FILE": str(TLS / "cert.pem")}
            transport = api_transport(5, environ)
            try:
                return await fetched(transport, "https://api.acme.example", tmp_path)
            finally:
                await transport.aclose()

    assert "Acme" in asyncio.run(main())
    assert seen[0] == "CONNECT api.acme.example:443 HTTP/1.1"


def test_certificates_are_not_read_where_nothing_is_secure(tmp_path: Path) -> None:
    def never() -> ssl.SSLContext:
        raise AssertionError("nobody asked for https")

    async def main() -> str:
        async with serving(always({"name": "Acme"})) as served:
            transport = api_transport(5, {}, never)
            try:
                return await fetched(transport, served.base, tmp_path)
            finally:
                await transport.aclose()

    assert "Acme" in asyncio.run(main())


def test_the_trusted_bundle(tmp_path: Path) -> None:
    usual = trust({})
    assert usual() is usual()
    assert usual().verify_mode is ssl.CERT_REQUIRED
    assert trust({"SSL_CERT_FILE": certifi.where()})().check_hostname
    (tmp_path / "empty.pem").write_text("")
    for environ in (
        {"SSL_CERT_FILE": str(tmp_path / "none.pem")},
        {"SSL_CERT_FILE": str(tmp_path / "empty.pem")},
        {"SSL_CERT_DIR": str(tmp_path / "none")},
    ):
        with pytest.raises(ConfigError, match=next(iter(environ))):
            trust(environ)


# Where names lead


def test_a_refusing_resolver_stops_the_request(tmp_path: Path) -> None:
    class Refusing(AbstractResolver):
        async def resolve(self, *args: object, **kwargs: object) -> list[ResolveResult]:
            raise AddressRefusedError("no public address")

        async def close(self) -> None:
            pass

    async def main() -> ProviderError:
        transport = web_transport(5, {}, resolver=Refusing())
        try:
            with pytest.raises(ProviderError) as raised:
                await fetched(transport, "http://inside.example", tmp_path)
            return raised.value
        finally:
            await transport.aclose()

    error = asyncio.run(main())
    assert (error.reason, error.sent) == (Reason.UNREACHABLE, False)


def test_the_sandbox_gets_every_request_with_the_host_that_was_meant(tmp_path: Path) -> None:
    async def main() -> list[tuple[str, str, str]]:
        async with serving(always({"name": "Acme"})) as served:
            transport = sandbox_transport(5, URL(served.base).port or 0)
            try:
                await fetched(transport, "https://api.acme.example", tmp_path)
                client = client_over(transport, "enrich/test")
                await client.post("http://acme.example:8080/x?y=1", json={"z": 1})
            finally:
                await transport.aclose()
            assert served.seen[-1].json == {"z": 1}
            assert all(seen.headers["User-Agent"] == "enrich/test" for seen in served.seen)
            return [
                (seen.headers["X-Forwarded-Proto"], seen.headers["Host"], seen.path)
                for seen in served.seen
            ]

    assert asyncio.run(main()) == [
        ("https", "api.acme.example", "/find?domain=northwind.example"),
        ("https", "api.acme.example", "/plain"),
        ("http", "acme.example:8080", "/x?y=1"),
    ]


def test_a_key_does_not_show_in_the_clients_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = MINIMAL + '[auth]\nenv = "ACME_KEY"\nquery = "api_key"\n'
    caplog.set_level(0)

    async def main() -> None:
        async with serving(always({"name": "Acme"})) as served:
            async with provider(load(tmp_path, text, served.base), KEY) as asked:
                await asked.fetch([query()])
            assert KEY in served.seen[0].path

    asyncio.run(main())
    ours = [line for line in caplog.records if not line.name.startswith("aiohttp.access")]
    assert not any(KEY in line.getMessage() for line in ours)
