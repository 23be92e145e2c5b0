"""What a table's name says: its format and its compression by the endings."""

from __future__ import annotations

from pathlib import PurePath

from enrich_cli.tables.source import Format

_FORMATS = {
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".tab": Format.TSV,
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".ndjson": Format.NDJSON,
    ".jsonl": Format.NDJSON,
}
_PACKINGS = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}


def packing(name: str) -> str | None:
    """`gzip` or `zstd` by the name's last ending, else None."""
    return _PACKINGS.get(PurePath(name).suffix.lower())


def format_by_ending(name: str) -> Format | None:
    """The format by the name's ending, the one before `.gz` or `.zst` where there is such."""
    path = PurePath(name)
    return _FORMATS.get((path.with_suffix("") if packing(name) else path).suffix.lower())
