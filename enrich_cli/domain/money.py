"""Money in whole micro-dollars: prices, what a call is worth, and the budget of a run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NewType

Money = NewType("Money", int)
"""Millionths of a US dollar, so that sums are exact."""

ZERO = Money(0)
_MICRO = 1_000_000
_PLAIN = re.compile(r"\$?([0-9]{1,12}(?:\.[0-9]*)?|\.[0-9]+)")


def parse_money(text: str) -> Money:
    """Decimal text in US dollars (`25`, `0.0125`) as micro-dollars.

    Raises ValueError for anything that is not a plain decimal number, is negative, or has more
    than six decimals.
    """
    plain = _PLAIN.fullmatch(text.strip())
    if plain is None:
        raise ValueError(f"{text!r} is not an amount in US dollars, such as 25 or 0.05")
    micro = Decimal(plain[1]) * _MICRO
    if micro != micro.to_integral_value():
        raise ValueError(f"{text!r} has more than six decimals")
    return Money(int(micro))


def format_money(money: Money) -> str:
    """US dollars as text with at least two decimals, at most six, and no further zeros."""
    sign, micro = ("-", -money) if money < 0 else ("", money)
    whole, rest = divmod(micro, _MICRO)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{decimals}"


def split(total: Money, parts: int) -> tuple[Money, ...]:
    """`total` over `parts` shares in whole micro-dollars, the remainder to the first."""
    if parts == 0:
        return ()
    share, rest = divmod(total, parts)
    return (Money(share + rest), *(Money(share),) * (parts - 1))


class Per(StrEnum):
    """What a price is paid for."""

    HIT = "hit"  # each entity that was found
    ITEM = "item"  # each entity that was asked about
    CALL = "call"  # each call, however many entities it asks about


@dataclass(frozen=True, slots=True)
class Meter:
    """Where a reply says what it cost, and what one unit of that is worth.

    Exactly one of `header` (a header's name) and `json` (a JMESPath into the body) is set.
    """

    usd: Money
    header: str = ""
    json: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """A provider's price rule. An answer in pages takes up to `calls` calls."""

    usd: Money
    per: Per
    meter: Meter | None = None
    calls: int = 1

    def worst(self, items: int) -> Money:
        """The most that a call about `items` entities may cost by this rule."""
        return Money(self.usd * (self.calls if self.per is Per.CALL else items))

    def shares(self, hits: tuple[bool, ...], metered: Money | None = None) -> tuple[Money, ...]:
        """What each item of an answered call cost; `hits` says which were found.

        `metered` is the provider's own account of the whole call and wins over the rule. It is
        spread over what the rule says is paid for: the hits where there are any, else all items.
        """
        if metered is None:
            if self.per is Per.CALL:
                return split(self.usd, len(hits))
            return tuple(self.usd if hit or self.per is Per.ITEM else ZERO for hit in hits)
        paid = hits if self.per is Per.HIT and any(hits) else (True,) * len(hits)
        amounts = iter(split(metered, sum(paid)))
        return tuple(next(amounts) if bears else ZERO for bears in paid)


@dataclass(slots=True)
class Budget:
    """What a run may spend: `spent + held + unknown <= limit` at every moment.

    Every method is synchronous, so no other coroutine can come between a look and a step.
    `unknown` is money of calls whose outcome is not known; it stays taken.
    """

    limit: Money | None = None
    spent: Money = ZERO
    held: Money = ZERO
    unknown: Money = ZERO

    def reserve(self, amount: Money) -> bool:
        """Hold `amount` for a call; False, and nothing held, where it is not there now."""
        if self.limit is not None and self.taken + amount > self.limit:
            return False
        self.held = Money(self.held + amount)
        return True

    def could_ever(self, amount: Money) -> bool:
        """Whether `amount` would be there if all that is held came back."""
        return self.limit is None or self.spent + self.unknown + amount <= self.limit

    def settle(self, held: Money, actual: Money) -> None:
        """Give back what was held and take what the call really cost."""
        self.held = Money(self.held - held)
        self.spent = Money(self.spent + actual)

    def lose(self, held: Money) -> None:
        """The call's outcome is not known: what was held stays taken."""
        self.held = Money(self.held - held)
        self.unknown = Money(self.unknown + held)

    @property
    def taken(self) -> Money:
        """Spent, held and unknown together."""
        return Money(self.spent + self.held + self.unknown)
