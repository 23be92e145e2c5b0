"""Money that ends in the middle of a run: the provider's credit, and a budget of all runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx
import polars as pl
import pytest

from enrich_cli.domain.money import parse_money
from tests.cli.shell import BIN, PATIENCE, enrich, environ_of
from tests.cli.vendors import declare, report_of, sites

pytestmark = pytest.mark.long

RUN = "run t.csv --columns name=company_name --provider-dir own"
SLOTS = 8


def test_a_provider_without_credit_leaves_the_rest_to_the_next_one(
    folder: Path, sandbox: httpx.Client
) -> None:
    domains = sites(folder, 200)
    declare(folder, sandbox, "acme", f"concurrency = {SLOTS}", price="0.05")
    declare(folder, sandbox, "bolt", f"concurrency = {SLOTS}", price="0.20", query=', hit = "75"')
    fault = {"kind": "out_of_credit", "player": "acme", "after": 60}
    sandbox.post("/_faults", json=[fault])
    command = f"enrich {RUN} --providers acme,bolt --budget 100 -o out.csv --provenance columns"
    done = enrich(command, folder)
    assert done.returncode == 4, done.stderr
    assert "acme: account empty" in done.stderr

    stats, report = sandbox.get("/_stats").json(), report_of(folder)
    assert 61 <= stats["calls"]["acme"] <= 60 + SLOTS
    out = pl.read_csv(folder / "out.csv", infer_schema=False)
    assert out["site"].to_list() == domains
    by = {
        name: set(out.filter(pl.col("name__source") == name)["site"]) for name in ("acme", "bolt")
    }
    assert by["acme"] == set(stats["asked"]["acme"])
    assert len(by["acme"]) == 60
    assert stats["asked"]["bolt"] == dict.fromkeys(set(domains) - by["acme"], 1)
    empty = out.filter(pl.col("name").is_null())
    assert set(empty["site"]) == set(domains) - by["acme"] - by["bolt"]
    assert empty.height == 140 - stats["hits"]["bolt"] > 10
    assert set(empty["name__reason"]) == {"provider_failed"}
    filled = out.filter(pl.col("name").is_not_null())
    assert filled["name__reason"].null_count() == filled.height
    assert report["gaps"] == {"provider_failed": empty.height}
    assert parse_money(report["spend"]["spent"]) == stats["billed_total"]
    assert report["spend"]["unknown"] == "0.00"

    sandbox.post("/_faults", json=[])  # the account is filled up: only the empty ones are asked
    assert enrich(command, folder).returncode == 0
    again = sandbox.get("/_stats").json()
    assert set(again["asked"]["acme"]) == by["acme"] | set(empty["site"])
    assert again["asked_twice"] == {"acme": 0, "bolt": 0}
    assert again["calls"]["bolt"] == stats["calls"]["bolt"]


def test_one_run_after_the_other_stays_within_the_budget_of_both(
    folder: Path, sandbox: httpx.Client
) -> None:
    declare(folder, sandbox, "acme", f"concurrency = {SLOTS}", price="0.05")
    (folder / "enrich.toml").write_text('[budget]\nday = "5.00"\nmonth = "50.00"\n', "utf-8")
    command = f"enrich {RUN} --providers acme --budget 4 -o out.csv"
    sites(folder, 60)
    assert enrich(command, folder).returncode == 0
    assert sandbox.get("/_stats").json()["billed_total"] == 60 * 50_000
    sites(folder, 200)
    done = enrich(command, folder)
    assert done.returncode == 3, done.stderr
    assert sandbox.get("/_stats").json()["billed_total"] == 5_000_000
    report = report_of(folder)
    assert report["spend"]["spent"] == "2.00"
    assert report["gaps"] == {"budget": 100}
    assert "the budget of the day was used up" in done.stderr.replace("\n", " ")
    assert report["spend"]["reached"] == ["day"]
    assert report["spend"]["undone"] == "5.00"
    assert enrich(command, folder).returncode == 3
    assert sandbox.get("/_stats").json()["calls"]["acme"] == 100


def test_two_runs_at_once_stay_within_the_budget_of_both(
    folder: Path, sandbox: httpx.Client
) -> None:
    declare(folder, sandbox, "acme", "concurrency = 20", price="0.07", query=', latency = "20"')
    (folder / "enrich.toml").write_text('[budget]\nmonth = "9.99"\n', "utf-8")
    halves = {"one": range(150), "two": range(100, 250)}
    processes = []
    for name, numbers in halves.items():
        lines = "".join(f"c{n}.example\n" for n in numbers)
        (folder / f"{name}.csv").write_text(f"site\n{lines}", "utf-8")
        arguments = (
            RUN.replace("t.csv", f"{name}.csv") + f" --providers acme --yes -o {name}.out.csv"
        )
        processes.append(
            subprocess.Popen(
                [BIN / "enrich", *arguments.split(), "--quiet"],
                cwd=folder,
                env=environ_of(folder),
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    for process in processes:
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 3
    stats = sandbox.get("/_stats").json()
    assert 9_990_000 - 70_000 < stats["billed_total"] <= 9_990_000
    assert stats["asked_twice"] == {"acme": 0}
    spent = sum(parse_money(report_of(folder, f"{name}.out")["spend"]["spent"]) for name in halves)
    assert spent == stats["billed_total"]
    for name in halves:
        out = pl.read_csv(folder / f"{name}.out.csv", infer_schema=False)
        known = out.filter(pl.col("name").is_not_null())["site"]
        assert set(known) <= set(stats["asked"]["acme"])
        report = report_of(folder, f"{name}.out")
        assert report["gaps"] == {"budget": 150 - known.len()}
        assert report["spend"]["reached"] == ["month"]
