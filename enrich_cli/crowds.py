"""Entities counted by what matters for the waterfall, without an object for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from enrich_cli.app.walk import Kind
from enrich_cli.domain.entity import Field, IdKind
from enrich_cli.domain.money import Money
from enrich_cli.domain.plan import Step


@dataclass(frozen=True, slots=True)
class Counted:
    """How many entities are of a kind, their cells to fill, and their rows."""

    entities: int
    cells: int
    rows: int


def crowds(
    frame: pl.DataFrame, steps: Sequence[Step], max_per_entity: Money | None
) -> dict[Kind, Counted]:
    """The kinds of entities in a frame of `Found.entities`, of which nothing is stored.

    `steps` are those of the entities' type; none is asked that alone costs more than an entity may.
    """
    wanted = {name: Field(name[6:]) for name in frame.columns if name.startswith("empty:")}
    barred = {kind for step in steps for kind, _ in step.spec.only}
    marks = [
        pl.col(f"id:{kind}") if kind in barred else pl.col(f"id:{kind}").is_not_null()
        for kind in IdKind
    ]
    groups = (
        frame.lazy()
        .with_columns(pl.col(name).alias(f"n:{name}") for name in wanted)
        .group_by(*marks, *(pl.col(name) > 0 for name in wanted), maintain_order=True)
        .agg(
            pl.len().alias("entities"),
            pl.sum_horizontal(pl.lit(0), *(pl.col(f"n:{name}").sum() for name in wanted)).alias(
                "cells"
            ),
            pl.col("rows").sum().alias("row_count"),
        )
        .collect()
    )
    found: dict[Kind, Counted] = {}
    for row in groups.iter_rows(named=True):
        ids = [(kind, str(text)) for kind in IdKind if (text := row[f"id:{kind}"])]
        missing = frozenset(field for name, field in wanted.items() if row[name])
        asked_by = tuple(_asked_by(step, ids, missing, max_per_entity) for step in steps)
        kind = Kind(missing if any(asked_by) else frozenset(), asked_by)
        known = found.get(kind, Counted(0, 0, 0))
        found[kind] = Counted(
            known.entities + row["entities"],
            known.cells + row["cells"],
            known.rows + row["row_count"],
        )
    return found


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
