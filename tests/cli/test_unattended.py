"""What a run needs that nobody watches: a log, and nothing to do where nothing has changed."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.cli.shell import PATIENCE, acme_in, enrich, environ_of, shell, spec, vendor

pytestmark = pytest.mark.long

ACME = "--providers acme --provider-dir own --budget 10 -o out.csv"
RUN = f"enrich run t.csv --columns company_name {ACME} --if-changed"
UNCHANGED = "t.csv: nothing has changed since the last run\n"


@pytest.fixture
def table(folder: Path, sandbox: httpx.Client) -> Path:
    shutil.copy(folder / "sample_data" / "ten_companies.csv", folder / "t.csv")
    acme_in(folder, spec(vendor(sandbox), ', price = "0.05"'))
    return folder


def test_a_table_that_has_not_changed_is_left_alone(table: Path) -> None:
    assert enrich(RUN, table).returncode == 0
    made = (table / "out.csv").stat().st_mtime_ns
    again = enrich(f"{RUN} --yes --concurrency 1", table)  # these change nothing
    assert (again.returncode, again.stderr) == (0, UNCHANGED)
    assert enrich(f"{RUN} --quiet", table).stderr == ""
    assert (table / "out.csv").stat().st_mtime_ns == made
    assert len(enrich("enrich jobs list", table).stdout.splitlines()) == 2  # one job, and the head


@pytest.mark.parametrize(
    ("change", "command"),
    [
        ("sed -i 's/001,/111,/' t.csv; touch -d 2020-01-01 t.csv", RUN),  # older than the output
        ("rm out.report.json", RUN),
        ("printf '[run]\\nlimit = 3\\n' >enrich.toml", RUN),
        ("echo '# dearer' >>own/acme.toml", RUN),
        ("true", f"{RUN} --limit 5"),
        ("true", f"{RUN} --max-age 0s"),
        ("true", RUN.replace("company_name", "Name=company_name")),
    ],
)
def test_whatever_may_change_the_output_makes_a_run(change: str, command: str, table: Path) -> None:
    assert enrich(RUN, table).returncode == 0
    assert shell(change, table).returncode == 0
    done = enrich(command, table)
    assert done.returncode == 0, done.stderr
    assert UNCHANGED not in done.stderr


def test_what_was_left_undone_is_no_reason_to_do_nothing(
    table: Path, sandbox: httpx.Client
) -> None:
    short = RUN.replace("--budget 10", "--budget 0.1")
    assert enrich(short, table).returncode == 3
    assert UNCHANGED not in enrich(short, table).stderr
    sandbox.post("/_faults", json=[{"kind": "auth", "player": "acme"}])
    assert enrich(RUN, table).returncode == 4
    sandbox.post("/_faults", json=[])
    assert UNCHANGED not in enrich(RUN, table).stderr
    assert enrich(RUN, table).stderr == UNCHANGED


def test_a_log_tells_the_start_the_end_and_what_went_wrong(
    table: Path, sandbox: httpx.Client
) -> None:
    sandbox.post("/_faults", json=[{"kind": "auth", "player": "acme", "after": 4}])
    run = RUN.replace(" --if-changed", " --quiet --log enrich.log --concurrency 1")
    assert shell(run, table).returncode == 4
    sandbox.post("/_faults", json=[])
    assert shell(run, table).returncode == 0
    assert shell(f"{run} --where 'no = 1'", table).returncode == 2
    lines = (table / "enrich.log").read_text("utf-8").splitlines()
    parts = [re.fullmatch(r"(\S+) enrich\[(\d+)\]: (.*)", line) for line in lines]
    told = [part[3] for part in parts if part]
    assert len(told) == len(lines)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", part[1]) for part in parts if part)
    assert len({part[2] for part in parts if part}) == 3  # three processes
    report = json.loads((table / "out.report.json").read_bytes())
    assert [re.sub(r"\d\.\d s|\d{8}-\d{6}-[0-9a-f]{4}", "*", text) for text in told] == [
        "job * started: t.csv: 100 rows, 10 companies",
        "100 cells to fill, budget $10.00",
        "acme: key refused (1)",
        "60 cells stayed empty, provider_failed: a provider could not be asked",
        "job * ended, partial: 40 of 100 cells filled in *, $0.20 spent",
        "job * started: t.csv: 100 rows, 10 companies",
        "100 cells to fill, budget $10.00",
        "job * ended, complete: 100 of 100 cells filled in *, $0.30 spent",
        told[-1],
    ]
    assert told[-1].startswith("error: --where")
    assert report["job"] in told[-2]


@pytest.mark.parametrize("log", ["no/such/folder.log", "sample_data"])
def test_a_log_that_cannot_be_written_is_said_before_money_is_spent(
    log: str, table: Path, sandbox: httpx.Client
) -> None:
    done = enrich(f"{RUN} --log {log}", table)
    assert done.returncode == 2
    assert done.stderr.startswith(f"enrich: --log {log}: ")
    assert sandbox.get("/_stats").json()["total"] == 0


def test_a_reader_of_standard_error_that_does_not_read_stops_nothing(table: Path) -> None:
    read, write = os.pipe()
    try:
        os.set_blocking(write, False)
        with suppress(BlockingIOError):
            while True:
                os.write(write, b"x" * 4096)
        os.set_blocking(write, True)
        run = f"enrich run t.csv {ACME.removesuffix('out.csv')}- --columns"
        done = subprocess.run(
            f"{run} company_name; echo $? > code; {run} compny_name; echo $? >> code",
            shell=True,
            cwd=table,
            env=environ_of(table),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=write,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        os.close(write)
        os.close(read)
    rows = [*csv.reader(io.StringIO(done.stdout))]
    assert len(rows) == 101
    assert all(row[-1] for row in rows)
    assert (table / "code").read_text("utf-8").split() == ["0", "2"]
