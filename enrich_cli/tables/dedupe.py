"""The dedupe report: rows to entities, merged spellings, doubtful groups, rejected cells."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from enrich_cli.domain.entity import EntityType
from enrich_cli.tables import normal
from enrich_cli.tables.cells import ALONE, Part
from enrich_cli.tables.identify import Found

_EXAMPLES = 4
_AT_ONCE = 250_000


@dataclass(frozen=True, slots=True)
class Dedupe:
    """What became of the cells of a table; every frame is bounded and has the largest first.

    largest        the entities of most rows: `type, canonical, kind, rows`
    spellings      identifiers that stand in the table in several ways: `canonical, spellings,
                   rows, examples`; a row counts for each column in which it has one
    rejected       cells that name nothing: `column, raw, reason, rows`
    rejections     all of them: `column, reason, values, rows`
    conflicts      rows whose columns name different companies: `row, identifier, other, rows`
    conflicting    how often that is so, in the whole table
    several_names  companies that carry several names, so that one identifier may stand for
                   several companies: `canonical, names, rows, examples`
    same_name      names that several companies carry, which were not merged: `name, companies,
                   rows, examples`
    """

    largest: pl.DataFrame
    spellings: pl.DataFrame
    rejected: pl.DataFrame
    rejections: pl.DataFrame
    conflicts: pl.DataFrame
    conflicting: int
    several_names: pl.DataFrame
    same_name: pl.DataFrame


def dedupe(found: Found, *, limit: int = 1_000) -> Dedupe:
    """The dedupe report of a table, with at most `limit` rows in each list."""
    rejected = found.rejected
    names = _names(found)
    return Dedupe(
        largest=_largest(found, limit),
        spellings=_spellings(found, limit),
        rejected=rejected.head(limit),
        rejections=rejected.group_by("column", "reason")
        .agg(pl.len().alias("values"), pl.col("rows").sum())
        .sort("rows", "column", "reason", descending=[True, False, False]),
        conflicts=found.conflicts.head(limit),
        conflicting=int(found.conflicts["rows"].sum()),
        several_names=_grouped(names, "canonical", "name", "names", limit),
        same_name=_grouped(names, "name", "canonical", "companies", limit),
    )


def _largest(found: Found, limit: int) -> pl.DataFrame:
    schema = {
        "type": pl.String,
        "canonical": pl.String,
        "kind": pl.String,
        "rows": pl.UInt32,
    }
    frames = [
        frame.select(pl.lit(type_.value).alias("type"), "canonical", "kind", "rows")
        for type_, frame in found.entities.items()
    ]
    # The largest of each slice first, so that memory follows the slice.
    best = [_first(some, limit) for frame in frames for some in frame.iter_slices(_AT_ONCE)]
    return _first(pl.concat([pl.DataFrame(schema=schema), *best]), limit)


def _first(entities: pl.DataFrame, limit: int) -> pl.DataFrame:
    """The entities of most rows, ties by the smallest identifier."""
    return entities.top_k(limit, by=["rows", "canonical"], reverse=[False, True]).sort(
        "rows", "canonical", descending=[True, False]
    )


def _spellings(found: Found, limit: int) -> pl.DataFrame:
    """What stands in the cells of all columns, by the identifier that it is read as."""
    cells = found.resolver.cells
    # By number first: most identifiers of a large table are written in one way only.
    frames = []
    for part in ALONE:
        held = [frame for frame in cells.columns.values() if part in frame.columns]
        if held:
            numbered = pl.concat([frame.select(pl.col(part), "raw", "rows") for frame in held])
            numbered = numbered.filter(pl.col(part).is_duplicated())
            canonical = pl.lit(cells.texts[part]).gather(pl.col(part)).alias("canonical")
            if len(held) == 1:  # each spelling stands there once: the largest need no comparing
                groups = numbered.group_by(part).agg(pl.len(), pl.col("rows").sum())
                largest = groups.with_columns(canonical).top_k(
                    limit, by=["len", "rows", "canonical"], reverse=[False, False, True]
                )
                numbered = numbered.join(largest, on=part, how="semi")
            frames.append(numbered.select(canonical, "raw", "rows"))
    frames += [
        frame.select(normal.company_name(frame["raw"]).alias("canonical"), "raw", "rows")
        for frame in cells.columns.values()
        if Part.COMPANY_NAME in frame.columns and found.resolver.by_name(EntityType.COMPANY)
    ]
    schema = {"canonical": pl.String, "raw": pl.String, "rows": pl.UInt32}
    spelled = pl.concat([pl.DataFrame(schema=schema), *frames]).drop_nulls("canonical")
    return _grouped(spelled, "canonical", "raw", "spellings", limit)


def _names(found: Found) -> pl.DataFrame:
    """The companies and the names that they carry: `canonical, name, rows`."""
    companies = found.entities.get(EntityType.COMPANY)
    if companies is None or found.names.is_empty():
        schema = {"canonical": pl.String, "name": pl.String, "rows": pl.UInt32}
        return pl.DataFrame(schema=schema)
    written = found.names["value"].unique()
    plain = pl.DataFrame({"value": written, "name": normal.company_name(written)})
    return (
        found.names.join(plain, on="value")
        .drop_nulls("name")
        .with_columns(pl.lit(companies["canonical"]).gather(pl.col("entity")).alias("canonical"))
    )


def _grouped(pairs: pl.DataFrame, by: str, of: str, count: str, limit: int) -> pl.DataFrame:
    """Values of `by` with more than one of `of`: their number, rows, and the commonest ones."""
    each = pairs.group_by(by, of).agg(pl.col("rows").sum())
    groups = (
        each.group_by(by)
        .agg(pl.len().alias(count), pl.col("rows").sum())
        .filter(pl.col(count) > 1)
        .top_k(limit, by=[count, "rows", by], reverse=[False, False, True])
    )
    examples = (
        each.join(groups, on=by, how="semi")
        .sort("rows", of, descending=[True, False])
        .group_by(by, maintain_order=True)
        .agg(pl.col(of).head(_EXAMPLES).alias("examples"))
    )
    return groups.join(examples, on=by).sort(count, "rows", by, descending=[True, True, False])
