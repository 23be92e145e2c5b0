"""`enrich jobs`, on jobs that were run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.shell import enrich

TABLE = "sample_data/ten_companies.csv"
RUN = (
    f"enrich run {TABLE} --columns company_name --providers website,pdl-company --sandbox"
    " --budget 5 -o o.csv"
)


@pytest.mark.long
def test_jobs_are_listed_and_shown(folder: Path) -> None:
    assert enrich("enrich jobs list", folder).stdout == "There was no job yet.\n"
    none = enrich("enrich jobs show", folder)
    assert (none.returncode, none.stderr.splitlines()[0]) == (2, "enrich: there was no job yet")

    summary = enrich(RUN, folder).stderr
    enrich(RUN, folder)
    assert enrich("enrich jobs list", folder).stdout == "There was no job yet.\n"  # sandbox: apart
    listed = enrich(
        "enrich jobs list --sandbox", folder, environ={"COLUMNS": "100"}
    ).stdout.splitlines()
    assert len(listed) == 3
    second, first = (line.split()[0] for line in listed[1:])

    shown = enrich(f"enrich jobs show {first} --sandbox", folder)
    assert shown.stdout.startswith(f"Job {first}, complete, started 20")
    said = summary.partition("Written: ")[0]
    assert re.sub(r"\d\.\d s", "", said) in re.sub(r"\d\.\d s", "", shown.stdout)
    latest = json.loads(enrich("enrich jobs show --sandbox --json", folder).stdout)
    assert (latest["job"], latest["charges"], latest["spent"]) == (second, [], "0.00")
    assert latest["report"]["job"] == second

    twice = enrich("enrich jobs show 2 --sandbox", folder)
    assert twice.returncode == 2
    assert twice.stderr.startswith("enrich: 2 jobs begin with '2'\n")
    unknown = enrich(f"enrich jobs show {first[:-1]}x --sandbox", folder)
    assert unknown.returncode == 2
    assert "did you mean" in unknown.stderr
