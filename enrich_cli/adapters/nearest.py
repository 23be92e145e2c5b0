"""What somebody probably meant: the nearest of the words that would have been right."""

from __future__ import annotations

from collections.abc import Collection

_MANY = 12


def nearest(text: str, choices: Collection[str]) -> str:
    """`, did you mean x?` for the choice nearest to `text`; where none is near, all of a few."""
    import difflib  # here, because it is only ever needed for an error

    close = difflib.get_close_matches(text, choices, n=1, cutoff=0.65)
    if close:
        return f", did you mean {close[0]}?"
    return f", it is one of: {', '.join(sorted(choices))}" if len(choices) <= _MANY else ""
