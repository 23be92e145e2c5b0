"""Two runs that want the same output."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import PATIENCE, acme_in, holding, shell, spec, started

pytestmark = pytest.mark.long

RUN = (
    "run t.csv --columns company_name --providers acme --provider-dir own --budget 10 --quiet"
    " -o out.csv"
)


def test_the_second_run_for_an_output_is_refused_until_the_first_ends(folder: Path) -> None:
    (folder / "t.csv").write_text("site\na.example\nb.example\n", "utf-8")
    with holding() as acme:
        acme_in(folder, spec(acme.url))
        with started(RUN, folder) as first:
            acme.wait_for(2)
            second = shell(f"enrich {RUN}", folder)
            assert second.returncode == 2
            assert second.stderr.splitlines()[0] == (
                f"enrich: out.csv is being written by another run (process {first.pid})"
            )
            (folder / "link.csv").symlink_to("out.csv")
            third = shell(f"enrich {RUN.replace('out.csv', 'link.csv')}", folder)
            assert third.returncode == 2  # the same file by another name
            acme.let_go.set()
            first.communicate(timeout=PATIENCE)
            assert first.returncode == 0
        assert acme.arrived.empty()  # the others asked nobody
        assert shell(f"enrich {RUN}", folder).returncode == 0
        assert [path.name for path in folder.glob(".*")] == []


def test_a_run_that_was_killed_holds_nothing(folder: Path) -> None:
    (folder / "t.csv").write_text("site\na.example\n", "utf-8")
    with holding() as acme:
        acme_in(folder, spec(acme.url, price="0"))
        with started(RUN, folder) as first:
            acme.wait_for(1)
            first.kill()
            first.communicate(timeout=PATIENCE)
        acme.let_go.set()
        assert [path.name for path in folder.glob(".*lock")] == [".out.csv.enrich-lock"]
        again = shell(f"enrich {RUN.replace('--budget 10', '--budget 10 -o other.csv')}", folder)
        assert again.returncode in (0, 2)
        assert "being written" not in shell(f"enrich {RUN}", folder).stderr
        assert [path.name for path in folder.glob(".*lock")] == []
