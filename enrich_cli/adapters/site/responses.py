"""What is read of a response, how far, and what a failed request means for the site."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import aiohttp
import httpx

from enrich_cli.adapters.guard import AddressRefusedError
from enrich_cli.adapters.http_errors import translated
from enrich_cli.adapters.site.facts import Mark
from enrich_cli.domain.outcome import Gap, Reason

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_UNCHANGED, _MAX_MARK = 304, 200
_FORBIDDEN = frozenset((401, 403, 451))
_HTML = re.compile(r"\s*(?:text/(?:html|plain)|application/xhtml\+xml)\s*(?:;|$)", re.IGNORECASE)


class Next(Enum):
    """What is worth trying after a page that could not be had."""

    NOTHING = auto()
    OTHER_HOST = auto()  # this host has no page for us, whatever the scheme
    ONCE_MORE = auto()  # no connection in time: one other way is worth the wait, and no third
    ANY = auto()  # the connection failed: another scheme may do


class NoPageError(Exception):
    """A page that could not be had."""

    def __init__(self, detail: str, gap: Gap = Gap.NOT_FOUND, then: Next = Next.NOTHING) -> None:
        super().__init__(detail)
        self.detail, self.gap, self.then = detail, gap, then


@dataclass(frozen=True, slots=True)
class Response:
    """One response. `location` is where it sends the visitor on to, if it does.

    `mark` is by what the server tells whether the page has changed, if it does.
    """

    url: str
    status: int
    content_type: str
    body: bytes
    location: str | None = None
    mark: Mark | None = None

    @property
    def unchanged(self) -> bool:
        """Whether the page is as it was when it had the mark that was shown."""
        return self.status == _UNCHANGED


async def received(response: aiohttp.ClientResponse, url: str, most: int) -> Response:
    """The response to a request for `url`, with at most `most` bytes of its body, unpacked."""
    headers, status = response.headers, response.status
    type_ = headers.get("Content-Type", "")
    location = headers.get("Location", "") if status in _REDIRECTS else ""
    if location:
        # Bytes that are no UTF-8 are Latin-1, as browsers take them.
        location = location.encode("utf-8", "surrogateescape").decode("latin-1")
        with suppress(UnicodeError):
            location = location.encode("latin-1").decode("utf-8")
        try:
            target = httpx.URL(url).join(location).copy_with(fragment=None)
        except (httpx.InvalidURL, ValueError) as error:
            raise NoPageError("redirects to what is no address") from error
        return Response(url, status, type_, b"", str(target))
    body = await _body(response, most) if status == 200 else b""
    return Response(url, status, type_, body, mark=_mark(url, headers))


def _mark(url: str, headers: Mapping[str, str]) -> Mark | None:
    etag, modified = (headers.get(name, "").strip() for name in ("ETag", "Last-Modified"))
    etag, modified = (_shown(etag), _shown(modified))
    return Mark(url, etag, modified) if etag or modified else None


def _shown(value: str) -> str:
    """A header's value as it may be sent back, else nothing."""
    return value if value.isascii() and value.isprintable() and len(value) <= _MAX_MARK else ""


async def _body(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The body, unpacked, as far as `most` bytes; nor are more than that taken off the wire.

    It is never unpacked any further, whatever it would come to.
    """
    packed = response.headers.get("Content-Encoding", "").strip().lower()
    if packed not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise NoPageError(f"packed in a way that was not asked for: {packed[:40]}")
    if packed in ("", "identity"):
        return await _plain_body(response.content, most)
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
    body, taken = bytearray(), 0
    async for chunk in response.content.iter_any():
        room = most - len(body)
        try:
            body += unpack.decompress(chunk, room)
        except zlib.error as error:
            if taken and not body:
                raise NoPageError("packed in a way that nobody can unpack") from error
            if body:
                break
            body, unpack = _without_header(chunk, most)
        taken += len(chunk)
        if len(body) >= most or taken >= most or unpack.eof:
            break
    return bytes(body)


async def _plain_body(content: aiohttp.StreamReader, most: int) -> bytes:
    chunks, room = list[bytes](), most
    while room > 0 and (chunk := await content.readany()):
        chunks.append(chunk[:room])
        room -= len(chunk)
    return b"".join(chunks)


def _without_header(chunk: bytes, most: int) -> tuple[bytearray, Any]:
    """The start of a body in deflate as some servers send it, without the header of zlib."""
    unpack = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        return bytearray(unpack.decompress(chunk, most)), unpack
    except zlib.error as error:
        raise NoPageError("packed in a way that nobody can unpack") from error


def readable(response: Response) -> Response:
    """The response, if it is a page. Raises NoPageError."""
    if response.unchanged:
        return response
    if response.status in _FORBIDDEN:
        raise NoPageError(f"HTTP {response.status}", Gap.FORBIDDEN)
    if response.status != 200:
        raise NoPageError(f"HTTP {response.status}", then=Next.OTHER_HOST)
    start = response.body[:1_024].lstrip()
    if not (
        _HTML.match(response.content_type) or (not response.content_type and start.startswith(b"<"))
    ):
        raise NoPageError(f"no page, but {response.content_type[:60] or 'something unnamed'}")
    if start.count(b"\0") > 8 and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NoPageError("no page, but something binary")
    return response


def unreached(error: BaseException) -> NoPageError:
    """What a failed request means for the site."""
    chain = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    if refused := next((e for e in chain if isinstance(e, AddressRefusedError)), None):
        return NoPageError(f"not to be reached: {refused}", then=Next.OTHER_HOST)
    if any(isinstance(e, aiohttp.ClientConnectorDNSError) for e in chain):
        return NoPageError("the name is not found", then=Next.OTHER_HOST)
    meaning = translated(error)
    then = Next.ANY
    if meaning.reason is Reason.TIMEOUT:  # who takes a request and is silent stays so
        then = Next.NOTHING if meaning.sent else Next.ONCE_MORE
    return NoPageError(meaning.detail, then=then)
