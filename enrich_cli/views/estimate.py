"""The estimate as JSON, and as a page that a person can decide by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.money import Money, format_money
from enrich_cli.domain.plan import Estimate, Forecast, Population, Stored, Unbounded
from enrich_cli.views.encode import encode_document
from enrich_cli.views.report import population_json
from enrich_cli.views.tables import Column, Kind, print_line, print_table
from enrich_cli.views.text import at_most, cents, counted, duration, percent
from enrich_cli.views.words import entities

if TYPE_CHECKING:
    from rich.console import Console


def estimate_json(estimate: Estimate) -> bytes:
    """The estimate as an indented JSON document, in a fixed order of keys.

    `calls` and `items` are means over possible worlds, with one decimal where they have one.
    `unbounded` is there where a budget or --max-per-cell leaves questions out, and with a provider
    how many are: `unpaid` for want of money, `too_dear` as a cell would cost `dear_at` or more.
    A provider whose price nobody knows carries `"priced": false`, and its cost is not in any sum.
    """
    return encode_document(
        {
            "schema": 1,
            "rows": estimate.rows,
            "cells_wanted": estimate.cells_wanted,
            "cells_empty": estimate.cells_empty,
            "entities": {
                type_.value: population_json(estimate.entities.get(type_, Population()))
                for type_ in EntityType
            },
            "stored": _stored_json(*estimate.stored.values()),
            "cost": {
                "likely": format_money(estimate.likely),
                "low": format_money(estimate.low),
                "high": format_money(estimate.high),
                "worst": format_money(estimate.worst),
                "currency": "USD",
            },
            "seconds": {
                "likely": round(estimate.seconds_likely, 1),
                "worst": round(estimate.seconds_worst, 1),
            },
            "providers": [
                _forecast_json(forecast, estimate.stored) for forecast in estimate.forecasts
            ],
            "cells_found": estimate.cells_found,
            **_unbounded_json(estimate.unbounded),
            "naive": format_money(estimate.naive),
            "saved": format_money(_saved(estimate)),
            "calibration": {"ranges": estimate.ranges, "held": estimate.held},
        }
    )


def _saved(estimate: Estimate) -> Money:
    return Money(estimate.naive - estimate.likely)


def _stored_json(*stored: Stored) -> dict[str, int]:
    """The stored answers, summed up: those that count, the misses among them, the stale ones."""
    return {
        "fresh": sum(one.hits + one.misses for one in stored),
        "misses": sum(one.misses for one in stored),
        "stale": sum(one.stale for one in stored),
    }


def _unbounded_json(unbounded: Unbounded | None) -> dict[str, object]:
    if unbounded is None:
        return {}
    likely, cells = format_money(unbounded.likely), unbounded.cells_found
    return {"unbounded": {"likely": likely, "cells_found": cells}}


def _forecast_json(forecast: Forecast, stored: Mapping[str, Stored]) -> dict[str, object]:
    spec = forecast.spec
    return {
        "name": spec.name,
        "tier": spec.tier.value,
        "calls": _mean(forecast.calls),
        "items": _mean(forecast.items),
        "hit_rate": round(forecast.hit_rate, 4),
        "likely": format_money(forecast.likely),
        "worst": format_money(forecast.worst),
        "stored": _stored_json(stored.get(spec.name, Stored())),
        **({} if spec.priced else {"priced": False}),
        **({"unpaid": unpaid} if (unpaid := _mean(forecast.unpaid)) else {}),
        **(
            {"too_dear": dear, "dear_at": format_money(forecast.dear_at)}
            if (dear := _mean(forecast.too_dear))
            else {}
        ),
    }


def _mean(number: float) -> int | float:
    rounded = round(number, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def print_estimate(estimate: Estimate, console: Console) -> None:
    """Print what a run would do and cost: likely, the range, the most, and who is asked."""
    print_line(console, _headline(estimate), style="bold")
    lines = (*_populations(estimate), _cells(estimate), *_stock(estimate), *_bounds(estimate))
    for line in lines:
        print_line(console, line)
    if estimate.forecasts:
        console.print()
        heads = ("calls", "asked", "hits", "likely", "at most")
        print_table(
            console,
            (
                Column("provider", Kind.NAME),
                Column("tier", Kind.NAME),
                *(Column(head) for head in heads),
            ),
            [*_rows(estimate)],
        )
    if closing := [*_closing(estimate)]:
        console.print()
        for line in closing:
            print_line(console, line)


def _headline(estimate: Estimate) -> str:
    if not any(forecast.items for forecast in estimate.forecasts):
        return "Costs nothing: nobody needs to be asked"
    if any(not forecast.spec.priced for forecast in estimate.forecasts):
        beside = ", and what the unpriced providers charge"
    else:
        beside = ""
    time = f", about {duration(estimate.seconds_likely)}"
    if estimate.seconds_worst > estimate.seconds_likely:
        time += f" (at most {duration(estimate.seconds_worst)})"
    if not estimate.worst:
        return f"Costs nothing{beside}{time}"
    return (
        f"Likely {cents(estimate.likely)} ({cents(estimate.low)} to {cents(estimate.high)},"
        f" 19 times in 20), at most {at_most(estimate.worst)}{beside}{time}"
    )


def _populations(estimate: Estimate) -> Iterator[str]:
    for type_, population in estimate.entities.items():
        if population.unique:
            yield (
                f"{counted(population.rows, 'row')} of {entities(type_, population.unique)}:"
                f" {population.cached:,} known already, {population.asked:,} to ask about"
            )


def _cells(estimate: Estimate) -> str:
    return (
        f"{counted(estimate.rows, 'row')}, {counted(estimate.cells_wanted, 'wanted cell')},"
        f" {estimate.cells_empty:,} of them to fill"
    )


def _stock(estimate: Estimate) -> Iterator[str]:
    stored = _stored_json(*estimate.stored.values())
    fresh, misses, stale = stored["fresh"], stored["misses"], stored["stale"]
    if fresh or stale:
        yield (
            f"In the store: {counted(fresh, 'answer')} that count"
            f"{'s' if fresh == 1 else ''}, {misses:,} of them not found; {stale:,} too old"
        )


def _bounds(estimate: Estimate) -> Iterator[str]:
    """What the money is likely to fill where it is not enough; whom --max-per-cell leaves out."""
    if (unbounded := estimate.unbounded) is None:
        return
    money = "The money" if estimate.limit is None else cents(estimate.limit)
    if sum(forecast.unpaid for forecast in estimate.forecasts) >= 0.5:
        yield (
            f"{money} likely fills {counted(estimate.cells_found, 'cell')}, the cheapest first;"
            f" all {unbounded.cells_found:,} that can be found would likely cost"
            f" {cents(unbounded.likely)}"
        )
    for forecast in estimate.forecasts:
        dear, asked = round(forecast.too_dear), round(forecast.items)
        if dear:
            yield (
                f"{forecast.spec.name}: --max-per-cell leaves out {dear:,} of its"
                f" {counted(dear + asked + round(forecast.unpaid), 'question')}, as a cell would"
                f" cost {cents(forecast.dear_at)} or more"
            )


def _rows(estimate: Estimate) -> Iterator[tuple[str, ...]]:
    for forecast in estimate.forecasts:
        priced = forecast.spec.priced
        yield (
            forecast.spec.name,
            forecast.spec.tier.value,
            f"{round(forecast.calls):,}",
            f"{round(forecast.items):,}",
            percent(forecast.hit_rate, 1.0),
            cents(forecast.likely) if priced else "unpriced",
            at_most(forecast.worst) if priced else "unpriced",
        )


def _calibration(estimate: Estimate) -> str:
    if estimate.ranges == 1:
        return f"Looking back, the last range {'held' if estimate.held else 'did not hold'}."
    times = "time" if estimate.held == 1 else "times"
    return f"Looking back, the last {estimate.ranges} ranges held {estimate.held} {times}."


def _closing(estimate: Estimate) -> Iterator[str]:
    if estimate.naive:
        line = f"Cell by cell, at list price: {cents(estimate.naive)}"
        if (saved := _saved(estimate)) > 0:
            line += f", so {cents(saved)} ({percent(saved, estimate.naive)}) are likely saved"
        yield f"{line}."
    unpriced = [f.spec.name for f in estimate.forecasts if not f.spec.priced]
    if unpriced:
        yield (
            f"No price is known for {', '.join(unpriced)}: give [price] in the spec, or"
            " provider.NAME.usd in enrich.toml."
        )
    if estimate.ranges:
        yield _calibration(estimate)
