"""`enrich run`: do it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from enrich_cli.cli.options import (
    SHARED,
    Format,
    Json,
    NoHeader,
    Strict,
    TableOrPlan,
    switch,
    takes,
)


@takes(SHARED)
def run(
    table: TableOrPlan = None,
    plan: Annotated[
        Path | None,
        typer.Option(
            metavar="PLAN", help="Do what `enrich estimate --save` has frozen, or refuse."
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT",
            help="Where the table goes (default: beside it); - for standard output.",
        ),
    ] = None,
    in_place: Annotated[bool, switch("--in-place", "Replace the input table.")] = False,
    report: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Cost report, .json, .md or .html; may be repeated."),
    ] = None,
    provenance: Annotated[
        str, typer.Option(metavar="HOW", help="none, columns or file: where each value came from.")
    ] = "none",
    events: Annotated[
        str | None, typer.Option(metavar="PATH", help="JSON lines as things happen; - for stdout.")
    ] = None,
    log: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Append what goes wrong, with its time.")
    ] = None,
    if_changed: Annotated[
        bool, switch("--if-changed", "Do nothing where nothing has changed since the last run.")
    ] = False,
    concurrency: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Calls in flight to one provider.")
    ] = None,
    max_errors: Annotated[
        str | None,
        typer.Option(metavar="N|P%", help="Stop asking once so many questions ended in trouble."),
    ] = None,
    raw_values: Annotated[
        bool, switch("--raw-values", "Write values as they came, even those like formulas.")
    ] = False,
    format_: Format = None,
    no_header: NoHeader = False,
    strict: Strict = False,
    json_: Json = False,
    **flags: object,
) -> None:
    """Enrich TABLE: write the table with the wanted columns filled, and a cost report."""
    from enrich_cli import job
    from enrich_cli.cli.destination import Destination
    from enrich_cli.cli.running import run_job
    from enrich_cli.domain.errors import UsageError
    from enrich_cli.settings import names

    reading: dict[str, Any] = {"format": format_, "no_header": no_header, "strict": strict}
    asked = names(flags.pop("columns", None))
    frozen = None
    if plan is not None:
        from enrich_cli.cli.applying import restored
        from enrich_cli.plan_file import read

        frozen = read(plan)
        table, asked, reading, flags = restored(frozen, table, asked, reading, flags)
    if table is None:
        raise UsageError("no table is named", hint="enrich run TABLE, or --plan PLAN")
    flags |= {"concurrency": concurrency, "max_errors": max_errors, "raw_values": raw_values}
    destination = Destination(
        output=output,
        in_place=in_place,
        reports=tuple(report or ()),
        provenance=provenance,
        events=events,
        json=json_,
        log=log,
        if_changed=if_changed,
    )
    said = job.told(reading["format"], no_header=reading["no_header"], strict=reading["strict"])
    raise typer.Exit(run_job(table, said, destination, asked, flags, frozen))
