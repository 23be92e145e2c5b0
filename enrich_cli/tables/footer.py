"""Reads the footer of a Parquet file: what Polars keeps to itself (codec, physical types)."""

from __future__ import annotations

import hashlib
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from enrich_cli.domain.errors import TableError
from enrich_cli.tables.thrift import Struct, read_struct

Codec = Literal["uncompressed", "snappy", "gzip", "brotli", "lz4", "zstd"]

_CODECS: Mapping[int, Codec] = {
    0: "uncompressed",
    1: "snappy",
    2: "gzip",
    4: "brotli",
    5: "lz4",
    6: "zstd",
    7: "lz4",
}
"""CompressionCodec in parquet.thrift, as Polars names them. LZO (3) can only be read."""


@dataclass(frozen=True, slots=True)
class Element:
    """One node of the Parquet schema, depth first; the numbers are those of parquet.thrift."""

    name: str
    type: int | None
    length: int | None
    required: bool
    children: int
    converted: int | None
    logical: Mapping[int, Any]


@dataclass(frozen=True, slots=True)
class Footer:
    """What the end of a Parquet file says about it."""

    elements: tuple[Element, ...]
    rows: int
    row_group: int  # rows in the largest row group
    codec: Codec  # of most chunks
    mark: bytes  # a hash of all that it says


def is_parquet(head: bytes) -> bool:
    """Whether a file that begins with these (at least five) bytes is Parquet.

    The fifth tells it from a text table whose first column is named PAR1: thrift, no text.
    """
    return head.startswith(b"PAR1") and head[4:5] < b" " and head[4:5] not in b"\t\r\n"


def read_footer(location: str, path: str) -> Footer:
    """The footer of the Parquet file at `location`; `path` is its name in messages.

    Raises TableError where the file is not Parquet, or is cut off.
    """
    with _whole(path):
        _, content = footer_bytes(location, path)
        return _footer(read_struct(content), hashlib.sha256(content).digest())


def footer_bytes(location: str, path: str) -> tuple[int, bytes]:
    """Where the footer of a Parquet file begins, and the footer without its length and the magic.

    Raises as `read_footer`.
    """
    with _whole(path), Path(location).open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(size - 8)
        length, magic = struct.unpack("<I4s", stream.read(8))
        begin = stream.seek(size - 8 - length)
        return begin, stream.read(length) if magic == b"PAR1" else b""


@contextmanager
def _whole(path: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, IndexError, KeyError, struct.error, OSError) as exc:
        raise TableError(
            f"{path} is not a whole Parquet file: its end is missing or damaged",
            hint="copy or write the file again",
        ) from exc


def _footer(meta: Struct, mark: bytes) -> Footer:
    groups = meta[4]
    codecs = Counter(chunk[3][4] for group in groups for chunk in group[1])
    codec = max(sorted(codecs), key=codecs.__getitem__, default=6)
    return Footer(
        elements=tuple(
            Element(
                name=item[4].decode(),
                type=item.get(1),
                length=item.get(2),
                required=item.get(3) == 0,
                children=item.get(5, 0),
                converted=item.get(6),
                logical=item.get(10, {}),
            )
            for item in meta[2]
        ),
        rows=meta[3],
        row_group=max((group[3] for group in groups), default=0),
        codec=_CODECS.get(codec, "zstd"),
        mark=mark,
    )
