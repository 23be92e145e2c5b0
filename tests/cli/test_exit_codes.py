"""Each exit code, seen from outside, with what must be written beside it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from tests.cli.shell import BIN, acme_in, environ_of, shell, spec, vendor

pytestmark = pytest.mark.long

COLUMNS = "--columns company_name --providers acme --provider-dir own"
TABLE = "sample_data/ten_companies.csv"


def acme(folder: Path, sandbox: httpx.Client, more: str = "") -> None:
    acme_in(folder, spec(vendor(sandbox), ', price = "0.05"' + more))


def written(folder: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The output, which has all rows, and the report beside it."""
    table = pl.read_csv(folder / "out.csv", infer_schema=False)
    assert table.height == pl.read_csv(folder / TABLE, infer_schema=False).height
    report = json.loads((folder / "out.report.json").read_bytes())
    return table, report


def test_0_where_everything_was_answered_also_with_a_no(
    folder: Path, sandbox: httpx.Client
) -> None:
    acme(folder, sandbox, ', hit = "50"')
    done = shell(f"enrich run {TABLE} {COLUMNS} --budget 9 -o out.csv", folder)
    assert done.returncode == 0, done.stderr
    _, report = written(folder)
    assert report["gaps"] == {"not_found": 30}
    assert report["status"] == "complete"


@pytest.mark.parametrize(
    "command",
    [
        f"enrich run {TABLE} {COLUMNS} --budget 9 -o /dev/full",
        f"enrich run {TABLE} {COLUMNS} --budget 9 -o - >/dev/full",
        f"enrich run {TABLE} {COLUMNS} --budget 9 -o - >&-",
        f"enrich run {TABLE} {COLUMNS} --budget 9 -o out.csv --events /dev/full",
        f"enrich run {TABLE} {COLUMNS} --budget 9 -o out.csv --report full.json",
        "enrich fields >/dev/full",
        "enrich fields --json >/dev/full",
    ],
)
def test_1_where_the_machine_fails(command: str, folder: Path, sandbox: httpx.Client) -> None:
    acme(folder, sandbox)
    (folder / "full.json").symlink_to("/dev/full")
    done = shell(f"{command} --quiet" if "run" in command else command, folder)
    assert done.returncode == 1
    first, *rest = done.stderr.splitlines()
    assert first.startswith("enrich: ")
    assert "No space left" in first or "Bad file descriptor" in first
    assert all(line.startswith("  hint: ") for line in rest)


def test_1_keeps_what_was_paid_for(folder: Path, sandbox: httpx.Client) -> None:
    acme(folder, sandbox)
    run = f"enrich run {TABLE} {COLUMNS} --budget 9 --quiet"
    assert shell(f"{run} -o /dev/full", folder).returncode == 1
    (last,) = json.loads(shell("enrich jobs list --json", folder).stdout)
    assert last["status"] == "interrupted"
    assert shell(f"{run} -o out.csv", folder).returncode == 0
    table, report = written(folder)
    assert table["company_name"].null_count() == 0
    assert report["spend"]["spent"] == "0.00"
    assert sandbox.get("/_stats").json()["asked_twice"] == {"acme": 0}


def test_2_where_nothing_was_spent(folder: Path, sandbox: httpx.Client) -> None:
    acme(folder, sandbox)
    done = shell(f"enrich run {TABLE} {COLUMNS} -o out.csv", folder)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "enrich: this may cost up to $0.50, and nobody approved it",
        "  hint: --budget USD, or --yes",
    ]
    assert not (folder / "out.csv").exists()
    assert sandbox.get("/_stats").json()["total"] == 0


def test_3_where_the_budget_left_cells_empty(folder: Path, sandbox: httpx.Client) -> None:
    acme(folder, sandbox)
    done = shell(f"enrich run {TABLE} {COLUMNS} --budget 0.20 -o out.csv", folder)
    assert done.returncode == 3, done.stderr
    _, report = written(folder)
    assert report["gaps"] == {"budget": 60}
    assert report["status"] == "budget"
    assert "raise --budget" in done.stderr
    assert sandbox.get("/_stats").json()["billed_total"] == 200_000


@pytest.mark.parametrize("kind", ["auth", "out_of_credit", "garbage"])
def test_4_where_a_provider_could_not_be_asked(
    kind: str, folder: Path, sandbox: httpx.Client
) -> None:
    acme(folder, sandbox)
    sandbox.post("/_faults", json=[{"kind": kind, "player": "acme"}])
    done = shell(f"enrich run {TABLE} {COLUMNS} --budget 9 -o out.csv", folder)
    assert done.returncode == 4, done.stderr
    _, report = written(folder)
    assert report["status"] == "partial"
    # What came as garbage may be paid for; the others were refused for nothing.
    assert report["gaps"] == {"unknown_charge" if kind == "garbage" else "provider_failed": 100}


@pytest.mark.parametrize(
    "arguments",
    [
        "fields",
        "fields --json",
        "providers list",
        "providers show pdl-company --json",
        f"inspect {TABLE}",
        f"inspect {TABLE} --json",
        f"estimate {TABLE} {COLUMNS}",
        f"estimate {TABLE} {COLUMNS} --json",
        f"run {TABLE} {COLUMNS} --budget 9 -o - --report out.report.json",
        f"run {TABLE} {COLUMNS} --budget 9 -o out.csv --events -",
        f"run {TABLE} {COLUMNS} --budget 9 -o out.csv --json",
        f"run {TABLE} {COLUMNS} --budget 9 -o out.csv --json --events events.jsonl",
    ],
)
def test_141_quietly_where_the_reader_has_left(
    arguments: str, folder: Path, sandbox: httpx.Client
) -> None:
    acme(folder, sandbox)
    quiet = ["--quiet"] if arguments.startswith("run") else []
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [BIN / "enrich", *arguments.split(), *quiet],
            cwd=folder,
            env=environ_of(folder),
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")
    if "-o out.csv" in arguments:
        written(folder)
    elif quiet:
        report = json.loads((folder / "out.report.json").read_bytes())
        assert report["status"] == "complete"


def test_141_where_the_reader_of_the_words_has_left(folder: Path, sandbox: httpx.Client) -> None:
    acme(folder, sandbox)
    run = f"enrich run {TABLE} {COLUMNS} --budget 9 -o out.csv"
    done = shell(f"({run}; echo $? >code) 2>&1 | true; cat code", folder)
    assert done.stdout == "141\n"
    written(folder)


def test_head_is_enough_of_a_reader(folder: Path, sandbox: httpx.Client) -> None:
    acme(folder, sandbox)
    run = f"enrich run {TABLE} {COLUMNS} --budget 9 --quiet"
    done = shell(f"{run} -o - | head -1", folder)
    assert (done.stdout, done.stderr) == ("id,Company,Website,Email,company_name\n", "")
    done = shell(f"{run} -o out.csv --events - | head -1", folder)
    assert json.loads(done.stdout)["event"] == "run_started"
    assert done.stderr == ""
