"""What differs between two jobs, for people and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from enrich_cli.domain.explanation import Cause, Change, Difference
from enrich_cli.domain.money import Money, format_money
from enrich_cli.views.encode import encode_document
from enrich_cli.views.tables import Column, Kind, print_line, print_table
from enrich_cli.views.text import cents, counted

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = 50
"""Changes that are shown on a screen; the JSON document has all."""
_LONGEST = 40  # characters of a value on a screen
_WHY = {
    Cause.SOURCE: "the source says otherwise",
    Cause.PROVIDER: "another provider",
    Cause.RULE: "another rule",
    Cause.AGE: "the answer grew too old",
}


def difference_json(told: Difference) -> bytes:
    """All changes as a JSON document."""
    return encode_document(
        {
            "before": told.before,
            "after": told.after,
            "entities": {"both": told.shared, "gone": told.gone, "new": told.new},
            "spent": [format_money(amount) for amount in told.spent],
            "causes": {cause.value: number for cause, number in _causes(told).items()},
            "changes": [
                {
                    "entity_id": one.entity,
                    "identifier": one.identifier,
                    "field": one.field,
                    "before": one.before,
                    "after": one.after,
                    "before_by": one.before_by or None,
                    "after_by": one.after_by or None,
                    "before_reason": one.before_gap or None,
                    "after_reason": one.after_gap or None,
                    "cause": one.cause.value,
                    "usd": format_money(one.cost),
                }
                for one in told.changes
            ],
        }
    )


def _causes(told: Difference) -> dict[Cause, int]:
    counts = Counter(one.cause for one in told.changes)
    return {cause: counts[cause] for cause in Cause if counts[cause]}


def print_difference(told: Difference, console: Console) -> None:
    """Print how many values changed and why, then the changes themselves."""
    was, now = told.spent
    print_line(console, f"From {told.before} ({cents(was)}) to {told.after} ({cents(now)})")
    some = counted(told.shared, "company or person", "companies and people")
    print_line(console, f"{some} in both, {told.gone:,} gone, {told.new:,} new")
    if not told.changes:
        print_line(console, "No value differs.")
        return
    paid = Money(sum({(c.entity, c.after_by): c.cost for c in told.changes}.values()))
    causes = ", ".join(f"{_WHY[cause]} {number:,}" for cause, number in _causes(told).items())
    values = counted(len(told.changes), "value differs", "values differ")
    print_line(console, f"{values}: {causes}; {cents(paid)} paid for them")
    console.print()
    columns = (
        Column("who", Kind.NAME),
        Column("field", Kind.NAME),
        Column("before", Kind.WORDS),
        Column("after", Kind.WORDS),
        Column("why", Kind.WORDS),
        Column("paid"),
    )
    print_table(console, columns, [_row(one) for one in told.changes[:SHOWN]])
    if len(told.changes) > SHOWN:
        print_line(console, f"and {len(told.changes) - SHOWN:,} more; --json has all")


def _row(one: Change) -> tuple[str, ...]:
    by = f" ({one.after_by})" if one.cause is Cause.PROVIDER and one.after_by else ""
    return (
        one.identifier,
        one.field,
        _short(one.before, one.before_gap),
        _short(one.after, one.after_gap),
        f"{_WHY[one.cause]}{by}",
        cents(one.cost),
    )


def _short(value: str | None, gap: str) -> str:
    if value is None:
        return f"({gap or 'empty'})"
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
