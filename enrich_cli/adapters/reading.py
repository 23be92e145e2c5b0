"""Replies to items: what a provider's bytes say by the rules of its spec."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal, InvalidOperation, localcontext
from typing import cast

import msgspec

from enrich_cli.adapters.coerce import coerce
from enrich_cli.adapters.identity import fits
from enrich_cli.adapters.paths import truthy
from enrich_cli.adapters.picking import picked
from enrich_cli.adapters.recipe import Confidence, FieldRule, OutcomeRule, Recipe, Verdict
from enrich_cli.domain.entity import Query
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Failure, Gap, Hit, Miss, Reason, Scalar, Value
from enrich_cli.domain.provider import Item

RULES = 2
"""The version of the rules in this module and in `coerce`: raise it when one of them changes, so
that kept replies are read again."""

KEPT_LIMIT = 1 << 20
"""Of a larger reply only what the spec reads is kept."""

_EXTRACT = "enrich:read"  # marks such an extract
_STATUS = re.compile(rb"HTTP (\d{3})\n")  # begins a kept reply whose status was not 200
_UNITS_LIMIT = 10**9  # a meter beyond is out of order
_NO_HEADERS: Mapping[str, str] = {}
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode

_REASONS: Mapping[Verdict, Reason] = {
    Verdict.RETRY: Reason.SERVER_ERROR,
    Verdict.RATE_LIMITED: Reason.RATE_LIMITED,
    Verdict.OUT_OF_CREDIT: Reason.OUT_OF_CREDIT,
    Verdict.AUTH: Reason.AUTH,
    Verdict.BAD_INPUT: Reason.BAD_INPUT,
    Verdict.PENDING: Reason.PENDING,
}
_BY_STATUS: Mapping[int, Verdict] = {
    204: Verdict.MISS,  # there is no body that could be read
    401: Verdict.AUTH,
    402: Verdict.OUT_OF_CREDIT,
    403: Verdict.AUTH,
    404: Verdict.MISS,
    408: Verdict.RETRY,
    425: Verdict.RETRY,
    429: Verdict.RATE_LIMITED,
}


class NotJSONError(ValueError):
    """A reply that is not JSON, or not of a shape that a spec can read."""


def decode(body: bytes) -> object:
    """The document in a reply. Raises `NotJSONError` for anything but an object, a list or null."""
    try:
        document = _decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        document = _decode_loosely(body)
    if document is not None and not isinstance(document, dict | list):
        raise NotJSONError("the reply is a bare value, not an object or a list")
    return document


def encode(document: object) -> bytes:
    """A document as the bytes that are kept of it: null for one nested too deep to be written."""
    try:
        return _encode(document)
    except (UnicodeEncodeError, OverflowError):  # half a character, a number beyond 64 bits
        return json.dumps(document).encode()
    except RecursionError:
        return b"null"


def verdict(
    rules: Sequence[OutcomeRule], status: int, headers: Mapping[str, str], document: object
) -> Verdict | None:
    """What the first fitting rule says of a reply, else what its status says.

    None for a status of success that no rule names: then what can be read decides.
    """
    for rule in rules:
        if (
            (not rule.status or status in rule.status)
            and (rule.when is None or truthy(rule.when.read(document)))
            and all(_has(headers, name, value) for name, value in rule.headers)
        ):
            return rule.verdict
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 200 <= status < 300:
        return None
    return Verdict.RETRY if status >= 500 else Verdict.BAD_INPUT


def reason(said: Verdict | None) -> Reason | None:
    """Why a provider with this verdict could not be asked; None where it answered."""
    return None if said is None else _REASONS.get(said)


def read(
    recipe: Recipe,
    query: Query,
    said: Verdict | None,
    document: object,
    url: str | None = None,
    body: bytes = b"",
) -> Item:
    """The item that a document stands for; `body` is what is kept of it.

    A reply that names another entity than the one asked about is a miss, and so is a record
    without any of the wanted fields; both were found, and count as such on the bill.
    """
    failed = reason(said)
    if failed is not None:
        return Item(Failure(failed, f"the provider says {failed.value}"), url=url, body=body)
    if said is not None and said is not Verdict.HIT:
        gap = Gap.ERASED if said is Verdict.ERASED else Gap.NOT_FOUND
        return Item(Miss(gap), url=url, body=body)
    raw = _extract(recipe, query, document)
    for kind, _ in recipe.checks:
        asked = query.id(kind)
        if asked is not None and not fits(kind, asked, raw.get(f"?{kind.value}")):
            return Item(Miss(), url=url, body=body, wrongly=True)
    values = {
        rule.field: Value(content)
        for rule in recipe.fields
        if (content := _content(rule, raw.get(rule.field))) is not None
    }
    if recipe.fields and not values:
        return Item(Miss(), url=url, body=body, wrongly=_something(said, raw))
    values.update(recipe.constants)
    confidence = _confidence(recipe.confidence, raw.get("?"))
    return Item(Hit(values), url=url, confidence=confidence, body=body)


def own_status(recipe: Recipe, answer: object, status: int) -> int:
    """The status that an answer within a successful reply carries itself, else the reply's."""
    path = recipe.batch.status if recipe.batch and 200 <= status < 300 else None
    own = path.read(answer) if path else None
    if isinstance(own, str) and own.isascii() and own.isdigit():
        own = int(own)
    return own if isinstance(own, int) and 100 <= own <= 599 else status


def kept(
    recipe: Recipe,
    query: Query,
    status: int,
    body: bytes,
    said: Verdict | None,
    document: object,
) -> bytes:
    """What is stored of a reply: as it came, with its status before it where that was not 200."""
    if len(body) > KEPT_LIMIT:
        body = encode({_EXTRACT: _extract(recipe, query, document), "verdict": said})
    return body if status == 200 else b"HTTP %d\n%s" % (status, body)


def reread(recipe: Recipe, query: Query, body: bytes, url: str | None = None) -> Item:
    """The item that a stored reply stands for by the rules of today.

    An empty one is what was stored of an entity that a batch's reply did not name.
    """
    line = _STATUS.match(body)
    status, stored = (int(line[1]), body[line.end() :]) if line else (200, body)
    document: object = None
    said: Verdict | None = Verdict.MISS
    if body:
        try:
            document = decode(stored) if stored else None
        except NotJSONError:
            document = None
        status = own_status(recipe, document, status)
        said = verdict(recipe.outcomes, status, _NO_HEADERS, document)
        if isinstance(document, dict) and _EXTRACT in document:
            said = Verdict(document["verdict"]) if document["verdict"] else None
    return read(recipe, query, said, document, url, body)


def metered(usd: Money, units: object) -> Money | None:
    """What `units` of a provider's meter cost, rounded up; None where that is not a number."""
    if isinstance(units, bool) or not isinstance(units, str | int | float):
        return None
    try:
        amount = Decimal(str(units).strip())
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount <= _UNITS_LIMIT:
        return None
    with localcontext(prec=100):
        return Money(int((amount * usd).to_integral_value(ROUND_CEILING)))


def _decode_loosely(body: bytes) -> object:
    """JSON as providers also write it: a byte-order mark, half characters, NaN, other charsets."""
    try:
        return json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as exc:
        raise NotJSONError("the reply is not JSON") from exc


def _has(headers: Mapping[str, str], name: str, value: str) -> bool:
    found = headers.get(name)
    return found is not None and (value == "*" or found.strip().lower() == value)


def _extract(recipe: Recipe, query: Query, document: object) -> dict[str, object]:
    """What the spec reads of a document: each field's, check's (`?kind`) and the confidence's."""
    if isinstance(document, dict) and _EXTRACT in document:
        return cast("dict[str, object]", document[_EXTRACT])
    if recipe.pick is not None:
        document = picked(recipe.pick, query, document)
    raw: dict[str, object] = {rule.field: rule.path.read(document) for rule in recipe.fields}
    for kind, path in recipe.checks:
        raw[f"?{kind.value}"] = path.read(document)
    if recipe.confidence is not None:
        raw["?"] = recipe.confidence.path.read(document)
    return raw


def _something(said: Verdict | None, raw: Mapping[str, object]) -> bool:
    """Whether there was a record, whatever it lacked."""
    return said is Verdict.HIT or any(truthy(found) for name, found in raw.items() if name != "?")


def _content(rule: FieldRule, raw: object) -> Scalar | None:
    if raw is None:
        return None
    if rule.map:
        raw = _each(raw, lambda part: _mapped(rule.map, part))
    if rule.prefix:
        raw = _each(raw, lambda part: _prefixed(rule.prefix, part))
    if rule.reader is not None:
        raw = rule.reader(raw)
    return coerce(rule.field, raw)


def _each(raw: object, change: Callable[[object], object]) -> object:
    return [change(part) for part in raw] if isinstance(raw, list) else change(raw)


def _mapped(table: Mapping[str, str], raw: object) -> object:
    text = str(raw).lower() if isinstance(raw, bool) else str(raw)
    return table.get(text, table.get(text.lower(), raw))


def _prefixed(prefix: str, raw: object) -> object:
    if not isinstance(raw, str) or not raw.strip() or raw.lower().startswith(_WEB):
        return raw
    return prefix + raw.strip().lstrip("/")


_WEB = ("http://", "https://")


def _confidence(rule: Confidence | None, raw: object) -> float | None:
    if rule is None or isinstance(raw, bool):
        return None
    if isinstance(raw, str):
        found = rule.map.get(raw, rule.map.get(raw.lower()))
        if found is not None:
            return found
    try:
        number = float(cast("str", raw))
    except (OverflowError, TypeError, ValueError):
        return None
    if not math.isfinite(number):
        return None
    return min(1.0, max(0.0, (number - rule.low) / (rule.high - rule.low)))
