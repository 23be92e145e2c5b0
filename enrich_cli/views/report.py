"""The cost report as JSON, as Markdown, and as the summary that closes a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.money import format_money
from enrich_cli.domain.outcome import Gap, Reason
from enrich_cli.domain.plan import Population
from enrich_cli.domain.report import ProviderLine, Report
from enrich_cli.views.encode import encode_document
from enrich_cli.views.rows import (
    PROVIDER_HEADS,
    busy,
    estimate_lines,
    field_rows,
    filled_by,
    gap_rows,
    headline,
    left_empty,
    money_lines,
    provider_rows,
    table_line,
)
from enrich_cli.views.tables import Column, Kind, print_line, print_table
from enrich_cli.views.text import at_most, clean, counted, utc
from enrich_cli.views.words import failure_kinds, provider_trouble

if TYPE_CHECKING:
    from rich.console import Console

FIELD_HEADS = "column<|filled|of|share|by<"
PROVIDER_GRID = "provider<|tier<|calls|" + "|".join(PROVIDER_HEADS[1:]) + "|failures<"
GAP_HEADS = "reason<|cells|why<"
CHARGE_HEADS = "provider<|entity<|at most|at<"
ENTITY_HEADS = "type<|rows|distinct|known|asked about"
_NO_KEYS: Mapping[str, str] = MappingProxyType({})


def report_json(report: Report, recipe: str = "", plan: str = "") -> bytes:
    """The report as an indented JSON document with the keys of schema 1, in a fixed order.

    `recipe` is a hash of all that the output depends on, where somebody wants to know it later;
    `plan` is the id of the plan that was carried out.
    """
    return encode_document(
        {
            "schema": 1,
            "job": report.job,
            "status": report.status.value,
            "started_at": utc(report.started_at),
            "seconds": round(report.seconds, 3),
            "table": {
                "path": report.path,
                "rows": report.rows,
                "cells_wanted": report.cells_wanted,
                "cells_filled": report.cells_filled,
            },
            "entities": {
                type_.value: population_json(report.entities.get(type_, Population()))
                for type_ in EntityType
            },
            "spend": {
                "spent": format_money(report.spent),
                "budget": None if report.budget is None else format_money(report.budget),
                "unknown": format_money(report.unknown),
                "naive": format_money(report.naive),
                "saved": format_money(report.saved),
                "currency": "USD",
                "undone": format_money(report.undone),
                "reached": list(report.reached),
            },
            "providers": [_provider_json(line) for line in report.providers],
            "fields": [
                {
                    "name": line.name,
                    "wanted": line.wanted,
                    "filled": line.filled,
                    "by": dict(filled_by(line, report)),
                    "before": line.before,
                    "confidence": {f"{step / 100:.2f}": n for step, n in line.sure.items()},
                }
                for line in report.fields
            ],
            "gaps": {gap.value: report.gaps[gap] for gap in Gap if report.gaps.get(gap)},
            "unknown_charges": [
                {
                    "provider": charge.provider,
                    "entity_id": charge.entity,
                    "usd": format_money(charge.usd),
                    "at": utc(charge.at),
                    "job": charge.job,
                }
                for charge in (*report.unknown_charges, *report.earlier_charges)
            ],
            "unknown_calls": report.unknown_calls,
            "retries": report.retries,
            **_estimate_json(report),
            **({"recipe": recipe} if recipe else {}),
            **({"plan": plan} if plan else {}),
            "store": {"reads": report.store.reads, "commits": report.store.commits},
        }
    )


def population_json(population: Population) -> dict[str, int]:
    """The entities of one type as the report and the estimate give them."""
    return {
        "rows": population.rows,
        "unique": population.unique,
        "cached": population.cached,
        "asked": population.asked,
    }


def _estimate_json(report: Report) -> dict[str, object]:
    made = report.estimate
    if made is None:
        return {}
    dollars = {"low": made.low, "likely": made.likely, "high": made.high, "worst": made.worst}
    return {"estimate": {name: format_money(usd) for name, usd in dollars.items()}}


def _provider_json(line: ProviderLine) -> dict[str, object]:
    more: dict[str, object] = {}
    if reasons := {r.value: line.reasons[r] for r in Reason if line.reasons.get(r)}:
        more["reasons"] = reasons
    if line.unpriced_calls:
        more["unpriced_calls"] = line.unpriced_calls
    return {
        "name": line.name,
        "tier": line.tier.value,
        "calls": line.calls,
        "items": line.items,
        "hits": line.hits,
        "misses": line.misses,
        "failures": line.failures,
        "cached": line.cached,
        "spent": format_money(line.spent),
        **more,
    }


def print_summary(
    report: Report,
    console: Console,
    notes: Sequence[str] = (),
    *,
    keys: Mapping[str, str] = _NO_KEYS,
    written: Sequence[str] = (),
) -> None:
    """Print what was filled, by whom, for how much, what is missing, and what to do about it.

    `notes` are further lines for the user, `written` the files that were written; `keys` gives
    the environment variable of a provider's key, by the provider's name.
    """
    print_line(console, headline(report), style="bold")
    print_line(console, table_line(report))
    if report.fields:
        console.print()
        columns = (Column("column", Kind.NAME), Column("filled"), Column("of"), Column(""))
        print_table(console, (*columns, Column("by", Kind.WORDS)), [*field_rows(report)])
    if rows := [*provider_rows(report)]:
        console.print()
        shown = [i for i, head in enumerate(PROVIDER_HEADS) if head != "misses"]
        first, *heads = (PROVIDER_HEADS[i] for i in shown)
        print_table(
            console,
            (Column(first, Kind.NAME), *(Column(head) for head in heads)),
            [[row[i] for i in shown] for row in rows],
        )
    console.print()
    for line in money_lines(report):
        print_line(console, line)
    if report.gaps:
        console.print()
        print_line(console, left_empty(report), style="bold")
        print_table(
            console,
            (Column("", Kind.NAME), Column(""), Column("", Kind.WORDS)),
            [*gap_rows(report)],
        )
    for line in (*troubles(report, keys), *(f"Note: {note}" for note in notes)):
        print_line(console, line)
    if written:
        print_line(console, f"Written: {', '.join(written)}")


def troubles(report: Report, keys: Mapping[str, str] = _NO_KEYS) -> Iterator[str]:
    """A line for each provider whose failures left something undone or shut it."""
    undone = Gap.PROVIDER_FAILED in report.gaps
    for line in report.providers:
        shut = any(reason.shuts_provider and count for reason, count in line.reasons.items())
        if line.failures and (undone or shut):
            trouble = provider_trouble(line, keys.get(line.name, ""))
            advice = f"; {trouble.advice}" if trouble.advice else ""
            yield f"{line.name}: {trouble.what}{advice}."


def report_markdown(report: Report) -> str:
    """The report as a Markdown document for people: the same numbers as in the JSON."""
    parts = [
        f"# Enrichment of {_escaped(report.path)}",
        (
            f"{headline(report)}. Job {_escaped(report.job)}, {report.status.value},"
            f" started {utc(report.started_at)}, {counted(report.rows, 'row')}."
        ),
        "## Money",
        "\n".join(f"- {line}" for line in (*money_lines(report), *estimate_lines(report))),
        "## Entities",
        _grid(ENTITY_HEADS, population_rows(report)),
        "## Columns",
        _grid(FIELD_HEADS, field_rows(report)),
        "## Providers",
        _grid(PROVIDER_GRID, detailed_rows(report)),
    ]
    if report.gaps:
        parts += [f"## {left_empty(report)}", _grid(GAP_HEADS, gap_rows(report))]
    if report.unknown_charges:
        parts += [
            "## Charges of unknown outcome",
            _grid(CHARGE_HEADS, charge_rows(report)),
        ]
    return "\n\n".join(parts) + "\n"


def population_rows(report: Report) -> Iterator[tuple[str, ...]]:
    """For each type of entity, what `ENTITY_HEADS` says."""
    for type_, population in report.entities.items():
        yield type_.value, *(f"{number:,}" for number in population_json(population).values())


def detailed_rows(report: Report) -> Iterator[tuple[str, ...]]:
    """For each busy provider, what `PROVIDER_GRID` says."""
    for line, (name, *numbers) in zip(busy(report), provider_rows(report), strict=True):
        yield name, line.tier.value, f"{line.calls:,}", *numbers, failure_kinds(line)


def charge_rows(report: Report) -> Iterator[tuple[str, ...]]:
    """For each charge of unknown outcome, what `CHARGE_HEADS` says."""
    for charge in report.unknown_charges:
        yield charge.provider, charge.entity, at_most(charge.usd), utc(charge.at)


def _grid(heads: str, rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; `heads` are set apart by bars, and `<` marks a column of words."""
    titles = heads.split("|")
    lines = [
        [title.removesuffix("<") for title in titles],
        [":--" if title.endswith("<") else "--:" for title in titles],
        *([_escaped(cell) for cell in row] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escaped(text: str) -> str:
    """`text` so that it can neither break a table nor become a tag, a link or a picture."""
    return "".join(f"\\{c}" if c in "\\|*[<&" else c for c in clean(text))
