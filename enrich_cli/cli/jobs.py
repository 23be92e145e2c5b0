"""`enrich jobs`: past and running jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from enrich_cli.cli import completing
from enrich_cli.cli.options import PLACES, Json, takes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enrich_cli.domain.explanation import Difference, Explanation
    from enrich_cli.domain.store import Job

app = typer.Typer(
    help="Past and running jobs: list, show, explain a cell, compare.", no_args_is_help=True
)


@app.command("list")
@takes(PLACES)
def list_(json_: Json = False, **flags: object) -> None:
    """List the jobs: state, entities processed, money spent; the latest first."""
    import asyncio

    from enrich_cli.compose import compose
    from enrich_cli.views.jobs import jobs_json, print_jobs

    with compose(flags) as composition:
        jobs = asyncio.run(composition.store.jobs())
        now = composition.clock.now()
        if json_:
            composition.streams.stdout.buffer.write(jobs_json(jobs, now))
            return
        print_jobs(jobs, now, composition.console_out)


@app.command("show")
@takes(PLACES)
def show(
    id_: Annotated[
        str,
        typer.Argument(
            metavar="[ID]",
            help="A job, or how its id begins; else the latest.",
            autocompletion=completing.jobs,
        ),
    ] = "",
    json_: Json = False,
    **flags: object,
) -> None:
    """Show one job: what it filled, what it cost, what is missing and why."""
    import asyncio

    from enrich_cli.compose import compose
    from enrich_cli.views.jobs import job_json, print_job

    with compose(flags) as composition:
        store = composition.store
        job = _named(id_, asyncio.run(store.jobs()))
        charges = asyncio.run(store.charges(job.id))
        now = composition.clock.now()
        if json_:
            composition.streams.stdout.buffer.write(job_json(job, charges, now))
            return
        keys = {spec.name: spec.key_env for spec in composition.specs.values()}
        print_job(job, charges, now, composition.console_out, keys)


@app.command("explain")
@takes(PLACES)
def explain(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[ID] ROW COLUMN", help="The row counts from 1; a job's id first."),
    ],
    json_: Json = False,
    **flags: object,
) -> None:
    """Explain one cell of what a job wrote: who said it, where, by which rule, for how much."""
    import asyncio

    from enrich_cli.compose import compose
    from enrich_cli.explaining import explain
    from enrich_cli.views.explain import explanation_json, print_explanation

    id_, row, column = _cell(words)
    with compose(flags) as composition:
        store = composition.store

        async def told() -> Explanation:
            job = _named(id_, await store.jobs())
            return await explain(job, row, column, store, composition.scratch)

        explanation = asyncio.run(told())
        if json_:
            composition.streams.stdout.buffer.write(explanation_json(explanation))
            return
        print_explanation(explanation, composition.console_out)


@app.command("diff")
@takes(PLACES)
def diff(
    before: Annotated[
        str,
        typer.Argument(
            metavar="A", help="A job, or how its id begins.", autocompletion=completing.jobs
        ),
    ],
    after: Annotated[
        str,
        typer.Argument(
            metavar="B", help="A later one; else the latest.", autocompletion=completing.jobs
        ),
    ] = "",
    json_: Json = False,
    **flags: object,
) -> None:
    """Show which values changed between two jobs, why, and what that cost."""
    import asyncio

    from enrich_cli.comparing import compare
    from enrich_cli.compose import compose
    from enrich_cli.views.difference import difference_json, print_difference

    with compose(flags) as composition:
        store = composition.store

        async def told() -> Difference:
            jobs = await store.jobs()
            return await compare(_named(before, jobs), _named(after, jobs), store)

        difference = asyncio.run(told())
        if json_:
            composition.streams.stdout.buffer.write(difference_json(difference))
            return
        print_difference(difference, composition.console_out)


def _cell(words: Sequence[str]) -> tuple[str, int, str]:
    """The job, the row and the column in `[ID] ROW COLUMN`. Raises UsageError."""
    from enrich_cli.domain.errors import UsageError

    if not 2 <= len(words) <= 3:
        raise UsageError(
            "explain takes a row and a column", hint="enrich jobs explain [ID] 17 company_name"
        )
    *id_, row, column = words
    if not (row.isascii() and row.isdigit()):
        raise UsageError(f"{row!r} is not the number of a row, counted from 1")
    return id_[0] if id_ else "", int(row), column


def _named(name: str, jobs: Sequence[Job]) -> Job:
    """The job whose id begins like this, the latest without a name. Raises UsageError."""
    from enrich_cli.domain.errors import UsageError
    from enrich_cli.domain.nearest import did_you_mean

    if not jobs:
        raise UsageError("there was no job yet", hint="`enrich run` makes one")
    if not name:
        return max(jobs, key=lambda job: job.started)
    found = [job for job in jobs if job.id.startswith(name)]
    if len(found) > 1 and name not in {job.id for job in found}:
        raise UsageError(
            f"{len(found)} jobs begin with {name!r}", hint=", ".join(job.id for job in found[-5:])
        )
    if not found:
        near = did_you_mean(name, [job.id for job in jobs], "`enrich jobs list` shows them")
        raise UsageError(f"there is no job {name!r}", hint=near)
    return next((job for job in found if job.id == name), found[0])
