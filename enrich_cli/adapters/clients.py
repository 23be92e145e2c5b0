"""HTTP clients: httpx in front, aiohttp's connections behind, proxies and trust as the user set."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Protocol, TypeAlias

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from enrich_cli.domain.errors import ConfigError

CONNECT_TIMEOUT = 10.0
"""Seconds in which a connection must stand; what fails by then has not been sent."""

_DNS_CACHE = 300
# Below the 5 s after which common servers let go of an idle connection: a request that meets such
# a closing has an unknown outcome, and a paid one is not asked again.
_KEEP_ALIVE = 4.0

_PEM = b"-----BEGIN "
_MEND = "mend or unset the variable"

Trust = Callable[[], ssl.SSLContext]


def trust(environ: Mapping[str, str]) -> Trust:
    """The certificates to be trusted: `SSL_CERT_FILE`, `SSL_CERT_DIR`, else those of certifi.

    They are read when they are first asked for, as that takes some 20 ms, and then shared. What
    the environment names is looked at at once: `ConfigError` where it cannot be used.
    """
    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if not file and not folder:
        return cache(lambda: httpx.create_ssl_context(trust_env=False))
    if file and _PEM not in _content("SSL_CERT_FILE", file):
        raise ConfigError(f"SSL_CERT_FILE: {file} holds no certificates", hint=_MEND)
    if folder and not Path(folder).is_dir():
        raise ConfigError(f"SSL_CERT_DIR: there is no folder {folder}", hint=_MEND)
    return cache(lambda: ssl.create_default_context(cafile=file or None, capath=folder or None))


def _content(name: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as exc:
        raise ConfigError(f"{name}: {path}: {exc.strerror}", hint=_MEND) from exc


def api_transport(
    limit: int, environ: Mapping[str, str], trusted: Trust | None = None
) -> Connections:
    """Connections to providers' APIs: few hosts, kept open, at most `limit` at a time."""

    def session(secure: Trust | None, *, direct: bool) -> aiohttp.ClientSession:  # noqa: ARG001
        opened = _session(limit, secure)
        # aiohttp sends a GET again by itself when a kept connection breaks. That may be paid
        # twice, and the layers above know better when to ask again.
        opened._retry_connection = False
        return opened

    return Connections(environ, trusted or trust(environ), session)


def web_transport(
    limit: int,
    environ: Mapping[str, str],
    trusted: Trust | None = None,
    *,
    resolver: AbstractResolver | None = None,
) -> Connections:
    """Connections to websites: very many hosts, whose names `resolver` looks up.

    Where a proxy is used it is the proxy that looks names up, and its own name is the user's.
    """

    def session(secure: Trust | None, *, direct: bool) -> aiohttp.ClientSession:
        return _session(limit, secure, resolver if direct else None)

    return Connections(environ, trusted or trust(environ), session)


def sandbox_transport(limit: int, port: int) -> SandboxTransport:
    """Connections that all end at the sandbox server on this machine, whatever the address."""
    return SandboxTransport(api_transport(limit, {}), port)


def client_over(
    transport: httpx.AsyncBaseTransport, user_agent: str, timeout: float = 30.0
) -> httpx.AsyncClient:
    """An httpx client on such connections, for providers written in Python.

    It follows no redirects unless told to, and waiting for a free connection is no time-out.
    """
    return httpx.AsyncClient(
        transport=transport,
        headers={"User-Agent": user_agent},
        timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT), pool=None),
        trust_env=False,
    )


class Wire(Protocol):
    """Connections as declared providers use them."""

    async def request(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str],
        content: bytes | None,
        timeout: aiohttp.ClientTimeout,
    ) -> aiohttp.ClientResponse:
        """Send one request; the reply's body is still to be read, and the reply to be closed."""


class Pages(Protocol):
    """Connections as the website scraper uses them."""

    async def page(
        self, url: URL, headers: Mapping[str, str], timeout: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        """Ask for one page. Its body comes as it is packed, and no redirect is followed."""


class _Sessions(Protocol):
    def __call__(self, secure: Trust | None, *, direct: bool) -> aiohttp.ClientSession: ...


class Connections(httpx.AsyncBaseTransport):
    """Sends each request directly or through the proxy that the environment has for it.

    Python providers see httpx and its client; `request` is the short way to the same connections,
    at half of the work, for calls that are counted in hundred thousands. aiohttp's own reading of
    the environment costs more than a request, and would send passwords of `.netrc` to any host.
    """

    def __init__(self, environ: Mapping[str, str], trusted: Trust, session: _Sessions) -> None:
        self._proxies = {
            scheme: proxy for scheme in ("http", "https") if (proxy := _proxy(environ, scheme))
        }
        no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
        self._without = [word.strip().lower() for word in no_proxy.split(",") if word.strip()]
        self._trusted = trusted
        self._session = session
        self._ways: dict[tuple[str, bool], _Way] = {}

    async def request(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str],
        content: bytes | None,
        timeout: aiohttp.ClientTimeout,
    ) -> aiohttp.ClientResponse:
        """Send one request; see `Wire`."""
        way = self._way(url.scheme, url.host or "", url.port)
        return await way.session.request(
            method,
            url,
            headers=headers,
            data=content,
            timeout=timeout,
            allow_redirects=False,
            proxy=way.proxy,
        )

    async def page(
        self, url: URL, headers: Mapping[str, str], timeout: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        """Ask for one page; see `Pages`."""
        way = self._way(url.scheme, url.raw_host or "", url.port)
        return await way.session.request(
            "GET",
            url,
            headers=headers,
            timeout=timeout,
            allow_redirects=False,
            auto_decompress=False,
            proxy=way.proxy,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request of httpx."""
        url = request.url
        way = self._way(url.scheme, url.host, url.port or _PORTS.get(url.scheme))
        return await way.transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        for way in self._ways.values():
            await way.session.close()

    def _way(self, scheme: str, host: str, port: int | None) -> _Way:
        direct = scheme not in self._proxies or any(
            _named(word, host.lower(), port) for word in self._without
        )
        way = self._ways.get((scheme, direct))
        if way is None:
            # One pool for http and one for https: certificates are read only where needed.
            session = self._session(self._trusted if scheme == "https" else None, direct=direct)
            way = _Way(session, None if direct else self._proxies[scheme])
            self._ways[scheme, direct] = way
        return way


class SandboxTransport(httpx.AsyncBaseTransport):
    """Sends every request to a port of this machine, with host and scheme that it was meant for."""

    def __init__(self, inner: Connections, port: int) -> None:
        self._inner = inner
        self._port = port

    async def request(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str],
        content: bytes | None,
        timeout: aiohttp.ClientTimeout,
    ) -> aiohttp.ClientResponse:
        """Send one request; see `Wire`."""
        here, meant = self._meant(url, headers)
        return await self._inner.request(method, here, meant, content, timeout)

    async def page(
        self, url: URL, headers: Mapping[str, str], timeout: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        """Ask for one page; see `Pages`."""
        return await self._inner.page(*self._meant(url, headers), timeout)

    def _meant(self, url: URL, headers: Mapping[str, str]) -> tuple[URL, Mapping[str, str]]:
        """The address here, and headers that say which was meant."""
        here = url.with_scheme("http").with_host("127.0.0.1").with_port(self._port)
        return here, {**headers, "Host": url.host_port_subcomponent or "", _SCHEME: url.scheme}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request of httpx."""
        return await self._inner.handle_async_request(
            httpx.Request(
                request.method,
                request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port),
                headers={**request.headers, _SCHEME: request.url.scheme},
                content=await request.aread(),
                extensions=request.extensions,
            )
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


Transport: TypeAlias = Connections | SandboxTransport

# AiohttpTransport reads a bundle of certificates for sessions that it makes itself. It never makes
# one here, so it gets a context that trusts nobody.
_UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_SCHEME = "X-Forwarded-Proto"
_PORTS = {"http": 80, "https": 443}


class _Way:
    """One pool of connections, and the proxy that they all go through."""

    def __init__(self, session: aiohttp.ClientSession, proxy: httpx.Proxy | None) -> None:
        self.session = session
        self.transport = AiohttpTransport(_UNUSED, client=session, proxy=proxy)
        self.proxy = URL(str(proxy.url)) if proxy else None


def _session(
    limit: int, secure: Trust | None, resolver: AbstractResolver | None = None
) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        limit=limit,
        resolver=resolver,
        ttl_dns_cache=_DNS_CACHE,
        keepalive_timeout=_KEEP_ALIVE,
        ssl=secure() if secure else True,
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


def _named(word: str, host: str, port: int | None) -> bool:
    """Whether an entry of NO_PROXY names a host: `*`, its name or one above, `host:port`, CIDR."""
    if "/" in word:
        try:
            return ipaddress.ip_address(host) in ipaddress.ip_network(word, strict=False)
        except ValueError:
            return False
    name = word.lstrip("*").lstrip(".")
    return word == "*" or name in (host, f"{host}:{port}") or host.endswith(f".{name}")


def _proxy(environ: Mapping[str, str], scheme: str) -> httpx.Proxy | None:
    for name in (f"{scheme}_proxy", "all_proxy"):
        address = environ.get(name) or environ.get(name.upper())
        if not address:
            continue
        address = address if "://" in address else f"http://{address}"
        try:
            proxy = httpx.Proxy(address)
            host = URL(address).host
        except (ValueError, httpx.InvalidURL) as exc:
            raise ConfigError(f"{name.upper()}: not the address of an http:// proxy") from exc
        if proxy.url.scheme not in ("http", "https") or not host:
            raise ConfigError(f"{name.upper()}: only http:// and https:// proxies can be used")
        # aiohttp takes name and password from the address; httpx splits them off, and its
        # adapter then hands them over in a way that aiohttp has deprecated.
        proxy.url, proxy.auth = httpx.URL(address), None
        return proxy
    return None
