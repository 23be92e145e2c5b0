"""The sandbox as a process: how it starts, how it ends, what it loads."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from enrich_cli.sandbox.__main__ import main
from enrich_cli.sandbox.play import Request
from enrich_cli.sandbox.players import hunter

_TIMEOUT = 20.0


@contextmanager
def process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A sandbox process that has said where it listens, and that address."""
    command = [sys.executable, "-m", "enrich_cli.sandbox", "--port", "0", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as started:
        try:
            assert started.stdout is not None
            found = re.fullmatch(
                r"listening (http://127\.0\.0\.1:\d+)\n", started.stdout.readline()
            )
            assert found
            yield started, found[1]
        finally:
            if started.poll() is None:
                started.kill()


def test_it_serves_and_ends_with_its_standard_input() -> None:
    with process("--with-parent") as (started, url):
        assert httpx.get(f"{url}/_stats").json()["total"] == 0
        out, err = started.communicate(timeout=_TIMEOUT)  # closes its standard input
        assert (started.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_quietly_on_a_signal(number: signal.Signals) -> None:
    with process() as (started, url):
        with httpx.Client() as client:
            client.get(f"{url}/")  # a connection that stays open
            started.send_signal(number)
            assert started.wait(_TIMEOUT) == 0
        out, err = started.communicate()
        assert (out, err) == ("", "")


def test_it_waits_for_nobody_at_the_end() -> None:
    with process() as (started, url):
        address = httpx.URL(url)
        with socket.create_connection((address.host, address.port or 0)) as caller:
            caller.sendall(b"GET /one?domain=a.b&latency=60000 HTTP/1.1\r\n")
            caller.sendall(b"Host: slow.sandbox.example\r\n\r\n")
            while not httpx.get(f"{url}/_stats").json()["in_flight"]:
                pass
            started.send_signal(signal.SIGTERM)
            assert started.wait(_TIMEOUT) == 0


def test_without_a_parent_to_watch_a_closed_input_means_nothing() -> None:
    with process() as (started, url):
        assert started.stdin is not None
        started.stdin.close()
        assert httpx.get(f"{url}/_stats").status_code == 200


def test_options_of_the_command_line() -> None:
    options = ("--price", "pdl-company=0.02", "--page-bytes", "50000", "--no-slow-sites")
    with process(*options) as (_, url):
        httpx.get(f"{url}/@api.peopledatalabs.com/v5/company/enrich?website=x-works.example")
        page = httpx.get(f"{url}/@x-works.example/", follow_redirects=True)
        assert httpx.get(f"{url}/_stats").json()["billed"] == {"pdl-company": 20_000}
        assert len(page.content) >= 50_000


def test_a_port_that_is_taken(capfd: pytest.CaptureFixture[str]) -> None:
    with process() as (_, url):
        port = url.rpartition(":")[2]
        assert main(["--port", port]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"cannot serve on 127.0.0.1:{port}: ")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--port", "99999"], "'99999' is not a port"),
        (["--price", "pdl"], "'pdl' is not of the form PLAYER=USD"),
        (["--price", "pdl=much"], "'much' is not an amount"),
    ],
)
def test_wrong_options(arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert why in capsys.readouterr().err


_DIGEST = """
import hashlib
from enrich_cli.sandbox.play import Request
from enrich_cli.sandbox.players import hunter
total = hashlib.sha256()
for at in range(50):
    domain = {"domain": f"firm-{at}.example"}
    total.update(hunter.play(Request("GET", "", "/v2/companies/find", domain)).body)
print(total.hexdigest())
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_every_process_gives_the_same_answers(seed: str) -> None:
    total = hashlib.sha256()
    for at in range(50):
        domain = {"domain": f"firm-{at}.example"}
        total.update(hunter.play(Request("GET", "", "/v2/companies/find", domain)).body)
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    elsewhere = subprocess.run(
        [sys.executable, "-c", _DIGEST], capture_output=True, text=True, env=environment, check=True
    )
    assert elsewhere.stdout.strip() == total.hexdigest()


def test_it_loads_no_more_than_it_needs() -> None:
    code = "import sys, enrich_cli.sandbox.__main__; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    ours = {name.split(".")[1] for name in loaded if name.startswith("enrich_cli.")}
    assert ours == {"domain", "sandbox"}
    heavy = {"polars", "httpx", "pydantic", "msgspec", "jmespath", "typer", "rich", "selectolax"}
    assert not heavy.intersection(loaded)
