"""Arrow schemas without pyarrow: read from a Parquet file's key, handed to Polars' writer."""

from __future__ import annotations

import base64
import binascii
import ctypes
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

_NULLABLE = 2
_ORDERED = 1
_UNITS = "smun"
_WIDTHS = ((bits, signed) for bits in (8, 16, 32, 64) for signed in (1, 0))
_INTS = dict(zip(_WIDTHS, "cCsSiIlL", strict=True))
_NUMBERS = {
    "n": 1,
    "z": 4,
    "u": 5,
    "b": 6,
    "+l": 12,
    "+s": 13,
    "+m": 17,
    "Z": 19,
    "U": 20,
    "+L": 21,
    "vz": 23,
    "vu": 24,
}
"""The numbers in the Type union of Schema.fbs of the types that take no parameter."""
_PLAIN = {number: letters for letters, number in _NUMBERS.items()}
_SMALL = {"U": "u", "vu": "u", "Z": "z", "vz": "z", "+L": "+l"}
"""Types that differ in how Arrow lays them out in memory, not in what Parquet stores."""


@dataclass(frozen=True, slots=True)
class ArrowField:
    """A field of an Arrow schema; `format` as in the Arrow C data interface."""

    name: str
    format: str
    nullable: bool = True
    metadata: tuple[tuple[bytes, bytes], ...] = ()
    children: tuple[ArrowField, ...] = ()
    dictionary: str | None = None  # the index type, where the values are dictionary-encoded
    ordered: bool = False


class _Table:
    """A table of a flatbuffer: fields by number, absent ones by their default."""

    def __init__(self, content: bytes | bytearray, place: int) -> None:
        self.content, self.place = content, place
        self.vtable = place - struct.unpack_from("<i", content, place)[0]
        self.size: int = struct.unpack_from("<H", content, self.vtable)[0]

    def place_of(self, number: int) -> int:
        """Where a field's value or offset stands; 0 where it is absent."""
        slot = 4 + 2 * number
        if slot >= self.size:
            return 0
        offset: int = struct.unpack_from("<H", self.content, self.vtable + slot)[0]
        return self.place + offset if offset else 0

    def number(self, number: int, kind: str, default: int = 0) -> int:
        at = self.place_of(number)
        value: int = struct.unpack_from("<" + kind, self.content, at)[0] if at else default
        return value

    def _target(self, at: int) -> int:
        target: int = at + struct.unpack_from("<I", self.content, at)[0]
        return target

    def target(self, number: int) -> int:
        """What the offset in a field points at; 0 where it is absent."""
        at = self.place_of(number)
        return self._target(at) if at else 0

    def text(self, number: int) -> bytes:
        at = self.place_of(number)
        if not at:
            return b""
        start = self._target(at)
        size: int = struct.unpack_from("<I", self.content, start)[0]
        return bytes(self.content[start + 4 : start + 4 + size])

    def table(self, number: int) -> _Table | None:
        at = self.place_of(number)
        return _Table(self.content, self._target(at)) if at else None

    def tables(self, number: int) -> list[_Table]:
        at = self.place_of(number)
        if not at:
            return []
        start = self._target(at)
        size: int = struct.unpack_from("<I", self.content, start)[0]
        return [_Table(self.content, self._target(start + 4 + 4 * i)) for i in range(size)]


def fields_of(encoded: str) -> tuple[ArrowField, ...] | None:
    """The fields in an `ARROW:schema` value (an IPC message in base64), or None if unreadable."""
    try:
        return tuple(map(_field, _tables(base64.b64decode(encoded))))
    except (binascii.Error, struct.error, UnicodeDecodeError, KeyError):
        return None


def relabelled(encoded: str, wanted: Mapping[str, ArrowField]) -> str:
    """The `ARROW:schema` value with the layouts of the `wanted` fields, as long as before.

    Text, binary and list columns come in several layouts, for which Polars has its own taste. A
    field that is not wanted gets the smallest one, which every reader knows.
    """
    content = bytearray(base64.b64decode(encoded))
    for item in _tables(content):
        _relabel(content, item, wanted.get(item.text(0).decode()))
    return base64.b64encode(content).decode()


def extended(encoded: str, further: str) -> str:
    """The `ARROW:schema` value with the fields of another one behind its own, which stay.

    Both flatbuffers are taken over whole, since within them all is told relative to where it
    stands; a new message and a new list of fields come before them. Endianness and features, which
    Arrow's writers leave out, are not taken over. Raises ValueError where one is no schema.
    """
    buffers = [_flatbuffer(base64.b64decode(text)) for text in (encoded, further)]
    schemas = [_schema(buffer) for buffer in buffers]
    if None in schemas:
        raise ValueError("an Arrow message without a schema")
    fields = [
        (number, field.place)
        for number, schema in enumerate(schemas)
        for field in (schema.tables(1) if schema else ())
    ]
    head = _HEAD + 4 + 4 * len(fields)
    starts = [_aligned(head), _aligned(_aligned(head) + len(buffers[0]))]
    metadata = schemas[0].target(2) if schemas[0] else 0
    vector = [
        starts[number] + place - (_HEAD + 4 + 4 * n) for n, (number, place) in enumerate(fields)
    ]
    version = _Table(buffers[0], struct.unpack_from("<I", buffers[0])[0]).number(0, "h")
    message = struct.pack("<I6HiIqhB5x", 16, 12, 24, 16, 18, 4, 8, 12, 32, 0, version, 1)
    own = struct.pack(
        "<5H2xiII",
        *(10, 12, 0, 4, 8 if metadata else 0),
        *(12, 8, starts[0] + metadata - 60 if metadata else 0),
    )
    whole = message + own + struct.pack(f"<I{len(fields)}I", len(fields), *vector)
    for start, buffer in zip(starts, buffers, strict=True):
        whole = whole.ljust(start, b"\0") + buffer
    whole = whole.ljust(_aligned(len(whole)), b"\0")
    return base64.b64encode(b"\xff\xff\xff\xff" + struct.pack("<i", len(whole)) + whole).decode()


_HEAD = 64
"""The bytes of the message and the schema table that `extended` makes, before the list."""


def _aligned(place: int) -> int:
    return -(-place // 8) * 8


def _relabel(content: bytearray, item: _Table, wanted: ArrowField | None) -> None:
    place = item.place_of(2)
    letters = _PLAIN.get(content[place]) if place else None
    if letters is not None:
        small = _SMALL.get(letters, letters)
        fits = wanted is not None and _SMALL.get(wanted.format, wanted.format) == small
        content[place] = _NUMBERS[wanted.format if wanted and fits else small]
    children = item.tables(5)
    theirs = wanted.children if wanted and len(wanted.children) == len(children) else ()
    for child, their in zip_longest(children, theirs):
        _relabel(content, child, their)


def _tables(content: bytes | bytearray) -> list[_Table]:
    """The fields of the schema in an IPC message."""
    schema = _schema(content, _start(content))
    return schema.tables(1) if schema else []


def _start(message: bytes | bytearray) -> int:
    return 8 if message.startswith(b"\xff\xff\xff\xff") else 4


def _flatbuffer(message: bytes) -> bytes:
    """The flatbuffer in an IPC message."""
    return message[_start(message) :]


def _schema(content: bytes | bytearray, start: int = 0) -> _Table | None:
    message = _Table(content, start + struct.unpack_from("<I", content, start)[0])
    return message.table(2)  # Message.header in Message.fbs


def _field(item: _Table) -> ArrowField:
    encoding = item.table(4)
    index = encoding.table(1) if encoding else None
    return ArrowField(
        name=item.text(0).decode(),
        format=_format(item.number(2, "B"), item.table(3)),
        nullable=bool(item.number(1, "B")),
        metadata=tuple((pair.text(0), pair.text(1)) for pair in item.tables(6)),
        children=tuple(_field(child) for child in item.tables(5)),
        dictionary=(_int(index) if index else "i") if encoding else None,
        ordered=bool(encoding and encoding.number(2, "B")),
    )


def _int(kind: _Table) -> str:
    return _INTS[kind.number(0, "i"), kind.number(1, "B")]


def _format(number: int, kind: _Table | None) -> str:
    """The C data interface's letters for a type of Schema.fbs. KeyError for one not known."""
    if number in _PLAIN or kind is None:
        return _PLAIN[number]
    unit = _UNITS[kind.number(0, "h", 1)] if number in (9, 18) else ""
    match number:
        case 2:
            return _int(kind)
        case 3:
            return "efg"[kind.number(0, "h")]
        case 7:
            bits = kind.number(2, "i", 128)
            size = f",{bits}" if bits != 128 else ""
            return f"d:{kind.number(0, 'i')},{kind.number(1, 'i')}{size}"
        case 8:
            return "td" + "Dm"[kind.number(0, "h", 1)]
        case 9:
            return "tt" + unit
        case 10:
            return f"ts{_UNITS[kind.number(0, 'h')]}:{kind.text(1).decode()}"
        case 15:
            return f"w:{kind.number(0, 'i')}"
        case 16:
            return f"+w:{kind.number(0, 'i')}"
        case 18:
            return "tD" + unit
        case _:
            raise KeyError(number)


class _CSchema(ctypes.Structure):
    """`struct ArrowSchema` of the Arrow C data interface."""


_RELEASE = ctypes.CFUNCTYPE(None, ctypes.POINTER(_CSchema))
_CSchema._fields_ = [  # how ctypes ties a struct to itself
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_CSchema))),
    ("dictionary", ctypes.POINTER(_CSchema)),
    ("release", _RELEASE),
    ("private_data", ctypes.c_void_p),
]


def _release(schema: Any) -> None:  # a pointer to a _CSchema
    """Mark a schema as released; its memory belongs to the Python object it came from."""
    schema.contents.release = _RELEASE()


_RELEASED = _RELEASE(_release)  # C calls it, so it lives as long as the module


class ArrowSchema:
    """A schema that any Arrow library imports by `__arrow_c_schema__`.

    It owns the memory: it must live for as long as the importer uses what it was given.
    """

    def __init__(self, fields: Sequence[ArrowField]) -> None:
        self._kept: list[object] = []
        self._root = self._built(ArrowField("", "+s", children=tuple(fields)))

    def __arrow_c_schema__(self) -> object:
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = (
            ctypes.py_object,
            (
                ctypes.c_void_p,
                ctypes.c_char_p,
                ctypes.c_void_p,
            ),
        )
        capsule: object = new(ctypes.addressof(self._root), b"arrow_schema", None)
        return capsule

    def _built(self, field: ArrowField) -> _CSchema:
        children = [self._built(child) for child in field.children]
        schema = _CSchema()
        schema.name = field.name.encode()
        schema.format = (field.dictionary or field.format).encode()
        if field.dictionary:
            value = self._built(ArrowField("", field.format, children=field.children))
            schema.dictionary = ctypes.pointer(value)
            children = []
        schema.flags = _NULLABLE * field.nullable + _ORDERED * field.ordered
        schema.n_children = len(children)
        if children:
            pointers = (ctypes.POINTER(_CSchema) * len(children))(*map(ctypes.pointer, children))
            schema.children = ctypes.cast(pointers, ctypes.POINTER(ctypes.POINTER(_CSchema)))
            self._kept.append(pointers)
        if field.metadata:
            packed = ctypes.create_string_buffer(_packed(field.metadata))
            schema.metadata = ctypes.cast(packed, ctypes.c_char_p)
            self._kept.append(packed)
        schema.release = _RELEASED
        self._kept.append(schema)
        return schema


def _packed(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    parts = [struct.pack("=i", len(pairs))]
    for key, value in pairs:
        parts += [struct.pack("=i", len(key)), key, struct.pack("=i", len(value)), value]
    return b"".join(parts)
