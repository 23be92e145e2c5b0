"""The text of a page, from its bytes."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(
    r"charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([\w.:-]{1,30})", re.IGNORECASE | re.ASCII
)
# Labels by the Encoding standard, as Python calls what browsers take them for.
_CODECS = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "iso8859-1": "cp1252",
    "latin1": "cp1252", "latin-1": "cp1252", "iso-8859-9": "cp1254", "iso-8859-11": "cp874",
    "tis-620": "cp874", "windows-874": "cp874", "shift_jis": "cp932", "shift-jis": "cp932",
    "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "gb2312": "gb18030",
    "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949", "euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp", "koi8-r": "koi8_r",
    "koi8-u": "koi8_u", "macintosh": "mac_roman",
}  # fmt: skip
_ESCAPE = b"\x1b"  # by which ISO-2022 leaves ASCII
_FEWEST = 4  # bytes that only UTF-8 has, below which it may be chance
_REGULAR = re.compile(r"iso-?8859-(?:[2-8]|1[03-6])|(?:windows-|cp)125[0-8]", re.ASCII)


def utf8(body: bytes, content_type: str = "") -> bytes:
    """The page as UTF-8, which most are as they come."""
    if body.isascii():
        plain = _ESCAPE not in body
    else:
        html = _read(body)
        plain = (
            html != ""
            and "\ufffd" not in html
            and not body.startswith(codecs.BOM_UTF8)
            and (len(body) - len(html) >= _FEWEST or not _declared(body, content_type))
        )
    return body if plain else decode(body, content_type).encode("utf-8", "ignore")


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a page by its byte-order mark, header or own declaration, else as UTF-8.

    What declares nothing and is plainly not UTF-8 is read as Windows-1252, as browsers do. What
    declares something else and is plainly UTF-8 was moved by people who forgot to say so.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, "replace")
    if codec := _declared(body, content_type):
        html = _read(body)
        plainly = html and len(body) - len(html) >= _FEWEST
        return html if plainly else body.decode(codec, "replace")
    html = body.decode("utf-8", "replace")
    wrong = html.count("\ufffd")
    if wrong > 3 and 2 * wrong > len(html) - len(html.encode("ascii", "ignore")):
        return body.decode("cp1252", "replace")
    return html


def _declared(body: bytes, content_type: str) -> str:
    """The codec that header or page declare, "" where that is UTF-8 or nothing that is known."""
    for declared in (content_type, body[:4_096].decode("latin-1")):
        match = _CHARSET.search(declared)
        label = match[1].lower() if match else ""
        if label in ("utf-8", "utf8", "utf-16", "utf-16le", "utf-16be"):  # "utf-16" in ASCII lies
            break
        found = _CODECS.get(label) or (label if _REGULAR.fullmatch(label) else "")
        if found:
            return found
    return ""


def _read(body: bytes) -> str:
    """The text of a page that is UTF-8 from end to end, else ""."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return ""
