"""Reads the footer of a Parquet file: what Polars keeps to itself (codec, physical types)."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from enrich_cli.domain.errors import TableError

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
    codec: Codec


class _Compact:
    """The compact protocol of Apache Thrift, structs read as dicts by field number."""

    def __init__(self, content: bytes) -> None:
        self.content, self.place = content, 0

    def _byte(self) -> int:
        self.place += 1
        return self.content[self.place - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def _int(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _bytes(self) -> bytes:
        size = self._varint()
        self.place += size
        return self.content[self.place - size : self.place]

    def _value(self, kind: int) -> Any:  # a value of any thrift type
        match kind:
            case 1 | 2:
                return kind == 1
            case 3:
                return self._byte()
            case 4 | 5 | 6:
                return self._int()
            case 7:
                self.place += 8
                return struct.unpack("<d", self.content[self.place - 8 : self.place])[0]
            case 8:
                return self._bytes()
            case 9 | 10:
                head = self._byte()
                size = head >> 4 if head < 0xF0 else self._varint()
                return [self._element(head & 0x0F) for _ in range(size)]
            case 12:
                return self.struct()
            case _:
                raise ValueError(f"thrift type {kind}")

    def _element(self, kind: int) -> Any:  # in a list a boolean is a byte
        return self._byte() == 1 if kind in (1, 2) else self._value(kind)

    def struct(self) -> dict[int, Any]:
        """The struct that begins here."""
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._int()
            fields[number] = self._value(head & 0x0F)
        return fields


def is_parquet(head: bytes) -> bool:
    """Whether a file that begins with these (at least five) bytes is Parquet.

    The fifth tells it from a text table whose first column is named PAR1: thrift, no text.
    """
    return head.startswith(b"PAR1") and head[4:5] < b" " and head[4:5] not in b"\t\r\n"


def read_footer(location: str, path: str) -> Footer:
    """The footer of the Parquet file at `location`; `path` is its name in messages.

    Raises TableError where the file is not Parquet, or is cut off.
    """
    try:
        with Path(location).open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(size - 8)
            length, magic = struct.unpack("<I4s", stream.read(8))
            stream.seek(size - 8 - length)
            content = stream.read(length) if magic == b"PAR1" else b""
        return _footer(_Compact(content).struct())
    except (ValueError, IndexError, KeyError, struct.error, OSError) as exc:
        raise TableError(
            f"{path} is not a whole Parquet file: its end is missing or damaged",
            hint="copy or write the file again",
        ) from exc


def _footer(meta: dict[int, Any]) -> Footer:
    groups = meta[4]
    codecs = {chunk[3][4] for group in groups for chunk in group[1]}
    codec = min(codecs, default=6)
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
    )
