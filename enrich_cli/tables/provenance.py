"""The provenance file: where each value came from, and why a cell stayed empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.outcome import Scalar
from enrich_cli.domain.ticket import Done
from enrich_cli.tables.spool import Spool
from enrich_cli.tables.targets import replacing

SCHEMA: Mapping[str, pl.DataType] = {
    "entity": pl.String(),
    "identifier": pl.String(),
    "type": pl.String(),
    "field": pl.String(),
    "value": pl.String(),
    "provider": pl.String(),
    "url": pl.String(),
    "confidence": pl.Float64(),
    "at": pl.Datetime("us", "UTC"),
    "charge": pl.String(),
    "reason": pl.String(),
    "row": pl.UInt32(),
    "column": pl.String(),
}
"""The columns of the file. `value` is the text that a CSV output has, `at` when it was observed.
`row` (from 1) and `column` are those of a wanted cell whose row names no entity, else null."""


class Sidecar:
    """Takes what is found chunk by chunk, into the scratch folder, and writes the file at the end.

    Memory follows the chunk. Chunks may come in any order: the file has that of the entities.
    """

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._spool = Spool(scratch)
        self._chunks: list[_Chunk] = []

    def add(self, done: Sequence[Done]) -> None:
        """Keep the findings of entities that follow one another."""
        rows = [row for one in done for row in _rows(one)]
        text = pl.DataFrame(rows, schema=_SPOOLED, orient="row").write_csv(include_header=False)
        entity = done[0].ticket.entity
        with Path(self._spool.path).open("ab") as out:
            begin = out.tell()
            self._chunks.append(_Chunk(entity.type, entity.key, begin, out.write(text.encode())))

    def write(
        self, target: Path, keys: Mapping[EntityType, pl.Series], nameless: pl.LazyFrame
    ) -> None:
        """Write `target`, whole or not at all: the findings, then the cells that name nobody.

        `keys` are those of all entities in their order. `nameless` has the columns `type`,
        `field`, `reason`, `row` and `column`. Raises MachineError.
        """
        spool = self._ordered(keys)
        found = pl.scan_csv(
            spool.path, has_header=False, schema=_SPOOLED, glob=False, raise_if_empty=False
        )
        at = pl.from_epoch(pl.col("at"), "us").dt.replace_time_zone("UTC")
        whole = pl.concat([found.with_columns(at=at), nameless], how="diagonal").select(
            pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
        )
        with replacing(target) as out:
            whole.sink_parquet(out)

    def _ordered(self, keys: Mapping[EntityType, pl.Series]) -> Spool:
        spool = Spool(self._scratch)
        with Path(self._spool.path).open("rb") as chunks, spool.writer() as out:
            for type_, known in keys.items():
                own = {chunk.first: chunk for chunk in self._chunks if chunk.type is type_}
                for first in known.filter(known.is_in(list(own))):
                    chunks.seek(own[first].begin)
                    out.write(chunks.read(own[first].size))
        return spool


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Where the findings of some entities stand, the first of which is `first`."""

    type: EntityType
    first: str
    begin: int
    size: int


_SPOOLED = {name: dtype for name, dtype in SCHEMA.items() if name not in ("row", "column")} | {
    "at": pl.Int64()
}


def _rows(one: Done) -> Iterator[tuple[object, ...]]:
    entity = one.ticket.entity
    for name, finding in one.findings.items():
        yield (
            entity.key,
            entity.ids[0][1],
            entity.type.value,
            name,
            None if finding.value is None else _text(finding.value.content),
            finding.provider or None,
            finding.url,
            finding.confidence,
            None if finding.at is None else round(finding.at * 1e6),
            finding.charge or None,
            None if finding.gap is None else finding.gap.value,
        )


def _text(content: Scalar) -> str:
    return "; ".join(content) if isinstance(content, tuple) else str(content)
