"""Templates such as `{email|sha256}` or `{linkedin?}`, filled from a query's identifiers."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from enrich_cli.domain.entity import IdKind
from enrich_cli.domain.nearest import or_one_of

REF = "ref"
"""The placeholder of an item's own mark within a batch, which the provider is to echo."""

FOUND = "found"
"""The placeholder of what the first of two calls has found."""

ITEMS = "items"
"""The placeholder of all items of a batch, where they go into a text."""

JOB = "job"
"""The placeholder of a job's name, where its answer is asked for."""

NAMES = (*(kind.value for kind in IdKind), REF, FOUND, ITEMS, JOB)

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_INSIDE = re.compile(r"\s*(\w+)\s*(\??)\s*((?:\|\s*\w+\s*)*)(\??)\s*")


def _slug(text: str) -> str:
    if "/" in text:  # an address such as linkedin.com/in/mara: its last part
        return text.rstrip("/").rsplit("/", 1)[-1]
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _part(text: str, index: int) -> str:
    words = text.split()
    return words[index] if len(words) > 1 else ""


FILTERS: Mapping[str, Callable[[str], str]] = {
    "sha256": lambda text: hashlib.sha256(text.strip().lower().encode()).hexdigest(),
    "md5": lambda text: hashlib.md5(
        text.strip().lower().encode(), usedforsecurity=False
    ).hexdigest(),
    "slug": _slug,
    "www": lambda text: text if text.startswith("www.") else f"www.{text}",
    "label": lambda text: text.removeprefix("www.").partition(".")[0],
    "ten": lambda text: text.zfill(10),
    "lower": str.lower,
    "upper": str.upper,
    "first": lambda text: _part(text, 0),
    "last": lambda text: _part(text, -1),
}
"""What a placeholder's value can be passed through; an empty result counts as no value.

The hashes are taken of the trimmed, lower-case text, as providers of hashed look-ups want it.
"""


class UnfillableError(ValueError):
    """An identifier that is there, but of which a filter leaves nothing: a last name of one word.

    To leave it out would be to ask another question than the one that was meant.
    """


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One `{name?|filter}`: an optional one takes hints, any other only what is asked by."""

    name: str
    filters: tuple[str, ...] = ()
    optional: bool = False

    def value(self, known: Mapping[str, str], hints: Mapping[str, str]) -> str | None:
        """The value, or None where the entity has none. Raises `UnfillableError`."""
        text = known.get(self.name)
        if text is None and self.optional:
            text = hints.get(self.name)
        if text is None:
            return None
        for name in self.filters:
            text = FILTERS[name](text)
        if not text and not self.optional:
            raise UnfillableError(f"nothing is left of the {self.name}")
        return text or None


@dataclass(frozen=True, slots=True)
class Template:
    """Text with placeholders."""

    pieces: tuple[str | Placeholder, ...]
    placeholders: tuple[Placeholder, ...] = field(init=False)

    def __post_init__(self) -> None:
        found = tuple(piece for piece in self.pieces if isinstance(piece, Placeholder))
        object.__setattr__(self, "placeholders", found)

    def fill(
        self,
        known: Mapping[str, str],
        hints: Mapping[str, str],
        encode: Callable[[str], str] | None = None,
    ) -> str | None:
        """The text, each value passed through `encode`; None where it is to be left out.

        That is where a placeholder without `?` has no value, or where none of them has one. A
        hint that is left out leaves no doubled blank behind.
        `known` holds the identifiers that the entity is asked by, `hints` all that it has.
        Raises `UnfillableError`.
        """
        parts: list[str] = []
        filled, short = not self.placeholders, False
        for piece in self.pieces:
            if isinstance(piece, str):
                parts.append(piece)
                continue
            value = piece.value(known, hints)
            if value is not None:
                parts.append(encode(value) if encode else value)
                filled = True
            elif piece.optional:
                short = True
            else:
                return None
        if not filled:
            return None
        text = "".join(parts)
        return re.sub(" {2,}", " ", text).strip(" ") if short else text


Tree = Template | str | int | float | bool | tuple["Tree", ...] | Mapping[str, "Tree"] | None
"""A JSON body with templates at its leaves."""


def parse_template(text: str) -> Template:
    """Parse one template; `{{` and `}}` are plain braces. Raises ValueError where it is none."""
    pieces: list[str | Placeholder] = []
    at = 0
    for token in _TOKEN.finditer(text):
        pieces.append(text[at : token.start()])
        at = token.end()
        if token[0] in ("{{", "}}"):
            pieces.append(token[0][0])
        elif token[1] is None:
            raise ValueError(f"{text!r} has a single {token[0]!r}; double it where it is meant")
        else:
            pieces.append(_placeholder(token[1], text))
    pieces.append(text[at:])
    return Template(tuple(_joined(pieces)))


def fill_tree(tree: Tree, known: Mapping[str, str], hints: Mapping[str, str]) -> object:
    """A JSON value with its templates filled; None where nothing of it remains."""
    if isinstance(tree, Template):
        return tree.fill(known, hints)
    if isinstance(tree, tuple):
        filled = [fill_tree(part, known, hints) for part in tree]
        return [part for part in filled if part is not None] or (None if tree else [])
    if isinstance(tree, Mapping):
        pairs = ((name, fill_tree(part, known, hints)) for name, part in tree.items())
        return {name: part for name, part in pairs if part is not None} or (None if tree else {})
    return tree


def templates(tree: Tree) -> Iterator[Template]:
    """Every template in a tree."""
    if isinstance(tree, Template):
        yield tree
    elif isinstance(tree, tuple | Mapping):
        for part in tree.values() if isinstance(tree, Mapping) else tree:
            yield from templates(part)


def _placeholder(inside: str, text: str) -> Placeholder:
    match = _INSIDE.fullmatch(inside)
    if match is None:
        raise ValueError(f"{text!r}: {{{inside}}} is not a placeholder such as {{domain}}")
    name, before, filters, after = match.groups()
    if name not in NAMES:
        raise ValueError(f"{text!r}: unknown identifier {name}{or_one_of(name, NAMES)}")
    names = tuple(part.strip() for part in filters.split("|")[1:])
    for filter_ in names:
        if filter_ not in FILTERS:
            raise ValueError(f"{text!r}: unknown filter {filter_}{or_one_of(filter_, FILTERS)}")
    return Placeholder(name, names, bool(before or after))


def _joined(pieces: list[str | Placeholder]) -> Iterator[str | Placeholder]:
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
            continue
        if text:
            yield text
        text = ""
        yield piece
    if text:
        yield text
