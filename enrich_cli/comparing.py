"""What differs between two jobs, why, and what it cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from enrich_cli.course import Course
from enrich_cli.domain.entity import EntityKey, Field
from enrich_cli.domain.explanation import Cause, Change, Difference
from enrich_cli.domain.ledger import Charge, ChargeState
from enrich_cli.domain.money import ZERO, Money, split
from enrich_cli.domain.plan import ACCEPT_ALL
from enrich_cli.domain.store import Job, Store
from enrich_cli.explaining import kept
from enrich_cli.tables import trace


async def compare(before: Job, after: Job, store: Store) -> Difference:
    """The values that the job `after` has otherwise than `before`.

    Raises UsageError where what one of them found is not kept any more.
    """
    was, old = await kept(before, store)
    now, new = await kept(after, store)
    older, newer = trace.read(old), trace.read(new)
    rows = trace.changes(older, newer).to_dicts()
    both, gone, come = trace.shared(older, newer)
    costs = _costs(await store.charges(after.id))
    return Difference(
        before=before.id,
        after=after.id,
        shared=both,
        gone=gone,
        new=come,
        spent=(before.spent, after.spent),
        changes=tuple(_change(row, was, now, costs) for row in rows),
    )


def _costs(charges: Iterable[Charge]) -> Mapping[tuple[EntityKey, str], int]:
    """What was paid, by entity and provider."""
    costs: defaultdict[tuple[EntityKey, str], int] = defaultdict(int)
    for charge in charges:
        amount = charge.worst if charge.state is ChargeState.INTENT else charge.actual
        shares = split(amount, len(charge.entities))
        for entity, share in zip(charge.entities, shares, strict=True):
            costs[entity, charge.provider] += share
    return costs


def _change(
    row: Mapping[str, Any],
    was: Course,
    now: Course,
    costs: Mapping[tuple[EntityKey, str], int],
) -> Change:
    provider = row["provider_now"] or ""
    return Change(
        entity=EntityKey(row["entity"]),
        identifier=row["identifier"],
        field=Field(row["field"]),
        before=row["value"],
        after=row["value_now"],
        before_by=row["provider"] or "",
        after_by=provider,
        before_gap=row["reason"] or "",
        after_gap=row["reason_now"] or "",
        cause=_cause(row, was, now),
        cost=Money(costs.get((row["entity"], provider), ZERO)),
    )


def _cause(row: Mapping[str, Any], was: Course, now: Course) -> Cause:
    field = Field(row["field"])
    same = row["provider"] is not None and row["provider"] == row["provider_now"]
    if same and row["at"] == row["at_now"]:
        return Cause.RULE  # the one answer was read or judged in another way
    limit = now.accept.get(field, ACCEPT_ALL).max_age
    limit = now.max_age if limit is None else limit
    aged = row["at"] is not None and limit is not None and now.started - row["at"] > limit
    if same:
        return Cause.AGE if aged and row["value_now"] is None else Cause.SOURCE
    if _rules(field, was) != _rules(field, now):
        return Cause.RULE
    return Cause.AGE if aged else Cause.PROVIDER


def _rules(field: Field, course: Course) -> object:
    """All that decides whose word fills a field."""
    waterfall = [(s.prefix, s.mapping) for s in course.steps if field in s.fields]
    return waterfall, course.accept.get(field, ACCEPT_ALL)
