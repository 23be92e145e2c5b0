"""Chance that is no chance: draws that are a pure function of a text."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_LOW = 1 << 64


class Dice:
    """Draws for one subject, the same in every process and version.

    The draws are the digits, in mixed radix, of a hash of the key, so their order matters: a new
    draw goes behind the old ones.
    """

    __slots__ = ("_key", "_left", "_turn")

    def __init__(self, *key: str) -> None:
        self._key = "\0".join(key).encode("utf-8", "surrogatepass")
        self._turn = 0
        self._left = 0

    def below(self, limit: int) -> int:
        """A whole number from 0 to `limit - 1`."""
        if self._left < _LOW:
            salt = self._turn.to_bytes(2, "big")
            self._left = int.from_bytes(blake2b(self._key, salt=salt).digest(), "big")
            self._turn += 1
        self._left, drawn = divmod(self._left, limit)
        return drawn

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: float) -> bool:
        """True in `percent` of all subjects, to a tenth."""
        return self.below(1000) < round(percent * 10)

    def pick(self, choices: Sequence[T]) -> T:
        """One of `choices`."""
        return choices[self.below(len(choices))]

    def some(self, choices: Sequence[T], low: int, high: int) -> tuple[T, ...]:
        """`low` to `high` neighbours out of `choices`, all different, in a circle."""
        start, count = self.below(len(choices)), self.between(low, high)
        return tuple(choices[(start + at) % len(choices)] for at in range(count))

    def digits(self, pattern: str) -> str:
        """`pattern` with a digit for each `#`."""
        return "".join(str(self.below(10)) if char == "#" else char for char in pattern)
