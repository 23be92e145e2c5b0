"""The dedupe report: rows to entities, merged spellings, doubtful groups, rejected cells."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from enrich_cli.domain.entity import EntityType
from enrich_cli.tables import normal
from enrich_cli.tables.cells import ALONE, Part
from enrich_cli.tables.identify import Found

_EXAMPLES = 4


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
        largest=_largest(found).head(limit),
        spellings=_spellings(found).head(limit),
        rejected=rejected.head(limit),
        rejections=rejected.group_by("column", "reason")
        .agg(pl.len().alias("values"), pl.col("rows").sum())
        .sort("rows", "column", "reason", descending=[True, False, False]),
        conflicts=found.conflicts.head(limit),
        conflicting=int(found.conflicts["rows"].sum()),
        several_names=_grouped(names, "canonical", "name", "names").head(limit),
        same_name=_grouped(names, "name", "canonical", "companies").head(limit),
    )


def _largest(found: Found) -> pl.DataFrame:
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
    return pl.concat([pl.DataFrame(schema=schema), *frames]).sort(
        "rows", "canonical", descending=[True, False]
    )


def _spellings(found: Found) -> pl.DataFrame:
    """What stands in the cells of all columns, by the identifier that it is read as."""
    cells = found.resolver.cells
    frames = [
        frame.select(
            pl.lit(cells.texts[part]).gather(pl.col(part)).alias("canonical"), "raw", "rows"
        )
        for frame in cells.columns.values()
        for part in ALONE
        if part in frame.columns
    ]
    frames += [
        frame.select(normal.company_name(frame["raw"]).alias("canonical"), "raw", "rows")
        for frame in cells.columns.values()
        if Part.COMPANY_NAME in frame.columns and found.resolver.by_name(EntityType.COMPANY)
    ]
    schema = {"canonical": pl.String, "raw": pl.String, "rows": pl.UInt32}
    spelled = pl.concat([pl.DataFrame(schema=schema), *frames]).drop_nulls("canonical")
    return _grouped(spelled, "canonical", "raw", "spellings")


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


def _grouped(pairs: pl.DataFrame, by: str, of: str, count: str) -> pl.DataFrame:
    """Values of `by` with more than one of `of`: their number, rows, and the commonest ones."""
    each = pairs.group_by(by, of).agg(pl.col("rows").sum())
    several = each.filter(pl.len().over(by) > 1)
    return (
        several.sort("rows", of, descending=[True, False])
        .group_by(by, maintain_order=True)
        .agg(
            pl.len().alias(count),
            pl.col("rows").sum(),
            pl.col(of).head(_EXAMPLES).alias("examples"),
        )
        .sort(count, "rows", by, descending=[True, True, False])
    )
