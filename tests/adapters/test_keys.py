"""Where a key may come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from enrich_cli.adapters.keys import key_text
from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.provider import ProviderSpec, Tier
from enrich_cli.settings import resolve

SPEC = ProviderSpec("acme", EntityType.COMPANY, Tier.CHEAP, frozenset(), (), key_env="ACME_KEY")


def test_the_variable_then_its_file_then_the_configured_file(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("\ufefffirst-key\n")
    two.write_text(" second-key ")
    files, named = {"acme": two}, {"ACME_KEY_FILE": str(one)}
    assert key_text(SPEC, {**named, "ACME_KEY": "k"}, files) == "k"
    assert key_text(SPEC, {**named, "ACME_KEY": ""}, files) == "first-key"
    assert key_text(SPEC, {}, files) == "second-key"
    assert key_text(SPEC, {}, {"other": two}) is None


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe\x00secret"])
def test_a_file_that_cannot_be_is_named_and_not_quoted(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as told:
        key_text(SPEC, {"ACME_KEY_FILE": str(path)}, {})
    assert told.value.message.startswith(f"ACME_KEY_FILE: {path} ")
    assert "secret" not in f"{told.value.message} {told.value!r}"


def test_the_configuration_names_a_file_beside_itself(tmp_path: Path) -> None:
    (tmp_path / "enrich.toml").write_text('[provider.acme]\nkey_file = "keys/acme"\n')
    settings = resolve({}, {}, tmp_path, tmp_path)
    assert settings.key_files == {"acme": tmp_path / "keys" / "acme"}
    assert settings.overrides == {"acme": {}}
    (tmp_path / "enrich.toml").write_text("[provider.acme]\nkey_file = 3\n")
    with pytest.raises(ConfigError, match=r"\[provider.acme\] key_file: it is the path of a file"):
        resolve({}, {}, tmp_path, tmp_path)
