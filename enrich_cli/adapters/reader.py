"""A provider as its spec file declares it, as far as nobody is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from enrich_cli.adapters import reading
from enrich_cli.adapters.filling import NONE, address
from enrich_cli.adapters.identity import asked_by
from enrich_cli.adapters.recipe import Recipe
from enrich_cli.adapters.templates import REF, UnfillableError
from enrich_cli.domain.entity import Query
from enrich_cli.domain.provider import Item, ProviderError, ProviderSpec, Reply


class Reader:
    """Reads what a provider once said. It has no connections: whoever asks it gets an error."""

    def __init__(self, spec: ProviderSpec, recipe: Recipe) -> None:
        self._spec = spec
        self._recipe = recipe

    @property
    def spec(self) -> ProviderSpec:
        """What it gives, needs, costs and allows."""
        return self._spec

    async def fetch(self, queries: Sequence[Query]) -> Reply:
        """Raises RuntimeError."""
        raise RuntimeError(f"{self._spec.name} is only looked at: {len(queries)} questions")

    def reread(self, query: Query, body: bytes) -> Item:
        """Read a kept reply again by the rules of today, without asking anyone."""
        return reading.reread(self._recipe, query, body, self._source(query))

    def _identifiers(self, query: Query) -> tuple[Mapping[str, str], Mapping[str, str]] | None:
        """What the entity is asked by, and all that it has; None where it has not enough."""
        kinds = asked_by(self._spec.needs, query)
        if kinds is None:
            return None
        have = {kind.value: value for kind, value in query.ids}
        return {REF: "0", **{kind.value: have[kind] for kind in kinds}}, have

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
