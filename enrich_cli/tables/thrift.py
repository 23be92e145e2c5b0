"""The compact protocol of Apache Thrift, as its specification (thrift-compact-protocol.md) has it.

What is read keeps its types, so that fields nobody here knows are written back as they came.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY = range(1, 9)
_LIST, _SET, _MAP, _STRUCT, _UUID = range(9, 14)
_FIXED = {_BYTE: 1, _DOUBLE: 8, _UUID: 16}
"""The bytes of the values that are kept as they stand."""


class Struct(dict[int, Any]):
    """The values of a struct by field number, in their order; `kinds` has their thrift types."""

    __slots__ = ("kinds",)

    def __init__(self) -> None:
        super().__init__()
        self.kinds: dict[int, int] = {}


class Listing(list[Any]):
    """The values of a list or a set, all of one thrift type. Those of a map are pairs."""

    __slots__ = ("kind",)

    def __init__(self, kind: int, values: Iterator[Any]) -> None:
        super().__init__(values)
        self.kind = kind


def read_struct(content: bytes) -> Struct:
    """The struct that `content` begins with.

    Raises IndexError where it is cut off, ValueError for a type that thrift does not have.
    """
    return _Reader(content).struct()


def written(struct: Struct) -> bytes:
    """The struct in the shortest spelling, which is that of the usual writers.

    To `read_struct` it is the same struct again. Raises ValueError for a type that thrift does
    not have.
    """
    out = bytearray()
    _put_struct(out, struct)
    return bytes(out)


class _Reader:
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

    def _bytes(self, size: int) -> bytes:
        self.place += size
        if self.place > len(self.content):
            raise IndexError(self.place)
        return self.content[self.place - size : self.place]

    def _value(self, kind: int) -> Any:  # a value of any thrift type
        match kind:
            case 1 | 2:
                return kind == _TRUE
            case 3 | 7 | 13:
                return self._bytes(_FIXED[kind])
            case 4 | 5 | 6:
                return self._int()
            case 8:
                return self._bytes(self._varint())
            case 9 | 10:
                head = self._byte()
                size = head >> 4 if head < 0xF0 else self._varint()
                inner = head & 0x0F
                return Listing(inner, (self._element(inner) for _ in range(size)))
            case 11:
                size = self._varint()
                kinds = self._byte() if size else 0
                key, value = kinds >> 4, kinds & 0x0F
                pairs = ((self._element(key), self._element(value)) for _ in range(size))
                return Listing(kinds, pairs)
            case 12:
                return self.struct()
            case _:
                raise ValueError(f"thrift type {kind}")

    def _element(self, kind: int) -> Any:  # in a list a boolean is a byte
        return self._byte() == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind)

    def struct(self) -> Struct:
        fields = Struct()
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._int()
            kind = head & 0x0F
            fields[number] = self._value(kind)
            fields.kinds[number] = kind
        return fields


def _put_struct(out: bytearray, struct: Struct) -> None:
    before = 0
    for number, value in struct.items():
        kind = struct.kinds[number]
        if kind in (_TRUE, _FALSE):
            kind = _TRUE if value else _FALSE
        if 0 < number - before <= 15:
            out.append((number - before) << 4 | kind)
        else:
            out.append(kind)
            _put_int(out, number)
        before = number
        if kind not in (_TRUE, _FALSE):
            _put(out, kind, value)
    out.append(0)


def _put(out: bytearray, kind: int, value: Any) -> None:
    match kind:
        case 1 | 2:
            out.append(_TRUE if value else _FALSE)
        case 3 | 7 | 13:
            out += value
        case 4 | 5 | 6:
            _put_int(out, value)
        case 8:
            _put_varint(out, len(value))
            out += value
        case 9 | 10:
            if len(value) < 15:
                out.append(len(value) << 4 | value.kind)
            else:
                out.append(0xF0 | value.kind)
                _put_varint(out, len(value))
            for item in value:
                _put(out, value.kind, item)
        case 11:
            _put_varint(out, len(value))
            if value:
                out.append(value.kind)
            for key, item in value:
                _put(out, value.kind >> 4, key)
                _put(out, value.kind & 0x0F, item)
        case 12:
            _put_struct(out, value)
        case _:
            raise ValueError(f"thrift type {kind}")


def _put_int(out: bytearray, value: int) -> None:
    _put_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)


def _put_varint(out: bytearray, value: int) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
