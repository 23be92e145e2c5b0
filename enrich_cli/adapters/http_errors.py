"""The one table from the HTTP libraries' exceptions to our own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import httpx

from enrich_cli.domain.outcome import Reason
from enrich_cli.domain.provider import ProviderError

# In order, the first that fits: what it is, whether the request had left, and words for it.
# aiohttp comes first: its adapter names a connection lost after sending a time-out while
# connecting, which would make a call that may have been charged look like one that never left.
_TABLE: tuple[tuple[type[BaseException], Reason, bool, str], ...] = (
    (aiohttp.ClientConnectorCertificateError, Reason.UNREACHABLE, False, "certificate refused"),
    (aiohttp.ClientSSLError, Reason.UNREACHABLE, False, "no secure connection"),
    (aiohttp.ClientConnectorDNSError, Reason.UNREACHABLE, False, "host name not found"),
    (aiohttp.ClientProxyConnectionError, Reason.UNREACHABLE, False, "proxy unreachable"),
    (aiohttp.ClientHttpProxyError, Reason.UNREACHABLE, False, "proxy refused the connection"),
    (aiohttp.ClientConnectorError, Reason.UNREACHABLE, False, "connection refused"),
    (aiohttp.ConnectionTimeoutError, Reason.TIMEOUT, False, "no connection in time"),
    (aiohttp.ServerTimeoutError, Reason.TIMEOUT, True, "no answer in time"),
    (aiohttp.ClientConnectionError, Reason.UNREACHABLE, True, "connection lost"),
    (aiohttp.ClientPayloadError, Reason.GARBAGE, True, "reply broken off"),
    (aiohttp.ClientResponseError, Reason.GARBAGE, True, "reply is not HTTP"),
    (aiohttp.InvalidURL, Reason.BAD_INPUT, False, "address is not a URL"),
    (aiohttp.NonHttpUrlClientError, Reason.BAD_INPUT, False, "address is not a web address"),
    (aiohttp.ClientError, Reason.UNREACHABLE, True, "connection failed"),
    (httpx.ConnectTimeout, Reason.TIMEOUT, False, "no connection in time"),
    (httpx.PoolTimeout, Reason.TIMEOUT, False, "no connection in time"),
    (httpx.TimeoutException, Reason.TIMEOUT, True, "no answer in time"),
    (httpx.ConnectError, Reason.UNREACHABLE, False, "connection refused"),
    (httpx.ProxyError, Reason.UNREACHABLE, False, "proxy unreachable"),
    (httpx.UnsupportedProtocol, Reason.BAD_INPUT, False, "address is not a web address"),
    (httpx.LocalProtocolError, Reason.BAD_INPUT, False, "request is not valid HTTP"),
    (httpx.RemoteProtocolError, Reason.GARBAGE, True, "reply is not HTTP"),
    (httpx.DecodingError, Reason.GARBAGE, True, "reply cannot be decompressed"),
    (httpx.TooManyRedirects, Reason.GARBAGE, True, "too many redirects"),
    (httpx.InvalidURL, Reason.BAD_INPUT, False, "address is not a URL"),
    (httpx.HTTPError, Reason.UNREACHABLE, True, "connection lost"),
    (TimeoutError, Reason.TIMEOUT, True, "no answer in time"),
    (OSError, Reason.UNREACHABLE, True, "connection lost"),
)

FOREIGN = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, TimeoutError, OSError)
"""What the HTTP libraries raise for reasons that lie outside of this program."""


def translated(exc: BaseException) -> ProviderError:
    """The `ProviderError` for one of `FOREIGN`.

    Its words hold neither address nor header, for these may carry a key.
    """
    origin = exc.__cause__ if isinstance(exc.__cause__, aiohttp.ClientError) else exc
    for kind, reason, sent, words in _TABLE:
        if isinstance(origin, kind):
            return ProviderError(reason, words, sent=sent)
    return ProviderError(Reason.UNREACHABLE, "connection lost", sent=True)


@contextmanager
def httpx_errors() -> Iterator[None]:
    """Turn what the HTTP libraries raise inside into `ProviderError`."""
    try:
        yield
    except FOREIGN as exc:
        raise translated(exc) from exc
