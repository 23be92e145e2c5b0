"""`enrich inspect`: which columns identify what, and what was rejected."""

from __future__ import annotations

from enrich_cli.cli.options import PLACES, Format, Json, NoHeader, Strict, Table, takes


@takes(PLACES)
def inspect(
    table: Table,
    format_: Format = None,
    no_header: NoHeader = False,
    strict: Strict = False,
    json_: Json = False,
    **flags: object,
) -> None:
    """Show which columns of TABLE name companies and people, and what was rejected."""
    from enrich_cli import job
    from enrich_cli.compose import compose
    from enrich_cli.views.inspect import inspect_json, print_inspection

    with compose(flags) as composition:
        said = job.told(format_, no_header=no_header, strict=strict)
        looked = composition.look(table, said)
        inspection = job.inspect(looked, composition.settings)
        if json_:
            composition.streams.stdout.buffer.write(inspect_json(inspection))
            return
        composition.say_notes(looked.source.notes)
        print_inspection(inspection, composition.console_out)
