"""What `inspect` shows: columns used and passed over, entities, rejected cells, doubtful groups."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.inspection import (
    Conflict,
    Distinct,
    Doubtful,
    Inspection,
    Rejected,
    UsedColumn,
)
from enrich_cli.views.inspect import inspect_json, print_inspection

Shown = Callable[[Callable[[Console], None], int], str]


@pytest.fixture
def inspection() -> Inspection:
    return Inspection(
        path="leads.csv",
        rows=1200,
        columns=("Site", "Mail", "Other mail"),
        uses=(UsedColumn("Site", "website", (EntityType.COMPANY,), "95 % are websites"),),
        entities={
            EntityType.COMPANY: Distinct(
                1190, 900, {"domain": 880, "name": 20}, (("acme.example", 7), ("acme|DE", 5))
            )
        },
        rejected=(Rejected("Site", "free_mail", 30, 20, ("a@gmail.com", "b@gmail.com")),),
        conflicts=tuple(
            Conflict(row, f"a{row}.example", f"b{row}.example", 9) for row in range(1, 8)
        ),
        nameless={EntityType.COMPANY: 10},
        passed={"Other mail": "about other people than 'Mail'"},
        conflicting=80,
        several_names=(Doubtful("acme.example", 2, 7, ("acme", "acme labs")),),
        same_name=tuple(
            Doubtful(f"name{i}", 2, 9 - i, (f"name{i}.example", f"name{i}|SE")) for i in range(7)
        ),
    )


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("width", [60, 100, 200])
def test_it_shows_each_finding_and_only_a_few_of_the_doubtful(
    inspection: Inspection, shown: Shown, width: int
) -> None:
    text = flat(shown(lambda c: print_inspection(inspection, c), width))
    for said in (
        "leads.csv: 1,200 rows, 3 columns",
        "Site website (company) 95 % are websites",
        "Columns passed over column because Other mail about other people than 'Mail'",
        "1,190 rows name 900 companies: 880 by domain, 20 by name; 10 rows name none",
        "most rows: acme.example (7), acme (DE) (5)",
        "Cells that name nobody",
        "a@gmail.com",
        "80 rows with columns that name different companies",
        "Companies with several names, taken for one",
        "acme.example 7 acme, acme labs",
        "Names of several companies, kept apart",
        "name4 5 name4.example, name4 (SE)",
    ):
        assert said in text, said
    assert "a5.example" in text
    assert "a6.example" not in text  # the file has them all, the screen a few
    assert "name5" not in text


def test_nothing_doubtful_is_not_spoken_of(inspection: Inspection, shown: Shown) -> None:
    clean = replace(
        inspection, passed={}, conflicts=(), conflicting=0, several_names=(), same_name=()
    )
    text = shown(lambda c: print_inspection(clean, c), 100)
    for title in ("passed over", "different companies", "several names", "kept apart"):
        assert title not in text


def test_json_has_all_of_it(inspection: Inspection) -> None:
    document = json.loads(inspect_json(inspection))
    assert document["passed_over"] == [
        {"column": "Other mail", "why": "about other people than 'Mail'"}
    ]
    assert document["conflicting_rows"] == 80
    assert len(document["conflicts"]) == 7
    assert document["several_names"] == [
        {"identifier": "acme.example", "names": 2, "rows": 7, "examples": ["acme", "acme labs"]}
    ]
    assert document["same_name"][6] == {
        "name": "name6", "companies": 2, "rows": 3, "examples": ["name6.example", "name6|SE"],
    }  # fmt: skip
