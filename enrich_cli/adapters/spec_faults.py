"""What is wrong with a spec file, in one line: file, line, key, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from enrich_cli.adapters import spec_models as models
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.nearest import or_one_of

Loc = tuple[str | int, ...]
"""Where something stands in a file: the keys that lead to it."""

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"([^"]*)"|'([^']*)'""")
_TABLES: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): models.SpecFile,
    ("auth",): models.AuthTable,
    ("price",): models.PriceTable,
    ("price", "meter"): models.MeterTable,
    ("limits",): models.LimitsTable,
    ("request",): models.CallTable,
    ("batch",): models.BatchTable,
    ("batch", "match"): models.MatchTable,
    ("outcome",): models.OutcomeTable,
    ("confidence",): models.ConfidenceTable,
    ("fields",): models.FieldTable,
}
_NAMES = {
    "string_type": 'text, such as "0.10"',
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
}


class SpecFaultError(ValueError):
    """Something that only shows when the checked parts of a file are put together."""

    def __init__(self, loc: Loc, message: str) -> None:
        super().__init__(message)
        self.loc = loc


class Source:
    """The text that a spec came from, so that a fault can be shown where it stands.

    `overridden` are the keys that the configuration has set instead.
    """

    def __init__(self, path: Path, text: str, raw: Mapping[str, object]) -> None:
        self._path = path
        self._raw = raw
        self._lines = dict(_lines(text))
        self.overridden: set[tuple[str, ...]] = set()

    def error(self, exc: ValidationError | SpecFaultError) -> ConfigError:
        """The first of what is wrong."""
        if isinstance(exc, SpecFaultError):
            return self._at(exc.loc, str(exc))
        found = [(self._known(detail), detail) for detail in exc.errors(include_url=False)]
        loc, detail = min(found, key=lambda pair: self._line(pair[0]))
        return self._at(loc, _words(detail, loc))

    def _at(self, loc: Loc, message: str) -> ConfigError:
        key = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)
        words = f"{key}: {message}" if key else message
        if self._is_overridden(tuple(part for part in loc if isinstance(part, str))):
            name = self._raw.get("name", self._path.stem)
            return ConfigError(f"configuration, [provider.{name}] {words}")
        return ConfigError(f"{self._path}:{self._line(loc)}: {words}")

    def _is_overridden(self, keys: tuple[str, ...]) -> bool:
        return any(
            keys[: len(own)] == own
            or (keys and keys not in self._lines and own[: len(keys)] == keys)
            for own in self.overridden
        )

    def _line(self, loc: Loc) -> int:
        for end in range(len(loc), 0, -1):
            if loc[:end] in self._lines:
                return self._lines[loc[:end]]
        return 1

    def _known(self, detail: ErrorDetails) -> Loc:
        """The part of a place that stands in the file, without what pydantic adds to it."""
        here: object = self._raw
        known: list[str | int] = []
        for part in detail["loc"]:
            try:
                here = here[part]  # type: ignore[index] # what cannot be indexed ends the walk
            except (LookupError, TypeError):
                break
            known.append(part)
        return tuple(known)


def undecodable(path: Path, exc: ValueError) -> ConfigError:
    """A file that is not TOML, with the line where it ceases to be."""
    if isinstance(exc, UnicodeDecodeError):
        return ConfigError(f"{path}: not UTF-8 text (byte {exc.start})")
    match = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)", str(exc))
    where = f":{match[1]}" if match and match[1] else ""
    reason = str(exc)[: match.start()] if match else str(exc)
    return ConfigError(f"{path}{where}: not valid TOML: {reason}")


def _words(detail: ErrorDetails, loc: Loc) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        known = _keys(tuple(part for part in loc[:-1] if isinstance(part, str)))
        return f"unknown key{or_one_of(name, known)}"
    if kind == "missing":
        return f"{detail['loc'][-1]} is missing"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if kind == "literal_error":
        return f"{detail['input']!r} cannot stand here, only {detail['ctx']['expected']}"
    if kind in _NAMES:
        return f"{detail['input']!r} is not {_NAMES[kind]}"
    return detail["msg"].removeprefix("Input ").lower()


def _keys(table: tuple[str, ...]) -> list[str]:
    if table[:1] in (("fields",), ("outcome",)):
        table = table[:1]
    model = _TABLES.get(table)
    if model is None:
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _lines(text: str) -> Iterator[tuple[Loc, int]]:
    """The line of each table and key that stands at the beginning of a line."""
    table: Loc = ()
    counts: dict[Loc, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.fullmatch(line):
            table = _parts(header[2])
            if header[1] == "[[":
                index = counts[table] = counts.get(table, -1) + 1
                table = (*table, index)
            yield table, number
        elif key := _KEY.match(line):
            parts = _parts(key[1])
            for end in range(1, len(parts) + 1):
                yield (*table, *parts[:end]), number


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(match[1] or match[2] or match[0] for match in _PART.finditer(dotted))
