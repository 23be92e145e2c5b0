"""An account's balance, asked for before money is spent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.cli.shell import acme_in, enrich, spec

pytestmark = pytest.mark.long

KEYED = """
[auth]
env = "ACME_KEY"
query = "key"
[balance]
path = "/account"
credits = "left"
usd = "0.05"
[fields]"""
RUN = (
    "enrich run t.csv --provider-dir own --providers acme --columns company_name -o o.csv --budget"
)
KEY = {"ACME_KEY": "a-secret-of-mine"}


@contextmanager
def vendor(folder: Path, account: bytes) -> Iterator[list[str]]:
    """A provider whose account says that, and the paths that it was asked for."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = account if self.path.startswith("/account") else b'{"company_name": "Acme"}'
            self.send_response(500 if not body else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        text = spec(f"http://127.0.0.1:{server.server_port}").replace("[fields]", KEYED)
        acme_in(folder, text)
        (folder / "t.csv").write_text("site\nacme.example\nbolt.example\n", "utf-8")
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()


def test_an_empty_account_is_not_asked_and_costs_nothing(tmp_path: Path) -> None:
    with vendor(tmp_path, b'{"left": 0}') as asked:
        done = enrich(f"{RUN} 1", tmp_path, environ=KEY)
    assert asked == [f"/account?key={KEY['ACME_KEY']}"]
    assert done.returncode == 4
    assert "acme: the account is empty, so it was not asked" in done.stderr
    report = json.loads((tmp_path / "o.report.json").read_bytes())
    assert report["spend"]["spent"] == "0.00"
    assert report["gaps"] == {"provider_failed": 2}


def test_a_short_one_is_told_and_asked_about_once(tmp_path: Path) -> None:
    with vendor(tmp_path, b'{"left": "1.5"}') as asked:
        done = enrich(f"{RUN} 1", tmp_path, environ=KEY)
        assert enrich(f"{RUN} 1", tmp_path, environ=KEY).returncode == 0
    assert sum(path.startswith("/account") for path in asked) == 1  # what is stored asks nobody
    assert done.returncode == 0
    assert (
        "acme: the account has 1.5 credits left, worth about $0.075; asking about all 2 could cost"
        " $0.10"
    ) in done.stderr


@pytest.mark.parametrize("account", [b"", b"<html>", b'{"left": null}', b'{"left": 2}', b"[]"])
def test_enough_or_no_word_changes_nothing(tmp_path: Path, account: bytes) -> None:
    with vendor(tmp_path, account):
        done = enrich(f"{RUN} 1", tmp_path, environ=KEY)
    assert done.returncode == 0, done.stderr
    assert "account" not in done.stderr


def test_a_live_check_shows_it(tmp_path: Path) -> None:
    with vendor(tmp_path, b'{"left": 40}'):
        done = enrich(
            "enrich providers check acme --provider-dir own --live --yes", tmp_path, environ=KEY
        )
    assert "acme: 40 credits left, worth about $2.00" in done.stderr
    assert KEY["ACME_KEY"] not in done.stdout + done.stderr
