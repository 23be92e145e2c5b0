"""Opens the input table, in whatever spelling it comes, and says what was found."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from glob import glob
from pathlib import Path
from typing import BinaryIO

import polars as pl

from enrich_cli.domain.errors import TableError
from enrich_cli.domain.nearest import nearest
from enrich_cli.tables.dialect import delimiter, header, numbered
from enrich_cli.tables.endings import format_by_ending, packing
from enrich_cli.tables.footer import is_parquet
from enrich_cli.tables.ndjson import read_ndjson
from enrich_cli.tables.own import check_names
from enrich_cli.tables.parquet import read_parquet
from enrich_cli.tables.reading import read_text
from enrich_cli.tables.scanning import readable, scan
from enrich_cli.tables.source import Dialect, Format, Part, Source, Told, unique
from enrich_cli.tables.spool import compression, decompressed, machine, spooled
from enrich_cli.tables.targets import check_room, check_target, default_output
from enrich_cli.tables.writing import append, extend, write

__all__ = [
    "Format",
    "Source",
    "Told",
    "append",
    "check_room",
    "check_target",
    "default_output",
    "extend",
    "open_table",
    "scan",
    "write",
]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_GLOB = re.compile(r"[*?\[]")
_NOTHING_TOLD = Told()
_HEAD = 8  # bytes that tell what a file is
_AS_IT_IS = "read over the network as it is: rows out of shape are not mended, lines end in LF"
_SNIFFED = 200  # lines of a URL that are read to find its delimiter


def open_table(
    path: str,
    *,
    told: Told = _NOTHING_TOLD,
    stdin: BinaryIO | None,
    scratch: Path,
    hurried: bool = False,
) -> Source:
    """Look at the table that `path` names: its format, dialect, columns and size.

    A path that exists is taken literally; `-` is `stdin`; else it may be a glob or a URL. A
    folder stands for the tables in it. Temporary copies, where the table needs one, go to
    `scratch`. With `hurried` a large text file is looked at to its end while the caller goes on,
    who asks `Source.confirmed` in time. Raises TableError for anything that is not a readable
    table, MachineError where there is no room for the copy.
    """
    with machine("standard input" if path == "-" else path):
        source = _opened(path, told, stdin, scratch, hurried=hurried)
    check_names(path, source.columns)
    return source


def _opened(
    path: str, told: Told, stdin: BinaryIO | None, scratch: Path, *, hurried: bool
) -> Source:
    if path == "-":
        if stdin is None:
            raise TableError("there is no standard input to read the table from")
        spool = spooled(stdin, scratch)
        return _one(path, Part(spool.path, spool=spool), told, scratch)
    if _URL.match(path):
        return _url(path, told, scratch)
    given = Path(path)
    if given.is_dir():
        return _many(path, _members(given, path, told.format), told, scratch)
    if given.exists():
        return _local(path, told, scratch, hurried=hurried)
    if found := _fitting(path):
        return _many(path, found, told, scratch)
    raise _missing(path)


def _missing(path: str) -> TableError:
    given = Path(path)
    if _GLOB.search(path):
        return TableError(f"{path}: no file fits this pattern")
    if not given.parent.is_dir():
        return TableError(f"{path}: there is no folder {given.parent}")
    close = nearest(given.name, (entry.name for entry in given.parent.iterdir()))
    hint = f"did you mean {given.with_name(close)}?" if close else ""
    return TableError(f"{path}: there is no such file", hint=hint)


def _fitting(pattern: str) -> list[str]:
    """The files that a pattern stands for, in the order of their names."""
    if not _GLOB.search(pattern):
        return []
    found = glob(pattern, recursive=True)  # noqa: PTH207 (a Path has no absolute patterns)
    return sorted(filter(_is_file, found))


def _is_file(path: str) -> bool:
    return Path(path).is_file()


def _members(folder: Path, path: str, format_: Format | None) -> list[str]:
    """The tables in a folder, by name; hidden files and files of other kinds are none."""
    found = [
        str(entry)
        for entry in sorted(folder.iterdir())
        if entry.is_file()
        and not entry.name.startswith((".", "_"))
        and format_by_ending(entry.name) in ([format_] if format_ else list(Format))
    ]
    if not found:
        raise TableError(
            f"{path} is a folder without tables",
            hint=f"name a file, or a pattern such as {folder}/**/*.csv",
        )
    return found


def _local(path: str, told: Told, scratch: Path, *, hurried: bool = False) -> Source:
    part = Part(path)
    if not _is_file(path):  # a pipe can be read only once
        with Path(path).open("rb") as stream:
            spool = spooled(stream, scratch)
        part, hurried = Part(spool.path, spool=spool), False
    return replace(_one(path, part, told, scratch, hurried=hurried), files=(path,))


def _one(path: str, part: Part, told: Told, scratch: Path, *, hurried: bool = False) -> Source:
    """The table in one local file."""
    name = "standard input" if path == "-" else path
    with Path(part.location).open("rb") as stream:
        head = stream.read(_HEAD)
    packed = compression(head)
    if packed:
        spool = decompressed(part.location, packed, scratch)
        part = Part(spool.path, spool=spool)
        with Path(part.location).open("rb") as stream:
            head = stream.read(_HEAD)
    elif head and packing(path):
        raise TableError(f"{name} is not compressed, though its name says so")
    format_ = told.format or format_by_ending(path) or _format_by_content(path, head)
    if told.headless:
        _check_headless(name, format_)
    if format_ is Format.PARQUET and packed:
        raise TableError(f"{name} is Parquet inside {packed}", hint="unpack the file first")
    size = Path(part.location).stat().st_size
    if not size:
        raise TableError(f"{name} is empty", hint="give a table with a header line")
    match format_:
        case Format.PARQUET:
            schema, rows, kept = read_parquet(part, name)
            names = tuple(schema.names())
            return Source(
                path, format_, names, names, (), (part,), scratch,
                rows=rows, size=size, schema=schema, kept=kept,
            )  # fmt: skip
        case Format.NDJSON:
            bom = head.startswith(codecs.BOM_UTF8)
            part = _without_bom(part, scratch) if bom else part
            schema, rows = read_ndjson(part, name)
            names = tuple(schema.names())
            return Source(
                path, format_, names, names, (), (part,), scratch,
                rows=rows, size=size, schema=schema, dialect=Dialect(bom=bom),
            )  # fmt: skip
        case Format.CSV | Format.TSV:
            mark = b"\t" if format_ is Format.TSV else b","
            text = read_text(part, name, mark, told, scratch, hurried=hurried)
            return Source(
                path, format_, text.names, unique(text.names), text.notes, (text.part,), scratch,
                rows=text.rows, size=size, dialect=text.dialect, lined=text.lined,
                pending=text.pending,
            )  # fmt: skip


def _check_headless(path: str, format_: Format) -> None:
    if format_ not in (Format.CSV, Format.TSV):
        raise TableError(
            f"{path} is {format_.upper()}, whose columns have names",
            hint="--no-header is for CSV and TSV: leave it off",
        )


def _without_bom(part: Part, scratch: Path) -> Part:
    with Path(part.location).open("rb") as stream:
        stream.seek(len(codecs.BOM_UTF8))
        spool = spooled(stream, scratch)
    return Part(spool.path, spool=spool)


def _format_by_content(path: str, head: bytes) -> Format:
    """Parquet by its first bytes; standard input is CSV otherwise."""
    if is_parquet(head):
        return Format.PARQUET
    if path == "-" or not Path(path).is_file():
        return Format.CSV
    raise TableError(
        f"{path}: its ending does not say what format it has",
        hint="say it: --format csv, tsv, parquet or ndjson",
    )


def _many(path: str, files: list[str], told: Told, scratch: Path) -> Source:
    """One table out of several files with the same columns, in the order of their names."""
    sources = [_local(file, told, scratch) for file in files]
    first = sources[0]
    what = "is a folder" if Path(path).is_dir() else "is a pattern"
    these = f"{path} {what}, and its {len(files)} tables do not fit together"
    for other in sources[1:]:
        if (other.format, other.names) != (first.format, first.names):
            raise TableError(
                f"{these}: {other.path} has not the same columns as {first.path}",
                hint="name one of them, or give them the same header",
            )
        if other.schema != first.schema:
            raise TableError(f"{these}: {other.path} has not the same types as {first.path}")
        if other.dialect.delimiter != first.dialect.delimiter:
            raise TableError(f"{these}: {other.path} has not the same delimiter as {first.path}")
    dialect = first.dialect
    if len({(source.dialect.encoding, source.dialect.escaped) for source in sources}) > 1:
        dialect = replace(dialect, encoding="utf-8", escaped=False)
    dialect = replace(dialect, quote_all=all(source.dialect.quote_all for source in sources))
    ends = {source.dialect.eol for source in sources if source.format is not Format.PARQUET}
    mixed = ("lines end in CRLF in some of them, not in all",) if len(ends) > 1 else ()
    return replace(
        first,
        path=path,
        parts=tuple(part for source in sources for part in source.parts),
        notes=(
            f"{path} {what}: {_read_as_one(len(files))}",
            *mixed,
            *(f"{source.path}: {note}" for source in sources for note in source.notes),
        ),
        files=tuple(files),
        many=True,
        rows=sum(source.rows or 0 for source in sources),
        size=sum(source.size for source in sources),
        lined=all(source.lined for source in sources) and len(ends) == 1,
        dialect=dialect,
    )


def _read_as_one(files: int) -> str:
    return "the one table in it is read" if files == 1 else f"its {files} tables are read as one"


def _url(path: str, told: Told, scratch: Path) -> Source:
    """A table that Polars fetches itself, row by row, each time it is scanned."""
    format_ = told.format or format_by_ending(path.partition("?")[0])
    if told.headless and format_ is not None:
        _check_headless(path, format_)
    part = Part(path, glob=True)
    match format_:
        case None:
            raise TableError(
                f"{path}: its ending does not say what format it has",
                hint="say it: --format csv, tsv, parquet or ndjson",
            )
        case Format.PARQUET:
            schema, _, kept = read_parquet(part, path)
            names = tuple(schema.names())
            return Source(
                path, format_, names, names, (), (part,), scratch,
                many=True, schema=schema, kept=kept,
            )  # fmt: skip
        case Format.NDJSON:
            with readable(path):
                schema = pl.scan_ndjson(path, infer_schema_length=None).collect_schema()
            names = tuple(schema.names())
            return Source(
                path, format_, names, names, (), (part,), scratch, many=True, schema=schema
            )
        case Format.CSV | Format.TSV:
            with readable(path):
                lines = pl.scan_lines(path).head(_SNIFFED).collect().to_series().to_list()
            head = "".join(f"{line}\n" for line in lines).encode()
            bom = head.startswith(codecs.BOM_UTF8)
            head = head.removeprefix(codecs.BOM_UTF8)
            mark = delimiter(head, b"\t" if format_ is Format.TSV else b",")
            first, names, skip = header(iter(head.splitlines(keepends=True)), mark, path)
            if told.headless:
                first, names, skip = b"", numbered(len(names)), 0
            return Source(
                path, format_, names, unique(names),
                (_AS_IT_IS,),
                (replace(part, skip=skip),), scratch,
                many=True,
                dialect=Dialect(
                    delimiter=mark, bom=bom, header=first, headless=told.headless
                ),
            )  # fmt: skip
