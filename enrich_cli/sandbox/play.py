"""What a player is: a pure function from a request to a reply, with what it has to say of both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from enrich_cli.domain.money import Money

BAD_KEY = "bad-key"
"""The one key that every player refuses; any other, and none, is accepted."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request. `headers` is case-insensitive, `secure` says that the URL was https."""

    method: str
    host: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    secure: bool = True

    def json(self) -> Any:
        """The body as JSON. Raises ValueError where it is none."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply, and for the books: who gave it, who was asked about, how many were found.

    `delay` is in seconds; `reset` means that the connection breaks instead of an answer; `price`
    is what a hit costs where the player's own table is not meant.
    """

    status: int
    body: bytes = b""
    type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    player: str = ""
    asked: tuple[str, ...] = ()
    hits: int = 0
    delay: float = 0.0
    reset: bool = False
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class Player:
    """One vendor. A host that begins with a dot stands for every name under it.

    `prices` holds, by the name used in replies, what the vendor bills for a hit. `refusals` are
    its own ways to say `rate_limited`, `server_error`, `out_of_credit` and `auth`.
    """

    hosts: tuple[str, ...]
    play: Callable[[Request], Reply]
    prices: Mapping[str, Money] = field(default_factory=dict)
    refusals: Mapping[str, Reply] = field(default_factory=dict)


def dump(value: Any) -> bytes:
    """`value` as compact JSON; half a surrogate pair, which UTF-8 cannot carry, stays escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")
