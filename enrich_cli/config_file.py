"""The configuration file: where it lies, and its tables, checked key by key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from enrich_cli.domain.entity import CATALOGUE, EntityType, Field
from enrich_cli.domain.errors import ConfigError, UsageError
from enrich_cli.domain.money import Money, parse_money
from enrich_cli.domain.nearest import did_you_mean
from enrich_cli.domain.plan import DAY, Accept

CONFIG_NAME = "enrich.toml"
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": DAY, "w": 7 * DAY}


def config_path(named: object, folder: Path) -> Path | None:
    """The file that is `named`, else the one in `folder`, else None. Raises UsageError."""
    if named is not None:
        path = Path(str(named)).expanduser()
        if not path.is_file():
            raise UsageError(f"--config {path}: there is no such file")
        return path
    path = folder / CONFIG_NAME
    return path if path.is_file() else None


def read_config(path: Path) -> dict[str, Any]:
    """The file as it stands, not checked yet. Raises ConfigError where it is no TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error


def known_hint(name: str, names: Collection[str]) -> str:
    """The hint for a name that is none of `names`: the one that was meant, else all of them."""
    return did_you_mean(name, names, "known are: " + ", ".join(names))


_TABLES = ("run", "budget", "waterfall", "accept", "provider", "identify", "columns", "suppress")
_PERIODS = ("day", "month")
_NOT_OF_THE_SPEC = ("budget", "key_file")


def read_tables(file: Mapping[str, Any], path: Path | None) -> dict[str, object]:
    """All tables of a file but [run], by the names that `Settings` has for them.

    `path` is named in errors. Raises ConfigError for unknown tables and keys, and for values that
    cannot be.
    """
    for name, table in file.items():
        if name not in _TABLES:
            raise ConfigError(f"{path}: unknown table [{name}]", hint=known_hint(name, _TABLES))
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {name!r} is a table: write [{name}]")
    providers = {
        name: _a_table(table, f"provider.{name}", path)
        for name, table in file.get("provider", {}).items()
    }
    return {
        "budgets": {
            period: _period_budget(period, amount, path)
            for period, amount in file.get("budget", {}).items()
        },
        "waterfall": _lists(file, "waterfall", path),
        "identify": _lists(file, "identify", path),
        "accept": {
            _field(name, "accept", path): _accept(name, rule, path)
            for name, rule in file.get("accept", {}).items()
        },
        "overrides": {
            name: {key: value for key, value in table.items() if key not in _NOT_OF_THE_SPEC}
            for name, table in providers.items()
        },
        "provider_budgets": {
            name: _amount(table["budget"], f"{path}: [provider.{name}] budget")
            for name, table in providers.items()
            if "budget" in table
        },
        "suppress": _suppressed(file.get("suppress", {}), path),
        "key_files": {
            name: _file(table["key_file"], f"{path}: [provider.{name}] key_file", path)
            for name, table in providers.items()
            if "key_file" in table
        },
        "columns": {
            column: _field(name, "columns", path)
            for column, name in file.get("columns", {}).items()
        },
    }


def _period_budget(period: str, amount: object, path: Path | None) -> Money:
    if period not in _PERIODS:
        raise ConfigError(
            f"{path}: [budget] unknown key {period!r}", hint=known_hint(period, _PERIODS)
        )
    return _amount(amount, f"{path}: [budget] {period}")


def _amount(amount: object, where: str) -> Money:
    try:
        return parse_money(str(amount))
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from error


_SUPPRESS = ("emails", "domains", "people", "files")


def _suppressed(table: Mapping[str, Any], path: Path | None) -> dict[str, str]:
    """The entries of [suppress] and of the files that it names, each with where it stands.

    A file has one entry a line; `#` begins a comment.
    """
    found: dict[str, str] = {}
    for key, texts in table.items():
        where = f"{path}: [suppress] {key}"
        if key not in _SUPPRESS:
            raise ConfigError(
                f"{path}: [suppress] unknown key {key!r}", hint=known_hint(key, _SUPPRESS)
            )
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ConfigError(f'{where}: write a list, such as ["acme.example"]')
        if key != "files":
            found |= {text.strip(): where for text in texts}
            continue
        for named in texts:
            found |= _entries(_file(named, where, path), where)
    return found


def _entries(file: Path, where: str) -> dict[str, str]:
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except OSError as error:
        raise ConfigError(f"{where}: {file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{where}: {file} is not UTF-8 text") from error
    texts = ((number, line.partition("#")[0].strip()) for number, line in enumerate(lines, 1))
    return {text: f"{file}, line {number}" for number, text in texts if text}


def _file(name: object, where: str, path: Path | None) -> Path:
    """A file that is named in the configuration, relative to the folder of that."""
    if not isinstance(name, str) or not name:
        raise ConfigError(f"{where}: it is the path of a file")
    named = Path(name).expanduser()
    return named if path is None else path.parent / named


def _a_table(table: object, name: str, path: Path | None) -> dict[str, object]:
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: [{name}] is a table of keys")
    return table


def _field(name: object, table: str, path: Path | None) -> Field:
    if not isinstance(name, str) or name not in CATALOGUE:
        raise ConfigError(
            f"{path}: [{table}] unknown field {name!r}", hint=known_hint(str(name), CATALOGUE)
        )
    return Field(name)


def _lists(
    file: Mapping[str, Any], table: str, path: Path | None
) -> dict[EntityType, tuple[str, ...]]:
    result = {}
    for name, texts in file.get(table, {}).items():
        if name not in tuple(EntityType):
            raise ConfigError(
                f"{path}: [{table}] unknown key {name!r}", hint=known_hint(name, list(EntityType))
            )
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ConfigError(f'{path}: [{table}] {name}: write a list, such as ["website"]')
        result[EntityType(name)] = tuple(texts)
    return result


_RULES = ("confidence", "max_age", "pattern", "allowed", "order")


def _accept(name: str, rule: object, path: Path | None) -> Accept:
    where = f"{path}: [accept] {name}"
    if not isinstance(rule, dict):
        raise ConfigError(f"{where}: write a table, such as {{ confidence = 0.6 }}")
    for key in rule:
        if key not in _RULES:
            raise ConfigError(f"{where}: unknown key {key!r}", hint=known_hint(key, _RULES))
    confidence = rule.get("confidence", 0.0)
    if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise ConfigError(f"{where}: confidence is a number from 0 to 1, not {confidence!r}")
    allowed, order = rule.get("allowed", []), rule.get("order", [])
    if not isinstance(allowed, list):
        raise ConfigError(f'{where}: allowed is a list, such as ["CH", "DE"], not {allowed!r}')
    if not isinstance(order, list) or not all(isinstance(text, str) for text in order):
        raise ConfigError(f'{where}: order is a list of providers, such as ["website"]')
    pattern = str(rule.get("pattern", ""))
    try:
        re.compile(pattern)
        age = parse_age(str(rule["max_age"])) if "max_age" in rule else None
    except (re.error, ValueError) as error:
        raise ConfigError(f"{where}: {error}") from error
    return Accept(float(confidence), age, pattern, frozenset(map(str, allowed)), tuple(order))


def parse_age(text: str) -> float:
    """`90d`, `12h`, `2w` in seconds. Raises ValueError."""
    match = re.fullmatch(r"(\d+)\s*([smhdw])", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not an age, such as 90d or 12h")
    return float(match[1]) * _UNITS[match[2]]
