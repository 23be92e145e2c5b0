"""The single values of a spec file: rates, times, templates, expressions, names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from enrich_cli.adapters.coerce import NAMED
from enrich_cli.adapters.paths import compile_path
from enrich_cli.adapters.templates import parse_template
from enrich_cli.domain.entity import CATALOGUE, IdKind
from enrich_cli.domain.money import parse_money
from enrich_cli.domain.nearest import or_one_of
from enrich_cli.domain.provider import Rate

_RATE = re.compile(r"(\d+)\s*/\s*(\d*)\s*([a-z]+)")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)")
_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a header's name, RFC 9110


def parse_rate(text: str) -> Rate:
    """`100/min`, `10/s` or `600/5min`. Raises ValueError for anything else."""
    match = _RATE.fullmatch(text.strip().lower())
    if match and match[3] in _SECONDS and int(match[1]) and int(match[2] or 1):
        return Rate(int(match[1]), int(match[2] or 1) * _SECONDS[match[3]])
    raise ValueError(f"{text!r} is not a rate such as 100/min, 10/s or 600/5min")


def parse_seconds(text: str) -> float:
    """`30s` or `2min` in seconds. Raises ValueError for anything else."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match and match[2] in _SECONDS and float(match[1]) > 0:
        return float(match[1]) * _SECONDS[match[2]]
    raise ValueError(f"{text!r} is not a time such as 30s or 2min")


def _checked(parse: Callable[[str], object]) -> AfterValidator:
    def check(text: str) -> str:
        parse(text)
        return text

    return AfterValidator(check)


def _matching(pattern: str, what: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{text!r} is not {what}")
        return text

    return AfterValidator(check)


def _one_of(choices: tuple[str, ...], what: str) -> AfterValidator:
    def check(text: str) -> str:
        if text not in choices:
            raise ValueError(f"{text!r} is not {what}{or_one_of(text, choices)}")
        return text

    return AfterValidator(check)


def _constant(text: str) -> str:
    if parse_template(text).placeholders:
        raise ValueError(f"{text!r}: a header takes no identifiers")
    if not text.isprintable() or not text.isascii():
        raise ValueError(f"{text!r} is not the value of a header")
    return text


def _path(text: str) -> str:
    literal = "".join(piece for piece in parse_template(text).pieces if isinstance(piece, str))
    if (text and not text.startswith("/")) or "?" in literal or "#" in literal:
        raise ValueError(
            f"{text!r} is not a path that begins with /; what follows ? goes into query"
        )
    return text


def _tree(value: Any) -> Any:
    if isinstance(value, str):
        parse_template(value)
    elif isinstance(value, list):
        for part in value:
            _tree(part)
    elif isinstance(value, dict):
        for part in value.values():
            _tree(part)
    elif not isinstance(value, bool | int | float):
        raise ValueError(f"{value} cannot stand in JSON")  # noqa: TRY004 - pydantic's protocol
    return value


def _ends(scale: list[int | float]) -> list[int | float]:
    if len(scale) != 2 or scale[0] == scale[1]:
        raise ValueError(f"{scale} is not the two values that read as 0 and as 1")
    return scale


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Dollars = Annotated[str, _checked(parse_money)]
Expression = Annotated[str, _checked(compile_path)]
HeaderName = Annotated[str, _matching(_TOKEN.pattern, "the name of a header")]
HeaderValue = Annotated[str, AfterValidator(_constant)]
Kind = Annotated[str, _one_of(tuple(kind.value for kind in IdKind), "an identifier")]
Json = Annotated[Any, AfterValidator(_tree)]
As = Annotated[str, _one_of(tuple(NAMED), "a way to read a value")]
FieldName = Annotated[str, _one_of(tuple(CATALOGUE), "a field (see enrich fields)")]
Name = Annotated[str, _matching(r"[a-z0-9]+(-[a-z0-9]+)*", "a name such as acme-company")]
Variable = Annotated[str, _matching(r"[A-Za-z_][A-Za-z0-9_]*", "the name of a variable")]
Address = Annotated[
    str,
    _matching(
        r"https?://[A-Za-z0-9.:\[\]-]+(/[!-~]*)?", "an address such as https://api.acme.example"
    ),
]
PathText = Annotated[str, AfterValidator(_path)]
Duration = Annotated[str, _checked(parse_seconds)]
Rates = Annotated[list[Annotated[str, _checked(parse_rate)]], BeforeValidator(_as_list)]
Scale = Annotated[list[int | float], AfterValidator(_ends)]
_Scalar = str | int | float | bool
QueryValue = Annotated[_Scalar | list[_Scalar], AfterValidator(_tree)]
