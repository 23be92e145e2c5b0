"""A plan that is saved, looked at, and carried out or refused; a pilot; a likely cost too high."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from enrich_cli.domain.money import parse_money
from tests.cli.shell import PATIENCE, acme_in, enrich, holding, shell, spec, started, vendor

pytestmark = pytest.mark.long

ACME = "--columns company_name --providers acme --provider-dir own"
SAVE = f"enrich estimate t.csv {ACME} --save plan.json"
RUN = "enrich run --plan plan.json -o out.csv"
CALLS = ', price = "0.05", hit = "80"'


@pytest.fixture
def table(folder: Path, sandbox: httpx.Client) -> Path:
    """A folder with a table of a hundred companies, and a provider that sells their names."""
    shutil.copy(folder / "sample_data" / "hundred_companies.csv", folder / "t.csv")
    acme_in(folder, spec(vendor(sandbox), CALLS, concurrency=8))
    return folder


def plan_of(folder: Path, name: str = "plan.json") -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((folder / name).read_bytes())
    return plan


def report_of(folder: Path) -> Mapping[str, Any]:
    report: Mapping[str, Any] = json.loads((folder / "out.report.json").read_bytes())
    return report


def calls(sandbox: httpx.Client) -> int:
    return int(sandbox.get("/_stats").json()["calls"].get("acme", 0))


def refused(folder: Path, command: str = RUN, environ: Mapping[str, str] | None = None) -> str:
    """The one line with which a command is refused, exit 2; there is a hint below."""
    done = enrich(command, folder, environ=environ)
    assert done.returncode == 2, done.stderr
    line, hint = done.stderr.splitlines()[-2:]
    assert hint.startswith("  hint: ")
    return line


def test_an_unchanged_plan_runs_within_its_worst_case(table: Path, sandbox: httpx.Client) -> None:
    done = enrich(SAVE, table)
    assert (done.returncode, calls(sandbox)) == (0, 0)
    first = (table / "plan.json").read_bytes()
    shell(SAVE, table, environ={"PYTHONHASHSEED": "7"})
    assert (table / "plan.json").read_bytes() == first
    shutil.copy(table / "t.csv", table / "copy.csv")
    os.utime(table / "t.csv", (0, 0))
    assert enrich(RUN, table).returncode == 0  # content, not time
    report, plan = report_of(table), plan_of(table)
    assert plan["ceiling"] == plan["estimate"]["cost"]["worst"] == "5.00"
    assert 0 < parse_money(report["spend"]["spent"]) <= parse_money(plan["ceiling"])
    assert report["plan"] == plan["id"]
    assert calls(sandbox) == 100

    # What the plan's own run has stored is no move: the same command again costs nothing.
    again = enrich(RUN.replace("--plan", "copy.csv --plan"), table)
    assert again.returncode == 0, again.stderr
    assert f"going on with plan.json: ${report['spend']['spent']} of its $5.00" in again.stderr
    assert calls(sandbox) == 100


def test_a_raised_price_is_refused_with_both(table: Path, sandbox: httpx.Client) -> None:
    enrich(SAVE, table)
    acme_in(table, spec(vendor(sandbox), CALLS, price="0.06", concurrency=8))
    assert refused(table) == (
        "enrich: plan.json no longer fits: price of acme: $0.05 in the plan, $0.06 now"
    )
    assert calls(sandbox) == 0
    assert not (table / "out.csv").exists()
    assert json.loads(enrich("enrich jobs list --json", table).stdout) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("printf '1,x.example\\n' >>t.csv", "rows of t.csv: 100 in the plan, 101 now"),
        ("sed -i '$d' t.csv", "rows of t.csv: 100 in the plan, 99 now"),
        ("sed -i 's/^001,/111,/' t.csv", "t.csv has other content than in the plan, in 100 rows"),
        ("sed -i 's/\"company_name\"$/\"name\"/' own/acme.toml", "the mapping of acme is not"),
        ("sed -i 's/\"GET\"/\"POST\"/' own/acme.toml", "the request of acme is not the one"),
        ("echo '[accept]\ncompany_name = {confidence = 0.5}' >enrich.toml",
         "accept: company_name: none in the plan"),
        ("rm own/acme.toml", "acme is in the plan, and there is no such provider now"),
        (f"enrich run t.csv {ACME} --limit 3 --budget 1 -o o.csv", "stored hits of acme: 0 in the"),
    ],
)  # fmt: skip
def test_whatever_has_moved_is_named(
    change: str, said: str, table: Path, sandbox: httpx.Client
) -> None:
    assert enrich(SAVE, table).returncode == 0
    assert shell(change, table).returncode == 0
    line = refused(table)
    assert line.startswith("enrich: plan.json no longer fits: ")
    assert said in line
    assert calls(sandbox) == (3 if "limit" in change else 0)
    assert not (table / "out.csv").exists()


def test_a_budget_in_the_environment_is_a_move(table: Path, sandbox: httpx.Client) -> None:
    enrich(SAVE, table)
    line = refused(table, environ={"ENRICH_BUDGET": "1"})
    assert line == "enrich: plan.json no longer fits: budget: none in the plan, 1.00 now"
    assert calls(sandbox) == 0


def test_several_moves_are_told_in_one_line_with_their_number(
    table: Path, sandbox: httpx.Client
) -> None:
    enrich(SAVE, table)
    acme_in(table, spec(vendor(sandbox), ', hit = "70"', price="0.06"))
    assert shell("sed -i '$d' t.csv", table).returncode == 0
    line = refused(table)
    assert line.startswith("enrich: plan.json no longer fits: price of acme: $0.05 in the plan")
    assert line.endswith("; and 2 more")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--limit 5", "--limit 5 contradicts the plan plan.json: it has none"),
        ("--budget 3", "--budget 3 contradicts the plan plan.json: its ceiling is $5.00"),
        ("--columns industry", "--columns industry contradicts the plan plan.json: it has company"),
        ("--no-header", "--no-header True contradicts"),
    ],
)
def test_an_option_that_contradicts_is_refused(options: str, said: str, table: Path) -> None:
    enrich(SAVE, table)
    assert said in refused(table, f"{RUN} {options}")
    assert enrich(f"{RUN} --budget 5 --columns company_name --yes", table).returncode == 0


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("echo '{' >plan.json", "is damaged or no plan"),
        ("echo '[]' >plan.json", "is no plan of enrich"),
        ('sed -i \'s/"schema": 1/"schema": 2/\' plan.json', "has schema 2, this enrich reads 1"),
        ('sed -i \'s/"enrich": "[0-9.]*/"enrich": "9.0/\' plan.json', "was made by enrich 9.0"),
        ('sed -i \'s/"ceiling": "5.00/"ceiling": "9.00/\' plan.json', "was changed after it"),
        ('sed -i \'s/"store": {/"shop": {/\' plan.json', "is damaged: 'store' is not what it"),
    ],
)
def test_a_plan_that_is_none_gets_one_clear_line(damage: str, said: str, table: Path) -> None:
    enrich(SAVE, table)
    assert shell(damage, table).returncode == 0
    line = refused(table)
    assert line.startswith("enrich: --plan plan.json ")
    assert said in line


def test_an_interrupted_plan_goes_on_under_the_same_ceiling(table: Path) -> None:
    with holding() as acme:
        acme_in(table, spec(acme.url, concurrency=4))
        assert enrich(SAVE, table).returncode == 0
        with started("run --plan plan.json -o out.csv --quiet", table) as process:
            acme.wait_for(4)
            process.send_signal(signal.SIGINT)
            acme.let_go.set()
            process.communicate(timeout=PATIENCE)
            assert process.returncode == 130
        spent = report_of(table)["spend"]["spent"]
        assert 0 < parse_money(spent) < parse_money("5.00")
        done = enrich(RUN, table)
        assert done.returncode == 0, done.stderr
        assert f"going on with plan.json: ${spent} of its $5.00 is taken already" in done.stderr
        assert acme.arrived.qsize() == 96 - (parse_money(spent) // 50_000 - 4)
    report = report_of(table)
    assert report["table"]["cells_filled"] == 100
    assert parse_money(report["spend"]["spent"]) + parse_money(spent) == parse_money("5.00")


def test_a_pilot_buys_a_few_and_the_same_again_costs_nothing(
    table: Path, sandbox: httpx.Client
) -> None:
    pilot = f"enrich estimate t.csv {ACME} --pilot 20"
    assert enrich(pilot, table).returncode == 2  # nobody approved it
    assert calls(sandbox) == 0
    first = enrich(f"{pilot} --budget 2 --json", table)
    assert first.returncode == 0, first.stderr
    assert "Pilot: asked about 20 of 20 entities for $" in first.stderr
    assert calls(sandbox) == 20
    made = json.loads(first.stdout)
    assert made["entities"]["company"]["cached"] == 20
    assert made["cost"]["worst"] == "4.00"  # --budget was the pilot's
    assert made["stored"]["fresh"] == 20
    again = enrich(f"{pilot} --budget 2", table)
    assert "Pilot: asked about 0 of 20 entities for $0.00" in again.stderr
    assert enrich(f"{pilot.replace('20', '30')} --budget 2", table).returncode == 0
    assert calls(sandbox) == 30
    assert sandbox.get("/_stats").json()["asked_twice"] == {"acme": 0}


def test_a_likely_cost_above_the_limit_ends_with_3(table: Path, sandbox: httpx.Client) -> None:
    likely = plan_of(table)["estimate"]["cost"]["likely"] if enrich(SAVE, table).stdout else ""
    above = enrich(f"enrich estimate t.csv {ACME} --fail-over 1", table)
    assert above.returncode == 3
    assert above.stdout.startswith("Likely $")
    assert enrich(f"enrich estimate t.csv {ACME} --fail-over {likely}", table).returncode == 0
    assert enrich(f"enrich estimate t.csv {ACME} --fail-over much", table).returncode == 2
    run = enrich(f"enrich run t.csv {ACME} --fail-over 1 --budget 50 -o out.csv", table)
    assert run.returncode == 3
    assert "the likely cost is above --fail-over: nothing was asked" in run.stderr
    assert calls(sandbox) == 0


SCENARIO = """
name = "{name}"
entity = "company"
tier = "{tier}"
needs = [["domain"]]
base_url = "{url}/@{name}.sandbox.example"
[price]
usd = "{usd}"
per = "call"
[request]
path = "/one"
query = {{ domain = "{{domain}}", fields = "{fields}", price = "{usd}" }}
[fields]
{paths}
"""
SOURCES = {
    "site": ("free", "0", ("company_name",)),
    "search": ("free", "0", ("company_name", "industry")),
    "premium": ("premium", "10.00", ("company_name", "industry", "employee_count")),
}


@pytest.mark.parametrize(
    ("table_name", "likely"),
    [("hundred_companies.csv", "1000.00"), ("ten_companies.csv", "100.00")],
)
def test_the_two_scenarios_cost_what_is_published(
    table_name: str, likely: str, folder: Path, sandbox: httpx.Client
) -> None:
    """A hundred rows, three columns, three sources, the dear one $10 a call."""
    (folder / "own").mkdir()
    for name, (tier, usd, fields) in SOURCES.items():
        text = SCENARIO.format(
            name=name, tier=tier, usd=usd, url=str(sandbox.base_url).rstrip("/"),
            fields=",".join(fields), paths="\n".join(f'{one} = "{one}"' for one in fields),
        )  # fmt: skip
        (folder / "own" / f"{name}.toml").write_text(text, "utf-8")
    what = (
        f"sample_data/{table_name} --columns name=company_name,industry=industry,"
        "employees=employee_count --providers site,search,premium --provider-dir own"
    )
    made = json.loads(enrich(f"enrich estimate {what} --json --save plan.json", folder).stdout)
    assert made["cost"] == {
        "likely": likely, "low": likely, "high": likely, "worst": likely, "currency": "USD",
    }  # fmt: skip
    assert made["naive"] == "3000.00"
    done = enrich(f"{RUN} --quiet", folder)
    assert done.returncode == 0, done.stderr
    spend = report_of(folder)["spend"]
    assert (spend["spent"], spend["naive"]) == (likely, "3000.00")
    assert sandbox.get("/_stats").json()["billed_total"] == parse_money(likely)
    assert pl.read_csv(folder / "out.csv", infer_schema=False).height == 100
