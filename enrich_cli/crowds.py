"""Entities counted by what matters for the waterfall, without an object for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from enrich_cli.app.crowd import Crowd
from enrich_cli.app.walk import Kind
from enrich_cli.domain.entity import Field, IdKind
from enrich_cli.domain.money import Money
from enrich_cli.domain.plan import Step


@dataclass(frozen=True, slots=True)
class Counted:
    """Entities of a kind, and their rows."""

    kind: Kind
    crowd: Crowd
    rows: int


def crowds(
    frame: pl.DataFrame, steps: Sequence[Step], max_per_entity: Money | None
) -> list[Counted]:
    """The kinds of entities in a frame of `Found.entities`, of which nothing is stored.

    Those of one kind stand apart where a field of theirs fills more or fewer cells.

    `steps` are those of the entities' type; none is asked that alone costs more than an entity may.
    """
    wanted = {name: Field(name[6:]) for name in frame.columns if name.startswith("empty:")}
    barred = {kind for step in steps for kind, _ in step.spec.only}
    marks = [
        pl.col(f"id:{kind}") if kind in barred else pl.col(f"id:{kind}").is_not_null()
        for kind in IdKind
    ]
    cells = pl.sum_horizontal(pl.lit(0), *wanted)
    groups = (
        frame.lazy()
        .with_columns(cells.alias("cells"))
        .group_by(
            *marks,
            *(pl.col(name) > 0 for name in wanted),
            _size(pl.col("cells") / pl.sum_horizontal(pl.lit(0), *(pl.col(n) > 0 for n in wanted))),
            maintain_order=True,
        )
        .agg(
            pl.len().alias("entities"),
            pl.col("cells").sum(),
            pl.col("rows").sum().alias("row_count"),
        )
        .collect()
    )
    found: list[Counted] = []
    for row in groups.iter_rows(named=True):
        ids = [(kind, str(text)) for kind in IdKind if (text := row[f"id:{kind}"])]
        missing = frozenset(field for name, field in wanted.items() if row[name])
        asked_by = tuple(_asked_by(step, ids, missing, max_per_entity) for step in steps)
        kind = Kind(missing if any(asked_by) else frozenset(), asked_by)
        open_ = row["cells"] if kind.missing else 0
        found.append(Counted(kind, Crowd(row["entities"], row["cells"], open_), row["row_count"]))
    return found


def _size(each: pl.Expr) -> pl.Expr:
    """`crowd.size_of` for a column of cells that a field fills."""
    far = 8 + (4 * (each / 8).log(2)).floor()
    return pl.when(each < 8).then((each + 0.5).floor()).otherwise(far).alias("size")


def _asked_by(
    step: Step,
    ids: Sequence[tuple[IdKind, str]],
    missing: frozenset[Field],
    max_per_entity: Money | None,
) -> str:
    spec = step.spec
    if not step.fields & missing or not spec.usable(ids):
        return ""
    dear = max_per_entity is not None and spec.worst(1) > max_per_entity
    return "" if dear else spec.asked_by(ids)
