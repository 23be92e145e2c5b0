"""Which encoding a text table is in, and its way to UTF-8 and back without losing a byte.

Bytes that the encoding has no character for travel as characters of a private plane (0x10F800
plus the byte) and become the same bytes again in the output.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

from enrich_cli.domain.errors import TableError
from enrich_cli.tables.spool import BLOCK

FALLBACK = "cp1252"
"""What western spreadsheets write that do not write UTF-8."""

_BOMS = (  # longest first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CANDIDATES = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "koi8_r", "mac_roman"),
    *("cp850", "cp932", "gb18030", "big5", "euc_jp", "euc_kr"),
)
_SWALLOWING = ("cp932", "gb18030", "big5")
"""Encodings in which the byte of a `|` may be the second half of a character."""
_SELDOM = ("cp850", "mac_roman")
"""Believed only where the text looks like a language: any bytes are good in them."""
_SAME_CHAOS, _SAME_COHERENCE = 0.01, 0.05
"""Differences in what charset-normalizer measures (0 to 1) that say nothing."""
_ESCAPED = {0xDC00 + byte: 0x10F800 + byte for byte in range(128, 256)}
_RESTORED = {private: surrogate for surrogate, private in _ESCAPED.items()}
_WORD = re.compile(rb'[^\s,;"]*[\x80-\xff][^\s,;"]*')
_SURROGATE = re.compile("[\udc80-\udcff]")
_PRIVATE = re.compile("[\U0010f880-\U0010f8ff]")


def sniff(head: bytes) -> tuple[str, bytes]:
    """The Unicode encoding that a file's first bytes show, and its byte-order mark.

    UTF-8 is assumed where nothing speaks against it.
    """
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name, bom
    even, odd = head[0::2].count(0), head[1::2].count(0)
    enough = len(head) * 0.15  # of western text every second byte is zero
    if odd > enough > even and head[1] == 0:
        return "utf-16-le", b""
    if even > enough > odd and head[0] == 0:
        return "utf-16-be", b""
    return "utf-8", b""


def is_utf8(stream: BinaryIO) -> bool:
    """Whether all that `stream` still holds is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in iter(lambda: stream.read(BLOCK), b""):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def guess(stream: BinaryIO) -> str:
    """The encoding of a file that is not UTF-8 throughout, read from its start.

    `utf-8` where more of its other characters are UTF-8 than are not: a few lines are damaged.
    """
    sample = b"\n".join(_telling(stream))
    text = sample.decode("utf-8", "surrogateescape")
    bad = len(_SURROGATE.findall(text))
    if sum(not char.isascii() for char in text) > 2 * bad:
        return "utf-8"
    stream.seek(0)
    barred = _SWALLOWING if _has_bars(stream) else ()
    candidates = [name for name in _CANDIDATES if name not in barred]
    from charset_normalizer import from_bytes  # costs a tenth of a second, seldom needed

    matches = [
        match
        for match in from_bytes(sample, cp_isolation=candidates)
        if match.coherence or match.encoding not in _SELDOM
    ]
    least = min((match.chaos for match in matches), default=0.0)
    likely = [match for match in matches if match.chaos <= least + _SAME_CHAOS]
    best = max((match.coherence for match in likely), default=0.0)
    for match in likely:
        if FALLBACK in match.could_be_from_charset and match.coherence > best - _SAME_COHERENCE:
            return FALLBACK
    return next((match.encoding for match in likely if match.coherence == best), FALLBACK)


def _has_bars(stream: BinaryIO) -> bool:
    """Whether most lines have as many `|` as the first, so that it stands between cells."""
    lines = [line for line in stream.readlines(BLOCK) if line.strip()]
    bars = lines[0].count(b"|") if lines else 0
    return bars > 0 and 2 * sum(line.count(b"|") == bars for line in lines) > len(lines)


def _telling(stream: BinaryIO) -> Iterable[bytes]:
    """The different words with other than ASCII characters, enough of them to guess by."""
    words: dict[bytes, None] = {}
    size = 0
    for line in stream:
        if not line.isascii():
            words.update(dict.fromkeys(_WORD.findall(line[:BLOCK])))
            size += len(line)
            if size > BLOCK:
                break
    return words


@dataclass(slots=True)
class Transcoded:
    """How a file came to UTF-8.

    `damaged` are the lines with undecodable bytes; `exact` says whether the way back gives the
    same bytes.
    """

    damaged: list[int] = field(default_factory=list)
    exact: bool = True


def to_utf8(stream: BinaryIO, out: BinaryIO, encoding: str, path: str) -> Transcoded:
    """Rewrite all that `stream` still holds as UTF-8.

    Raises TableError where UTF-16 or UTF-32 is damaged: there is no telling where characters
    begin again.
    """
    wide = encoding.startswith(("utf-16", "utf-32"))
    errors = "strict" if wide else "surrogateescape"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    result = Transcoded()
    before, after = hashlib.blake2b(), hashlib.blake2b()
    line, block = 1, b"-"
    while block:
        block = stream.read(BLOCK)
        before.update(block)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as exc:
            raise TableError(
                f"{path}: line {line} or later is not {encoding.upper()}: {exc.reason}",
                hint="save the table as UTF-8",
            ) from exc
        after.update(_encoded(text, encoding, errors))
        try:
            out.write(text.encode())
        except UnicodeEncodeError:
            for number, piece in enumerate(text.split("\n"), line):
                if _SURROGATE.search(piece) and number not in result.damaged[-1:]:
                    result.damaged.append(number)
            out.write(text.translate(_ESCAPED).encode())
        line += text.count("\n")
    result.exact = before.digest() == after.digest()
    return result


def _encoded(text: str, encoding: str, errors: str) -> bytes:
    try:
        return text.encode(encoding, errors)
    except UnicodeEncodeError:  # a character that the way back would not know
        return b""


def from_utf8(stream: BinaryIO, out: BinaryIO, encoding: str) -> None:
    """Rewrite UTF-8, made by `to_utf8` and added to since, in the encoding it came from.

    Raises UnicodeEncodeError where the encoding has no such character.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    block = b"-"
    while block:
        block = stream.read(BLOCK)
        text = decoder.decode(block, final=not block)
        out.write(_restored(text, encoding))


def _restored(text: str, encoding: str) -> bytes:
    if encoding != "utf-8" or not _PRIVATE.search(text):
        try:
            return text.encode(encoding)
        except UnicodeEncodeError:
            if not _PRIVATE.search(text):
                raise
    return text.translate(_RESTORED).encode(encoding, "surrogateescape")
