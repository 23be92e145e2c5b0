"""How many entities go through at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

CHUNK = 1_000
"""Entities in a chunk, about: large enough for full batches and bulk reads."""
LARGEST_CHUNK = 10_000
"""So many are in one where money is short, and the best questions of all of them come first."""

T = TypeVar("T")


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of `size`, the last one shorter."""
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk
