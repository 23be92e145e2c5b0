"""What has moved since a plan was made; whose an answer in the store is."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from typing import Any

import pytest

from enrich_cli.adapters.memory_store import MemoryStore
from enrich_cli.domain.entity import EntityKey
from enrich_cli.domain.ledger import Charge, ChargeState, Receipt
from enrich_cli.domain.money import ZERO, Money
from enrich_cli.domain.outcome import Answer, Miss
from enrich_cli.domain.store import DEAD_AFTER, Job
from enrich_cli.plan_moves import earlier, moves

PLAN: dict[str, Any] = {
    "providers": [
        {
            "name": name,
            "tier": tier,
            "price": {"usd": "0.10", "per": "hit"},
            "version": 1,
            "base_url": "https://api.acme.example",
            "request": "aa",
            "mapping": "bb",
        }
        for name, tier in (("site", "free"), ("acme", "premium"))
    ],
    "table": {"path": "t.csv", "rows": 1000, "selected": 900, "content": "sha256:1"},
    "entities": {"company": {"count": 87, "digest": "x"}, "person": {"count": 1, "digest": "y"}},
    "columns": [{"column": "Name", "field": "company_name", "exists": True, "cells": 80}],
    "identify": {"company": ["Site (website)"]},
    "accept": {"company_name": {"confidence": 0.6, "max_age": None}},
    "settings": {"limit": None, "sandbox": False},
    "store": {
        "site": {"hits": 3, "misses": 4, "stale": 0, "digest": "s"},
        "acme": {"hits": 5, "misses": 2, "stale": 1, "digest": "a"},
    },
}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("providers/1/price/usd", "0.12", "price of acme: $0.10 in the plan, $0.12 now"),
        ("providers/1/price/per", "call",
         "price of acme: $0.10 a hit in the plan, $0.10 a call now"),
        ("providers/1/price", {}, "price of acme: $0.10 a hit in the plan, none now"),
        ("providers/1/version", 2, "version of acme: 1 in the plan, 2 now"),
        ("providers/1/base_url", "http://x.test",
         "base_url of acme: https://api.acme.example in the plan, http://x.test now"),
        ("providers/1/mapping", "cc", "the mapping of acme is not the one in the plan"),
        ("table/rows", 1001, "rows of t.csv: 1,000 in the plan, 1,001 now"),
        ("table/selected", 899, "chosen rows of t.csv: 900 in the plan, 899 now"),
        ("table/content", "sha256:2",
         "t.csv has other content than in the plan, in 1,000 rows as before"),
        ("entities/company/count", 90, "companies: 87 in the plan, 90 now"),
        ("entities/person/digest", "z", "1 person as in the plan, but not the same ones"),
        ("columns/0/cells", 81, "cells to fill in 'Name': 80 in the plan, 81 now"),
        ("identify/company", [], "identify: company: Site (website) in the plan, none now"),
        ("accept/company_name/confidence", 0.7,
         "accept company_name: confidence: 0.6 in the plan, 0.7 now"),
        ("settings/sandbox", True, "sandbox: no in the plan, yes now"),
        ("store/acme/stale", 9, None),
        ("store/site/misses", 9, None),
    ],
)  # fmt: skip
def test_a_move_is_named_with_both_sides(path: str, value: object, said: str | None) -> None:
    now = deepcopy(PLAN)
    *where, last = path.split("/")
    place: Any = now
    for key in where:
        place = place[int(key) if isinstance(place, list) else key]
    place[last] = value
    assert list(moves(PLAN, now)) == ([] if said is None else [said])


def test_nothing_has_moved() -> None:
    assert list(moves(PLAN, deepcopy(PLAN))) == []


def test_the_order_and_who_is_asked() -> None:
    now = deepcopy(PLAN)
    now["providers"].reverse()
    assert list(moves(PLAN, now)) == [
        "order of the providers: site, acme in the plan, acme, site now"
    ]
    del now["providers"][0], now["store"]["acme"]
    assert list(moves(PLAN, now)) == ["provider acme is in the plan, and gives none of it now"]
    assert next(moves(now, PLAN)) == "acme is not in the plan"


def test_the_stores_moves_are_counted() -> None:
    now = deepcopy(PLAN)
    now["store"]["acme"] = {"hits": 7, "misses": 3, "stale": 1, "digest": "b"}
    now["store"]["site"] = {"hits": 3, "misses": 9, "stale": 1, "digest": "b"}
    assert list(moves(PLAN, now)) == [
        "stored answers of site are as many as in the plan, but not the same ones",
        "stored hits of acme: 5 in the plan, 7 now",
        "stored misses of acme: 2 in the plan, 3 now",
    ]


def _charge(job: str, state: ChargeState, worst: int, actual: int = 0) -> Charge:
    entity = EntityKey("0" * 32)
    return Charge(f"{job}-1", job, "acme", (entity,), Money(worst), 1.0, state, Money(actual))


def test_what_a_plans_runs_took_and_gave() -> None:
    async def went() -> None:
        store = MemoryStore()
        report = b'{\n  "plan": "abc",\n  "x": 1\n}'
        await store.begin(Job("20261124-1", "t.csv", 100.0, 110.0, finished=120.0, report=report))
        await store.intend([_charge("20261124-1", ChargeState.INTENT, 50)])
        await store.keep([_charge("20261124-1", ChargeState.SETTLED, 50, 40)], {})
        await store.begin(Job("20261124-2", "t.csv", 200.0, 210.0, report=report))
        await store.intend([_charge("20261124-2", ChargeState.INTENT, 70)])
        await store.begin(Job("20261124-3", "t.csv", 200.0, 210.0, report=b'{"plan": "other"}'))
        await store.intend([_charge("20261124-3", ChargeState.INTENT, 90)])

        own = await earlier(store, "abc")
        assert own.started == 100.0
        assert own.taken == 40 + 70  # what is open may have been charged
        for charge, at, is_own in [
            ("20261124-1-1", 0.0, True),
            ("20261124-3-1", 205.0, False),
            (None, 119.0, True),
            (None, 121.0, False),
            (None, 210.0 + DEAD_AFTER, True),
            (None, 99.0, False),
        ]:
            receipt = None if charge is None else Receipt(charge, ChargeState.SETTLED, ZERO)
            assert own.gave(Answer(Miss(), at, receipt)) is is_own
        nobody = await earlier(store, "xyz")
        assert (nobody.started, nobody.taken, nobody.gave(Answer(Miss(), 1.0))) == (None, 0, False)

    asyncio.run(went())
