"""Getting started: `init`, `config show`, `doctor`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from tests.cli.shell import enrich

KEY = {"HUNTER_API_KEY": "not-a-real-key-4711"}


def test_init_writes_a_configuration_that_works_and_never_overwrites(folder: Path) -> None:
    done = enrich("enrich init sample_data/leads.csv", folder, environ=KEY)
    assert (done.returncode, done.stdout) == (0, "")
    text = (folder / "enrich.toml").read_text("utf-8")
    told: dict[str, Any] = tomllib.loads(text)
    assert told["identify"]["company"][0] == "Website"
    assert told["columns"]["Industry"] == "industry"
    assert 1 <= float(told["run"]["budget"]) <= 25
    assert '"hunter-company"' in text
    assert "#   pdl-company: PDL_API_KEY" in text
    assert KEY["HUNTER_API_KEY"] not in text

    estimated = enrich("enrich estimate sample_data/leads.csv --sandbox --json", folder)
    assert (estimated.returncode, json.loads(estimated.stdout)["rows"]) == (0, 300)
    again = enrich("enrich init sample_data/leads.csv", folder)
    assert (again.returncode, again.stderr.splitlines()[0]) == (
        2,
        "enrich: enrich.toml is there already",
    )
    assert (folder / "enrich.toml").read_text("utf-8") == text


def test_each_setting_says_where_it_comes_from(folder: Path) -> None:
    (folder / "enrich.toml").write_text(
        '[run]\nbudget = "5"\ncontact = "me@northwind.example"\n'
        '[provider.acme]\nusd = "0.01"\nrequest.headers = { X-Key = "s3cret" }\n'
        "[accept]\nemployee_count = { confidence = 0.6 }\n"
    )
    environ = {"ENRICH_CONTACT": "you@northwind.example", "ENRICH_LIMIT": "7"}
    done = enrich("enrich config show --limit 9 --json", folder, environ=environ)
    said = {
        one["key"]: (one["value"], one["from"].rpartition("/")[2])
        for one in json.loads(done.stdout)
    }
    assert said["run.budget"] == ("5", "enrich.toml")
    assert said["run.contact"] == ("you@northwind.example", "ENRICH_CONTACT")
    assert said["run.limit"] == ("9", "--limit")
    assert said["run.overwrite"] == ("false", "default")
    assert said["run.cache"][1] == "default"
    assert said["provider.acme.usd"] == ("0.01", "enrich.toml")
    assert said["accept.employee_count.confidence"] == ("0.6", "enrich.toml")
    assert "s3cret" not in done.stdout
    assert "ENRICH_LIMIT" in enrich("enrich config show", folder, environ=environ).stdout


def test_the_doctor_finds_what_is_wrong(folder: Path) -> None:
    environ = {**KEY, "HTTPS_PROXY": "http://user:s3cret@proxy.example:3128"}
    well = enrich("enrich doctor --cache s --json", folder, environ=environ)
    assert well.returncode == 0
    found = {one["check"]: (one["state"], one["found"]) for one in json.loads(well.stdout)}
    assert found["keys"][1].startswith("HUNTER_API_KEY; ")
    assert found["store"] == ("ok", "s: writable, on a local disk, whole")
    assert found["proxies"] == ("ok", "HTTPS_PROXY (proxy.example)")
    assert "days old" in found["lists"][1]
    assert "s3cret" not in well.stdout
    assert KEY["HUNTER_API_KEY"] not in well.stdout

    (folder / "file").write_text("")
    ill = enrich("enrich doctor --cache file", folder, environ={"SSL_CERT_FILE": "/none.pem"})
    assert ill.returncode == 2
    assert "is not a folder" in " ".join(ill.stdout.split())
    assert "no HTTPS call can be made" in " ".join(ill.stdout.split())
