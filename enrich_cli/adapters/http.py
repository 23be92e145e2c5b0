"""Providers over HTTP as their specs declare them: one request or batch, one reply, its items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import httpx
from multidict import CIMultiDict

from enrich_cli.adapters import reading
from enrich_cli.adapters.calls import Caller, Key, Received
from enrich_cli.adapters.clients import Wire
from enrich_cli.adapters.matching import UnmatchedError, matched
from enrich_cli.adapters.recipe import Batch, Call, Recipe, Verdict
from enrich_cli.adapters.refusals import retry_after, words
from enrich_cli.adapters.templates import REF, UnfillableError, fill_tree
from enrich_cli.domain.entity import Query
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Failure, Reason
from enrich_cli.domain.provider import Clock, Item, ProviderError, ProviderSpec, Reply

_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
_NO_PLACE = "no identifier by which it can be asked"
_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """What a provider written in Python is made with.

    `web` reaches websites, by guarded addresses; `api` reaches APIs; `options` is what the
    configuration says of the provider, and `allow_private_hosts`, whether the user said so.
    """

    web: httpx.AsyncClient
    api: httpx.AsyncClient
    clock: Clock
    environ: Mapping[str, str]
    options: Mapping[str, object]
    user_agent: str


class HttpProvider:
    """A provider as its spec file declares it.

    The key goes to the spec's own origin only. `guard` checks the addresses to which a keyless
    provider is redirected, and `onward` carries those requests (see `calls.Caller`).
    """

    def __init__(
        self,
        spec: ProviderSpec,
        recipe: Recipe,
        transport: Wire,
        key: str | None,
        *,
        user_agent: str,
        clock: Clock,
        guard: Callable[[str], None],
        onward: Wire | None = None,
    ) -> None:
        self._spec = spec
        self._recipe = recipe
        self._clock = clock
        self._key = Key(spec, recipe.auth, key)
        self._caller = Caller(spec, self._key, transport, onward=onward or transport, guard=guard)
        self._headers = {**_HEADERS, "User-Agent": user_agent}

    @property
    def spec(self) -> ProviderSpec:
        """What it gives, needs, costs and allows."""
        return self._spec

    async def fetch(self, queries: Sequence[Query]) -> Reply:
        """Ask about at most `spec.batch` entities in one call. Raises `ProviderError`."""
        if not 0 < len(queries) <= self._spec.batch:
            raise ValueError(f"{len(queries)} entities in a call of at most {self._spec.batch}")
        recipe = self._recipe
        if recipe.request is not None and (recipe.batch is None or len(queries) == 1):
            return await self._ask(recipe.request, queries[0])
        if recipe.batch is None:
            raise ValueError(f"{self._spec.name} declares no call")
        return await self._ask_together(recipe.batch, queries)

    def reread(self, query: Query, body: bytes) -> Item:
        """Read a kept reply again by the rules of today, without asking anyone."""
        return reading.reread(self._recipe, query, body, self._source(query))

    async def _ask(self, call: Call, query: Query) -> Reply:
        identifiers = self._identifiers(query)
        if identifiers is None:
            raise ProviderError(Reason.BAD_INPUT, _NO_PLACE)
        known, hints = identifiers
        try:
            url = self._url(call, known, hints)
            sent = fill_tree(call.json, known, hints)
        except UnfillableError as exc:
            raise ProviderError(Reason.BAD_INPUT, str(exc)) from exc
        received = await self._send(call, url, sent)
        document, is_json = _decoded(received.body)
        status = reading.own_status(self._recipe, document, received.status)
        said = reading.verdict(self._recipe.outcomes, status, received.headers, document)
        self._raise_failure(said, received, document)
        if said in (None, Verdict.HIT) and self._recipe.reads_json and not is_json:
            raise ProviderError(Reason.GARBAGE, f"HTTP {status}, but no JSON", sent=True)
        item = reading.read(self._recipe, query, said, document, url)
        body = reading.kept(self._recipe, received.status, received.body, said, document)
        item = Item(item.outcome, body, item.url, item.confidence)
        return Reply((item,), self._metered(received, document))

    async def _ask_together(self, batch: Batch, queries: Sequence[Query]) -> Reply:
        items: dict[int, Item] = {}
        asked: list[Query] = []
        parts: list[object] = []
        for place, query in enumerate(queries):
            part = self._part(batch, query, len(asked))
            if part is None:
                items[place] = Item(Failure(Reason.BAD_INPUT, _NO_PLACE))
            else:
                asked.append(query)
                parts.append(part)
        metered = None
        if asked:
            url = self._url(batch.call, _NONE, _NONE)
            received = await self._send(batch.call, url, _nested(batch, parts))
            document, is_json = _decoded(received.body)
            metered = self._metered(received, document)
            answered = iter(self._read_batch(batch, asked, received, document, is_json=is_json))
        return Reply(
            tuple(
                items[place] if place in items else next(answered) for place in range(len(queries))
            ),
            metered,
        )

    def _read_batch(
        self,
        batch: Batch,
        queries: Sequence[Query],
        received: Received,
        document: object,
        *,
        is_json: bool,
    ) -> Sequence[Item]:
        """The items of a batch's reply. Raises `ProviderError` where it holds for none of them."""
        rules, status = self._recipe.outcomes, received.status
        answers = batch.answers.read(document) if is_json and 200 <= status < 300 else None
        if not isinstance(answers, list | dict):
            said = reading.verdict(rules, status, received.headers, document)
            self._raise_failure(said, received, document)
            if said in (None, Verdict.HIT):
                raise ProviderError(Reason.GARBAGE, f"HTTP {status}, but no answers", sent=True)
            body = reading.kept(self._recipe, status, received.body, said, document)
            return [self._item(query, said, document, body) for query in queries]
        try:
            found = matched(batch.match, answers, queries)
        except UnmatchedError as exc:
            raise ProviderError(Reason.GARBAGE, str(exc), sent=True) from exc
        items = []
        for query, answer in zip(queries, found, strict=True):
            if answer is None:
                items.append(self._item(query, Verdict.MISS, None, b""))
                continue
            own = reading.own_status(self._recipe, answer, status)
            said = reading.verdict(rules, own, received.headers, answer)
            body = reading.kept(self._recipe, 200, reading.encode(answer), said, answer)
            items.append(self._item(query, said, answer, body))
        return items

    def _item(self, query: Query, said: Verdict | None, document: object, body: bytes) -> Item:
        item = reading.read(self._recipe, query, said, document, self._source(query))
        return Item(item.outcome, body, item.url, item.confidence)

    async def _send(self, call: Call, url: str, body: object) -> Received:
        content = None
        if call.method != "GET":
            body = self._key.in_body(body)
            content = None if body is None else reading.encode(body)
        headers = CIMultiDict(self._headers)
        if content is not None:
            headers["Content-Type"] = "application/json"
        headers.update(call.headers)
        return await self._caller.send(call.method, url, headers, content)

    def _identifiers(self, query: Query) -> tuple[Mapping[str, str], Mapping[str, str]] | None:
        """What the entity is asked by, and all that it has; None where it has not enough."""
        have = {kind.value: value for kind, value in query.ids}
        for kinds in self._spec.needs:
            if all(kind in have for kind in kinds):
                return {REF: "0", **{kind.value: have[kind] for kind in kinds}}, have
        return None

    def _part(self, batch: Batch, query: Query, place: int) -> object:
        """One entity's part of a batch, None where it cannot be asked about."""
        identifiers = self._identifiers(query)
        if identifiers is None:
            return None
        known, hints = identifiers
        try:
            return fill_tree(batch.item, {**known, REF: str(place)}, hints)
        except UnfillableError:
            return None

    def _url(self, call: Call, known: Mapping[str, str], hints: Mapping[str, str]) -> str:
        """The address of a call, without the key. Raises `ProviderError` where it cannot be."""
        path = call.path.fill(known, hints, _segment)
        if path is None:
            raise ProviderError(Reason.BAD_INPUT, _NO_PLACE)
        pairs = [
            f"{quote(name, safe='')}={quote(value, safe='')}"
            for name, template in call.query
            if (value := template.fill(known, hints)) is not None
        ]
        return f"{self._spec.base_url}{path}{'?' if pairs else ''}{'&'.join(pairs)}"

    def _source(self, query: Query) -> str | None:
        """Where one would look the entity up: what provenance shows."""
        recipe = self._recipe
        if recipe.request is None:
            return self._url(recipe.batch.call, _NONE, _NONE) if recipe.batch else None
        identifiers = self._identifiers(query)
        try:
            return self._url(recipe.request, *identifiers) if identifiers else None
        except (ProviderError, UnfillableError):
            return None

    def _metered(self, received: Received, document: object) -> Money | None:
        meter = self._spec.price.meter if self._spec.price else None
        if meter is None:
            return None
        path = self._recipe.meter
        units = path.read(document) if path else received.headers.get(meter.header)
        return reading.metered(meter.usd, units)

    def _raise_failure(self, said: Verdict | None, received: Received, document: object) -> None:
        failed = reading.reason(said)
        if failed is not None:
            raise ProviderError(
                failed,
                words(received.status, document),
                retry_after=retry_after(received.headers, self._clock.now()),
            )


def _nested(batch: Batch, parts: list[object]) -> object:
    """The body of a batch: its list of parts under the keys where it belongs."""
    body: object = parts
    for name in reversed(batch.items):
        body = {name: body}
    fixed = fill_tree(batch.call.json, _NONE, _NONE)
    return _merged(fixed, body) if isinstance(fixed, dict) else body


def _merged(fixed: Mapping[str, object], body: object) -> object:
    if not isinstance(body, dict):
        return body
    merged = dict(fixed)
    for name, part in body.items():
        inner = fixed.get(name)
        merged[name] = _merged(inner, part) if isinstance(inner, dict) else part
    return merged


def _decoded(body: bytes) -> tuple[object, bool]:
    """The document in a reply, and whether there is one."""
    try:
        return (reading.decode(body), True) if body else (None, False)
    except reading.NotJSONError:
        return None, False


def _segment(value: str) -> str:
    if not value.strip("."):  # it would lead up, to another resource
        raise ProviderError(Reason.BAD_INPUT, f"{value!r} cannot stand in a path")
    return quote(value, safe="")
