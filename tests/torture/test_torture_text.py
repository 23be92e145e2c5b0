"""Text tables of every spelling through the real command: byte for byte, or one clear refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.conftest import Enrich
from tests.torture.files import FILES


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 80


@pytest.mark.parametrize("name", FILES)
def test_torture(tmp_path: Path, enrich: Enrich, name: str) -> None:
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
