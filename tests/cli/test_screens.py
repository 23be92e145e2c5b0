"""The screens are those that were looked at, and fit their width."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.screens import GOLDEN, SCREENS, WIDTHS, errors, on_terminal, screen

pytestmark = pytest.mark.long


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_the_golden_one(name: str, width: int, folder: Path) -> None:
    seen = screen(name, width, folder)
    assert seen == (GOLDEN / f"{name}.{width}.txt").read_text("utf-8")
    assert max(map(cell_len, seen.splitlines())) <= min(width, 100)
    assert "\x1b" not in seen


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SCREENS)
def test_a_terminal_shows_the_same(name: str, width: int, folder: Path) -> None:
    assert on_terminal(name, width, folder) == (GOLDEN / f"{name}.{width}.txt").read_text("utf-8")


def test_each_kind_of_error_is_told_as_once_agreed(folder: Path) -> None:
    assert errors(folder) == (GOLDEN / "errors.txt").read_text("utf-8")
