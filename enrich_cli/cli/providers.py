"""`enrich providers`: who can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from enrich_cli.cli import completing
from enrich_cli.cli.options import PLACES, Json, takes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from enrich_cli.compose import Composition
    from enrich_cli.views.catalogue import HitRate

app = typer.Typer(help="Who can be asked: list, show, check, and new ones.", no_args_is_help=True)

_Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="A provider's name.", autocompletion=completing.provider),
]


@app.command("list")
@takes(PLACES)
def list_(json_: Json = False, **flags: object) -> None:
    """List the providers: tier, price, limits, key, what they give, how often they knew."""
    from enrich_cli.compose import compose
    from enrich_cli.views.catalogue import print_providers, providers_json

    with compose(flags) as composition:
        specs, rates = list(composition.specs.values()), _hit_rates(composition)
        if json_:
            document = providers_json(specs, composition.has_key, rates)
            composition.streams.stdout.buffer.write(document)
            return
        print_providers(specs, composition.has_key, rates, composition.console_out)


@app.command("show")
@takes(PLACES)
def show(name: _Name, json_: Json = False, **flags: object) -> None:
    """Show one provider: what it gives and needs, its price, limits and key."""
    from enrich_cli.app.planning import provider_named
    from enrich_cli.compose import compose
    from enrich_cli.views.catalogue import print_provider, providers_json

    flags |= {"providers": [name]}  # who names it means it, wherever its file lies
    with compose(flags) as composition:
        spec, rates = provider_named(name, composition.specs), _hit_rates(composition)
        if json_:
            document = providers_json([spec], composition.has_key, rates)
            composition.streams.stdout.buffer.write(document)
            return
        present = composition.has_key(spec)
        rate = rates.get(spec.name)
        print_provider(spec, composition.console_out, has_key=present, rate=rate)


@app.command("check")
@takes(PLACES)
def check(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", show_default=False)] = None,
    live: Annotated[
        bool,
        typer.Option("--live", help="Also ask NAME about somebody made up; asks before it costs."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before money is spent.")] = False,
    **flags: object,
) -> None:
    """Check the spec files, or the one of NAME; with --live also whether the provider answers."""
    from enrich_cli.cli.checking import ask_live, check_specs
    from enrich_cli.domain.errors import UsageError

    if live and name is None:
        raise UsageError("--live asks one provider", hint="enrich providers check NAME --live")
    code = check_specs(name, flags)
    if live and name is not None and not code:
        code = ask_live(name, {**flags, "yes": yes})
    raise typer.Exit(code)


@app.command("new")
@takes(PLACES)
def new(
    name: _Name,
    entity: Annotated[
        str, typer.Option(metavar="TYPE", help="Whom it knows: company or person.")
    ] = "company",
    **flags: object,
) -> None:
    """Write the spec of a new provider into your providers folder, to be filled in."""
    from enrich_cli.cli.checking import write_new
    from enrich_cli.compose import compose

    with compose(flags) as composition:
        path = write_new(name, entity, composition)
        composition.say(f"written: {path}; now fill it in, and `enrich providers check {name}`")


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of spec files, for editors."""
    import json

    from enrich_cli.adapters.spec_schema import spec_schema

    typer.echo(json.dumps(spec_schema(), indent=2))


def _hit_rates(composition: Composition) -> Mapping[str, HitRate]:
    """What each provider knew of whom it was asked about, in all jobs of the store so far."""
    import asyncio

    from enrich_cli.views.catalogue import hit_rates

    return hit_rates(asyncio.run(composition.store.jobs()))
