"""`--pilot N`: a few entities are asked about before the estimate, and their answers kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from heapq import nsmallest

import polars as pl

from enrich_cli import execution, forecasting, job
from enrich_cli.app.stop import Stop
from enrich_cli.cli.running import approve, exit_code, progress
from enrich_cli.cli.signals import Signals
from enrich_cli.compose import Composition
from enrich_cli.domain.entity import EntityKey
from enrich_cli.domain.errors import ExitCode
from enrich_cli.domain.events import Sink
from enrich_cli.domain.money import Money
from enrich_cli.domain.provider import Provider
from enrich_cli.domain.report import Tally
from enrich_cli.domain.ticket import Ticket
from enrich_cli.plan_moves import earlier
from enrich_cli.views.text import counted, dollars


@dataclass(frozen=True, slots=True)
class Pilot:
    """How many entities are asked about, and what that may cost; None for any price."""

    size: int
    budget: Money | None

    async def fly(
        self,
        composition: Composition,
        prepared: job.Prepared,
        providers: Mapping[str, Provider],
        parts: job.Parts,
    ) -> ExitCode:
        """Ask under the rules of a run. Raises PlanRefusedError where nobody approves of it."""
        store, settings = composition.store, replace(composition.settings, budget=self.budget)
        id_ = _id(prepared, settings.seed)
        parts = replace(parts, settings=settings)
        chosen = await self._choose(id_, prepared, composition, providers, parts)
        few = _narrowed(prepared, chosen)
        if self.budget is None and not settings.yes:
            approve(composition, await forecasting.forecast(few, store, providers, parts))
        tally, signals = Tally(), Signals(Stop())
        with ExitStack() as open_sinks, signals.watched(composition.say):
            sinks: list[Sink] = [tally, *progress(composition, open_sinks)]
            await execution.execute(
                few, store, providers, parts, None, signals.stop, sinks, plan_id=id_
            )
        report = tally.report()
        asked = sum(population.asked for population in report.entities.values())
        composition.say(
            f"Pilot: asked about {asked:,} of {counted(len(chosen), 'entity', 'entities')}"
            f" for {dollars(report.spent)}, the answers are kept"
        )
        return signals.code if signals.received else exit_code(report)

    async def _choose(
        self,
        id_: str,
        prepared: job.Prepared,
        composition: Composition,
        providers: Mapping[str, Provider],
        parts: job.Parts,
    ) -> set[EntityKey]:
        """By chance, but the same ones each time: who would be asked, or was by this pilot.

        So the same command again asks nobody twice, and a larger pilot has the smaller one in it.
        """
        plan, store, seed = prepared.plan, composition.store, parts.settings.seed
        before = await earlier(store, id_)
        candidates: list[EntityKey] = []
        async for entity, known in forecasting.with_answers(prepared, store, providers, parts):
            ticket = Ticket.open(entity, plan, known)
            steps = plan.steps_for(entity.type)
            if any(ticket.query(step) is not None for step in steps) or any(
                before.gave(answer) for answer in known.values()
            ):
                candidates.append(entity.key)
        return set(nsmallest(self.size, candidates, key=lambda key: _drawn(seed, key)))


def _drawn(seed: int, text: str) -> bytes:
    return hashlib.sha256(f"{seed} {text}".encode()).digest()


def _id(prepared: job.Prepared, seed: int) -> str:
    """What names the pilots about the same fields of the same table's entities."""
    keys = pl.concat(
        [prepared.found.entities[type_]["key"] for type_ in prepared.types]
        or [pl.Series("key", [], pl.String)]
    )
    fields = ",".join(one.field for one in prepared.plan.wanted)
    return f"pilot-{_drawn(seed, ' '.join([fields, *keys.sort()])).hex()[:32]}"


def _narrowed(prepared: job.Prepared, chosen: set[EntityKey]) -> job.Prepared:
    kept = pl.col("key").is_in(list(chosen))
    entities = {type_: frame.filter(kept) for type_, frame in prepared.found.entities.items()}
    return replace(prepared, found=replace(prepared.found, entities=entities, unidentified={}))
