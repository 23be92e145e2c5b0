"""The composition root: what one command is given, and what it tells."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from enrich_cli.compose import Streams, compose


@pytest.mark.parametrize(
    ("quiet", "told"),
    [
        (False, "a\\x1b[2Jb\nnote: c\\nd\nwarning: e\\u202ef\n"),
        (True, "warning: e\\u202ef\n"),
    ],
)
def test_what_is_told_is_one_harmless_line_each(tmp_path: Path, quiet: bool, told: str) -> None:
    err = io.StringIO()
    streams = Streams(io.BytesIO(), io.StringIO(), err)
    with compose({"quiet": quiet, "cache": tmp_path}, environ={}, streams=streams) as composition:
        composition.say("a\x1b[2Jb")
        composition.say_notes(["c\nd"])
        composition.warn("e\u202ef")
    assert err.getvalue() == told
