"""Text for people: numbers, money and times in words, and outside text made harmless."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from enrich_cli.domain.money import Money, format_money

_JOINERS = "\u200c\u200d"
"""Invisible, but part of how names in some scripts are spelled."""

_CENT = 10_000  # micro-dollars


def clean(text: str) -> str:
    """`text` on one line, without anything that could steer a terminal.

    Control characters, line ends, marks that turn the reading direction and halves of surrogate
    pairs come out as backslash escapes; everything that can be read stays.
    """
    if text.isprintable():
        return text
    return "".join(
        character if _harmless(character) else character.encode("unicode_escape").decode()
        for character in text
    )


def _harmless(character: str) -> bool:
    return (
        character.isprintable()
        or character in _JOINERS
        or unicodedata.category(character) == "Zs"  # spaces of other widths
    )


def shortened(text: str, most: int) -> str:
    """`text` in no more than `most` characters: what is too many is left out of its middle."""
    if len(text) <= most:
        return text
    end = (most - 1) // 2
    return f"{text[: most - 1 - end]}…{text[-end:]}"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 cell`, `2,000 cells`; `many` where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def dollars(money: Money) -> str:
    """An amount for people, exact: `$1,234.50`, `-$0.0125`."""
    sign, amount = ("-", Money(-money)) if money < 0 else ("", money)
    whole, _, decimals = format_money(amount).partition(".")
    return f"{sign}${int(whole):,}.{decimals}"


def cents(money: Money) -> str:
    """An amount for people, rounded to whole cents: `$34.86`; exact where it is below a cent.

    Nothing but nothing is `$0.00`. Of two amounts the larger one never looks smaller.
    """
    return dollars(money if abs(money) < _CENT else Money((money + _CENT // 2) // _CENT * _CENT))


def at_most(money: Money) -> str:
    """An upper bound for people, as `cents`, but never rounded down."""
    return dollars(money if abs(money) < _CENT else Money(-(-money // _CENT) * _CENT))


def percent(part: float, whole: float) -> str:
    """A share in whole per cent; 0 % and 100 % are said only of none and all."""
    if part <= 0 or whole <= 0:
        return "0 %"
    if part >= whole:
        return "100 %"
    return f"{min(99, max(1, round(100 * part / whole)))} %"


def duration(seconds: float) -> str:
    """A stretch of time in the units that matter: `0.4 s`, `17 s`, `2 min 5 s`, `3 h 20 min`."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def utc(at: float, timespec: str = "seconds") -> str:
    """Seconds since the epoch as ISO 8601 in UTC: `2026-11-24T10:00:00Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
