"""One provider's answer as bytes, and back.

A stored answer is one byte that names the form, then a zstd frame. In form 1 the frame holds one
line of JSON with everything that was read, a line feed, and the reply as it came. Values repeat
what the reply says, so both share one frame. New forms get new first bytes; old ones stay readable.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import msgspec
import zstandard

from enrich_cli.domain.entity import Field
from enrich_cli.domain.errors import StoreError
from enrich_cli.domain.ledger import Receipt
from enrich_cli.domain.outcome import Answer, Failure, Gap, Hit, Miss, Value

FORM = b"\x01"
_LEVEL = 6  # 10 us for an answer of 1 kB and 3 % smaller than level 3; higher ones gain nothing
_MOST = 1 << 28  # bytes in a frame: more than any reply may have, so a damaged length is found


class _Row(msgspec.Struct, array_like=True):
    """What was read from a reply. `values` is null for a miss; fields are only ever appended."""

    at: float
    values: dict[Field, Value] | None
    gap: Gap
    brief: bool
    receipt: Receipt | None
    url: str | None
    confidence: float | None
    mapping: str


class _Frames(threading.local):
    """A compressor and a decompressor for each thread: they must not be used by two at once."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_frames = _Frames()
_json = msgspec.json.Encoder()
_row = msgspec.json.Decoder(_Row)


def encode(answer: Answer) -> bytes:
    """The bytes under which an answer is stored.

    Text that is not Unicode (a lone surrogate) is stored with a question mark in its place, so
    that no paid answer is lost to it. Raises ValueError for a failure, which is never stored.
    """
    row = _plain(answer)
    try:
        line = _json.encode(row)
    except UnicodeEncodeError:
        line = _json.encode(_sayable(msgspec.to_builtins(row)))
    return FORM + _frames.compress(line + b"\n" + answer.reply)


def decode(stored: bytes, key: str = "") -> Answer:
    """The answer that `encode` made these bytes from, with `cached` set.

    Raises StoreError, naming `key`, for bytes of a newer form and for damaged ones.
    """
    if stored[:1] != FORM:
        raise StoreError(
            f"the stored answer {key!r} has a form that this version does not know",
            hint="upgrade enrich, or choose another folder with --cache",
        )
    frame = stored[1:]
    try:
        content = _content(frame)
        line, _, reply = content.partition(b"\n")
        row = _row.decode(line)
    except (zstandard.ZstdError, msgspec.MsgspecError, UnicodeDecodeError) as exc:
        raise StoreError(
            f"the stored answer {key!r} is damaged: {exc}",
            hint="take it out with `enrich cache forget`, or bring the store back from a copy",
        ) from exc
    return Answer(
        outcome=Miss(row.gap, row.brief) if row.values is None else Hit(row.values),
        at=row.at,
        receipt=row.receipt,
        reply=reply,
        url=row.url,
        confidence=row.confidence,
        mapping=row.mapping,
        cached=True,
    )


def _content(frame: bytes) -> bytes:
    if zstandard.frame_content_size(frame) > _MOST:
        raise zstandard.ZstdError("it claims an impossible length")
    return _frames.decompress(frame, allow_extra_data=False)


def _plain(answer: Answer) -> list[Any]:
    """The row as what JSON is made of, in the order of `_Row`."""
    values: dict[str, _Said] | None = None
    gap, brief = Gap.NOT_FOUND, False
    match answer.outcome:
        case Hit(found):
            values = {field: _said(value) for field, value in found.items()}
        case Miss(gap, brief):
            pass
        case Failure(reason):
            raise ValueError(f"a failure ({reason}) is not an answer that can be stored")
    return [
        answer.at,
        values,
        gap,
        brief,
        answer.receipt,
        answer.url,
        answer.confidence,
        answer.mapping,
    ]


class _Said(msgspec.Struct, omit_defaults=True):
    """A value without what it does not say."""

    content: Any
    confidence: float | None = None
    url: str | None = None


def _said(value: Value) -> _Said:
    content = value.content
    # A bool passes for an int in Python, but not in JSON.
    said = int(content) if isinstance(content, bool) else content
    return _Said(said, value.confidence, value.url)


def _sayable(value: Any) -> Any:
    """The same JSON value with every text made valid Unicode."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list() | tuple():
            return [_sayable(part) for part in value]
        case dict():
            return {_sayable(name): _sayable(part) for name, part in value.items()}
        case _:
            return value


def erased(answers: Mapping[str, Answer]) -> list[str]:
    """The keys of those answers by which an entity is to be forgotten."""
    return [
        key
        for key, answer in answers.items()
        if isinstance(answer.outcome, Miss) and answer.outcome.gap is Gap.ERASED
    ]
