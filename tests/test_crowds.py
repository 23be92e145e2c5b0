"""Entities counted in a frame are what opened tickets say, one by one."""

from __future__ import annotations

from collections import Counter

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.app.crowd import size_of
from enrich_cli.app.forecast import kind_of
from enrich_cli.app.walk import Kind
from enrich_cli.crowds import crowds
from enrich_cli.domain.entity import EntityType, IdKind
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.plan import Plan, Step, Wanted
from enrich_cli.domain.ticket import Ticket
from enrich_cli.tables.identify import identify, to_entities
from enrich_cli.tables.recognise import survey
from tests.fakes import COUNT, EPOCH, NAME, paid, spec

CELLS = st.tuples(
    st.sampled_from(["a.example", "b.example", "c.test", ""]),
    st.sampled_from(["Acme Ltd", "Bolt AG", ""]),
    st.sampled_from(["DE", "SE", ""]),
    st.sampled_from(["", "Acme"]),
)
STEPS = (
    Step(spec("free"), frozenset({NAME, COUNT})),
    Step(paid("named", needs=((IdKind.DOMAIN, IdKind.NAME), (IdKind.NAME,))), frozenset({COUNT})),
    Step(
        paid("german", only=((IdKind.COUNTRY, frozenset({"DE"})),), per=Per.ITEM),
        frozenset({NAME}),
    ),
    Step(paid("dear", usd=5_000_000), frozenset({NAME})),
)


@settings(max_examples=20, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=12))
def test_a_frame_and_its_tickets_give_the_same_kinds(
    rows: list[tuple[str, str, str, str]],
) -> None:
    names = ("Website", "Company", "Country", "company_name")
    table = pl.LazyFrame(dict(zip(names, zip(*rows, strict=True), strict=True)))
    uses = survey(table, list(names), overrides={EntityType.COMPANY: names[:2]}).uses
    found = identify(table, uses, {NAME: "company_name", COUNT: None})
    wanted = (Wanted(NAME, "company_name", exists=True), Wanted(COUNT, "n"))
    plan = Plan(wanted, STEPS, EPOCH, max_per_entity=Money(1_000_000))

    told: Counter[tuple[Kind, int]] = Counter()
    cells: Counter[tuple[Kind, int]] = Counter()
    for entity in to_entities(found, EntityType.COMPANY):
        kind = kind_of(Ticket.open(entity, plan, {}), STEPS)
        empty = sum(entity.empty.values())
        size = size_of(empty / len(kind.missing)) if kind.missing else 0
        told[kind, size] += 1
        cells[kind, size] += empty
    counted: Counter[tuple[Kind, int]] = Counter()
    open_: Counter[tuple[Kind, int]] = Counter()
    for each in crowds(found.entities[EntityType.COMPANY], STEPS, plan.max_per_entity):
        size = size_of(each.crowd.each(len(each.kind.missing)))
        counted[each.kind, size] += each.crowd.entities
        open_[each.kind, size] += each.crowd.cells
        assert each.crowd.open == (each.crowd.cells if each.kind.missing else 0)
    assert counted == told
    assert open_ == cells
