"""What the estimate says too little money fills, against what a run with that money fills."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from enrich_cli.domain.money import parse_money
from tests.cli.shell import acme_in, enrich, spec, vendor

ACME = "--columns company_name --providers acme --provider-dir own"
HISTORY = "enrich run other.csv --budget 100 --quiet -o other_out.csv"


@pytest.fixture
def tables(folder: Path, sandbox: httpx.Client) -> Path:
    """Tables of companies behind one to many rows each, and who sells the names of most."""
    random = Random(7)
    for name, start, companies in (("t", 0, 300), ("other", 5_000, 600)):
        rows = [
            f"c{n}.example"
            for n in range(start, start + companies)
            for _ in range(1 + int(random.expovariate(0.3)))
        ]
        random.shuffle(rows)
        (folder / f"{name}.csv").write_text("\n".join(["site", *rows, ""]), "utf-8")
    acme_in(folder, spec(vendor(sandbox), ', price = "0.05", hit = "60"', concurrency=20))
    return folder


def estimated(folder: Path, options: str) -> Mapping[str, Any]:
    done = enrich(f"enrich estimate t.csv {ACME} {options} --json", folder)
    assert done.returncode == 0, done.stderr
    made: Mapping[str, Any] = json.loads(done.stdout)
    return made


def test_the_estimate_says_what_the_budget_will_fill(tables: Path) -> None:
    assert enrich(f"{HISTORY} {ACME}", tables).returncode == 0
    free, made = estimated(tables, ""), estimated(tables, "--budget 2.00")
    assert "unbounded" not in free
    assert made["unbounded"]["likely"] == free["cost"]["likely"]
    assert made["unbounded"]["cells_found"] == free["cells_found"]
    assert made["cost"]["worst"] == "2.00"
    assert made["providers"][0]["unpaid"] > 100
    said = enrich(f"enrich estimate t.csv {ACME} --budget 2.00", tables).stdout
    cells = f"{made['cells_found']:,} cells, the cheapest first"
    assert f"$2.00 likely fills {cells}; all {free['cells_found']:,} that can be" in said

    done = enrich(f"enrich run t.csv {ACME} --budget 2.00 --quiet -o out.csv", tables)
    assert done.returncode == 3
    report = json.loads((tables / "out.report.json").read_bytes())
    assert abs(made["cells_found"] / report["table"]["cells_filled"] - 1) < 0.1
    assert report["spend"]["spent"] == made["cost"]["likely"] == made["cost"]["low"] == "2.00"


@pytest.mark.long
def test_the_estimate_says_who_is_left_out_as_too_dear(tables: Path) -> None:
    assert enrich(f"{HISTORY} {ACME}", tables).returncode == 0
    made = estimated(tables, "--max-per-cell 0.02")  # so three rows are worth an answer at 0.05
    (acme,) = made["providers"]
    asked, left_out = acme["items"], acme["too_dear"]
    assert round(asked + left_out) == 300
    assert parse_money(acme["dear_at"]) > parse_money("0.02")
    said = enrich(f"enrich estimate t.csv {ACME} --max-per-cell 0.02", tables).stdout
    assert f"acme: --max-per-cell leaves out {round(left_out)} of its 300 questions" in said

    run = f"enrich run t.csv {ACME} --max-per-cell 0.02 --budget 100 --quiet -o out.csv"
    assert enrich(run, tables).returncode == 3
    report = json.loads((tables / "out.report.json").read_bytes())
    (line,) = report["providers"]
    assert line["hits"] + line["misses"] == asked
    spent = parse_money(report["spend"]["spent"])
    low, high = (parse_money(made["cost"][name]) for name in ("low", "high"))
    assert low <= spent <= high
    assert abs(made["cells_found"] / report["table"]["cells_filled"] - 1) < 0.1
