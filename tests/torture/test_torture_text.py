"""Text tables of every spelling through the real command: byte for byte, or one clear refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from enrich_cli.tables import reading
from tests.torture.conftest import Enrich
from tests.torture.files import FILES


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 80


@pytest.mark.parametrize("name", FILES)
def test_torture(tmp_path: Path, enrich: Enrich, name: str) -> None:
    _check(tmp_path, enrich, name)


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
def test_torture_as_if_large(
    tmp_path: Path, enrich: Enrich, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Large tables are identified while they are looked at, and are not always as they began."""
    monkeypatch.setattr(reading, "LARGE", 0)
    monkeypatch.setattr(reading, "BEGINNING", 24)
    _check(tmp_path, enrich, name)


def _check(tmp_path: Path, enrich: Enrich, name: str) -> None:
    case = FILES[name]
    path, out = tmp_path / f"in{case.ending}", tmp_path / f"out{case.ending}"
    path.write_bytes(case.content)
    ran = enrich(path, out, *case.options)
    assert path.read_bytes() == case.content
    if case.refused:
        told = [line for line in ran.said.splitlines() if line.startswith("enrich: ")]
        assert ran.code == 2
        assert len(told) == 1
        assert case.refused in told[0]
        assert not out.exists()
    else:
        assert ran.code == 0, ran.said
        assert out.read_bytes() == case.out
        assert case.note in ran.said
