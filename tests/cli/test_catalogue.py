"""The catalogue as a user meets it: listed, checked, added to, used without a key, and killed."""

from __future__ import annotations

import base64
import json
import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from enrich_cli.adapters.codec import decode
from enrich_cli.adapters.specs import SHIPPED
from tests.cli.shell import PATIENCE, enrich, shell, started

pytestmark = pytest.mark.long

TABLE = "domain\nacme.example\nborealis.example\nunknown.example\n"
KEY = "k3y+of/a-very~secret=="


@dataclass(frozen=True)
class Asked:
    """A request as the server got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """Where the server is, and what it was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)


Answer = Callable[[Asked], tuple[int, object]]


@contextmanager
def answering(answer: Answer) -> Iterator[Server]:
    """A provider on this machine that answers by `answer`, a status and a JSON body."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, dict(self.headers), body)
            here.asked.append(asked)
            status, said = answer(asked)
            raw = json.dumps(said).encode()
            with suppress(OSError):  # the caller may be gone
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
            here.arrived.set()

        do_POST = do_GET  # noqa: N815 - as the server wants it

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here = Server(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()


def own(folder: Path, name: str, text: str) -> None:
    """Put a spec where `--provider-dir own` finds it, and the table beside it."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / f"{name}.toml").write_text(text, "utf-8")
    (folder / "t.csv").write_text(TABLE, "utf-8")


# Looking at it


def test_list_shows_tier_price_limits_key_and_how_often_they_knew(folder: Path) -> None:
    run = "enrich run sample_data/ten_companies.csv --columns company_name --sandbox --budget 5"
    assert enrich(f"{run} --providers wikidata,hunter-company -o o.csv", folder).returncode == 0
    listed = enrich(
        "enrich providers list --sandbox", folder, environ={"COLUMNS": "120"}
    ).stdout.splitlines()
    assert listed[0].split() == [
        "provider", "about", "tier", "price", "limits", "fields", "knew", "key"
    ]  # fmt: skip
    (hunter,) = (line for line in listed if line.startswith("hunter-company "))
    assert "$0.0049 a hit" in hunter
    assert "%" in hunter
    many = json.loads(enrich("enrich providers list --json", folder).stdout)
    assert len(many) >= 31
    (pdl,) = (one for one in many if one["name"] == "pdl-company")
    assert (pdl["has_key"], pdl["hit_rate"], pdl["batch"]) == (False, None, 80)
    keyed = enrich("enrich providers list --json", folder, environ={"PDL_API_KEY": "x"}).stdout
    assert [one["has_key"] for one in json.loads(keyed) if one["name"] == "pdl-company"] == [True]
    shown = enrich("enrich providers show fullenrich-person", folder).stdout
    assert "later: looked at every 300 s" in shown


def test_check_names_every_fault_with_file_line_and_key(folder: Path) -> None:
    assert enrich("enrich providers check", folder).returncode == 0
    good = (SHIPPED / "rdap.toml").read_text("utf-8")
    own(folder, "one", good.replace('"rdap"', '"one"').replace('"GET"', '"PUT"'))
    own(folder, "two", good.replace('"rdap"', '"two"') + 'nonsense = "x"\n')
    done = enrich("enrich providers check --provider-dir own", folder)
    assert done.returncode == 2
    first, second = done.stdout.splitlines()
    assert first.startswith("own/one.toml:21: request.method: 'PUT' cannot stand here")
    assert second.startswith("own/two.toml:30: fields.nonsense: 'nonsense' is not a field")
    assert enrich("enrich providers check one --provider-dir own", folder).returncode == 2
    assert enrich("enrich providers check rdap --provider-dir own", folder).returncode == 0
    unknown = enrich("enrich providers check rdab", folder)
    assert (unknown.returncode, "did you mean 'rdap'?" in unknown.stderr) == (2, True)


def _uncommented(text: str, *parts: str) -> str:
    """A spec in which these commented parts count."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        bare = line.removeprefix("# ")
        inside = bare.startswith(parts) or line.startswith(parts) or (inside and line != "")
        lines.append(bare if inside else line)
    return "\n".join(lines) + "\n"


def test_new_writes_a_spec_that_is_whole(folder: Path) -> None:
    for name, entity in (("acme-data", "company"), ("acme-people", "person")):
        done = enrich(f"enrich providers new {name} --entity {entity}", folder)
        assert done.returncode == 0, done.stderr
        text = (folder / "providers" / f"{name}.toml").read_text("utf-8")
        assert f'entity   = "{entity}"' in text
        place = folder / "with-batch" / f"{name}.toml"
        place.parent.mkdir(exist_ok=True)
        place.write_text(_uncommented(text, "[batch]", "[[outcome]]", "# meter", "[price]"))
        assert "\n[batch] " in place.read_text()
        checked = enrich(f"enrich providers check {name} --provider-dir with-batch", folder)
        assert checked.stderr == "1 in order, 0 with a fault\n", checked.stdout
    again = enrich("enrich providers new acme-data", folder)
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    assert enrich("enrich providers new 'Acme Data'", folder).returncode == 2
    assert enrich("enrich providers new acme --entity firm", folder).returncode == 2
    (folder / "enrich.toml").write_text("")
    checked = enrich("enrich providers check", folder)
    assert (checked.returncode, checked.stderr) == (0, "33 in order, 0 with a fault\n")


def test_a_live_check_asks_before_it_costs(folder: Path) -> None:
    live = "enrich providers check hunter-company --live"
    keyless = enrich(live, folder)
    assert (keyless.returncode, "HUNTER_API_KEY is not set" in keyless.stderr) == (2, True)
    refused = enrich(f"{live} --sandbox", folder)
    assert (refused.returncode, "nobody approved it" in refused.stderr) == (2, True)
    done = enrich(f"{live} --sandbox --yes", folder)
    assert done.returncode == 0, done.stderr
    assert "hunter-company" in done.stderr
    free = enrich("enrich providers check rdap --live --sandbox", folder)
    assert free.returncode == 0, free.stderr
    assert enrich("enrich providers check --live", folder).returncode == 2


def test_the_schema_knows_all_that_the_shipped_specs_say(folder: Path) -> None:
    schema = json.loads(enrich("enrich providers schema", folder).stdout)
    known = {*schema["properties"], *(k for t in schema["$defs"].values() for k in t["properties"])}
    assert {"poll", "pick", "first", "needs", "fields", "meter", "until", "form"} <= known
    assert "employee_count" in schema["properties"]["fields"]["propertyNames"]["enum"]


# A provider that nobody has seen

NEVER_SEEN = """\
# Zephyr Firmographics v3, made up: a POST about many, an object by domain, credits in a header.
name     = "zephyr"
title    = "Zephyr Firmographics"
docs     = "https://zephyr.example/docs"
entity   = "company"
tier     = "cheap"
needs    = [["domain"]]
base_url = "BASE"

[auth]
env    = "ZEPHYR_KEY"
header = "Authorization"
format = "Zephyr {key}"

[price]
usd   = "0.02"
per   = "hit"
meter = { header = "x-zephyr-credits", usd = "0.01" }

[limits]
rate = ["50/s"]

[batch]
size    = 25
path    = "/v3/firms"
items   = "query.domains"
item    = "{domain}"
json    = { query = { detail = "full" } }
answers = "firms"
match   = { key = "domain" }

[[outcome]]
status = [403]
is     = "rate_limited"

[fields]
company_name   = "names[0]"
employee_count = "staff.total"
"""


def test_a_provider_that_nobody_has_seen_is_forty_lines(folder: Path) -> None:
    assert len(NEVER_SEEN.splitlines()) <= 40

    def answer(asked: Asked) -> tuple[int, object]:
        if len(server.asked) == 1:
            return 403, {"message": "slow down"}
        domains = json.loads(asked.body)["query"]["domains"]
        known = {d: {"names": [d.split(".")[0].title()], "staff": {"total": 7}} for d in domains}
        del known["unknown.example"]
        return 200, {"firms": known}

    with answering(answer) as server:
        own(folder, "zephyr", NEVER_SEEN.replace("BASE", server.url))
        run = "enrich run t.csv --provider-dir own --providers zephyr --budget 1"
        done = enrich(
            f"{run} --columns company_name,employee_count -o o.csv",
            folder,
            environ={"ZEPHYR_KEY": KEY},
        )
    assert done.returncode == 0, done.stderr
    assert (folder / "o.csv").read_text() == (
        "domain,company_name,employee_count\nacme.example,Acme,7\nborealis.example,Borealis,7\n"
        "unknown.example,,\n"
    )
    first, second = server.asked
    assert first.body == second.body
    assert json.loads(first.body) == {
        "query": {"detail": "full", "domains": TABLE.split()[1:]},
    }
    assert first.headers["Authorization"] == f"Zephyr {KEY}"
    report = json.loads((folder / "o.report.json").read_text())
    assert report["spend"]["spent"] == "0.04"


# Later

SLOW = """
name = "slow"
entity = "company"
tier = "premium"
needs = [["domain"]]
base_url = "BASE"
[price]
usd = "0.10"
per = "hit"
[batch]
size = 10
path = "/jobs"
items = "domains"
item = "{domain}"
answers = "done"
match = { key = "domain" }
[poll]
id = "job"
path = "/jobs/{job}"
until = "done"
every = "0.1s"
expires = "1d"
[fields]
company_name = "name"
"""


def bury(folder: Path) -> None:
    """Let the half minute pass after which a run that gives no sign of life is taken for dead."""
    (database,) = folder.rglob("cache.db")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE jobs SET beat = 0")


def test_a_job_is_picked_up_after_a_kill_and_never_submitted_twice(folder: Path) -> None:
    ready = threading.Event()
    looked = threading.Event()

    def answer(asked: Asked) -> tuple[int, object]:
        if asked.method == "POST":
            return 202, {"job": "j-1"}
        looked.set()
        if not ready.is_set():
            return 200, {"done": None}
        return 200, {"done": {d: {"name": "Acme"} for d in ("acme.example", "borealis.example")}}

    run = "run t.csv --provider-dir own --providers slow --columns company_name --budget 1 -o o.csv"
    with answering(answer) as server:
        own(folder, "slow", SLOW.replace("BASE", server.url))
        with started(run, folder) as process:
            assert looked.wait(PATIENCE)
            os.kill(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)
        assert not (folder / "o.csv").exists()
        ready.set()
        bury(folder)
        done = enrich(f"enrich {run}", folder)
        again = enrich(f"enrich {run}", folder)
    assert done.returncode == again.returncode == 0, done.stderr
    assert (folder / "o.csv").read_text().splitlines()[1:] == [
        "acme.example,Acme", "borealis.example,Acme", "unknown.example,"
    ]  # fmt: skip
    assert [one.method for one in server.asked].count("POST") == 1
    last = json.loads(enrich("enrich jobs list --json", folder).stdout)
    assert sorted(job["spent"] for job in last) == ["0.00", "0.00", "0.20"]


def test_a_job_whose_name_never_came_is_not_begun_again_unasked(folder: Path) -> None:
    begun, go = threading.Event(), threading.Event()

    def answer(asked: Asked) -> tuple[int, object]:
        begun.set()
        go.wait(PATIENCE)
        if asked.method == "POST":
            return 202, {"job": "j-2"}
        return 200, {"done": {"acme.example": {"name": "Acme"}}}

    run = "run t.csv --provider-dir own --providers slow --columns company_name --budget 1 -o o.csv"
    with answering(answer) as server:
        own(folder, "slow", SLOW.replace("BASE", server.url))
        with started(run, folder) as process:
            assert begun.wait(PATIENCE)
            os.kill(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)
        go.set()
        bury(folder)
        careful = enrich(f"enrich {run}", folder)
        assert [one.method for one in server.asked] == ["POST"]
        report = json.loads((folder / "o.report.json").read_text())
        bold = enrich(f"enrich {run} --rebuy-unknown", folder)
    assert careful.returncode == 4
    assert report["spend"]["spent"] == "0.00"
    assert report["gaps"] == {"unknown_charge": 3}
    assert len(report["unknown_charges"]) == 3
    assert "--rebuy-unknown" in careful.stderr
    assert bold.returncode == 0, bold.stderr
    assert [one.method for one in server.asked].count("POST") == 2
    assert (folder / "o.csv").read_text().splitlines()[1] == "acme.example,Acme"


# Keys

FORMS = {
    "company_name": 'header = "X-Key"',
    "description": 'header = "Authorization"\nformat = "Token token={key}"',
    "industry": 'query = "api_key"',
    "city": "bearer = true",
    "region": 'basic = "user"',
    "postal_code": 'basic = "password"',
    "street_address": 'body = "api_key"',
}
"""A way to send a key, and the field that is asked for by it."""
CAREFUL = """
name = "NAME"
entity = "company"
tier = "cheap"
needs = [["domain"]]
base_url = "BASE"
[auth]
env = "CAREFUL_KEY"
AUTH
[price]
usd = "0.01"
per = "hit"
[request]
method = "POST"
path = "/one"
json = { domain = "{domain}" }
[fields]
FIELD = "seen"
"""


def stored(database: Path) -> list[str]:
    """Every answer in a store, as it is unpacked."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT key, value FROM Cache").fetchall()
    return [repr(decode(value, key)) for key, value in rows]


def test_a_key_appears_nowhere(folder: Path) -> None:
    def answer(asked: Asked) -> tuple[int, object]:
        """A careless vendor: it repeats all that it was sent, also in its refusals."""
        seen = f"{KEY} {asked.path} {asked.headers} {asked.body.decode()}"
        if "unknown" in seen:
            return 400, {"error": {"message": seen}}
        return (401, {"message": seen}) if "borealis" in seen else (200, {"seen": seen})

    with answering(answer) as server:
        for name, auth in FORMS.items():
            text = CAREFUL.replace("BASE", server.url).replace("AUTH", auth)
            spec = name.replace("_", "-")
            own(folder, spec, text.replace("NAME", spec).replace("FIELD", name))
        names = ",".join(FORMS).replace("_", "-")
        done = shell(
            f"enrich run t.csv --provider-dir own --providers {names} --columns {','.join(FORMS)}"
            " --budget 1 --events - --report r.json --report r.md --provenance columns"
            " --cache store -o o.csv; enrich providers list --provider-dir own --json;"
            " enrich jobs show --cache store",
            folder,
            environ={"CAREFUL_KEY": KEY},
        )
    coded = [base64.b64encode(text.encode()).decode() for text in (f"{KEY}:", f":{KEY}")]
    sent = "".join(f"{one.path} {one.headers} {one.body!r}" for one in server.asked)
    assert len(server.asked) >= 2 * len(FORMS)
    for form in (KEY, quote(KEY, safe=""), *coded):
        assert form in sent
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    answers = stored(folder / "store" / "cache.db")
    assert b"[key]" in kept[folder / "o.csv"]
    assert sum("[key]" in answer for answer in answers) == len(FORMS)
    for secret in (KEY, quote(KEY, safe=""), json.dumps(KEY)[1:-1], *coded):
        assert secret not in done.stdout + done.stderr + "".join(answers)
        assert [path for path, text in kept.items() if secret.encode() in text] == []


# No key at all


def test_without_any_key_the_free_tier_runs(folder: Path, sandbox_url: str) -> None:
    hosts: dict[str, Any] = {
        "dns": "dns.google",
        "gleif": "api.gleif.org",
        "rdap": "rdap.org",
        "wikidata": "query.wikidata.org",
        "wikipedia": "en.wikipedia.org",
    }
    lines = ["[provider.website]", "enabled = false"]
    for name, host in hosts.items():
        lines += [f"[provider.{name}]", f'base_url = "{sandbox_url}/@{host}"']
        lines += ['rate = "1000/s"']
    lines += [f'first.base_url = "{sandbox_url}/@query.wikidata.org"']
    (folder / "enrich.toml").write_text("\n".join(lines))
    done = enrich(
        "enrich run sample_data/leads.csv --columns company_name,lei,mail_provider,job_title"
        " --allow-private-hosts -o o.csv",
        folder,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((folder / "o.report.json").read_text())
    assert {one["name"] for one in report["providers"] if one["calls"]} >= {"dns", "wikidata"}
    assert report["spend"]["spent"] == "0.00"
    filled = {one["name"]: one["filled"] for one in report["fields"]}
    assert filled["mail_provider"] > 100
    assert filled["lei"] > 0
    for name, key in (("hunter-company", "HUNTER_API_KEY"), ("pdl-person", "PDL_API_KEY")):
        assert f"{name} ({key})" in done.stderr
    (note,) = (line for line in done.stderr.splitlines() if "providers left out" in line)
    # What each key would add, of what is wanted.
    (people,) = (part for part in note.split("; ") if "pdl-person" in part)
    assert people.rpartition(": ")[2].startswith("job_title from ")
    assert any(
        "hunter-company" in part and "company_name, mail_provider from" in part
        for part in note.split("; ")
    )
