"""`python -m enrich_cli.sandbox`: the sandbox as a process of its own.

Prints one line, `listening http://127.0.0.1:PORT`, when it is ready, and ends quietly on SIGINT,
on SIGTERM and, with `--with-parent`, when its standard input closes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence

from enrich_cli.domain.money import Money, parse_money
from enrich_cli.sandbox.server import Options, listening


def main(argv: Sequence[str] | None = None) -> int:
    """Read the command line and serve; the exit code."""
    parser = argparse.ArgumentParser(prog="enrich sandbox", description=_ABOUT)
    parser.add_argument("--port", type=_port, default=0, help="port to listen on (0: a free one)")
    parser.add_argument("--with-parent", action="store_true", help="end when stdin closes")
    parser.add_argument(
        "--page-bytes", type=int, default=0, metavar="N", help="pad web pages to N bytes"
    )
    parser.add_argument("--no-slow-sites", action="store_true", help="let no website be slow")
    parser.add_argument(
        "--price",
        action="append",
        default=[],
        type=_price,
        metavar="PLAYER=USD",
        help="what a hit is billed at, such as pdl-company=0.10",
    )
    chosen = parser.parse_args(argv)
    options = Options(
        page_bytes=chosen.page_bytes,
        slow_sites=not chosen.no_slow_sites,
        prices=dict(chosen.price),
    )
    return serve(chosen.port, options, with_parent=chosen.with_parent)


def serve(port: int = 0, options: Options | None = None, *, with_parent: bool = False) -> int:
    """Serve until told to stop; the exit code: 0, or 2 where `port` cannot be had.

    Prints `listening http://127.0.0.1:PORT` once the port is open. `with_parent` makes the end of
    standard input the end of the server too.
    """
    try:
        asyncio.run(_serving(port, options, with_parent=with_parent))
    except OSError as error:
        print(f"cannot serve on 127.0.0.1:{port}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


async def _serving(port: int, options: Options | None, *, with_parent: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with listening(port, options) as running:
        print(f"listening {running.url}", flush=True)  # noqa: T201
        if with_parent:
            # A thread, since a loop cannot watch every kind of standard input, and a daemon one,
            # since a read that blocks must not hold up the exit.
            threading.Thread(target=_watch, args=(loop, stop), daemon=True).start()
        await stop.wait()


def _watch(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Read standard input to its end, then set `stop`."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass  # a closed standard input is at its end
    loop.call_soon_threadsafe(stop.set)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def _price(text: str) -> tuple[str, Money]:
    name, equals, amount = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form PLAYER=USD")
    try:
        return name, parse_money(amount)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


_ABOUT = "A local HTTP server with fictional providers and websites."

if __name__ == "__main__":
    sys.exit(main())
