"""When a write waits for others, and when there is nothing to wait for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.adapters.store_pace import AT_ONCE, PROMPT, RELAXED, Pace


def flying(*charges: str) -> Pace:
    pace = Pace()
    pace.intending(charges)
    pace.intended(charges)
    return pace


def test_the_first_calls_wait_briefly_for_others() -> None:
    pace = Pace()

    assert pace.intending(["a"]) is PROMPT
    assert pace.intending(["b"]) is PROMPT


def test_an_intent_waits_briefly_while_calls_are_in_the_air() -> None:
    assert flying("a", "b").intending(["c"]) is PROMPT


def test_an_answer_waits_while_others_are_in_the_air() -> None:
    assert flying("a", "b").keeping(["a"]) is RELAXED


def test_the_last_answer_waits_for_nothing() -> None:
    assert flying("a").keeping(["a"]) is AT_ONCE


def test_the_last_answer_waits_briefly_with_the_intents_that_wait() -> None:
    pace = flying("a")
    pace.intending(["b"])

    assert pace.keeping(["a"]) is PROMPT


def test_intents_go_once_they_are_as_many_as_ever() -> None:
    pace = flying("a", "b")
    pace.keeping(["a", "b"])

    assert pace.intending(["c"]) is PROMPT
    assert pace.intending(["d"]) is AT_ONCE


def test_what_was_never_paid_for_waits_for_company() -> None:
    assert Pace().keeping([]) is RELAXED


def test_an_intent_that_closed_before_it_was_durable_is_not_in_the_air() -> None:
    pace = Pace()
    pace.intending(["a"])
    pace.keeping(["a"])
    pace.intended(["a"])

    assert pace.keeping(["b"]) is AT_ONCE


def test_an_intent_that_found_no_room_is_not_in_the_air() -> None:
    pace = Pace()
    pace.intending(["a", "b"])
    pace.refused(["b"])
    pace.intended(["a", "b"])

    assert pace.keeping(["a"]) is AT_ONCE
    assert pace.intending(["c"]) is AT_ONCE  # there was never more than one


CHARGES = st.lists(st.sampled_from("abcdef"), unique=True)


@given(st.lists(st.tuples(st.sampled_from(["intending", "intended", "keeping"]), CHARGES)))
def test_an_intent_never_waits_longer_than_briefly(steps: list[tuple[str, list[str]]]) -> None:
    pace = Pace()
    for step, charges in steps:
        patience = getattr(pace, step)(charges)
        if step == "intending":
            assert patience in (PROMPT, AT_ONCE)


@given(CHARGES.filter(bool))
def test_once_all_is_closed_the_last_answer_waits_for_nothing(charges: list[str]) -> None:
    pace = flying(*charges)

    assert [pace.keeping([one]) for one in charges] == [
        *[RELAXED] * (len(charges) - 1),
        AT_ONCE,
    ]
