"""What is kept of an entity that is through, so that a later run need not go through it again.

A *settled* entity is one about which the store's answers say all: a run that started now would ask
nobody. What such a run writes and counts is a function of

1. the stored answers about the entity of the plan's providers,
2. the plan as far as `mark` hashes it: fields, steps with the versions, addresses, mappings, needs
   and prices of their providers, the accept rules and ages, and the version of the tool,
3. the entity's identifiers, and which of its cells are empty,
4. the moment at which the run starts, by the ages of the answers alone.

A record can therefore not hide anything:

- (1) The store writes a record only where the answers are those that it was made from, by key and
  time, in the transaction that writes it, and takes it away in the transaction that writes, changes
  or deletes any answer about its entity, whoever does that.
- (2) It is looked up by the mark.
- (3) It names the identifiers, and is used only where they are the same. It has a finding for each
  field that it knows, and is used only for entities of which no further cell is empty.
- (4) It holds for runs that start from `since` to `until`. Whether an answer counts changes at
  moments that are known, and only from yes to no.

Budget, ceilings, `--offline` and charges of unknown outcome decide what is asked; nobody is asked
about a settled entity, so none of them is part of it. Under `--refresh` records are neither used
nor written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from enrich_cli import __version__
from enrich_cli.domain.entity import Entity, EntityKey, EntityType, Field
from enrich_cli.domain.frozen import quick
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer
from enrich_cli.domain.plan import Plan, Step
from enrich_cli.domain.ticket import Done, Finding

_FORM = 2
"""Raise it where the body of a record changes."""


@quick
@dataclass(frozen=True, slots=True)
class Settled:
    """A settled entity, with all that a run writes and counts of it.

    `living` are the answers that count, by provider; `stored` the numbers of the steps whose
    provider has a stored answer, living or not. `once` is what the living ones cost at list price.
    """

    entity: Entity
    plan: Plan
    findings: Mapping[Field, Finding]
    living: Mapping[str, Answer]
    stored: tuple[int, ...]
    once: Money


@quick
@dataclass(frozen=True, slots=True)
class Record:
    """What the store keeps of a settled entity.

    `plan` is the mark of the plan; `since` and `until` bound the starts of the runs that may use
    it; `answers` has the store's keys of all answers that it depends on and when each was given,
    None where there is none. `body` is one line of text, the business of whoever reads it.
    """

    entity: EntityKey
    plan: str
    since: float
    until: float
    answers: tuple[tuple[str, float | None], ...]
    body: str


Describe = Callable[[Settled], "str | None"]
"""Makes the body of a record; None where it cannot hold the entity's values."""
Describing = Callable[[Plan, EntityType], Describe]
"""Gives what makes the bodies of the records of a plan, for entities of a type."""


def mark(plan: Plan, type_: EntityType) -> str:
    """A hash of all that a plan decides about settled entities of a type."""
    fields = plan.fields(type_)
    rules = [plan.rule(name) for name in fields]
    decided: tuple[object, ...] = (
        (_FORM, __version__, type_.value, tuple(fields), plan.max_age, plan.accept_low),
        tuple(_step(step) for step in plan.steps_for(type_)),
        tuple((r.confidence, r.max_age, r.pattern, sorted(r.allowed), r.order) for r in rules),
    )
    if plan.suppress:
        decided = (*decided, plan.suppress.told())
    return hashlib.sha256(repr(decided).encode()).hexdigest()[:32]


def _step(step: Step) -> tuple[object, ...]:
    spec = step.spec
    return (
        (spec.name, spec.version, spec.address, spec.mapping, spec.tier.value, repr(spec.price)),
        tuple(tuple(kind.value for kind in kinds) for kinds in spec.needs),
        tuple((kind.value, sorted(known)) for kind, known in spec.only),
        sorted(step.fields),
    )


def _all_filled(findings: Mapping[Field, Finding]) -> bool:
    """Whether no field has a question left, whoever may be asked."""
    return not any(found.gap is not None or found.low for found in findings.values())


def record(done: Done, known: Mapping[str, Answer], mark: str, describe: Describe) -> Record | None:
    """The record of an entity that is through; None where it is not settled.

    `known` are the answers by provider that the store had before, dead ones as well.
    """
    ticket = done.ticket
    plan, entity = ticket.plan, ticket.entity
    if plan.refresh or ticket.suppressed:
        return None
    again, cut = ticket, bool(ticket.failures or ticket.capped)
    if cut or not _all_filled(done.findings):
        again = ticket.again()
        if not again.settled:
            return None
    findings, once = (again.findings(), again.once()) if cut else (done.findings, done.once)
    living, stored = again.answers, {**known, **again.answers}
    numbers: list[int] = []
    times: list[tuple[str, float | None]] = []
    until = float("inf")
    for i, step in enumerate(plan.steps_for(entity.type)):
        answer = stored.get(step.spec.name)
        times.append((step.spec.key(entity.key), None if answer is None else answer.at))
        if answer is not None:
            numbers.append(i)
        if (answer := living.get(step.spec.name)) is not None:
            until = min(until, plan.until(step, answer))
    body = describe(Settled(entity, plan, findings, living, tuple(numbers), once))
    if body is None:
        return None
    return Record(entity.key, mark, plan.started, until, tuple(times), body)
