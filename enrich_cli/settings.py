"""What a command runs with: flag > environment > file > default, resolved once into one value."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from enrich_cli.domain.entity import CATALOGUE, EntityType, Field
from enrich_cli.domain.errors import ConfigError, UsageError
from enrich_cli.domain.money import Money, parse_money
from enrich_cli.domain.nearest import did_you_mean
from enrich_cli.domain.plan import DAY, Accept

CONFIG_NAME = "enrich.toml"
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": DAY, "w": 7 * DAY}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a command may depend on, but for the table, the columns and the output.

    Ages are in seconds. `config` is the file that was read, None where there is none. The specs
    of `provider_dirs` are used like the shipped ones; those of `stray_dir`, a `providers` folder
    that lies where the command runs without a configuration, only if they are named.
    """

    cache: Path
    config: Path | None = None
    budget: Money | None = None
    max_per_entity: Money | None = None
    providers: tuple[str, ...] = ()
    provider_dirs: tuple[Path, ...] = ()
    stray_dir: Path | None = None
    waterfall: Mapping[EntityType, tuple[str, ...]] = field(default_factory=dict)
    accept: Mapping[Field, Accept] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    identify: Mapping[EntityType, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    where: str = ""
    limit: int | None = None
    sample: int | None = None
    seed: int = 0
    overwrite: bool = False
    refresh: bool = False
    offline: bool = False
    max_age: float | None = None
    concurrency: int | None = None
    sandbox: bool = False
    allow_private_hosts: bool = False
    rebuy_unknown: bool = False
    accept_low: bool = False
    raw_values: bool = False
    yes: bool = False
    quiet: bool = False
    contact: str = ""


Flags = Mapping[str, object]
"""Options by their name with underscores; None, an empty list and False mean: not given."""


def resolve(flags: Flags, environ: Mapping[str, str], folder: Path, cache: Path) -> Settings:
    """The settings of one command.

    `folder` is where the command runs and where `enrich.toml` is looked for; `cache` is the
    store's place where nothing else is said. Raises ConfigError for a bad file or variable,
    UsageError for a bad flag.
    """
    given = {n: v for n, v in flags.items() if v is not None and v is not False and v != []}
    variables = {
        name.removeprefix("ENRICH_").lower(): value
        for name, value in environ.items()
        if name.startswith("ENRICH_") and value
    }
    path = _config_path(given.pop("config", None) or variables.pop("config", None), folder)
    file = {} if path is None else _read(path)
    values: dict[str, object] = {"cache": cache, "config": path}
    values |= _tables(file, path)
    for source, options in (
        (f"{path}: [run] ", file.get("run", {})),
        ("environment variable ENRICH_", _known_only(variables)),
        ("--", given),
    ):
        values |= _options(source, options)
    values |= _provider_dirs(values.pop("provider_dir", ()), path, folder)
    max_age = values.get("max_age")
    if isinstance(max_age, dict):
        values["max_age"] = max_age.pop("", None)
        values["accept"] = _aged(values.get("accept", {}), max_age)
    return Settings(**values)  # type: ignore[arg-type]


def _config_path(named: object, folder: Path) -> Path | None:
    if named is not None:
        path = Path(str(named)).expanduser()
        if not path.is_file():
            raise UsageError(f"--config {path}: there is no such file")
        return path
    path = folder / CONFIG_NAME
    return path if path.is_file() else None


def _provider_dirs(named: object, path: Path | None, folder: Path) -> dict[str, object]:
    places = named if isinstance(named, tuple) else ()
    for place in places:
        if not place.is_dir():
            raise UsageError(f"--provider-dir {place}: there is no such folder")
    beside = (folder if path is None else path.parent) / "providers"
    if not beside.is_dir():
        return {"provider_dirs": places}
    if path is None:
        return {"provider_dirs": places, "stray_dir": beside}
    return {"provider_dirs": (beside, *places)}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error


def _close(name: str, names: Collection[str]) -> str:
    return did_you_mean(name, names, "known are: " + ", ".join(names))


_TABLES = ("run", "waterfall", "accept", "provider", "identify", "columns")


def _tables(file: Mapping[str, Any], path: Path | None) -> dict[str, object]:
    for name, table in file.items():
        if name not in _TABLES:
            raise ConfigError(f"{path}: unknown table [{name}]", hint=_close(name, _TABLES))
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {name!r} is a table: write [{name}]")
    return {
        "waterfall": _lists(file, "waterfall", path),
        "identify": _lists(file, "identify", path),
        "accept": {
            _field(name, "accept", path): _accept(name, rule, path)
            for name, rule in file.get("accept", {}).items()
        },
        "overrides": {
            name: _a_table(table, f"provider.{name}", path)
            for name, table in file.get("provider", {}).items()
        },
        "columns": {
            column: _field(name, "columns", path)
            for column, name in file.get("columns", {}).items()
        },
    }


def _a_table(table: object, name: str, path: Path | None) -> dict[str, object]:
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: [{name}] is a table of keys")
    return table


def _field(name: object, table: str, path: Path | None) -> Field:
    if not isinstance(name, str) or name not in CATALOGUE:
        raise ConfigError(
            f"{path}: [{table}] unknown field {name!r}", hint=_close(str(name), CATALOGUE)
        )
    return Field(name)


def _lists(
    file: Mapping[str, Any], table: str, path: Path | None
) -> dict[EntityType, tuple[str, ...]]:
    result = {}
    for name, texts in file.get(table, {}).items():
        if name not in tuple(EntityType):
            raise ConfigError(
                f"{path}: [{table}] unknown key {name!r}", hint=_close(name, list(EntityType))
            )
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise ConfigError(f'{path}: [{table}] {name}: write a list, such as ["website"]')
        result[EntityType(name)] = tuple(texts)
    return result


_RULES = ("confidence", "max_age", "pattern", "allowed")


def _accept(name: str, rule: object, path: Path | None) -> Accept:
    where = f"{path}: [accept] {name}"
    if not isinstance(rule, dict):
        raise ConfigError(f"{where}: write a table, such as {{ confidence = 0.6 }}")
    for key in rule:
        if key not in _RULES:
            raise ConfigError(f"{where}: unknown key {key!r}", hint=_close(key, _RULES))
    confidence = rule.get("confidence", 0.0)
    if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise ConfigError(f"{where}: confidence is a number from 0 to 1, not {confidence!r}")
    pattern = str(rule.get("pattern", ""))
    try:
        re.compile(pattern)
        age = parse_age(str(rule["max_age"])) if "max_age" in rule else None
    except (re.error, ValueError) as error:
        raise ConfigError(f"{where}: {error}") from error
    return Accept(float(confidence), age, pattern, frozenset(map(str, rule.get("allowed", ()))))


def _aged(accept: object, ages: Mapping[str, float]) -> dict[Field, Accept]:
    rules: dict[Field, Accept] = dict(accept) if isinstance(accept, dict) else {}
    for name, age in ages.items():
        old = rules.get(Field(name), Accept())
        rules[Field(name)] = Accept(old.confidence, age, old.pattern, old.allowed)
    return rules


def parse_age(text: str) -> float:
    """`90d`, `12h`, `2w` in seconds. Raises ValueError."""
    match = re.fullmatch(r"(\d+)\s*([smhdw])", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not an age, such as 90d or 12h")
    return float(match[1]) * _UNITS[match[2]]


def _ages(value: object) -> dict[str, float]:
    """`90d` or `FIELD=90d`, one or several, by field; the general one under the empty name."""
    ages: dict[str, float] = {}
    for text in value if isinstance(value, list | tuple) else [value]:
        name, is_pair, age = str(text).rpartition("=")
        if is_pair and name not in CATALOGUE:
            raise ValueError(f"unknown field {name!r}: {_close(name, CATALOGUE)}")
        ages[name] = parse_age(age)
    return ages


def names(value: object) -> tuple[str, ...]:
    """The names in a text or a list of texts, separated by commas; none in None."""
    if value is None:
        return ()
    texts = value if isinstance(value, list | tuple) else [value]
    return tuple(part.strip() for text in texts for part in str(text).split(",") if part.strip())


def _number(value: object) -> int:
    number = int(str(value))
    if number < 0:
        raise ValueError(f"{number} is below zero")
    return number


def _at_least_one(value: object) -> int:
    number = _number(value)
    if number == 0:
        raise ValueError("0 is too few")
    return number


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if (text := str(value).lower()) in ("1", "true", "yes", "on"):
        return True
    if text in ("0", "false", "no", "off"):
        return False
    raise ValueError(f"{value!r} is neither true nor false")


def _path(value: object) -> Path:
    return Path(str(value)).expanduser()


def _paths(value: object) -> tuple[Path, ...]:
    return tuple(_path(one) for one in (value if isinstance(value, list | tuple) else [value]))


def _money(value: object) -> Money:
    return parse_money(str(value))


def _contact(value: object) -> str:
    """An address at which whoever is asked can reach the user; it stands in a request header."""
    text = str(value).strip()
    if text and not re.fullmatch(r"[!-'*-~]*(?:@|://)[!-'*-~]+", text):
        raise ValueError(f"{text!r} is neither an e-mail address nor a web address")
    return text


_OPTIONS: Mapping[str, Callable[[object], object]] = {
    "budget": _money,
    "max_per_entity": _money,
    "providers": names,
    "provider_dir": _paths,
    "cache": _path,
    "where": str,
    "limit": _number,
    "sample": _number,
    "seed": _number,
    "overwrite": _switch,
    "refresh": _switch,
    "offline": _switch,
    "max_age": _ages,
    "concurrency": _at_least_one,
    "sandbox": _switch,
    "allow_private_hosts": _switch,
    "rebuy_unknown": _switch,
    "accept_low": _switch,
    "raw_values": _switch,
    "yes": _switch,
    "quiet": _switch,
    "contact": _contact,
}


def _known_only(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name in _OPTIONS}


def _options(source: str, options: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in options.items():
        shown = source + {"--": name.replace("_", "-")}.get(
            source, name if "[" in source else name.upper()
        )
        error: type[UsageError | ConfigError] = UsageError if source == "--" else ConfigError
        if name not in _OPTIONS:
            raise error(f"{source}unknown key {name!r}", hint=_close(name, _OPTIONS))
        try:
            values[name] = _OPTIONS[name](value)
        except ValueError as reason:
            raise error(f"{shown}: {reason}") from reason
    return values
