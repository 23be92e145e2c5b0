"""What a failed reply says of itself: the provider's words, and when to come again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from enrich_cli.adapters.coerce import text

# Where providers put their message, and how much of it is worth showing.
_MESSAGES = (
    *(("error", "message"), ("message",), ("error",), ("details",), ("detail",), ("messages",)),
    ("title",),
)
_LONGEST = 200


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds to wait that a reply asks for, in seconds or as a date; `now` is the epoch's."""
    wish = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(?:\.\d+)?", wish):
        return float(wish)
    try:
        moment = parsedate_to_datetime(wish)
    except (OverflowError, ValueError):
        return None
    return max(0.0, moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now)


def words(status: int, document: object) -> str:
    """What a failed call says of itself: its status, and the provider's message in short."""
    if isinstance(document, dict) and isinstance(document.get("errors"), list):
        document = next(iter(document["errors"]), None)
    for keys in _MESSAGES:
        found = document
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        message = text(found) if isinstance(found, str) else None
        if message:
            return f"HTTP {status}: {message[:_LONGEST]}"
    return f"HTTP {status}"
