"""Which answer of a batch's reply belongs to which question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from enrich_cli.adapters.identity import asked_by, canonical
from enrich_cli.adapters.paths import Path
from enrich_cli.adapters.recipe import ByAny, ByEcho, ByField, ByKey, ByOrder, Match
from enrich_cli.domain.entity import IdKind, Query


class UnmatchedError(ValueError):
    """Answers that cannot be told apart, so that none of them may be used."""


def matched(match: Match, answers: object, queries: Sequence[Query]) -> list[object]:
    """The answer to each query, in their order; None where the reply has none.

    A query's mark for `ByEcho` is its place among `queries`. Raises `UnmatchedError`.
    """
    match match:
        case ByOrder():
            if not isinstance(answers, list) or len(answers) != len(queries):
                raise UnmatchedError("the reply has not one answer for each question")
            return answers
        case ByEcho(path):
            echoes = {
                str(mark): answer
                for answer in _listed(answers)
                if isinstance(mark := path.read(answer), str | int)
            }
            found = [echoes.get(str(place)) for place in range(len(queries))]
            if _listed(answers) and not any(answer is not None for answer in found):
                raise UnmatchedError("the answers carry none of the marks that were sent")
            return found
        case ByKey(kind):
            keyed = {canonical(kind, key): answer for key, answer in _pairs(answers)}
            return [keyed.get(_asked(kind, query)) for query in queries]
        case ByField(path, kind):
            named: dict[str, object] = {}
            for answer in _listed(answers):
                name = path.read(answer)
                if isinstance(name, str):
                    named.setdefault(canonical(kind, name), answer)
            return [named.get(_asked(kind, query)) for query in queries]
        case ByAny():
            return _assigned(match, _listed(answers), queries)
    assert_never(match)


def _assigned(match: ByAny, answers: list[object], queries: Sequence[Query]) -> list[object]:
    """Answers by the identifiers that they carry; where one of each is left, they belong together.

    A person who is asked for by an e-mail address may be answered with a newer one.
    """
    left = [answer for answer in answers if answer is not None]
    found: list[object] = [None] * len(queries)
    for place, query in enumerate(queries):
        kinds = asked_by(match.needs, query) or ()
        asked = [(path, kind) for kind, path in match.paths if kind in kinds]
        own = next(
            (a for a in left if asked and all(_names(a, *one, query) for one in asked)), None
        )
        if own is not None:
            found[place] = own
            left.remove(own)
    unanswered = [place for place, answer in enumerate(found) if answer is None]
    if len(left) == 1 and len(unanswered) == 1:
        found[unanswered[0]] = left[0]
    return found


def _names(answer: object, path: Path, kind: IdKind, query: Query) -> bool:
    said = path.read(answer)
    return isinstance(said, str) and canonical(kind, said) == _asked(kind, query)


def _asked(kind: IdKind, query: Query) -> str:
    return canonical(kind, query.id(kind) or "")


def _listed(answers: object) -> list[object]:
    if isinstance(answers, dict):
        return list(answers.values())
    return answers if isinstance(answers, list) else []


def _pairs(answers: object) -> Iterator[tuple[str, object]]:
    """The keys and answers of an object, or of a list of objects with one key each."""
    for part in answers if isinstance(answers, list) else [answers]:
        if isinstance(part, dict):
            yield from part.items()
