"""Whether the parts of a spec file go together: what is asked for is known where it is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from enrich_cli.adapters import spec_models as models
from enrich_cli.adapters.recipe import ByAny, ByField, ByKey, Call, Recipe
from enrich_cli.adapters.spec_faults import Loc, SpecFaultError
from enrich_cli.adapters.templates import (
    FOUND,
    ITEMS,
    JOB,
    REF,
    Placeholder,
    Template,
    Tree,
    templates,
)
from enrich_cli.domain.entity import CATALOGUE, Field, IdKind

Needs = tuple[tuple[IdKind, ...], ...]


def check(file: models.SpecFile, made: Recipe) -> None:
    """Raise `SpecFaultError` for parts that do not go together."""
    _check_fields(file)
    _check_calls(file, made)
    if made.batch is not None:
        in_text = {ITEMS} if made.batch.items is None else set()
        for loc, tree in _places(made.batch.call, "batch"):
            if any(one.name not in in_text for one in _placeholders(tree)):
                raise SpecFaultError(loc, "identifiers go into item, one for each entity")


def needs_of(file: models.SpecFile) -> Needs:
    """The alternative sets of identifiers that a file names."""
    return tuple(tuple(IdKind(kind) for kind in kinds) for kinds in file.needs)


def needs(file: models.SpecFile, made: Recipe) -> tuple[Needs, tuple[str, ...]]:
    """The sets of identifiers by which the calls can really ask, and a note on each other one.

    Raises `SpecFaultError` where none remains.
    """
    given = needs_of(file)
    usable = tuple(kinds for kinds in given if _servable(made, kinds))
    if not usable:
        raise SpecFaultError(("needs",), "the calls have a place for none of these identifiers")
    return usable, tuple(
        f"is never asked by {' and '.join(kinds)}: not every call has a place for it"
        for kinds in given
        if kinds not in usable
    )


def hints(made: Recipe, file: models.SpecFile) -> tuple[IdKind, ...]:
    """The identifiers that a call takes along where an entity has them, or that it is judged by."""
    optional = {
        placeholder.name
        for template in _templates(made)
        for placeholder in template.placeholders
        if placeholder.optional
    }
    optional |= {kind.value for kind, _ in made.pick.by} if made.pick else set()
    optional |= set(file.only)
    return tuple(kind for kind in IdKind if kind.value in optional)


def _check_fields(file: models.SpecFile) -> None:
    for name in file.fields:
        entity = CATALOGUE[Field(name)].entity.value
        if entity != file.entity:
            about = f"{name} is a field of a {entity}, and this spec's entity is a {file.entity}"
            raise SpecFaultError(("fields", name), about)


def _places(call: Call, name: str) -> Iterator[tuple[Loc, Tree]]:
    """Every place of a call that takes what differs between the entities."""
    yield (name, "path"), call.path
    for key, template in call.query:
        yield (name, "query", key), template
    yield (name, "json"), call.json
    for key, template in call.form or ():
        yield (name, "form", key), template


def _templates(made: Recipe) -> Iterator[Template]:
    first = made.first.call if made.first else None
    calls = [call for call in (first, made.request) if call is not None]
    trees = [tree for call in calls for _, tree in _places(call, "")]
    for tree in (*trees, *([made.batch.item] if made.batch else [])):
        yield from templates(tree)


def _check_calls(file: models.SpecFile, made: Recipe) -> None:
    """What stands in braces is known there, and what was found before is used."""
    needed = {kind for kinds in file.needs for kind in kinds} | {REF}
    if made.first is not None:
        _check(_places(made.first.call, "first"), needed)
    if made.request is not None:
        _check(_places(made.request, "request"), needed | ({FOUND} if made.first else set()))
        if made.first is not None and not _holds(made.request, FOUND):
            raise SpecFaultError(("request",), "{found}, what [first] finds, stands nowhere")
    if made.batch is not None:
        _check([(("batch", "item"), made.batch.item)], needed)
    if made.account is not None:
        _check(_places(made.account.call, "balance"), ())
    if made.polling is not None:
        _check(_places(made.polling.call, "poll"), {JOB})
        if not _holds(made.polling.call, JOB):
            raise SpecFaultError(("poll",), "{job}, the name of the job, stands nowhere")


def _placeholders(tree: Tree) -> Iterator[Placeholder]:
    for template in templates(tree):
        yield from template.placeholders


def _holds(call: Call, name: str) -> bool:
    return any(one.name == name for _, tree in _places(call, "") for one in _placeholders(tree))


def _check(places: Iterable[tuple[Loc, Tree]], known: Collection[str]) -> None:
    for loc, tree in places:
        for one in _placeholders(tree):
            if one.name in (FOUND, ITEMS, JOB) and one.name not in known:
                raise SpecFaultError(loc, f"{{{one.name}}} is nothing that is known here")
            if not one.optional and one.name not in known:
                raise SpecFaultError(
                    loc, f"{{{one.name}}} is not in needs; write {{{one.name}?}} for a hint"
                )


def _servable(made: Recipe, kinds: Sequence[IdKind]) -> bool:
    """Whether every call can carry an entity that is asked by these identifiers."""
    # Two words, for the filters that take a name apart.
    known = {**{kind.value: "acme optics" for kind in kinds}, REF: "0"}
    for pick in (made.pick, made.first.pick if made.first else None):
        if pick is not None and not any(kind in kinds for kind, _ in pick.by):
            return False
    if made.first is not None:
        if not made.first.once and not _asks(made.first.call, known):
            return False
        known[FOUND] = "acme"
    if made.request is not None and not _asks(made.request, known):
        return False
    if made.batch is not None:
        match = made.batch.match
        if isinstance(match, ByKey | ByField) and match.kind not in kinds:
            return False
        if isinstance(match, ByAny) and not any(kind in kinds for kind, _ in match.paths):
            return False
        return _named([made.batch.item], known)
    return True


def _asks(call: Call, known: Mapping[str, str]) -> bool:
    trees = [tree for _, tree in _places(call, "")]
    return call.path.fill(known, {}) is not None and _named(trees, known)


def _named(trees: Sequence[Tree], known: Mapping[str, str]) -> bool:
    return any(
        template.fill(known, {}) is not None
        for tree in trees
        for template in templates(tree)
        if any(placeholder.name != REF for placeholder in template.placeholders)
    )
