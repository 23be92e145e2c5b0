"""What a store holds, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from enrich_cli.domain.money import Money, format_money
from enrich_cli.views.encode import encode_document
from enrich_cli.views.tables import Column, Kind, print_line, print_table
from enrich_cli.views.text import cents, counted, utc

if TYPE_CHECKING:
    from rich.console import Console


class Holding(Protocol):
    """The stored answers of one provider; times in seconds since the epoch."""

    provider: str
    entries: int
    hits: int
    misses: int
    bytes: int
    worth: Money
    oldest: float
    newest: float


def stats_json(folder: str, held: Sequence[Holding], size: int, traced: int) -> bytes:
    """What the store in `folder` holds as a JSON document; `size` are the bytes of its files."""
    return encode_document(
        {
            "folder": folder,
            "file_bytes": size,
            "trace_bytes": traced,
            "entries": sum(one.entries for one in held),
            "worth": format_money(worth(held)),
            "providers": [
                {
                    "name": one.provider,
                    "entries": one.entries,
                    "hits": one.hits,
                    "misses": one.misses,
                    "bytes": one.bytes,
                    "worth": format_money(one.worth),
                    "oldest": utc(one.oldest),
                    "newest": utc(one.newest),
                }
                for one in held
            ],
        }
    )


def worth(held: Iterable[Holding]) -> Money:
    """What these answers cost when they were bought."""
    return Money(sum(one.worth for one in held))


def print_stats(
    folder: str, held: Sequence[Holding], size: int, traced: int, console: Console
) -> None:
    """Print a line for each provider, and the sums."""
    entries = sum(one.entries for one in held)
    print_line(console, f"{folder}: {counted(entries, 'answer')}, worth {cents(worth(held))}")
    print_line(console, f"{_size(size)} on disk, {_size(traced)} of it say what jobs did")
    if held:
        console.print()
        heads = ("answers", "hits", "misses", "size", "worth", "oldest")
        print_table(
            console,
            (Column("provider", Kind.NAME), *(Column(head) for head in heads)),
            [
                (
                    one.provider,
                    f"{one.entries:,}",
                    f"{one.hits:,}",
                    f"{one.misses:,}",
                    _size(one.bytes),
                    cents(one.worth),
                    utc(one.oldest)[:10],
                )
                for one in held
            ],
        )


def _size(number: int) -> str:
    """Bytes in the unit that suits them: `12 kB`, `3.4 MB`."""
    amount, unit = number / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if amount >= 10 else f"{amount:.1f} {unit}"
