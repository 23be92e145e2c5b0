"""The provenance file: where each value came from, and why a cell stayed empty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
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


SPOOLED = {name: dtype for name, dtype in SCHEMA.items() if name not in ("row", "column")} | {
    "at": pl.Int64()
}
"""The columns of what is found, `at` in microseconds since the epoch."""

_PLACED = {"place": pl.UInt32(), **SPOOLED}
_BUCKET = 50_000
"""Entities that follow one another and are put in order together, in memory."""


class Sidecar:
    """Takes what is found part by part, into the scratch folder, and writes the file at the end.

    Memory follows the part. Parts may come in any order: the file has that of `keys`, which are
    those of all entities.
    """

    def __init__(self, scratch: Path, keys: Mapping[EntityType, pl.Series]) -> None:
        self._scratch = scratch
        self._spool = Spool(scratch)
        self._places = {
            type_: some.alias("key").to_frame().with_row_index("place").sort("key")
            for type_, some in keys.items()
        }
        self._pieces: defaultdict[tuple[EntityType, int], list[tuple[int, int]]] = defaultdict(list)

    def add(self, done: Sequence[Done]) -> None:
        """Keep the findings of finished entities of one type."""
        type_ = done[0].ticket.entity.type
        rows = [row for one in done for row in _rows(one)]
        frame = pl.DataFrame(rows, schema=SPOOLED, orient="row")
        known = self._places[type_]
        place = known["place"].gather(known["key"].search_sorted(frame["entity"]))
        self.add_columns(type_, frame.with_columns(place=place))

    def add_columns(self, type_: EntityType, frame: pl.DataFrame) -> None:
        """Keep findings of that type: `SPOOLED`, and the `place` of each one's entity."""
        cut = frame.select(*_PLACED).with_columns(bucket=pl.col("place") // _BUCKET)
        with Path(self._spool.path).open("ab") as out:
            for (bucket,), some in cut.partition_by("bucket", as_dict=True).items():
                text = some.drop("bucket").write_csv(include_header=False).encode()
                self._pieces[type_, int(bucket)].append((out.tell(), out.write(text)))

    def write(self, target: Path, nameless: pl.LazyFrame) -> None:
        """Write `target`, whole or not at all: the findings, then the cells that name nobody.

        `nameless` has the columns `type`, `field`, `reason`, `row` and `column`. Raises
        MachineError.
        """
        spool = self._ordered()
        found = pl.scan_csv(
            spool.path, has_header=False, schema=SPOOLED, glob=False, raise_if_empty=False
        )
        at = pl.from_epoch(pl.col("at"), "us").dt.replace_time_zone("UTC")
        whole = pl.concat([found.with_columns(at=at), nameless], how="diagonal").select(
            pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
        )
        with replacing(target) as out:
            whole.sink_parquet(out)

    def _ordered(self) -> Spool:
        spool = Spool(self._scratch)
        order = {type_: i for i, type_ in enumerate(self._places)}
        with Path(self._spool.path).open("rb") as pieces, spool.writer() as out:
            for one in sorted(self._pieces, key=lambda one: (order[one[0]], one[1])):
                text = BytesIO()
                for begin, size in self._pieces[one]:
                    pieces.seek(begin)
                    text.write(pieces.read(size))
                text.seek(0)
                rows = pl.read_csv(text, has_header=False, schema=_PLACED, raise_if_empty=False)
                rows.sort("place", maintain_order=True).drop("place").write_csv(
                    out, include_header=False
                )
        return spool


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
