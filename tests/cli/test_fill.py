"""[fill]: what answers may do to columns that the table has already."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.shell import acme_in, enrich, holding, spec

RUN = (
    "enrich run t.csv --columns company_name --providers acme --budget 5 --cache s"
    " --provider-dir own --allow-private-hosts --quiet -o o.csv"
)
OLD, NEW = "2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
TABLE = (
    "site,company_name,company_name__at\n"
    f"old.example,Was,{OLD}\nnew.example,Was,{NEW}\nbare.example,Was,\nempty.example,,\n"
)


@pytest.mark.parametrize(
    ("rule", "more", "names"),
    [
        ('"fill"', "", ["Was", "Was", "Was", "Empty"]),
        ('"overwrite"', "", ["Old", "New", "Bare", "Empty"]),
        ('"keep"', "", ["Was", "Was", "Was", ""]),
        ('"keep"', "--overwrite", ["Was", "Was", "Was", ""]),
        ('{ prefer = "newer" }', "--provenance columns", ["Old", "Was", "Was", "Empty"]),
    ],
)
def test_a_column_is_filled_by_its_rule(
    rule: str, more: str, names: list[str], folder: Path
) -> None:
    (folder / "t.csv").write_text(TABLE)
    (folder / "enrich.toml").write_text(f"[fill]\ncompany_name = {rule}\n")
    with holding() as held:
        held.let_go.set()
        acme_in(folder, spec(held.url))
        done = enrich(f"{RUN} {more}", folder)
    assert done.returncode == 0, done.stderr
    with (folder / "o.csv").open() as file:
        rows = [*csv.DictReader(file)]
    assert [row["company_name"] for row in rows] == names
    if "newer" in rule:
        assert (rows[0]["company_name__at"] > OLD, rows[1]["company_name__at"]) == (True, NEW)


@pytest.mark.parametrize(
    ("rule", "table", "said"),
    [
        ('"fil"', TABLE, "[fill] company_name: 'fil' is no rule"),
        ('{ prefer = "newer" }', TABLE, "so its date is needed"),
        ('{ prefer = "newer" }', "site,company_name\nold.example,Was\n", "'company_name__at'"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(rule: str, table: str, said: str, folder: Path) -> None:
    (folder / "t.csv").write_text(table)
    (folder / "enrich.toml").write_text(f"[fill]\ncompany_name = {rule}\n")
    acme_in(folder, spec("http://127.0.0.1:9"))
    done = enrich(RUN, folder)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[0]
