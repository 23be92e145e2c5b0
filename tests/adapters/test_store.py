"""What every store promises: one suite over the store on disk and its twin in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence, Set
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrich_cli.adapters.memory_store import MemoryStore
from enrich_cli.adapters.store import DiskStore, open_store
from enrich_cli.adapters.store_pace import AT_ONCE, Pace
from enrich_cli.domain.entity import NOBODY, EntityKey, Field, IdKind, Query
from enrich_cli.domain.errors import StoreError
from enrich_cli.domain.history import RANGES, Count, Forecasted, History, ProviderKey, Usage
from enrich_cli.domain.ledger import Ceiling, Charge, ChargeState, Claim, Receipt
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Failure, Gap, Hit, Miss, Reason, Value
from enrich_cli.domain.settled import Record
from enrich_cli.domain.store import DEAD_AFTER, Forgotten, Job, JobStatus, Store, Submitted

T = TypeVar("T")
AnyStore = DiskStore | MemoryStore

NOW = 1_795_000_000.0
DAY = 86_400
TODAY = NOW // DAY * DAY
KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


def make(kind: str, folder: Path) -> AnyStore:
    return MemoryStore() if kind == "memory" else open_store(folder, Pace(AT_ONCE, AT_ONCE))


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStore]:
    store = make(request.param, tmp_path / "store")
    yield store
    store.close()


def run(main: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(main)


async def hurried(store: AnyStore, write: Coroutine[Any, Any, T]) -> T:
    """The result of a write that may wait for company, which it gets here."""
    waiting = asyncio.ensure_future(write)
    await asyncio.gather(waiting, store.keep([], {}))
    return waiting.result()


def record(store: AnyStore, *jobs: Job) -> None:
    for job in jobs:
        run(hurried(store, store.record(job)))


def begin(store: AnyStore, job: Job) -> Sequence[Charge]:
    return run(hurried(store, store.begin(job)))


def hit(name: str = "acme", at: float = NOW) -> Answer:
    return Answer(
        Hit({Field("company_name"): Value(name)}),
        at,
        Receipt("c-1", ChargeState.SETTLED, Money(7)),
        reply=name.encode(),
        url="https://acme.example/",
        confidence=0.5,
        mapping="m1",
    )


def cached(answer: Answer) -> Answer:
    return replace(answer, cached=True)


def charge(id_: str, job: str = "job", at: float = NOW, worst: int = 100) -> Charge:
    return Charge(id_, job, "pdl", (EntityKey("ab"), EntityKey("cd")), Money(worst), at)


def job(id_: str = "job", beat: float = NOW, **changes: Any) -> Job:
    return replace(Job(id_, "leads.csv", NOW - 60, beat), **changes)


def claim(key: str, seen: float | None = None, entity: str = "", provider: str = "pdl") -> Claim:
    return Claim(key, provider, EntityKey(entity or f"entity of {key}"), seen)


def claimed(
    store: AnyStore, job: str, *claims: str | Claim, now: float = NOW
) -> tuple[Set[str], dict[str, Charge]]:
    """What `job` holds now of these keys or claims, and which of them are doubtful."""
    wanted = [one if isinstance(one, Claim) else claim(one) for one in claims]
    result = run(store.claim(wanted, job, now))
    return result.held, dict(result.doubtful)


def held(store: AnyStore, job: str, *claims: str | Claim, now: float = NOW) -> Set[str]:
    keys, doubtful = claimed(store, job, *claims, now=now)
    assert doubtful == {}
    return keys


def until(limit: int, since: float = TODAY) -> Ceiling:
    return Ceiling("day", since, Money(limit))


def taken(store: AnyStore, since: float = TODAY) -> int:
    return run(store.taken_since(since))


def test_both_are_stores(store: AnyStore) -> None:
    declared: Store = store

    assert declared is store


# Answers


def test_what_was_kept_is_recalled(store: AnyStore) -> None:
    miss = Answer(Miss(Gap.ERASED, brief=True), NOW)
    run(store.keep([], {"a": hit(), "b": miss}))

    assert run(store.recall(["a", "b", "c"])) == {"a": cached(hit()), "b": cached(miss)}


def test_a_recall_of_nothing_or_of_unknown_keys_is_empty(store: AnyStore) -> None:
    assert run(store.recall([])) == {}
    assert run(store.recall(["a"])) == {}


def test_recalled_answers_are_a_mapping_of_what_was_found(store: AnyStore) -> None:
    run(store.keep([], {"a": hit()}))
    found = run(store.recall(["a", "b", "a"]))

    assert list(found) == ["a"]
    assert len(found) == 1
    assert "b" not in found
    assert found.get("b") is None
    with pytest.raises(KeyError):
        found["b"]


def test_a_later_answer_takes_the_place_of_an_earlier_one(store: AnyStore) -> None:
    run(store.keep([], {"a": hit("old")}))
    run(store.keep([], {"a": hit("new", NOW + 1)}))

    assert run(store.recall(["a"])) == {"a": cached(hit("new", NOW + 1))}


def test_a_failure_is_not_stored_and_leaves_what_was_there(store: AnyStore) -> None:
    run(store.keep([], {"a": hit()}))
    failure = Answer(Failure(Reason.TIMEOUT), NOW)
    run(store.keep([], {"a": failure, "b": failure}))

    assert run(store.recall(["a", "b"])) == {"a": cached(hit())}


def test_old_answers_do_not_expire(store: AnyStore) -> None:
    run(store.keep([], {"a": hit(at=0.0)}))

    assert run(store.recall(["a"])) == {"a": cached(hit(at=0.0))}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(KEYS, min_size=1, max_size=5))
def test_any_text_is_a_key(store: AnyStore, keys: set[str]) -> None:
    answers = {key: hit(key) for key in keys}
    run(store.keep([], answers))

    assert run(store.recall(sorted(keys))) == {key: cached(a) for key, a in answers.items()}


def test_a_recall_of_many_keys_is_one_operation(store: AnyStore) -> None:
    keys = [f"pdl@1:{number:032x}" for number in range(25_000)]
    answers = {key: hit(key[-5:]) for key in keys[::5]}
    run(store.keep([], answers))
    before = store.operations

    found = run(store.recall(keys))

    assert found.keys() == answers.keys()
    assert found[keys[0]] == cached(answers[keys[0]])
    assert found[keys[-5]] == cached(answers[keys[-5]])
    assert store.operations == replace(before, reads=before.reads + 1)


# Charges


def test_a_charge_goes_from_intent_to_its_end(store: AnyStore) -> None:
    one, two = charge("c-1"), charge("c-2", at=NOW - 5)
    run(store.intend([one, two]))

    assert run(store.charges("job")) == [two, one]

    paid = one.closed(ChargeState.SETTLED, Money(40))
    run(store.keep([paid], {"a": hit()}))

    assert run(store.charges("job")) == [two, paid]
    assert run(store.charges("another")) == []


def test_charges_of_one_moment_stay_in_the_order_of_writing(store: AnyStore) -> None:
    charges = [charge(id_) for id_ in "dacb"]
    run(store.intend(charges))
    run(store.keep([charges[1].closed(ChargeState.FREE)], {}))

    assert [one.id for one in run(store.charges("job"))] == ["d", "a", "c", "b"]


def test_an_intent_is_written_once(store: AnyStore) -> None:
    run(store.intend([charge("c-1")]))
    with pytest.raises(StoreError, match="c-1"):
        run(store.intend([charge("c-2"), charge("c-1")]))

    assert run(store.charges("job")) == [charge("c-1")]


def test_an_intent_twice_in_one_list_is_refused(store: AnyStore) -> None:
    with pytest.raises(StoreError, match="c-1"):
        run(store.intend([charge("c-1"), charge("c-1")]))

    assert run(store.charges("job")) == []


def test_a_charge_without_an_intent_is_written_when_it_closes(store: AnyStore) -> None:
    free = charge("c-1").closed(ChargeState.FREE)
    run(store.keep([free], {}))

    assert run(store.charges("job")) == [free]


@pytest.mark.parametrize("first", [ChargeState.SETTLED, ChargeState.FREE, ChargeState.FAILED])
def test_a_charge_closes_once(store: AnyStore, first: ChargeState) -> None:
    closed = charge("c-1").closed(first, Money(3))
    run(store.intend([charge("c-1")]))
    run(store.keep([closed], {}))
    run(store.keep([charge("c-1").closed(ChargeState.UNKNOWN)], {}))

    assert run(store.charges("job")) == [closed]


def test_an_unknown_charge_may_become_known(store: AnyStore) -> None:
    run(store.intend([charge("c-1")]))
    begin(store, job("another"))
    settled = charge("c-1").closed(ChargeState.SETTLED, Money(9))
    run(store.keep([settled], {}))

    assert run(store.charges("job")) == [settled]
    assert taken(store) == 9


# What was taken, and the ceilings above it


def test_taken_is_what_all_jobs_paid_and_may_have_to_pay_since_the_day(store: AnyStore) -> None:
    run(
        store.keep(
            [
                charge("early", at=TODAY - 0.001).closed(ChargeState.SETTLED, Money(1)),
                charge("paid", at=TODAY).closed(ChargeState.SETTLED, Money(10)),
                charge("lost", "job2", at=TODAY + 1).closed(ChargeState.UNKNOWN),
                charge("free").closed(ChargeState.FREE),
                charge("failed").closed(ChargeState.FAILED),
                charge("tomorrow", at=TODAY + DAY).closed(ChargeState.SETTLED, Money(1000)),
            ],
            {},
        )
    )
    run(store.intend([charge("open")]))

    assert taken(store, TODAY - DAY) == taken(store, TODAY - 0.001) == 1211
    assert taken(store, TODAY) == taken(store, TODAY + DAY - 0.001) == 1210
    assert taken(store, TODAY + DAY) == 1000
    assert taken(store, TODAY + 2 * DAY) == 0


def test_intents_are_written_up_to_the_ceiling_and_no_further(store: AnyStore) -> None:
    ceilings = [until(250)]

    def ask(id_: str, job: str, worst: int) -> frozenset[str]:
        return run(store.intend([charge(id_, job, worst=worst)], ceilings))

    assert ask("c-1", "one", 200) == {"c-1"}
    assert ask("c-2", "two", 51) == frozenset()
    assert ask("c-2", "two", 50) == {"c-2"}
    assert ask("c-3", "one", 1) == frozenset()
    assert taken(store) == 250
    assert run(store.charges("one")) == [charge("c-1", "one", worst=200)]
    assert run(store.charges("two")) == [charge("c-2", "two", worst=50)]


def test_without_ceilings_all_intents_are_written(store: AnyStore) -> None:
    assert run(store.intend([charge("c-1"), charge("c-2", worst=10**15)])) == {"c-1", "c-2"}


def test_what_was_taken_before_the_day_of_a_ceiling_leaves_it_its_room(store: AnyStore) -> None:
    run(store.intend([charge("c-1", at=TODAY - 0.001), charge("c-2", at=TODAY, worst=60)]))

    assert run(store.intend([charge("c-3", worst=41)], [until(100)])) == frozenset()
    assert run(store.intend([charge("c-3", worst=40)], [until(100)])) == {"c-3"}


@pytest.mark.parametrize(
    ("day", "month", "fits"), [(50, 150, True), (49, 150, False), (50, 149, False)]
)
def test_each_ceiling_must_have_room(store: AnyStore, day: int, month: int, fits: bool) -> None:
    run(store.intend([charge("c-0", at=TODAY - 9 * DAY)]))
    ceilings = [until(day), Ceiling("month", TODAY - 10 * DAY, Money(month))]

    written = run(store.intend([charge("c-1", worst=50)], ceilings))
    assert written == ({"c-1"} if fits else frozenset())


def test_where_one_intent_finds_no_room_a_smaller_one_after_it_may(store: AnyStore) -> None:
    sizes = {"c-1": 60, "c-2": 50, "c-3": 39, "c-4": 2, "c-5": 1, "c-6": 1}
    asked = [charge(id_, worst=worst) for id_, worst in sizes.items()]

    assert run(store.intend(asked, [until(100), until(1000)])) == {"c-1", "c-3", "c-5"}
    assert [one.id for one in run(store.charges("job"))] == ["c-1", "c-3", "c-5"]
    assert taken(store) == 100


def test_an_intent_that_found_no_room_may_be_asked_for_again(store: AnyStore) -> None:
    run(store.intend([charge("c-1")], [until(99)]))

    assert run(store.intend([charge("c-1")], [until(100)])) == {"c-1"}


@pytest.mark.parametrize(
    ("state", "actual", "room"),
    [
        (ChargeState.FREE, 0, 100),
        (ChargeState.FAILED, 0, 100),
        (ChargeState.SETTLED, 30, 70),
        (ChargeState.SETTLED, 100, 0),
        (ChargeState.UNKNOWN, 0, 0),
    ],
)
def test_what_a_charge_did_not_cost_is_room_again(
    store: AnyStore, state: ChargeState, actual: int, room: int
) -> None:
    run(store.intend([charge("c-1")], [until(100)]))
    run(store.keep([charge("c-1").closed(state, Money(actual))], {}))

    assert taken(store) == 100 - room
    assert run(store.intend([charge("c-2", worst=room + 1)], [until(100)])) == frozenset()
    assert run(store.intend([charge("c-2", worst=room)], [until(100)])) == {"c-2"}


def test_a_list_with_a_charge_of_the_ledger_takes_nothing(store: AnyStore) -> None:
    run(store.intend([charge("c-1")]))
    with pytest.raises(StoreError, match="c-1"):
        run(store.intend([charge("c-2"), charge("c-1")], [until(1000)]))

    assert taken(store) == 100


CEILINGS = [until(120, TODAY - 2 * DAY), until(70, TODAY - DAY), until(40, TODAY)]
PURCHASES = st.lists(
    st.one_of(
        st.tuples(
            st.just("intend"),
            st.sampled_from([TODAY - 2 * DAY, TODAY - DAY - 1, TODAY - DAY, TODAY - 1, NOW]),
            st.lists(st.integers(1, 60), max_size=4),
        ),
        st.tuples(
            st.just("close"),
            st.integers(0, 20),
            st.sampled_from([state for state in ChargeState if state is not ChargeState.INTENT]),
            st.integers(0, 60),
        ),
        st.tuples(st.just("die")),
    ),
    max_size=14,
)


def sum_since(charges: Sequence[Charge], since: float) -> int:
    return sum(
        one.worst if one.state is ChargeState.INTENT else one.actual
        for one in charges
        if one.at >= since
    )


async def shop(store: AnyStore, steps: list[tuple[Any, ...]]) -> None:
    """Play the steps, and hold what was taken against all charges after each."""
    asked = 0
    for step in steps:
        before = await store.charges("job")
        match step:
            case "intend", at, sizes:
                new = [
                    charge(f"c-{number}", at=at, worst=worst)
                    for number, worst in enumerate(sizes, asked)
                ]
                asked += len(new)
                ceilings = [ceiling for ceiling in CEILINGS if ceiling.since <= at]
                fitting = [*before]
                for one in new:
                    if all(
                        sum_since([*fitting, one], ceiling.since) <= ceiling.limit
                        for ceiling in ceilings
                    ):
                        fitting.append(one)
                written = await store.intend(new, ceilings)
                assert written == {one.id for one in fitting[len(before) :]}
            case "close", number, state, actual if before:
                one = before[number % len(before)]
                cost = min(Money(actual), one.worst) if state is ChargeState.SETTLED else Money(0)
                await store.keep([one.closed(state, cost)], {})
            case ("die",):
                await hurried(store, store.begin(job("another")))
        after = await store.charges("job")
        for ceiling in CEILINGS:
            total = await store.taken_since(ceiling.since)
            assert total == sum_since(after, ceiling.since)
            assert total <= ceiling.limit


@pytest.mark.parametrize("kind", ["disk", "memory"])
@settings(max_examples=25, deadline=None)
@given(PURCHASES)
def test_no_purchases_lift_what_was_taken_above_a_ceiling(
    tmp_path_factory: pytest.TempPathFactory, kind: str, steps: list[Any]
) -> None:
    store = make(kind, tmp_path_factory.mktemp("shop"))
    try:
        run(shop(store, steps))
    finally:
        store.close()


# Jobs and their death


def test_a_job_is_recorded_and_brought_up_to_date(store: AnyStore) -> None:
    late = job("late", started=NOW)
    record(store, late, job(beat=NOW - 9))
    done = job(
        status=JobStatus.PARTIAL,
        entities=5,
        processed=4,
        spent=Money(12),
        finished=NOW + 3,
        report=b"{}",
    )
    run(store.record(done))

    assert run(store.jobs()) == [done, late]


def test_a_job_that_begins_is_recorded(store: AnyStore) -> None:
    assert begin(store, job()) == []
    assert run(store.jobs()) == [job()]


ALIVE: dict[str, dict[str, Any]] = {
    "just alive": {"beat": NOW - DEAD_AFTER},
    "alive": {"beat": NOW},
}
DEAD: dict[str, dict[str, Any]] = {
    "silent": {"beat": NOW - DEAD_AFTER - 0.001},
    "finished": {"beat": NOW, "finished": NOW, "status": JobStatus.COMPLETE},
}


@pytest.mark.parametrize("state", ALIVE)
def test_a_living_job_is_left_alone_by_one_that_begins(store: AnyStore, state: str) -> None:
    living = job(**ALIVE[state])
    record(store, living)
    run(store.intend([charge("c-1")]))
    held(store, "job", "a")

    assert begin(store, job("another")) == []
    assert run(store.charges("job")) == [charge("c-1")]
    assert run(store.jobs()) == [living, job("another")]
    assert held(store, "another", "a") == frozenset()


@pytest.mark.parametrize("state", [*DEAD, "never recorded"])
def test_the_intents_of_a_dead_job_become_unknown(store: AnyStore, state: str) -> None:
    if state in DEAD:
        record(store, job(**DEAD[state]))
    closed = charge("c-0").closed(ChargeState.SETTLED, Money(1))
    run(store.intend([charge("c-0"), charge("c-2", at=NOW + 1), charge("c-1")]))
    run(store.keep([closed], {}))

    lost = charge("c-1"), charge("c-2", at=NOW + 1)
    unknown = [one.closed(ChargeState.UNKNOWN) for one in lost]
    assert begin(store, job("another")) == unknown
    assert run(store.charges("job")) == [closed, *unknown]
    assert taken(store) == 201
    assert begin(store, job("third")) == []


def test_a_silent_job_was_interrupted_until_it_beats_again(store: AnyStore) -> None:
    silent = job("silent", NOW - DEAD_AFTER - 1, entities=5, processed=3, spent=Money(4))
    finished = job("finished", 0.0, finished=1.0, status=JobStatus.BUDGET)
    record(store, silent, finished)
    begin(store, job("another"))

    interrupted = replace(silent, status=JobStatus.INTERRUPTED)
    assert run(store.jobs()) == [interrupted, finished, job("another")]
    record(store, replace(silent, beat=NOW))
    begin(store, job("third"))
    assert run(store.jobs())[0] == replace(silent, beat=NOW)


def test_a_job_that_begins_frees_the_leases_of_the_dead_only(store: AnyStore) -> None:
    record(store, job("dead", beat=0.0), job("alive"))
    held(store, "dead", "a")
    held(store, "alive", "b")
    begin(store, job("another"))
    record(store, job("dead"))  # alive again: nothing but its lease could keep others off

    assert held(store, "another", "a", "b") == {"a"}


# Leases


def test_a_key_is_leased_to_one_living_job(store: AnyStore) -> None:
    record(store, job("one"), job("two"))

    assert held(store, "one", "a", "b") == {"a", "b"}
    assert held(store, "two", "b", "c") == {"c"}
    assert held(store, "one", "a", "b", "c") == {"a", "b"}
    assert held(store, "one") == frozenset()


@pytest.mark.parametrize("state", ALIVE)
def test_a_living_job_keeps_its_leases(store: AnyStore, state: str) -> None:
    record(store, job("one", **ALIVE[state]))
    run(store.intend([charge("c-1", "one")]))
    held(store, "one", "a")

    assert held(store, "two", "a") == frozenset()
    assert run(store.charges("one")) == [charge("c-1", "one")]


@pytest.mark.parametrize("state", [*DEAD, "never recorded"])
def test_the_leases_of_a_dead_job_are_free(store: AnyStore, state: str) -> None:
    if state in DEAD:
        record(store, job("one", **DEAD[state]))
    record(store, job("two"))
    held(store, "one", "a")

    assert held(store, "two", "a") == {"a"}
    assert held(store, "one", "a") == frozenset()


def test_a_heartbeat_keeps_leases_alive(store: AnyStore) -> None:
    record(store, job("one"))
    held(store, "one", "a")
    later = NOW + DEAD_AFTER + 1
    record(store, job("one", beat=later - 1))

    assert held(store, "two", "a", now=later) == frozenset()


def test_only_the_holder_gives_a_lease_back(store: AnyStore) -> None:
    record(store, job("one"))
    held(store, "one", "a", "b")
    run(store.release(["a", "b", "c"], "two"))
    assert held(store, "two", "a", "b") == frozenset()

    run(store.release(["a", "x"], "one"))
    run(store.release([], "one"))
    assert held(store, "two", "a", "b") == {"a"}


@pytest.mark.parametrize("outcome", [hit().outcome, Failure(Reason.SERVER_ERROR)])
def test_keeping_an_answer_gives_back_the_lease(store: AnyStore, outcome: Any) -> None:
    record(store, job("one"))
    held(store, "one", "a", "b")
    run(store.keep([], {"a": Answer(outcome, NOW)}))

    stored = run(store.recall(["a"]))
    assert held(store, "two", claim("a", stored["a"].at if stored else None), "b") == {"a"}


def test_a_finished_job_gives_back_all_its_leases(store: AnyStore) -> None:
    record(store, job("one"))
    held(store, "one", "a")
    run(store.record(job("one", finished=NOW)))
    record(store, job("one"))  # alive again, as far as anyone can tell

    assert held(store, "two", "a") == {"a"}


def test_what_was_answered_meanwhile_is_not_leased(store: AnyStore) -> None:
    run(store.keep([], {"a": hit(at=NOW + 0.1), "b": hit(at=NOW + 0.2)}))

    claims = "a", claim("b", NOW + 0.2), "c", claim("d", NOW)
    assert held(store, "job", *claims) == {"b", "c", "d"}
    run(store.keep([], {"b": hit(at=NOW + 0.3)}))
    assert held(store, "job", *claims) == {"c", "d"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1e10))
def test_any_moment_is_told_from_any_other(store: AnyStore, at: float) -> None:
    run(store.keep([], {"a": hit(at=at)}))

    assert held(store, "job", claim("a", at)) == {"a"}
    assert held(store, "job", claim("a", at + 1)) == frozenset()


# Doubts about a lease


def test_what_may_have_been_paid_without_an_answer_is_doubtful(store: AnyStore) -> None:
    lost = charge("c-1", "old").closed(ChargeState.UNKNOWN)  # about the entities ab and cd
    run(store.keep([lost], {}))
    claims = (
        claim("a", entity="ab"),
        claim("b", entity="cd"),
        claim("c", entity="abcd"),
        claim("d", entity="ab", provider="hunter"),
    )

    assert claimed(store, "job", *claims) == ({"a", "b", "c", "d"}, {"a": lost, "b": lost})


@pytest.mark.parametrize("state", [state for state in ChargeState if state != "unknown"])
def test_a_charge_of_known_outcome_is_no_cause_for_doubt(
    store: AnyStore, state: ChargeState
) -> None:
    run(store.keep([charge("c-1").closed(state, Money(5))], {}))

    assert held(store, "job", claim("a", entity="ab")) == {"a"}


def test_an_unknown_charge_that_became_known_is_no_cause_for_doubt(store: AnyStore) -> None:
    run(store.keep([charge("c-1").closed(ChargeState.UNKNOWN)], {}))
    run(store.keep([charge("c-1").closed(ChargeState.FREE)], {}))

    assert held(store, "job", claim("a", entity="ab")) == {"a"}


def test_of_several_doubts_the_youngest_is_told(store: AnyStore) -> None:
    times = {"c-1": NOW - 5, "c-2": NOW, "c-3": NOW - 1}
    charges = [charge(id_, at=at).closed(ChargeState.UNKNOWN) for id_, at in times.items()]
    run(store.keep(charges, {}))

    assert claimed(store, "job", claim("a", entity="ab")) == ({"a"}, {"a": charges[1]})


@pytest.mark.parametrize(("seen", "doubtful"), [(-0.001, True), (0.0, False), (1.0, False)])
def test_an_answer_that_came_later_ends_the_doubt(
    store: AnyStore, seen: float, doubtful: bool
) -> None:
    lost = charge("c-1").closed(ChargeState.UNKNOWN)
    run(store.keep([lost], {"a": hit(at=NOW + seen)}))

    expected = {"a": lost} if doubtful else {}
    assert claimed(store, "job", claim("a", NOW + seen, "ab")) == ({"a"}, expected)


def test_only_what_is_held_is_doubtful(store: AnyStore) -> None:
    record(store, job("other"))
    held(store, "other", claim("a", entity="ab"))
    run(store.keep([charge("c-1").closed(ChargeState.UNKNOWN)], {"b": hit(at=NOW - 9)}))

    # `a` is leased to another job, and `b` was answered meanwhile.
    assert held(store, "job", claim("a", entity="ab"), claim("b", entity="cd")) == frozenset()


@pytest.mark.parametrize("state", ["silent", "never recorded"])
def test_the_lease_of_a_dead_job_tells_of_its_lost_charges(store: AnyStore, state: str) -> None:
    record(store, job("alive"))
    if state in DEAD:
        record(store, job("dead", **DEAD[state]))
    claims = [claim("a", entity="ab"), claim("b", entity="cd"), claim("c", entity="ef")]
    held(store, "dead", *claims)
    older, younger = charge("c-1", "dead", NOW - 1), charge("c-2", "dead")
    run(store.intend([older, younger, charge("c-3", "alive")]))

    lost = [one.closed(ChargeState.UNKNOWN) for one in (older, younger)]
    assert claimed(store, "job", claims[0], claims[2]) == ({"a", "c"}, {"a": lost[1]})
    assert run(store.charges("dead")) == lost
    assert run(store.charges("alive")) == [charge("c-3", "alive")]
    assert claimed(store, "alive", claims[1]) == ({"b"}, {"b": lost[1]})
    status = {one.id: one.status for one in run(store.jobs())}
    expected = {"alive": JobStatus.RUNNING, "dead": JobStatus.INTERRUPTED}
    assert status == {id_: expected[id_] for id_ in status}


def test_who_claims_lives_even_where_its_last_heartbeat_is_old(store: AnyStore) -> None:
    # So it is for two jobs on a machine that has slept.
    record(store, job("one", beat=0.0), job("two", beat=0.0))
    held(store, "one", "a")
    held(store, "two", "b")
    run(store.intend([charge("c-1", "one"), charge("c-2", "two")]))

    assert held(store, "one", "b") == {"b"}
    assert run(store.charges("one")) == [charge("c-1", "one")]
    assert run(store.charges("two")) == [charge("c-2", "two").closed(ChargeState.UNKNOWN)]
    interrupted = job("two", beat=0.0, status=JobStatus.INTERRUPTED)
    assert run(store.jobs()) == [job("one", beat=0.0), interrupted]
    record(store, job("one"))
    assert held(store, "three", "a", "b") == frozenset()


# Everything at once


def test_what_a_job_did_is_kept_in_parts(store: AnyStore) -> None:
    first, other = job("job-1", trace=(b"a", b"b")), job("job-2", trace=(b"x",))
    record(store, first, other, replace(first, trace=(), finished=NOW), job("job-1", trace=(b"c",)))
    assert list(run(store.traces("job-1"))) == [b"a", b"b", b"c"]
    assert list(run(store.traces("job-2"))) == [b"x"]
    assert list(run(store.traces("job-3"))) == []
    assert all(not one.trace for one in run(store.jobs()))


def test_empty_writes_are_nothing(store: AnyStore) -> None:
    run(store.intend([]))
    run(store.keep([], {}))

    assert run(store.jobs()) == []


def test_a_closed_store_says_so(store: AnyStore) -> None:
    store.close()
    store.close()

    with pytest.raises(StoreError, match="is closed"):
        run(store.recall(["a"]))
    with pytest.raises(StoreError, match="is closed"):
        run(store.keep([], {}))


NAMES = st.sampled_from("abc")
JOBS = st.sampled_from(["one", "two"])
TIMES = st.sampled_from([NOW, NOW + 1, NOW + DEAD_AFTER + 1, NOW + DAY])
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("intend"),
            st.lists(st.tuples(st.text("abcdef", min_size=1, max_size=1), st.integers(1, 9))),
            JOBS,
            TIMES,
            st.lists(st.builds(until, st.integers(0, 20), st.sampled_from([TODAY, NOW + DAY]))),
        ),
        st.tuples(st.just("settle"), NAMES, JOBS, st.sampled_from(ChargeState)),
        st.tuples(st.just("answer"), NAMES, TIMES),
        st.tuples(st.just("fail"), NAMES),
        st.tuples(
            st.just("claim"),
            st.dictionaries(NAMES, st.tuples(st.none() | TIMES, st.sampled_from(["pdl", "x"]))),
            JOBS,
            TIMES,
        ),
        st.tuples(st.just("release"), st.lists(NAMES), JOBS),
        st.tuples(st.just("record"), JOBS, TIMES, st.none() | TIMES),
        st.tuples(st.just("begin"), JOBS, TIMES),
    ),
    max_size=12,
)


async def play(store: AnyStore, steps: list[tuple[Any, ...]]) -> list[Any]:
    """What the store says to each step, and all that it holds at the end."""
    said: list[Any] = []
    for step in steps:
        match step:
            case "intend", sizes, owner, at, ceilings:
                charges = [charge(id_, owner, at, worst) for id_, worst in sizes]
                try:
                    said.append(await store.intend(charges, ceilings))
                except StoreError:
                    said.append("refused")
            case "settle", id_, owner, state:
                await store.keep([charge(id_, owner).closed(state, Money(5))], {})
            case "answer", key, at:
                await store.keep([], {key: hit(at=at)})
            case "fail", key:
                await store.keep([], {key: Answer(Failure(Reason.BUG), NOW)})
            case "claim", wanted, owner, at:
                entities = {"a": "ab", "b": "cd", "c": "ef"}
                claims = [
                    claim(key, seen, entities[key], provider)
                    for key, (seen, provider) in wanted.items()
                ]
                said.append(await store.claim(claims, owner, at))
            case "release", keys, owner:
                await store.release(keys, owner)
            case "record", id_, beat, finished:
                await hurried(store, store.record(job(id_, beat, finished=finished)))
            case "begin", id_, beat:
                said.append(await hurried(store, store.begin(job(id_, beat))))
    said += [await store.charges("one"), await store.charges("two"), await store.jobs()]
    said += [dict(await store.recall(list("abc")))]
    said += [await store.taken_since(NOW), await store.taken_since(NOW + DAY)]
    return said


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_the_twins_agree(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    disk = make("disk", tmp_path_factory.mktemp("twin"))
    try:
        assert run(play(disk, steps)) == run(play(MemoryStore(), steps))
    finally:
        disk.close()


def test_who_is_to_be_forgotten_leaves_nothing_but_that(store: Store) -> None:
    keys = ["a@1:aa", "b@1:aa", "c@2+x:aa", "a@1:aab", "a@1:baa"]
    hit = Answer(Hit({Field("company_name"): Value("Acme")}), NOW, reply=b"Acme")
    run(store.keep([], dict.fromkeys(keys, hit)))
    gone = Answer(Miss(Gap.ERASED), NOW + 1)
    run(store.keep([], {"b@1:aa": gone}))
    stored = run(store.recall(keys))
    assert {key: answer.outcome for key, answer in stored.items()} == {
        "b@1:aa": gone.outcome,
        "a@1:aab": hit.outcome,
        "a@1:baa": hit.outcome,
    }


# Jobs that providers work on


def submitted(id_: str = "job-7", at: float = NOW, paid: bool = True) -> Submitted:
    queries = tuple(
        Query(
            EntityKey(entity),
            ((IdKind.NAME, "mara \u00fc rivera"), (IdKind.DOMAIN, f"{entity}.example")),
            frozenset({Field("person_email"), Field("email_status")}),
        )
        for entity in ("ab", "cd")
    )
    return Submitted(id_, "slow", queries, charge("c-1") if paid else None, at)


def test_a_job_that_a_provider_works_on_is_found_by_its_answers(store: AnyStore) -> None:
    async def main() -> None:
        await store.intend([charge("c-1")])
        await store.submit(submitted(), ["slow@1:ab", "slow@1:cd"])
        await store.submit(submitted("free", NOW - 1, paid=False), ["slow@1:ef"])
        assert await store.submitted(["slow@1:cd", "other", "slow@1:ef"]) == {
            "slow@1:ef": submitted("free", NOW - 1, paid=False),
            "slow@1:cd": submitted(),
        }
        await store.keep([], {"slow@1:ab": hit()})
        assert list(await store.submitted(["slow@1:ab", "slow@1:cd"])) == ["slow@1:cd"]
        await store.give_up(submitted())
        assert await store.submitted(["slow@1:ab", "slow@1:cd"]) == {}
        assert list(await store.submitted(["slow@1:ef"])) == ["slow@1:ef"]

    run(main())


def test_a_submitted_jobs_charge_is_as_the_ledger_has_it(store: AnyStore) -> None:
    async def main() -> None:
        await store.intend([charge("c-1")])
        await store.submit(submitted(), ["k"])
        await store.begin(job("other", beat=NOW + 99))
        (found,) = (await store.submitted(["k"])).values()
        assert found.charge == charge("c-1").closed(ChargeState.UNKNOWN)
        await store.keep([charge("c-1").closed(ChargeState.SETTLED, Money(60))], {})
        assert [one.state for one in await store.charges("job")] == [ChargeState.SETTLED]

    run(main())


def test_a_key_that_is_submitted_again_waits_for_the_newer_job(store: AnyStore) -> None:
    async def main() -> None:
        await store.submit(submitted("old", NOW - 9, paid=False), ["k"])
        await store.submit(submitted("new", NOW, paid=False), ["k"])
        assert (await store.submitted(["k"]))["k"].id == "new"

    run(main())


# Settled records

ENTITY, OTHER = EntityKey("a" * 32), EntityKey("b" * 32)


def settled(
    entity: EntityKey = ENTITY, plan: str = "p", body: str = "{}", **changes: Any
) -> Record:
    usual = Record(entity, plan, NOW, NOW + DAY, ((f"pdl@1:{entity}", NOW), ("x", None)), body)
    return replace(usual, **changes)


def answered(store: AnyStore, *entities: EntityKey, at: float = NOW) -> None:
    run(store.keep([], {f"pdl@1:{entity}": hit(at=at) for entity in entities}))


def settle(store: AnyStore, *records: Record) -> None:
    """The records ride along with the next write."""

    async def both() -> None:
        store.settle(records)
        await store.keep([], {})

    run(both())


def records(
    store: AnyStore, plan: str = "p", *, now: float = NOW, of: Sequence[EntityKey] = (ENTITY, OTHER)
) -> dict[EntityKey, str]:
    found = run(store.settled(plan, of, now))
    return dict(zip(found.entities, found.bodies.splitlines(), strict=True))


def test_records_are_found_by_plan_and_entity_in_one_read(store: AnyStore) -> None:
    answered(store, ENTITY, OTHER)
    settle(store, settled(), settled(OTHER, body='{"v0":"ö"}'), settled(plan="q", body="[]"))
    before = store.operations

    assert records(store) == {ENTITY: "{}", OTHER: '{"v0":"ö"}'}
    assert store.operations.since(before).reads == 1
    assert records(store, "q") == {ENTITY: "[]"}
    assert records(store, of=[OTHER]) == {OTHER: '{"v0":"ö"}'}
    assert records(store, "r") == records(store, of=[]) == {}


def test_a_record_takes_the_place_of_an_earlier_one(store: AnyStore) -> None:
    answered(store, ENTITY)
    settle(store, settled(body="1"))
    settle(store, settled(body="2"))

    assert records(store) == {ENTITY: "2"}


@pytest.mark.parametrize(
    ("now", "there"),
    [(NOW - 1, False), (NOW, True), (NOW + DAY - 1, True), (NOW + DAY, False)],
)
def test_a_record_holds_for_runs_that_start_in_its_time(
    store: AnyStore, now: float, there: bool
) -> None:
    answered(store, ENTITY)
    settle(store, settled())

    assert bool(records(store, now=now)) is there


def test_a_record_without_an_end_holds_for_ever(store: AnyStore) -> None:
    answered(store, ENTITY)
    settle(store, settled(until=float("inf")))

    assert records(store, now=NOW * 10) == {ENTITY: "{}"}


@pytest.mark.parametrize(
    "answers",
    [
        ((f"pdl@1:{ENTITY}", None),),
        ((f"pdl@1:{ENTITY}", NOW - 1),),
        ((f"pdl@1:{ENTITY}", NOW), (f"other@1:{ENTITY}", NOW)),
    ],
    ids=["an answer came", "another answer", "an answer went"],
)
def test_a_record_made_from_other_answers_is_not_kept(
    store: AnyStore, answers: tuple[tuple[str, float | None], ...]
) -> None:
    answered(store, ENTITY, OTHER)
    settle(store, settled(answers=answers), settled(OTHER))

    assert records(store) == {OTHER: "{}"}


@pytest.mark.parametrize("key", [f"pdl@1:{ENTITY}", f"new@2+http://x:{ENTITY}"])
def test_any_later_answer_takes_away_the_records_of_its_entity(store: AnyStore, key: str) -> None:
    answered(store, ENTITY, OTHER)
    settle(store, settled(), settled(plan="q"), settled(OTHER))
    run(store.keep([], {key: hit(at=NOW + 1)}))

    assert records(store) == {OTHER: "{}"}
    assert records(store, "q") == {}


def test_a_failure_leaves_the_records(store: AnyStore) -> None:
    answered(store, ENTITY)
    settle(store, settled())
    run(store.keep([], {f"pdl@1:{ENTITY}": Answer(Failure(Reason.TIMEOUT), NOW + 1)}))

    assert records(store) == {ENTITY: "{}"}


def test_who_is_to_be_forgotten_has_no_records(store: AnyStore) -> None:
    answered(store, ENTITY)
    settle(store, settled())
    run(store.keep([], {f"new@1:{ENTITY}": Answer(Miss(Gap.ERASED), NOW + 1)}))

    assert records(store) == {}


MAIL = "mara@acme.example"


def person(email: str = MAIL, at: float = NOW) -> Answer:
    return Answer(
        Hit({Field("person_email"): Value(email), Field("job_title"): Value("CTO")}),
        at,
        reply=f'{{"email": "{email}"}}'.encode(),
    )


def test_who_is_forgotten_is_named_nowhere(store: AnyStore) -> None:
    gone, same, other, company = (EntityKey(letter * 32) for letter in "abcd")
    charge = Charge("c-1", "j", "p", (gone, other), Money(4), NOW).closed(
        ChargeState.SETTLED, Money(4)
    )
    site = Answer(
        Hit(
            {
                Field("company_name"): Value("Acme", url=f"https://acme.example/{MAIL}"),
                Field("company_email"): Value(MAIL.upper()),
            }
        ),
        NOW,
        reply=f"write to {MAIL}, or to xmara@acme.example".encode(),
    )
    answers = {
        f"p@1:{gone}": Answer(Miss(), NOW),
        f"q@1:{same}": person(),
        f"q@1:{other}": person("xmara@acme.example"),
        f"w@1:{company}": site,
    }
    run(store.keep([charge], answers))
    asked = tuple(
        Query(key, ((IdKind.EMAIL, mail),), frozenset())
        for key, mail in ((gone, MAIL), (other, "o@acme.example"))
    )
    keys = [f"f@1:{query.entity}" for query in asked]
    run(store.submit(Submitted("job", "f", asked, None, NOW), keys))
    report = f'{{"entity_id": "{gone}", "table": "about {MAIL}"}}'.encode()
    record(store, Job("j", "t.csv", NOW, NOW, JobStatus.COMPLETE, finished=NOW, report=report))

    told = run(store.forget({gone}, {MAIL}, NOW))

    assert told == Forgotten(answers=2, others=1, polls=1, charges=1, reports=1)
    left = run(store.recall(list(answers)))
    assert set(left) == {f"q@1:{other}", f"w@1:{company}"}
    assert left[f"q@1:{other}"] == cached(answers[f"q@1:{other}"])
    kept = left[f"w@1:{company}"]
    assert kept.outcome == Hit({Field("company_name"): Value("Acme")})
    assert kept.reply == b"write to [forgotten], or to xmara@acme.example"
    (spent,) = run(store.charges("j"))
    assert (spent.entities, spent.actual) == ((NOBODY, other), Money(4))
    (job,) = run(store.jobs())
    assert job.report == f'{{"entity_id": "{NOBODY}", "table": "about [forgotten]"}}'.encode()
    waiting = run(store.submitted(keys))
    assert set(waiting) == {keys[1]}
    assert [query.entity for query in waiting[keys[1]].queries] == [NOBODY, other]
    assert MAIL not in str(waiting)
    assert run(store.forget({gone}, {MAIL}, NOW)) == Forgotten()


def test_a_forgotten_person_is_not_in_the_bytes_of_the_file(tmp_path: Path) -> None:
    with closing(open_store(tmp_path, Pace(AT_ONCE, AT_ONCE))) as store:
        keys = [EntityKey(f"{n:032x}") for n in range(1, 300)]
        asked = [Query(key, ((IdKind.EMAIL, f"m{key}@acme.example"),), frozenset()) for key in keys]
        for place, query in enumerate(asked):
            job = Submitted(f"job-{place}", "f", (query,), None, NOW)
            run(store.submit(job, [f"f@1:{query.entity}"]))
        run(store.keep([], {f"f@1:{key}": person() for key in keys}))
        run(store.forget(keys[:290], {f"m{key}@acme.example" for key in keys[:290]}, NOW))
        raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert [key for key in keys if key.encode() in raw] == keys[290:]


def test_history_grows_with_the_answers_it_counts(store: AnyStore) -> None:
    past = ((ProviderKey("b@1"), False), (ProviderKey("c@1"), True))
    news = History(
        hits={(ProviderKey("a@1"), "name+country", past): Count(3, 2)},
        fields={(ProviderKey("a@1"), Field("company_name")): Count(2, 1)},
        usage={ProviderKey("a@1"): Usage(1, 3, 0.5, Money(20), Money(10))},
    )
    assert store.history() == History()
    run(store.keep([], {"a@1:x": hit()}, news))
    run(store.keep([], {"a@1:y": hit()}, news))
    assert store.history() == news.plus(news)
    assert run(store.answered(["a@1", "a@", "b@1"])) == {"a@1"}


def test_the_latest_ranges_are_kept_with_their_bills(store: AnyStore) -> None:
    done = Job("j", "t.csv", started=NOW, beat=NOW, finished=NOW)
    ranges = [
        Forecasted(Money(1), Money(2), Money(3), Money(9), Money(bill))
        for bill in range(RANGES + 2)
    ]
    for one in ranges:
        run(store.record(done, one))
    assert store.history().ranges == tuple(ranges[2:])
    assert [one.held for one in ranges[:5]] == [False, True, True, True, False]
