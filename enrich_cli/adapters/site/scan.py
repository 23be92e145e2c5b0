"""Quick looks at a text before slow ones, at the speed at which bytes are searched."""

from __future__ import annotations

from collections.abc import Collection

_AS_ZERO = bytes(0x30 if 0x30 <= sign <= 0x39 else sign for sign in range(256))


def as_zero(text: str) -> bytes:
    """The text as bytes of the same positions, in which `0` stands for each of the ten digits."""
    return text.encode("latin-1", "replace").translate(_AS_ZERO)


def lowered(text: str) -> str:
    """The text with small letters, at the same positions; what Latin-1 has not is `?`."""
    return text.encode("latin-1", "replace").lower().decode("latin-1")


def lines_with(parts: Collection[str], text: str) -> list[tuple[int, int]]:
    """Where the lines of the text begin and end in which one of the parts stands."""
    spans = set()
    for part in parts:
        at = text.find(part)
        while at >= 0:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            spans.add((text.rfind("\n", 0, at) + 1, end))
            at = text.find(part, end)
    return sorted(spans)
