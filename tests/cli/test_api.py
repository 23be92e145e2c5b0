"""`from enrich_cli import enrich`: the same job on a frame, also inside of a running loop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from enrich_cli import Enriched, enrich
from enrich_cli.domain.errors import PlanRefusedError, UsageError
from tests.cli.shell import holding, shell, spec

FRAME = pl.DataFrame(
    {"n": [1, 2, 3], "site": ["acme.example", "bolt.example", "acme.example"], "at": [None, 1.5, 2]}
)


def asked(folder: Path, *, provenance: bool = False, **more: object) -> Enriched:
    return enrich(
        FRAME,
        "company_name",
        provenance=provenance,
        progress=False,
        providers=["acme"],
        cache=folder / "s",
        provider_dir=[folder / "own"],
        allow_private_hosts=True,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    return tmp_path


def test_a_frame_is_enriched_by_the_same_job(own: Path) -> None:
    with holding() as held:
        held.let_go.set()
        (own / "own" / "acme.toml").write_text(spec(held.url))
        with pytest.raises(PlanRefusedError, match=r"this may cost up to \$0.10"):
            asked(own)
        first = asked(own, budget="5")

        async def in_a_notebook() -> Enriched:
            return asked(own, budget="5", provenance=True)

        again = asyncio.run(in_a_notebook())
        assert len(held.wait_for(2)) == 2
        assert held.arrived.empty()
    assert_frame_equal(first.frame.select(FRAME.columns), FRAME)
    assert first.frame["company_name"].to_list() == ["Acme", "Bolt", "Acme"]
    assert (first.report.spent, again.report.spent) == (100_000, 0)
    assert again.frame["company_name__source"].to_list() == ["acme"] * 3


def test_what_cannot_be_is_said(own: Path) -> None:
    with pytest.raises(UsageError, match="unknown option 'bugdet'") as raised:
        asked(own, bugdet="5")
    assert raised.value.hint == "did you mean 'budget'?"


def test_the_package_alone_loads_nothing_heavy() -> None:
    code = "import sys, enrich_cli; print(sorted({'polars', 'typer'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_script_says_nothing_of_a_short_run(folder: Path) -> None:
    code = (
        "import polars as pl; from enrich_cli import enrich;"
        "print(enrich(pl.DataFrame({'site': ['acme.example']}), 'company_name', sandbox=True,"
        " yes=True).report.rows)"
    )
    (folder / "script.py").write_text(code)
    done = shell("python script.py", folder)
    assert done.stdout == "1\n", done.stderr
    assert done.stderr == ""  # it took less than the five seconds after which a line is told
