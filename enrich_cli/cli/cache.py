"""`enrich cache`: what is stored."""

from __future__ import annotations

from typing import Annotated

import typer

from enrich_cli.cli.options import PLACES, Json, takes

app = typer.Typer(help="What is stored: forget.", no_args_is_help=True)


@app.command("forget")
@takes(PLACES)
def forget(
    entity: Annotated[
        str,
        typer.Argument(
            metavar="ENTITY",
            help='A domain, e-mail address, LinkedIn page, "name|domain", "name|country" or id.',
        ),
    ],
    json_: Json = False,
    **flags: object,
) -> None:
    """Remove one company or person everywhere in the store: answers, reports, waiting jobs.

    Charges stay, for money that was spent is never forgotten, but name nobody. Files that earlier
    runs have written (tables, reports) are yours to look after.
    """
    import asyncio
    import json
    from dataclasses import asdict

    from enrich_cli.compose import compose
    from enrich_cli.domain.entity import EntityType
    from enrich_cli.domain.errors import UsageError
    from enrich_cli.tables.naming import named

    found = named(entity)
    if not found:
        raise UsageError(
            f"{entity!r} names nobody",
            hint="give a domain, an e-mail address, a LinkedIn page, or name|domain",
        )
    with compose(flags) as composition:
        people = [one for one in found if one.type is EntityType.PERSON]
        texts = {one.canonical for one in people if one.canonical != one.key}
        keys = {one.key for one in found}
        store, now = composition.store, composition.clock.now()
        gone = asyncio.run(store.forget(keys, texts, now))
        if json_:
            composition.streams.stdout.write(json.dumps(asdict(gone)) + "\n")
            return
        if gone == type(gone)():
            composition.say("the store has nothing about this entity")
            return
        composition.say(
            f"forgotten: {gone.answers} answers; no longer named in {gone.others} answers about "
            f"others, {gone.polls} waiting jobs, {gone.charges} charges, {gone.reports} reports"
        )
