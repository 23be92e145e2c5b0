"""What a run asks and pays, by the books of the other side."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from enrich_cli.domain.money import parse_money
from tests.cli.shell import PATIENCE, acme_in, enrich, holding, spec, started, vendor

pytestmark = pytest.mark.long

IN_FLIGHT = 200
ACME = "--columns company_name --providers acme --provider-dir own --quiet -o out.csv"
VENDORS = """
[provider.hunter-company]
base_url = "{url}/@api.hunter.io"
rate = ["100000/s"]
[provider.pdl-company]
base_url = "{url}/@api.peopledatalabs.com"
rate = ["100000/s"]
[provider.pdl-person]
base_url = "{url}/@api.peopledatalabs.com"
rate = ["100000/s"]
"""
KEYS = {"HUNTER_API_KEY": "hunter-key-of-ours", "PDL_API_KEY": "pdl-key-of-ours"}


def books(sandbox: httpx.Client) -> Mapping[str, Any]:
    stats: Mapping[str, Any] = sandbox.get("/_stats").json()
    return stats


def report_of(folder: Path) -> Mapping[str, Any]:
    report: Mapping[str, Any] = json.loads((folder / "out.report.json").read_bytes())
    return report


@pytest.fixture
def sites(folder: Path) -> Path:
    """A folder with a table of 400 companies."""
    lines = "".join(f"c{i}.example\n" for i in range(400))
    (folder / "t.csv").write_text(f"site\n{lines}", "utf-8")
    return folder


@pytest.mark.parametrize(
    ("budget", "price", "hit"),
    [("1.00", "0.05", 100), ("0.99", "0.07", 60), ("5.123456", "0.100001", 30), ("0", "0.01", 100)],
)
def test_two_hundred_calls_in_flight_never_bill_more_than_the_budget(
    budget: str, price: str, hit: int, sites: Path, sandbox: httpx.Client
) -> None:
    query = f', price = "{price}", hit = "{hit}", latency = "20"'
    acme_in(sites, spec(vendor(sandbox), query, price, IN_FLIGHT))
    done = enrich(f"enrich run t.csv {ACME} --budget {budget}", sites)
    stats, report = books(sandbox), report_of(sites)
    limit = parse_money(budget)
    assert stats["billed_total"] <= limit
    assert parse_money(report["spend"]["spent"]) == stats["billed_total"]
    # Money that a miss gave back was spent after all: less than one price is left over.
    assert limit - stats["billed_total"] < parse_money(price) or report["gaps"].keys() <= {
        "not_found"
    }
    assert done.returncode == (3 if "budget" in report["gaps"] else 0)
    assert stats["asked_twice"].get("acme", 0) == 0
    assert stats["max_in_flight"] <= max(1, limit // parse_money(price))


def test_money_for_all_lets_all_slots_work(sites: Path) -> None:
    """Else the test above would say nothing."""
    with holding() as acme:
        acme_in(sites, spec(acme.url, concurrency=IN_FLIGHT))
        with started(f"run t.csv {ACME} --budget 20", sites) as process:
            assert len(acme.wait_for(IN_FLIGHT)) == IN_FLIGHT
            acme.let_go.set()
            process.communicate(timeout=PATIENCE)
            assert process.returncode == 0
    assert report_of(sites)["spend"]["spent"] == "20.00"


def test_a_refused_key_costs_no_more_calls_than_were_in_flight(
    sites: Path, sandbox: httpx.Client
) -> None:
    acme_in(sites, spec(vendor(sandbox), ', price = "0.05"', concurrency=8))
    sandbox.post("/_faults", json=[{"kind": "auth", "player": "acme"}])
    run = f"enrich run t.csv {ACME.replace('--quiet ', '')} --budget 40"
    done = enrich(run, sites)
    assert done.returncode == 4, done.stderr
    assert 1 <= books(sandbox)["calls"]["acme"] <= 8
    assert "acme: key refused" in done.stderr
    out = pl.read_csv(sites / "out.csv", infer_schema=False)
    assert out["site"].to_list() == [f"c{i}.example" for i in range(400)]
    report = report_of(sites)
    assert report["gaps"] == {"provider_failed": 400}
    assert report["spend"]["spent"] == "0.00"

    sandbox.post("/_faults", json=[])
    assert enrich(run, sites).returncode == 0  # the key is mended: all are asked, once
    stats = books(sandbox)
    assert stats["asked_twice"] == {"acme": 0}
    assert stats["items"]["acme"] == 400


def test_a_key_refused_half_way_keeps_what_came_before(sites: Path, sandbox: httpx.Client) -> None:
    acme_in(sites, spec(vendor(sandbox), ', price = "0.05"', concurrency=8))
    sandbox.post("/_faults", json=[{"kind": "auth", "player": "acme", "after": 100}])
    done = enrich(f"enrich run t.csv {ACME} --budget 40", sites)
    assert done.returncode == 4
    assert re.fullmatch(  # an error is told even with --quiet, in one line
        r"enrich: acme: key refused \(\d\)[^\n]*; check the key in its environment variable\.\n",
        done.stderr,
    )
    assert 101 <= books(sandbox)["calls"]["acme"] <= 108
    report = report_of(sites)
    assert report["table"]["cells_filled"] == 100
    assert report["gaps"] == {"provider_failed": 300}
    assert parse_money(report["spend"]["spent"]) == books(sandbox)["billed_total"]


def test_no_entity_is_asked_of_one_provider_twice(folder: Path, sandbox: httpx.Client) -> None:
    url = str(sandbox.base_url).rstrip("/")
    (folder / "enrich.toml").write_text(VENDORS.format(url=url), "utf-8")
    names = "hunter-company,pdl-company,pdl-person"
    run = (
        "enrich run sample_data/leads.csv --columns company_name,employee_count,job_title"
        f" --providers {names} --budget 100 --quiet"
    )
    first = enrich(f"{run} -o out.csv", folder, environ=KEYS)
    assert first.returncode == 0, first.stderr
    stats = books(sandbox)
    assert stats["asked_twice"] == dict.fromkeys(names.split(","), 0)
    report = report_of(folder)
    rows = report["entities"]["company"]["rows"]
    assert rows > 3 * report["entities"]["company"]["unique"]  # there was something to merge
    asked = {line["name"]: line["items"] for line in report["providers"]}
    assert {name: len(stats["asked"][name]) for name in asked} == asked
    assert parse_money(report["spend"]["spent"]) == stats["billed_total"]

    more = run.replace("job_title", "job_title,industry,city").replace("leads.csv", "leads.parquet")
    second = enrich(f"{more} -o more.parquet", folder, environ=KEYS)
    assert second.returncode == 0, second.stderr
    assert books(sandbox)["asked_twice"] == dict.fromkeys(names.split(","), 0)


def test_keys_appear_nowhere(folder: Path, sandbox: httpx.Client) -> None:
    url = str(sandbox.base_url).rstrip("/")
    (folder / "enrich.toml").write_text(VENDORS.format(url=url), "utf-8")
    sandbox.post("/_faults", json=[{"kind": "auth", "player": "hunter-company", "after": 5}])
    done = enrich(
        "enrich run sample_data/ten_companies.csv --columns company_name,employee_count --budget 9"
        " --providers hunter-company,pdl-company -o out.csv --events events.jsonl --report r.md",
        folder,
        environ=KEYS,
    )
    assert "hunter-company" in done.stderr
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert len(written) > 6  # the store too
    for text in (done.stdout.encode(), done.stderr.encode(), *(p.read_bytes() for p in written)):
        assert not re.search(rb"(hunter|pdl)-key-of-ours", text)


def test_a_sample_is_chosen_by_its_seed(folder: Path, sandbox: httpx.Client) -> None:
    lines = "".join(f"c{i}.example\n" for i in range(100))
    (folder / "t.csv").write_text(f"site\n{lines}", "utf-8")
    acme_in(folder, spec(vendor(sandbox), ', price = "0.05"'))
    run = f"enrich run t.csv {ACME} --budget 40"

    def filled(options: str) -> set[str]:
        done = enrich(f"{run} {options}", folder)
        assert done.returncode == 0, done.stderr
        out = pl.read_csv(folder / "out.csv", infer_schema=False)
        assert out.height == 100  # every row is written
        return set(out.filter(pl.col("company_name").is_not_null())["site"])

    seven = filled("--sample 10 --seed 7")
    assert len(seven) == 10
    assert seven != {f"c{i}.example" for i in range(10)}
    assert books(sandbox)["items"]["acme"] == 10  # only they were asked about
    assert filled("--sample 10 --seed 7") == seven
    assert books(sandbox)["items"]["acme"] == 10
    eight = filled("--sample 10 --seed 8")
    assert len(eight) == 10
    assert eight != seven
    assert filled("--sample 500") == {f"c{i}.example" for i in range(100)}
    assert filled("--limit 3") == {"c0.example", "c1.example", "c2.example"}
    assert filled("--sample 0") == set()
