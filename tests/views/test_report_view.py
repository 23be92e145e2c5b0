"""The report as JSON and Markdown: the same bytes for the same run, and every cent in them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.domain.entity import EntityKey, EntityType, Field
from enrich_cli.domain.events import CallSettled, ChunkDone, Event, RunStarted
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import Money, parse_money
from enrich_cli.domain.outcome import Gap, Reason
from enrich_cli.domain.provider import Tier
from enrich_cli.domain.report import Report, Tally
from enrich_cli.views.report import report_json, report_markdown

GOLDEN = Path(__file__).parent / "golden"
KEYS = [
    *("schema", "job", "status", "started_at", "seconds", "table", "entities", "spend"),
    *("providers", "fields", "gaps", "unknown_charges"),
]
Key = TypeVar("Key")
NAMES = ("site", "search", "premium")
NAME = Field("company_name")


def test_json_is_the_golden_one(report: Report) -> None:
    assert report_json(report).decode() == (GOLDEN / "report.json").read_text("utf-8")


def test_markdown_is_the_golden_one(report: Report) -> None:
    assert report_markdown(report) == (GOLDEN / "report.md").read_text("utf-8")


def test_json_has_the_keys_of_the_contract_in_their_order(report: Report) -> None:
    document = json.loads(report_json(report))
    assert [*document][: len(KEYS)] == KEYS
    assert [*document["table"]] == ["path", "rows", "cells_wanted", "cells_filled"]
    assert [*document["entities"]] == ["company", "person"]
    assert [*document["entities"]["company"]] == ["rows", "unique", "cached", "asked"]
    spend = ["spent", "budget", "unknown", "naive", "saved", "currency"]
    assert [*document["spend"]] == [*spend, "undone", "reached"]
    own = ["name", "tier", "calls", "items", "hits", "misses", "failures", "cached", "spent"]
    assert all([*line][: len(own)] == own for line in document["providers"])
    cells = ["name", "wanted", "filled", "by", "before", "confidence"]
    assert all([*line] == cells for line in document["fields"])
    assert all(
        [*line] == ["provider", "entity_id", "usd", "at", "job"]
        for line in document["unknown_charges"]
    )


def test_rare_keys_are_there_where_they_say_something(report: Report) -> None:
    odd = replace(report.providers[0], unpriced_calls=4, reasons={Reason.BUG: 0})
    document = json.loads(report_json(replace(report, providers=(odd,), budget=None)))
    assert document["spend"]["budget"] is None
    assert document["providers"][0]["unpriced_calls"] == 4
    assert "reasons" not in document["providers"][0]


def turned(mapping: Mapping[Key, int]) -> dict[Key, int]:
    return dict(reversed([*mapping.items()]))


def test_the_order_of_replies_does_not_show(report: Report) -> None:
    other = replace(
        report,
        fields=tuple(replace(line, by=turned(line.by)) for line in report.fields),
        gaps=turned(report.gaps),
        providers=tuple(
            replace(line, reasons=turned({**line.reasons, Reason.BUG: 1}))
            for line in report.providers
        ),
    )
    same = replace(
        report,
        providers=tuple(
            replace(line, reasons={**line.reasons, Reason.BUG: 1}) for line in report.providers
        ),
    )
    assert report_json(other) == report_json(same)
    assert report_markdown(other) == report_markdown(same)


def test_a_file_name_that_is_not_utf_8_breaks_no_report(report: Report) -> None:
    odd = replace(report, path="leads\udcff.csv")
    assert json.loads(report_json(odd))["table"]["path"] == "leads\ufffd.csv"
    assert "leads\\\\udcff.csv" in report_markdown(odd)


amounts = st.integers(0, 10**9).map(Money)
calls = st.builds(
    CallSettled,
    at=st.floats(1, 1e9),
    provider=st.sampled_from(NAMES),
    entities=st.integers(1, 9).map(lambda n: tuple(EntityKey(f"{i:032x}") for i in range(n))),
    hits=st.integers(0, 9),
    misses=st.integers(0, 9),
    failures=st.dictionaries(st.sampled_from(Reason), st.integers(1, 9), max_size=3),
    state=st.sampled_from(ChargeState),
    amount=amounts,
    seconds=st.just(0.1),
    priced=st.booleans(),
)
chunks = st.builds(
    ChunkDone,
    at=st.floats(1, 1e9),
    type=st.sampled_from(EntityType),
    entities=st.integers(0, 9),
    cached=st.integers(0, 9),
    asked=st.integers(0, 9),
    filled=st.dictionaries(
        st.just(NAME), st.dictionaries(st.sampled_from(NAMES), st.integers(0, 99))
    ),
    gaps=st.dictionaries(st.sampled_from(Gap), st.integers(1, 99), max_size=4),
    naive=amounts,
)


@given(st.lists(st.one_of(calls, chunks), max_size=20), st.none() | amounts)
def test_sums_in_the_json_are_the_sums_of_the_events(
    events: list[CallSettled | ChunkDone], budget: Money | None
) -> None:
    tally = Tally()
    populations = dict.fromkeys(EntityType, (9, 9))
    tiers = tuple(zip(NAMES, Tier, strict=True))
    start: Event = RunStarted(0.0, "j", "t.csv", 9, {NAME: 99}, {}, populations, tiers, budget)
    for event in (start, *events):
        tally(event)
    document = json.loads(report_json(tally.report()))
    settled = [event for event in events if isinstance(event, CallSettled)]
    done = [event for event in events if isinstance(event, ChunkDone)]
    spend = document["spend"]

    def micro(text: str) -> int:
        return -parse_money(text[1:]) if text.startswith("-") else parse_money(text)

    spent = sum(e.amount for e in settled if e.state is not ChargeState.UNKNOWN)
    unknown = sum(e.amount for e in settled if e.state is ChargeState.UNKNOWN)
    assert micro(spend["spent"]) == spent == sum(micro(p["spent"]) for p in document["providers"])
    assert micro(spend["unknown"]) == unknown
    assert unknown == sum(micro(charge["usd"]) for charge in document["unknown_charges"])
    assert micro(spend["naive"]) == sum(event.naive for event in done)
    assert micro(spend["saved"]) == micro(spend["naive"]) - spent
    assert spend["budget"] is None if budget is None else micro(spend["budget"]) == budget
    assert document["table"]["cells_filled"] == sum(
        sum(by.values()) for event in done for by in event.filled.values()
    )
    assert sum(document["gaps"].values()) == sum(sum(event.gaps.values()) for event in done)
    for provider in document["providers"]:
        mine = [event for event in settled if event.provider == provider["name"]]
        assert provider["calls"] == len(mine)
        assert provider["items"] == sum(len(event.entities) for event in mine)
        assert provider["failures"] == sum(provider.get("reasons", {}).values())
        assert provider.get("unpriced_calls", 0) == sum(not event.priced for event in mine)


@pytest.mark.parametrize(
    "path",
    ["a|b.csv", "<img src=x>.csv", "[x](http://x.example).csv", "a\n## b.csv", "&lt;.csv"],
)
def test_outside_text_builds_no_markdown(report: Report, path: str) -> None:
    tame = report_markdown(replace(report, path="leads.csv"))
    name = replace(report.providers[0], name=path)
    wild = report_markdown(replace(report, path=path, providers=(name, *report.providers[1:])))
    bars = re.compile(r"(?<!\\)\|")
    assert len(bars.findall(wild)) == len(bars.findall(tame))
    assert not re.search(r"(?<!\\)[<\[&]", wild.replace("\\\\", ""))
    assert len(wild.splitlines()) == len(tame.splitlines())
