"""In a pipe, under a bare environment, and where nothing can be read or written."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import httpx
import pytest

from tests.cli.shell import BIN, acme_in, shell, spec, vendor

ACME = "--providers acme --provider-dir own --budget 10 --quiet"


def test_two_runs_in_one_pipe(folder: Path, sandbox: httpx.Client) -> None:
    fields = '\nemployee_count = "employee_count"\n'
    acme_in(folder, spec(vendor(sandbox), ', price = "0.05"') + fields)
    done = shell(
        f"cat sample_data/ten_companies.csv | enrich run - --columns company_name {ACME}"
        f" | enrich run - --columns employee_count {ACME}",
        folder,
    )
    assert (done.returncode, done.stderr) == (0, "")
    rows = [*csv.reader(io.StringIO(done.stdout))]
    text = (folder / "sample_data/ten_companies.csv").read_text("utf-8")
    before = [*csv.reader(io.StringIO(text))]
    assert [row[:4] for row in rows] == before
    assert rows[0][4:] == ["company_name", "employee_count"]
    assert all(row[4] and row[5] for row in rows[1:])
    # The second run had it all from the first one's answers.
    assert sandbox.get("/_stats").json()["asked_twice"] == {"acme": 0}


def test_a_bare_environment_is_enough(folder: Path, sandbox: httpx.Client) -> None:
    acme_in(folder, spec(vendor(sandbox), ', price = "0.05"'))
    done = shell(
        f"env -i {BIN / 'enrich'} run sample_data/ten_companies.csv --columns company_name {ACME}"
        " --cache store -o out.csv",
        folder,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (folder / "out.csv").exists()


@pytest.mark.long
def test_without_a_standard_input_a_file_is_read_and_a_dash_is_refused(
    folder: Path, sandbox: httpx.Client
) -> None:
    acme_in(folder, spec(vendor(sandbox), ', price = "0.05"'))
    file = f"enrich run sample_data/ten_companies.csv --columns company_name {ACME} -o out.csv"
    assert shell(f"{file} <&-", folder).returncode == 0
    dash = shell(f"enrich run - --columns company_name {ACME} <&-", folder)
    assert dash.returncode == 2
    assert dash.stderr.startswith("enrich: standard input is empty\n")
    quiet = shell(f"{file} <&- >&- 2>&-", folder)
    assert quiet.returncode == 0


def test_a_place_that_cannot_be_written_is_found_before_money_is_spent(
    folder: Path, sandbox: httpx.Client
) -> None:
    acme_in(folder, spec(vendor(sandbox), ', price = "0.05"'))
    run = f"enrich run sample_data/ten_companies.csv --columns company_name {ACME}"
    for place in ("-o /proc/out.csv", "-o out.csv --report /proc/r.json", "-o o.csv --log /proc/l"):
        done = shell(f"{run} {place}", folder)
        assert done.returncode == 2, place
        assert "/proc" in done.stderr.splitlines()[0]
    assert sandbox.get("/_stats").json()["total"] == 0


@pytest.mark.parametrize("command", ["--help", "--version", "run --help", "fields --sandbox"])
def test_words_that_nobody_can_take_end_quietly_or_in_one_line(command: str, folder: Path) -> None:
    left = shell(f"(enrich {command}; echo $? >&3) 3>code | true; cat code", folder)
    assert (left.stdout, left.stderr) == ("141\n", "")
    full = shell(f"enrich {command} >/dev/full", folder)
    assert full.returncode == 1
    assert full.stderr == "enrich: the machine failed: No space left on device\n"


@pytest.mark.parametrize(
    ("words", "last", "offered"),
    [
        ("enrich run t.csv --columns ", "company_name,job_t", "company_name,job_title"),
        ("enrich run t.csv --columns ", "Job=job_t", "Job=job_title"),
        ("enrich run t.csv --providers ", "pdl-c", "pdl-company"),
        ("enrich providers show ", "github-o", "github-org"),
        ("enrich jo", "", "jobs"),
        ("enrich jobs ", "expl", "explain"),
    ],
)
def test_a_tab_offers_what_fits_and_loads_nothing_heavy(
    words: str, last: str, offered: str, folder: Path
) -> None:
    line = words + last
    environ = {
        "_ENRICH_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
        "PYTHONPROFILEIMPORTTIME": "1",
    }
    done = shell("enrich", folder, environ=environ)
    assert offered in done.stdout.split()
    loaded = {one.rpartition("|")[2].strip() for one in done.stderr.splitlines()}
    assert not loaded & {"polars", "msgspec", "httpx", "aiohttp"}


@pytest.mark.long
def test_a_tab_offers_the_jobs(folder: Path) -> None:
    shell("enrich run sample_data/ten_companies.csv --columns company_name --sandbox --yes", folder)
    (job,) = shell("enrich jobs list --sandbox", folder).stdout.split("\n")[1].split()[:1]
    environ = {
        "_ENRICH_COMPLETE": "complete_bash",
        "COMP_WORDS": "enrich jobs show 20",
        "COMP_CWORD": "3",
    }
    assert shell("enrich", folder, environ=environ).stdout.split() == [job]
