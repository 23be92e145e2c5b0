"""`enrich jobs explain` and `diff`, on jobs that were run against a made-up vendor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.shell import acme_in, enrich, holding, shell, spec, vendor

pytestmark = pytest.mark.long

TABLE = (
    "site,mail,company_name\nacme.example,,\n,eve@acme.example,\n"
    "nobody.example,,\nkept.example,,Kept\nN/A,,\n"
)
RUN = "enrich run t.csv --columns company_name --providers acme --budget 5 --cache s --quiet"
OWN = "--provider-dir own --allow-private-hosts"


def explained(folder: Path, cell: str) -> dict[str, Any]:
    done = enrich(f"enrich jobs explain {cell} --cache s --json", folder)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_cell_is_followed_to_its_charge(folder: Path) -> None:
    (folder / "t.csv").write_text(TABLE)
    with holding() as held:
        held.let_go.set()
        acme_in(folder, spec(held.url))
        assert enrich(f"{RUN} {OWN}", folder).returncode == 0

    told = explained(folder, "1 company_name")
    (answer,) = told.pop("answers")
    assert told["named_by"] == [{"column": "site", "raw": "acme.example"}]
    assert (told["ending"], told["value"], told["identifier"]) == ("filled", "Acme", "acme.example")
    assert (answer["reply"], answer["rule"], answer["stored"]) == ("hit", "accepted", False)
    assert answer["charge"]["usd"] == "0.05"
    assert answer["charge"]["id"].startswith(told["job"])

    by_mail = explained(folder, "2 company_name")
    assert by_mail["named_by"] == [{"column": "mail", "raw": "eve@acme.example"}]
    assert (by_mail["entity_id"], by_mail["answers"]) == (told["entity_id"], [answer])
    assert explained(folder, "4 company_name")["ending"] == "kept"
    assert explained(folder, "5 company_name")["reason"] == "no_identifier"
    shown = enrich("enrich jobs explain 1 company_name --cache s", folder).stdout
    assert "t.csv, row 1, company_name: Acme, from acme" in shown
    assert f"charge {answer['charge']['id']}: $0.05, settled" in shown


def test_a_table_that_had_to_be_copied_is_explained_all_the_same(folder: Path) -> None:
    (folder / "t.csv").write_bytes(b"site;town;company_name\r\nacme.example;K\xf6ln;\r\n")
    with holding() as held:
        held.let_go.set()
        acme_in(folder, spec(held.url))
        assert enrich(f"{RUN} {OWN}", folder).returncode == 0
    assert explained(folder, "1 company_name")["value"] == "Acme"


def test_what_cannot_be_explained_is_said_in_one_line(folder: Path) -> None:
    (folder / "t.csv").write_text(TABLE)
    with holding() as held:
        held.let_go.set()
        acme_in(folder, spec(held.url))
        enrich(f"{RUN} {OWN} --where \"site <> 'nobody.example'\"", folder)
        shell(f"cat t.csv | {RUN.replace('t.csv', '-')} {OWN}", folder)
    jobs = json.loads(enrich("enrich jobs list --cache s --json", folder).stdout)
    first, piped = (job["job"] for job in jobs)
    assert explained(folder, f"{first} 3 company_name")["ending"] == "unselected"
    for cell, said in (
        (f"{first} 6 company_name", "there is no row 6: t.csv has 5, counted from 1"),
        (f"{first} 1 company_nam", "did you mean company_name?"),
        (f"{first} x company_name", "'x' is not the number of a row"),
        (f"{piped} 1 company_name", "was standard input, which is not kept"),
        ("company_name", "explain takes a row and a column"),
    ):
        done = enrich(f"enrich jobs explain {cell} --cache s", folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr.splitlines()[0]
    (folder / "t.csv").write_text(TABLE.replace("kept", "kebt"))
    done = enrich(f"enrich jobs explain {first} 1 company_name --cache s", folder)
    assert done.returncode == 2
    assert done.stderr.startswith(f"enrich: t.csv has changed since job {first}\n")


def test_a_table_that_its_output_replaced_is_explained_all_the_same(folder: Path) -> None:
    (folder / "t.csv").write_text(TABLE)
    with holding() as held:
        held.let_go.set()
        acme_in(folder, spec(held.url))
        assert enrich(f"{RUN} {OWN} --in-place", folder).returncode == 0
    assert explained(folder, "1 company_name")["provider"] == "acme"
    assert explained(folder, "4 company_name")["ending"] == "kept"


def test_two_jobs_are_compared(folder: Path) -> None:
    (folder / "t.csv").write_text(TABLE)
    with holding() as held:
        held.let_go.set()
        acme_in(folder, spec(held.url))
        enrich(f"{RUN} {OWN}", folder)
        enrich(f"{RUN} {OWN}", folder)
        held.name = "New Name"
        (folder / "t.csv").write_text(TABLE.replace("nobody.example", "come.example"))
        enrich(f"{RUN} {OWN} --refresh", folder)
        acme_in(folder, spec(held.url).replace('"company_name"', '"other"'))
        (folder / "enrich.toml").write_text('[accept]\ncompany_name = { pattern = "Old.*" }\n')
        enrich(f"{RUN} {OWN}", folder)
    listed = json.loads(enrich("enrich jobs list --cache s --json", folder).stdout)
    jobs = [job["job"] for job in listed]

    same = enrich(f"enrich jobs diff {jobs[0]} {jobs[1]} --cache s", folder)
    assert "No value differs." in same.stdout
    told = json.loads(
        enrich(f"enrich jobs diff {jobs[1]} {jobs[2]} --cache s --json", folder).stdout
    )
    assert told["entities"] == {"both": 1, "gone": 1, "new": 1}
    (change,) = told["changes"]
    assert (change["before"], change["after"]) == ("Acme", "New Name")
    assert (change["cause"], change["usd"]) == ("source", "0.05")
    rule = json.loads(enrich(f"enrich jobs diff {jobs[2]} --cache s --json", folder).stdout)
    assert rule["causes"] == {"rule": 2}
    assert {c["after_reason"] for c in rule["changes"]} == {"not_found"}
    shown = enrich(f"enrich jobs diff {jobs[1]} {jobs[2]} --cache s", folder).stdout
    assert "1 value differs: the source says otherwise 1; $0.05 paid for them" in shown


def test_the_vendor_that_another_job_asked_is_said_to_have_been_asked_before(
    folder: Path, sandbox: httpx.Client
) -> None:
    (folder / "t.csv").write_text("site\nnorthwind.example\n")
    acme_in(folder, spec(vendor(sandbox)))
    enrich(f"{RUN} {OWN}", folder)
    enrich(f"{RUN} {OWN}", folder)
    (answer,) = explained(folder, "1 company_name")["answers"]
    assert answer["stored"]
