"""Hosts out of URL-like text: the URL standard's host rules and the Public Suffix List."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from datetime import date
from urllib.parse import unquote_to_bytes

import idna
import polars as pl
import polars_tldextract as tldextract

from enrich_cli.domain.lists import lines
from enrich_cli.tables.text import once

# Lower-case ASCII whose last label starts with a letter: the standard leaves it as it is.
_PLAIN = r"^(?:[a-z0-9_-]+\.)*[a-z][a-z0-9_-]*\.?$"
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DIGITS = {
    8: re.compile(r"[0-7]{1,40}"),
    10: re.compile(r"[0-9]{1,40}"),
    16: re.compile(r"[0-9a-f]{1,40}"),
}
_LONGEST = 1000  # names of the DNS have at most 253 letters; decoding punycode takes its time
# Forbidden domain code points of the URL standard (space and controls included).
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")
_RESERVED = r"(?:^|\.)([^.]+\.(?:example|test))$"  # RFC 2606 and RFC 6761


def suffixes_dated() -> str:
    """The date of the Public Suffix List in use, such as `2025-04-07`."""
    return tldextract.psl_version()[:10]


def registrable(host: pl.Expr) -> pl.Expr:
    """The registrable domain of a lower-case ASCII host, null where there is none.

    The list's private section counts on purpose: `acme.github.io` is a site of its own, and
    `github.io` is nobody's, with or without `www.`. The names reserved for documentation and
    tests count as domains, and so do the suffixes at which their operator lives.
    """
    listed = tldextract.registrable_domain(host, include_private=True)
    return once(pl.struct(host=host, listed=listed), _domain)


def _domain(found: pl.Expr) -> pl.Expr:
    host, listed = found.struct.field("host"), found.struct.field("listed")
    # The www. of a suffix is no more than the suffix.
    listed = pl.when(~listed.str.contains(r"^www\.[^.]+\..")).then(listed)
    suffix = pl.when(listed.is_null()).then(host).str.replace(r"^(?:www\.)+", "")
    operator = pl.when(suffix.is_in(list(lines("operators")))).then(suffix)
    # Looked for where they can be: most hosts are elsewhere.
    reserved = pl.when(host.str.ends_with(".example") | host.str.ends_with(".test")).then(host)
    return pl.coalesce(reserved.str.extract(_RESERVED, 1), listed, operator)


def is_private_suffix(host: pl.Expr) -> pl.Expr:
    """Whether a host without registrable domain is a suffix of the list's private section."""
    return tldextract.registrable_domain(host, include_private=False).is_not_null()


def host_of(authority_: pl.Expr) -> pl.Expr:
    """The host in an authority as the URL standard serialises it, without a final dot.

    Null where the standard refuses it. IPv4 in any spelling comes as four numbers, IPv6 in
    brackets, other names as punycode.
    """
    return once(authority_.str.replace(r"^.*@", "").str.replace(r":[0-9]*$", ""), _parsed)


def _parsed(host: pl.Expr) -> pl.Expr:
    lower = host.str.to_lowercase()
    plain = lower.str.contains(_PLAIN) & ~lower.str.contains("xn--", literal=True)
    # In their own case: the standard maps letters, and lower case is not the same for all.
    odd = pl.when(~plain).then(host)
    parsed = odd.map_batches(_parse_distinct, return_dtype=pl.String, is_elementwise=True)
    return pl.when(plain).then(lower.str.strip_suffix(".")).otherwise(parsed)


def without_www(host: pl.Expr, domain: pl.Expr) -> pl.Expr:
    """The host without leading `www.`, but never less than its registrable domain."""
    short = pl.when(host.str.starts_with("www.")).then(host).str.replace(r"^(?:www\.)+", "")
    too_short = short.str.len_bytes() < domain.str.len_bytes()
    return pl.when(too_short).then(domain).otherwise(pl.coalesce(short, host))


def _parse_distinct(hosts: pl.Series) -> pl.Series:
    """The few hosts that are not plain ASCII, each distinct one parsed once."""
    distinct = hosts.drop_nulls().unique()
    parsed = pl.Series([parse_host(host) for host in distinct], dtype=pl.String)
    return hosts.replace_strict(distinct, parsed, default=None, return_dtype=pl.String)


def parse_host(host: str) -> str | None:
    """One host by the URL standard's host parser (for http and https), None on failure."""
    if len(host) > _LONGEST:
        return None
    if host.startswith("["):
        return _parse_ipv6(host)
    try:
        text = unquote_to_bytes(host).decode()
    except UnicodeDecodeError:
        return None
    name = _to_ascii(text)
    if not name or _FORBIDDEN.search(name):
        return None
    labels = name.rstrip(".").split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        return _parse_ipv4(labels)
    return name.rstrip(".") or None


def _to_ascii(text: str) -> str | None:
    """UTS 46 processing, not transitional: letters mapped, other labels as punycode."""
    if text.isascii() and "xn--" not in text.lower():
        return text.lower()
    try:
        mapped = idna.uts46_remap(text, std3_rules=False, transitional=False)
        return ".".join(_label_to_ascii(label) for label in mapped.split("."))
    except (ValueError, IndexError, OverflowError):  # what idna and punycode raise on odd letters
        return None


def _label_to_ascii(label: str) -> str:
    if label.startswith("xn--"):
        decoded = label[4:].encode("ascii").decode("punycode")
        if decoded.isascii() or idna.uts46_remap(decoded, std3_rules=False) != decoded:
            raise idna.IDNAError(label)
        _check_label(decoded)
        return label
    if label.isascii():
        return label
    _check_label(label)
    return "xn--" + label.encode("punycode").decode("ascii")


def _check_label(label: str) -> None:
    """Symbols such as emoji pass, as in browsers; joiners and directions must be in order."""
    if unicodedata.category(label[0]).startswith("M"):
        raise idna.IDNAError(label)
    idna.check_nfc(label)
    idna.check_bidi(label)
    for index, letter in enumerate(label):
        if letter in "\u200c\u200d" and not idna.valid_contextj(label, index):
            raise idna.IDNAError(label)


def _parse_ipv4(parts: list[str]) -> str | None:
    """An IPv4 address in one to four parts, each decimal, octal or hexadecimal."""
    numbers = [_number(part) for part in parts]
    if len(parts) > 4 or None in numbers:
        return None
    *heads, last = (number for number in numbers if number is not None)
    if any(head > 255 for head in heads) or last >= 256 ** (5 - len(parts)):
        return None
    value = last + sum(head << (8 * (3 - place)) for place, head in enumerate(heads))
    return str(ipaddress.IPv4Address(value))


def _number(part: str) -> int | None:
    digits, base = part, 10
    if part[:2] == "0x":
        digits, base = part[2:] or "0", 16
    elif len(part) > 1 and part[0] == "0":
        digits, base = part[1:], 8
    # int() alone would take signs and underscores, too.
    return int(digits, base) if _DIGITS[base].fullmatch(digits) else None


def _parse_ipv6(host: str) -> str | None:
    try:
        address = ipaddress.IPv6Address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    if address.scope_id is not None or not host.endswith("]"):
        return None
    mapped = address.ipv4_mapped
    if mapped is None:
        return f"[{address}]"
    # Python writes these in two ways, depending on its version.
    high, low = divmod(int(mapped), 0x10000)
    return f"[::ffff:{high:x}:{low:x}]"


def suffixes_of() -> date:
    """The day of the Public Suffix List that is used."""
    return date.fromisoformat(tldextract.psl_version()[:10])
