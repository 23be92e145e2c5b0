"""Looks at an NDJSON table: the types that hold every value of it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from enrich_cli.domain.errors import TableError
from enrich_cli.tables.source import Part


def read_ndjson(part: Part, path: str) -> tuple[pl.Schema, int]:
    """The schema over all lines, and the number of rows.

    Raises TableError for an empty file, naming the line for one that is no JSON object, and
    for a key whose values have types that no column can hold together.
    """
    if not Path(part.location).stat().st_size:
        raise TableError(f"{path} is empty", hint="give a file with one JSON object a line")
    try:
        schema = pl.scan_ndjson(part.location, infer_schema_length=None).collect_schema()
        frame = pl.scan_ndjson(part.location, schema=schema)
        # Reading all of it here finds what inference does not: nothing fails under way.
        counts = frame.select(pl.len(), pl.all().null_count().name.prefix("nulls of ")).collect()
    except pl.exceptions.PolarsError as exc:
        raise _named(part, path) or _mixed(path, exc) from exc
    if not schema.names():
        raise TableError(f"{path} is empty: no line has a key", hint="give JSON objects with keys")
    return schema, counts.item(0, 0)


def _named(part: Part, path: str) -> TableError | None:
    """The first line that is not a JSON object."""
    with Path(part.location).open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                fits = isinstance(json.loads(line.decode()), dict)
            except ValueError:
                fits = False
            if not fits:
                return TableError(
                    f"{path}, line {number}: this is no JSON object",
                    hint="NDJSON has one object a line; turn an array into lines with jq -c '.[]'",
                )
    return None


def _mixed(path: str, exc: Exception) -> TableError:
    first, *_ = str(exc).splitlines() or [type(exc).__name__]
    return TableError(
        f"{path} holds values that fit no common type: {first}",
        hint="give each key values of one type",
    )
