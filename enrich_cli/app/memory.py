"""What the store knows of the entities under way, read in bulk and judged by the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from enrich_cli.domain.entity import EntityKey, Field, Query
from enrich_cli.domain.events import CacheRead, Sink
from enrich_cli.domain.outcome import Answer
from enrich_cli.domain.plan import Plan
from enrich_cli.domain.provider import Clock, Provider, RenewingProvider
from enrich_cli.domain.store import Store


class Memory:
    """Stored answers by entity and provider, for entities of one type.

    One bulk read fetches those of all providers.
    """

    def __init__(
        self, store: Store, providers: Sequence[Provider], plan: Plan, clock: Clock, emit: Sink
    ) -> None:
        self._store = store
        self._providers = providers
        self._plan = plan
        self._clock = clock
        self._emit = emit
        self._known: dict[EntityKey, dict[str, Answer]] = {}

    async def read(self, queries: Sequence[Query]) -> None:
        """Fetch what is stored about those entities that were not read before."""
        new = [query for query in queries if query.entity not in self._known]
        if not new:
            return
        self._known.update({query.entity: {} for query in new})
        found = await self._recall(self._providers, new)
        used: Counter[str] = Counter()
        for query in new:
            for provider in self._providers:
                key = provider.spec.key(query.entity)
                if (answer := found.get(key)) is not None:
                    self._known[query.entity][provider.spec.name] = answer
                    used[provider.spec.name] += 1
        self._emit(CacheRead(self._clock.now(), len(new), used))

    async def look_again(self, provider: Provider, queries: Sequence[Query]) -> None:
        """Fetch anew what one provider's stored answers about these entities are."""
        found = await self._recall([provider], queries)
        for query in queries:
            if (answer := found.get(provider.spec.key(query.entity))) is not None:
                self._known.setdefault(query.entity, {})[provider.spec.name] = answer

    async def _recall(
        self, providers: Iterable[Provider], queries: Sequence[Query]
    ) -> dict[str, Answer]:
        asked = {p.spec.key(query.entity): (p, query) for p in providers for query in queries}
        stored = await self._store.recall(list(asked))
        return {key: _today(*asked[key], answer) for key, answer in stored.items()}

    def known(self, entity: EntityKey) -> Mapping[str, Answer]:
        """The stored answers about one entity, by provider."""
        return self._known.get(entity, {})

    def seen(self, provider: Provider, query: Query) -> float | None:
        """When the stored answer that we know of was given; None where we know of none."""
        answer = self.known(query.entity).get(provider.spec.name)
        return None if answer is None else answer.at

    def answer(self, provider: Provider, query: Query) -> Answer | None:
        """The stored answer, if it is still good for the fields that are asked."""
        answer = self.known(query.entity).get(provider.spec.name)
        if answer is None or not self._plan.alive(provider.spec, answer):
            return None
        return answer if all(self._plan.fresh(name, answer) for name in query.fields) else None

    def accepts(self, name: Field, answer: Answer) -> bool:
        """Whether an answer fills this field, by the plan's rules."""
        return self._plan.accepts(name, answer)

    def renewing(self, provider: Provider, query: Query) -> Query:
        """The question with the provider's last reply, where it makes use of that."""
        answer = self.known(query.entity).get(provider.spec.name)
        if answer is None or not provider.spec.renews:
            return query
        return replace(query, kept=answer.reply)

    def forget(self, entities: Iterable[EntityKey]) -> None:
        """Let go of entities that are through."""
        for entity in entities:
            self._known.pop(entity, None)


def _today(provider: Provider, query: Query, answer: Answer) -> Answer:
    answer = reread(provider, query, answer)
    if not provider.spec.renews:
        return answer
    return replace(answer, unsought=cast("RenewingProvider", provider).unsought(answer.reply))


def reread(provider: Provider, query: Query, answer: Answer) -> Answer:
    """A stored answer as today's rules read it: a changed mapping costs nothing."""
    if answer.mapping == provider.spec.mapping or not answer.reply:
        return answer
    item = provider.reread(query, answer.reply)
    return replace(
        answer,
        outcome=item.outcome,
        url=item.url or answer.url,
        confidence=item.confidence,
        mapping=provider.spec.mapping,
    )
