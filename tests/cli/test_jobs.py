"""`enrich jobs`, on jobs that were run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.shell import shell

TABLE = "sample_data/ten_companies.csv"
RUN = (
    f"enrich run {TABLE} --columns company_name --providers website,pdl-company --sandbox"
    " --budget 5 -o o.csv"
)


@pytest.mark.long
def test_jobs_are_listed_and_shown(folder: Path) -> None:
    assert shell("enrich jobs list", folder).stdout == "There was no job yet.\n"
    none = shell("enrich jobs show", folder)
    assert (none.returncode, none.stderr.splitlines()[0]) == (2, "enrich: there was no job yet")

    summary = shell(RUN, folder).stderr
    shell(RUN, folder)
    assert shell("enrich jobs list", folder).stdout == "There was no job yet.\n"  # sandbox: apart
    listed = shell("COLUMNS=100 enrich jobs list --sandbox", folder).stdout.splitlines()
    assert len(listed) == 3
    second, first = (line.split()[0] for line in listed[1:])

    shown = shell(f"enrich jobs show {first} --sandbox", folder)
    assert shown.stdout.startswith(f"Job {first}, complete, started 20")
    said = summary.partition("Written: ")[0]
    assert re.sub(r"\d\.\d s", "", said) in re.sub(r"\d\.\d s", "", shown.stdout)
    latest = json.loads(shell("enrich jobs show --sandbox --json", folder).stdout)
    assert (latest["job"], latest["charges"], latest["spent"]) == (second, [], "0.00")
    assert latest["report"]["job"] == second

    twice = shell("enrich jobs show 2 --sandbox", folder)
    assert twice.returncode == 2
    assert twice.stderr.startswith("enrich: 2 jobs begin with '2'\n")
    unknown = shell(f"enrich jobs show {first[:-1]}x --sandbox", folder)
    assert unknown.returncode == 2
    assert "did you mean" in unknown.stderr
