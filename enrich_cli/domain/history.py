"""What providers did so far, as sums: how often they knew, what they gave, cost and took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NewType, TypeVar

from enrich_cli.domain.entity import Field
from enrich_cli.domain.frozen import quick
from enrich_cli.domain.money import ZERO, Money

ProviderKey = NewType("ProviderKey", str)
"""A provider in history: the first part of its store keys, `ProviderSpec.identity`."""

Past = tuple[tuple[ProviderKey, bool], ...]
"""Who was asked about an entity before, in that order, and whether it knew it."""

LONGEST_PAST = 4
"""So many of the latest providers are kept of a past, so that the table of sums stays small."""

RANGES = 24
"""How many of the latest ranges are remembered with whether they held."""

K = TypeVar("K")


@quick
@dataclass(frozen=True, slots=True)
class Count:
    """How often something was tried, and how often it came."""

    tried: int = 0
    came: int = 0

    def plus(self, other: Count) -> Count:
        """Both together."""
        return Count(self.tried + other.tried, self.came + other.came)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a provider's calls came to.

    `seconds` is from sending to the answer, over `calls`; `spent` is what was charged, and
    `listed` what the price rule says for the same calls: a meter may say something else.
    """

    calls: int = 0
    items: int = 0
    seconds: float = 0.0
    spent: Money = ZERO
    listed: Money = ZERO

    def plus(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            self.calls + other.calls,
            self.items + other.items,
            self.seconds + other.seconds,
            Money(self.spent + other.spent),
            Money(self.listed + other.listed),
        )


@dataclass(frozen=True, slots=True)
class Forecasted:
    """A finished run's estimate from before it, and its bill."""

    low: Money
    likely: Money
    high: Money
    worst: Money
    bill: Money

    @property
    def held(self) -> bool:
        """Whether the bill lies in the range."""
        return self.low <= self.bill <= self.high


def _nothing() -> MappingProxyType[K, Count]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class History:
    """Sums over all answers that providers gave, those from the store not counted again.

    `hits` counts entities asked about and known, by provider, by the kinds of identifiers that it
    was asked by (`name+country`; empty where that was not noted), and by what others had said
    before. `fields` counts the fields that were still missing when a provider knew the entity,
    and those of them that it filled. `ranges` are the latest ones of complete runs, oldest first.
    """

    hits: Mapping[tuple[ProviderKey, str, Past], Count] = field(default_factory=_nothing)
    fields: Mapping[tuple[ProviderKey, Field], Count] = field(default_factory=_nothing)
    usage: Mapping[ProviderKey, Usage] = field(default_factory=lambda: MappingProxyType({}))
    ranges: Sequence[Forecasted] = ()

    def plus(self, other: History) -> History:
        """Both together, the ranges of `other` after those of this one."""
        usage = dict(self.usage)
        for provider, more in other.usage.items():
            usage[provider] = usage.get(provider, Usage()).plus(more)
        return History(
            hits=_sum(self.hits, other.hits),
            fields=_sum(self.fields, other.fields),
            usage=usage,
            ranges=(*self.ranges, *other.ranges)[-RANGES:],
        )


NO_HISTORY = History()


def _sum(one: Mapping[K, Count], other: Mapping[K, Count]) -> dict[K, Count]:
    both = dict(one)
    for key, count in other.items():
        both[key] = both.get(key, Count()).plus(count)
    return both


def past_text(past: Past) -> str:
    """A past as one text, and so as a part of a key."""
    return " ".join(f"{'+' if knew else '-'}{provider}" for provider, knew in past)


def past_of(text: str) -> Past:
    """The past that `past_text` made this text from."""
    return tuple((ProviderKey(word[1:]), word[0] == "+") for word in text.split())
