"""`enrich fields`: what can be asked for, and who can answer it."""

from __future__ import annotations

from enrich_cli.cli.options import PLACES, Json, takes


@takes(PLACES)
def fields(json_: Json = False, **flags: object) -> None:
    """List the fields that can be asked for, and the providers that know them."""
    from enrich_cli.compose import compose
    from enrich_cli.views.catalogue import fields_json, print_fields

    with compose(flags) as composition:
        if json_:
            composition.streams.stdout.buffer.write(fields_json(composition.specs))
        else:
            print_fields(composition.specs, composition.console_out)
