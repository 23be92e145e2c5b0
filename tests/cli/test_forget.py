"""`enrich cache forget` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shell import enrich

RUN = "enrich run t.csv --sandbox --columns company_name --provenance columns --yes"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "t.csv").write_text("site\nnorthwind.example\nacme.example\n", "utf-8")
    assert enrich(RUN, tmp_path).returncode == 0
    return tmp_path


def test_who_is_forgotten_is_not_known_any_more_and_the_others_are(folder: Path) -> None:
    told = enrich("enrich cache forget https://www.NORTHWIND.example/about --sandbox", folder)
    assert told.returncode == 0
    assert told.stderr.startswith("forgotten: ")
    enrich(f"{RUN} --offline", folder)
    report = json.loads((folder / "t.enriched.report.json").read_bytes())
    assert report["gaps"] == {"offline": 1}
    assert report["entities"]["company"]["cached"] == 1


def test_nothing_to_forget(folder: Path) -> None:
    told = enrich("enrich cache forget borealis.example --sandbox", folder)
    assert (told.returncode, told.stderr) == (0, "the store has nothing about this entity\n")
    told = enrich("enrich cache forget borealis.example --sandbox --json", folder)
    assert set(json.loads(told.stdout).values()) == {0}


def test_what_names_nobody(folder: Path) -> None:
    told = enrich("enrich cache forget 'Mara Rivera' --sandbox", folder)
    assert told.returncode == 2
    assert "'Mara Rivera' names nobody" in told.stderr


def test_what_jobs_did_names_them_no_more(folder: Path) -> None:
    told = enrich("enrich jobs explain 1 company_name --sandbox --json", folder)
    assert json.loads(told.stdout)["ending"] == "filled"
    enrich("enrich cache forget northwind.example --sandbox", folder)
    gone = json.loads(enrich("enrich jobs explain 1 company_name --sandbox --json", folder).stdout)
    assert (gone["value"], gone["answers"]) == (None, [])
    left = enrich("enrich jobs explain 2 company_name --sandbox --json", folder)
    assert json.loads(left.stdout)["ending"] == "filled"
