"""`enrich cache`: the stored answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from enrich_cli.cli.options import PLACES, Json, takes

app = typer.Typer(
    help="The stored answers: stats, export, import, prune, forget.", no_args_is_help=True
)

_Yes = Annotated[bool, typer.Option("--yes", metavar="", help="Do not ask before answers go.")]


@app.command("stats")
@takes(PLACES)
def stats(json_: Json = False, **flags: object) -> None:
    """Say how many answers there are, of whom, how large they are, and what they cost."""
    from enrich_cli.adapters import upkeep
    from enrich_cli.compose import compose
    from enrich_cli.views.cache import print_stats, stats_json

    with compose(flags) as composition:
        folder = composition.store_folder
        with upkeep.opened(folder) as store:
            held, traced = upkeep.holdings(store), upkeep.traced(store)
        size = sum(path.stat().st_size for path in folder.glob("cache.db*"))
        if json_:
            document = stats_json(str(folder), held, size, traced)
            composition.streams.stdout.buffer.write(document)
            return
        print_stats(str(folder), held, size, traced, composition.console_out)


@app.command("export")
@takes(PLACES)
def export(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="A Parquet file to write.")],
    **flags: object,
) -> None:
    """Write all answers to a Parquet file, for `enrich cache import` elsewhere."""
    from enrich_cli.adapters import upkeep
    from enrich_cli.compose import compose
    from enrich_cli.domain.errors import OutputError
    from enrich_cli.tables.exchange import write_answers

    with compose(flags) as composition, upkeep.opened(composition.store_folder) as store:
        if not target.absolute().parent.is_dir():
            raise OutputError(f"{target}: there is no folder {target.absolute().parent}")
        write_answers(upkeep.answers(store), target)
        composition.say(f"written: {target}")


@app.command("import")
@takes(PLACES)
def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="What `cache export` wrote.")],
    **flags: object,
) -> None:
    """Take over answers that are newer than those here. What they cost counts in no budget here."""
    from enrich_cli.adapters import upkeep
    from enrich_cli.compose import compose
    from enrich_cli.domain.errors import UsageError
    from enrich_cli.tables.exchange import read_answers

    with compose(flags) as composition, upkeep.opened(composition.store_folder) as store:
        if not source.is_file():
            raise UsageError(f"there is no file {source}")
        taken = upkeep.take_in(store, read_answers(source))
        barred = f", {taken.erased:,} of those to be forgotten left out" if taken.erased else ""
        composition.say(f"{taken.added:,} answers are new here, {taken.known:,} not newer{barred}")


@app.command("prune")
@takes(PLACES)
def prune(
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="AGE", help="Such as 180d or 2w.")
    ],
    yes: _Yes = False,
    **flags: object,
) -> None:
    """Delete answers that are older; says what they cost, and asks first."""
    from enrich_cli.adapters import upkeep
    from enrich_cli.compose import compose
    from enrich_cli.config_file import parse_age
    from enrich_cli.domain.errors import PlanRefusedError, UsageError
    from enrich_cli.views.cache import worth
    from enrich_cli.views.text import cents, counted

    try:
        age = parse_age(older_than)
    except ValueError as error:
        raise UsageError(f"--older-than: {error}") from error
    with compose(flags) as composition, upkeep.opened(composition.store_folder) as store:
        before = composition.clock.now() - age
        held = upkeep.holdings(store, before)
        entries, cost = sum(one.entries for one in held), worth(held)
        what = f"{counted(entries, 'answer')} older than {older_than}, worth {cents(cost)}"
        if entries and not yes:
            if not composition.streams.interactive:
                raise PlanRefusedError(f"this would delete {what}", hint="--yes does it")
            if not composition.confirm(f"Delete {what}? They would have to be bought again."):
                raise PlanRefusedError("nothing was deleted")
        upkeep.prune(store, before)
        composition.say(f"deleted {what}")


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
