"""`enrich warm`: it fills the store and writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shell import acme_in, enrich, holding, spec

WHAT = (
    "--columns company_name --providers acme --budget 5 --cache s"
    " --provider-dir own --allow-private-hosts"
)


@pytest.mark.long
def test_a_run_finds_what_was_warmed_and_no_file_was_written(folder: Path) -> None:
    (folder / "t.csv").write_text("site\nacme.example\nbolt.example\n")
    with holding() as held:
        held.let_go.set()
        acme_in(folder, spec(held.url))
        before = sorted(folder.iterdir())
        warmed = enrich(f"enrich warm t.csv {WHAT} --json", folder)
        assert warmed.returncode == 0, warmed.stderr
        report = json.loads(warmed.stdout)
        assert (report["spend"]["spent"], report["job"][-5:]) == ("0.10", "-warm")
        assert sorted(folder.iterdir()) == sorted([*before, folder / "s"])
        assert len(held.wait_for(2)) == 2
        enrich(f"enrich run t.csv {WHAT} --quiet -o o.csv", folder)
        assert held.arrived.empty()
    assert "bolt.example,Bolt\n" in (folder / "o.csv").read_text()
