"""How long it takes until something is said, against an empty application."""

from __future__ import annotations

from pathlib import Path

from tests.bench.harness import (
    ENRICH,
    PYTHON,
    ROOT,
    SAMPLES,
    Run,
    Sheet,
    alternate,
    folder,
    ratio,
    run,
    seconds,
)

LIBRARIES = (
    "polars, typer, rich.console, rich.table, pydantic.main, pydantic.type_adapter,"
    " httpx, aiohttp, httpx_aiohttp, msgspec, jmespath"
)
"""Those of a run. Some load their parts late: here those by which they do their work."""
LOADED = "polars, typer, rich.console, rich.table, pydantic.main, pydantic.type_adapter, msgspec"
"""Those of an estimate, which opens no connection."""
PAIRS = 15


def main(pairs: int = PAIRS) -> bool:
    """Measure and print."""
    sheet = Sheet("startup: milliseconds, medians")
    with folder() as place:
        empty = [PYTHON, str(ROOT / "tests/bench/empty_app.py"), "--help"]
        _compare(sheet, "enrich --help", [ENRICH, "--help"], "empty Typer app", empty, pairs, 1.15)
        _compare(sheet, "enrich --version", [ENRICH, "--version"], "empty Typer app", empty, pairs)
        tab = {"_ENRICH_COMPLETE": "complete_bash", "COMP_WORDS": "enrich ru", "COMP_CWORD": "1"}
        asked = ["env", *(f"{name}={value}" for name, value in tab.items()), ENRICH]
        _compare(sheet, "enrich ru<Tab>", asked, "empty Typer app", empty, pairs, 1.15)
        estimate = _estimate(place)
        all_ = [PYTHON, "-c", f"import {LIBRARIES}"]
        _compare(sheet, "enrich estimate", estimate, "imports of the libraries", all_, pairs, 1.5)
        some = [PYTHON, "-c", f"import {LOADED}"]
        _compare(sheet, "enrich estimate", estimate, "imports without a client", some, pairs)
    return sheet.show()


def _estimate(place: Path) -> list[str]:
    columns = ["--columns", "company_name,industry"]
    return [ENRICH, "estimate", str(SAMPLES / "leads.csv"), *columns, "--cache", str(place)]


def _compare(
    sheet: Sheet,
    name: str,
    command: list[str],
    floor_name: str,
    floor: list[str],
    pairs: int,
    goal: float | None = None,
) -> None:
    def ours() -> Run:
        return run(command)

    def theirs() -> Run:
        return run(floor)

    took, least = alternate(ours, theirs, pairs)
    sheet.add(name, f"{seconds(took) * 1000:.0f}")
    sheet.add(f"  {floor_name}", f"{seconds(least) * 1000:.0f}")
    if goal is None:
        sheet.add("  ratio", f"{ratio(took, least):.2f}")
    else:
        sheet.at_most("  ratio", ratio(took, least), goal)
