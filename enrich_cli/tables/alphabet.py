"""Letters and digits in regular expressions: those of ASCII for texts that have no others.

The classes of Unicode take a hundred times as long to compile, and longer to match.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Alphabet:
    """What stands inside of brackets for characters of a kind."""

    letter: str
    capital: str
    digit: str
    solid: str
    """All but white space."""
    caseless: str
    """The flags under which case does not matter, in patterns that are ASCII themselves."""


UNICODE = Alphabet(r"\p{L}", r"\p{Lu}", r"\p{N}", r"\S", "i")
ASCII = Alphabet("A-Za-z", "A-Z", "0-9", r"\x00-\x08\x0e-\x1f!-\x7f", "i-u")


def is_ascii(text: pl.Expr) -> pl.Expr:
    """Whether a text has no characters beyond ASCII."""
    return text.str.len_bytes() == text.str.len_chars()
