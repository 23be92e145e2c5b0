"""The order in which providers are asked, with the arithmetic behind it."""

from __future__ import annotations

from dataclasses import dataclass

from enrich_cli.domain.money import ZERO, Money
from enrich_cli.domain.plan import Step


@dataclass(frozen=True, slots=True)
class Weighed:
    """One paid step in its place: what is expected of it. Means over what history leaves open."""

    name: str
    asked: float
    hit_rate: float
    filled: float
    cost: Money
    answers: int

    @property
    def per_field(self) -> Money:
        """What a field that it fills costs."""
        return Money(round(self.cost / self.filled)) if self.filled else ZERO


@dataclass(frozen=True, slots=True)
class Order:
    """The steps of one entity type in their order, with the arithmetic of the paid ones.

    `usual` is what the order by tier and price would cost, `likely` what this one does; `rule`
    says in words how it came about.
    """

    steps: tuple[Step, ...]
    weighed: tuple[Weighed, ...]
    likely: Money
    usual: Money
    rule: str
