"""Stored answers as a Parquet file, to be handed from one store to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from enrich_cli.domain.errors import TableError
from enrich_cli.tables.targets import replacing

Rows = list[tuple[str, bytes]]

SCHEMA = pl.Schema(
    {"key": pl.String(), "provider": pl.String(), "entity": pl.String(), "answer": pl.Binary()}
)
"""`key` and `answer` are as they lie in the store; the other two are for people who look."""
_BATCH = 10_000


def write_answers(batches: Iterable[Rows], target: Path) -> None:
    """Write the answers to `target`, whole or not at all, batch by batch. Raises MachineError."""

    def source(*_: object) -> Iterator[pl.DataFrame]:  # what is asked of it is always all
        for batch in batches:
            frame = pl.DataFrame(
                batch, schema={"key": pl.String, "answer": pl.Binary}, orient="row"
            )
            yield frame.select(
                "key",
                pl.col("key").str.split("@").list.first().alias("provider"),
                pl.col("key").str.tail(32).alias("entity"),
                "answer",
            )

    with replacing(target) as out:
        register_io_source(source, schema=SCHEMA).sink_parquet(out, row_group_size=_BATCH)


def read_answers(path: Path) -> Iterator[Rows]:
    """The answers that `write_answers` wrote, in batches. Raises TableError for anything else."""
    try:
        frame = pl.scan_parquet(path, glob=False)
        schema = frame.collect_schema()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise TableError(f"{path} is no Parquet file: {str(error).splitlines()[0]}") from error
    if any(schema.get(name) != SCHEMA[name] for name in ("key", "answer")):
        raise TableError(
            f"{path} was not written by `enrich cache export`",
            hint="it needs the columns key (text) and answer (binary)",
        )
    if frame.select(pl.any_horizontal(pl.col("key", "answer").is_null()).any()).collect().item():
        raise TableError(f"{path} has a row without a key or an answer")
    rows = frame.select(pl.len()).collect().item()
    for start in range(0, rows, _BATCH):
        yield frame.select("key", "answer").slice(start, _BATCH).collect().rows()
