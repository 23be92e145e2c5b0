"""A provider that is in trouble: what free ones give is whole, and of paid ones nothing is lost."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from enrich_cli.domain.entity import EntityType, entity_key
from enrich_cli.domain.money import parse_money
from enrich_cli.sandbox import world
from tests.cli.shell import shell
from tests.cli.vendors import declare, report_of, sites

pytestmark = pytest.mark.long

RUN = "enrich run t.csv --columns name=company_name,employees=employee_count --provider-dir own"
SIZE = 120
PASSING = ("rate_limited", "server_error")
DOUBTFUL = ("reset", "stall", "garbage", "truncated")


def trouble(share: float = 0.2, **more: object) -> list[dict[str, object]]:
    """Faults of each kind, which together strike that share of the calls, or a little less.

    Only some calls are told when to come again: everybody waits for that.
    """
    soon = formatdate(time.time() + 2, usegmt=True)
    each = share / 7
    limited = {"kind": "rate_limited", "share": each, **more}
    return [
        {**limited, "to": 60, "retry_after": "1"},
        {**limited, "from": 61, "to": 120, "share": 2 * each, "retry_after": soon},
        {**limited, "from": 121},
        *({"kind": kind, "share": each, **more} for kind in ("server_error", *DOUBTFUL)),
    ]


def struck(sandbox: httpx.Client, kinds: Sequence[str]) -> int:
    """How many calls faults of these kinds have struck."""
    faults = sandbox.get("/_faults").json()
    return sum(fault["struck"] for fault in faults if fault["kind"] in kinds)


def most_in_a_second(times: Sequence[float]) -> int:
    """The most calls that came within any second, by the server's clock."""
    return max(sum(0 <= at - first < 1 for at in times) for first in times)


def truth(domains: Sequence[str]) -> dict[str, tuple[str, str]]:
    """What the sandbox's vendors know of these companies."""
    known = {domain: world.company(domain, certain=True) for domain in domains}
    return {domain: (it.name, str(it.employees)) for domain, it in known.items() if it is not None}


def cells(path: Path) -> dict[str, tuple[str | None, str | None]]:
    frame = pl.read_csv(path, infer_schema=False)
    return {row["site"]: (row["name"], row["employees"]) for row in frame.iter_rows(named=True)}


def ledger(folder: Path) -> list[Mapping[str, Any]]:
    """All charges in the store of that home."""
    (path,) = (folder / "home").rglob("cache.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM charges")]


def test_free_answers_are_whole_and_the_rate_is_never_passed(
    folder: Path, sandbox: httpx.Client
) -> None:
    right = truth(sites(folder, SIZE))
    rate = 60
    limits = f'rate = ["{rate}/s"]\nconcurrency = 20\ntimeout = "0.5s"'
    declare(folder, sandbox, "calm", limits)
    sandbox.post("/_faults", json=trouble(player="calm"))
    done = shell(f"{RUN} --providers calm -o out.csv --quiet", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert cells(folder / "out.csv") == right

    stats, report = sandbox.get("/_stats").json(), report_of(folder)
    assert {fault["kind"] for fault in sandbox.get("/_faults").json() if fault["struck"]} == {
        *PASSING,
        *DOUBTFUL,
    }
    faults = struck(sandbox, (*PASSING, *DOUBTFUL))
    assert faults > SIZE / 7  # about 20 % of all calls
    assert stats["calls"]["calm"] == SIZE + faults == SIZE + report["retries"]
    assert most_in_a_second(stats["times"]["calm"]) <= rate


@pytest.mark.parametrize("date", [False, True])
def test_a_provider_that_says_when_is_not_asked_before(
    date: bool, folder: Path, sandbox: httpx.Client
) -> None:
    sites(folder, 5)
    declare(folder, sandbox, "calm", "concurrency = 1")
    moment = int(time.time()) + 3
    wish = formatdate(moment, usegmt=True) if date else "1"
    fault = {"kind": "rate_limited", "from": 3, "to": 3, "retry_after": wish, "player": "calm"}
    sandbox.post("/_faults", json=[fault])
    sandbox.post("/_reset")
    reset = time.time()  # a little late, so a call seems to come no earlier than it did
    assert shell(f"{RUN} --providers calm -o out.csv --quiet", folder).returncode == 0
    times = sandbox.get("/_stats").json()["times"]["calm"]
    assert len(times) == 6
    if date:
        assert reset + times[3] >= moment
    else:
        assert times[3] - times[2] >= 1
    assert report_of(folder)["retries"] == 1


def test_of_paid_answers_each_doubtful_one_is_listed_and_nothing_else_is_missing(
    folder: Path, sandbox: httpx.Client
) -> None:
    right = truth(sites(folder, SIZE))
    limits = 'rate = ["60/s"]\nconcurrency = 20\ntimeout = "0.5s"'
    declare(folder, sandbox, "acme", limits, price="0.05")
    sandbox.post("/_faults", json=trouble(player="acme"))
    run = f"{RUN} --providers acme -o out.csv --quiet --budget 100"
    done = shell(run, folder)
    assert done.returncode == 4, done.stderr

    stats, report = sandbox.get("/_stats").json(), report_of(folder)
    doubtful = struck(sandbox, DOUBTFUL)
    assert doubtful > SIZE / 15
    assert report["retries"] == struck(sandbox, PASSING) > 0
    assert stats["calls"]["acme"] == SIZE + report["retries"]
    assert most_in_a_second(stats["times"]["acme"]) <= 60

    found, listed = cells(folder / "out.csv"), report["unknown_charges"]
    empty = {site for site, values in found.items() if values == (None, None)}
    assert {charge["entity_id"] for charge in listed} == {
        entity_key(EntityType.COMPANY, site) for site in empty
    }
    assert len(listed) == len(empty) == doubtful == report["unknown_calls"]
    assert {site: found[site] for site in found.keys() - empty} == {
        site: right[site] for site in found.keys() - empty
    }
    assert report["gaps"] == {"unknown_charge": 2 * doubtful}
    assert parse_money(report["spend"]["spent"]) == 50_000 * (SIZE - doubtful)
    assert parse_money(report["spend"]["unknown"]) == 50_000 * doubtful

    charges = ledger(folder)
    states = {
        state: [c for c in charges if c["state"] == state] for state in ("settled", "unknown")
    }
    assert {key for c in states["unknown"] for key in json.loads(c["entities"])} == {
        charge["entity_id"] for charge in listed
    }
    settled = sum(c["actual"] for c in states["settled"])
    assert settled <= stats["billed_total"] <= settled + 50_000 * doubtful
    assert stats["billed_total"] > settled  # some of them were billed after all

    sandbox.post("/_faults", json=[])  # all is well again, but nobody pays twice unasked
    assert shell(run, folder).returncode == 4
    assert sandbox.get("/_stats").json()["calls"] == stats["calls"]
    assert cells(folder / "out.csv") == found
    again = report_of(folder)
    assert {c["entity_id"] for c in again["unknown_charges"]} == {c["entity_id"] for c in listed}

    assert shell(f"{run} --rebuy-unknown", folder).returncode == 0
    assert sandbox.get("/_stats").json()["calls"]["acme"] == stats["calls"]["acme"] + doubtful
    assert cells(folder / "out.csv") == right
