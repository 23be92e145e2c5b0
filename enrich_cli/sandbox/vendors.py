"""How a vendor is played from a table: its calls, who it knows, and how it says no."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from enrich_cli.domain.money import Money
from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.facts import Company, Person
from enrich_cli.sandbox.play import BAD_KEY, Player, Reply, Request, dump

T = TypeVar("T", Company, Person)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a vendor: `GET /path/(.+)` as a pattern, and who answers it.

    `answer` gets the request, and what stands in the pattern's brackets.
    """

    pattern: str
    answer: Callable[..., Reply]


def vendor(
    hosts: tuple[str, ...],
    calls: Sequence[Call],
    refusals: Mapping[str, Reply],
    prices: Mapping[str, Money] | None = None,
    nowhere: Reply | None = None,
) -> Player:
    """A player that answers by the first of `calls` that fits, and refuses the bad key."""
    compiled = [(re.compile(call.pattern), call.answer) for call in calls]
    lost = nowhere or Reply(404, dump({"message": "there is nothing at this address"}))

    def play(request: Request) -> Reply:
        if _has_bad_key(request):
            return refusals["auth"]
        for pattern, answer in compiled:
            if match := pattern.fullmatch(f"{request.method} {request.path}"):
                try:
                    return answer(request, *match.groups())
                except (ValueError, KeyError, TypeError, AttributeError):
                    return Reply(400, dump({"message": "this is not how to ask"}))
        return lost

    return Player(hosts, play, prices or {}, refusals)


def _has_bad_key(request: Request) -> bool:
    headers = " ".join(f"{value} " for value in request.headers.values())
    basic = base64.b64encode(f"{BAD_KEY}:".encode()).decode()
    return BAD_KEY in request.query.values() or f"{BAD_KEY} " in headers or basic in headers


def known(player: str, entity: T | None, percent: float) -> tuple[T, Dice] | None:
    """The entity, if this player is one of the few that know it, and the dice for its gaps."""
    if entity is None:
        return None
    subject = entity.domain if isinstance(entity, Company) else entity.slug
    dice = Dice(player, subject)
    return (entity, dice) if dice.chance(percent) else None


def said(
    player: str,
    asked: str | Sequence[str],
    body: Any,
    *,
    status: int = 200,
    hits: int = 1,
    headers: tuple[tuple[str, str], ...] = (),
) -> Reply:
    """A reply for the books: who was asked about, and how many of them were found."""
    everyone = (asked,) if isinstance(asked, str) else tuple(asked)
    return Reply(status, dump(body), headers=headers, player=player, asked=everyone, hits=hits)


def refusals(
    limited: tuple[int, Any],
    empty: tuple[int, Any],
    auth: tuple[int, Any],
    broken: tuple[int, Any] = (500, {"message": "something went wrong on our side"}),
) -> Mapping[str, Reply]:
    """A vendor's own ways to say no, each as a status and a body."""
    ways = zip(
        ("rate_limited", "out_of_credit", "auth", "server_error"),
        (limited, empty, auth, broken),
        strict=True,
    )
    return {name: Reply(status, dump(body)) for name, (status, body) in ways}


def host_of(address: str) -> str:
    """The host in an address, or what stands for one."""
    return address.lower().rpartition("//")[2].partition("/")[0].removeprefix("www.")
