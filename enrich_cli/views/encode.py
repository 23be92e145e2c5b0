"""Values as JSON bytes: fast, always valid, and harmless on a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

_encoder = msgspec.json.Encoder()
_STEERING = re.compile(
    rb"\x7f|\xc2[\x80-\x9f]"  # DEL and C1
    rb"|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]"  # line ends, marks of reading direction
    rb"|\xef\xbb\xbf"  # byte-order mark
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def encode_json(value: object) -> bytes:
    """`value` on one line, without a line end.

    Takes dicts with text keys, lists, tuples, text, numbers, booleans and None. Characters that
    steer a terminal are written as escapes, which mean the same to every JSON reader. Halves of
    surrogate pairs, as in the names of files that are not UTF-8, become U+FFFD.
    """
    try:
        encoded = _encoder.encode(value)
    except UnicodeEncodeError:
        encoded = _encoder.encode(_mended(value))
    return _STEERING.sub(_escaped, encoded) if _STEERING.search(encoded) else encoded


def encode_document(value: object) -> bytes:
    """`value` as `encode_json` writes it, over indented lines, with a line end."""
    return msgspec.json.format(encode_json(value), indent=2) + b"\n"


def _escaped(match: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(match.group().decode())


def _mended(value: object) -> object:
    match value:
        case str():
            return _SURROGATE.sub("\ufffd", value)
        case Mapping():
            return {_mended(key): _mended(item) for key, item in value.items()}
        case list() | tuple():
            return [_mended(item) for item in value]
        case _:
            return value
