"""What every store promises: one suite over the store on disk and its twin in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrich_cli.adapters.memory_store import MemoryStore
from enrich_cli.adapters.store import DiskStore, open_store
from enrich_cli.adapters.store_pace import AT_ONCE, Pace
from enrich_cli.domain.entity import EntityKey, Field, IdKind, Query
from enrich_cli.domain.errors import StoreError
from enrich_cli.domain.ledger import Charge, ChargeState, Receipt
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Answer, Failure, Gap, Hit, Miss, Reason, Value
from enrich_cli.domain.provider import DEAD_AFTER, Job, JobStatus, Store, Submitted

T = TypeVar("T")
AnyStore = DiskStore | MemoryStore

NOW = 1_795_000_000.0
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


def unseen(*keys: str) -> dict[str, None]:
    return dict.fromkeys(keys)


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
    run(store.settle_dead(NOW))
    settled = charge("c-1").closed(ChargeState.SETTLED, Money(9))
    run(store.keep([settled], {}))

    assert run(store.charges("job")) == [settled]


def test_spent_counts_settled_and_unknown_charges_of_all_jobs_since_a_moment(
    store: AnyStore,
) -> None:
    run(
        store.keep(
            [
                charge("early", at=NOW - 1).closed(ChargeState.SETTLED, Money(1)),
                charge("paid", at=NOW).closed(ChargeState.SETTLED, Money(10)),
                charge("lost", "job2", at=NOW + 1).closed(ChargeState.UNKNOWN),
                charge("free").closed(ChargeState.FREE),
                charge("failed").closed(ChargeState.FAILED),
            ],
            {},
        )
    )
    run(store.intend([charge("open")]))

    assert run(store.spent_since(NOW)) == 110
    assert run(store.spent_since(NOW - 1)) == 111
    assert run(store.spent_since(NOW + 2)) == 0


# Jobs and their death


def test_a_job_is_recorded_and_brought_up_to_date(store: AnyStore) -> None:
    late = job("late", started=NOW)
    run(store.record(late))
    run(store.record(job(beat=NOW - 9)))
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


ALIVE: dict[str, dict[str, Any]] = {
    "just alive": {"beat": NOW - DEAD_AFTER},
    "alive": {"beat": NOW},
}
DEAD: dict[str, dict[str, Any]] = {
    "silent": {"beat": NOW - DEAD_AFTER - 0.001},
    "finished": {"beat": NOW, "finished": NOW, "status": JobStatus.COMPLETE},
}


@pytest.mark.parametrize("state", ALIVE)
def test_the_intents_of_a_living_job_are_left_alone(store: AnyStore, state: str) -> None:
    run(store.record(job(**ALIVE[state])))
    run(store.intend([charge("c-1")]))

    assert run(store.open_intents(NOW)) == []
    assert run(store.settle_dead(NOW)) == []
    assert run(store.charges("job")) == [charge("c-1")]


@pytest.mark.parametrize("state", [*DEAD, "never recorded"])
def test_the_intents_of_a_dead_job_become_unknown(store: AnyStore, state: str) -> None:
    if state in DEAD:
        run(store.record(job(**DEAD[state])))
    closed = charge("c-0").closed(ChargeState.SETTLED, Money(1))
    run(store.intend([charge("c-0"), charge("c-2", at=NOW + 1), charge("c-1")]))
    run(store.keep([closed], {}))

    dead = [charge("c-1"), charge("c-2", at=NOW + 1)]
    unknown = [one.closed(ChargeState.UNKNOWN) for one in dead]
    assert run(store.open_intents(NOW)) == dead
    assert run(store.settle_dead(NOW)) == unknown
    assert run(store.charges("job")) == [closed, *unknown]
    assert run(store.open_intents(NOW)) == []
    assert run(store.settle_dead(NOW)) == []


# Leases


def test_a_key_is_leased_to_one_living_job(store: AnyStore) -> None:
    run(store.record(job("one")))
    run(store.record(job("two")))

    assert run(store.claim(unseen("a", "b"), "one", NOW)) == {"a", "b"}
    assert run(store.claim(unseen("b", "c"), "two", NOW)) == {"c"}
    assert run(store.claim(unseen("a", "b", "c"), "one", NOW)) == {"a", "b"}
    assert run(store.claim({}, "one", NOW)) == frozenset()


@pytest.mark.parametrize("state", ALIVE)
def test_a_living_job_keeps_its_leases(store: AnyStore, state: str) -> None:
    run(store.record(job("one", **ALIVE[state])))
    run(store.claim(unseen("a"), "one", NOW))

    assert run(store.claim(unseen("a"), "two", NOW)) == frozenset()


@pytest.mark.parametrize("state", [*DEAD, "never recorded"])
def test_the_leases_of_a_dead_job_are_free(store: AnyStore, state: str) -> None:
    if state in DEAD:
        run(store.record(job("one", **DEAD[state])))
    run(store.record(job("two")))
    run(store.claim(unseen("a"), "one", NOW))

    assert run(store.claim(unseen("a"), "two", NOW)) == {"a"}
    assert run(store.claim(unseen("a"), "one", NOW)) == frozenset()


def test_a_heartbeat_keeps_leases_alive(store: AnyStore) -> None:
    run(store.record(job("one")))
    run(store.claim(unseen("a"), "one", NOW))
    later = NOW + DEAD_AFTER + 1
    run(store.record(job("one", beat=later - 1)))

    assert run(store.claim(unseen("a"), "two", later)) == frozenset()


def test_only_the_holder_gives_a_lease_back(store: AnyStore) -> None:
    run(store.record(job("one")))
    run(store.claim(unseen("a", "b"), "one", NOW))
    run(store.release(["a", "b", "c"], "two"))
    assert run(store.claim(unseen("a", "b"), "two", NOW)) == frozenset()

    run(store.release(["a", "x"], "one"))
    run(store.release([], "one"))
    assert run(store.claim(unseen("a", "b"), "two", NOW)) == {"a"}


@pytest.mark.parametrize("outcome", [hit().outcome, Failure(Reason.SERVER_ERROR)])
def test_keeping_an_answer_gives_back_the_lease(store: AnyStore, outcome: Any) -> None:
    run(store.record(job("one")))
    run(store.claim(unseen("a", "b"), "one", NOW))
    run(store.keep([], {"a": Answer(outcome, NOW)}))

    stored = run(store.recall(["a"]))
    seen = {"a": stored["a"].at if stored else None, "b": None}
    assert run(store.claim(seen, "two", NOW)) == {"a"}


def test_a_finished_job_gives_back_all_its_leases(store: AnyStore) -> None:
    run(store.record(job("one")))
    run(store.claim(unseen("a"), "one", NOW))
    run(store.record(job("one", finished=NOW)))
    run(store.record(job("one")))  # alive again, as far as anyone can tell

    assert run(store.claim(unseen("a"), "two", NOW)) == {"a"}


def test_settling_the_dead_frees_their_leases_only(store: AnyStore) -> None:
    run(store.record(job("dead", beat=0.0)))
    run(store.record(job("alive")))
    run(store.claim(unseen("a"), "dead", NOW))
    run(store.claim(unseen("b"), "alive", NOW))
    run(store.settle_dead(NOW))
    run(store.record(job("dead")))

    assert run(store.claim(unseen("a", "b"), "another", NOW)) == {"a"}


def test_what_was_answered_meanwhile_is_not_leased(store: AnyStore) -> None:
    run(store.keep([], {"a": hit(at=NOW + 0.1), "b": hit(at=NOW + 0.2)}))

    seen = {"a": None, "b": NOW + 0.2, "c": None, "d": NOW}
    assert run(store.claim(seen, "job", NOW)) == {"b", "c", "d"}
    run(store.keep([], {"b": hit(at=NOW + 0.3)}))
    assert run(store.claim(seen, "job", NOW)) == {"c", "d"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1e10))
def test_any_moment_is_told_from_any_other(store: AnyStore, at: float) -> None:
    run(store.keep([], {"a": hit(at=at)}))

    assert run(store.claim({"a": at}, "job", NOW)) == {"a"}
    assert run(store.claim({"a": at + 1}, "job", NOW)) == frozenset()


# Everything at once


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
TIMES = st.sampled_from([NOW, NOW + 1, NOW + DEAD_AFTER + 1])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("intend"), NAMES, JOBS, TIMES),
        st.tuples(st.just("settle"), NAMES, JOBS, st.sampled_from(ChargeState)),
        st.tuples(st.just("answer"), NAMES, TIMES),
        st.tuples(st.just("fail"), NAMES),
        st.tuples(st.just("claim"), st.dictionaries(NAMES, st.none() | TIMES), JOBS, TIMES),
        st.tuples(st.just("release"), st.lists(NAMES), JOBS),
        st.tuples(st.just("record"), JOBS, TIMES, st.none() | TIMES),
        st.tuples(st.just("settle_dead"), TIMES),
    ),
    max_size=12,
)


async def play(store: AnyStore, steps: list[tuple[Any, ...]]) -> list[Any]:
    """What the store says to each step, and all that it holds at the end."""
    said: list[Any] = []
    for step in steps:
        match step:
            case "intend", id_, owner, at:
                try:
                    await store.intend([charge(id_, owner, at)])
                except StoreError:
                    said.append("refused")
            case "settle", id_, owner, state:
                await store.keep([charge(id_, owner).closed(state, Money(5))], {})
            case "answer", key, at:
                await store.keep([], {key: hit(at=at)})
            case "fail", key:
                await store.keep([], {key: Answer(Failure(Reason.BUG), NOW)})
            case "claim", seen, owner, at:
                said.append(await store.claim(seen, owner, at))
            case "release", keys, owner:
                await store.release(keys, owner)
            case "record", id_, beat, finished:
                await store.record(job(id_, beat, finished=finished))
            case "settle_dead", at:
                said.append(await store.settle_dead(at))
    said += [await store.charges("one"), await store.charges("two"), await store.jobs()]
    said += [dict(await store.recall(list("abc"))), await store.spent_since(NOW)]
    return said


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_the_twins_agree(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    disk = make("disk", tmp_path_factory.mktemp("twin"))
    try:
        assert run(play(disk, steps)) == run(play(MemoryStore(), steps))
    finally:
        disk.close()


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
        await store.settle_dead(NOW)
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
