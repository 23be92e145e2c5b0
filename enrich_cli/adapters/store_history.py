"""The history of providers as SQL on one connection: sums that grow with the answers they count."""

from __future__ import annotations

import sqlite3

from enrich_cli.adapters.codec import decode
from enrich_cli.domain.entity import Field
from enrich_cli.domain.errors import StoreError
from enrich_cli.domain.history import (
    RANGES,
    Count,
    Forecasted,
    History,
    Past,
    ProviderKey,
    Usage,
    past_of,
    past_text,
)
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Hit

COUNTED = 20_000
"""So many answers of an older store are looked at once, the latest ones: about a second."""

_ADD_HITS = """
    INSERT INTO seen_hits VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        tried = tried + excluded.tried, came = came + excluded.came"""
_ADD_FIELDS = """
    INSERT INTO seen_fields VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        tried = tried + excluded.tried, came = came + excluded.came"""
_ADD_USAGE = """
    INSERT INTO seen_usage VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        calls = calls + excluded.calls, items = items + excluded.items,
        seconds = seconds + excluded.seconds, spent = spent + excluded.spent,
        listed = listed + excluded.listed"""
_ADD_RANGE = "INSERT INTO ranges (low, likely, high, worst, bill) VALUES (?, ?, ?, ?, ?)"
_RANGES = "SELECT low, likely, high, worst, bill FROM ranges ORDER BY id DESC LIMIT ?"
_LATEST = """
    SELECT key, value FROM Cache
    WHERE raw = 1 AND mode = 1 AND typeof(value) = 'blob' ORDER BY store_time DESC LIMIT ?"""


def history(connection: sqlite3.Connection) -> History:
    """All sums, and the latest ranges."""
    hits = connection.execute("SELECT * FROM seen_hits")
    fields = connection.execute("SELECT * FROM seen_fields")
    usage = connection.execute("SELECT * FROM seen_usage")
    ranges = connection.execute(_RANGES, (RANGES,)).fetchall()
    return History(
        hits={
            (ProviderKey(provider), by, past_of(past)): Count(tried, came)
            for provider, by, past, tried, came in hits
        },
        fields={
            (ProviderKey(provider), Field(name)): Count(tried, came)
            for provider, name, tried, came in fields
        },
        usage={
            ProviderKey(provider): Usage(calls, items, seconds, Money(spent), Money(listed))
            for provider, calls, items, seconds, spent, listed in usage
        },
        ranges=tuple(Forecasted(*map(Money, one)) for one in reversed(ranges)),
    )


def add(connection: sqlite3.Connection, news: History) -> None:
    """Add to the sums."""
    connection.executemany(
        _ADD_HITS,
        [
            (provider, by, past_text(past), count.tried, count.came)
            for (provider, by, past), count in news.hits.items()
        ],
    )
    connection.executemany(
        _ADD_FIELDS,
        [
            (provider, name, count.tried, count.came)
            for (provider, name), count in news.fields.items()
        ],
    )
    connection.executemany(
        _ADD_USAGE,
        [
            (provider, one.calls, one.items, one.seconds, one.spent, one.listed)
            for provider, one in news.usage.items()
        ],
    )
    connection.executemany(
        _ADD_RANGE,
        [(one.low, one.likely, one.high, one.worst, one.bill) for one in news.ranges],
    )


def count_old(connection: sqlite3.Connection) -> None:
    """Start the sums of a store from before there were any, by its latest answers.

    By which identifiers these were asked for, and which fields were missing, was not noted: only
    whether the provider knew is counted.
    """
    counts: dict[tuple[ProviderKey, str, Past], Count] = {}
    for key, value in connection.execute(_LATEST, (COUNTED,)).fetchall():
        provider, is_ours, _ = str(key).rpartition(":")
        try:
            knew = isinstance(decode(value, str(key)).outcome, Hit)
        except StoreError:
            continue  # a damaged answer is told of where it is wanted
        if is_ours:
            at: tuple[ProviderKey, str, Past] = (ProviderKey(provider), "", ())
            counts[at] = counts.get(at, Count()).plus(Count(1, int(knew)))
    add(connection, History(hits=counts))
