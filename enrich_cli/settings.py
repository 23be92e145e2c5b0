"""What a command runs with: flag > environment > file > default, resolved once into one value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from enrich_cli.config_file import (
    config_path,
    known_hint,
    parse_age,
    read_config,
    read_tables,
)
from enrich_cli.domain.entity import CATALOGUE, EntityType, Field
from enrich_cli.domain.errors import ConfigError, UsageError
from enrich_cli.domain.money import Money, parse_money
from enrich_cli.domain.plan import Accept, ErrorLimit, Fill


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a command may depend on, but for the table, the columns and the output.

    `budgets` are those of all runs of a "day" or a "month" together, `provider_budgets` what one
    run may spend with each provider. Ages are in seconds. `config` is the file that was read. The
    specs of `provider_dirs` are used like the shipped ones; those of `stray_dir`, a `providers`
    folder that lies where the command runs without a configuration, only if they are named.
    `suppress` are those whom nobody may be asked about, as written, each with where it stands.
    `own_specs` is where a new one is put.
    """

    cache: Path
    config: Path | None = None
    budget: Money | None = None
    budgets: Mapping[str, Money] = field(default_factory=dict)
    provider_budgets: Mapping[str, Money] = field(default_factory=dict)
    max_per_entity: Money | None = None
    fail_over: Money | None = None
    max_per_cell: Money | None = None
    max_errors: ErrorLimit | None = None
    providers: tuple[str, ...] = ()
    provider_dirs: tuple[Path, ...] = ()
    stray_dir: Path | None = None
    own_specs: Path = field(default=Path("providers"), compare=False)
    waterfall: Mapping[EntityType, tuple[str, ...]] = field(default_factory=dict)
    accept: Mapping[Field, Accept] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    suppress: Mapping[str, str] = field(default_factory=dict)
    key_files: Mapping[str, Path] = field(default_factory=dict)
    identify: Mapping[EntityType, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    fill: Mapping[Field, Fill] = field(default_factory=dict)
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
    path = config_path(given.pop("config", None) or variables.pop("config", None), folder)
    file = {} if path is None else read_config(path)
    values: dict[str, object] = {"cache": cache, "config": path, **read_tables(file, path)}
    ages: dict[str, float] = {}
    for source, options in (
        (f"{path}: [run] ", file.get("run", {})),
        ("environment variable ENRICH_", _known_only(variables)),
        ("--", given),
    ):
        values |= _options(source, options)
        if isinstance(said := values.pop("max_age", None), dict):
            ages |= said
    values |= _provider_dirs(values.pop("provider_dir", ()), path, folder)
    values["max_age"] = ages.pop("", None)
    values["accept"] = _aged(values.get("accept", {}), ages)
    return Settings(**values)  # type: ignore[arg-type]


def _provider_dirs(named: object, path: Path | None, folder: Path) -> dict[str, object]:
    places = named if isinstance(named, tuple) else ()
    for place in places:
        if not place.is_dir():
            raise UsageError(f"--provider-dir {place}: there is no such folder")
    beside = (folder if path is None else path.parent) / "providers"
    dirs: dict[str, object] = {"own_specs": places[-1] if places else beside}
    if not beside.is_dir():
        return {**dirs, "provider_dirs": places}
    if path is None:
        return {**dirs, "provider_dirs": places, "stray_dir": beside}
    return {**dirs, "provider_dirs": (*places, beside)}


def _aged(accept: object, ages: Mapping[str, float]) -> dict[Field, Accept]:
    rules: dict[Field, Accept] = dict(accept) if isinstance(accept, dict) else {}
    for name, age in ages.items():
        rules[Field(name)] = replace(rules.get(Field(name), Accept()), max_age=age)
    return rules


def _ages(value: object) -> dict[str, float]:
    """`90d` or `FIELD=90d`, one or several, by field; the general one under the empty name."""
    ages: dict[str, float] = {}
    for text in value if isinstance(value, list | tuple) else [value]:
        name, is_pair, age = str(text).rpartition("=")
        if is_pair and name not in CATALOGUE:
            raise ValueError(f"unknown field {name!r}: {known_hint(name, CATALOGUE)}")
        ages[name] = parse_age(age)
    return ages


def names(value: object) -> tuple[str, ...]:
    """The names in a text or a list of texts, separated by commas; none in None."""
    if value is None:
        return ()
    texts = value if isinstance(value, list | tuple) else [value]
    return tuple(part.strip() for text in texts for part in str(text).split(",") if part.strip())


def _error_limit(value: object) -> ErrorLimit:
    text = str(value).strip()
    if text.endswith("%"):
        try:
            share = float(text[:-1]) / 100
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            raise ValueError(f"{text!r} is not a share, such as 5%")
        return ErrorLimit(share=share)
    return ErrorLimit(count=_number(value))


def _number(value: object) -> int:
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValueError(f"{text!r} is not a whole number of zero or more")
    return int(text)


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
    "fail_over": _money,
    "max_per_cell": _money,
    "max_errors": _error_limit,
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
            raise error(f"{source}unknown key {name!r}", hint=known_hint(name, _OPTIONS))
        try:
            values[name] = _OPTIONS[name](value)
        except ValueError as reason:
            raise error(f"{shown}: {reason}") from reason
    return values


OPTION_NAMES = tuple(_OPTIONS)
"""What can be said in [run], in the environment and as an option, by name."""
