"""What the store holds, counted, and a fingerprint that moves with it and not with time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.app.stock import Stock
from enrich_cli.domain.entity import EntityKey, EntityType, IdKind
from enrich_cli.domain.money import Money, Per, Price
from enrich_cli.domain.outcome import Answer, Gap, Hit, Miss, Outcome, Value
from enrich_cli.domain.plan import DAY, Plan, Step, Stored, Wanted
from enrich_cli.domain.provider import ProviderSpec, Tier
from tests.fakes import EPOCH, NAME

HIT = Hit({NAME: Value("Acme")})
KEYS = [EntityKey(f"{n:032x}") for n in range(8)]


def spec(name: str, price: int) -> ProviderSpec:
    return ProviderSpec(
        name=name,
        entity=EntityType.COMPANY,
        tier=Tier.PREMIUM if price else Tier.FREE,
        gives=frozenset({NAME}),
        needs=((IdKind.DOMAIN,),),
        price=Price(Money(price), Per.HIT),
    )


def plan(max_age: float | None = None) -> Plan:
    steps = tuple(Step(spec(*one), frozenset({NAME})) for one in (("free", 0), ("dear", 100)))
    return Plan((Wanted(NAME, "name"),), steps, EPOCH, max_age=max_age)


def answer(outcome: Outcome, age: float = 0.0) -> Answer:
    return Answer(outcome, EPOCH - age, cached=True)


def stored(some: list[tuple[EntityKey, dict[str, Answer]]], of: Plan) -> dict[str, Stored]:
    stock = Stock(of)
    for key, known in some:
        stock.add(key, known)
    return dict(stock.stored())


def test_answers_are_counted_by_what_they_are_worth_now() -> None:
    some = [
        (KEYS[0], {"free": answer(HIT), "dear": answer(HIT, 20 * DAY)}),
        (KEYS[1], {"free": answer(Miss(), DAY), "dear": answer(Miss(), 9 * DAY)}),
        (KEYS[2], {"free": answer(Miss(brief=True), 2 * DAY), "gone": answer(HIT)}),
    ]
    found = stored(some, plan(max_age=10 * DAY))
    counts = {name: (one.hits, one.misses, one.stale) for name, one in found.items()}
    assert counts == {"free": (1, 1, 1), "dear": (0, 1, 1)}


KNOWN = st.dictionaries(
    st.sampled_from(["free", "dear"]),
    st.builds(answer, st.sampled_from([HIT, Miss()]), st.sampled_from([0.0, 5.5, 9 * DAY])),
)
SOME = st.lists(st.tuples(st.sampled_from(KEYS), KNOWN), unique_by=lambda pair: pair[0])


@given(SOME)
def test_the_order_of_the_entities_does_not_matter(
    some: list[tuple[EntityKey, dict[str, Answer]]],
) -> None:
    shuffled = sorted(some, key=lambda pair: pair[0][::-1])
    assert stored(shuffled, plan()) == stored(some, plan())


@pytest.mark.parametrize("provider", ["free", "dear"])
@given(some=SOME, moved=st.sampled_from(KEYS))
def test_one_more_answer_or_a_newer_one_shows(
    provider: str, some: list[tuple[EntityKey, dict[str, Answer]]], moved: EntityKey
) -> None:
    before = {key: dict(known) for key, known in some}
    after = {key: dict(known) for key, known in some}
    after.setdefault(moved, {})[provider] = answer(HIT, 7.25)
    one, other = (stored(list(each.items()), plan()) for each in (before, after))
    assert one[provider].digest != other[provider].digest
    rest = "dear" if provider == "free" else "free"
    assert one[rest] == other[rest]


def test_a_free_miss_that_comes_or_goes_is_no_move_but_one_to_be_forgotten_is() -> None:
    nothing = stored([], plan())["free"].digest
    assert stored([(KEYS[0], {"free": answer(Miss())})], plan())["free"].digest == nothing
    erased = answer(Miss(Gap.ERASED))
    assert stored([(KEYS[0], {"free": erased})], plan())["free"].digest != nothing
    paid = stored([(KEYS[0], {"dear": answer(Miss())})], plan())
    assert paid["dear"].digest != stored([], plan())["dear"].digest


def test_own_answers_are_left_out() -> None:
    stock = Stock(plan(), own=lambda one: one.at == EPOCH)
    stock.add(KEYS[0], {"free": answer(HIT), "dear": answer(HIT, 1.0)})
    found = stock.stored()
    assert (found["free"].hits, found["dear"].hits) == (0, 1)


def test_under_refresh_nothing_counts() -> None:
    refreshed = replace(plan(), refresh=True)
    found = stored([(KEYS[0], {"dear": answer(HIT, 1.0)})], refreshed)
    assert found["dear"] == replace(stored([], refreshed)["dear"], stale=1)
