"""`enrich cache`: counted, handed on, taken in, pruned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.shell import acme_in, enrich, holding, spec

pytestmark = pytest.mark.long

RUN = (
    "enrich run t.csv --columns company_name --providers acme --budget 5 --quiet"
    " --provider-dir own --allow-private-hosts -o o.csv"
)


def stats(folder: Path, store: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(
        enrich(f"enrich cache stats --cache {store} --json", folder).stdout
    )
    return told


def test_answers_go_from_one_store_to_another(folder: Path) -> None:
    (folder / "t.csv").write_text("site\nacme.example\nbolt.example\n")
    with holding() as held:
        held.let_go.set()
        acme_in(folder, spec(held.url))
        enrich(f"{RUN} --cache mine", folder)
        assert enrich("enrich cache export a.parquet --cache mine", folder).returncode == 0
        done = enrich("enrich cache import a.parquet --cache yours", folder)
        assert done.stderr == "2 answers are new here, 0 not newer\n"
        assert len(held.wait_for(2)) == 2
        offline = enrich(f"{RUN} --cache yours", folder)
        assert (offline.returncode, held.arrived.empty()) == (0, True)
        assert (folder / "o.csv").read_text() == (
            "site,company_name\nacme.example,Acme\nbolt.example,Bolt\n"
        )
        held.name = "Newer"
        enrich(f"{RUN} --cache yours --refresh", folder)
    again = enrich("enrich cache import a.parquet --cache yours", folder)
    assert again.stderr == "0 answers are new here, 2 not newer\n"
    enrich(f"{RUN} --cache yours", folder)
    assert "acme.example,Newer\n" in (folder / "o.csv").read_text()

    mine, yours = stats(folder, "mine"), stats(folder, "yours")
    (line,) = mine["providers"]
    assert (line["name"], line["entries"], line["hits"], line["misses"]) == ("acme", 2, 2, 0)
    assert (mine["entries"], mine["worth"], yours["worth"]) == (2, "0.10", "0.10")
    jobs = json.loads(enrich("enrich jobs list --cache yours --json", folder).stdout)
    assert [job["spent"] for job in jobs] == ["0.00", "0.10", "0.00"]
    shown = enrich("enrich cache stats --cache mine", folder).stdout
    assert shown.startswith("mine: 2 answers, worth $0.10\n")


def test_pruning_says_what_goes_and_needs_a_yes(folder: Path) -> None:
    (folder / "t.csv").write_text("site\nacme.example\n")
    with holding() as held:
        held.let_go.set()
        acme_in(folder, spec(held.url))
        enrich(f"{RUN} --cache mine", folder)
    kept = enrich("enrich cache prune --older-than 1d --cache mine", folder)
    assert kept.stderr == "deleted 0 answers older than 1d, worth $0.00\n"
    refused = enrich("enrich cache prune --older-than 0s --cache mine", folder)
    assert refused.returncode == 2
    assert "this would delete 1 answer older than 0s, worth $0.05" in refused.stderr
    assert stats(folder, "mine")["entries"] == 1
    assert enrich("enrich cache prune --older-than 0s --yes --cache mine", folder).returncode == 0
    assert stats(folder, "mine")["entries"] == 0
    job = json.loads(enrich("enrich jobs show --cache mine --json", folder).stdout)
    assert job["spent"] == "0.05"
    wrong = enrich("enrich cache prune --older-than soon --cache mine", folder)
    assert wrong.stderr.startswith("enrich: --older-than: 'soon' is not an age")


def test_what_is_no_export_is_refused(folder: Path) -> None:
    (folder / "t.csv").write_text("site\nacme.example\n")
    pl.DataFrame({"key": ["a@1:b"]}).write_parquet(folder / "other.parquet")
    pl.DataFrame({"key": ["a@1:b"], "answer": [b"x"]}).write_parquet(folder / "bad.parquet")
    key = f"a@1:{'0' * 32}"
    pl.DataFrame({"key": [key], "answer": [b"\x01x"]}).write_parquet(folder / "torn.parquet")
    for name, said in (
        ("t.csv", "t.csv is no Parquet file"),
        ("other.parquet", "was not written by `enrich cache export`"),
        ("bad.parquet", "'a@1:b', which is no key of a stored answer"),
        ("torn.parquet", f"the stored answer '{key}' is damaged"),
        ("none.parquet", "there is no file none.parquet"),
    ):
        done = enrich(f"enrich cache import {name} --cache mine", folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr.splitlines()[0]
    assert stats(folder, "mine")["entries"] == 0
