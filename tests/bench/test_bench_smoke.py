"""The benchmarks' own parts, and that the bare script and the tool do the same job."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.bench import bare, calibration, cold, emails, large, recall, scarce, tables
from tests.bench.__main__ import main
from tests.bench.harness import (
    PYTHON,
    ROOT,
    Run,
    Sheet,
    alternate,
    calls,
    enrich_run,
    environment,
    ratio,
    reset,
    run,
    seconds,
    server,
    stats,
    write_spec,
)

pytestmark = pytest.mark.long


def took(wall: float) -> Run:
    return Run(wall, 0.0, 0.0, "")


def test_runs_alternate_and_the_first_pair_is_thrown_away() -> None:
    said: list[str] = []

    def noted(name: str) -> Run:
        said.append(name)
        return took(len(said))

    first, second = alternate(lambda: noted("a"), lambda: noted("b"), 3)
    assert said == ["a", "b"] * 4
    assert [one.seconds for one in first] == [3, 5, 7]
    assert [one.seconds for one in second] == [4, 6, 8]


def test_the_ratio_is_the_median_over_pairs() -> None:
    ours, floor = [took(2), took(90), took(3)], [took(1), took(30), took(3)]
    assert ratio(ours, floor) == 2
    assert seconds(ours) == 3


def test_a_sheet_says_what_was_met_and_holds_counts_only() -> None:
    sheet = Sheet("title")
    sheet.at_most("quick", 1.2, 1.25)
    sheet.at_most("slow", 1.3, 1.25)
    sheet.at_least("saved", 66.7, 66.6)
    sheet.exactly("calls", 50, 50)
    before = sheet.held
    sheet.exactly("again", 1, 0)
    assert (before, sheet.held) == (True, False)
    assert sheet.text().splitlines() == [
        "title",
        "  quick    1.20  at most 1.25: met",
        "  slow     1.30  at most 1.25: MISSED",
        "  saved  66.7 %  at least 66.6 %: met",
        "  calls      50",
        "  again       1  WRONG: must be 0",
    ]


def test_a_process_is_measured_and_a_wrong_exit_is_told() -> None:
    good = run([PYTHON, "-S", "-c", "print('[1]')"])
    assert good.json() == [1]
    assert good.cpu > 0
    assert good.peak > 1
    with pytest.raises(RuntimeError, match="gave 3"):
        run([PYTHON, "-S", "-c", "raise SystemExit(3)"])
    assert run([PYTHON, "-S", "-c", "raise SystemExit(3)"], codes=(3,)).out == ""


def test_children_start_without_what_would_slow_or_divert_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "ENRICH_BUDGET", "HTTPS_PROXY", "PYTHONPATH"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PATH", "/somewhere")
    kept = environment()
    assert kept["PATH"] == "/somewhere"
    assert not {"PYTHONDONTWRITEBYTECODE", "ENRICH_BUDGET", "HTTPS_PROXY", "PYTHONPATH"} & set(kept)


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bear"]) == 2
    assert capsys.readouterr().err.startswith("no benchmark 'bear': there are bare, ")


def test_the_calls_of_a_report_are_summed() -> None:
    assert calls({"providers": [{"calls": 3}, {"calls": 4}]}) == 7


def test_spread_out_companies_come_back_as_many(tmp_path: Path) -> None:
    tables.companies(tmp_path / "t.csv", 40, 10)
    frame = pl.read_csv(tmp_path / "t.csv", infer_schema=False)
    assert (frame.height, frame["website"].n_unique()) == (40, 10)
    tables.spellings(tmp_path / "s.csv", 5)
    frame = pl.read_csv(tmp_path / "s.csv")
    assert (frame.height, frame["contact"].n_unique()) == (20, 20)
    tables.many(tmp_path / "m.csv", 80)
    frame = pl.read_csv(tmp_path / "m.csv", infer_schema=False)
    counts = [frame[name].n_unique() for name in ("id", "company", "website", "email")]
    assert counts == [80, 4, 16, 20]


def test_short_money_fills_more_than_any_order_by_position(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert scarce.main(companies=60, rows=500, shuffles=10)
    assert capsys.readouterr().out.count("orders by position that fill more") == 3


def test_every_look_up_finds_what_a_run_has_left() -> None:
    assert recall.main(entities=300)


def test_a_second_run_asks_nobody_and_writes_the_same() -> None:
    assert cold.main(entities=1_100)


def test_the_bare_script_and_the_tool_agree(tmp_path: Path) -> None:
    table, specs = tmp_path / "t.csv", tmp_path / "specs"
    tables.companies(table, 40, 10)
    script = [PYTHON, str(ROOT / "tests/bench/bare_script.py")]
    with server("tests.bench.tiny_server") as url:
        write_spec(specs, "bench", bare.SPEC, url=url)
        run([*script, str(table), str(tmp_path / "bare.csv"), url, "website"])
        assert stats(url) == {"calls": 10, "items": 10}
        reset(url)
        command = enrich_run(
            table, tmp_path / "ours.csv", tmp_path / "cache", specs, bare.COLUMNS, ["bench"]
        )
        report = json.loads(run([*command, "--json"]).out)
        assert stats(url) == {"calls": 10, "items": 10}
        assert (calls(report), report["table"]["cells_filled"]) == (10, 120)
        reset(url)
        run(command)
        assert stats(url)["calls"] == 0
    theirs, ours = (
        pl.read_csv(tmp_path / name, infer_schema=False) for name in ("bare.csv", "ours.csv")
    )
    assert theirs.null_count().sum_horizontal().item() == 0
    assert_frame_equal(ours, theirs)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_large_benchmark_compares_what_does_the_same_job(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["large", "--rows", "2000", "--companies", "50", "--runs", "1", "--format", form]) == 0
    )
    said = capsys.readouterr().out
    assert "enrich run / pass-through" in said
    assert "WRONG" not in said


def test_the_work_on_the_table_is_measured_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert large.measure(2000, 50, 1, "csv", alone=True)
    assert "join and write" in capsys.readouterr().out


def test_a_large_table_has_fewer_spellings_than_rows(tmp_path: Path) -> None:
    tables.large(tmp_path / "t.csv", 2000, 100)
    frame = pl.read_csv(tmp_path / "t.csv", infer_schema=False)
    counts = [frame[name].n_unique() for name in ("id", "company", "website", "email")]
    assert counts == [2000, 100, 370, 500]


def test_estimates_hold_and_no_order_is_cheaper_than_the_best() -> None:
    for answers in (0, 60):
        one = calibration.world(Random(7), answers)
        assert one.bill <= one.worst
        for bills in (one.real, one.expected):
            assert 0 < bills.best <= min(bills.learned, bills.by_tier, bills.by_price)
        assert one.expected.best == one.expected.by_oracle
        assert one.low <= one.likely <= one.high


def test_what_too_little_money_fills_is_told() -> None:
    one = calibration.short(0)
    assert 0 < one.spent <= one.budget
    assert abs(one.found / one.filled - 1) < 0.25


def test_everybody_in_a_table_of_addresses_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert emails.main(["--rows", "3000"])
    assert "(3000, 3000)" in capsys.readouterr().out
