"""The chain from a cell to its charge, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from enrich_cli.domain.explanation import Ending, Explanation, Heard, Paid, Reply
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import format_money
from enrich_cli.views.encode import encode_document
from enrich_cli.views.tables import print_line
from enrich_cli.views.text import clean, dollars, utc
from enrich_cli.views.words import gap_trouble

if TYPE_CHECKING:
    from rich.console import Console


def explanation_json(told: Explanation) -> bytes:
    """The chain as a JSON document."""
    return encode_document(
        {
            "job": told.job,
            "table": told.table,
            "row": told.row,
            "column": told.column,
            "field": told.field,
            "ending": told.ending.value,
            "cell": told.cell,
            "value": told.value,
            "provider": told.provider or None,
            "reason": None if told.gap is None else told.gap.value,
            "type": told.type.value,
            "identifier": told.identifier or None,
            "entity_id": told.entity,
            "named_by": [{"column": one.column, "raw": one.raw} for one in told.named],
            "answers": [_heard_json(one) for one in told.heard],
        }
    )


def _heard_json(one: Heard) -> dict[str, Any]:
    return {
        "provider": one.provider,
        "reply": one.reply.value,
        "rule": one.rule,
        "value": one.value,
        "confidence": one.confidence,
        "url": one.url,
        "at": None if one.at is None else utc(one.at),
        "stored": one.stored,
        "charge": None
        if one.paid is None
        else {
            "id": one.paid.charge,
            "state": one.paid.state.value,
            "usd": format_money(one.paid.amount),
        },
    }


def print_explanation(told: Explanation, console: Console) -> None:
    """Print the chain: the cell, what names its entity, and each provider's word and charge."""
    for line in _lines(told):
        print_line(console, line)
    for number, one in enumerate(told.heard, 1):
        console.print()
        print_line(console, f"{number}. {one.provider}: {_said(one)}", style="bold")
        print_line(console, f"   {one.rule}")
        if one.url:
            print_line(console, f"   {one.url}")
        if one.paid is not None:
            print_line(console, f"   {_paid(one.paid)}")


def _lines(told: Explanation) -> Iterator[str]:
    where = f"{told.table}, row {told.row:,}, {told.column}"
    if told.column != told.field:
        where += f" ({told.field})"
    yield f"{where}: {_ending(told)}"
    if told.entity is not None:
        cells = ", ".join(f"{one.column} = {one.raw}" for one in told.named)
        yield f"The row names the {told.type.value} {told.identifier} by {cells or 'its cells'}"
        yield f"Entity {told.entity}, job {told.job}"


def _ending(told: Explanation) -> str:
    match told.ending:
        case Ending.KEPT:
            return f"{told.cell} was there before the run, so nobody was asked for it"
        case Ending.UNSELECTED:
            return "the row was left out by --where, --limit or --sample"
        case Ending.FILLED:
            return f"{told.value}, from {told.provider}"
        case Ending.EMPTY:
            why = (
                "" if told.gap is None else f": {told.gap.value}, {gap_trouble(told.gap, ()).what}"
            )
            return f"empty{why}"


def _said(one: Heard) -> str:
    match one.reply:
        case Reply.HIT | Reply.REPLACED:
            said = clean(one.value or "")
            if one.confidence is not None:
                said += f", confidence {one.confidence:.2f}"
        case Reply.MISS:
            said = "not found"
        case Reply.FAILURE:
            said = "could not be asked"
        case Reply.UNASKED:
            return "not asked"
    if one.at is not None:
        said += f", {utc(one.at)}"
    return f"{said}, from the store" if one.stored else said


def _paid(paid: Paid) -> str:
    amount = dollars(paid.amount)
    if paid.state in (ChargeState.INTENT, ChargeState.UNKNOWN):
        amount = f"up to {amount}"
    return f"charge {paid.charge}: {amount}, {paid.state.value}"
