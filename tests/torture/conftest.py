"""The real `enrich run` in this process, with a provider on loopback that knows nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from enrich_cli.cli.app import app

SPEC = """
name = "nobody"
entity = "company"
tier = "free"
needs = [["domain"]]
base_url = "@url@"
[limits]
rate = ["100000/s"]
concurrency = 8
[request]
path = "/one"
query = { domain = "{domain}" }
[fields]
industry = "industry"
"""


class _Nobody(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Ran:
    """The exit code of a run and what it said on standard error."""

    code: int
    said: str


Enrich = Callable[..., Ran]


@pytest.fixture(scope="session")
def enrich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enrich]:
    """`enrich(table, out, *options)` runs the command; the store lasts for the session."""
    home = tmp_path_factory.mktemp("torture")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Nobody) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        text = SPEC.replace("@url@", f"http://127.0.0.1:{server.server_port}")
        (home / "nobody.toml").write_text(text, "utf-8")

        def run(table: Path | str, out: Path | str, *options: str) -> Ran:
            places = ["--provider-dir", str(home), "--cache", str(home / "store"), "-o", str(out)]
            wanted = ["--columns", "industry", "--providers", "nobody", "--yes"]
            done = CliRunner().invoke(app, ["run", str(table), *wanted, *places, *options])
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            return Ran(done.exit_code, done.stderr)

        try:
            yield run
        finally:
            server.shutdown()
            thread.join()
