"""One HTTP call of a declared provider: the key in its place, redirects, limits, errors."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from enrich_cli.adapters.clients import CONNECT_TIMEOUT, Wire
from enrich_cli.adapters.hiding import Hidden
from enrich_cli.adapters.http_errors import FOREIGN, translated
from enrich_cli.adapters.recipe import Auth, AuthKind
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.outcome import Reason
from enrich_cli.domain.provider import ProviderError, ProviderSpec

MAX_BODY = 32 << 20
"""Bytes of a reply, decompressed, that are read at most."""

MAX_REDIRECTS = 5

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_SAME_METHOD = frozenset((307, 308))
_ENCODINGS = frozenset(("identity", "gzip", "deflate"))


@dataclass(frozen=True, slots=True)
class Received:
    """A whole reply."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Key:
    """A provider's key and where it goes. Its text shows in no `repr`; without one it is false."""

    __slots__ = ("_auth", "_hidden", "_text", "_value")

    def __init__(self, spec: ProviderSpec, auth: Auth | None, text: str | None) -> None:
        self._auth = auth
        self._text = (text or "").strip() if auth else ""
        if not (self._text.isascii() and self._text.isprintable()):
            raise ConfigError(f"{spec.key_env}: the key has characters that no key can have")
        value = auth.format.replace("{key}", self._text) if auth else ""
        if auth and auth.basic:
            value = "Basic " + base64.b64encode(value.encode()).decode()
        self._value = value
        self._hidden = Hidden(self._text, value.removeprefix("Basic ")) if self._text else None

    def __repr__(self) -> str:
        return "Key(hidden)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def in_headers(self, headers: CIMultiDict[str]) -> CIMultiDict[str]:
        """Headers with the key, where it goes there."""
        if not (self._text and self._auth and self._auth.kind is AuthKind.HEADER):
            return headers
        signed = headers.copy()
        signed[self._auth.name] = self._value
        return signed

    def in_url(self, url: URL) -> URL:
        """An address with the key, where it goes there."""
        if not (self._text and self._auth and self._auth.kind is AuthKind.QUERY):
            return url
        # Where the address of a next page repeats the key, that is blotted out by now.
        if self._auth.name in url.query:
            url = url.without_query_params(self._auth.name)
        pair = f"{quote(self._auth.name, safe='')}={quote(self._value, safe='')}"
        text = str(url)
        return URL(f"{text}{'&' if '?' in text else '?'}{pair}", encoded=True)

    def in_body(self, body: object) -> object:
        """A JSON body with the key, where it goes there."""
        if self._text and self._auth and self._auth.kind is AuthKind.BODY:
            return {**(body if isinstance(body, dict) else {}), self._auth.name: self._value}
        return body

    def scrubbed(self, body: bytes) -> bytes:
        """A reply without the key, in case that the provider repeats it."""
        return self._hidden.blotted(body) if self._hidden else body


class Caller:
    """Sends the requests of one provider.

    With a key it follows redirects within the origin only. Without one each hop to another origin
    passes `guard`, which raises an OSError for an address that may not be reached, and leaves by
    `onward`.
    """

    def __init__(
        self,
        spec: ProviderSpec,
        key: Key,
        wire: Wire,
        *,
        onward: Wire,
        guard: Callable[[str], None],
    ) -> None:
        self._key = key
        self._wire = wire
        self._onward = onward
        self._guard = guard
        timeout = spec.limits.timeout
        # Every silence is at most `timeout` long, and so is the whole, but for the connecting.
        self._whole = timeout + CONNECT_TIMEOUT
        self._timeout = aiohttp.ClientTimeout(
            sock_connect=min(timeout, CONNECT_TIMEOUT), sock_read=timeout
        )

    async def send(
        self, method: str, url: str, headers: CIMultiDict[str], content: bytes | None
    ) -> Received:
        """The reply to one request. Raises `ProviderError` where none comes, or no whole one.

        The address is sent as it is, so it must be encoded.
        """
        try:
            async with asyncio.timeout(self._whole):
                return await self._follow(method, URL(url, encoded=True), headers, content)
        except FOREIGN as exc:
            # What aiohttp says of some errors has the address in it, and so may have the key.
            raise translated(exc) from (None if self._key else exc)

    async def _follow(
        self, method: str, url: URL, headers: CIMultiDict[str], content: bytes | None
    ) -> Received:
        wire = self._wire
        for _ in range(MAX_REDIRECTS + 1):
            signed = self._key.in_headers(headers)
            keyed = self._key.in_url(url)
            response = await wire.request(method, keyed, signed, content, self._timeout)
            async with response:
                target = response.headers.get("Location") if response.status in _REDIRECTS else None
                if target is None:
                    body = self._key.scrubbed(await _body(response))
                    return Received(response.status, response.headers, body)
            here, url = url, _joined(url, target)
            if here.origin() != url.origin():
                self._check_hop(url)
                wire = self._onward
            if response.status not in _SAME_METHOD:
                method, content = "GET", None
        raise ProviderError(Reason.GARBAGE, "too many redirects")

    def _check_hop(self, url: URL) -> None:
        if self._key:
            detail = f"redirects to {url.host}, where its key does not go"
            raise ProviderError(Reason.AUTH, detail)
        try:
            self._guard(str(url))
        except OSError as exc:
            detail = "redirects to an address that may not be reached"
            raise ProviderError(Reason.UNREACHABLE, detail) from exc


async def _body(response: aiohttp.ClientResponse) -> bytes:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in _ENCODINGS:
        raise ProviderError(Reason.GARBAGE, "reply in an encoding not asked for", sent=True)
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in response.content.iter_any():
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY:
                raise ProviderError(Reason.GARBAGE, f"reply above {MAX_BODY} bytes", sent=True)
    except FOREIGN:
        if 200 <= response.status < 300:
            raise
        return b""  # the status says enough
    return b"".join(chunks)


def _joined(url: URL, target: str) -> URL:
    try:
        joined = url.join(URL(target))
        joined.origin()
    except ValueError as exc:
        raise ProviderError(Reason.GARBAGE, "redirects to what is no web address") from exc
    return joined
