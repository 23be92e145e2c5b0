"""`enrich providers`: who can be asked."""

from __future__ import annotations

from typing import Annotated

import typer

from enrich_cli.cli.options import PLACES, Json, takes

app = typer.Typer(help="Who can be asked: list, show.", no_args_is_help=True)


@app.command("list")
@takes(PLACES)
def list_(json_: Json = False, **flags: object) -> None:
    """List the providers: tier, price, key, what they give."""
    from enrich_cli.compose import compose
    from enrich_cli.views.catalogue import print_providers, providers_json

    with compose(flags) as composition:
        specs = list(composition.specs.values())
        if json_:
            composition.streams.stdout.buffer.write(providers_json(specs, composition.has_key))
            return
        print_providers(specs, composition.has_key, composition.console_out)


@app.command("show")
@takes(PLACES)
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A provider's name.")],
    json_: Json = False,
    **flags: object,
) -> None:
    """Show one provider: what it gives and needs, its price, limits and key."""
    from enrich_cli.app.planning import provider_named
    from enrich_cli.compose import compose
    from enrich_cli.views.catalogue import print_provider, providers_json

    flags |= {"providers": [name]}  # who names it means it, wherever its file lies
    with compose(flags) as composition:
        spec = provider_named(name, composition.specs)
        if json_:
            composition.streams.stdout.buffer.write(providers_json([spec], composition.has_key))
            return
        print_provider(spec, composition.console_out, has_key=composition.has_key(spec))
