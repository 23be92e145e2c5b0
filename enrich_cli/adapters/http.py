"""Providers over HTTP as their specs declare them: one request or batch, one reply, its items."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from multidict import CIMultiDict

from enrich_cli.adapters import reading
from enrich_cli.adapters.answers import Answers, decoded
from enrich_cli.adapters.calls import Caller, Key, Received
from enrich_cli.adapters.clients import Wire
from enrich_cli.adapters.filling import NO_PLACE, NONE, Filled, filled, filled_together
from enrich_cli.adapters.paging import next_page, together
from enrich_cli.adapters.paths import truthy
from enrich_cli.adapters.picking import Index, picked
from enrich_cli.adapters.reader import Reader
from enrich_cli.adapters.recipe import Batch, Call, First, Recipe, Verdict
from enrich_cli.adapters.templates import FOUND, JOB, REF, UnfillableError, fill_tree
from enrich_cli.domain.entity import Query
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Failure, Miss, Reason
from enrich_cli.domain.provider import Balance, Clock, Item, ProviderError, ProviderSpec, Reply

_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}


class HttpProvider(Reader):
    """A provider as its spec file declares it, and its connections.

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
        super().__init__(spec, recipe)
        self._answers = Answers(spec, recipe, clock, self._source)
        self._key = Key(spec, recipe.auth, key)
        self._caller = Caller(spec, self._key, transport, onward=onward or transport, guard=guard)
        self._headers = {**_HEADERS, "User-Agent": user_agent}
        self._listing = asyncio.Lock()
        self._index: Index | None = None

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
        if job := self._answers.job(said, received, document):
            return Reply((), job=job)
        self._answers.refuse(said, received, document)
        if said in (None, Verdict.HIT) and self._recipe.reads_json and not is_json:
            raise ProviderError(Reason.GARBAGE, f"HTTP {status}, but no JSON", sent=True)
        received, document, metered = await self._further(call, request, received, document)
        item = reading.read(self._recipe, query, said, document, request.url)
        body = reading.kept(self._recipe, query, received.status, received.body, said, document)
        return Reply((replace(item, body=body),), metered, rest=self._answers.rest(received))

    async def collect(self, job: str, queries: Sequence[Query]) -> Reply:
        """The answers of a job that `fetch` has begun. Raises `ProviderError`."""
        recipe, polling = self._recipe, self._recipe.polling
        if polling is None:
            raise ValueError(f"{self._spec.name} gives its answers at once")
        request = filled(self._spec.base_url, polling.call, {JOB: job}, NONE)
        received = await self._send(polling.call, request)
        document, is_json = decoded(received.body)
        said = self._answers.verdict(received, document)
        if said is Verdict.MISS:
            raise ProviderError(Reason.BAD_INPUT, f"it knows no job {job}")
        # A job that broke off has answers for some: they are read, the others get the reason.
        over = truthy(polling.until.read(document)) if polling.until else False
        if not (over and said is not Verdict.PENDING and self._answers.some(received, document)):
            self._answers.refuse(said, received, document)
        if not is_json:
            raise ProviderError(Reason.GARBAGE, f"HTTP {received.status}, but no JSON")
        if said is None and polling.until and not over:
            raise ProviderError(Reason.PENDING)
        received, document, metered = await self._further(polling.call, request, received, document)
        if recipe.batch is not None:
            asked, _ = self._parts(recipe.batch, queries)
            items = self._answers.together(recipe.batch, asked, received, document, is_json=True)
            return _whole(queries, asked, items, metered)
        if polling.answer is not None:
            document = polling.answer.read(document)
        said = self._answers.verdict(received, document)
        self._answers.refuse(said, received, document)
        kept = reading.encode(document)
        body = reading.kept(recipe, queries[0], received.status, kept, said, document)
        return Reply((self._answers.one(queries[0], said, document, body),), metered)

    async def balance(self) -> Balance | None:
        """What the account has left, None where that is no number. Raises `ProviderError`."""
        account = self._recipe.account
        if account is None:
            return None
        request = filled(self._spec.base_url, account.call, NONE, NONE)
        _, document = await self._page(account.call, request)
        left = account.credits.read(document)
        worth = reading.metered(account.usd, left)
        return None if worth is None else Balance(str(left).strip(), worth)

    async def _further(
        self, call: Call, request: Filled, received: Received, document: object
    ) -> tuple[Received, object, Money | None]:
        """A reply with all its pages as one, and what they cost by the provider's own account.

        A page that fails is a failure of the whole, which may have been charged by then.
        """
        pages, paid = self._recipe.pages, [self._answers.metered(received, document)]
        if pages is None or not 200 <= received.status < 300:
            return received, document, paid[0]
        documents, url = [document], request.url
        try:
            while len(documents) < pages.most:
                following = next_page(pages, url, documents[-1], len(documents))
                if following is None or following == url:
                    break
                url = following
                page, document = await self._page(call, replace(request, url=url))
                documents.append(document)
                paid.append(self._answers.metered(page, document))
        except ProviderError as exc:
            raise ProviderError(
                exc.reason, exc.detail, retry_after=exc.retry_after, sent=True
            ) from exc
        if len(documents) == 1:
            return received, documents[0], paid[0]
        whole = together(pages, documents)
        one = replace(received, body=reading.encode(whole))
        return one, whole, self._answers.paid(paid)

    async def _page(self, call: Call, request: Filled) -> tuple[Received, object]:
        received = await self._send(call, request)
        document, is_json = decoded(received.body)
        self._answers.refuse(self._answers.verdict(received, document), received, document)
        if not is_json:
            raise ProviderError(Reason.GARBAGE, f"HTTP {received.status}, but no JSON")
        return received, document

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
        if isinstance(found, bool) or not isinstance(found, str | int):
            return None
        return str(found) or None

    async def _ask_first(
        self, first: First, known: Mapping[str, str], hints: Mapping[str, str]
    ) -> object:
        request = filled(first.base_url or self._spec.base_url, first.call, known, hints)
        received = await self._send(first.call, request)
        document, is_json = decoded(received.body)
        said = self._answers.verdict(received, document)
        self._answers.refuse(said, received, document)
        if said in (None, Verdict.HIT) and not is_json:
            raise ProviderError(Reason.GARBAGE, f"HTTP {received.status}, but no JSON", sent=True)
        return None if said is Verdict.MISS else document

    async def _ask_together(self, batch: Batch, queries: Sequence[Query]) -> Reply:
        asked, parts = self._parts(batch, queries)
        if not asked:
            return _whole(queries, asked, (), None)
        request = filled_together(self._spec.base_url, batch, parts)
        received = await self._send(batch.call, request)
        document, is_json = decoded(received.body)
        said = self._answers.verdict(received, document)
        if job := self._answers.job(said, received, document):
            return Reply((), job=job)
        metered = self._answers.metered(received, document)
        if is_json and said in (None, Verdict.HIT):
            received, document, metered = await self._further(
                batch.call, request, received, document
            )
        items = self._answers.together(batch, asked, received, document, is_json=is_json)
        whole = _whole(queries, asked, items, metered)
        return replace(whole, rest=self._answers.rest(received))

    def _parts(
        self, batch: Batch, queries: Sequence[Query]
    ) -> tuple[Sequence[Query], Sequence[object]]:
        """The queries that can be asked, and each one's part of the batch, marked by its place."""
        asked: list[Query] = []
        parts: list[object] = []
        for query in queries:
            part = self._part(batch, query, len(asked))
            if part is not None:
                asked.append(query)
                parts.append(part)
        return asked, parts

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


def _whole(
    queries: Sequence[Query], asked: Sequence[Query], items: Sequence[Item], metered: Money | None
) -> Reply:
    """The reply to all queries, with a failure for each one that could not be asked."""
    answered = dict(zip(asked, items, strict=True))
    refused = Item(Failure(Reason.BAD_INPUT, NO_PLACE))
    return Reply(tuple(answered.get(query, refused) for query in queries), metered)
