"""Plays any number of websites: a robots.txt and a home page of 100 kB at each name.

A host whose name begins with `stall` takes connections and never answers. `GET /_stats` says how
many pages were sent, `POST /_reset` forgets it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import threading

PAGE_BYTES, LINKS = 100_000, 382
ROBOTS = b"User-agent: *\nDisallow: /admin/\n\nSitemap: /sitemap.xml\n"
_NAME = b"nameofthehost"
_WORDS = (
    "We plan, we draw, we build, and when all is built we come back each year to see how it is",
    "The workshop lies behind the station and smells of oil in winter and of cut grass in summer",
    "What we learn from one order goes into the next, and nothing of it is kept from our customers",
)


def page(name: str) -> bytes:
    """A home page: title, metas, OpenGraph, JSON-LD, many links and a lot of text."""
    data = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": name,
        "url": f"https://{name}.example/",
        "telephone": "+1 555 010 0100",
        "address": {"@type": "PostalAddress", "addressLocality": "Springfield"},
        "sameAs": [f"https://www.linkedin.com/company/{name}"],
    }
    head = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name} | Home</title>'
        f'<meta name="description" content="{name} builds things and mends them again.">'
        f'<meta property="og:site_name" content="{name}"><link rel="icon" href="/favicon.ico">'
        f'<script type="application/ld+json">{json.dumps(data)}</script></head><body>'
    )
    pieces = [head]
    size = (PAGE_BYTES - len(head)) // LINKS
    for number in range(LINKS):
        text = _WORDS[number % 3]
        link = f'<a href="/news/{name}-{number}">{text}</a>'
        item = f'<div class="card"><p>{link}</p><span>{text}</span></div>'
        pieces.append(item + "<!-- " + "x" * max(0, size - len(item) - 9) + " -->")
    pieces.append(f"<footer>© 2026 {name} Ltd, info@{name}.example</footer></body></html>")
    return "".join(pieces).encode()


class Server(asyncio.Protocol):
    """Answers one connection; all of them share the page and the count."""

    sent = 0
    page = b""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer the requests that are whole."""
        self._buffer += data
        while self._transport and b"\r\n\r\n" in self._buffer:
            request, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            path = request.split(b" ", 2)[1]
            host = request.lower().partition(b"\r\nhost:")[2].partition(b"\r\n")[0].strip()
            if host.startswith((b"stall", b"www.stall")):
                return
            self._transport.write(self._reply(path, host))

    def _reply(self, path: bytes, host: bytes) -> bytes:
        if path.startswith(b"/_stats"):
            body, type_ = json.dumps({"pages": Server.sent}).encode(), b"application/json"
        elif path == b"/_reset":
            Server.sent, body, type_ = 0, b"{}", b"application/json"
        elif path == b"/robots.txt":
            body, type_ = ROBOTS, b"text/plain"
        else:
            Server.sent += 1
            name = host.removeprefix(b"www.").partition(b".")[0]
            body, type_ = self.page.replace(_NAME, name), b"text/html; charset=utf-8"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
        return head % (type_, len(body)) + body


async def _serve(port: int) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    Server.page = page(_NAME.decode())
    listener = await loop.create_server(Server, "127.0.0.1", port, backlog=4096)
    print(f"listening http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)

    def watch() -> None:
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=watch, daemon=True).start()
    await stop.wait()
    listener.close()


def main() -> None:
    """Serve until standard input closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--with-parent", action="store_true", help="always so")
    asyncio.run(_serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
