"""Money: exact text, exact splits, and a budget that is never passed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from enrich_cli.domain.money import Budget, Money, Per, Price, format_money, parse_money, split

amounts = st.integers(0, 10**15).map(Money)


@given(amounts)
def test_text_and_back(money: Money) -> None:
    assert parse_money(format_money(money)) == money


@pytest.mark.parametrize(
    ("micro", "text"),
    [
        (0, "0.00"),
        (1, "0.000001"),
        (12_500, "0.0125"),
        (5_000_000, "5.00"),
        (1_234_560_000, "1234.56"),
        (-2_500_000, "-2.50"),
    ],
)
def test_at_least_two_decimals_at_most_six_and_no_further_zeros(micro: int, text: str) -> None:
    assert format_money(Money(micro)) == text


@pytest.mark.parametrize("text", ["", "abc", "-1", "1.0000001", "1e400", "inf", "nan", "1,50"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_money(text)


@given(amounts, st.integers(1, 200))
def test_a_split_loses_nothing_and_gives_the_remainder_to_the_first(total: Money, n: int) -> None:
    shares = split(total, n)
    assert sum(shares) == total
    assert len(shares) == n
    assert len(set(shares[1:])) <= 1
    assert 0 <= shares[0] - shares[-1] < n


@given(
    st.sampled_from(Per),
    amounts,
    st.lists(st.booleans(), min_size=1, max_size=120).map(tuple),
    st.none() | amounts,
)
def test_shares_add_up_and_no_rule_passes_its_worst_price(
    per: Per, usd: Money, hits: tuple[bool, ...], metered: Money | None
) -> None:
    price = Price(usd, per)
    shares = price.shares(hits, metered)
    assert len(shares) == len(hits)
    if metered is None:
        assert sum(shares) <= price.worst(len(hits))
    else:
        assert sum(shares) == metered


class Spending(RuleBasedStateMachine):
    """Any order of reserving, settling and losing keeps within the limit."""

    def __init__(self) -> None:
        super().__init__()
        self.budget = Budget(Money(1_000))
        self.held: list[Money] = []

    @rule(amount=st.integers(0, 400).map(Money))
    def reserve(self, amount: Money) -> None:
        before = self.budget.taken
        if self.budget.reserve(amount):
            self.held.append(amount)
        else:
            assert before + amount > 1_000
            assert self.budget.taken == before
            if not self.budget.could_ever(amount):
                assert self.budget.spent + self.budget.unknown + amount > 1_000

    @rule(share=st.floats(0, 1), lost=st.booleans())
    def close(self, share: float, lost: bool) -> None:
        if self.held:
            held = self.held.pop()
            if lost:
                self.budget.lose(held)
            else:
                self.budget.settle(held, Money(int(held * share)))

    @invariant()
    def within(self) -> None:
        assert self.budget.taken <= 1_000
        assert self.budget.held == sum(self.held)


TestSpending = Spending.TestCase
