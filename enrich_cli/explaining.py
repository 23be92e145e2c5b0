"""Why a cell of a past job is as it is: from the cell to the charge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl

from enrich_cli.course import Asked, Course, parted
from enrich_cli.domain.entity import CATALOGUE, EntityKey, Field
from enrich_cli.domain.errors import TableError, UsageError
from enrich_cli.domain.explanation import Ending, Explanation, Heard, Named, Paid, Reply
from enrich_cli.domain.ledger import Charge, ChargeState
from enrich_cli.domain.money import split
from enrich_cli.domain.nearest import or_one_of
from enrich_cli.domain.outcome import Answer, Gap, Hit, Miss
from enrich_cli.domain.plan import ACCEPT_ALL, DAY, Accept, Wanted, certainty, offered
from enrich_cli.domain.store import Job, JobStatus, Store
from enrich_cli.tables import files, select, trace
from enrich_cli.tables.fingerprint import fingerprint
from enrich_cli.tables.identify import Found, identify
from enrich_cli.tables.own import ROW
from enrich_cli.tables.uses import Use

_AGAIN = "run it again: what is known already costs nothing"


async def explain(job: Job, row: int, column: str, store: Store, scratch: Path) -> Explanation:
    """The chain of one cell of what a job wrote; `row` counts from 1, without the header.

    Raises UsageError for a row or a column that the job did not have, TableError where the table
    has changed since.
    """
    course, found = await kept(job, store)
    wanted = _wanted(column, course, job)
    source = _unchanged(course, job, scratch)  # holds the copy that the frame reads
    frame = select.numbered(files.scan(source))
    line = frame.slice(row - 1, 1).collect() if row > 0 else pl.DataFrame()
    if line.is_empty():
        rows = frame.select(pl.len()).collect().item()
        raise UsageError(f"there is no row {row}: {job.table} has {rows:,}, counted from 1")
    type_ = CATALOGUE[wanted.field].entity
    chain = _Chain(job, course, wanted, row, line)
    if not _is_selected(frame, course, row):
        return chain.ended(Ending.UNSELECTED)
    whose = _resolved(line, course.uses, wanted.field)
    if whose.entities[type_].is_empty():
        if chain.cell and wanted.exists and not wanted.overwrite:
            return chain.ended(Ending.KEPT)
        gaps = whose.unidentified.get(wanted.field) or {Gap.NO_IDENTIFIER: 1}
        return chain.ended(Ending.EMPTY, gap=next(iter(gaps)))
    entity = EntityKey(whose.entities[type_]["key"][0])
    told = trace.about(trace.read(found), entity)
    known: dict[str, Any] = {
        "entity": entity,
        "identifier": whose.entities[type_]["canonical"][0],
        "named": tuple(_named(line, course.uses, wanted.field, entity)),
    }
    own = told.filter(field=wanted.field).to_dicts()
    finding = own[0] if own else None
    if chain.was_filled(finding):
        return chain.ended(Ending.KEPT, **known)
    if finding is None:  # forgotten since, or the job was cut off before it came to that
        cut = job.status in (JobStatus.RUNNING, JobStatus.INTERRUPTED)
        return chain.ended(Ending.EMPTY, gap=Gap.INTERRUPTED if cut else Gap.ERASED, **known)
    answers = await store.recall([f"{step.prefix}{entity}" for step in course.steps])
    charges = [c for c in await store.charges(job.id) if entity in c.entities]
    heard = _Hearing(job, course, wanted.field, entity, finding, answers, charges)
    failures = told.filter(pl.col("field").is_null()).to_dicts()
    return chain.ended(
        Ending.EMPTY if finding["value"] is None else Ending.FILLED,
        value=finding["value"],
        provider=finding["provider"] or "",
        gap=None if finding["reason"] is None else Gap(finding["reason"]),
        heard=tuple(heard.all({one["provider"]: one["reason"] for one in failures})),
        **known,
    )


async def kept(job: Job, store: Store) -> tuple[Course, list[bytes]]:
    """What a job set out to do, and the parts of what it found. Raises UsageError."""
    course, found = parted(await store.traces(job.id))
    if course is None:
        raise UsageError(f"what job {job.id} found is not kept any more", hint=_AGAIN)
    return course, found


def _wanted(column: str, course: Course, job: Job) -> Wanted:
    for one in course.wanted:
        if column in (one.column, one.field):
            return one
    columns = [one.column for one in course.wanted]
    raise UsageError(f"job {job.id} filled no column {column!r}{or_one_of(column, columns)}")


def _unchanged(course: Course, job: Job, scratch: Path) -> files.Source:
    """The table, if it is the one of the job. Raises TableError."""
    if not course.print:
        raise TableError(
            f"the table of job {job.id} was {'standard input' if job.table == '-' else job.table},"
            " which is not kept",
            hint="`enrich run` on a file, with --provenance columns, tells of each cell",
        )
    source = files.open_table(course.path, told=course.told, stdin=None, scratch=scratch)
    if fingerprint(source.files) != course.print:
        raise TableError(f"{job.table} has changed since job {job.id}", hint=_AGAIN)
    return source


def _is_selected(frame: pl.LazyFrame, course: Course, row: int) -> bool:
    chosen = select.selection(frame, course.choice)
    if chosen is None:
        return True
    return bool(
        frame.select(ROW, chosen.alias("chosen"))
        .filter(pl.col(ROW) == row - 1)
        .select("chosen")
        .collect()
        .item()
    )


def _resolved(line: pl.DataFrame, uses: Sequence[Use], name: Field) -> Found:
    """Whom a row names, by these columns; no other row has a say in that."""
    return identify(line.lazy(), uses, {name: None}, hints=frozenset())


def _named(
    line: pl.DataFrame, uses: Sequence[Use], name: Field, entity: EntityKey
) -> Iterator[Named]:
    """The fewest cells that name the entity all by themselves, the strongest first."""
    type_ = CATALOGUE[name].entity
    held = [use for use in uses if line[use.column][0] not in (None, "")]
    for number in range(1, len(held) + 1):
        for some in combinations(held, number):
            if not any(type_ in use.entities for use in some):
                continue
            keys = _resolved(line, some, name).entities[type_]["key"]
            if keys.len() and keys[0] == entity:
                for use in some:
                    yield Named(use.column, str(line[use.column][0]))
                return


@dataclass(frozen=True, slots=True)
class _Chain:
    """The cell that is looked at, before anything is known of its entity."""

    job: Job
    course: Course
    wanted: Wanted
    row: int
    line: pl.DataFrame

    @property
    def cell(self) -> str | None:
        """What the input has in the cell, None for nothing and for a new column."""
        if self.wanted.column not in self.line.columns:
            return None
        content = self.line[self.wanted.column][0]
        if isinstance(content, pl.Series):
            return "; ".join(map(str, content))
        return None if content is None or content == "" else str(content)

    def was_filled(self, finding: Mapping[str, Any] | None) -> bool:
        """Whether the cell had a value that the job was not to touch."""
        if not self.wanted.exists or self.wanted.overwrite or self.cell is None:
            return False
        ours = finding is not None and finding["value"] == self.cell.removeprefix("'")
        return not (self.course.replaced and ours)

    def ended(self, ending: Ending, **more: Any) -> Explanation:
        """The explanation with this ending."""
        return Explanation(
            job=self.job.id,
            table=self.job.table,
            row=self.row,
            column=self.wanted.column,
            field=self.wanted.field,
            type=CATALOGUE[self.wanted.field].entity,
            ending=ending,
            cell=self.cell,
            **more,
        )


@dataclass(frozen=True, slots=True)
class _Hearing:
    """What the providers said about one field of one entity in a job."""

    job: Job
    course: Course
    field: Field
    entity: EntityKey
    finding: Mapping[str, Any]
    answers: Mapping[str, Answer]
    charges: Sequence[Charge]

    def all(self, failures: Mapping[str, str]) -> Iterator[Heard]:
        """Each provider that gives the field, in the order in which their words count."""
        filled = False
        for step in self._ordered():
            fills = step.name == self.finding["provider"]
            yield self._one(step, failures.get(step.name), fills=fills, filled=filled)
            filled |= fills

    def _ordered(self) -> list[Asked]:
        steps = [step for step in self.course.steps if self.field in step.fields]
        order = self._rule.order
        return sorted(steps, key=lambda step: order.index(step.name)) if order else steps

    @property
    def _rule(self) -> Accept:
        return self.course.accept.get(self.field, ACCEPT_ALL)

    def _one(self, step: Asked, failed: str | None, *, fills: bool, filled: bool) -> Heard:
        answer = self.answers.get(f"{step.prefix}{self.entity}")
        ended = self.job.finished or self.job.beat
        if failed is not None and (answer is None or answer.at > ended):
            return self._failed(step, failed)
        if fills and (answer is None or answer.at != self.finding["at"]):
            return Heard(
                step.name,
                Reply.REPLACED,
                "accepted; it has been asked again since",
                value=self.finding["value"],
                confidence=self.finding["confidence"],
                at=self.finding["at"],
                paid=self._paid(step),
            )
        if answer is None or answer.at > ended:
            if not filled:
                rule = "what names this row is of no use to it, or its answer was taken out since"
            else:
                rule = "the cell was filled before its turn"
            return Heard(step.name, Reply.UNASKED, rule)
        return self._answered(step, answer, fills=fills, filled=filled)

    def _answered(self, step: Asked, answer: Answer, *, fills: bool, filled: bool) -> Heard:
        value = offered(self.field, answer)
        url = answer.url
        reply, rule = Reply.MISS, "it does not know the field"
        if isinstance(answer.outcome, Miss):
            rule = "it does not know the entity"
            if answer.outcome.gap is not Gap.NOT_FOUND:
                rule = f"it gave no answer: {answer.outcome.gap.value}"
        sure = answer.confidence
        if value is not None:
            reply, sure = Reply.HIT, certainty(value, answer)
            url = url if value.url is None else value.url
            rule = self._judged(answer, fills=fills, filled=filled)
        receipt = answer.receipt
        return Heard(
            step.name,
            reply,
            rule,
            value=None if value is None else trace.as_text(value.content),
            confidence=sure if isinstance(answer.outcome, Hit) else None,
            url=url,
            at=answer.at,
            stored=answer.at < self.course.started,
            paid=None if receipt is None else Paid(receipt.charge, receipt.state, receipt.amount),
        )

    def _judged(self, answer: Answer, *, fills: bool, filled: bool) -> str:
        """The rule by which a value was accepted or not."""
        rule, value = self._rule, offered(self.field, answer)
        if fills:
            return "written though below its threshold" if self.finding["low"] else "accepted"
        if value is None:
            return "it does not know the field"
        limit = self.course.max_age if rule.max_age is None else rule.max_age
        if limit is not None and self.course.started - answer.at > limit:
            return f"rejected: older than {limit / DAY:g} days"
        if self.course.refresh and answer.at < self.course.started:
            return "rejected: --refresh wants new answers"
        sure = certainty(value, answer)
        if sure is not None and sure < rule.confidence:
            return f"rejected: its confidence {sure:.2f} is below {rule.confidence:g}"
        if not rule.passes(value, sure):
            what = "not among the allowed values" if rule.allowed else "not of the pattern"
            return f"rejected: {what}"
        return "accepted, but another's word counts more" if filled else "accepted"

    def _failed(self, step: Asked, reason: str) -> Heard:
        if reason == "max_per_entity":
            return Heard(step.name, Reply.UNASKED, "--max-per-entity was used up")
        return Heard(step.name, Reply.FAILURE, reason, paid=self._paid(step))

    def _paid(self, step: Asked) -> Paid | None:
        """The job's own charge for asking this provider about the entity, if there is one."""
        for charge in self.charges:
            if charge.provider == step.name:
                amount = charge.worst if charge.state is ChargeState.INTENT else charge.actual
                shares = split(amount, len(charge.entities))
                place = charge.entities.index(self.entity)
                return Paid(charge.id, charge.state, shares[place])
        return None
