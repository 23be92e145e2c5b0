"""`enrich run --plan`: the plan's own options, and whether it still fits what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from enrich_cli import forecasting, job
from enrich_cli.app.stock import Stock
from enrich_cli.compose import Composition
from enrich_cli.domain.errors import PlanRefusedError, UsageError
from enrich_cli.domain.money import ZERO, Money, parse_money
from enrich_cli.domain.provider import Provider
from enrich_cli.plan_file import Frozen, document, kept_options
from enrich_cli.plan_moves import check, earlier
from enrich_cli.views.text import dollars

_FREE = frozenset(("cache", "config", "provider_dir"))
"""Options that say where things are: they may differ, for what lies there is compared."""

Restored = tuple[str, tuple[str, ...], dict[str, Any], dict[str, object]]


def restored(
    frozen: Frozen,
    table: str | None,
    asked: tuple[str, ...],
    reading: Mapping[str, Any],
    flags: Mapping[str, object],
) -> Restored:
    """The table, the columns, how it is read and the options, all as the plan says.

    Raises UsageError for an option that says something else than the plan.
    """
    planned = frozen.options
    for name, value in kept_options(flags, asked).items():
        if name in _FREE or value == planned.get(name):
            continue
        if name == "budget" and _is_ceiling(frozen, str(value)):
            continue
        raise _contradicts(frozen, name, value, planned.get(name))
    how = frozen.content["reading"]
    for name, said in reading.items():
        if said and said != how.get(name):
            raise _contradicts(frozen, name, said, how.get(name))
    given = {n: v for n, v in flags.items() if v not in (None, False, [])}
    own = {**planned, **given, "budget": planned.get("budget")}
    own["providers"] = list(frozen.providers)
    own.pop("columns", None)
    path = frozen.content["table"]["path"] if table is None else table
    return path, frozen.columns, {**how}, own


def _contradicts(frozen: Frozen, name: str, said: object, planned: object) -> UsageError:
    option = "--" + name.replace("_", "-")
    shown = "it has none" if planned in (None, False) else f"it has {_text(planned)}"
    if name == "budget":
        shown = f"its ceiling is {dollars(frozen.ceiling)}"
    return UsageError(
        f"{option} {_text(said)} contradicts the plan {frozen.path}: {shown}",
        hint=f"leave {option} out, or make another plan",
    )


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _is_ceiling(frozen: Frozen, text: str) -> bool:
    planned = frozen.options.get("budget")
    try:
        return parse_money(text) in (frozen.ceiling, planned and parse_money(str(planned)))
    except ValueError:
        return False


def check_providers(frozen: Frozen, composition: Composition) -> None:
    """Refuse where a provider of the plan is there no more. Raises PlanRefusedError."""
    gone = [name for name in frozen.providers if name not in composition.specs]
    if gone:
        raise PlanRefusedError(
            f"{frozen.path} no longer fits: {', '.join(gone)} is in the plan, and there is no such"
            " provider now",
            hint="`enrich providers list` shows those that there are",
        )


async def fitted(
    frozen: Frozen,
    composition: Composition,
    prepared: job.Prepared,
    providers: Mapping[str, Provider],
    content: str | None,
) -> tuple[job.Prepared, job.Parts]:
    """The job as the plan wants it, under what is left of its ceiling.

    `content` is the table's fingerprint now. What this plan's own earlier runs put into the store
    is no reason to refuse: they are the same run, and this one goes on where they stopped, as of
    the moment at which the first began. Raises PlanRefusedError where anything else has moved.
    """
    settings, store = composition.settings, composition.store
    before = await earlier(store, frozen.id)
    if before.started is not None:
        plan = replace(prepared.plan, started=before.started)
        prepared = replace(prepared, plan=plan)
    stock = Stock(prepared.plan, before.gave)
    async for entity, known in forecasting.with_answers(
        prepared, store, providers, composition.parts
    ):
        stock.add(entity.key, known)
    check(frozen, document(prepared, stock.stored(), settings, content))
    left = Money(max(frozen.ceiling - before.taken, ZERO))
    if before.jobs:
        composition.say(
            f"note: going on with {frozen.path}: {dollars(before.taken)} of its"
            f" {dollars(frozen.ceiling)} is taken already"
        )
    parts = replace(composition.parts, settings=replace(settings, budget=left))
    return prepared, parts
