"""The estimate as JSON and on a console."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from enrich_cli.domain.entity import EntityType, Field, IdKind
from enrich_cli.domain.money import ZERO, Money, Per, Price, parse_money
from enrich_cli.domain.plan import Estimate, Forecast, Population, Stored, Unbounded
from enrich_cli.domain.provider import ProviderSpec, Tier
from enrich_cli.views.estimate import estimate_json, print_estimate

Shown = Callable[[Callable[[Console], None], int], str]
GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (60, 100, 200)


def spec(name: str, tier: Tier, usd: str = "") -> ProviderSpec:
    return ProviderSpec(
        name=name,
        entity=EntityType.COMPANY,
        tier=tier,
        gives=frozenset({Field("company_name")}),
        needs=((IdKind.DOMAIN,),),
        price=Price(parse_money(usd), Per.HIT) if usd else None,
    )


FREE = Forecast(spec("website", Tier.FREE), 459, 459, 0.81, ZERO, ZERO)
PAID = Forecast(
    spec("acme-premium", Tier.PREMIUM, "0.10"),
    calls=12.34,
    items=123.449,
    hit_rate=0.612345,
    likely=parse_money("7.4"),
    worst=parse_money("45.9"),
)
UNPRICED = Forecast(spec("acme-new", Tier.CHEAP), 5, 5, 0.5, ZERO, ZERO)
ESTIMATE = Estimate(
    rows=2000,
    cells_wanted=6000,
    cells_empty=5400,
    entities={EntityType.COMPANY: Population(1990, 500, 41, 459)},
    forecasts=(FREE, PAID),
    likely=parse_money("7.4"),
    low=parse_money("6.1"),
    high=parse_money("9"),
    worst=parse_money("45.9"),
    naive=parse_money("60"),
    cells_found=5121,
    seconds_likely=15.24,
    seconds_worst=90.0,
)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_json_is_the_golden_one() -> None:
    assert estimate_json(ESTIMATE).decode() == (GOLDEN / "estimate.json").read_text("utf-8")


def test_json_names_what_the_contract_names() -> None:
    document = json.loads(estimate_json(ESTIMATE))
    assert {"rows", "entities", "cost", "seconds", "providers", "naive", "saved"} <= {*document}
    assert {"likely", "low", "high", "worst"} <= {*document["cost"]}
    assert {"likely", "worst"} == {*document["seconds"]}
    for provider in document["providers"]:
        assert [*provider] == [
            "name",
            "tier",
            "calls",
            "items",
            "hit_rate",
            "likely",
            "worst",
            "stored",
        ]


def test_what_has_no_price_says_so() -> None:
    document = json.loads(estimate_json(replace(ESTIMATE, forecasts=(FREE, UNPRICED))))
    assert [line.get("priced") for line in document["providers"]] == [None, False]


@pytest.mark.parametrize("width", WIDTHS)
def test_it_says_cost_range_ceiling_and_time(shown: Shown, width: int) -> None:
    text = flat(shown(lambda c: print_estimate(ESTIMATE, c), width))
    for said in (
        (
            "Likely $7.40 ($6.10 to $9.00, 19 times in 20), at most $45.90,"
            " about 15 s (at most 1 min 30 s)"
        ),
        "1,990 rows of 500 companies: 41 known already, 459 to ask about",
        "2,000 rows, 6,000 wanted cells, 5,400 of them to fill",
        "website free 459 459 81 % $0.00 $0.00",
        "acme-premium premium 12 123 61 % $7.40 $45.90",
        "Cell by cell, at list price: $60.00, so $52.60 (88 %) are likely saved.",
    ):
        assert said in text, said


def test_a_narrow_console_gets_sentences(shown: Shown) -> None:
    text = flat(shown(lambda c: print_estimate(ESTIMATE, c), 30))
    assert "acme-premium: tier premium, calls 12, asked 123, hits 61 %, likely $7.40" in text


def test_it_says_what_the_store_holds(shown: Shown) -> None:
    stored = {"website": Stored(hits=30, misses=8, stale=3), "acme-premium": Stored(hits=3)}
    known = replace(ESTIMATE, stored=stored)
    text = flat(shown(lambda c: print_estimate(known, c), 100))
    assert "In the store: 41 answers that count, 8 of them not found; 3 too old" in text
    document = json.loads(estimate_json(known))
    assert document["stored"] == {"fresh": 41, "misses": 8, "stale": 3}
    each = {one["name"]: one["stored"] for one in document["providers"]}
    assert each["website"] == {"fresh": 38, "misses": 8, "stale": 3}
    assert "In the store" not in shown(lambda c: print_estimate(ESTIMATE, c), 100)


def test_it_says_what_too_little_money_fills(shown: Shown) -> None:
    short = replace(
        ESTIMATE,
        forecasts=(FREE, replace(PAID, unpaid=300.2)),
        unbounded=Unbounded(parse_money("21"), 5300),
        limit=parse_money("7.4"),
    )
    text = flat(shown(lambda c: print_estimate(short, c), 200))
    assert (
        "$7.40 likely fills 5,121 cells, the cheapest first;"
        " all 5,300 that can be found would likely cost $21.00"
    ) in text
    document = json.loads(estimate_json(short))
    assert document["unbounded"] == {"likely": "21.00", "cells_found": 5300}
    assert [one.get("unpaid") for one in document["providers"]] == [None, 300.2]
    assert "max-per-cell" not in text
    several = flat(shown(lambda c: print_estimate(replace(short, limit=None), c), 200))
    assert "The money likely fills 5,121 cells" in several
    assert "likely fills" not in shown(lambda c: print_estimate(ESTIMATE, c), 200)


def test_it_says_whom_the_dearest_cell_leaves_out(shown: Shown) -> None:
    dear = replace(PAID, too_dear=377.0, dear_at=parse_money("1.2"))
    made = replace(ESTIMATE, forecasts=(FREE, dear), unbounded=Unbounded(parse_money("9"), 5300))
    text = flat(shown(lambda c: print_estimate(made, c), 200))
    assert (
        "acme-premium: --max-per-cell leaves out 377 of its 500 questions,"
        " as a cell would cost $1.20 or more"
    ) in text
    assert "likely fills" not in text
    last = json.loads(estimate_json(made))["providers"][-1]
    assert (last["too_dear"], last["dear_at"]) == (377, "1.20")


def test_what_is_free_and_what_is_known_costs_nothing(shown: Shown) -> None:
    free = replace(ESTIMATE, forecasts=(FREE,), worst=ZERO, likely=ZERO, naive=ZERO)
    text = shown(lambda c: print_estimate(free, c), 100)
    assert text.startswith("Costs nothing, about 15 s")
    assert "Cell by cell" not in text
    known = replace(free, forecasts=())
    assert "nobody needs to be asked" in shown(lambda c: print_estimate(known, c), 100)


def test_an_unpriced_provider_is_never_called_free(shown: Shown) -> None:
    odd = replace(ESTIMATE, forecasts=(UNPRICED,), worst=ZERO, likely=ZERO)
    text = flat(shown(lambda c: print_estimate(odd, c), 100))
    assert text.startswith("Costs nothing, and what the unpriced providers charge")
    assert "acme-new cheap 5 5 50 % unpriced unpriced" in text
    assert "No price is known for acme-new" in text


def test_dearer_than_cell_by_cell_is_no_saving(shown: Shown) -> None:
    dear = replace(ESTIMATE, naive=Money(1))
    assert "saved" not in shown(lambda c: print_estimate(dear, c), 100)
    assert json.loads(estimate_json(dear))["saved"] == "-7.399999"


def test_hostile_names_are_only_text(shown: Shown) -> None:
    wild = replace(PAID, spec=replace(PAID.spec, name="[red]x[/red]\x1b[2J"))
    text = shown(lambda c: print_estimate(replace(ESTIMATE, forecasts=(wild,)), c), 100)
    assert "[red]x[/red]\\x1b[2J" in text
    assert "\x1b" not in text
