"""Real processes in a folder of their own, and providers on loopback for them to ask."""

from __future__ import annotations

import json
import os
import queue
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import httpx
from typer.testing import CliRunner

from enrich_cli.cli.app import app

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PATIENCE = 60.0  # seconds; only a hang takes as long


def environ_of(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment with a home in `folder`, and nothing else of ours but the path."""
    return {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder / "home"), **(more or {})}


def shell(
    command: str,
    folder: Path,
    stdin: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command line in `folder`; without `stdin` there is nothing to read."""
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environ_of(folder, environ),
        input=stdin,
        stdin=None if stdin is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def enrich(
    command: str,
    folder: Path,
    stdin: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Do in this process what `shell` does with an `enrich ...` that needs no shell.

    The start of a process and all its imports cost more than most commands do themselves.
    """
    name, *arguments = shlex.split(command)
    assert name == "enrich", "anything else is for the shell"
    with chdir(folder), patch.dict(os.environ, environ_of(folder, environ), clear=True):
        done = CliRunner().invoke(app, arguments, input=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(command, done.exit_code, done.stdout, done.stderr)


@contextmanager
def started(
    arguments: str, folder: Path, environ: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """An `enrich` that goes on while the block runs, and does not survive it."""
    with subprocess.Popen(
        [BIN / "enrich", *arguments.split()],
        cwd=folder,
        env=environ_of(folder, environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def until(process: subprocess.Popen[str], word: str) -> str:
    """What the process says on standard error, up to the line that begins with `word`."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if line.startswith(word):
            return said
    raise AssertionError(f"it never said {word!r}, but: {said}")


def spec(base_url: str, query: str = "", price: str = "0.05", concurrency: int = 2) -> str:
    """A provider of companies' names, `acme`, at `base_url`; `query` are further parameters."""
    return f"""
name = "acme"
entity = "company"
tier = "cheap"
needs = [["domain"]]
base_url = "{base_url}"
[price]
usd = "{price}"
per = "hit"
[limits]
rate = ["100000/s"]
concurrency = {concurrency}
[request]
method = "GET"
path = "/one"
query = {{ domain = "{{domain}}"{query} }}
[fields]
company_name = "company_name"
"""


def vendor(sandbox: httpx.Client) -> str:
    """The address of a made-up vendor in that sandbox, called acme in its books."""
    return f"{str(sandbox.base_url).rstrip('/')}/@acme.sandbox.example"


def acme_in(folder: Path, text: str) -> None:
    """Put the provider where `--provider-dir own` finds it."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "acme.toml").write_text(text, "utf-8")


class Holding:
    """A provider that tells who asks, and answers nobody before it is let go."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.arrived: queue.Queue[str] = queue.Queue()
        self.let_go = threading.Event()
        self.name = ""  # of every company; else a name made of its domain

    def wait_for(self, calls: int) -> list[str]:
        """The domains that were asked about, once that many calls are here."""
        return [self.arrived.get(timeout=PATIENCE) for _ in range(calls)]


@contextmanager
def holding() -> Iterator[Holding]:
    """Such a provider, until the block ends."""

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            domain = parse_qs(urlsplit(self.path).query)["domain"][0]
            held.arrived.put(domain)
            held.let_go.wait(PATIENCE)
            name = held.name or domain.partition(".")[0].title()
            body = json.dumps({"company_name": name}).encode()
            with suppress(OSError):  # the caller may have hung up
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 256  # calls may come all at once

    with Server(("127.0.0.1", 0), Answer) as server:
        held = Holding(server)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield held
        finally:
            held.let_go.set()
            server.shutdown()
            thread.join()
