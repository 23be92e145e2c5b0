"""`enrich init`: a configuration to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enrich_cli.cli.options import PLACES, Format, NoHeader, Strict, Table, takes

if TYPE_CHECKING:
    from enrich_cli.compose import Composition
    from enrich_cli.domain.plan import Estimate
    from enrich_cli.job import Prepared

_FIRST = {"company": ("company_name", "industry", "employee_count"), "person": ("job_title",)}
"""What is proposed beside the columns of the table that have the name of a field."""
_DOLLAR = 1_000_000  # micro-dollars
_LEAST, _MOST = 1, 25  # dollars of a first budget


@takes(PLACES)
def init(
    table: Table,
    format_: Format = None,
    no_header: NoHeader = False,
    strict: Strict = False,
    **flags: object,
) -> None:
    """Look at TABLE and write a commented enrich.toml for it. Nobody is asked."""
    import asyncio
    from pathlib import Path

    from enrich_cli import job
    from enrich_cli.compose import compose
    from enrich_cli.config_file import CONFIG_NAME
    from enrich_cli.domain.entity import CATALOGUE, EntityType, Field
    from enrich_cli.domain.errors import OutputError
    from enrich_cli.domain.money import Money
    from enrich_cli.views.starter import starter
    from enrich_cli.views.text import cents

    place = Path(CONFIG_NAME)
    if place.exists():
        raise OutputError(f"{place} is there already", hint="edit it, or move it away")
    with compose(flags) as composition:
        looked = composition.look(table, job.told(format_, no_header=no_header, strict=strict))
        types = [t for t in EntityType if any(t in use.entities for use in looked.uses)]
        naming = {use.column for use in looked.uses}
        named = {c: c.strip().lower().replace(" ", "_") for c in looked.source.columns}
        columns = {c: Field(n) for c, n in named.items() if n in CATALOGUE and c not in naming}
        first = [name for type_ in types for name in _FIRST[type_.value]]
        columns |= {name: Field(name) for name in first if name not in columns.values()}
        asked = [f"{column}={name}" for column, name in columns.items()]
        prepared = job.prepare(looked, asked, composition.parts)
        made = asyncio.run(_forecast(composition, prepared))
        dollars = min(_MOST, max(_LEAST, -(-made.high // _DOLLAR)))
        steps = {t: [s.spec.name for s in prepared.plan.steps_for(t)] for t in types}
        keyless = [
            spec
            for spec in composition.specs.values()
            if spec.entity in types and not composition.has_key(spec)
        ]
        text = starter(
            table,
            {t: [u.column for u in looked.uses if t in u.entities] for t in types},
            columns,
            steps,
            keyless,
            Money(dollars * _DOLLAR),
            f"likely {cents(made.likely)} for these columns",
        )
        try:
            with place.open("x", encoding="utf-8") as out:
                out.write(text)
        except OSError as error:
            raise OutputError(f"{place} cannot be written: {error.strerror}") from error
        composition.say(f"written: {place}; look at it, then `enrich estimate {table}`")


async def _forecast(composition: Composition, prepared: Prepared) -> Estimate:
    from enrich_cli.forecasting import forecast

    specs = [step.spec for step in prepared.plan.steps]
    async with composition.open_providers(specs) as providers:
        return await forecast(prepared, composition.store, providers, composition.parts)
