"""Numbers in words, and outside text that can do no harm."""

from __future__ import annotations

import unicodedata
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.domain.money import Money, parse_money
from enrich_cli.views.text import at_most, cents, clean, counted, dollars, duration, percent, utc

nasty = st.text(
    st.one_of(st.sampled_from("[]\\/ab#@:=\x1b\n\r\t\x9b\u202e\u2066 "), st.characters())
)


@given(nasty)
def test_clean_text_is_one_line_that_steers_no_terminal(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.splitlines()) <= 1
    for character in cleaned:
        if character not in "\u200c\u200d":
            assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert clean(cleaned) == cleaned


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_what_can_be_read_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("two\nlines\r\n", "two\\nlines\\r\\n"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\x9b2J", "\\x9b2J"),
        ("caf\u00e9 \u00a0 \u6771\u4eac", "caf\u00e9 \u00a0 \u6771\u4eac"),
        ("half \ud800", "half \\ud800"),
    ],
    ids=["escape", "lines", "direction", "c1", "unicode", "surrogate"],
)
def test_clean_examples(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.integers(-(10**15), 10**15))
def test_dollars_are_exact(micro: int) -> None:
    text = dollars(Money(micro))
    sign, digits = ("-", text[1:]) if micro < 0 else ("", text)
    assert digits.startswith("$")
    assert parse_money(digits.replace(",", "")) == abs(micro)
    assert (sign == "-") == text.startswith("-")


@pytest.mark.parametrize(
    ("micro", "rounded", "bound"),
    [
        (0, "$0.00", "$0.00"),
        (1, "$0.000001", "$0.000001"),
        (9_999, "$0.009999", "$0.009999"),
        (10_000, "$0.01", "$0.01"),
        (14_999, "$0.01", "$0.02"),
        (15_000, "$0.02", "$0.02"),
        (50_073_600, "$50.07", "$50.08"),
        (1_234_567_895_001, "$1,234,567.90", "$1,234,567.90"),
        (-12_500, "-$0.01", "-$0.01"),
        (-300, "-$0.0003", "-$0.0003"),
    ],
)
def test_people_see_cents(micro: int, rounded: str, bound: str) -> None:
    assert cents(Money(micro)) == rounded
    assert at_most(Money(micro)) == bound


def parsed(text: str) -> int:
    return parse_money(text.lstrip("-$").replace(",", "")) * (-1 if text.startswith("-") else 1)


@given(st.integers(-(10**12), 10**12), st.integers(0, 10**6))
def test_rounding_hides_no_money_and_turns_nothing_round(micro: int, more: int) -> None:
    shown = parsed(cents(Money(micro)))
    assert (shown == 0) == (micro == 0)
    assert abs(shown - micro) <= 5_000
    assert shown <= parsed(cents(Money(micro + more)))
    assert micro <= parsed(at_most(Money(micro))) < micro + 10_000


def test_dollars_and_nouns() -> None:
    assert dollars(parse_money("1234567.5")) == "$1,234,567.50"
    assert dollars(Money(-12_500)) == "-$0.0125"
    assert counted(1, "cell") == "1 cell"
    assert counted(2000, "cell") == "2,000 cells"
    assert counted(0, "company", "companies") == "0 companies"


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_nothing_and_everything_are_not_rounded_to(part: int, whole: int) -> None:
    number = int(percent(part, whole).removesuffix(" %"))
    assert (number == 0) == (part == 0)
    assert (number == 100) == (part >= whole)
    if part <= whole:
        assert abs(number - 100 * part / whole) < 1


def test_a_share_of_nothing_is_none() -> None:
    assert percent(0, 0) == "0 %"
    assert percent(-3, 10) == "0 %"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-0.1, "0.0 s"),
        (0.44, "0.4 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (3599.6, "1 h"),
        (12_000, "3 h 20 min"),
        (360_000, "100 h"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@given(st.floats(0, 4e9))
def test_utc_is_iso_8601_and_goes_back(at: float) -> None:
    assert utc(at).endswith("Z")
    assert datetime.fromisoformat(utc(at)).timestamp() == pytest.approx(at, abs=1)
    assert datetime.fromisoformat(utc(at, "milliseconds")).timestamp() == pytest.approx(
        at, abs=0.001
    )


def test_utc_example() -> None:
    assert utc(1_795_514_400.0) == "2026-11-24T10:00:00Z"
    assert utc(1_795_514_400.25, "milliseconds") == "2026-11-24T10:00:00.250Z"
