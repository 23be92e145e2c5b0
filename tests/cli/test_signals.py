"""A run that is told to stop: once, and it ends in order; twice, and it ends."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from enrich_cli.adapters.store import open_store
from enrich_cli.domain.ledger import Charge, ChargeState
from enrich_cli.domain.money import parse_money
from enrich_cli.domain.store import Job
from tests.cli.shell import PATIENCE, acme_in, holding, shell, spec, started, until

pytestmark = pytest.mark.long

RUN = (
    "run t.csv --columns company_name --providers acme --provider-dir own --budget 10 -o out.csv"
    " --report report.json"
)
SITES = [f"s{i}.example" for i in range(6)]


@pytest.fixture
def table(folder: Path) -> Path:
    (folder / "t.csv").write_text("site\n" + "".join(f"{site}\n" for site in SITES), "utf-8")
    return folder


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_told_once_it_waits_for_the_calls_in_flight_and_writes_all(
    table: Path, number: signal.Signals, code: int
) -> None:
    with holding() as acme:
        acme_in(table, spec(acme.url))
        with started(RUN, table) as process:
            asked = acme.wait_for(2)
            process.send_signal(number)
            until(process, "stopping: waiting for the calls in flight")
            acme.let_go.set()
            _, said = process.communicate(timeout=PATIENCE)
            assert process.returncode == code, said
        assert "Traceback" not in said
        assert "Stopped after" in said
        assert "the same command goes on where it stopped" in " ".join(said.split())
        written = pl.read_csv(table / "out.csv", infer_schema=False)
        assert written["site"].to_list() == SITES
        filled = written.filter(pl.col("company_name").is_not_null())
        assert sorted(filled["site"]) == sorted(asked)
        report = json.loads((table / "report.json").read_bytes())
        assert report["status"] == "interrupted"
        assert report["gaps"] == {"interrupted": 4}
        assert report["spend"]["spent"] == "0.10"
        assert acme.arrived.empty()  # nobody else was asked

        again = shell(f"enrich {RUN}", table)
        assert again.returncode == 0, again.stderr
        rest = acme.wait_for(4)
        assert sorted(asked + rest) == SITES  # each once, over both runs
        assert acme.arrived.empty()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_told_twice_it_ends_at_once_and_writes_down_what_it_may_have_paid(
    table: Path, number: signal.Signals, code: int
) -> None:
    with holding() as acme:
        acme_in(table, spec(acme.url))
        with started(RUN, table) as process:
            asked = acme.wait_for(2)
            process.send_signal(number)
            until(process, "stopping:")
            process.send_signal(number)
            _, said = process.communicate(timeout=PATIENCE)  # and the provider still holds
            assert process.returncode == code, said
        assert "Traceback" not in said
        assert not (table / "out.csv").exists()

        job, charges = ledger(table)
        assert job.processed == 0
        assert [charge.state for charge in charges] == [ChargeState.UNKNOWN] * 2
        assert sum(charge.actual for charge in charges) == parse_money("0.10")

        acme.let_go.set()
        again = shell(f"enrich {RUN}", table)
        assert again.returncode == 4, again.stderr  # what may be paid for is not bought twice
        rest = acme.wait_for(4)
        assert sorted(asked + rest) == SITES
        assert acme.arrived.empty()
        assert "$0.10 in 2 questions of earlier runs" in " ".join(again.stderr.split())
        assert json.loads((table / "report.json").read_bytes())["gaps"] == {"unknown_charge": 2}

        bought = shell(f"enrich {RUN} --rebuy-unknown", table)
        assert bought.returncode == 0, bought.stderr
        assert sorted(acme.wait_for(2)) == sorted(asked)


def ledger(folder: Path) -> tuple[Job, Sequence[Charge]]:
    """The only job in the store, and its charges."""
    store = open_store(folder / "home" / ".local" / "share" / "enrich")
    try:
        (job,) = asyncio.run(store.jobs())
        return job, asyncio.run(store.charges(job.id))
    finally:
        store.close()


def test_sigterm_before_a_run_has_begun_leaves_nothing_behind(folder: Path) -> None:
    """While standard input is read, there is no run that could be drained."""
    (folder / "tmp").mkdir()
    done = shell(
        "mkfifo pipe; TMPDIR=tmp enrich inspect - <pipe & pid=$!; exec 3>pipe; echo site >&3;"
        " while ! ls tmp | grep -q .; do :; done; kill -TERM $pid; wait $pid; echo $?; ls tmp",
        folder,
    )
    assert done.stdout == "143\n"
    assert done.stderr == ""
