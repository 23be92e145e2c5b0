"""Finished tickets back to columns, and the columns back to the rows: the door in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

import polars as pl

from enrich_cli.domain.entity import CATALOGUE, EntityType, Field, FieldType
from enrich_cli.domain.outcome import Gap, Scalar
from enrich_cli.domain.plan import Wanted
from enrich_cli.domain.ticket import Done, Finding
from enrich_cli.tables import own

KEY = "__key"
ATTACHED = {EntityType.COMPANY: own.COMPANY, EntityType.PERSON: own.PERSON}
"""The columns with the places of a row's entities, as `identify.attach` adds them."""

DTYPES: Mapping[FieldType, pl.DataType] = {
    FieldType.TEXT: pl.String(),
    FieldType.URL: pl.String(),
    FieldType.INTEGER: pl.Int64(),
    FieldType.DATE: pl.Date(),
    FieldType.LIST: pl.List(pl.String()),
}
"""The column type of a field's values where the format has types."""

PROVENANCE: Mapping[str, pl.DataType] = {
    "source": pl.String(),
    "url": pl.String(),
    "confidence": pl.Float64(),
    "at": pl.String(),
    "reason": pl.String(),
}
"""What `--provenance columns` adds for each wanted column, after two underscores."""

_HARMFUL = r"^[=+\-@\x00-\x1f]"
_NUMBER_OR_PHONE = r"^[+\-]?[0-9(][0-9 ().,/\-]*$"


def explains(name: str, columns: Collection[str]) -> bool:
    """Whether a column of this name says where the values of another of the columns came from."""
    column, _, part = name.rpartition("__")
    return part in PROVENANCE and column in columns


def results(done: Iterable[Done], fields: Sequence[Field], *, provenance: bool) -> pl.DataFrame:
    """One row for each finished entity: its key and a column for each field.

    Values have the catalogue's types. With `provenance` there are five more columns a field, named
    as in `PROVENANCE`. Findings that are not wanted for an entity are null.
    """
    done = list(done)
    columns = [pl.Series(KEY, [one.ticket.entity.key for one in done], pl.String)]
    for name in fields:
        findings = [one.findings.get(name) for one in done]
        type_ = CATALOGUE[name].type
        contents = [_content(finding, type_) for finding in findings]
        columns.append(pl.Series(result_column(name), contents, DTYPES[type_]))
        if provenance:
            columns += [
                pl.Series(result_column(name, part), [_part(f, part) for f in findings], dtype)
                for part, dtype in PROVENANCE.items()
            ]
    return pl.DataFrame(columns)


def result_column(name: Field, part: str = "value") -> str:
    """What the column of a field's values is called in `results`, or of a part of `PROVENANCE`."""
    return f"__{part}:{name}"


def _content(finding: Finding | None, type_: FieldType) -> Scalar | dt.date | list[str] | None:
    if finding is None or finding.value is None:
        return None
    content = finding.value.content
    if isinstance(content, tuple):
        return list(content)
    if type_ is FieldType.DATE and isinstance(content, str):
        return dt.date.fromisoformat(content)
    return content


def _part(finding: Finding | None, part: str) -> str | float | None:
    if finding is None:
        return None
    match part:
        case "source":
            return finding.provider or None
        case "url":
            return finding.url
        case "confidence":
            return finding.confidence
        case "at":
            return None if finding.at is None else _iso(finding.at)
        case _:
            return None if finding.gap is None else finding.gap.value


def _iso(at: float) -> str:
    return dt.datetime.fromtimestamp(int(at), dt.UTC).isoformat().replace("+00:00", "Z")


def placed(found: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """The `results` in the order of `keys`, one row for each, nulls where there is no result."""
    return keys.alias(KEY).to_frame().join(found, on=KEY, how="left", maintain_order="left")


def as_text(frame: pl.DataFrame, *, guard: bool) -> pl.DataFrame:
    """All columns of `results` as text, for formats without types: lists joined by `; `.

    With `guard`, text that a spreadsheet would take for a formula gets an apostrophe in front;
    plain numbers and phone numbers stay.
    """
    texts = []
    for name, dtype in frame.schema.items():
        column = pl.col(name)
        text = column.list.join("; ") if dtype == pl.List else column.cast(pl.String)
        outside = guard and dtype in (pl.String, pl.List)
        texts.append((_harmless(text) if outside else text).alias(name))
    return frame.select(texts)


def _harmless(text: pl.Expr) -> pl.Expr:
    harmful = text.str.contains(_HARMFUL) & ~text.str.contains(_NUMBER_OR_PHONE)
    return pl.when(harmful).then(pl.lit("'") + text).otherwise(text)


def is_empty(column: str, dtype: pl.DataType) -> pl.Expr:
    """Whether a cell is to be filled: null, or empty text."""
    cell = pl.col(column)
    return cell.is_null() | (cell == "") if dtype == pl.String else cell.is_null()


def added_columns(
    wanted: Sequence[Wanted], columns: Sequence[str], *, provenance: bool
) -> list[str]:
    """The names of the columns that the output has more than the input's, in their order."""
    names = [one.column for one in wanted]
    if provenance:
        names += [f"{one.column}__{part}" for one in wanted for part in PROVENANCE]
    return [name for name in names if name not in columns]


def join(
    frame: pl.LazyFrame,
    found: Mapping[EntityType, pl.DataFrame],
    wanted: Sequence[Wanted],
    columns: Sequence[str],
    *,
    selected: pl.Expr | None,
    provenance: bool,
) -> pl.LazyFrame:
    """The table with its wanted columns filled: `columns` first, then the added ones.

    `frame` has the table's columns and those of `ATTACHED`; `found` has the `results` of each
    type, `placed`. Row count and row order stay. Only `selected` rows are filled; a cell that is
    not empty stays, unless its column is to be overwritten and there is a value.
    """
    schema = frame.collect_schema()
    chosen = pl.lit(value=True) if selected is None else selected
    filled = [_filled(one, schema, found, chosen) for one in wanted]
    if provenance:
        filled += [
            _explained(one, part, schema, found, chosen) for one in wanted for part in PROVENANCE
        ]
    return frame.with_columns(filled).select(
        *columns, *added_columns(wanted, columns, provenance=provenance)
    )


def nameless(
    frame: pl.LazyFrame, wanted: Sequence[Wanted], *, selected: pl.Expr | None
) -> pl.LazyFrame:
    """A row for each wanted cell of a row that names no entity of the field's type.

    `frame` is as `join` takes it, and numbered. The columns are `type`, `field`, `reason` (one of
    `Gap`), `row` (from 1) and `column`.
    """
    schema = frame.collect_schema()
    chosen = pl.lit(value=True) if selected is None else selected
    cells = [
        frame.filter(_open(one, schema, {}, chosen), pl.col(_attached(one)).is_null()).select(
            type=pl.lit(CATALOGUE[one.field].entity.value),
            field=pl.lit(one.field),
            reason=_why_nameless(one),
            row=pl.col(own.ROW) + 1,
            column=pl.lit(one.column),
        )
        for one in wanted
    ]
    return pl.concat(cells)


def _open(
    one: Wanted, schema: pl.Schema, found: Mapping[EntityType, pl.DataFrame], chosen: pl.Expr
) -> pl.Expr:
    """Whether a row's cell of this column is ours to fill."""
    if not one.exists or one.overwrite:
        return chosen
    empty = is_empty(one.column, schema[one.column])
    if one.dated:  # ISO 8601 in UTC, which sorts like time
        at = _known(one.field, "at", found, PROVENANCE["at"])
        empty |= (pl.col(one.dated) != "") & (pl.col(one.dated).cast(pl.String) < at)
    return chosen & empty.fill_null(False)


def _filled(
    one: Wanted, schema: pl.Schema, found: Mapping[EntityType, pl.DataFrame], chosen: pl.Expr
) -> pl.Expr:
    value = _known(one.field, "value", found, DTYPES[CATALOGUE[one.field].type])
    if not one.exists:
        return pl.when(chosen).then(value).alias(one.column)
    value = value.cast(schema[one.column], strict=False)
    fill = _open(one, schema, found, chosen) & value.is_not_null()
    return pl.when(fill).then(value).otherwise(pl.col(one.column)).alias(one.column)


def _explained(
    one: Wanted,
    part: str,
    schema: pl.Schema,
    found: Mapping[EntityType, pl.DataFrame],
    chosen: pl.Expr,
) -> pl.Expr:
    name, open_ = f"{one.column}__{part}", _open(one, schema, found, chosen)
    value = _known(one.field, part, found, PROVENANCE[part])
    if part == "reason":
        attached = pl.col(_attached(one))
        value = pl.when(attached.is_null()).then(_why_nameless(one)).otherwise(value)
    if name not in schema:
        return pl.when(open_).then(value).alias(name)
    # The table had it from an earlier run: what that run filled keeps its explanation.
    value = value.cast(schema[name], strict=False)
    return pl.when(open_).then(value).otherwise(pl.col(name)).alias(name)


def _attached(one: Wanted) -> str:
    return ATTACHED[CATALOGUE[one.field].entity]


def _why_nameless(one: Wanted) -> pl.Expr:
    nobody = pl.lit(Gap.NO_IDENTIFIER.value)
    if CATALOGUE[one.field].entity is not EntityType.COMPANY:
        return nobody
    return pl.when(own.FREE_MAIL).then(pl.lit(Gap.FREE_MAIL.value)).otherwise(nobody)


def _known(
    name: Field, part: str, found: Mapping[EntityType, pl.DataFrame], dtype: pl.DataType
) -> pl.Expr:
    """What was found for each row, or nulls where no entity of that type was asked about."""
    type_ = CATALOGUE[name].entity
    table, column = found.get(type_), result_column(name, part)
    if table is None or column not in table.columns:
        return pl.lit(None, dtype)
    return pl.lit(table[column]).gather(pl.col(ATTACHED[type_]))
