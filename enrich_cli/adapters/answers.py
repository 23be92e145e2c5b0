"""What the replies of a declared provider say: of one entity, of several, or that it takes time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from enrich_cli.adapters import reading
from enrich_cli.adapters.calls import Received
from enrich_cli.adapters.matching import UnmatchedError, matched
from enrich_cli.adapters.paths import truthy
from enrich_cli.adapters.recipe import Batch, Recipe, Verdict
from enrich_cli.adapters.refusals import rest_after, retry_after, words
from enrich_cli.domain.entity import Query
from enrich_cli.domain.money import Money, Per
from enrich_cli.domain.outcome import Failure, Reason
from enrich_cli.domain.provider import Clock, Item, ProviderError, ProviderSpec


class Answers:
    """Reads replies by a recipe. `source` says where one would look an entity up."""

    def __init__(
        self,
        spec: ProviderSpec,
        recipe: Recipe,
        clock: Clock,
        source: Callable[[Query], str | None],
    ) -> None:
        self._spec = spec
        self._recipe = recipe
        self._clock = clock
        self._source = source

    def verdict(self, received: Received, document: object) -> Verdict | None:
        """What the outcome rules say of a whole reply."""
        return reading.verdict(self._recipe.outcomes, received.status, received.headers, document)

    def some(self, received: Received, document: object) -> bool:
        """Whether a reply to a batch, whatever its verdict, has answers for some of it."""
        batch = self._recipe.batch
        good = 200 <= received.status < 300
        return batch is not None and good and truthy(batch.answers.read(document))

    def job(self, said: Verdict | None, received: Received, document: object) -> str:
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

    def together(
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
        said = self.verdict(received, document)
        if said is Verdict.HIT:
            status = 200  # a rule says so: there are answers, whatever the status means elsewhere
        answers = batch.answers.read(document) if is_json and 200 <= status < 300 else None
        if not isinstance(answers, list | dict):
            self.refuse(said, received, document)
            if said in (None, Verdict.HIT):
                raise ProviderError(Reason.GARBAGE, f"HTTP {status}, but no answers", sent=True)
            return [
                self.one(
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
        broke_off, items = reading.reason(said), []
        for query, answer in zip(queries, found, strict=True):
            if answer is None:
                items.append(self._left_out(query, received, broke_off))
                continue
            own = reading.own_status(self._recipe, answer, status)
            said = reading.verdict(rules, own, received.headers, answer)
            body = reading.kept(self._recipe, query, 200, reading.encode(answer), said, answer)
            items.append(self.one(query, said, answer, body))
        return items

    def _left_out(self, query: Query, received: Received, broke_off: Reason | None) -> Item:
        """Whom a reply does not name: unknown, but where it or its status says why it broke off."""
        said = reading.verdict((), received.status, received.headers, None)
        if (failed := broke_off or reading.reason(said)) is not None:
            return Item(Failure(failed, words(received.status, None)))
        return self.one(query, Verdict.MISS, None, b"")

    def one(self, query: Query, said: Verdict | None, document: object, body: bytes) -> Item:
        """The item that a document stands for, with what is kept of it."""
        return reading.read(self._recipe, query, said, document, self._source(query), body)

    def metered(self, received: Received, document: object) -> Money | None:
        """What the provider itself says that a call cost, where it does."""
        meter = self._spec.price.meter if self._spec.price else None
        if meter is None:
            return None
        path = self._recipe.meter
        units = path.read(document) if path else received.headers.get(meter.header)
        return reading.metered(meter.usd, units)

    def paid(self, pages: Sequence[Money | None]) -> Money | None:
        """What several pages cost: each by the provider's account, else by the price of a call."""
        price = self._spec.price
        by_call = price.usd if price and price.per is Per.CALL else None
        known = [by_call if page is None else page for page in pages]
        some = [page for page in known if page is not None]
        return Money(sum(some)) if some else None

    def refuse(self, said: Verdict | None, received: Received, document: object) -> None:
        """Raise `ProviderError` for a verdict by which the provider could not be asked."""
        failed = reading.reason(said)
        if failed is not None:
            wait = retry_after(received.headers, self._clock.now())
            if wait is None and failed is Reason.RATE_LIMITED:
                wait = self.rest(received)
            raise ProviderError(failed, words(received.status, document), retry_after=wait)

    def rest(self, received: Received) -> float | None:
        """The seconds in which the provider's own limit lets no further call through, if any."""
        return rest_after(received.headers, self._clock.now())


def decoded(body: bytes) -> tuple[object, bool]:
    """The document in a reply, and whether there is one."""
    try:
        return (reading.decode(body), True) if body else (None, False)
    except reading.NotJSONError:
        return None, False
