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
_PART = re.compile(r"\b(remaining|reset|r|t)\s*=\s*\"?([0-9.]+)")
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
_EPOCH, _EPOCH_MS = 1e9, 1e12  # nobody asks to wait thirty years, in seconds or milliseconds


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


def rest_after(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds to rest where a reply says that the limit leaves no further call, else None.

    Read are `RateLimit-Remaining` and `RateLimit-Reset` with and without `X-`, and `RateLimit` with
    `remaining=` or `r=` and `reset=` or `t=` (drafts of the IETF's HTTPAPI group). A reset is in
    seconds, or the time since the epoch in seconds (GitHub) or milliseconds; `now` is the epoch's.
    """
    for prefix in ("x-ratelimit-", "ratelimit-", "x-rate-limit-"):
        remaining, reset = headers.get(f"{prefix}remaining"), headers.get(f"{prefix}reset")
        if remaining is not None and reset is not None:
            return _until(remaining, reset, now)
    parts = dict(_PART.findall(headers.get("ratelimit", "").lower()))
    remaining, reset = parts.get("remaining", parts.get("r")), parts.get("reset", parts.get("t"))
    return None if remaining is None or reset is None else _until(remaining, reset, now)


def _until(remaining: str, reset: str, now: float) -> float | None:
    numbers = [_NUMBER.fullmatch(text.strip()) for text in (remaining, reset)]
    left, moment = (None if number is None else float(number[0]) for number in numbers)
    if left is None or moment is None or left >= 1:
        return None
    if moment > _EPOCH_MS:
        moment /= 1000
    return max(0.0, moment - now) if moment > _EPOCH else moment


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
