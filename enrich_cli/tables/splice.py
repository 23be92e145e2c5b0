"""A Parquet table with further columns: its bytes as they are, then new chunks and a new footer.

The numbers of fields are those of parquet.thrift.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from enrich_cli.domain.errors import MachineError, TableError
from enrich_cli.tables.arrow import extended, fields_of, relabelled
from enrich_cli.tables.footer import footer_bytes
from enrich_cli.tables.source import CHANGED, Format, Source
from enrich_cli.tables.spool import BLOCK
from enrich_cli.tables.thrift import Struct, read_struct, written

ARROW_KEY = "ARROW:schema"

New = Callable[[int, int], pl.DataFrame]
"""The new columns of so many rows, from a row on that is counted from 0."""

_ELEMENTS, _GROUPS, _PAIRS, _ORDERS, _ENCRYPTION = 2, 4, 5, 7, 8  # in FileMetaData
_CHILDREN = 5  # in SchemaElement
_CHUNKS, _SIZE, _ROWS, _PACKED = 1, 2, 3, 6  # in RowGroup
_ELSEWHERE, _OFFSET, _METADATA, _CRYPTO = 1, 2, 3, 8  # in ColumnChunk
_INDEXES = (4, 5, 6, 7)  # in ColumnChunk: pages by their place in the file
_PACKED_SIZE, _PLACES = 7, (9, 10, 11, 14)  # in ColumnMetaData

_AT_ONCE = 1_000_000
"""Rows whose new cells are made at a time, but for larger row groups."""
_LARGEST = 4_000_000
"""Rows in a row group from which on its new cells take too much memory at once."""
_NO_WAY = {errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF}
"""What a system says that cannot copy between these two files within itself."""


@dataclass(frozen=True, slots=True)
class Base:
    """What an output begins with: the first `end` bytes of the file, and what its footer says."""

    location: str
    end: int
    footer: Struct

    @property
    def groups(self) -> tuple[int, ...]:
        """The rows in each row group."""
        return tuple(group[_ROWS] for group in self.footer[_GROUPS])


def base_of(source: Source) -> Base | None:
    """The file that `source` names, if it can be kept as it is; None where it has to be rewritten.

    It has to be where it is no Parquet file, several, or not here; where it is encrypted, refers
    to other files, has an empty or a huge row group, or a footer that we cannot write again as it
    is. Raises MachineError where the file is not the one any more that was looked at.
    """
    if source.format is not Format.PARQUET or len(source.parts) != 1 or source.parts[0].glob:
        return None
    location = source.parts[0].location
    try:
        end, content = footer_bytes(location, source.path)
    except TableError as error:
        raise _changed(source) from error
    if hashlib.sha256(content).digest() != source.kept.mark:
        raise _changed(source)
    footer = read_struct(content)
    base = Base(location, end, footer)
    chunks = [chunk for group in footer[_GROUPS] for chunk in group[_CHUNKS]]
    arrow = _arrow(footer)
    fits = (
        read_struct(written(footer)) == footer
        and _ENCRYPTION not in footer
        and sum(base.groups) == source.rows
        and all(0 < rows <= _LARGEST for rows in base.groups)
        and all(_METADATA in one and not one.keys() & {_ELSEWHERE, _CRYPTO} for one in chunks)
        and (arrow is None or fields_of(arrow[2].decode(errors="replace")))
    )
    return base if fits else None


def _changed(source: Source) -> MachineError:
    return MachineError(f"{source.path} is not as it was", hint=CHANGED)


def splice(
    base: Base,
    source: Source,
    out: BinaryIO,
    new: New,
    told: Callable[[int], object],
) -> None:
    """Write the table of `source`, which `base_of` gave the base of, with the columns of `new`.

    Old columns stay byte for byte, so do the row groups. `told` hears how many rows are written,
    now and then. A base is good for one output: its footer becomes that of the output. Raises
    OSError where `out` fails, MachineError where the input is cut off meanwhile.
    """
    footer, at, start = base.footer, base.end, 0
    _copy(base, source, out)
    _announce(footer, _made(new(0, 0), source, 1)[1])
    groups = iter(footer[_GROUPS])
    for some in _batches(base.groups):
        cells = new(start, sum(some))
        body, made = _made(cells, source, some[0])
        if tuple(group[_ROWS] for group in made[_GROUPS]) != tuple(some):
            raise RuntimeError("row groups of another size than asked for")
        out.write(body)
        for more in made[_GROUPS]:
            _join(next(groups), more, at)
        at += len(body)
        start += sum(some)
        told(start)
    content = written(footer)
    out.write(content + struct.pack("<I4s", len(content), b"PAR1"))


def _batches(groups: Sequence[int]) -> Iterator[list[int]]:
    """The row groups that one call of a writer makes: equal ones, but for a smaller last one."""
    some: list[int] = []
    for rows in groups:
        if some and (some[-1] != some[0] or rows > some[0] or sum(some) + rows > _AT_ONCE):
            yield some
            some = []
        some.append(rows)
    if some:
        yield some


def _made(cells: pl.DataFrame, source: Source, rows: int) -> tuple[bytes, Struct]:
    """What a file of these cells alone has: its bytes between magic and footer, and the footer."""
    content = io.BytesIO()
    cells.write_parquet(content, compression=source.kept.codec, row_group_size=rows)
    whole = content.getvalue()
    end = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    return whole[4:end], read_struct(whole[end:-8])


def _announce(footer: Struct, made: Struct) -> None:
    """Add the columns of `made` to what a footer says of the whole file."""
    root, *elements = made[_ELEMENTS]
    footer[_ELEMENTS][0][_CHILDREN] += root[_CHILDREN]
    footer[_ELEMENTS].extend(elements)
    if _ORDERS in footer:
        footer[_ORDERS].extend(made[_ORDERS])
    pair, further = _arrow(footer), _arrow(made)
    if pair is not None and further is not None:
        small = relabelled(further[2].decode(), {})
        pair[2] = extended(pair[2].decode(), small).encode()


def _arrow(footer: Struct) -> Struct | None:
    """The pair of key (1) and value (2) with the Arrow schema."""
    pairs: Sequence[Struct] = footer.get(_PAIRS, ())
    return next((pair for pair in pairs if pair[1] == ARROW_KEY.encode() and 2 in pair), None)


def _join(group: Struct, more: Struct, at: int) -> None:
    """Add the chunks of a row group that was made alone, and now stands behind `at` bytes."""
    moved = at - len(b"PAR1")
    for chunk in more[_CHUNKS]:
        for number in _INDEXES:
            chunk.pop(number, None)
        if chunk.get(_OFFSET):
            chunk[_OFFSET] += moved
        metadata = chunk[_METADATA]
        for number in _PLACES:
            if number in metadata:
                metadata[number] += moved
        group[_CHUNKS].append(chunk)
    group[_SIZE] += more[_SIZE]
    if _PACKED in group:
        group[_PACKED] += sum(chunk[_METADATA][_PACKED_SIZE] for chunk in more[_CHUNKS])


def _copy(base: Base, source: Source, out: BinaryIO) -> None:
    with Path(base.location).open("rb") as stream:
        left = _copied_within(stream, out, base.end)
        while left:
            block = stream.read(min(BLOCK, left))
            if not block:
                raise _changed(source)
            out.write(block)
            left -= len(block)


def _copied_within(stream: BinaryIO, out: BinaryIO, size: int) -> int:
    """Have the system copy the first bytes of one file to another; how many it left to do."""
    left = size
    if sys.platform != "linux" or not isinstance(out, io.BufferedWriter):
        return left
    if not stat.S_ISREG(os.fstat(out.fileno()).st_mode):
        return left
    out.flush()
    try:
        while left and (done := os.copy_file_range(stream.fileno(), out.fileno(), left)):
            left -= done
    except OSError as error:
        if error.errno not in _NO_WAY:
            raise
    out.seek(os.lseek(out.fileno(), 0, os.SEEK_CUR))
    stream.seek(size - left)
    return left
