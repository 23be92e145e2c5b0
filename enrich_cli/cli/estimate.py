"""`enrich estimate`: what a run would cost, without asking anyone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from enrich_cli.cli.options import SHARED, Format, Json, NoHeader, Strict, Table, takes

if TYPE_CHECKING:
    from enrich_cli.domain.plan import Estimate


@takes(SHARED)
def estimate(
    table: Table,
    format_: Format = None,
    no_header: NoHeader = False,
    strict: Strict = False,
    json_: Json = False,
    **flags: object,
) -> None:
    """Say what enriching TABLE would cost. No network, no cent spent."""
    import asyncio
    from dataclasses import replace

    from enrich_cli import job
    from enrich_cli.compose import compose
    from enrich_cli.settings import names
    from enrich_cli.views.estimate import estimate_json, print_estimate

    asked = names(flags.pop("columns", None))
    explained = flags.pop("explain_order", False)
    with compose(flags) as composition:
        settings = composition.settings
        insisted = {*settings.providers, *(n for w in settings.waterfall.values() for n in w)}
        # A run is refused where one of these has no key; an estimate makes no call.
        parts = replace(
            composition.parts,
            has_key=lambda spec: spec.name in insisted or composition.has_key(spec),
        )
        said = job.told(format_, no_header=no_header, strict=strict)
        looked = composition.look(table, said)
        prepared = job.prepare(looked, asked, parts, all_fields=True)
        specs = [step.spec for step in prepared.plan.steps]

        async def forecast() -> Estimate:
            async with composition.open_providers(specs) as providers:
                return await job.forecast(prepared, composition.store, providers, parts)

        made = asyncio.run(forecast())
        if json_:
            composition.streams.stdout.buffer.write(estimate_json(made))
        else:
            print_estimate(made, composition.console_out)
        if explained:
            from enrich_cli.views.order import print_order

            shown = composition.console if json_ else composition.console_out
            for type_, order in prepared.orders.items():
                print_order(type_, order, shown)
        keyless = [spec for spec in specs if not composition.has_key(spec)]
        composition.say_notes(prepared.notes)
        composition.say_notes(
            [f"{s.name}: a run needs {s.key_env}, it is not set" for s in keyless]
        )
