"""`enrich warm`: fill the store ahead of time."""

from __future__ import annotations

from typing import Annotated

import typer

from enrich_cli.cli.options import SHARED, Format, Json, NoHeader, Strict, Table, takes

NICE = 10
"""How far the process stands back for others that want the processor, see nice(2)."""
_CALLS = 2


@takes(SHARED)
def warm(
    table: Table,
    concurrency: Annotated[
        int, typer.Option(metavar="N", min=1, help="Calls in flight to one provider.")
    ] = _CALLS,
    max_errors: Annotated[
        str | None,
        typer.Option(metavar="N|P%", help="Stop asking once so many questions ended in trouble."),
    ] = None,
    format_: Format = None,
    no_header: NoHeader = False,
    strict: Strict = False,
    json_: Json = False,
    **flags: object,
) -> None:
    """Ask about TABLE ahead of time, at low priority: answers go to the store, no file is written.

    It waits while a run goes on with the same store.
    """
    import os

    from enrich_cli import job
    from enrich_cli.cli.destination import Destination
    from enrich_cli.cli.running import run_job
    from enrich_cli.settings import names

    os.nice(NICE)
    flags |= {"concurrency": concurrency, "max_errors": max_errors}
    nowhere = Destination(
        output=None,
        in_place=False,
        reports=(),
        provenance="none",
        events=None,
        json=json_,
        warming=True,
    )
    said = job.told(format_, no_header=no_header, strict=strict)
    asked = names(flags.pop("columns", None))
    raise typer.Exit(run_job(table, said, nowhere, asked, flags))
