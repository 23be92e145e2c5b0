"""A key is found nowhere after a run in which every provider fails in another way."""

from __future__ import annotations

import base64
import html
import json
import signal
import sqlite3
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET
from urllib.parse import quote

import polars as pl
import pytest

from enrich_cli.adapters.codec import decode
from tests.cli.shell import PATIENCE, shell, started

pytestmark = pytest.mark.long

KEY = "k3y+of/a-very~secret&so=="
FORMS = {
    "header": 'header = "X-Key"',
    "format": 'header = "Authorization"\nformat = "Token token={key}"',
    "query": 'query = "api_key"',
    "bearer": "bearer = true",
    "user": 'basic = "user"',
    "password": 'basic = "password"',
    "body": 'body = "api_key"',
}
FAULTS = ("refuses", "hangs", "resets", "redirects", "babbles", "breaks", "escapes", "answers")
SPEC = """
name = "{name}"
entity = "company"
tier = "cheap"
needs = [["domain"]]
base_url = "{url}/{fault}"
[auth]
env = "CAREFUL_KEY"
{auth}
[price]
usd = "0.01"
per = "hit"
[limits]
timeout = "{timeout}"
[request]
method = "POST"
path = "/one"
json = {{ domain = "{{domain}}" }}
[fields]
company_name = "nothing"
description = "seen"
"""
SPELLED = {
    KEY,
    KEY[::-1],
    quote(KEY, safe=""),
    quote(KEY, safe="").lower(),
    quote(KEY, safe="/"),
    html.escape(KEY),
    json.dumps(KEY)[1:-1].replace("/", "\\/"),
    KEY.replace("+", "\\u002B").replace("&", "\\u0026"),
    KEY.encode().hex(),
    *(
        base64.b64encode(text.encode()).decode()
        for text in (KEY, f"{KEY}:", f":{KEY}", f"Token token={KEY}")
    ),
}
"""The key in all the forms in which it may be written down."""
NOBODYS = {KEY[::-1], KEY.encode().hex()}
"""Those that no vendor answers with."""


@dataclass
class Careless:
    """A vendor that repeats all that it is told; `sent` is that."""

    url: str
    let_go: threading.Event = field(default_factory=threading.Event)
    sent: list[str] = field(default_factory=list)


@contextmanager
def careless() -> Iterator[Careless]:
    """It fails as the first part of the path says."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            fault = self.path.split("/")[1]
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told = f"{self.path} {dict(self.headers)} {body}"
            here.sent.append(told)
            with suppress(OSError):
                self.fail(fault, told)

        def fail(self, fault: str, told: str) -> None:
            seen = f"{told} {' '.join(SPELLED - NOBODYS)}"
            if fault == "refuses":
                self.say(401, json.dumps({"error": {"message": seen}}))
            elif fault == "hangs":
                here.let_go.wait(PATIENCE)
            elif fault == "resets":
                self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            elif fault == "redirects":
                self.say(307, seen, f"http://127.0.0.2:9/{quote(KEY)}?api_key={quote(KEY)}")
            elif fault == "babbles":
                self.say(200, '{"seen": ' + seen)
            elif fault == "breaks":
                status = 500 if here.sent.count(told) == 1 else 404  # it is asked again
                self.say(status, f"<html>no such page: {html.escape(seen)}</html>")
            elif fault == "escapes":
                text = json.dumps(seen).replace("+", "\\u002b").replace("&", "\\u0026")
                self.say(422, f'{{"message": {text}}}')
            else:
                self.say(200, json.dumps({"seen": seen}))

        def say(self, status: int, body: str, location: str = "") -> None:
            self.send_response(status)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body.encode())))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here = Careless(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield here
        finally:
            here.let_go.set()
            server.shutdown()
            thread.join()


def spec(name: str, url: str, fault: str, auth: str, timeout: str) -> str:
    """A spec of that name, whose server fails in that way."""
    return SPEC.format(name=name, url=url, fault=fault, auth=auth, timeout=timeout)


def unpacked(folder: Path) -> str:
    """All that lies in a folder's packed files, unpacked: stored answers, records, Parquet."""
    parts: list[str] = []
    for database in folder.rglob("cache.db"):
        with closing(sqlite3.connect(database)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
                parts += [repr(row) for row in rows]
            for key, value in connection.execute("SELECT key, value FROM Cache").fetchall():
                parts.append(repr(decode(value, key)))
    parts += [repr(pl.read_parquet(path).rows()) for path in folder.rglob("*.parquet")]
    return "".join(parts)


def assert_hidden(folder: Path, said: str) -> None:
    """The key is neither in what was said nor in any file, packed or not."""
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    inside = unpacked(folder)
    for spelled in SPELLED:
        assert spelled not in said + inside
        assert [path for path, raw in kept.items() if spelled.encode() in raw] == []


def test_a_key_is_nowhere_whatever_fails(folder: Path) -> None:
    names: list[str] = []
    with careless() as vendor:
        (folder / "own").mkdir()
        for fault in FAULTS:
            for form, auth in FORMS.items():
                names.append(f"{fault}-{form}")
                timeout = "0.2s" if fault == "hangs" else "30s"
                text = spec(names[-1], vendor.url, fault, auth, timeout)
                (folder / "own" / f"{names[-1]}.toml").write_text(text, "utf-8")
        (folder / "t.csv").write_text("domain\nacme.example\n", "utf-8")
        done = shell(
            f"enrich run t.csv --provider-dir own --providers {','.join(names)}"
            " --columns company_name,description --budget 5 --log run.log --events events.ndjson"
            " --report r.json --report r.md --report r.html --provenance file --cache store"
            " -o o.csv; enrich jobs show --cache store --json;"
            " enrich jobs explain 1 description --cache store;"
            " enrich providers check answers-query --provider-dir own --live --yes --cache store;"
            " enrich cache export out.parquet --cache store",
            folder,
            environ={"CAREFUL_KEY": KEY},
        )
    report = json.loads((folder / "r.json").read_text())
    failed = {one["name"]: one["failures"] for one in report["providers"] if one["failures"]}
    assert {name.partition("-")[0] for name in failed} == {*FAULTS} - {"answers"}, done.stderr
    assert len(failed) == len(FORMS) * (len(FAULTS) - 1)
    sent = "".join(vendor.sent)
    for spelled in (KEY, quote(KEY, safe=""), base64.b64encode(f"{KEY}:".encode()).decode()):
        assert spelled in sent
    written = {path.name for path in folder.rglob("*")}
    assert written >= {"run.log", "events.ndjson", "r.md", "r.html", "o.csv", "out.parquet"}
    assert "[key]" in (folder / "o.csv").read_text()
    assert "[key]" in unpacked(folder)
    assert_hidden(folder, done.stdout + done.stderr)


def test_nor_where_nobody_answers_and_the_run_is_stopped(folder: Path) -> None:
    (folder / "own").mkdir()
    text = spec("away", "http://127.0.0.1:9", "x", FORMS["query"], "30s")
    (folder / "own" / "away.toml").write_text(text, "utf-8")
    (folder / "t.csv").write_text("domain\nacme.example\n", "utf-8")
    run = (
        "run t.csv --provider-dir own --providers away --columns description --budget 5"
        " --log run.log --events - --cache store -o o.csv"
    )
    with started(run, folder, {"CAREFUL_KEY": KEY}) as process:
        assert process.stdout is not None
        said = [next(line for line in process.stdout if "unreachable" in line)]
        process.send_signal(signal.SIGINT)
        said += process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert_hidden(folder, "".join(said))
