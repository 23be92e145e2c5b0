"""Which of several candidates in a reply are about the entity that was asked about."""

from __future__ import annotations

from collections.abc import Sequence

from enrich_cli.adapters.identity import asked_by, canonical, fits, shown
from enrich_cli.adapters.recipe import Pick
from enrich_cli.domain.entity import IdKind, Query


def picked(pick: Pick, query: Query, document: object) -> list[object]:
    """The candidates of a reply that fit a question, in their order; none where there is no list.

    A candidate has to show each identifier that the entity is asked by and that the pick knows,
    and must not contradict the others, but for a name: that of a hint may be spelled otherwise.
    """
    found = pick.found.read(document)
    asked = asked_by(pick.needs, query) or ()
    return [
        candidate
        for candidate in (found if isinstance(found, list) else [])
        if all(
            shown(kind, value, said) if kind in asked else _free(kind) or fits(kind, value, said)
            for kind, path in pick.by
            if (value := query.id(kind)) is not None
            for said in (path.read(candidate),)
        )
    ]


def _free(kind: IdKind) -> bool:
    return kind in (IdKind.NAME, IdKind.COMPANY)


class Index:
    """Candidates by the one identifier that a pick knows: for a list that is searched often."""

    def __init__(self, pick: Pick, document: object) -> None:
        ((self._kind, path),) = pick.by
        self._by: dict[str, object] = {}
        found = pick.found.read(document)
        for candidate in found if isinstance(found, list) else []:
            if isinstance(said := path.read(candidate), str):
                self._by.setdefault(canonical(self._kind, said), candidate)

    def picked(self, query: Query) -> Sequence[object]:
        """The first candidate that carries the entity's identifier, if one does."""
        found = self._by.get(canonical(self._kind, query.id(self._kind) or ""))
        return [] if found is None else [found]
