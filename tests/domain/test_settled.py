"""What is kept of an entity that is through, and for which runs it holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.domain.entity import EntityType, Field, IdKind
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Failure, Gap, Hit, Miss, Reason, Value
from enrich_cli.domain.plan import (
    BRIEF_MISS_LIFETIME,
    DAY,
    FREE_MISS_LIFETIME,
    Accept,
    Plan,
    Step,
    Wanted,
)
from enrich_cli.domain.settled import Record, Settled, mark, record
from enrich_cli.domain.ticket import Done, Ticket
from tests.fakes import COUNT, EPOCH, NAME, company, paid, plan, spec

FREE, PAID = spec("free"), paid("paid")
FULL = Answer(Hit({NAME: Value("Acme"), COUNT: Value(7)}), EPOCH)
HALF = Answer(Hit({NAME: Value("Acme")}), EPOCH)
INF = float("inf")
USUAL = plan(FREE, PAID)


def kept(ticket: Ticket, known: dict[str, Answer] | None = None) -> Record | None:
    return record(Done.of(ticket), known or {}, "m", lambda _: "{}")


def ended(the_plan: Plan, *answers: Answer | None) -> Ticket:
    """A ticket that went down the steps of the plan with these answers."""
    ticket = Ticket.open(company(1), the_plan, {})
    for step, answer in zip(the_plan.steps, answers, strict=True):
        ticket = ticket.passed(step) if answer is None else ticket.after(step, answer)
    return ticket


def test_an_entity_whose_fields_are_filled_is_settled_whoever_else_failed() -> None:
    known = {"paid": FULL}
    ticket = ended(USUAL, Answer(Failure(Reason.TIMEOUT), EPOCH), FULL)
    assert kept(ticket, known) == Record(
        company(1).key,
        "m",
        EPOCH,
        INF,
        ((FREE.key(company(1).key), None), (PAID.key(company(1).key), EPOCH)),
        "{}",
    )


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((HALF, None), "a question is left"),
        ((HALF, Answer(Failure(Reason.TIMEOUT), EPOCH)), "failed"),
        ((HALF, Answer(Failure(Reason.BUDGET), EPOCH)), "budget"),
        ((HALF, Answer(Failure(Reason.UNKNOWN_CHARGE), EPOCH)), "withheld"),
        ((HALF, Answer(Failure(Reason.INTERRUPTED), EPOCH)), "interrupted"),
        ((HALF, Answer(Failure(Reason.OFFLINE), EPOCH)), "offline"),
        ((HALF, Answer(Failure(Reason.BAD_INPUT), EPOCH)), "refused"),
    ],
)
def test_an_entity_that_the_next_run_would_ask_about_is_not_settled(
    answers: tuple[Answer | None, Answer | None], why: str
) -> None:
    assert kept(ended(USUAL, *answers)) is None, why


def test_what_one_entity_may_cost_at_most_does_not_settle_it() -> None:
    capped = plan(FREE, PAID, max_per_entity=Money(1))
    assert kept(ended(capped, HALF, None)) is None


def test_what_nobody_knows_is_settled() -> None:
    assert kept(ended(USUAL, Answer(Miss(), EPOCH), Answer(Miss(), EPOCH))) is not None
    assert kept(Ticket.open(company(1), plan(), {})) is not None


def test_under_refresh_nothing_is_kept() -> None:
    assert kept(ended(plan(FREE, refresh=True), FULL)) is None


def test_what_cannot_be_described_is_not_kept() -> None:
    ticket = ended(plan(FREE), FULL)
    assert record(Done.of(ticket), {}, "m", lambda _: None) is None


def test_dead_answers_are_counted_and_their_times_noted() -> None:
    seen: list[Settled] = []
    old = Answer(Miss(), EPOCH - FREE_MISS_LIFETIME, cached=True)
    ticket = Ticket.open(company(1), USUAL, {"free": old, "paid": replace(FULL, cached=True)})
    made = record(
        Done.of(ticket),
        {"free": old, "paid": FULL},
        "m",
        lambda one: seen.append(one) or "{}",  # type: ignore[func-returns-value]
    )
    assert made is not None
    assert [at for _, at in made.answers] == [old.at, EPOCH]
    assert (made.until, seen[0].stored, set(seen[0].living)) == (INF, (0, 1), {"paid"})
    assert seen[0].once == 100_000


@pytest.mark.parametrize(
    ("answer", "rules", "until"),
    [
        (Answer(Miss(), EPOCH), {}, FREE_MISS_LIFETIME),
        (Answer(Miss(brief=True), EPOCH), {}, BRIEF_MISS_LIFETIME),
        (Answer(Miss(Gap.FORBIDDEN), EPOCH), {}, FREE_MISS_LIFETIME),
        (Answer(Miss(Gap.ERASED), EPOCH), {}, INF),
        (FULL, {}, INF),
        (FULL, {"max_age": 3 * DAY}, 3 * DAY),
        (FULL, {"max_age": 3 * DAY, "accept": {NAME: Accept(max_age=DAY)}}, DAY),
        (Answer(Miss(), EPOCH), {"max_age": 3 * DAY}, 3 * DAY),
    ],
)
def test_a_record_ends_a_second_before_an_answer_does(
    answer: Answer, rules: dict[str, Any], until: float
) -> None:
    made = kept(ended(plan(FREE, **rules), answer))
    assert made is not None
    assert made.until == EPOCH + until - 1


@given(
    st.sampled_from([FULL.outcome, Miss(), Miss(brief=True), Miss(Gap.ERASED)]),
    st.floats(-60 * DAY, 60 * DAY),
    st.floats(0, 90 * DAY),
    st.sampled_from([None, DAY, 30 * DAY, 45 * DAY]),
)
def test_until_then_every_run_judges_the_answer_alike(
    outcome: Hit | Miss, at: float, later: float, age: float | None
) -> None:
    """A later run may judge it otherwise only from `until` on."""
    answer = Answer(outcome, EPOCH + at, cached=True)
    now = plan(FREE, max_age=age)
    then = replace(now, started=EPOCH + later)
    if not now.alive(FREE, answer) or then.started >= now.until(now.steps[0], answer):
        return
    assert then.alive(FREE, answer)
    assert then.fresh(NAME, answer) is now.fresh(NAME, answer)


COMPANY = EntityType.COMPANY
BASE = plan(FREE, PAID)


@pytest.mark.parametrize(
    "other",
    [
        plan(PAID, FREE),
        plan(FREE),
        plan(FREE, PAID, fields=(NAME,)),
        plan(FREE, PAID, fields=(COUNT, NAME)),
        plan(replace(FREE, version=2), PAID),
        plan(replace(FREE, address="http://127.0.0.1:1"), PAID),
        plan(replace(FREE, mapping="m2"), PAID),
        plan(replace(FREE, needs=((IdKind.EMAIL,),)), PAID),
        plan(replace(FREE, only=((IdKind.COUNTRY, frozenset({"DE"})),)), PAID),
        plan(FREE, paid("paid", usd=1)),
        plan(replace(FREE, gives=frozenset({NAME})), PAID),
        plan(FREE, PAID, max_age=DAY),
        plan(FREE, PAID, accept_low=True),
        *(
            plan(FREE, PAID, accept={NAME: rule})
            for rule in (
                Accept(confidence=0.5),
                Accept(max_age=DAY),
                Accept(pattern="A.*"),
                Accept(allowed=frozenset({"Acme"})),
                Accept(order=("paid", "free")),
            )
        ),
    ],
)
def test_whatever_decides_what_a_settled_entity_gives_changes_the_mark(other: Plan) -> None:
    assert mark(other, COMPANY) != mark(BASE, COMPANY)


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, started=EPOCH + DAY),
        replace(BASE, offline=True),
        replace(BASE, max_per_entity=Money(1)),
        replace(BASE, accept={Field("job_title"): Accept(confidence=0.5)}),
        replace(BASE, wanted=tuple(Wanted(f, f"my {f}", exists=True) for f in (NAME, COUNT))),
        replace(BASE, steps=tuple(Step(replace(s.spec, batch=9), s.fields) for s in BASE.steps)),
    ],
)
def test_what_decides_only_whom_one_asks_does_not(other: Plan) -> None:
    assert mark(other, COMPANY) == mark(BASE, COMPANY)
    assert mark(BASE, EntityType.PERSON) != mark(BASE, COMPANY)
