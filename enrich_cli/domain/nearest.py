"""What somebody probably meant: the nearest of the names that would have been right."""

from __future__ import annotations

from collections.abc import Collection, Iterable

_CUTOFF = 0.6
"""How alike two names are at least, by difflib's ratio; its own usual value."""
_MANY = 12


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that was probably meant by a misspelt one, or None. Case is no matter."""
    import difflib  # here, because it is only ever needed for an error

    known = {each.casefold(): each for each in names}
    close = difflib.get_close_matches(name.casefold(), known, n=1, cutoff=_CUTOFF)
    return known[close[0]] if close else None


def did_you_mean(name: str, names: Iterable[str], otherwise: str = "") -> str:
    """The hint `did you mean 'x'?`; `otherwise` where no name is near."""
    close = nearest(name, names)
    return otherwise if close is None else f"did you mean {close!r}?"


def or_one_of(name: str, names: Collection[str]) -> str:
    """The end of a message, `, did you mean x?`; where no name is near, all of a few."""
    if (close := nearest(name, names)) is not None:
        return f", did you mean {close}?"
    return f", it is one of: {', '.join(sorted(names))}" if len(names) <= _MANY else ""
