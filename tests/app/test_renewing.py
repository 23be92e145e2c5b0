"""Providers that are shown their last reply: when they are asked again, and with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from enrich_cli.app.layers import build
from enrich_cli.app.memory import Memory
from enrich_cli.domain.entity import Field, Query
from enrich_cli.domain.outcome import Answer, Hit, Value
from enrich_cli.domain.plan import Plan
from enrich_cli.domain.provider import Reply
from enrich_cli.domain.ticket import Ticket
from tests.fakes import (
    COUNT,
    EPOCH,
    NAME,
    Scripted,
    World,
    company,
    in_virtual_time,
    knows,
    plan,
    queries,
    spec,
)

LATER = EPOCH + 100
HEAD = b"name only"


@dataclass
class Renewing(Scripted):
    """Was once asked for the name only, and is shown its last reply."""

    shown: list[bytes] = field(default_factory=list)

    async def fetch(self, queries: Sequence[Query]) -> Reply:
        self.shown += [query.kept for query in queries]
        return await super().fetch(queries)

    def unsought(self, body: bytes) -> frozenset[Field]:
        return frozenset({COUNT}) if body == HEAD else frozenset()


def asked(provider: Renewing, reply: bytes, *fields: Field, **changes: Any) -> Answer:
    """The answer to a question about a company of whose name alone an answer is kept."""
    world = World.new()
    the_plan: Plan = plan(provider.spec, started=changes.pop("started", LATER), **changes)

    async def main() -> Answer:
        (query,) = queries(1, *fields)
        told = Answer(Hit({NAME: Value("Acme")}), EPOCH, reply=reply)
        await world.store.keep([], {provider.spec.key(query.entity): told})
        memory = Memory(world.store, [provider], the_plan, world.shared.clock, world.shared.emit)
        (answer,) = await build(provider, memory, world.shared)([query])
        return answer

    return in_virtual_time(main())


def renewing() -> Renewing:
    return Renewing(spec(renews=True), knows(NAME, COUNT))


def test_what_was_not_looked_for_is_asked_with_the_last_reply() -> None:
    provider = renewing()
    assert asked(provider, HEAD, NAME, COUNT).outcome != Hit({NAME: Value("Acme")})
    assert provider.shown == [HEAD]


def test_what_was_looked_for_is_not_asked_again() -> None:
    for reply, fields in ((HEAD, (NAME,)), (b"all", (NAME, COUNT))):
        provider = renewing()
        assert asked(provider, reply, *fields).outcome == Hit({NAME: Value("Acme")})
        assert provider.shown == []


def test_an_answer_too_old_is_renewed_from_the_last_reply() -> None:
    provider = renewing()
    assert asked(provider, b"all", NAME, max_age=50.0).at > EPOCH
    assert provider.shown == [b"all"]


def test_other_providers_are_shown_nothing() -> None:
    provider = Renewing(spec(), knows(NAME, COUNT))
    asked(provider, b"all", NAME, max_age=50.0)
    assert provider.shown == [b""]


def test_a_ticket_asks_for_what_was_not_looked_for_and_only_once_a_run() -> None:
    step_plan = plan(spec(renews=True), started=LATER)
    told = Answer(Hit({NAME: Value("Acme")}), EPOCH, unsought=frozenset({COUNT}))
    ticket = Ticket.open(company(0), step_plan, {"acme": told})
    (step,) = step_plan.steps
    query = ticket.query(step)
    assert query is not None
    assert query.fields == {COUNT}
    again = Answer(Hit({NAME: Value("Acme")}), LATER + 1, unsought=frozenset({COUNT}))
    assert ticket.after(step, again).query(step) is None
