"""The options that each command takes, by the names that scripts rely on, and its help."""

from __future__ import annotations

import pytest
import typer
from rich.cells import cell_len
from typer.testing import CliRunner

from enrich_cli.cli.app import app

PLACES = {"--config", "--cache", "--provider-dir", "--sandbox"}
SHARED = PLACES | {
    "--columns", "--providers", "--budget", "--max-per-entity", "--max-per-cell",
    "--explain-order", "--where", "--limit", "--sample",
    "--seed", "--overwrite", "--refresh", "--offline", "--max-age", "--json", "--quiet", "--yes",
    "--allow-private-hosts", "--rebuy-unknown", "--accept-low", "--format", "--no-header",
    "--strict", "--fail-over",
}  # fmt: skip
OPTIONS = {
    "estimate": SHARED | {"--save", "--pilot"},
    "run": SHARED
    | {"-o", "--output", "--raw-values", "--report", "--provenance", "--events", "--in-place",
       "--concurrency", "--max-errors", "--log", "--if-changed", "--plan"},
    "warm": SHARED | {"--concurrency", "--max-errors"},
    "inspect": PLACES | {"--json", "--format", "--no-header", "--strict"},
    "fields": PLACES | {"--json"},
    "providers list": PLACES | {"--json"},
    "providers show": PLACES | {"--json"},
    "providers check": PLACES | {"--live", "--yes"},
    "providers new": PLACES | {"--entity"},
    "providers schema": set(),
    "cache forget": PLACES | {"--json"},
    "jobs list": PLACES | {"--json"},
    "jobs show": PLACES | {"--json"},
    "jobs explain": PLACES | {"--json"},
    "jobs diff": PLACES | {"--json"},
    "cache stats": PLACES | {"--json"},
    "cache export": PLACES,
    "cache import": PLACES,
    "cache prune": PLACES | {"--older-than", "--yes"},
    "sandbox": {"--port"},
    "init": PLACES | {"--format", "--no-header", "--strict"},
    "config show": (SHARED - {"--columns", "--format", "--no-header", "--strict"}),
    "doctor": PLACES | {"--json"},
}  # fmt: skip


def commands() -> dict[str, typer.core.TyperCommand]:
    """Every command by what one types for it."""
    found = {}
    waiting = [("", typer.main.get_command(app))]
    while waiting:
        name, command = waiting.pop()
        if isinstance(command, typer.core.TyperGroup):
            waiting += [(f"{name} {n}".strip(), c) for n, c in command.commands.items()]
        else:
            assert isinstance(command, typer.core.TyperCommand)
            found[name] = command
    return found


def test_the_commands_are_these() -> None:
    assert commands().keys() == OPTIONS.keys()


@pytest.mark.parametrize("name", OPTIONS)
def test_a_commands_options_have_the_names_that_scripts_use(name: str) -> None:
    options = [p for p in commands()[name].params if p.param_type_name == "option"]
    names = {text for option in options for text in (*option.opts, *option.secondary_opts)}
    assert names - {"--help", "-h"} == OPTIONS[name]


@pytest.mark.parametrize("name", ["", "providers", "jobs", "cache", "config", *OPTIONS])
def test_help_fits_into_80_columns_and_shows_every_option_whole(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    done = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "80"})
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert max(map(cell_len, lines)) <= 80
    words = done.stdout.split()
    assert {option for option in OPTIONS.get(name, ()) if option not in words} == set()
    assert "…" not in done.stdout  # nothing is cut off
