"""How `enrich estimate` goes: the pilot before it, the forecast, the plan it saves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from enrich_cli import forecasting, job, recalling
from enrich_cli.compose import Composition, compose
from enrich_cli.domain.errors import ExitCode, OutputError, UsageError
from enrich_cli.domain.money import Money, parse_money
from enrich_cli.domain.plan import Estimate
from enrich_cli.settings import names
from enrich_cli.tables.targets import replacing
from enrich_cli.views.estimate import estimate_json, print_estimate
from enrich_cli.views.order import print_order

if TYPE_CHECKING:
    from enrich_cli.cli.pilot import Pilot


@dataclass(frozen=True, slots=True)
class Errand:
    """What was asked for: the table, where the plan goes, how many to ask first.

    With `explained` the order of the providers is printed with its arithmetic.
    """

    table: str
    save: Path | None
    pilot: int | None
    json: bool
    explained: bool


def estimate_table(
    errand: Errand, reading: Mapping[str, Any], flags: dict[str, object]
) -> ExitCode:
    """Do what `enrich estimate` was asked for, and give its exit code.

    `reading` has --format, --no-header and --strict. With a pilot, --budget is what the pilot may
    spend, and bounds nothing of the run after it.
    """
    own = flags.pop("budget") if errand.pilot else None
    asked = names(flags.pop("columns", None))
    if errand.save and not errand.save.parent.is_dir():
        raise OutputError(f"--save {errand.save}: there is no folder {errand.save.parent}")
    with compose(flags) as composition:
        settings = composition.settings
        pilot = None
        if errand.pilot:
            from enrich_cli.cli.pilot import Pilot

            if settings.offline:
                raise UsageError("--pilot asks, and --offline forbids to")
            pilot = Pilot(errand.pilot, settings.budget if own is None else _usd(own))
        insisted = {*settings.providers, *(n for w in settings.waterfall.values() for n in w)}
        # A run is refused where one of these has no key; an estimate makes no call.
        parts = composition.parts
        if pilot is None:
            parts = replace(
                parts, has_key=lambda spec: spec.name in insisted or composition.has_key(spec)
            )
        said = job.told(reading["format"], no_header=reading["no_header"], strict=reading["strict"])
        looked = composition.look(errand.table, said, hurried=True)
        content = None
        if errand.save:
            from enrich_cli import plan_file

            content = plan_file.fingerprint(looked.source)
        priced = errand.save is not None or (pilot is not None and pilot.budget is not None)
        prepared = job.prepare(looked, asked, parts, all_fields=True, priced=priced)
        code, made = asyncio.run(_forecast(errand, composition, prepared, parts, pilot))
        if made is None:
            return code
        if errand.json:
            composition.streams.stdout.buffer.write(estimate_json(made))
        else:
            print_estimate(made, composition.console_out)
        if errand.explained:
            shown = composition.console if errand.json else composition.console_out
            for type_, order in prepared.orders.items():
                print_order(type_, order, shown)
        specs = [step.spec for step in prepared.plan.steps]
        keyless = [spec for spec in specs if not composition.has_key(spec)]
        composition.say_notes(prepared.notes)
        composition.say_notes(
            [f"{s.name}: a run needs {s.key_env}, it is not set" for s in keyless]
        )
        if errand.save:
            from enrich_cli import plan_file

            frozen = plan_file.save(
                plan_file.document(prepared, made.stored, settings, content),
                made,
                options=plan_file.kept_options(flags, asked),
                reading=reading,
            )
            with replacing(errand.save) as out:
                out.write(frozen)
            composition.say(f"Saved: {errand.save}; `enrich run --plan {errand.save}` does it")
        if made.is_above(settings.fail_over):
            return ExitCode.BUDGET
        return code


def _usd(text: object) -> Money:
    try:
        return parse_money(str(text))
    except ValueError as error:
        raise UsageError(f"--budget: {error}") from error


async def _forecast(
    errand: Errand,
    composition: Composition,
    prepared: job.Prepared,
    parts: job.Parts,
    pilot: Pilot | None,
) -> tuple[ExitCode, Estimate | None]:
    specs = [step.spec for step in prepared.plan.steps]
    code = ExitCode.OK
    if pilot is None:
        providers = composition.readers(specs)
    else:
        async with composition.open_providers(specs) as providers:
            code = await pilot.fly(composition, prepared, providers, parts)
            if code in (ExitCode.INTERRUPTED, ExitCode.TERMINATED):
                return code, None
    least = None if errand.save else recalling.LEAST
    return code, await forecasting.forecast(
        prepared, composition.store, providers, parts, least=least
    )
