"""A provider that knows every company: as little server as one can have, so that it is no brake.

`GET /one?domain=...` answers one question, `POST /many` with `{"items": [domain, ...]}` a list of
them, each after `--latency` milliseconds. `GET /_stats` says how many calls and items there were,
`POST /_reset` forgets them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import threading
from urllib.parse import parse_qsl

from aiohttp import web


def facts(domain: str) -> dict[str, object]:
    """What is known of a company: a function of its domain."""
    number = sum(domain.encode())
    return {
        "domain": domain,
        "name": domain.partition(".")[0].replace("-", " ").title(),
        "industry": ("Software", "Logistics", "Textiles")[number % 3],
        "employees": 3 + number % 997,
    }


class Server:
    """Answers, and counts."""

    def __init__(self, latency: float) -> None:
        self._latency = latency
        self.calls = 0
        self.items = 0

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one HTTP request."""
        match request.path:
            case "/_stats":
                return _json({"calls": self.calls, "items": self.items})
            case "/_reset":
                self.calls = self.items = 0
                return _json({})
            case "/many":
                domains = json.loads(await request.read())["items"]
                answer: object = [facts(domain) for domain in domains]
            case _:
                domains = [dict(parse_qsl(request.query_string))["domain"]]
                answer = facts(domains[0])
        self.calls += 1
        self.items += len(domains)
        if self._latency:
            await asyncio.sleep(self._latency)
        return _json(answer)


def _json(value: object) -> web.Response:
    return web.Response(body=json.dumps(value).encode(), content_type="application/json")


async def _serve(port: int, latency: float) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    server = web.Server(Server(latency), access_log=None, keepalive_timeout=75)
    listener = await loop.create_server(server, "127.0.0.1", port, backlog=1024)
    print(f"listening http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)

    def watch() -> None:
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=watch, daemon=True).start()
    await stop.wait()
    listener.close()
    await server.shutdown(timeout=1)


def main() -> None:
    """Serve until standard input closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS")
    parser.add_argument("--with-parent", action="store_true", help="always so")
    chosen = parser.parse_args()
    asyncio.run(_serve(chosen.port, chosen.latency / 1000))


if __name__ == "__main__":
    main()
