"""The commands as a user runs them: the README's own, bad input, pipes, exit codes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def shell(command: str, folder: Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command line in `folder`, with a home and an environment of its own."""
    environ = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder / "home")}
    return subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environ,
        input=stdin,
        stdin=None if stdin is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    return tmp_path


def readme_commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    runnable = ("sample_data", "enrich fields", "providers list", "providers show")
    return [line for line in lines if any(part in line for part in runnable)]


@pytest.mark.parametrize("command", readme_commands())
def test_the_readmes_commands_run(command: str, folder: Path) -> None:
    done = shell(command, folder)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_a_run_keeps_every_row_and_cell_and_a_second_one_asks_nobody(folder: Path) -> None:
    run = "enrich run sample_data/leads.csv --columns company_name,job_title --sandbox --budget 60"
    first = shell(f"{run} -o one.csv", folder)
    assert first.returncode == 0, first.stderr
    before = pl.read_csv(folder / "sample_data/leads.csv", infer_schema=False)
    after = pl.read_csv(folder / "one.csv", infer_schema=False)
    assert after.select(before.columns).equals(before)
    assert after.columns == [*before.columns, "company_name", "job_title"]
    second = shell(f"{run} -o two.csv --json --quiet", folder)
    assert '"calls": 0' in second.stdout
    assert not re.search(r'"calls": [1-9]', second.stdout)
    assert (folder / "one.csv").read_bytes() == (folder / "two.csv").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ("run missing.csv --columns industry", 2, "missing.csv"),
        ("run sample_data --columns industry", 2, "sample_data"),
        ("run empty.csv --columns industry", 2, "empty"),
        ("run t.csv --columns industri", 2, "industry"),
        ("run t.csv --columns industry --providers nobody", 2, "nobody"),
        ("run t.csv --columns industry --providers hunter-company", 2, "HUNTER_API_KEY"),
        ("run t.csv --columns industry --sandbox -o t.csv", 2, "--in-place"),
        ("run t.csv --columns industry --sandbox -o no/where.csv", 2, "no/where.csv"),
        ("run t.csv --columns industry --sandbox", 2, "--budget"),
        ("run t.csv --sandbox", 2, "--columns"),
        ("run t.csv --columns industry --budget much", 2, "much"),
        ("run t.csv --columns industry --where 'sit = 1' --sandbox", 2, "site"),
        ("run t.csv --columns industry --json -o - --sandbox --yes", 2, "standard output"),
        ("estimate header.csv --columns industry --sandbox", 0, ""),
        ("run header.csv --columns industry --sandbox", 0, ""),
    ],
)
def test_bad_input_gets_one_clear_line_and_costs_nothing(
    arguments: str, code: int, says: str, folder: Path
) -> None:
    (folder / "t.csv").write_text("site\nacme.example\n", "utf-8")
    (folder / "header.csv").write_text("site,name\n", "utf-8")
    (folder / "empty.csv").write_bytes(b"")
    done = shell(f"enrich {arguments}", folder)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_help_loads_neither_polars_nor_httpx(folder: Path) -> None:
    script = (
        "import sys\nfrom enrich_cli.cli.app import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'polars', 'httpx', 'aiohttp', 'pydantic'} & sys.modules.keys()))"
    )
    done = shell(f'{sys.executable} -c "{script}"', folder)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_provenance_file_lies_beside_the_output(folder: Path) -> None:
    columns = "--columns company_name,job_title --sandbox --budget 60 --quiet"
    done = shell(f"enrich run sample_data/leads.csv {columns} --provenance file", folder)
    assert done.returncode == 0, done.stderr
    out = pl.read_csv(folder / "sample_data/leads.enriched.csv", infer_schema=False)
    found = pl.read_parquet(folder / "sample_data/leads.enriched.provenance.parquet")
    names = found.filter(pl.col("field") == "company_name")
    assert set(names["value"].drop_nulls()) == set(out["company_name"].drop_nulls())
    nameless = names.filter(pl.col("row").is_not_null())
    assert out["company_name"].gather(nameless["row"] - 1).null_count() == nameless.height > 0
    refused = shell(f"enrich run - {columns} --provenance file", folder, stdin="site\nacme.test\n")
    assert refused.returncode == 2
    assert "-o" in refused.stderr
