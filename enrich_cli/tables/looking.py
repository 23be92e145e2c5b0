"""What `inspect` shows of a table: columns in use, entities, and cells that name nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from enrich_cli.domain.inspection import (
    Conflict,
    Distinct,
    Doubtful,
    Inspection,
    Rejected,
    UsedColumn,
)
from enrich_cli.tables.dedupe import Dedupe, dedupe
from enrich_cli.tables.identify import Found
from enrich_cli.tables.recognise import Use

_LARGEST = 5
_EXAMPLES = 3
_CONFLICTS = 20
_DOUBTFUL = 20


def inspection(
    path: str,
    columns: Sequence[str],
    uses: Sequence[Use],
    found: Found,
    passed: Mapping[str, str],
) -> Inspection:
    """What `found` says about a table, ready to be shown; `passed` are columns passed over."""
    report = dedupe(found)
    return Inspection(
        path=path,
        rows=found.rows,
        columns=tuple(columns),
        uses=tuple(UsedColumn(u.column, u.role.value, u.entities, u.why) for u in uses),
        entities={
            type_: _distinct(frame, report, type_.value) for type_, frame in found.entities.items()
        },
        rejected=tuple(_rejected(report)),
        conflicts=tuple(
            Conflict(**row) for row in report.conflicts.head(_CONFLICTS).iter_rows(named=True)
        ),
        nameless={t: found.rows - int(f["rows"].sum()) for t, f in found.entities.items()},
        passed=passed,
        conflicting=report.conflicting,
        several_names=_doubtful(report.several_names),
        same_name=_doubtful(report.same_name),
    )


def _distinct(frame: pl.DataFrame, report: Dedupe, type_: str) -> Distinct:
    kinds = frame.group_by("kind").len().sort("len", "kind", descending=[True, False])
    largest = report.largest.filter(pl.col("type") == type_, pl.col("rows") > 1)
    return Distinct(
        rows=int(frame["rows"].sum()),
        unique=frame.height,
        kinds=dict(kinds.iter_rows()),
        largest=tuple(largest.select("canonical", "rows").head(_LARGEST).iter_rows()),
    )


def _doubtful(groups: pl.DataFrame) -> tuple[Doubtful, ...]:
    """The largest of these groups; the columns are what they share, number, rows, examples."""
    return tuple(
        Doubtful(shared, number, rows, tuple(examples))
        for shared, number, rows, examples in groups.head(_DOUBTFUL).iter_rows()
    )


def _rejected(report: Dedupe) -> list[Rejected]:
    examples = report.rejected.group_by("column", "reason", maintain_order=True).agg(
        pl.col("raw").head(_EXAMPLES)
    )
    rejections = report.rejections.join(
        examples, on=["column", "reason"], how="left", maintain_order="left"
    )
    return [
        Rejected(row["column"], row["reason"], row["rows"], row["values"], tuple(row["raw"] or ()))
        for row in rejections.iter_rows(named=True)
    ]
