"""What has moved since a plan was made, in words, and what the plan's own runs did meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from enrich_cli.domain.errors import PlanRefusedError
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import ZERO, Money
from enrich_cli.domain.outcome import Answer
from enrich_cli.domain.store import DEAD_AFTER, Job, Store
from enrich_cli.plan_file import Frozen
from enrich_cli.views.words import entities

_TOLD = 3
"""So many moves are told; of the rest the number is."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier runs of a plan did: their jobs, and what they took or may have taken."""

    jobs: Mapping[str, Job]
    taken: Money = ZERO

    @property
    def started(self) -> float | None:
        """When the first of them began."""
        return min((job.started for job in self.jobs.values()), default=None)

    def gave(self, answer: Answer) -> bool:
        """Whether an answer in the store came by one of these runs.

        A paid one names its job. A free one does not, and is theirs if it came while they ran.
        """
        if answer.receipt is not None:
            return answer.receipt.charge.rpartition("-")[0] in self.jobs
        return any(job.started <= answer.at <= _end(job) for job in self.jobs.values())


def _end(job: Job) -> float:
    return job.beat + DEAD_AFTER if job.finished is None else job.finished


async def earlier(store: Store, plan_id: str) -> Earlier:
    """What the runs of the plan of that id have done so far. The job's kept report names it."""
    mark = f'"plan": "{plan_id}"'.encode()
    jobs = {job.id: job for job in await store.jobs() if mark in job.report}
    charges = chain.from_iterable([await store.charges(id_) for id_ in jobs])
    taken = sum(c.worst if c.state is ChargeState.INTENT else c.actual for c in charges)
    return Earlier(jobs, Money(taken))


def check(frozen: Frozen, now: Mapping[str, Any]) -> None:
    """Refuse a plan that does not fit any more: one line with what moved and by how much.

    `now` is the plan's document as it would be made now. Raises PlanRefusedError.
    """
    moved = list(dict.fromkeys(moves(frozen.content, now)))
    if not moved:
        return
    more = f"; and {len(moved) - _TOLD} more" if len(moved) > _TOLD else ""
    raise PlanRefusedError(
        f"{frozen.path} no longer fits: {'; '.join(moved[:_TOLD])}{more}",
        hint="make a new plan with `enrich estimate ... --save`, and `diff` the two",
    )


def moves(planned: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Each thing that is not as planned, the most telling first."""
    yield from _prices(planned["providers"], now["providers"])
    yield from _table(planned["table"], now["table"])
    for type_ in now["entities"]:
        yield from _entities(type_, planned["entities"].get(type_, {}), now["entities"][type_])
    yield from _columns(planned["columns"], now["columns"])
    for part in ("identify", "accept", "settings"):
        yield from _values(part, planned[part], now[part])
    tiers = {one["name"]: one["tier"] for one in now["providers"]}
    for name, stored in now["store"].items():
        yield from _stored(name, planned["store"].get(name, {}), stored, free=tiers[name] == "free")


def _prices(
    planned: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    there = {one["name"]: one for one in now}
    for one in planned:
        name = one["name"]
        if (other := there.get(name)) is None:
            yield f"provider {name} is in the plan, and gives none of it now"
            continue
        before, after = one["price"], other["price"]
        if before != after:
            rest = [key for key in ("per", "meter") if before.get(key) != after.get(key)]
            yield (
                f"price of {name}: {_price(before, rest)} in the plan, {_price(after, rest)} now"
            )
        for key in one:
            if key == "price" or one[key] == other.get(key):
                continue
            if key in ("request", "mapping"):
                yield f"the {key} of {name} is not the one in the plan"
            else:
                yield _moved(f"{key} of {name}", one[key], other.get(key))
    names = [one["name"] for one in planned]
    if added := [name for name in there if name not in names]:
        yield f"{', '.join(added)} is not in the plan"
    elif list(there) != [name for name in names if name in there]:
        yield _moved("order of the providers", names, list(there))


def _price(price: Mapping[str, Any], rest: Sequence[str]) -> str:
    if not price:
        return "none"
    words = {"per": f" a {price.get('per')}", "meter": f", metered {price.get('meter', 'never')}"}
    return f"${price['usd']}" + "".join(words[key] for key in rest)


def _table(planned: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    path = now["path"]
    counts = [key for key in ("rows", "selected") if planned[key] != now[key]]
    if counts:
        words = {"rows": "rows", "selected": "chosen rows"}
        yield _moved(f"{words[counts[0]]} of {path}", planned[counts[0]], now[counts[0]])
    elif planned["content"] != now["content"]:
        yield f"{path} has other content than in the plan, in {now['rows']:,} rows as before"


def _entities(type_: str, planned: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    from enrich_cli.domain.entity import EntityType

    count = now["count"]
    if planned.get("count") != count:
        plural = "companies" if type_ == EntityType.COMPANY else "people"
        yield _moved(plural, planned.get("count", 0), count)
    elif planned["digest"] != now["digest"]:
        yield f"{entities(EntityType(type_), count)} as in the plan, but not the same ones"


def _columns(
    planned: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    for one, other in zip(planned, now, strict=True):
        column = one["column"]
        if one["exists"] != other["exists"]:
            yield _moved(f"column {column!r} in the table", one["exists"], other["exists"])
        elif one["cells"] != other["cells"]:
            yield _moved(f"cells to fill in {column!r}", one["cells"], other["cells"])


def _values(part: str, planned: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted({*planned, *now}):
        before, after = planned.get(key), now.get(key)
        if before != after:
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                yield from _values(f"{part} {key}", before, after)
            else:
                yield _moved(f"{part}: {key}" if part != "settings" else key, before, after)


def _stored(
    name: str, planned: Mapping[str, Any], now: Mapping[str, Any], *, free: bool
) -> Iterator[str]:
    if planned.get("digest") == now["digest"]:
        return
    kinds = ("hits",) if free else ("hits", "misses")
    changed = [kind for kind in kinds if planned.get(kind, 0) != now[kind]]
    for kind in changed:
        yield _moved(f"stored {kind} of {name}", planned.get(kind, 0), now[kind])
    if not changed:
        yield f"stored answers of {name} are as many as in the plan, but not the same ones"


def _moved(what: str, before: object, after: object) -> str:
    return f"{what}: {_shown(before)} in the plan, {_shown(after)} now"


def _shown(value: object) -> str:
    match value:
        case None | [] | "":
            return "none"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)
