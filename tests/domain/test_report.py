"""The tally: whatever events come, in whatever order, the report is their exact sum."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.domain.entity import EntityKey, EntityType, Field
from enrich_cli.domain.events import (
    BudgetReached,
    CacheRead,
    CallSettled,
    ChunkDone,
    EntityDone,
    Event,
    RetryScheduled,
    RunFinished,
    RunStarted,
    fan_out,
)
from enrich_cli.domain.ledger import ChargeState
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Gap, Reason
from enrich_cli.domain.plan import Population, step_of
from enrich_cli.domain.provider import Tier
from enrich_cli.domain.report import Report, Tally
from enrich_cli.domain.store import JobStatus, Operations

NAMES = ("site", "search", "premium")
FIELDS = (Field("company_name"), Field("employee_count"), Field("job_title"))
START = 1_795_514_400.0

counts = st.integers(0, 10_000)
amounts = st.integers(0, 10**9).map(Money)
moments = st.floats(START, START + 10_000, allow_nan=False)
names = st.sampled_from(NAMES)
keys = st.integers(0, 2**128 - 1).map(lambda number: EntityKey(f"{number:032x}"))
types = st.sampled_from(EntityType)


def counters(of: type[Gap | Reason]) -> st.SearchStrategy[Mapping[Gap | Reason, int]]:
    return st.dictionaries(st.sampled_from([*of]), st.integers(1, 500), max_size=4)


started = st.builds(
    RunStarted,
    at=st.just(START),
    job=st.just("job-1"),
    table=st.just("leads.csv"),
    rows=counts,
    wanted=st.fixed_dictionaries(dict.fromkeys(FIELDS, counts)),
    gaps=counters(Gap),
    entities=st.fixed_dictionaries(dict.fromkeys(EntityType, st.tuples(counts, counts))),
    providers=st.just(tuple(zip(NAMES, Tier, strict=True))),
    budget=st.none() | amounts,
)
settled = st.builds(
    CallSettled,
    at=moments,
    provider=names,
    entities=st.lists(keys, min_size=1, max_size=7, unique=True).map(tuple),
    hits=counts,
    misses=counts,
    failures=counters(Reason),
    state=st.sampled_from(ChargeState),
    amount=amounts,
    seconds=st.floats(0, 60),
    priced=st.booleans(),
)
chunks = st.builds(
    ChunkDone,
    at=moments,
    type=types,
    entities=counts,
    cached=counts,
    asked=counts,
    filled=st.dictionaries(st.sampled_from(FIELDS), st.dictionaries(names, counts)),
    gaps=counters(Gap),
    naive=amounts,
    undone=amounts,
)
reads = st.builds(
    CacheRead, at=moments, entities=counts, answers=st.dictionaries(names, counts, max_size=3)
)
retries = st.builds(
    RetryScheduled,
    at=moments,
    provider=names,
    queries=counts,
    reason=st.sampled_from(Reason),
    delay=st.floats(0, 60),
    attempt=st.integers(1, 8),
)
others = st.one_of(
    st.builds(
        BudgetReached,
        at=moments,
        provider=names,
        needed=amounts,
        left=amounts,
        budget=st.sampled_from(["run", "month"]),
    ),
    st.builds(
        EntityDone,
        at=moments,
        type=types,
        entity=keys,
        identifier=st.just("acme.example"),
        rows=counts,
        values=st.just({FIELDS[0]: "Acme"}),
        sources=st.just({FIELDS[0]: "site"}),
        gaps=st.just({FIELDS[1]: Gap.NOT_FOUND}),
    ),
)
middles = st.lists(st.one_of(settled, chunks, reads, retries, others), max_size=25)


def told(*events: Event) -> Report:
    tally = Tally()
    for event in events:
        tally(event)
    return tally.report()


@given(started, middles)
def test_money_in_the_report_is_the_money_in_the_events(
    start: RunStarted, middle: list[Event]
) -> None:
    report = told(start, *middle)
    calls = [event for event in middle if isinstance(event, CallSettled)]
    unknown = [call for call in calls if call.state is ChargeState.UNKNOWN]
    known = [call for call in calls if call.state is not ChargeState.UNKNOWN]

    assert report.spent == sum(call.amount for call in known)
    assert report.spent == sum(line.spent for line in report.providers)
    assert report.unknown_calls == len(unknown)
    assert report.unknown == sum(call.amount for call in unknown)
    assert report.unknown == sum(charge.usd for charge in report.unknown_charges)
    assert [charge.entity for charge in report.unknown_charges] == [
        entity for call in unknown for entity in call.entities
    ]
    assert report.naive == sum(e.naive for e in middle if isinstance(e, ChunkDone))
    assert report.saved == report.naive - report.spent
    assert report.budget == start.budget


@given(st.data())
def test_what_the_fields_cost_is_the_bill(data: st.DataObject) -> None:
    tally = Tally()
    cells = st.dictionaries(names, st.integers(0, 50), max_size=3)
    filled = data.draw(st.fixed_dictionaries(dict.fromkeys(FIELDS, cells)))
    chunk = ChunkDone(START, EntityType.COMPANY, 1, 0, 1, filled, {}, Money(0))
    events: list[Event] = [data.draw(started), *data.draw(st.lists(settled, max_size=5)), chunk]
    for event in events:
        tally(event)
    report = tally.report()
    shares = report.spent_by_field()
    for line in report.providers:
        by = {field: given.get(line.name, 0) for field, given in shares.items()}
        assert sum(by.values()) == line.spent
        number = sum(filled[field].get(line.name, 0) for field in FIELDS)
        assert by.get(None, 0) == (0 if number else line.spent)
        for field in FIELDS if number else ():
            exact = line.spent * filled[field].get(line.name, 0) / number
            assert abs(by[field] - exact) <= 1


@given(started, settled)
def test_an_unknown_charge_is_shared_evenly_and_to_the_last_micro_dollar(
    start: RunStarted, call: CallSettled
) -> None:
    shares = [
        charge.usd
        for charge in told(start, replace(call, state=ChargeState.UNKNOWN)).unknown_charges
    ]
    assert sum(shares) == call.amount
    assert max(shares) - min(shares) < len(shares)
    assert shares[1:] == [min(shares)] * (len(shares) - 1)


@given(started, middles)
def test_each_provider_is_credited_with_its_own_calls(
    start: RunStarted, middle: list[Event]
) -> None:
    report = told(start, *middle)
    assert [(line.name, line.tier) for line in report.providers] == [*start.providers]
    for line in report.providers:
        calls = [e for e in middle if isinstance(e, CallSettled) and e.provider == line.name]
        read = [e for e in middle if isinstance(e, CacheRead)]
        reasons: Counter[Reason] = Counter()
        for call in calls:
            reasons.update(call.failures)
        assert line.calls == len(calls)
        assert line.items == sum(len(call.entities) for call in calls)
        assert line.hits == sum(call.hits for call in calls)
        assert line.misses == sum(call.misses for call in calls)
        assert line.failures == sum(sum(call.failures.values()) for call in calls)
        assert line.reasons == reasons
        assert line.unpriced_calls == sum(not call.priced for call in calls)
        assert line.cached == sum(event.answers.get(line.name, 0) for event in read)


@given(started, middles)
def test_cells_and_entities_are_counted_once(start: RunStarted, middle: list[Event]) -> None:
    tally = Tally()
    tally(start)
    for event in middle:
        tally(event)
    report = tally.report()
    done = [event for event in middle if isinstance(event, ChunkDone)]

    assert report.cells_wanted == sum(start.wanted.values())
    assert report.cells_filled == sum(sum(by.values()) for e in done for by in e.filled.values())
    assert [line.name for line in report.fields] == [*start.wanted]
    for line in report.fields:
        assert line.wanted == start.wanted[line.name]
        assert line.filled == sum(line.by.values())
        for name in NAMES:
            expected = sum(event.filled.get(line.name, {}).get(name, 0) for event in done)
            assert line.by.get(name, 0) == expected
    for gap in Gap:
        expected = start.gaps.get(gap, 0) + sum(event.gaps.get(gap, 0) for event in done)
        assert report.gaps.get(gap, 0) == expected
        assert (gap in report.gaps) == (expected > 0)
    for type_, (rows, unique) in start.entities.items():
        mine = [event for event in done if event.type is type_]
        assert report.entities[type_] == Population(
            rows, unique, sum(e.cached for e in mine), sum(e.asked for e in mine)
        )
    assert tally.processed == sum(event.entities for event in done)
    assert report.retries == sum(e.queries for e in middle if isinstance(e, RetryScheduled))
    assert report.undone == sum(event.undone for event in done)
    assert {*report.reached} == {e.budget for e in middle if isinstance(e, BudgetReached)}


@given(started, middles, st.randoms(use_true_random=False))
def test_the_order_of_events_changes_no_sum(
    start: RunStarted, middle: list[Event], chance: random.Random
) -> None:
    mixed = [*middle]
    chance.shuffle(mixed)
    one, other = told(start, *middle), told(start, *mixed)
    assert Counter(one.unknown_charges) == Counter(other.unknown_charges)
    assert replace(one, unknown_charges=()) == replace(other, unknown_charges=())


@given(started, middles)
def test_asking_for_the_report_on_the_way_changes_nothing(
    start: RunStarted, middle: list[Event]
) -> None:
    tally = Tally()
    tally(start)
    before = tally.report()
    kept = repr(before)
    for event in middle:
        tally(event)
        tally.report()
    assert tally.report() == told(start, *middle)
    assert repr(before) == kept


@given(started, middles, st.sampled_from(JobStatus), st.floats(0, 1e6))
def test_the_end_gives_status_and_time(
    start: RunStarted, middle: list[Event], status: JobStatus, seconds: float
) -> None:
    running, none = told(start, *middle), Operations(0, 0)
    last = max([START, *(event.at for event in middle)])
    assert (running.status, running.seconds) == (JobStatus.RUNNING, last - START)
    used = Operations(1, 7)
    ended = told(start, *middle, RunFinished(START + seconds, status, seconds, used))
    assert (ended.status, ended.seconds, ended.store) == (status, seconds, used)
    assert replace(ended, status=running.status, seconds=running.seconds, store=none) == running


def test_there_is_no_report_before_the_start() -> None:
    with pytest.raises(ValueError, match="not started"):
        Tally().report()


@given(started, middles)
def test_every_sink_of_a_fan_hears_the_same_in_the_same_order(
    start: RunStarted, middle: list[Event]
) -> None:
    heard: list[tuple[int, Event]] = []
    tally = Tally()
    emit = fan_out(lambda event: heard.append((0, event)), tally, lambda e: heard.append((1, e)))
    for event in (start, *middle):
        emit(event)
    assert heard == [(i, event) for event in (start, *middle) for i in (0, 1)]
    assert tally.report() == told(start, *middle)


@given(started, st.lists(chunks, max_size=6))
def test_cells_are_counted_by_how_sure_their_source_is(
    start: RunStarted, done: list[ChunkDone]
) -> None:
    name = next(iter(start.wanted), FIELDS[0])
    start = replace(start, wanted={name: 100}, held={name: 7})
    told_so = [replace(one, sure={name: {90: 2, 40 + 5 * i: 1}}) for i, one in enumerate(done)]
    (line,) = told(start, *told_so).fields
    assert line.before == 7
    assert sum(line.sure.values()) == 3 * len(done)
    assert line.sure.get(90, 0) == 2 * len(done)
    assert [*line.sure] == sorted(line.sure)
    assert told(replace(start, held={})).fields[0].before is None


@pytest.mark.parametrize("hundredths", range(101))
def test_a_confidence_is_counted_at_the_step_it_reaches(hundredths: int) -> None:
    assert step_of(hundredths / 100) == hundredths // 5 * 5
