"""The same command again: whatever happened to the rows, only what is new is asked about."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import httpx
import polars as pl
import pytest

from enrich_cli.domain.entity import EntityType, entity_key
from tests.bench.kill import let_time_pass
from tests.cli.shell import shell, started
from tests.cli.vendors import declare, report_of

pytestmark = pytest.mark.long

COMPANIES, ROWS = 80, 240
COMMAND = (
    "run t.csv --columns name=company_name,employees=employee_count --provider-dir own"
    " --providers acme --budget 100 -o out.csv --quiet"
)
NEW = "brand-new.example"


def write(folder: Path, rows: Sequence[Mapping[str, object]]) -> None:
    pl.DataFrame(rows).write_csv(folder / "t.csv")


def rows_of(companies: Sequence[str], rows: int = ROWS) -> list[dict[str, object]]:
    return [
        {"id": n, "site": f"https://www.{companies[n % len(companies)]}/", "note": f"note {n}"}
        for n in range(rows)
    ]


def moved(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """A new row at the top, the others sorted another way."""
    new: dict[str, object] = {"id": len(rows), "site": NEW, "note": "new"}
    return [new, *sorted(rows, key=lambda row: str(row["note"])[::-1])]


def asked(sandbox: httpx.Client) -> dict[str, int]:
    """How often each company was asked about, answered or not."""
    stats = sandbox.get("/_stats").json()
    return dict(stats["asked"].get("acme", {}))


def filled(folder: Path) -> dict[int, tuple[str | None, str | None]]:
    frame = pl.read_csv(folder / "out.csv", infer_schema=False)
    assert frame.columns == ["id", "site", "note", "name", "employees"]
    return {int(row[0]): (row[3], row[4]) for row in frame.iter_rows()}


def test_a_row_at_the_top_of_a_sorted_table_is_one_more_question(
    folder: Path, sandbox: httpx.Client
) -> None:
    companies = [f"c{n}.example" for n in range(COMPANIES)]
    declare(folder, sandbox, "acme", price="0.05", query=', hit = "70"')
    rows = rows_of(companies)
    write(folder, rows)
    assert shell(f"enrich {COMMAND}", folder).returncode == 0
    before = filled(folder)
    assert asked(sandbox) == dict.fromkeys(companies, 1)

    write(folder, moved(rows))
    assert shell(f"enrich {COMMAND}", folder).returncode == 0
    assert asked(sandbox) == dict.fromkeys([*companies, NEW], 1)
    after = filled(folder)
    assert next(iter(after)) == ROWS
    assert {n: after[n] for n in before} == before
    assert len(after) == ROWS + 1


def test_after_a_kill_too(folder: Path, sandbox: httpx.Client) -> None:
    """What the killed run had in flight is told, and bought again only where that is allowed."""
    companies = [f"c{n}.example" for n in range(COMPANIES)]
    slots = 4
    declare(
        folder, sandbox, "acme", f"concurrency = {slots}", price="0.05", query=', latency = "30"'
    )
    rows = rows_of(companies)
    write(folder, rows)
    with started(COMMAND, folder) as process:
        while sandbox.get("/_stats?brief=1").json()["total"] < COMPANIES // 2:
            assert process.poll() is None
        process.kill()
        process.wait()
    (store,) = (folder / "home").rglob("cache.db")
    let_time_pass(store.parent)
    assert COMPANIES // 2 <= len(asked(sandbox)) < COMPANIES

    write(folder, moved(rows))
    assert shell(f"enrich {COMMAND}", folder).returncode == 4
    second, report = asked(sandbox), report_of(folder)
    doubtful = {charge["entity_id"] for charge in report["unknown_charges"]}
    names = {entity_key(EntityType.COMPANY, site): site for site in companies}
    in_doubt = {names[key] for key in doubtful}
    assert 1 <= len(in_doubt) <= slots
    # Whom the killed run had not asked, and the new one: each once.
    assert second.keys() - in_doubt == {*companies, NEW} - in_doubt
    assert set(second.values()) == {1}

    assert shell(f"enrich {COMMAND} --rebuy-unknown", folder).returncode == 0
    third = asked(sandbox)
    assert third == {site: 1 + (site in in_doubt and site in second) for site in third}
    assert set(third) == {*companies, NEW}
    assert all(None not in cells for cells in filled(folder).values())
    with closing(sqlite3.connect(store)) as connection:
        charges = connection.execute("SELECT state, entities, actual FROM charges").fetchall()
    settled = [key for state, keys, _ in charges if state == "settled" for key in json.loads(keys)]
    assert len(settled) == len(set(settled)) == COMPANIES + 1
    assert {state for state, _, _ in charges} == {"settled", "unknown"}
    billed = sandbox.get("/_stats").json()["billed_total"]
    paid = sum(actual for state, _, actual in charges if state == "settled")
    assert paid <= billed <= sum(actual for _, _, actual in charges)


def test_of_an_edited_table_only_what_is_new_is_asked(folder: Path, sandbox: httpx.Client) -> None:
    """One row in twenty names another company now, as many have another note only."""
    companies = [f"c{n}.example" for n in range(COMPANIES)]
    declare(folder, sandbox, "acme", price="0.05")
    rows = rows_of(companies)
    write(folder, rows)
    assert shell(f"enrich {COMMAND}", folder).returncode == 0

    chosen = Random(5).sample(range(ROWS), ROWS // 10)
    edited, annotated = chosen[: ROWS // 20], chosen[ROWS // 20 :]
    for count, n in enumerate(edited):
        # A third of them go to a company that the table has already, in another spelling.
        site = f"HTTP://C{count}.example/about" if count % 3 == 0 else f"new{count}.example"
        rows[n] = {**rows[n], "site": site}
    for n in annotated:
        rows[n] = {**rows[n], "note": "edited"}
    write(folder, rows)
    assert shell(f"enrich {COMMAND}", folder).returncode == 0
    new = [f"new{count}.example" for count in range(len(edited)) if count % 3]
    assert len(new) == ROWS // 20 * 2 // 3
    assert asked(sandbox) == dict.fromkeys([*companies, *new], 1)
    assert report_of(folder)["spend"]["spent"] == f"{len(new) * 0.05:.2f}"
    assert all(None not in cells for cells in filled(folder).values())
