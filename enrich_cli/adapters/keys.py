"""A provider's key: out of the environment, or out of a file that is named there or configured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.provider import ProviderSpec

_SUFFIX = "_FILE"
_MOST = 64 << 10  # bytes; a key is a line


def key_text(
    spec: ProviderSpec, environ: Mapping[str, str], files: Mapping[str, Path]
) -> str | None:
    """The key, None where there is none.

    The variable that the spec names comes first, then the file that the variable of that name and
    `_FILE` names, then the one in `files`, by provider. Raises ConfigError for a file that is
    named and cannot be read, or is empty; its message has the path and nothing of what is inside.
    """
    if not spec.key_env:
        return None
    if key := environ.get(spec.key_env):
        return key
    variable = spec.key_env + _SUFFIX
    if named := environ.get(variable):
        return _content(Path(named).expanduser(), variable)
    if (path := files.get(spec.name)) is not None:
        return _content(path, f"[provider.{spec.name}] key_file")
    return None


def _content(path: Path, where: str) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST).decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ConfigError(f"{where}: {path} holds no text") from None
    except OSError as error:
        raise ConfigError(f"{where}: {path} cannot be read: {error.strerror}") from error
    if not text:
        raise ConfigError(f"{where}: {path} is empty", hint="it is to hold the key, and no more")
    return text
