"""One entity's way down: whom to ask what, and what came of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.domain.entity import Field, IdKind
from enrich_cli.domain.ledger import ChargeState, Receipt
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.outcome import Answer, Failure, Gap, Hit, Miss, Outcome, Reason, Value
from enrich_cli.domain.plan import DAY, Accept
from enrich_cli.domain.provider import Tier
from enrich_cli.domain.ticket import Ticket
from tests.fakes import COUNT, EPOCH, NAME, company, paid, plan, spec

FIELDS = [NAME, COUNT, Field("industry"), Field("city")]
A, B = spec("a"), spec("b")


def hit(at: float = EPOCH, **values: str | int) -> Answer:
    return Answer(Hit({Field(k): Value(v) for k, v in values.items()}), at)


def miss(at: float = EPOCH, **how: object) -> Answer:
    return Answer(Miss(**how), at)  # type: ignore[arg-type]


def test_the_next_provider_is_asked_for_the_missing_fields_only() -> None:
    the_plan = plan(A, B)
    ticket = Ticket.open(company(1), the_plan, {})
    first, second = the_plan.steps
    query = ticket.query(first)
    assert query is not None
    assert query.fields == {NAME, COUNT}
    ticket = ticket.after(first, hit(company_name="Acme"))
    query = ticket.query(second)
    assert query is not None
    assert query.fields == {COUNT}
    assert ticket.after(second, hit(employee_count=3)).missing == frozenset()


def test_nobody_is_asked_who_cannot_give_it_or_cannot_use_the_identifier() -> None:
    other = spec("other", gives=frozenset({Field("industry")}))
    needs_more = spec("more", needs=())
    the_plan = plan(other, needs_more, fields=[NAME])
    ticket = Ticket.open(company(1), the_plan, {})
    assert [ticket.query(step) for step in the_plan.steps] == [None, None]
    assert {f.gap for f in ticket.findings().values()} == {Gap.NO_PROVIDER}


def test_a_stored_answer_that_fills_a_field_is_asked_of_nobody_whatever_the_order() -> None:
    the_plan = plan(A, B)
    ticket = Ticket.open(company(1), the_plan, {"b": hit(company_name="x", employee_count=1)})
    assert ticket.query(the_plan.steps[0]) is None


def test_not_found_is_an_answer() -> None:
    the_plan = plan(A)
    ticket = Ticket.open(company(1), the_plan, {"a": miss(EPOCH - DAY)})
    assert ticket.query(the_plan.steps[0]) is None
    assert ticket.findings()[NAME].gap is Gap.NOT_FOUND


@pytest.mark.parametrize(
    ("answer", "provider", "days", "alive"),
    [
        (hit(), spec("a"), 4000, True),
        (miss(), spec("a"), 29, True),
        (miss(), spec("a"), 31, False),
        (miss(brief=True), spec("a"), 0.5, True),
        (miss(brief=True), spec("a"), 2, False),
        (miss(), paid("a"), 4000, True),
    ],
)
def test_how_long_an_answer_lives(
    answer: Answer, provider: object, days: float, alive: bool
) -> None:
    the_plan = plan(provider, started=EPOCH + days * DAY)  # type: ignore[arg-type]
    ticket = Ticket.open(company(1), the_plan, {"a": answer})
    assert (ticket.query(the_plan.steps[0]) is None) == alive
    assert bool(ticket.answers) == alive


def test_refresh_asks_again_but_not_for_what_is_newer_than_the_run() -> None:
    the_plan = plan(A, refresh=True)
    old, new = hit(EPOCH - 1, company_name="x"), hit(EPOCH + 1, company_name="x")
    assert Ticket.open(company(1), the_plan, {"a": old}).answers == {}
    assert Ticket.open(company(1), the_plan, {"a": new}).answers == {"a": new}


def test_an_age_limit_of_one_field_asks_again_for_that_field_only() -> None:
    the_plan = plan(A, accept={COUNT: Accept(max_age=DAY)})
    stored = hit(EPOCH - 2 * DAY, company_name="Acme", employee_count=5)
    ticket = Ticket.open(company(1), the_plan, {"a": stored})
    query = ticket.query(the_plan.steps[0])
    assert query is not None
    assert query.fields == {COUNT}
    failed = ticket.after(the_plan.steps[0], Answer(Failure(Reason.TIMEOUT), EPOCH))
    assert failed.findings()[NAME].value == Value("Acme")
    assert failed.findings()[COUNT].gap is Gap.PROVIDER_FAILED


def test_below_its_threshold_the_water_runs_on() -> None:
    the_plan = plan(A, B, fields=[NAME], accept={NAME: Accept(confidence=0.8)})
    ticket = Ticket.open(company(1), the_plan, {})
    low = Answer(Hit({NAME: Value("Acme", confidence=0.5)}), EPOCH)
    ticket = ticket.after(the_plan.steps[0], low)
    assert ticket.query(the_plan.steps[1]) is not None
    ticket = ticket.after(the_plan.steps[1], miss())
    assert ticket.findings()[NAME].gap is Gap.BELOW_THRESHOLD
    with_low = plan(A, B, fields=[NAME], accept=the_plan.accept, accept_low=True)
    finding = Ticket.open(company(1), with_low, dict(ticket.answers)).findings()[NAME]
    assert (finding.value, finding.low) == (Value("Acme", confidence=0.5), True)


def test_the_erased_are_asked_about_no_further() -> None:
    the_plan = plan(A, B)
    ticket = Ticket.open(company(1), the_plan, {}).after(the_plan.steps[0], miss(gap=Gap.ERASED))
    assert ticket.query(the_plan.steps[1]) is None
    assert {f.gap for f in ticket.findings().values()} == {Gap.ERASED}


def test_one_entity_costs_no_more_than_its_ceiling() -> None:
    dear = paid("dear", usd=800)
    the_plan = plan(paid("cheap", usd=300), dear, max_per_entity=Money(1_000))
    ticket = Ticket.open(company(1), the_plan, {})
    receipt = Receipt("c", ChargeState.SETTLED, Money(300))
    answer = Answer(Hit({NAME: Value("x")}), EPOCH, receipt)
    ticket = ticket.after(the_plan.steps[0], answer)
    assert ticket.query(the_plan.steps[1]) is None
    assert ticket.passed(the_plan.steps[1]).findings()[COUNT].gap is Gap.BUDGET


def test_what_was_left_undone_for_want_of_money_has_its_price() -> None:
    """A share of a full batch, rounded up, and a single question; nobody else was refused."""
    batch = paid("batch", usd=100_000, per=Per.CALL, batch=3)
    one, other = paid("one", usd=50_000), paid("other", usd=70_000)
    steps = plan(batch, one, other).steps
    ticket = Ticket.open(company(1), plan(batch, one, other), {})
    assert ticket.undone() == 0
    for step, reason in zip(steps, (Reason.BUDGET, Reason.BUDGET, Reason.SHUT), strict=True):
        ticket = ticket.after(step, Answer(Failure(reason), EPOCH))
    assert ticket.undone() == 33_334 + 50_000
    capped = plan(one, max_per_entity=Money(1))
    assert Ticket.open(company(1), capped, {}).passed(capped.steps[0]).undone() == 50_000


def test_a_charge_of_unknown_outcome_is_the_reason_of_its_gap() -> None:
    the_plan = plan(paid("a"))
    lost = Answer(Failure(Reason.TIMEOUT), EPOCH, Receipt("c", ChargeState.UNKNOWN, Money(1)))
    ticket = Ticket.open(company(1), the_plan, {}).after(the_plan.steps[0], lost)
    assert {f.gap for f in ticket.findings().values()} == {Gap.UNKNOWN_CHARGE}


def test_naive_is_each_charge_at_list_price_times_the_wanted_cells() -> None:
    the_plan = plan(spec("web"), paid("premium", usd=10_000_000, per=Per.CALL))
    ticket = Ticket.open(company(1, rows=10, fields=FIELDS[:3]), the_plan, {})
    for step in the_plan.steps:
        ticket = ticket.after(step, miss())
    assert ticket.naive() == 10_000_000 * 30


outcomes: st.SearchStrategy[Outcome] = st.one_of(
    st.dictionaries(st.sampled_from(FIELDS), st.integers(0, 3).map(Value), min_size=1).map(Hit),
    st.just(Miss()),
    st.sampled_from(Reason).map(Failure),
)


@given(st.lists(st.tuples(st.sets(st.sampled_from(FIELDS), min_size=1), outcomes), max_size=6))
def test_the_first_provider_that_knows_wins_and_nobody_is_asked_for_what_is_filled(
    providers: list[tuple[set[Field], Outcome]],
) -> None:
    specs = [
        spec(f"p{i}", gives=frozenset(gives), tier=Tier.FREE)
        for i, (gives, _) in enumerate(providers)
    ]
    the_plan = plan(*specs, fields=FIELDS)
    ticket = Ticket.open(company(1, fields=FIELDS), the_plan, {})
    known: dict[Field, object] = {}
    for step, (_, outcome) in zip(the_plan.steps, providers, strict=True):
        query = ticket.query(step)
        if query is None:
            assert step.fields <= known.keys() | (
                set() if step.fields & ticket.missing else step.fields
            )
            continue
        assert query.fields == step.fields - known.keys()
        assert not query.fields & known.keys()
        ticket = ticket.after(step, Answer(outcome, EPOCH))
        if isinstance(outcome, Hit):
            for name, value in outcome.values.items():
                if name in step.fields:
                    known.setdefault(name, value)
    findings = ticket.findings()
    assert {n for n, f in findings.items() if f.value is not None} >= known.keys()
    for finding in findings.values():
        assert (finding.value is None) != (finding.gap is None)
    # The same answers out of the store give the same cells.
    again = Ticket.open(company(1, fields=FIELDS), the_plan, dict(ticket.answers))
    assert {n: f.value for n, f in again.findings().items()} == {
        n: f.value for n, f in findings.items()
    }


def test_who_is_to_be_forgotten_is_never_asked_about_again() -> None:
    gone = Answer(Miss(Gap.ERASED), EPOCH - 400 * DAY)
    the_plan = plan(spec("a"), paid("b"), refresh=True)
    ticket = Ticket.open(company(1), the_plan, {"a": gone})
    assert ticket.query(the_plan.steps[1]) is None
    assert {finding.gap for finding in ticket.findings().values()} == {Gap.ERASED}


class TestOrderOfOneField:
    """`a` is asked before `b`, but about the name the word of `b` counts more."""

    PLAN = plan(A, B, accept={NAME: Accept(order=("b", "a"))})
    FIRST, SECOND = PLAN.steps

    def ticket(self, *said: Answer, known: dict[str, Answer] | None = None) -> Ticket:
        ticket = Ticket.open(company(1), self.PLAN, known or {})
        for step, answer in zip(self.PLAN.steps, said, strict=False):
            ticket = ticket.after(step, answer)
        return ticket

    def test_the_better_one_is_asked_though_there_is_a_value(self) -> None:
        ticket = self.ticket(hit(company_name="A", employee_count=1))
        query = ticket.query(self.SECOND)
        assert query is not None
        assert query.fields == {NAME}

    def test_its_word_counts(self) -> None:
        ticket = self.ticket(hit(company_name="A", employee_count=1), hit(company_name="B"))
        found = ticket.findings()
        assert (found[NAME].provider, found[COUNT].provider) == ("b", "a")
        assert ticket.missing == frozenset()

    @pytest.mark.parametrize("said", [miss(), Answer(Failure(Reason.SHUT), EPOCH)])
    def test_where_it_has_none_the_other_one_does(self, said: Answer) -> None:
        ticket = self.ticket(hit(company_name="A"), said)
        assert ticket.findings()[NAME].provider == "a"
        assert NAME not in ticket.missing

    def test_what_is_stored_is_not_bought_again(self) -> None:
        stored = replace(hit(company_name="A", employee_count=1), cached=True)
        ticket = self.ticket(known={"a": stored})
        assert ticket.query(self.SECOND) is None
        assert ticket.findings()[NAME].provider == "a"

    def test_one_that_cannot_be_asked_is_not_waited_for(self) -> None:
        by_mail = spec("b", needs=((IdKind.EMAIL,),))
        the_plan = plan(A, by_mail, accept={NAME: Accept(order=("b", "a"))})
        ticket = Ticket.open(company(1), the_plan, {}).after(
            the_plan.steps[0], hit(company_name="A", employee_count=1)
        )
        assert ticket.missing == frozenset()
