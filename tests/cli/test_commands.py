"""The commands as a user runs them: the README's own, bad input, pipes, exit codes."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.cli.shell import acme_in, enrich, holding, shell, spec


def test_a_run_keeps_every_row_and_cell_and_a_second_one_asks_nobody(folder: Path) -> None:
    run = "enrich run sample_data/leads.csv --columns company_name,job_title --sandbox --budget 60"
    first = enrich(f"{run} -o one.csv", folder)
    assert first.returncode == 0, first.stderr
    before = pl.read_csv(folder / "sample_data/leads.csv", infer_schema=False)
    after = pl.read_csv(folder / "one.csv", infer_schema=False)
    assert after.select(before.columns).equals(before)
    assert after.columns == [*before.columns, "company_name", "job_title"]
    second = enrich(f"{run} -o two.csv --json --quiet", folder)
    assert '"calls": 0' in second.stdout
    assert not re.search(r'"calls": [1-9]', second.stdout)
    assert (folder / "one.csv").read_bytes() == (folder / "two.csv").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ("run missing.csv --columns industry", 2, "missing.csv"),
        ("run sample_data --columns industry", 2, "sample_data is a folder"),
        ("run 'sample_data/*.csv' --columns industry", 2, "sample_data/*.csv is a pattern"),
        ("inspect sample_data", 2, "sample_data is a folder"),
        ("run empty.csv --columns industry", 2, "empty"),
        ("run t.csv --columns industri", 2, "industry"),
        ("run t.csv --columns industry --providers nobody", 2, "nobody"),
        ("run t.csv --columns industry --providers hunterr", 2, "'hunter-company'"),
        ("providers show pdl", 2, "'pdl-company' or 'pdl-person'"),
        ("run t.csv --columns industry --providers hunter-company", 2, "HUNTER_API_KEY"),
        ("run t.csv --columns industry --sandbox -o t.csv", 2, "--in-place"),
        ("run t.csv --columns industry --sandbox -o no/where.csv", 2, "no/where.csv"),
        ("run t.csv --columns industry --sandbox", 2, "--budget"),
        ("run t.csv --sandbox", 2, "--columns"),
        ("run many --columns industry --sandbox --budget 1", 2, "-o OUT"),
        ("run 'many/*.csv' --columns industry --sandbox --budget 1", 2, "-o OUT"),
        ("run many --columns industry --sandbox --budget 1 --in-place", 2, "--in-place"),
        ("run t.csv --columns industry --budget much", 2, "much"),
        ("run t.csv --columns industry --where 'sit = 1' --sandbox", 2, "site"),
        ("run t.csv --columns industry --json -o - --sandbox --yes", 2, "standard output"),
    ],
)
def test_bad_input_gets_one_clear_line_and_costs_nothing(
    arguments: str, code: int, says: str, folder: Path
) -> None:
    (folder / "t.csv").write_text("site\nacme.example\n", "utf-8")
    (folder / "empty.csv").write_bytes(b"")
    (folder / "many").mkdir()
    for name in ("a.csv", "b.csv"):
        (folder / "many" / name).write_text("site\nacme.example\n", "utf-8")
    done = enrich(f"enrich {arguments}", folder)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    told = [line for line in done.stderr.splitlines() if not line.startswith("note: ")]
    assert told[0].startswith("enrich: ")
    assert all(line.startswith("  hint: ") for line in told[1:])
    assert len(told) <= 2
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["estimate", "run"])
def test_a_table_without_rows_is_a_table(command: str, folder: Path) -> None:
    (folder / "header.csv").write_text("site,name\n", "utf-8")
    done = enrich(f"enrich {command} header.csv --columns industry --sandbox", folder)
    assert done.returncode == 0, done.stderr


def test_an_estimate_needs_no_key(folder: Path) -> None:
    arguments = "sample_data/ten_companies.csv --columns industry --providers pdl-company"
    done = enrich(f"enrich estimate {arguments}", folder)
    assert done.returncode == 0
    assert "pdl-company" in done.stdout
    assert done.stderr == "note: pdl-company: a run needs PDL_API_KEY, it is not set\n"
    without = enrich(f"enrich estimate {arguments}", folder, environ={"PDL_API_KEY": "a-key"})
    assert (without.stdout, without.stderr) == (done.stdout, "")
    assert enrich(f"enrich run {arguments} --budget 1", folder).returncode == 2


def test_inspect_speaks_of_the_folder_before_its_tables(folder: Path) -> None:
    (folder / "two").mkdir()
    shutil.copy(folder / "sample_data/leads.csv", folder / "two/a.csv")
    done = enrich("enrich inspect two", folder)
    first = done.stderr.splitlines()[0]
    assert first == "note: two is a folder: the one table in it is read"
    shutil.copy(folder / "two/a.csv", folder / "two/b.csv")
    done = shell("enrich inspect two 2>&1", folder)  # the two streams in the order of a terminal
    first, second, *_ = done.stdout.splitlines()
    assert first == "note: two is a folder: its 2 tables are read as one"
    assert second == "two: 600 rows, 10 columns"


def test_what_could_not_be_kept_is_said(folder: Path) -> None:
    (folder / "t.csv").write_bytes("site,caf\xe9\nacme.example,x\n".encode("latin-1"))
    with holding() as acme:
        acme_in(folder, spec(acme.url))
        acme.name = "株式会社"
        acme.let_go.set()
        done = enrich(
            "enrich run t.csv --columns company_name --providers acme --provider-dir own"
            " --budget 1 -o out.csv",
            folder,
        )
    assert done.returncode == 0, done.stderr
    assert "Note: the output is UTF-8: cp1252 has no '株'" in done.stderr
    assert (folder / "out.csv").read_text("utf-8-sig") == (
        "site,café,company_name\nacme.example,x,株式会社\n"
    )


@pytest.mark.long
def test_a_report_may_be_a_page(folder: Path) -> None:
    run = "run sample_data/ten_companies.csv --columns company_name --sandbox --budget 1 --quiet"
    done = enrich(f"enrich {run} -o o.csv --report r.html --report r.json", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "r.html").read_text("utf-8").startswith("<!doctype html>")
    assert (folder / "r.json").exists()
    bare = (
        "import sys; sys.modules['vl_convert'] = None; from enrich_cli.cli.app import main; main()"
    )
    done = shell(f'{sys.executable} -c "{bare}" {run} -o p.csv --report r2.html', folder)
    assert done.returncode == 2
    assert "pip install 'enrich-cli[report]'" in done.stderr
    assert not (folder / "p.csv").exists()


def test_help_loads_neither_polars_nor_httpx(folder: Path) -> None:
    script = (
        "import sys\nfrom enrich_cli.cli.app import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'polars', 'httpx', 'aiohttp', 'pydantic'} & sys.modules.keys()))"
    )
    done = shell(f'{sys.executable} -c "{script}"', folder)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.long
def test_the_provenance_file_lies_beside_the_output(folder: Path) -> None:
    columns = "--columns company_name,job_title --sandbox --budget 60 --quiet"
    done = enrich(f"enrich run sample_data/leads.csv {columns} --provenance file", folder)
    assert done.returncode == 0, done.stderr
    out = pl.read_csv(folder / "sample_data/leads.enriched.csv", infer_schema=False)
    found = pl.read_parquet(folder / "sample_data/leads.enriched.provenance.parquet")
    names = found.filter(pl.col("field") == "company_name")
    assert set(names["value"].drop_nulls()) == set(out["company_name"].drop_nulls())
    nameless = names.filter(pl.col("row").is_not_null())
    assert out["company_name"].gather(nameless["row"] - 1).null_count() == nameless.height > 0
    refused = enrich(f"enrich run - {columns} --provenance file", folder, stdin="site\nacme.test\n")
    assert refused.returncode == 2
    assert "-o" in refused.stderr


@pytest.mark.parametrize("quiet", ["", "--quiet"])
def test_where_a_key_goes_is_told_before_anything_else(quiet: str, folder: Path) -> None:
    (folder / "t.csv").write_text("site\nacme.example\n", "utf-8")
    (folder / "enrich.toml").write_text(
        '[provider.pdl-company]\nbase_url = "http://mirror.example"\n', "utf-8"
    )
    asked = "t.csv --columns industry --providers pdl-company --offline --budget 1"
    done = enrich(f"enrich run {asked} {quiet}", folder, environ={"PDL_API_KEY": "made-up-key"})
    first, *others = done.stderr.splitlines()
    assert done.returncode == 0, done.stderr
    assert first == "warning: pdl-company: the key in PDL_API_KEY goes to http://mirror.example"
    unencrypted = "note: pdl-company sends its key unencrypted to http://mirror.example"
    assert (unencrypted in others) == (not quiet)
    assert "made-up-key" not in done.stderr


@pytest.mark.parametrize("contact", ["me", "a@b.example\nCookie: x", "(x@y.example)"])
def test_a_contact_is_an_address(contact: str, folder: Path) -> None:
    (folder / "enrich.toml").write_text(f"[run]\ncontact = {contact!a}\n".replace("'", '"'))
    done = enrich("enrich estimate sample_data/leads.csv", folder)
    assert done.returncode == 2
    assert "contact" in done.stderr
