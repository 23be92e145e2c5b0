"""The charts of a report as static SVG, drawn by Vega-Lite; colours are left to the page's CSS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enrich_cli.domain.entity import Field
from enrich_cli.domain.plan import STEP
from enrich_cli.domain.report import Report
from enrich_cli.views.rows import busy, filled_by
from enrich_cli.views.text import clean, shortened
from enrich_cli.views.timeline import Timeline

_WIDTH = 560
_STEP = 26  # pixels for a bar
_LONGEST = 26  # characters of its name
_CHARACTER = 7.6  # pixels, in a wide font: which one a browser takes is not known here
_WHOLE = 10_000_000  # micro-dollars from which on cents are not told on an axis
HUES = 24
"""How many colours the page has; they come again after that."""
_VERSION = "5.21"
_TEXT, _LINE, _REST = "var(--text)", "var(--line)", "var(--rest)"
_CONFIG: Mapping[str, Any] = {
    "font": "system-ui, sans-serif",
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelColor": _TEXT,
        "titleColor": _TEXT,
        "domainColor": _LINE,
        "tickColor": _LINE,
        "gridColor": _LINE,
        "labelLimit": 0,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
}


@dataclass(frozen=True, slots=True)
class Chart:
    """An `<svg>` element, and what its colours mean: name and CSS colour, in order."""

    svg: str
    key: tuple[tuple[str, str], ...] = ()


def waterfall(report: Report) -> Chart:
    """For each provider, how many it was asked about and what came of that."""
    kinds = ("from the store", "found", "not found", "failed")
    values = [
        {"name": _short(line.name), "kind": kind, "n": number}
        for line in busy(report)
        for kind, number in zip(
            kinds, (line.cached, line.hits, line.misses, line.failures), strict=True
        )
        if number
    ]
    colours = ["var(--hue4)", "var(--hue1)", _REST, "var(--hue2)"]
    return _bars(values, "companies and people", kinds, colours)


def filled(report: Report) -> Chart:
    """For each column, how many cells each provider filled, and how many stayed empty."""
    names = [_short(line.name) for line in busy(report)]
    empty = "empty"
    called = _called(report)
    values: list[dict[str, Any]] = []
    for line in report.fields:
        by = [(_short(name), cells) for name, cells in filled_by(line, report)]
        names += [name for name, _ in by if name not in names]
        for name, cells in (*by, (empty, line.wanted - line.filled)):
            if cells:
                values.append({"name": called[line.name], "kind": name, "n": cells})
    return _bars(values, "cells", [*names, empty], [*_hues(names), _REST])


def rates(report: Report) -> Chart:
    """For each column, the share of its cells that was there before, is new, and stays empty."""
    kinds = ("filled before", "filled now", "still empty")
    called = _called(report)
    values = [
        {"name": called[line.name], "kind": kind, "n": cells / rows}
        for line in report.fields
        if line.before is not None and (rows := line.before + line.wanted)
        for kind, cells in zip(
            kinds, (line.before, line.filled, line.wanted - line.filled), strict=True
        )
        if cells
    ]
    return _bars(values, "share of the rows", kinds, ["var(--hue4)", "var(--hue1)", _REST], ".0%")


def certainty(report: Report) -> Chart:
    """For each column, the share of its cells that stays where a source must be at least so sure.

    A source that does not say how sure it is always passes, as it does in `[accept]`.
    """
    called = _called(report)
    values: list[dict[str, Any]] = []
    names: list[str] = []
    for line in report.fields:
        if not line.sure:
            continue
        names.append(name := called[line.name])
        left = line.filled
        for step in range(0, 101, STEP):
            values.append({"at": step / 100, "n": left / line.wanted, "kind": name})
            left -= line.sure.get(step, 0)
    colours = _hues(names)
    percents = {"format": ".0%", "tickCount": 5}
    encoding = {
        "x": {
            "field": "at",
            "type": "quantitative",
            "title": "confidence that is demanded",
            "axis": {"format": ".1f"},
        },
        "y": {
            "field": "n",
            "type": "quantitative",
            "title": "cells filled",
            "scale": {"domain": [0, 1]},
            "axis": percents,
        },
        "color": _colour(names, colours),
    }
    mark = {"type": "line", "interpolate": "step-before", "strokeWidth": 2.5}
    return _drawn(values, {"height": 160, "mark": mark, "encoding": encoding}, names, colours)


def bill(report: Report) -> Chart:
    """What was to be expected before, as a range with the likely sum marked, above the bill."""
    made = report.estimate
    if made is None:
        raise ValueError("nothing was expected of this run")
    sums = {"low": made.low, "likely": made.likely, "high": made.high, "worst": made.worst}
    expected = {name: usd / 1_000_000 for name, usd in sums.items()}
    rows = [{"name": "expected", **expected}, {"name": "bill", "spent": report.spent / 1_000_000}]
    axis = {"tickCount": 5, "format": _sums(max(made.worst, report.spent))}
    y = {"field": "name", "type": "nominal", "title": None, "sort": None}
    x = {"type": "quantitative", "title": "US dollars", "axis": axis}
    marks: tuple[tuple[str, str, Mapping[str, Any], tuple[str, ...]], ...] = (
        ("at most", _REST, {"type": "rule", "strokeWidth": 2}, ("high", "worst")),
        ("19 times in 20", "var(--hue4)", {"type": "bar"}, ("low", "high")),
        ("likely", _TEXT, {"type": "tick", "thickness": 3}, ("likely",)),
        ("spent", "var(--hue1)", {"type": "bar"}, ("spent",)),
    )
    layer: list[Mapping[str, Any]] = [
        {
            "mark": {**mark, "color": colour},
            "transform": [{"filter": f"isValid(datum.{ends[0]})"}],
            "encoding": {
                "y": y,
                "x": {"field": ends[0], **x},
                **({"x2": {"field": ends[1]}} if len(ends) > 1 else {}),
            },
        }
        for _, colour, mark, ends in marks
    ]
    names, colours = [name for name, *_ in marks], [colour for _, colour, *_ in marks]
    return _drawn(rows, {"height": {"step": _STEP}, "layer": layer}, names, colours)


def spent(report: Report) -> Chart:
    """For each provider, the dollars that it got."""
    values = [
        {"name": _short(line.name), "kind": "", "n": line.spent / 1_000_000}
        for line in busy(report)
        if line.spent
    ]
    most = max(line.spent for line in busy(report))
    return _bars(values, "US dollars", [""], ["var(--hue1)"], _sums(most))


def cost(report: Report) -> Chart:
    """For each column, the dollars that its values cost, by provider, as `spent_by_field` has it.

    What nothing came of has a bar of its own.
    """
    called = _called(report)
    names = [_short(line.name) for line in busy(report)]
    shares = report.spent_by_field()
    values = [
        {
            "name": "no cell filled" if field is None else called[field],
            "kind": _short(name),
            "n": money / 1_000_000,
        }
        for field, by in shares.items()
        for name, money in by.items()
    ]
    most = max(sum(by.values()) for by in shares.values())
    return _bars(values, "US dollars", names, _hues(names), _sums(most))


def gaps(report: Report) -> Chart:
    """For each reason, the cells that stayed empty because of it."""
    ordered = sorted(report.gaps.items(), key=lambda item: -item[1])
    values = [{"name": gap.value, "kind": "", "n": cells} for gap, cells in ordered]
    return _bars(values, "cells", [""], ["var(--hue2)"])


def calls(report: Report, timeline: Timeline) -> Chart:
    """The calls over time, by provider."""
    names = [_short(line.name) for line in busy(report)]
    span = timeline.span
    values = [
        {
            "at": round(at, 3),
            "until": round(at + span, 3),
            "kind": _short(name),
            "n": count,
        }
        for at, name, count in timeline.counts()
    ]
    colours = _hues(names)
    title = f"calls in {span:g} s"
    encoding = {
        "x": {
            "field": "at",
            "type": "quantitative",
            "bin": "binned",
            "title": "seconds since the start",
            "scale": {"domainMin": 0},
        },
        "x2": {"field": "until"},
        "y": {"field": "n", "type": "quantitative", "title": title, "axis": {"tickCount": 5}},
        "color": _colour(names, colours),
    }
    chart = {"height": 140, "mark": {"type": "bar", "binSpacing": 0}, "encoding": encoding}
    return _drawn(values, chart, names, colours)


def _short(name: str) -> str:
    return shortened(clean(name), _LONGEST)


def _called(report: Report) -> Mapping[Field, str]:
    """What the bar of each field is called: as its column, if no other is called so."""
    names = {line.name: _short(line.column or line.name) for line in report.fields}
    shown = [*names.values()]
    return {field: name if shown.count(name) == 1 else field for field, name in names.items()}


def _hues(names: Sequence[str]) -> list[str]:
    """A colour for each name, the same in every chart."""
    return [f"var(--hue{1 + i % HUES})" for i in range(len(names))]


def _sums(most: int) -> str:
    """How sums up to `most` micro-dollars are written on an axis."""
    return "$,.0f" if most >= _WHOLE else "$,.2f"


def _bars(
    values: Sequence[Mapping[str, Any]],
    title: str,
    kinds: Sequence[str],
    colours: Sequence[str],
    number: str = "",
) -> Chart:
    """Lying bars, one for each `name`, made of a piece for each of `kinds`.

    `number` is how numbers are written, in the format of d3.
    """
    order = {kind: i for i, kind in enumerate(kinds)}
    present = [kind for kind in kinds if any(value["kind"] == kind for value in values)]
    shown = [colours[order[kind]] for kind in present]
    extent = _CHARACTER * max((len(value["name"]) for value in values), default=0) + 8
    axis = {"tickCount": 5, **({"format": number} if number else {})}
    encoding = {
        "y": {
            "field": "name",
            "type": "nominal",
            "title": None,
            "sort": None,
            "axis": {"minExtent": extent},
        },
        "x": {"field": "n", "type": "quantitative", "title": title, "axis": axis},
        "color": _colour(present, shown),
        "order": {"field": "place"},
    }
    placed = [{**value, "place": order[value["kind"]]} for value in values]
    chart = {"height": {"step": _STEP}, "mark": {"type": "bar"}, "encoding": encoding}
    return _drawn(placed, chart, present, shown)


def _colour(kinds: Sequence[str], colours: Sequence[str]) -> Mapping[str, Any]:
    scale = {"domain": list(kinds), "range": list(colours)}
    return {"field": "kind", "type": "nominal", "scale": scale, "legend": None}


def _drawn(
    values: Sequence[Mapping[str, Any]],
    chart: Mapping[str, Any],
    kinds: Sequence[str],
    colours: Sequence[str],
) -> Chart:
    """The chart drawn; text in it is escaped, and it names no other file."""
    import vl_convert

    spec = {"width": _WIDTH, "data": {"values": list(values)}, "config": _CONFIG, **chart}
    svg = vl_convert.vegalite_to_svg(spec, vl_version=_VERSION, allowed_base_urls=[])
    return Chart(svg, tuple(zip(kinds, colours, strict=True)) if len(kinds) > 1 else ())
