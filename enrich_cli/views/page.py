"""The report as a page: one file that needs no network and no script, light and dark, printable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from enrich_cli.domain.report import FieldLine, Report
from enrich_cli.views import charts
from enrich_cli.views.charts import Chart
from enrich_cli.views.report import (
    CHARGE_HEADS,
    ENTITY_HEADS,
    FIELD_HEADS,
    GAP_HEADS,
    PROVIDER_GRID,
    charge_rows,
    detailed_rows,
    population_rows,
    troubles,
)
from enrich_cli.views.rows import (
    busy,
    estimate_lines,
    field_rows,
    gap_rows,
    headline,
    left_empty,
    money_lines,
)
from enrich_cli.views.rows import table_line as line_of_table
from enrich_cli.views.text import clean, shortened, utc
from enrich_cli.views.timeline import Timeline

if TYPE_CHECKING:
    from markupsafe import Markup

_TITLE = 80
"""Characters of a path in the title, and of a column's name; the two ends say the most."""
_WORD = 40
"""Characters of a word in a table: one that is longer takes the room of all other columns."""
_TICKED = re.compile(r"`([^`]+)`")
NEEDS = ("vl_convert", "jinja2")
"""What a page is made with, beyond what every run needs: the extra `report` of the package."""


def missing() -> bool:
    """Whether something that a page is made with is not installed."""
    return any(find_spec(name) is None for name in NEEDS)


@dataclass(frozen=True, slots=True)
class _Head:
    title: str
    words: bool


@dataclass(frozen=True, slots=True)
class _Figure:
    caption: str
    chart: Chart


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    figures: Sequence[_Figure]
    heads: Sequence[_Head]
    rows: Sequence[Sequence[str]]
    closing: Sequence[str] = ()


def report_html(report: Report, timeline: Timeline) -> bytes:
    """The report as an HTML document; `timeline` is what it heard of the same run.

    Text from outside is escaped, in the words and in the charts.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["code"] = _code
    template = environment.from_string(
        Path(__file__).with_name("report.html.jinja").read_text("utf-8")
    )
    page = template.render(
        title=shortened(clean(report.path), _TITLE),
        headline=headline(report),
        money=[*money_lines(report), *estimate_lines(report)],
        table_line=clean(line_of_table(report)),
        job=clean(report.job),
        status=report.status.value,
        started=utc(report.started_at),
        sections=[*_sections(report, timeline)],
    )
    return page.encode()


def _code(text: str) -> Markup:
    """`text` escaped, with what stands in backticks as code."""
    from markupsafe import Markup, escape

    return Markup(_TICKED.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def _sections(report: Report, timeline: Timeline) -> Iterator[_Section]:
    if report.fields:
        figures = []
        if any(line.before is not None for line in report.fields):
            figures.append(_Figure("Fill rate, before and after", charts.rates(report)))
        figures.append(_Figure("Cells filled, by provider", charts.filled(report)))
        if any(line.sure for line in report.fields):
            caption = "What would stay, were more confidence demanded"
            figures.append(_Figure(caption, charts.certainty(report)))
        columns = [
            (_label(line), *others)
            for line, (_, *others) in zip(report.fields, field_rows(report), strict=True)
        ]
        yield _section("Columns", figures, FIELD_HEADS, columns)
    if busy(report):
        figures = [_Figure("The waterfall: who was asked, and knew", charts.waterfall(report))]
        if report.spent:
            figures.append(_Figure("Where the money went", charts.spent(report)))
            caption = "What the columns cost: a provider's bill, shared over the cells it filled"
            figures.append(_Figure(caption, charts.cost(report)))
        if report.estimate is not None:
            figures.append(_Figure("The estimate and the bill", charts.bill(report)))
        if any(timeline.counts()):
            figures.append(_Figure("Calls over time", charts.calls(report, timeline)))
        closing = [clean(line) for line in troubles(report)]
        rows = detailed_rows(report)
        yield _section("Providers", figures, PROVIDER_GRID, rows, closing)
    if report.gaps:
        figures = [_Figure("Why cells stayed empty", charts.gaps(report))]
        yield _section(left_empty(report), figures, GAP_HEADS, gap_rows(report))
    if report.unknown_charges:
        title = "Charges of unknown outcome"
        yield _section(title, [], CHARGE_HEADS, charge_rows(report))
    yield _section("Companies and people", [], ENTITY_HEADS, population_rows(report))


def _label(line: FieldLine) -> str:
    """The user's name of a column, and the field's where that is another."""
    if line.column in ("", line.name):
        return line.name
    return f"{shortened(line.column, _TITLE)} ({line.name})"


def _cell(text: str) -> str:
    return " ".join(shortened(word, _WORD) for word in clean(text).split(" "))


def _section(
    title: str,
    figures: Sequence[_Figure],
    heads: str,
    rows: Iterable[Sequence[str]],
    closing: Sequence[str] = (),
) -> _Section:
    """A section; `heads` are set apart by bars, and `<` marks a column of words."""
    titles = [_Head(head.removesuffix("<"), head.endswith("<")) for head in heads.split("|")]
    return _Section(title, figures, titles, [[*map(_cell, row)] for row in rows], closing)
