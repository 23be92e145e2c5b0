"""The events of a run as JSON lines, for a program that reads along."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, TextIO, assert_never, cast

from enrich_cli.domain.events import (
    BudgetReached,
    CacheRead,
    CallSettled,
    ChargesFound,
    ChunkDone,
    EntityDone,
    Event,
    RetryScheduled,
    RowsWritten,
    RunFinished,
    RunStarted,
)
from enrich_cli.domain.money import format_money
from enrich_cli.views.encode import encode_json
from enrich_cli.views.text import utc


class JsonLines:
    """A sink that writes each event as one line of JSON and flushes it.

    Text streams that stand on bytes are written as bytes, so always in UTF-8. Where the stream
    can no longer be written (its reader has gone, the disk is full), the run goes on: `broken`
    keeps the error, and nothing more is written.
    """

    def __init__(self, out: TextIO | BinaryIO) -> None:
        self.broken: OSError | ValueError | None = None
        below = getattr(out, "buffer", None)
        if below is not None:
            out.flush()
        self._write = _writer(out if below is None else below)

    def __call__(self, event: Event) -> None:
        """Write one event."""
        if self.broken is not None:
            return
        try:
            self._write(encode_json(event_json(event)) + b"\n")
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            self.broken = error


def _writer(out: TextIO | BinaryIO) -> Callable[[bytes], None]:
    if isinstance(out, io.TextIOBase):
        text = out

        def write(line: bytes) -> None:
            text.write(line.decode())
            text.flush()

    else:
        raw = cast("BinaryIO", out)

        def write(line: bytes) -> None:
            raw.write(line)
            raw.flush()

    return write


def event_json(event: Event) -> dict[str, object]:
    """An event as a JSON object: its name, its time, and what it carries; money is text."""
    match event:
        case RunStarted():
            return _named(
                "run_started",
                event,
                job=event.job,
                table=event.table,
                rows=event.rows,
                wanted=_keyed(event.wanted),
                gaps=_keyed(event.gaps),
                entities={
                    type_.value: {"rows": rows, "unique": unique}
                    for type_, (rows, unique) in event.entities.items()
                },
                providers=[{"name": name, "tier": tier.value} for name, tier in event.providers],
                budget=None if event.budget is None else format_money(event.budget),
            )
        case CacheRead():
            return _named(
                "cache_read", event, entities=event.entities, answers=_keyed(event.answers)
            )
        case CallSettled():
            return _named(
                "call_settled",
                event,
                provider=event.provider,
                entities=event.entities,
                hits=event.hits,
                misses=event.misses,
                failures=_keyed(event.failures),
                state=event.state.value,
                amount=format_money(event.amount),
                seconds=round(event.seconds, 3),
                priced=event.priced,
            )
        case ChargesFound():
            return _named(
                "charges_found",
                event,
                charges=[
                    {
                        "job": charge.job,
                        "provider": charge.provider,
                        "entities": charge.entities,
                        "usd": format_money(charge.worst),
                        "at": utc(charge.at),
                    }
                    for charge in event.charges
                ],
            )
        case RetryScheduled():
            return _named(
                "retry_scheduled",
                event,
                provider=event.provider,
                queries=event.queries,
                reason=event.reason.value,
                delay=round(event.delay, 3),
                attempt=event.attempt,
            )
        case EntityDone():
            return _named(
                "entity_done",
                event,
                type=event.type.value,
                entity_id=event.entity,
                identifier=event.identifier,
                rows=event.rows,
                values=_keyed(event.values),
                sources=_keyed(event.sources),
                gaps={name: gap.value for name, gap in event.gaps.items()},
            )
        case BudgetReached():
            return _named(
                "budget_reached",
                event,
                provider=event.provider,
                needed=format_money(event.needed),
                left=format_money(event.left),
                budget=event.budget,
            )
        case ChunkDone():
            return _named(
                "chunk_done",
                event,
                type=event.type.value,
                entities=event.entities,
                cached=event.cached,
                asked=event.asked,
                filled={name: _keyed(by) for name, by in event.filled.items()},
                gaps=_keyed(event.gaps),
                naive=format_money(event.naive),
                undone=format_money(event.undone),
            )
        case RowsWritten():
            return _named("rows_written", event, rows=event.rows, of=event.of)
        case RunFinished():
            return _named(
                "run_finished",
                event,
                status=event.status.value,
                seconds=round(event.seconds, 3),
                store={"reads": event.store.reads, "commits": event.store.commits},
            )
        case _:
            assert_never(event)


def _named(name: str, event: Event, **carried: object) -> dict[str, object]:
    return {"event": name, "at": utc(event.at, "milliseconds"), **carried}


def _keyed(mapping: Mapping[Any, object]) -> dict[str, object]:
    return {str(key): value for key, value in mapping.items()}
