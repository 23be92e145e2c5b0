"""`enrich estimate`: what a run would cost, without asking anyone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from enrich_cli.cli.options import SHARED, Format, Json, NoHeader, Strict, Table, takes


@takes(SHARED)
def estimate(
    table: Table,
    save: Annotated[
        Path | None,
        typer.Option(metavar="PLAN", help="Freeze all of it in a file, for `enrich run --plan`."),
    ] = None,
    pilot: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="First ask about N of them for real, up to --budget, and keep the answers.",
        ),
    ] = None,
    format_: Format = None,
    no_header: NoHeader = False,
    strict: Strict = False,
    json_: Json = False,
    **flags: object,
) -> None:
    """Say what enriching TABLE would cost. No network, no cent spent (but for --pilot)."""
    from enrich_cli.cli.estimating import Errand, estimate_table

    errand = Errand(table, save, pilot, json_, bool(flags.pop("explain_order", False)))
    reading = {"format": format_, "no_header": no_header, "strict": strict}
    raise typer.Exit(estimate_table(errand, reading, flags))
