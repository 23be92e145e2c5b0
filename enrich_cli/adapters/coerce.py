"""Raw values of replies and pages to values of the field catalogue: types, units, formats."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit, urlunsplit

from enrich_cli.adapters.hosts import homepage, mail_provider
from enrich_cli.adapters.identity import linkedin
from enrich_cli.domain.countries import country_code
from enrich_cli.domain.entity import CATALOGUE, Field, FieldType
from enrich_cli.domain.outcome import Scalar

MAX_TEXT = 8_000
"""Longer texts are cut: a cell is not a document."""

_MAX_URL = 2_048
_MAX_INTEGER = 2**63 - 1  # what an integer column holds
_MAX_NUMBER = 10**308  # above lies nothing that anyone counts, and Python prints no number at all
# Control characters, and those that hide or turn round what follows them.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_NOTHING = frozenset(
    ("", "-", "--", "n/a", "n.a.", "na", "null", "none", "nil", "undefined", "not available")
)
_LONGEST_NOTHING = 1 + max(map(len, _NOTHING))
_GROUPED = re.compile(r"\d{1,3}(?:([,' \u00a0\u202f])\d{3})(?:\1\d{3})*")
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)([kmb]?)")
_SCALES = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
_COUNT = r"(\d[\d,'.]*k?)"
_USUAL_RANGE = re.compile(r"(\d{1,9})-(\d{1,9})", re.ASCII)
_RANGE = re.compile(rf"{_COUNT}(?:-|to|until){_COUNT}")
_FROM = re.compile(rf"{_COUNT}(?:\+|-|andmore|ormore)")
_OVER = re.compile(rf"(?:>|over-?|morethan){_COUNT}")
# What comes out as it is: most of those that sites write.
_USUAL_URL = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[\w./~%+,@-]*)?(?:\?[\w.=&%+-]+)?", re.ASCII
)
_WEB, _SCHEME = re.compile(r"https?://", re.I), re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.I)
_HOST = re.compile(r"(?:[\w-]+\.)+[\w-]{2,}(?::\d+)?", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")


def coerce(field: Field, raw: object) -> Scalar | None:
    """The value of `field` that `raw` stands for, or None where it stands for none.

    null, booleans, empty texts and such as "N/A" are no values. A single-valued field takes the
    first value of a list.
    """
    return _READERS[field](raw)


def text(raw: object) -> str | None:
    """Text without control characters and doubled blanks, at most `MAX_TEXT` long."""
    if isinstance(raw, str):
        if not (raw.isascii() and raw.isprintable()) or "  " in raw or raw.strip() != raw:
            raw = " ".join(_UNSEEN.sub("", raw).split())
        if len(raw) > MAX_TEXT:
            raw = raw[:MAX_TEXT].rstrip()
        return None if len(raw) < _LONGEST_NOTHING and raw.lower() in _NOTHING else raw
    if isinstance(raw, list | tuple):
        return next((found for leaf in _leaves(raw) if (found := text(leaf)) is not None), None)
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return _number_text(raw)
    return None


def integer(raw: object) -> int | None:
    """A whole number of zero or more: 120, 120.0, "1,200", "$1.5M". A range is none."""
    while isinstance(raw, list | tuple) and len(raw) == 1:
        raw = raw[0]
    if isinstance(raw, str):
        raw = _parse_number(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    if isinstance(raw, float) and not math.isfinite(raw):
        return None
    whole = round(raw)
    return whole if 0 <= whole <= _MAX_INTEGER else None


def year(raw: object) -> int | None:
    """A year of four digits, from a number, a text or a date."""
    if isinstance(raw, dict):
        raw = raw.get("year")
    found = text(raw)
    match = re.match(r"(\d{4})(?:\.0+)?(?!\d)", found) if found else None
    return int(match[1]) if match and 1000 <= int(match[1]) <= 2100 else None


def date(raw: object) -> str | None:
    """A day as 2009-03-02, from an ISO date or time or an object of year, month and day."""
    if isinstance(raw, dict):
        raw = "-".join(f"{text(raw.get(part)) or '':0>2}" for part in ("year", "month", "day"))
    found = text(raw)
    if found is None or not re.match(r"\d{4}-\d\d-\d\d(?!\d)", found):
        return None
    try:
        return datetime.date.fromisoformat(found[:10]).isoformat()
    except ValueError:
        return None


def employee_range(raw: object) -> str | None:
    """A range such as 51-200, or 10001+ where it has no end."""
    if isinstance(raw, dict):
        low, high = (raw.get(name, raw.get(other)) for name, other in _ENDS)
        raw = [low, high]
    if isinstance(raw, list | tuple):
        if len(raw) != 2 or isinstance(raw[0], str):
            return employee_range(raw[0]) if raw and isinstance(raw[0], str) else None
        first, last = integer(raw[0]), integer(raw[1])
        return None if first is None else _range(first, last)
    if not isinstance(raw, str):
        return None
    plain = (
        re.sub(r"\s|employees|people|staff", "", raw.lower()).replace("–", "-").replace("—", "-")
    )
    if match := _RANGE.fullmatch(plain):
        return _range(_count(match[1]), _count(match[2]))
    if match := _FROM.fullmatch(plain):
        return _range(_count(match[1]), None)
    if match := _OVER.fullmatch(plain):
        low = _count(match[1])
        return None if low is None else _range(low + 1, None)
    return None


def url(raw: object) -> str | None:
    """A web address with its scheme and a lower-case host."""
    found = text(raw)
    if found is None or " " in found or len(found) > _MAX_URL:
        return None
    if _USUAL_URL.fullmatch(found):
        return found
    if found.startswith("//"):
        found = found[2:]
    if not _WEB.match(found):
        if _SCHEME.match(found) or not _HOST.match(found):
            return None
        found = f"https://{found}"
    try:
        parts = urlsplit(found)
        host = parts.hostname
    except ValueError:
        return None
    if not host or "@" in parts.netloc:
        return None
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()))


def texts(raw: object) -> tuple[str, ...] | None:
    """A list without repetitions, from a list or from text with commas or semicolons."""
    parts = re.split(r"[,;|]", raw) if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple):
        return None
    found = dict.fromkeys(word for part in parts if (word := text(part)) is not None)
    return tuple(found) or None


def country(raw: object) -> str | None:
    """A country's two letters, from its code or its English name."""
    if isinstance(raw, list | tuple):
        raw = next((part for part in raw if part), None)
    if not isinstance(raw, str) or raw.strip().lower() in _NOTHING - {"na"}:  # NA is Namibia
        return None
    return country_code(raw)


def email(raw: object) -> str | None:
    """An e-mail address in lower case."""
    found = text(raw)
    found = found.lower().removeprefix("mailto:") if found else ""
    return found if _EMAIL.fullmatch(found) else None


NAMED: Mapping[str, Callable[[object], object]] = {
    "text": text,
    "int": integer,
    "year": year,
    "date": date,
    "range": employee_range,
    "url": url,
    "list": texts,
    "country": country,
    "email": email,
    "homepage": homepage,
    "mail_provider": mail_provider,
}
"""The readers by the name that a spec file's `as` gives them."""

_ENDS = (("min", "from"), ("max", "to"))


def _lower(raw: object) -> str | None:
    found = text(raw)
    return found.lower() if found else None


def _lei(raw: object) -> str | None:
    found = (text(raw) or "").upper()
    return found if re.fullmatch(r"[A-Z0-9]{20}", found) else None


def _linkedin_page(kinds: frozenset[str]) -> Callable[[object], str | None]:
    def read(raw: object) -> str | None:
        found = linkedin(text(raw) or "")
        if found is None or found[0] not in kinds:
            return None
        return f"https://www.linkedin.com/{found[0]}/{found[1]}"

    return read


def _profile(home: str, *hosts: str) -> Callable[[object], str | None]:
    """A reader of profiles on one site: its usual address, without what trackers add."""
    known = frozenset((home.removeprefix("www."), *hosts))

    def read(raw: object) -> str | None:
        found = text(raw)
        if found is not None and re.fullmatch(r"@[\w.]+", found):
            found = f"https://{home}/{found if home == 'www.youtube.com' else found[1:]}"
        found = url(found)
        if found is None:
            return None
        parts = urlsplit(found)
        host = re.sub(r"^(?:www|m|mobile|\w\w-\w\w|\w\w)\.", "", parts.hostname or "")
        path = parts.path.rstrip("/")
        if host not in known or not path:
            return None
        query = f"?{parts.query}" if path == "/profile.php" else ""
        return f"https://{home}{path}{query}"

    return read


_BY_TYPE: Mapping[FieldType, Callable[[object], Scalar | None]] = {
    FieldType.TEXT: text,
    FieldType.URL: url,
    FieldType.INTEGER: integer,
    FieldType.DATE: date,
    FieldType.LIST: texts,
}
_BY_NAME: Mapping[str, Callable[[object], Scalar | None]] = {
    "founded_year": year,
    "employee_range": employee_range,
    "country": country,
    "person_country": country,
    "company_email": email,
    "person_email": email,
    "company_type": _lower,
    "email_status": _lower,
    "lei": _lei,
    "company_linkedin": _linkedin_page(frozenset(("company", "school", "showcase"))),
    "person_linkedin": _linkedin_page(frozenset(("in", "pub"))),
    "company_twitter": _profile("x.com", "twitter.com"),
    "company_facebook": _profile("www.facebook.com", "fb.com", "fb.me"),
    "company_instagram": _profile("www.instagram.com"),
    "company_youtube": _profile("www.youtube.com"),
    "company_github": _profile("github.com"),
    "company_tiktok": _profile("www.tiktok.com"),
    "company_crunchbase": _profile("www.crunchbase.com"),
    "person_github": _profile("github.com"),
}
_READERS: Mapping[Field, Callable[[object], Scalar | None]] = {
    name: _BY_NAME.get(name, _BY_TYPE[spec.type]) for name, spec in CATALOGUE.items()
}


def _leaves(raw: Sequence[object]) -> Iterator[object]:
    """What nested lists hold, in order; replies nest deeper than Python calls itself."""
    rest = [iter(raw)]
    while rest:
        for part in rest[-1]:
            if isinstance(part, list | tuple):
                rest.append(iter(part))
                break
            yield part
        else:
            rest.pop()


def _number_text(number: float) -> str | None:
    if not -_MAX_NUMBER < number < _MAX_NUMBER:
        return None
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return str(number)


def _parse_number(raw: str) -> float | int | None:
    plain = raw.strip().lower().removeprefix("usd").removeprefix("us$").removeprefix("$").strip()
    digits = re.sub(r"\D", "", plain) if _GROUPED.fullmatch(plain) else plain
    if digits.isascii() and digits.isdigit():
        return int(digits) if len(digits) < 20 else None
    match = _NUMBER.fullmatch(plain.replace(" ", ""))
    return float(match[1]) * _SCALES[match[2]] if match else None


def _count(word: str) -> int | None:
    plain = re.sub(r"[,'.](?=\d{3})", "", word)
    return integer(plain)


def _range(low: int | None, high: int | None) -> str | None:
    if low is None or (high is not None and high < low):
        return None
    return f"{low}+" if high is None else f"{low}-{high}"
