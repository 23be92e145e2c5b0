"""Each setting with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enrich_cli.config_file import config_path, read_config
from enrich_cli.settings import OPTION_NAMES, Flags, Settings

DEFAULT = "default"
_SECRET = frozenset({"auth", "headers", "header", "key", "token", "password", "secret"})
"""Keys of a provider's table below which somebody may have put a key in spite of all."""
_MASK = "(not shown)"


@dataclass(frozen=True, slots=True)
class Said:
    """One setting: its key, its value as text, and who said it."""

    key: str
    value: str
    source: str


def origins(
    flags: Flags, environ: Mapping[str, str], folder: Path, settings: Settings
) -> list[Said]:
    """What holds for a command with these options, those that nobody has set at the end.

    `settings` is what `resolve` made of the same. Raises ConfigError.
    """
    named = flags.get("config") or environ.get("ENRICH_CONFIG") or None
    path = config_path(named, folder)
    file: dict[str, Any] = {} if path is None else read_config(path)
    own = file.get("run", {})
    said: list[Said] = []
    unsaid: list[Said] = []
    for name in OPTION_NAMES:
        variable = f"ENRICH_{name.upper()}"
        if flags.get(name) not in (None, False, []):
            option = f"--{name.replace('_', '-')}"
            said.append(Said(f"run.{name}", _text(flags[name]), option))
        elif environ.get(variable):
            said.append(Said(f"run.{name}", environ[variable], variable))
        elif name in own:
            said.append(Said(f"run.{name}", _text(own[name]), str(path)))
        else:
            unsaid.append(Said(f"run.{name}", _default(name, settings), DEFAULT))
    for table, content in file.items():
        if table != "run":
            said += [Said(key, value, str(path)) for key, value in _flat(table, content)]
    return [*said, *unsaid]


def _default(name: str, settings: Settings) -> str:
    value = getattr(settings, name, None)
    return "" if value in (None, (), "") else _text(value)


def _flat(key: str, value: object, *, hidden: bool = False) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            secret = key.startswith("provider.") and name.lower() in _SECRET
            yield from _flat(f"{key}.{name}", one, hidden=hidden or secret)
    else:
        yield key, _MASK if hidden else _text(value)


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list() | tuple():
            return ", ".join(map(_text, value))
        case _:
            return str(value)
