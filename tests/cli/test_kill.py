"""A few killed runs; `python -m tests.bench kill` does it two hundred times."""

from __future__ import annotations

import pytest

from tests.bench.kill import SPECS, worlds_of

pytestmark = pytest.mark.long


@pytest.mark.parametrize("kind", SPECS)
def test_a_killed_run_loses_nothing_and_buys_nothing_twice_unsaid(kind: str) -> None:
    worlds = list(worlds_of(kind, kills=3, seed=7))
    assert sum(world.kills for world in worlds) == 3
    assert [world for world in worlds if not world.right] == []
