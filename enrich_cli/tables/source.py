"""What is known of an input table once it has been looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from enrich_cli.tables.arrow import ArrowField
from enrich_cli.tables.blocks import Shape
from enrich_cli.tables.footer import Codec
from enrich_cli.tables.spool import Spool, machine

if TYPE_CHECKING:
    import polars as pl


CHANGED = "has it changed since? run the same command again"
"""The hint where the input is not any more what was looked at."""


class Format(StrEnum):
    """The table formats that are read and written."""

    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says about a table before it is looked at.

    `format` overrules the ending of the name. A text table that is `headless` has no header line:
    its columns get names, and the output has no header line either. A `strict` reading refuses
    rows that do not have as many cells as the header, and text that cannot be decoded.
    """

    format: Format | None = None
    headless: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text table spells its records, so that the output can spell them the same way."""

    delimiter: bytes = b","
    eol: bytes = b"\n"
    encoding: str = "utf-8"
    escaped: bool = False
    """Some bytes were not of the encoding and travel escaped, see `encodings`."""
    bom: bool = False
    quote_all: bool = False
    final_eol: bool = True
    header: bytes = b""
    """The header as UTF-8, byte for byte, with any blank lines before it, without its line end."""
    headless: bool = False
    """There is no header line."""


@dataclass(frozen=True, slots=True)
class Part:
    """One readable UTF-8 (or Parquet) file of a table.

    `skip` counts the lines before the first row. A mended part carries one more column than the
    table: what `mending` found at the end of a row and the columns have no place for.
    """

    location: str
    skip: int = 0
    mended: bool = False
    glob: bool = False  # Polars is to expand the location itself: a URL
    spool: Spool | None = None  # holds a nameless file open for as long as the part is in use


@dataclass(frozen=True, slots=True)
class Kept:
    """What a Parquet file says beyond names and types, to be said again by the output."""

    codec: Codec = "zstd"
    row_group: int = 0
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    fields: tuple[ArrowField, ...] = ()
    mark: bytes = b""  # of its footer


@dataclass(frozen=True, slots=True)
class Source:
    """A table that was looked at: `scan` reads it, `write` writes one like it.

    `path` is what the user typed. `names` are the header's names, `columns` those of the frame,
    in the same order and without doubles. `notes` say what was detected and is worth telling.
    `rows` is the number of rows where it is known, `size` the bytes that are read. `many` is
    true where several files or a URL stand behind the path: then there is no output "beside"
    it. `files` are the local files that an output must not overwrite by mistake. While a look at
    all rows is `pending`, it is taken for a lined table of about so many rows: `confirmed` tells.
    """

    path: str
    format: Format
    names: tuple[str, ...]
    columns: tuple[str, ...]
    notes: tuple[str, ...]
    parts: tuple[Part, ...]
    scratch: Path
    files: tuple[str, ...] = ()
    many: bool = False
    rows: int | None = None
    size: int = 0
    dialect: Dialect = field(default_factory=Dialect)
    schema: pl.Schema | None = None  # None where every column is text
    lined: bool = False  # each row is one line of a text file, and all lines end alike
    kept: Kept = field(default_factory=Kept)
    pending: Future[Shape | None] | None = field(default=None, compare=False, repr=False)

    def confirmed(self) -> Source | None:
        """The same once all rows were looked at; None where it is not as it was taken to be."""
        if self.pending is None:
            return self
        with machine(self.path):
            shape = self.pending.result()
        if shape is None or not shape.lined or not shape.ends_in(self.dialect.eol):
            return None
        dialect = replace(self.dialect, quote_all=shape.quote_all)
        return replace(self, rows=shape.rows, dialect=dialect, pending=None)


def unique(names: Sequence[str]) -> tuple[str, ...]:
    """Column names without doubles: the first of a name keeps it, the next are `name__2`, ...

    So is a name that Polars takes for a pattern (`*`, `^...$`). An invented name never equals
    one that the table has.
    """
    taken = set(names)
    seen: set[str] = set()
    columns = []
    for name in names:
        column, number = name, 2
        while column in seen or _is_pattern(column) or (column != name and column in taken):
            column, number = f"{name}__{number}", number + 1
        seen.add(column)
        columns.append(column)
    return tuple(columns)


def _is_pattern(name: str) -> bool:
    return name == "*" or (name.startswith("^") and name.endswith("$"))


def spare(columns: Iterable[str], stem: str) -> str:
    """A column name that is not among `columns`."""
    taken = set(columns)
    while stem in taken:
        stem += "_"
    return stem
