"""`enrich config`: what a command would run with, and who said so."""

from __future__ import annotations

import typer

from enrich_cli.cli.options import SHARED, Json, takes

app = typer.Typer(help="The configuration: show.", no_args_is_help=True)


@app.command("show")
@takes(tuple(option for option in SHARED if option.name != "columns"))
def show(json_: Json = False, **flags: object) -> None:
    """Show each setting and where it comes from: an option, the environment, the file. No keys."""
    import os
    import sys
    from pathlib import Path

    from enrich_cli.compose import compose
    from enrich_cli.origins import origins
    from enrich_cli.views.encode import encode_document
    from enrich_cli.views.tables import Column, Kind, print_table

    with compose(flags) as composition:  # refuses what cannot be
        said = origins(flags, os.environ, Path.cwd(), composition.settings)
        if json_:
            lines = [{"key": o.key, "value": o.value, "from": o.source} for o in said]
            sys.stdout.buffer.write(encode_document(lines))
            return
        columns = (
            Column("setting", Kind.NAME),
            Column("value", Kind.WORDS),
            Column("from", Kind.WORDS),
        )
        rows = [(o.key, o.value, o.source) for o in said]
        print_table(composition.console_out, columns, rows)
