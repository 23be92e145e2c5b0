"""Faults that a test orders: which of a host's calls go wrong, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from enrich_cli.sandbox.dice import Dice


class FaultKind(StrEnum):
    """What goes wrong."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    OUT_OF_CREDIT = "out_of_credit"
    AUTH = "auth"
    RESET = "reset"  # the connection breaks instead of an answer
    STALL = "stall"  # no answer, and the connection stays open
    GARBAGE = "garbage"  # 200, and a body that means nothing
    TRUNCATED = "truncated"  # the connection breaks in the middle of the body
    LATENCY = "latency"  # the answer comes `ms` later, and is whole


_ANSWERED = frozenset({FaultKind.GARBAGE, FaultKind.TRUNCATED, FaultKind.LATENCY})


@dataclass(slots=True)
class Fault:
    """One order, and how many calls it has seen.

    It sees the calls to `host` and `player` ("" is any) and counts them from 1. Of the numbers
    `start` to `stop` a `share`, drawn by the number, goes wrong, `ms` after the call came in;
    `struck` counts those that did, and for which no other fault came first.
    `done` says that the vendor has done its work, and bills it, before the reply is damaged.
    """

    kind: FaultKind
    host: str = ""
    player: str = ""
    share: float = 1.0
    start: int = 1
    stop: int | None = None
    retry_after: str = ""
    ms: float = 0.0
    done: bool = False
    seen: int = 0
    struck: int = 0

    def strikes(self, host: str, player: str) -> bool:
        """Count a call, and say whether it goes wrong."""
        if self.host not in ("", host) or self.player not in ("", player):
            return False
        self.seen += 1
        if self.seen < self.start or (self.stop is not None and self.seen > self.stop):
            return False
        dice = Dice("fault", self.kind, self.host, self.player, str(self.seen))
        return self.share >= 1 or dice.chance(self.share * 100)

    def as_json(self) -> dict[str, Any]:
        """The order as one may send it again, with the calls so far."""
        order: dict[str, Any] = {"kind": self.kind, "host": self.host, "player": self.player}
        order |= {"share": self.share, "from": self.start, "to": self.stop, "ms": self.ms}
        order |= {"retry_after": self.retry_after, "billed": self.done}
        return {**order, "seen": self.seen, "struck": self.struck}


def parse(orders: Any) -> list[Fault]:
    """The faults that a JSON list describes. Raises ValueError that names the wrong entry."""
    if not isinstance(orders, list):
        raise ValueError("the body must be a list of faults")  # noqa: TRY004 - one kind of error
    return [_fault(order, at) for at, order in enumerate(orders)]


def _fault(order: Any, at: int) -> Fault:
    if not isinstance(order, dict):
        raise ValueError(f"fault {at}: must be an object")  # noqa: TRY004 - as above
    if unknown := sorted(order.keys() - _KEYS):
        raise ValueError(f"fault {at}: unknown key {unknown[0]!r}; known are {', '.join(_KEYS)}")
    if order.get("kind") not in list(FaultKind):
        raise ValueError(f"fault {at}: kind must be one of {', '.join(FaultKind)}")
    kind = FaultKind(order["kind"])
    if "first" in order:
        start, stop = 1, _number(order, "first", at)
    elif "after" in order:
        start, stop = int(_number(order, "after", at)) + 1, None
    else:
        start = int(_number(order, "from", at, 1))
        stop = None if order.get("to") is None else _number(order, "to", at)
    return Fault(
        kind=kind,
        host=_name(order, "host"),
        player=_name(order, "player"),
        share=_number(order, "share", at, 1),
        start=start,
        stop=None if stop is None else int(stop),
        retry_after=str(order.get("retry_after") or ""),
        ms=_number(order, "ms", at, 0),
        done=kind is FaultKind.LATENCY or bool(order.get("billed", kind in _ANSWERED)),
    )


_KEYS = (
    "kind", "host", "player", "share", "first", "after", "from", "to", "retry_after", "ms",
    "billed", "seen", "struck",
)  # fmt: skip


def _name(order: Mapping[str, Any], key: str) -> str:
    """A host or a player in lower case; "" for any, which may also be written as `*`."""
    name = str(order.get(key) or "").lower()
    return "" if name == "*" else name


def _number(order: Mapping[str, Any], key: str, at: int, default: float = 0) -> float:
    value = order.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"fault {at}: {key} must be a number of zero or more")
    return float(value)
