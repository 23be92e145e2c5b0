"""What a run found, kept with its job: finished tickets as small Parquet files, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO

import polars as pl

from enrich_cli.domain.entity import EntityKey
from enrich_cli.domain.outcome import Failure, Scalar
from enrich_cli.domain.ticket import Done

SCHEMA: Mapping[str, pl.DataType] = {
    "entity": pl.String(),
    "identifier": pl.String(),
    "type": pl.String(),
    "field": pl.String(),
    "value": pl.String(),
    "provider": pl.String(),
    "confidence": pl.Float64(),
    "at": pl.Float64(),
    "reason": pl.String(),
    "low": pl.Boolean(),
}
"""A row for each wanted field of an entity: its value and who gave it, or the reason of its gap.

A row without a field says that a provider could not be asked about the entity, and why. `at` is
in seconds since the epoch. Addresses and charges are in the store, with the answers."""


_TOLD = {name: SCHEMA[name] for name in list(SCHEMA)[3:]}
"""What is said of each finding, beside whose it is."""


def part(done: Sequence[Done]) -> bytes:
    """The findings of these entities as one part of a trace.

    About 2 us and 50 bytes for an entity with three fields.
    """
    told: list[tuple[object, ...]] = []
    for place, one in enumerate(done):
        told += _told(place, one)
    whose = [one.ticket.entity for one in done]
    who = pl.DataFrame(
        [
            pl.Series("entity", [entity.key for entity in whose], pl.String),
            pl.Series("identifier", [entity.ids[0][1] if entity.ids else "" for entity in whose]),
            pl.Series("type", [entity.type.value for entity in whose], pl.String),
        ]
    )
    places, *columns = zip(*told, strict=True) if told else [()] * (1 + len(_TOLD))
    series = [
        pl.Series(name, column, dtype)
        for (name, dtype), column in zip(_TOLD.items(), columns, strict=True)
    ]
    return _encoded(who[pl.Series(places, dtype=pl.UInt32)].hstack(series))


def part_of_columns(told: pl.DataFrame) -> bytes:
    """The findings of settled entities, as `Warm.explained` gives them: none of them is low."""
    at = pl.col("at") / 1e6
    return _encoded(told.select(*(set(SCHEMA) - {"at", "low"}), at=at, low=False).select(*SCHEMA))


def _encoded(frame: pl.DataFrame) -> bytes:
    out = BytesIO()
    frame.write_parquet(out, compression_level=1, statistics=False)
    return out.getvalue()


def _told(place: int, one: Done) -> list[tuple[object, ...]]:
    """The rows of one entity: its place among those it is told with, and what is in `_TOLD`."""
    rows: list[tuple[object, ...]] = []
    for name, finding in one.findings.items():
        value, gap = finding.value, finding.gap
        rows.append(
            (
                place,
                name,
                None if value is None else as_text(value.content),
                finding.provider or None,
                finding.confidence,
                finding.at,
                None if gap is None else gap.value,
                finding.low,
            )
        )
    for provider, failed in one.ticket.failures.items():
        if isinstance(failed.outcome, Failure):
            reason = failed.outcome.reason.value
            rows.append((place, None, None, provider, None, failed.at, reason, False))
    capped = sorted(one.ticket.capped)
    rows += [(place, None, None, name, None, None, "max_per_entity", False) for name in capped]
    return rows


def as_text(content: Scalar) -> str:
    """A value as the text that a CSV output has."""
    return "; ".join(content) if isinstance(content, tuple) else str(content)


def read(parts: Sequence[bytes]) -> pl.DataFrame:
    """The parts of one job's trace as one frame of `SCHEMA`."""
    frames = [pl.read_parquet(BytesIO(content)) for content in parts]
    return pl.concat(frames) if frames else pl.DataFrame(schema=SCHEMA)


def about(trace: pl.DataFrame, entity: EntityKey) -> pl.DataFrame:
    """What a trace has about one entity."""
    return trace.filter(entity=entity)


def changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The fields of entities of both traces that were filled otherwise, or in one of them only.

    Columns `entity`, `identifier`, `type`, `field`, and of each trace `value`, `provider`, `at`
    and `reason`, those of the later one ending in `_now`. In the order of the later trace.
    """
    own = ["entity", "type", "field"]
    told = ["value", "provider", "at", "reason"]
    older = before.filter(pl.col("field").is_not_null()).select(*own, *told)
    newer = after.filter(pl.col("field").is_not_null()).select(*own, "identifier", *told)
    both = newer.join(older, on=own, how="inner", suffix="_was", maintain_order="left")
    differs = both.filter(~pl.col("value").eq_missing(pl.col("value_was")))
    return differs.select(
        "entity",
        "identifier",
        "type",
        "field",
        *(pl.col(f"{name}_was").alias(name) for name in told),
        *(pl.col(name).alias(f"{name}_now") for name in told),
    )


def shared(before: pl.DataFrame, after: pl.DataFrame) -> tuple[int, int, int]:
    """How many entities are in both traces, in the earlier one only, in the later one only."""
    older, newer = (trace["entity"].unique() for trace in (before, after))
    both = int(newer.is_in(older.implode()).sum())
    return both, older.len() - both, newer.len() - both
