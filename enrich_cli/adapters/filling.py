"""A declared call filled in for its entities: the address and the body that are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from enrich_cli.adapters import reading
from enrich_cli.adapters.recipe import Batch, Call
from enrich_cli.adapters.templates import ITEMS, Template, fill_tree
from enrich_cli.domain.outcome import Reason
from enrich_cli.domain.provider import ProviderError

NO_PLACE = "no identifier by which it can be asked"
NONE: Mapping[str, str] = {}

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Filled:
    """A request but for the key: `document` is its JSON body, `form` the text of a form."""

    method: str
    url: str
    document: object = None
    form: str | None = None

    def content(self, document: object) -> tuple[str, bytes] | None:
        """The type and bytes of the body, where `document` is the JSON one; None for no body."""
        if self.form is not None:
            return _FORM, self.form.encode()
        return None if document is None else (_JSON, reading.encode(document))


def filled(base_url: str, call: Call, known: Mapping[str, str], hints: Mapping[str, str]) -> Filled:
    """A call about one entity. Raises `ProviderError` and `UnfillableError` where it cannot be."""
    url = address(base_url, call, known, hints)
    form = None if call.form is None else _pairs(call.form, known, hints, quote_plus)
    return Filled(call.method, url, fill_tree(call.json, known, hints), form)


def filled_together(base_url: str, batch: Batch, parts: Sequence[object]) -> Filled:
    """A call about several entities, of which `parts` are the filled items."""
    if batch.items is None:
        texts = batch.join.join(str(part) for part in parts)
        return filled(base_url, batch.call, {ITEMS: texts}, NONE)
    body: object = list(parts)
    for name in reversed(batch.items):
        body = {name: body}
    fixed = fill_tree(batch.call.json, NONE, NONE)
    body = _merged(fixed, body) if isinstance(fixed, dict) else body
    return Filled(batch.call.method, address(base_url, batch.call, NONE, NONE), body)


def address(base_url: str, call: Call, known: Mapping[str, str], hints: Mapping[str, str]) -> str:
    """The address of a call, without the key. Raises `ProviderError` where it cannot be."""
    path = call.path.fill(known, hints, _segment)
    if path is None:
        raise ProviderError(Reason.BAD_INPUT, NO_PLACE)
    pairs = _pairs(call.query, known, hints, _quoted)
    return f"{base_url}{path}{'?' if pairs else ''}{pairs}"


def _pairs(
    pairs: Iterable[tuple[str, Template]],
    known: Mapping[str, str],
    hints: Mapping[str, str],
    encode: Callable[[str], str],
) -> str:
    return "&".join(
        f"{encode(name)}={encode(value)}"
        for name, template in pairs
        if (value := template.fill(known, hints)) is not None
    )


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _segment(value: str) -> str:
    if not value.strip("."):  # it would lead up, to another resource
        raise ProviderError(Reason.BAD_INPUT, f"{value!r} cannot stand in a path")
    return _quoted(value)


def _merged(fixed: Mapping[str, object], body: object) -> object:
    if not isinstance(body, dict):
        return body
    merged = dict(fixed)
    for name, part in body.items():
        inner = fixed.get(name)
        merged[name] = _merged(inner, part) if isinstance(inner, dict) else part
    return merged
