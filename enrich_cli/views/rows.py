"""What a report says in sentences and rows, the same on a screen and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from enrich_cli.domain.money import Money
from enrich_cli.domain.report import FieldLine, ProviderLine, Report
from enrich_cli.views.text import at_most, cents, counted, duration, percent
from enrich_cli.views.words import ENDINGS, entities, gap_trouble

PROVIDER_HEADS = ("provider", "asked", "hits", "misses", "failed", "stored", "cells", "spent")


def filled_by(line: FieldLine, report: Report) -> Iterator[tuple[str, int]]:
    """Who filled a field, in the order of the waterfall and not in that of the replies."""
    order = {provider.name: i for i, provider in enumerate(report.providers)}
    for name in sorted(line.by, key=lambda name: (order.get(name, len(order)), name)):
        if line.by[name]:
            yield name, line.by[name]


def headline(report: Report) -> str:
    """How the run ended, after how long, and how much of what was wanted is there."""
    took = f"{ENDINGS[report.status]} {duration(report.seconds)}"
    if not report.cells_wanted:
        return f"{took}: no cell to fill"
    return (
        f"{took}: {report.cells_filled:,} of {counted(report.cells_wanted, 'cell')} filled"
        f" ({percent(report.cells_filled, report.cells_wanted)})"
    )


def table_line(report: Report) -> str:
    """The table, its rows, and the entities behind them."""
    people = (
        f"{entities(type_, population.unique)} ({population.cached:,} known,"
        f" {population.asked:,} asked about)"
        for type_, population in report.entities.items()
        if population.unique
    )
    return "; ".join([f"{report.path}: {counted(report.rows, 'row')}", *people])


def field_rows(report: Report) -> Iterator[tuple[str, ...]]:
    """For each field: name, cells filled, cells wanted, the share, and who filled how many."""
    for line in report.fields:
        yield (
            line.name,
            f"{line.filled:,}",
            f"{line.wanted:,}",
            percent(line.filled, line.wanted),
            ", ".join(f"{name} {cells:,}" for name, cells in filled_by(line, report)),
        )


def provider_rows(report: Report) -> Iterator[tuple[str, ...]]:
    """For each busy provider, what `PROVIDER_HEADS` says.

    Those asked about, hits, misses, failures, stored answers, cells that it filled, money spent.
    """
    for line in busy(report):
        cells = sum(field.by.get(line.name, 0) for field in report.fields)
        numbers = (line.items, line.hits, line.misses, line.failures, line.cached, cells)
        cost = cents(line.spent)
        if line.unpriced_calls:
            cost = f"{cost} + ?" if line.spent else "unpriced"
        yield (line.name, *(f"{number:,}" for number in numbers), cost)


def busy(report: Report) -> Sequence[ProviderLine]:
    """The providers that were asked or had stored answers, in the order of the waterfall."""
    return [line for line in report.providers if line.calls or line.cached]


def money_lines(report: Report) -> Iterator[str]:
    """What was spent and saved, and what is not known about it, a sentence or two a line."""
    of = "" if report.budget is None else f" of {cents(report.budget)}"
    line = f"Spent {cents(report.spent)}{of}."
    if report.naive:
        line += f" Cell by cell, at list price: {cents(report.naive)}"
        saved = f", so {cents(report.saved)} ({percent(report.saved, report.naive)}) were saved"
        line += f"{saved if report.saved > 0 else ''}."
    yield line
    if stored := sum(provider.cached for provider in report.providers):
        yield f"{counted(stored, 'answer')} came from the store, for nothing."
    if unpriced := sum(provider.unpriced_calls for provider in report.providers):
        yield f"{counted(unpriced, 'call')} had no known price: not in this sum."
    if report.unknown_calls:
        yield (
            f"{cents(report.unknown)} in {counted(report.unknown_calls, 'call')} may have been"
            " charged without an answer: see unknown_charges in the report."
        )
    if report.earlier_charges:
        usd = Money(sum(charge.usd for charge in report.earlier_charges))
        asked = counted(len(report.earlier_charges), "question")
        yield (
            f"{at_most(usd)} in {asked} of earlier runs may have been charged without an answer:"
            " --rebuy-unknown asks again."
        )


def estimate_lines(report: Report) -> Iterator[str]:
    """What was to be expected before, where that is known."""
    if (made := report.estimate) is not None:
        yield (
            f"Before the run {cents(made.likely)} was likely ({cents(made.low)} to"
            f" {cents(made.high)}, 19 times in 20), and {at_most(made.worst)} the most."
        )


def left_empty(report: Report) -> str:
    """How many cells stayed empty, and what it would cost to ask what there was no money for."""
    empty = f"{counted(sum(report.gaps.values()), 'cell')} stayed empty"
    if not report.undone:
        return empty
    return f"{empty}; to ask what there was no money for costs {at_most(report.undone)} at most"


def gap_rows(report: Report) -> Iterator[tuple[str, str, str]]:
    """For each reason, the most frequent first: name, cells, and what it means with what helps."""
    for gap, cells in sorted(report.gaps.items(), key=lambda item: -item[1]):
        trouble = gap_trouble(gap, report.reached)
        advice = f"; {trouble.advice}" if trouble.advice else ""
        yield gap.value, f"{cells:,}", f"{trouble.what}{advice}"
