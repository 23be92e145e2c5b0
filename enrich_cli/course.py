"""What a job set out to do: kept with the job, so that its cells can be explained later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from enrich_cli.domain.entity import EntityKey, Field
from enrich_cli.domain.plan import Accept, Wanted
from enrich_cli.domain.provider import Provider
from enrich_cli.job import Prepared
from enrich_cli.settings import Settings
from enrich_cli.tables.fingerprint import fingerprint
from enrich_cli.tables.select import Choice
from enrich_cli.tables.source import Told
from enrich_cli.tables.uses import Use


@dataclass(frozen=True, slots=True)
class Asked:
    """One provider of the waterfall: `prefix` is how the keys of its stored answers begin.

    `mapping` is the hash of the rules by which its replies were read.
    """

    name: str
    prefix: str
    mapping: str
    fields: frozenset[Field]


@dataclass(frozen=True, slots=True)
class Course:
    """The table, its columns, the waterfall and the rules of one job.

    `path` is absolute, or `-`, or a URL; `print` the table's fingerprint, "" where nobody can
    take one. `replaced` says that the output took the table's place, and the fingerprint is that
    of the output.
    """

    path: str
    print: str
    told: Told
    uses: tuple[Use, ...]
    wanted: tuple[Wanted, ...]
    steps: tuple[Asked, ...]
    accept: Mapping[Field, Accept]
    choice: Choice
    started: float
    max_age: float | None
    refresh: bool
    replaced: bool = False


def course(prepared: Prepared, providers: Mapping[str, Provider], settings: Settings) -> Course:
    """What this job sets out to do."""
    source, plan = prepared.table.source, prepared.plan
    specs = [(step, providers[step.spec.name].spec) for step in plan.steps]
    return Course(
        path=str(Path(source.path).absolute()) if source.files else source.path,
        print=fingerprint(source.files),
        told=Told(source.format, headless=source.dialect.headless),
        uses=prepared.table.uses,
        wanted=plan.wanted,
        steps=tuple(
            Asked(spec.name, spec.key(EntityKey("")), spec.mapping, step.fields)
            for step, spec in specs
        ),
        accept={one.field: plan.rule(one.field) for one in plan.wanted},
        choice=Choice(settings.where, settings.limit, settings.sample, settings.seed),
        started=plan.started,
        max_age=plan.max_age,
        refresh=plan.refresh,
    )


def encode(some: Course) -> bytes:
    """The course as a part of a trace."""
    return msgspec.json.encode(some)


def replaced(some: Course, files: Sequence[str]) -> Course:
    """The course once the output has taken the table's place."""
    return replace(some, print=fingerprint(files), replaced=True)


def parted(trace: Sequence[bytes]) -> tuple[Course | None, list[bytes]]:
    """The course in a trace, and its other parts. None where there is none that can be read."""
    courses = [content for content in trace if content.startswith(b"{")]
    found = [content for content in trace if not content.startswith(b"{")]
    if not courses:
        return None, found
    try:
        return msgspec.json.decode(courses[-1], type=Course), found
    except msgspec.MsgspecError:  # of another version
        return None, found
