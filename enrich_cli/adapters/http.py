"""Providers over HTTP as their specs declare them: one request or batch, one reply, its items."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx
from multidict import CIMultiDict

from enrich_cli.adapters import reading
from enrich_cli.adapters.calls import Caller, Key, Received
from enrich_cli.adapters.clients import Wire
from enrich_cli.adapters.filling import NO_PLACE, NONE, Filled, address, filled, filled_together
from enrich_cli.adapters.identity import asked_by
from enrich_cli.adapters.matching import UnmatchedError, matched
from enrich_cli.adapters.paths import truthy
from enrich_cli.adapters.picking import Index, picked
from enrich_cli.adapters.recipe import Batch, Call, First, Recipe, Verdict
from enrich_cli.adapters.refusals import retry_after, words
from enrich_cli.adapters.templates import FOUND, JOB, REF, UnfillableError, fill_tree
from enrich_cli.domain.entity import Query
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Failure, Miss, Reason
from enrich_cli.domain.provider import Clock, Item, ProviderError, ProviderSpec, Reply

_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}


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
        self._listing = asyncio.Lock()
        self._index: Index | None = None

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
            raise ProviderError(Reason.BAD_INPUT, NO_PLACE)
        known, hints = identifiers
        try:
            if self._recipe.first is not None:
                found = await self._found(self._recipe.first, query, known, hints)
                if found is None:
                    return Reply((Item(Miss()),))
                known = {**known, FOUND: found}
            request = filled(self._spec.base_url, call, known, hints)
        except UnfillableError as exc:
            raise ProviderError(Reason.BAD_INPUT, str(exc)) from exc
        received = await self._send(call, request)
        document, is_json = decoded(received.body)
        status = reading.own_status(self._recipe, document, received.status)
        said = reading.verdict(self._recipe.outcomes, status, received.headers, document)
        if job := self._job(said, received, document):
            return Reply((), job=job)
        self._raise_failure(said, received, document)
        if said in (None, Verdict.HIT) and self._recipe.reads_json and not is_json:
            raise ProviderError(Reason.GARBAGE, f"HTTP {status}, but no JSON", sent=True)
        item = reading.read(self._recipe, query, said, document, request.url)
        body = reading.kept(self._recipe, query, received.status, received.body, said, document)
        item = Item(item.outcome, body, item.url, item.confidence)
        return Reply((item,), self._metered(received, document))

    async def collect(self, job: str, queries: Sequence[Query]) -> Reply:
        """The answers of a job that `fetch` has begun. Raises `ProviderError`."""
        recipe, polling = self._recipe, self._recipe.polling
        if polling is None:
            raise ValueError(f"{self._spec.name} gives its answers at once")
        request = filled(self._spec.base_url, polling.call, {JOB: job}, NONE)
        received = await self._send(polling.call, request)
        document, is_json = decoded(received.body)
        said = reading.verdict(recipe.outcomes, received.status, received.headers, document)
        if said is Verdict.MISS:
            raise ProviderError(Reason.BAD_INPUT, f"it knows no job {job}")
        self._raise_failure(said, received, document)
        if not is_json:
            raise ProviderError(Reason.GARBAGE, f"HTTP {received.status}, but no JSON")
        if said is None and not (polling.until is None or truthy(polling.until.read(document))):
            raise ProviderError(Reason.PENDING)
        metered = self._metered(received, document)
        if recipe.batch is not None:
            items = self._read_batch(recipe.batch, queries, received, document, is_json=True)
            return Reply(tuple(items), metered)
        if polling.answer is not None:
            document = polling.answer.read(document)
        said = reading.verdict(recipe.outcomes, received.status, received.headers, document)
        self._raise_failure(said, received, document)
        kept = reading.encode(document)
        body = reading.kept(recipe, queries[0], received.status, kept, said, document)
        return Reply((self._item(queries[0], said, document, body),), metered)

    def _job(self, said: Verdict | None, received: Received, document: object) -> str:
        """The name of the job that a reply says was begun; "" where it has the answer itself."""
        polling = self._recipe.polling
        if polling is None or not 200 <= received.status < 300 or said is Verdict.MISS:
            return ""
        until = polling.until
        if said is not Verdict.PENDING and (until is None or truthy(until.read(document))):
            return ""
        name = polling.id.read(document)
        if isinstance(name, bool) or not isinstance(name, str | int) or not str(name):
            raise ProviderError(Reason.GARBAGE, "it has begun a job without a name", sent=True)
        return str(name)

    async def _found(
        self, first: First, query: Query, known: Mapping[str, str], hints: Mapping[str, str]
    ) -> str | None:
        """What the first of two calls finds of an entity; None for a miss."""
        if first.once and first.pick is not None:
            async with self._listing:
                if self._index is None:
                    self._index = Index(first.pick, await self._ask_first(first, known, hints))
            candidates: Sequence[object] = self._index.picked(query)
        else:
            document = await self._ask_first(first, known, hints)
            candidates = picked(first.pick, query, document) if first.pick else [document]
        found = first.find.read(candidates[0]) if candidates else None
        return str(found) if isinstance(found, str | int) and str(found) else None

    async def _ask_first(
        self, first: First, known: Mapping[str, str], hints: Mapping[str, str]
    ) -> object:
        request = filled(first.base_url or self._spec.base_url, first.call, known, hints)
        received = await self._send(first.call, request)
        document, is_json = decoded(received.body)
        rules = self._recipe.outcomes
        said = reading.verdict(rules, received.status, received.headers, document)
        self._raise_failure(said, received, document)
        if said in (None, Verdict.HIT) and not is_json:
            raise ProviderError(Reason.GARBAGE, f"HTTP {received.status}, but no JSON", sent=True)
        return None if said is Verdict.MISS else document

    async def _ask_together(self, batch: Batch, queries: Sequence[Query]) -> Reply:
        items: dict[int, Item] = {}
        asked: list[Query] = []
        parts: list[object] = []
        for place, query in enumerate(queries):
            part = self._part(batch, query, len(asked))
            if part is None:
                items[place] = Item(Failure(Reason.BAD_INPUT, NO_PLACE))
            else:
                asked.append(query)
                parts.append(part)
        metered = None
        if asked:
            request = filled_together(self._spec.base_url, batch, parts)
            received = await self._send(batch.call, request)
            document, is_json = decoded(received.body)
            rules = self._recipe.outcomes
            said = reading.verdict(rules, received.status, received.headers, document)
            if job := self._job(said, received, document):
                return Reply((), job=job)
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
        said = reading.verdict(rules, status, received.headers, document)
        if said is Verdict.HIT:
            status = 200  # a rule says so: there are answers, whatever the status means elsewhere
        answers = batch.answers.read(document) if is_json and 200 <= status < 300 else None
        if not isinstance(answers, list | dict):
            self._raise_failure(said, received, document)
            if said in (None, Verdict.HIT):
                raise ProviderError(Reason.GARBAGE, f"HTTP {status}, but no answers", sent=True)
            return [
                self._item(
                    query,
                    said,
                    document,
                    reading.kept(self._recipe, query, status, received.body, said, document),
                )
                for query in queries
            ]
        try:
            found = matched(batch.match, answers, queries)
        except UnmatchedError as exc:
            raise ProviderError(Reason.GARBAGE, str(exc), sent=True) from exc
        items = []
        for query, answer in zip(queries, found, strict=True):
            if answer is None:
                items.append(self._left_out(query, received))
                continue
            own = reading.own_status(self._recipe, answer, status)
            said = reading.verdict(rules, own, received.headers, answer)
            body = reading.kept(self._recipe, query, 200, reading.encode(answer), said, answer)
            items.append(self._item(query, said, answer, body))
        return items

    def _left_out(self, query: Query, received: Received) -> Item:
        """Whom a reply does not name: unknown, but where its status says why it broke off."""
        said = reading.verdict((), received.status, received.headers, None)
        if (failed := reading.reason(said)) is not None:
            return Item(Failure(failed, words(received.status, None)))
        return self._item(query, Verdict.MISS, None, b"")

    def _item(self, query: Query, said: Verdict | None, document: object, body: bytes) -> Item:
        item = reading.read(self._recipe, query, said, document, self._source(query))
        return Item(item.outcome, body, item.url, item.confidence)

    async def _send(self, call: Call, request: Filled) -> Received:
        document = request.document
        if request.method != "GET" and request.form is None:
            document = self._key.in_body(document)
        content = request.content(document)
        headers = CIMultiDict(self._headers)
        if content is not None:
            headers["Content-Type"] = content[0]
        headers.update(call.headers)
        body = None if content is None else content[1]
        return await self._caller.send(request.method, request.url, headers, body)

    def _identifiers(self, query: Query) -> tuple[Mapping[str, str], Mapping[str, str]] | None:
        """What the entity is asked by, and all that it has; None where it has not enough."""
        kinds = asked_by(self._spec.needs, query)
        if kinds is None:
            return None
        have = {kind.value: value for kind, value in query.ids}
        return {REF: "0", **{kind.value: have[kind] for kind in kinds}}, have

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

    def _source(self, query: Query) -> str | None:
        """Where one would look the entity up: what provenance shows.

        None where that is known only once the first of two calls has found it.
        """
        recipe, base_url = self._recipe, self._spec.base_url
        if recipe.first is not None:
            return None
        if recipe.request is None:
            return address(base_url, recipe.batch.call, NONE, NONE) if recipe.batch else None
        identifiers = self._identifiers(query)
        try:
            return address(base_url, recipe.request, *identifiers) if identifiers else None
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


def decoded(body: bytes) -> tuple[object, bool]:
    """The document in a reply, and whether there is one."""
    try:
        return (reading.decode(body), True) if body else (None, False)
    except reading.NotJSONError:
        return None, False
