"""JMESPath expressions, compiled once; the plain ones take a short way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from enrich_cli.domain.nearest import or_one_of

_PLAIN = re.compile(r"[A-Za-z_]\w*(?:\[\d+\])*(?:\.[A-Za-z_]\w*(?:\[\d+\])*)*", re.ASCII)
_STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[(\d+)\]", re.ASCII)

# What the interpreter raises when a function or a comparison meets a value that it is not for:
# its own errors, and those that it forgets to foresee (`contains('abc', `1`)`, `ceil(Infinity)`).
_NOTHING_THERE = (JMESPathError, ArithmeticError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled expression; `read` gives what it finds in a document, None where nothing is."""

    text: str
    read: Callable[[object], object] = field(compare=False, repr=False)


def compile_path(text: str) -> Path:
    """Compile a JMESPath expression. Raises ValueError, in one line, where it is none.

    Most are only dots and indexes, or several of these between `||`; walking them by hand costs
    a tenth of the interpreter.
    """
    choices = [part.strip() for part in text.split("||")]
    if all(map(_PLAIN.fullmatch, choices)):
        return Path(text, _first([_walk(choice) for choice in choices]))
    try:
        parsed = jmespath.compile(text)
    except JMESPathError as exc:
        reason = str(exc).splitlines()[0].removeprefix("Invalid jmespath expression: ").rstrip(":.")
        raise ValueError(f"{text!r} is not a JMESPath expression: {reason}") from exc
    for name in _functions(parsed.parsed):
        if name not in Functions.FUNCTION_TABLE:
            known = or_one_of(name, Functions.FUNCTION_TABLE)
            raise ValueError(f"{text!r}: JMESPath has no function {name}{known}")

    def search(document: object) -> object:
        try:
            return parsed.search(document)
        except _NOTHING_THERE:
            return None

    return Path(text, search)


def truthy(found: object) -> bool:
    """Whether JMESPath takes a value for true: all but null, false, and what is empty."""
    return not (found is None or found is False or (not found and found != 0))


def _functions(node: Mapping[str, Any]) -> Iterator[str]:
    """The names of the functions that a parsed expression calls."""
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node["children"]:
        if isinstance(child, Mapping):
            yield from _functions(child)


def _first(walks: Sequence[Callable[[object], object]]) -> Callable[[object], object]:
    """`a || b || c`: the first that is true, else the last."""
    if len(walks) == 1:
        return walks[0]

    def first(document: object) -> object:
        found = None
        for walk in walks:
            found = walk(document)
            if truthy(found):
                break
        return found

    return first


def _walk(plain: str) -> Callable[[object], object]:
    steps = tuple(
        match[1] if match[1] is not None else int(match[2]) for match in _STEP.finditer(plain)
    )

    def walk(document: object) -> object:
        here = document
        for step in steps:
            if isinstance(step, str):
                if not isinstance(here, dict):
                    return None
                here = here.get(step)
            else:
                if not isinstance(here, list) or step >= len(here):
                    return None
                here = here[step]
        return here

    return walk
