"""`[suppress]` as a user meets it: nobody is told anything about who is on the list."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.cli.shell import acme_in, enrich, holding, spec

pytestmark = pytest.mark.long

TABLE = """email,linkedin,site
mara@acme.example,linkedin.com/in/mara,acme.example
jo@bolt.example,linkedin.com/in/jo,bolt.example
ada@kite.example,,kite.example
"""
PERSON = """
name = "who"
entity = "person"
tier = "free"
needs = [["linkedin"], ["email"]]
base_url = "BASE"
[request]
path = "/who"
query = { domain = "{linkedin?}", mail = "{email?}" }
[fields]
job_title = "company_name"
"""


def test_nobody_is_asked_about_who_is_listed(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE, "utf-8")
    digest = hashlib.sha256(b"ada@kite.example").hexdigest()
    (tmp_path / "never.txt").write_text(f"# by hash\nsha256:{digest}\n", "utf-8")
    (tmp_path / "enrich.toml").write_text(
        '[suppress]\nemails = ["Mara@acme.example"]\ndomains = ["bolt.example"]\n'
        'files = ["never.txt"]\n',
        "utf-8",
    )
    run = (
        "enrich run t.csv --provider-dir own --providers acme,who --columns company_name,job_title"
        " --budget 1 -o o.csv"
    )
    with holding() as held:
        held.let_go.set()
        acme_in(tmp_path, spec(held.url))
        (tmp_path / "own" / "who.toml").write_text(PERSON.replace("BASE", held.url), "utf-8")
        estimated = enrich(run.replace("run", "estimate").replace(" -o o.csv", " --json"), tmp_path)
        done = enrich(run, tmp_path)
        asked = held.arrived.qsize()
        domains = held.wait_for(asked)
    assert done.returncode == 0, done.stderr
    assert sorted(domains) == ["acme.example", "kite.example"]
    entities = json.loads(estimated.stdout)["entities"]
    assert {type_: entities[type_]["asked"] for type_ in entities} == {"company": 2, "person": 0}
    assert (tmp_path / "o.csv").read_text().splitlines()[1:] == [
        "mara@acme.example,linkedin.com/in/mara,acme.example,Acme,",
        "jo@bolt.example,linkedin.com/in/jo,bolt.example,,",
        "ada@kite.example,,kite.example,Kite,",
    ]
    report = json.loads((tmp_path / "o.report.json").read_bytes())
    assert report["gaps"] == {"suppressed": 4}
    shown = enrich("enrich inspect t.csv --json", tmp_path)
    assert {one["identifier"] for one in json.loads(shown.stdout)["suppressed"]} == {
        "linkedin.com/in/mara",
        "linkedin.com/in/jo",
        "bolt.example",
        "ada@kite.example",
    }
    shown = enrich("enrich inspect t.csv", tmp_path)
    assert "4 on your list of those not to be asked about" in shown.stdout


def test_one_row_of_many_is_enough(tmp_path: Path) -> None:
    """Most rows of a person have another address than the one that is listed."""
    page = "linkedin.com/in/"
    rows = [("a@x.example", "mara")] * 2 + [("mara@acme.example", "mara"), ("z@x.example", "jo")]
    lines = [f"{mail},{page}{name}" for mail, name in rows]
    (tmp_path / "t.csv").write_text("\n".join(["email,linkedin", *lines]) + "\n", "utf-8")
    (tmp_path / "enrich.toml").write_text('[suppress]\nemails = ["mara@acme.example"]\n')
    with holding() as held:
        held.let_go.set()
        (tmp_path / "own").mkdir()
        (tmp_path / "own" / "who.toml").write_text(PERSON.replace("BASE", held.url), "utf-8")
        run = "enrich run t.csv --provider-dir own --providers who --columns job_title -o o.csv"
        done = enrich(run, tmp_path)
        assert done.returncode == 0, done.stderr
        assert held.wait_for(held.arrived.qsize()) == [f"{page}jo"]
    report = json.loads((tmp_path / "o.report.json").read_bytes())
    assert report["gaps"] == {"suppressed": 3}
    shown = enrich("enrich inspect t.csv --json", tmp_path)
    (one,) = json.loads(shown.stdout)["suppressed"]
    assert (one["identifier"], one["rows"]) == (f"{page}mara", 3)


def test_a_list_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE, "utf-8")
    (tmp_path / "enrich.toml").write_text('[suppress]\nfiles = ["never.txt"]\n', "utf-8")
    told = enrich("enrich inspect t.csv", tmp_path)
    assert told.returncode == 2
    assert "[suppress] files: " in told.stderr
    (tmp_path / "never.txt").write_text("acme.example\n\nMara Rivera # who?\n", "utf-8")
    told = enrich("enrich run t.csv --sandbox --columns company_name --yes", tmp_path)
    assert told.returncode == 2
    assert "never.txt, line 3: 'Mara Rivera' names nobody" in told.stderr


def test_what_is_stored_is_not_written_either(tmp_path: Path) -> None:
    run = "enrich run t.csv --sandbox --columns company_name --yes -o o.csv"
    (tmp_path / "t.csv").write_text("site\nnorthwind.example\nacme.example\n", "utf-8")
    for _ in range(2):  # the second time from what is settled
        assert enrich(run, tmp_path).returncode == 0
    assert "Northwind" in (tmp_path / "o.csv").read_text()
    (tmp_path / "enrich.toml").write_text('[suppress]\ndomains = ["northwind.example"]\n')
    for _ in range(2):
        assert enrich(run, tmp_path).returncode == 0
        lines = (tmp_path / "o.csv").read_text().splitlines()
        assert lines[1] == "northwind.example,"
        assert lines[2].startswith("acme.example,A")
        report = json.loads((tmp_path / "o.report.json").read_bytes())
        assert report["gaps"] == {"suppressed": 1}


def test_who_wants_a_contact_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("site\nnorthwind.example\n", "utf-8")
    run = "enrich run t.csv --offline --columns ticker,company_name -o o.csv"
    told = enrich(run, tmp_path).stderr
    assert "sec-edgar (SEC_USER_AGENT)" in told
    assert "wikidata, wikipedia: asks for a contact in the user agent" in told
    told = enrich(run, tmp_path, environ={"ENRICH_CONTACT": "me@acme.example"}).stderr
    assert "asks for a contact" not in told


def test_who_answers_only_with_a_contact_is_left_out_without_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("site\nacme.example\n", "utf-8")
    run = "enrich run t.csv --provider-dir own --columns company_name --offline -o o.csv"
    acme_in(tmp_path, spec("http://127.0.0.1:9").replace("[price]", 'contact = "needed"\n[price]'))
    (tmp_path / "enrich.toml").write_text('[waterfall]\ncompany = ["acme", "wikidata"]\n')
    told = enrich(run, tmp_path)
    assert (told.returncode, "'acme' answers only who gives a contact" in told.stderr) == (2, True)
    assert 'set contact = "you@your.domain" under [run]' in told.stderr
    (tmp_path / "enrich.toml").write_text("")
    told = enrich(run, tmp_path)
    assert told.returncode == 0
    assert "acme left out: it answers only who gives a contact" in told.stderr
    told = enrich(
        f"{run} --providers acme", tmp_path, environ={"ENRICH_CONTACT": "me@acme.example"}
    )
    assert told.returncode == 0, told.stderr
    assert "contact" not in told.stderr
