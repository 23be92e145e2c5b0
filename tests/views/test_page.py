"""The report as a page: whole, self-contained, harmless, and with the numbers of the report."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from enrich_cli.domain.entity import EntityKey, EntityType
from enrich_cli.domain.events import CallSettled, ChunkDone, Event, RunStarted
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import ZERO, Money
from enrich_cli.domain.report import Report
from enrich_cli.views.page import report_html
from enrich_cli.views.report import report_markdown
from enrich_cli.views.timeline import Timeline
from tests.views.conftest import NAME, SIZE, START, told


@pytest.fixture
def timeline(stream: list[Event]) -> Timeline:
    timeline = Timeline()
    for event in stream:
        timeline(event)
    return timeline


def page_of(report: Report, timeline: Timeline) -> LexborHTMLParser:
    return LexborHTMLParser(report_html(report, timeline).decode())


def first(found: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    node = found.css_first(selector)
    assert node is not None
    return node


def test_it_has_its_charts_and_the_numbers_of_the_other_reports(
    report: Report, timeline: Timeline
) -> None:
    page = page_of(report, timeline)
    captions = [node.text(deep=False).strip() for node in page.css("figcaption")]
    assert captions == [
        "Fill rate, before and after",
        "Cells filled, by provider",
        "What would stay, were more confidence demanded",
        "The waterfall: who was asked, and knew",
        "Where the money went",
        "What the columns cost: a provider's bill, shared over the cells it filled",
        "The estimate and the bill",
        "Calls over time",
        "Why cells stayed empty",
    ]
    assert len(page.css("figure > svg")) == 9
    cells = {node.text().strip() for node in page.css("td")} - {""}
    markdown = report_markdown(report).replace("\\", "").replace("`", "")
    assert {cell for cell in cells if cell.replace("`", "") not in markdown} == set()
    said = first(page, "body").text()
    assert "Spent $12.35 of $25.00." in said
    assert "$14.00 was likely ($9.50 to $20.25, 19 times in 20), and $25.00 the most" in said


def test_the_key_of_a_chart_names_each_colour_in_it(report: Report, timeline: Timeline) -> None:
    page = page_of(report, timeline)
    waterfall = page.css("figure")[3]
    key = {
        node.text().strip(): (first(node, "i").attributes["style"] or "")
        for node in waterfall.css(".key")
    }
    assert list(key) == ["from the store", "found", "not found", "failed"]
    drawn = first(waterfall, "svg").html or ""
    for colour in key.values():
        assert f'fill="{colour.removeprefix("background: ")}"' in drawn
    used = set(re.findall(r"var\((--\w+)\)", page.html or ""))
    assert used <= set(re.findall(r"(--\w+):", first(page, "style").text()))


def test_nothing_in_it_leaves_the_file_or_runs(report: Report, timeline: Timeline) -> None:
    page = page_of(report, timeline)
    assert page.css("script, link, img, iframe, object, embed, image, use, form, base, a") == []
    for node in page.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
        assert not node.attributes.keys() & {"src", "href", "xlink:href", "srcset", "action"}
    assert "url(" not in first(page, "style").text()
    policy = first(page, "meta[http-equiv=Content-Security-Policy]").attributes["content"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_light_dark_and_paper(report: Report, timeline: Timeline) -> None:
    style = first(page_of(report, timeline), "style").text()
    light, _, dark = style.partition("@media screen and (prefers-color-scheme: dark)")
    names = re.findall(r"(--\w+):", light)
    assert re.findall(r"(--\w+):", dark) == names  # on paper it is always light
    assert len(names) == 29


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</svg></style><svg onload=alert(1)>",
    "{{ 7 * 7 }} {% raw %}",
    "\u202egpj.exe\x1b[2J",
    "a" * 10_000,
]


@pytest.mark.parametrize("wild", HOSTILE, ids=range(len(HOSTILE)))
def test_text_from_outside_is_only_text(wild: str, stream: list[Event]) -> None:
    start, call = stream[0], stream[2]
    assert isinstance(start, RunStarted)
    assert isinstance(call, CallSettled)
    events: list[Event] = [
        replace(
            start,
            table=wild,
            job=wild,
            providers=((wild, start.providers[0][1]),),
            columns={NAME: wild, SIZE: f"{wild} "},
        ),
        replace(call, provider=wild, state=ChargeState.SETTLED, amount=Money(20_000)),
        ChunkDone(
            at=call.at,
            type=EntityType.COMPANY,
            entities=10,
            cached=0,
            asked=10,
            filled={NAME: {wild: 80}, SIZE: {wild: 40}},
            gaps={},
            naive=ZERO,
        ),
    ]
    timeline = Timeline()
    for event in events:
        timeline(event)
    page = page_of(told(events), timeline)
    assert page.css("script, img, [onload], [onerror]") == []
    assert len(page.css("style")) == 1
    assert len(page.css("figure > svg")) == len(page.css("svg"))
    shown = first(page, "h1").text()
    assert "\u202e" not in (page.html or "")
    assert "\x1b" not in (page.html or "")
    assert len(shown) <= len("Enrichment of ") + 80
    if wild.isprintable():
        assert f"{wild}: 100 rows" in first(page, ".soft").text()
        assert shown.startswith(f"Enrichment of {wild[:39]}")
        assert shown.endswith(wild[-39:])
        cells = [node.text() for node in page.css("td")]
        assert (f"{wild} (company_name)" in cells) == (len(wild) < 40)
        assert wild[:20] in " ".join(cells)
        assert max(len(word) for cell in cells for word in cell.split()) <= 40
    assert "49" not in shown


def test_many_providers_have_colours_of_their_own_and_the_same_in_each_chart(
    stream: list[Event],
) -> None:
    start, call = stream[0], stream[2]
    assert isinstance(start, RunStarted)
    assert isinstance(call, CallSettled)
    names = [f"own-{n}" for n in range(20)]
    events: list[Event] = [
        replace(start, providers=tuple((name, start.providers[0][1]) for name in names)),
        *(replace(call, provider=n, state=ChargeState.SETTLED, amount=Money(7)) for n in names),
        ChunkDone(
            at=call.at,
            type=EntityType.COMPANY,
            entities=20,
            cached=0,
            asked=20,
            filled={NAME: dict.fromkeys(names, 4)},
            gaps={},
            naive=ZERO,
        ),
    ]
    page = page_of(told(events), Timeline())
    keys = [
        {node.text().strip(): first(node, "i").attributes["style"] for node in figure.css(".key")}
        for figure in page.css("figure")
        if any(text in figure.text() for text in ("Cells filled", "What the columns cost"))
    ]
    filled, cost = keys
    assert [*cost] == names
    assert len(set(cost.values())) == 20
    assert {name: filled[name] for name in names} == cost


def test_a_run_that_did_nothing_has_a_page_too(report: Report) -> None:
    empty = replace(
        report, fields=(), providers=(), gaps={}, unknown_charges=(), cells_wanted=0, spent=ZERO
    )
    page = page_of(empty, Timeline())
    assert page.css("svg") == []
    assert "no cell to fill" in first(page, "body").text()


def test_the_same_report_gives_the_same_bytes(report: Report, timeline: Timeline) -> None:
    assert report_html(report, timeline) == report_html(report, timeline)


def test_the_time_line_counts_every_call_in_bounded_space(stream: list[Event]) -> None:
    timeline = Timeline()
    timeline(stream[0])
    key = (EntityKey("a" * 32),)
    for i in range(5000):
        at = START + i * 0.7
        timeline(CallSettled(at, f"p{i % 2}", key, 1, 0, {}, ChargeState.FREE, ZERO, 0.1))
    counts = [*timeline.counts()]
    assert sum(count for _, _, count in counts) == 5000
    assert len({at for at, _, _ in counts}) <= 120
    assert counts == sorted(counts)
    assert max(at for at, _, _ in counts) + timeline.span >= 4999 * 0.7
    assert timeline.span < 60
