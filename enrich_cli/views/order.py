"""The order in which providers are asked, with the arithmetic behind it, for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.ordering import Order
from enrich_cli.views.tables import Column, Kind, print_line, print_table
from enrich_cli.views.text import cents, percent

if TYPE_CHECKING:
    from rich.console import Console


def print_order(type_: EntityType, order: Order, console: Console) -> None:
    """Print who is asked after whom about one type, and what each is expected to fill and cost."""
    print_line(console, f"Order for {type_.value}: {order.rule}", style="bold")
    if free := [step.spec.name for step in order.steps if step.spec.free]:
        print_line(console, f"free first: {', '.join(free)}")
    if order.weighed:
        heads = ("asked", "hits", "of answers", "fields filled", "cost", "a field")
        print_table(
            console,
            (Column("provider", Kind.NAME), *(Column(head) for head in heads)),
            [*_rows(order)],
        )
        line = f"Together {cents(order.likely)}"
        if order.usual != order.likely:
            line += f"; by tier and price it would be {cents(order.usual)}"
        print_line(console, f"{line}.")
    console.print()


def _rows(order: Order) -> Iterator[tuple[str, ...]]:
    for one in order.weighed:
        yield (
            one.name,
            f"{round(one.asked):,}",
            percent(one.hit_rate, 1.0),
            f"{one.answers:,}",
            f"{round(one.filled):,}",
            cents(one.cost),
            cents(one.per_field) if one.filled else "-",
        )
