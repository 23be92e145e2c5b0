"""What a run was to be expected to cost, so that its bill can be held against that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from enrich_cli.app.forecast import Forecaster
from enrich_cli.crowds import crowds
from enrich_cli.domain.entity import EntityKey, EntityType
from enrich_cli.domain.history import Forecasted
from enrich_cli.domain.money import Money
from enrich_cli.domain.ticket import Ticket
from enrich_cli.job import Prepared


class Expected:
    """Counts the entities of a run as they were when it began.

    Those of whom something was known come as tickets; all others are counted as columns.
    """

    def __init__(self, prepared: Prepared, forecaster: Forecaster) -> None:
        self._prepared = prepared
        self._forecaster = forecaster
        self._can_cost = not all(step.spec.free for step in prepared.plan.steps)
        self._known: dict[EntityType, list[EntityKey]] = {type_: [] for type_ in prepared.types}

    def add(self, ticket: Ticket) -> None:
        """Count a ticket of whom something is known, where it matters what the run may cost."""
        if self._can_cost:
            self._forecaster.add(ticket)
            self._known[ticket.entity.type].append(ticket.entity.key)

    def beside(
        self, bill: Money, warm: Mapping[EntityType, Sequence[pl.Series]]
    ) -> Forecasted | None:
        """What was expected of a run that is through, and its bill; None where it could be nothing.

        Nobody is asked about those at the places in `warm` (UInt32).
        """
        if not self._can_cost:
            return None
        for type_ in self._known:
            self._count_others(type_, warm.get(type_, ()))
        made = self._forecaster.estimate(0, 0, 0)
        if not made.worst:
            return None
        return Forecasted(made.low, made.likely, made.high, made.worst, bill)

    def _count_others(self, type_: EntityType, warm: Sequence[pl.Series]) -> None:
        plan, frame = self._prepared.plan, self._prepared.found.entities[type_]
        if warm:
            gone = pl.concat(warm).implode()
            frame = frame.with_row_index("place").filter(~pl.col("place").is_in(gone))
        known = pl.Series(self._known[type_], dtype=pl.String)
        new = frame.filter(~pl.col("key").is_in(known.implode()))
        for each in crowds(new, plan.steps_for(type_), plan.max_per_entity):
            self._forecaster.add_kind(type_, each.kind, each.crowd, each.rows)
