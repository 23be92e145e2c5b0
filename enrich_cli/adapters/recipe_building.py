"""A checked spec file to its recipe: expressions compiled, templates parsed, uses checked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import quote

from enrich_cli.adapters import spec_models as models
from enrich_cli.adapters.coerce import NAMED, coerce
from enrich_cli.adapters.paths import Path, compile_path
from enrich_cli.adapters.recipe import (
    Auth,
    AuthKind,
    Batch,
    ByAny,
    ByEcho,
    ByField,
    ByKey,
    ByOrder,
    Call,
    Confidence,
    FieldRule,
    First,
    Match,
    OutcomeRule,
    Pick,
    Recipe,
    Verdict,
)
from enrich_cli.adapters.spec_faults import Loc, SpecFaultError
from enrich_cli.adapters.templates import (
    FOUND,
    ITEMS,
    REF,
    Template,
    Tree,
    parse_template,
    templates,
)
from enrich_cli.domain.entity import CATALOGUE, Field, IdKind
from enrich_cli.domain.outcome import Value

_IN_PATH = "/:@!$&'()*+,;=~%"  # what stands for itself in a path, RFC 3986, and what is encoded

Needs = tuple[tuple[IdKind, ...], ...]


def recipe(file: models.SpecFile) -> Recipe:
    """The recipe of a checked file. Raises `SpecFaultError` for parts that do not go together."""
    _check_fields(file)
    fields = tuple(_fields(file))
    checks = tuple((IdKind(kind), compile_path(text)) for kind, text in file.check.items())
    meter = file.price.meter if file.price else None
    first = _first(file)
    request = _call(file.request) if file.request else None
    batch = _batch(file, file.batch) if file.batch else None
    _check_placeholders(file, first, request, batch)
    return Recipe(
        fields=fields,
        constants=tuple(_constants(file)),
        request=request,
        batch=batch,
        first=first,
        pick=_pick(file, file.pick) if file.pick else None,
        outcomes=tuple(_outcome(rule) for rule in file.outcome),
        confidence=_confidence(file.confidence),
        checks=checks,
        auth=_auth(file),
        meter=_path(meter.json_) if meter else None,
        reads_json=bool(checks or fields),
    )


def needs(file: models.SpecFile, made: Recipe) -> tuple[Needs, tuple[str, ...]]:
    """The sets of identifiers by which the calls can really ask, and a note on each other one.

    Raises `SpecFaultError` where none remains.
    """
    given = _needs(file)
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


def _fields(file: models.SpecFile) -> Iterator[FieldRule]:
    for name, table in file.fields.items():
        if table.path is not None:
            yield FieldRule(
                Field(name),
                compile_path(table.path),
                table.map,
                table.prefix,
                NAMED[table.as_] if table.as_ else None,
            )


def _constants(file: models.SpecFile) -> Iterator[tuple[Field, Value]]:
    for name, table in file.fields.items():
        if table.value is not None:
            field = Field(name)
            constant = coerce(field, table.value)
            if constant is None:
                kind = CATALOGUE[field].type.value
                raise SpecFaultError(("fields", name), f"{table.value!r} is no {kind} value")
            yield field, Value(constant)


def _call(table: models.CallTable) -> Call:
    return Call(
        method=table.method,
        path=_encoded(parse_template(table.path)),
        query=tuple(_pairs(table.query)),
        headers=tuple(
            (name, "".join(str(piece) for piece in parse_template(value).pieces))
            for name, value in table.headers.items()
        ),
        json=None if table.json_ is None else _tree(table.json_),
        form=None if table.form is None else tuple(_pairs(table.form)),
    )


def _pairs(table: Mapping[str, object]) -> Iterator[tuple[str, Template]]:
    for name, value in table.items():
        for part in value if isinstance(value, list) else [value]:
            text = str(part).lower() if isinstance(part, bool) else str(part)
            yield name, parse_template(text)


def _first(file: models.SpecFile) -> First | None:
    table = file.first
    if table is None:
        return None
    return First(
        call=_call(table),
        find=compile_path(table.find),
        base_url=(table.base_url or "").rstrip("/"),
        pick=_pick(file, table.pick) if table.pick else None,
        once=table.once,
    )


def _pick(file: models.SpecFile, table: models.PickTable) -> Pick:
    return Pick(
        compile_path(table.from_),
        tuple((IdKind(kind), compile_path(text)) for kind, text in table.by.items()),
        _needs(file),
    )


def _needs(file: models.SpecFile) -> Needs:
    return tuple(tuple(IdKind(kind) for kind in kinds) for kinds in file.needs)


def _encoded(path: Template) -> Template:
    """A path whose own text is encoded once and for all; values are when they are filled in."""
    return Template(
        tuple(
            quote(piece, safe=_IN_PATH) if isinstance(piece, str) else piece
            for piece in path.pieces
        )
    )


def _batch(file: models.SpecFile, table: models.BatchTable) -> Batch:
    return Batch(
        call=_call(table),
        items=None if table.items is None else tuple(filter(None, table.items.split("."))),
        item=_tree(table.item),
        answers=compile_path(table.answers),
        match=_match(table.match, _needs(file)),
        status=_path(table.status),
        join=table.join,
    )


def _match(table: models.MatchTable, needs: Needs) -> Match:
    if table.echo is not None:
        return ByEcho(compile_path(table.echo))
    if table.key is not None:
        return ByKey(IdKind(table.key))
    if table.field is not None and table.identifier is not None:
        return ByField(compile_path(table.field), IdKind(table.identifier))
    if table.fields is not None:
        paths = ((IdKind(kind), compile_path(text)) for kind, text in table.fields.items())
        return ByAny(tuple(paths), needs)
    return ByOrder()


def _outcome(table: models.OutcomeTable) -> OutcomeRule:
    headers = {table.header: "*"} if isinstance(table.header, str) else table.header
    return OutcomeRule(
        Verdict(table.is_),
        frozenset(table.status),
        _path(table.when),
        tuple((name.lower(), value.strip().lower()) for name, value in headers.items()),
    )


def _confidence(table: models.ConfidenceTable | None) -> Confidence | None:
    if table is None:
        return None
    low, high = table.scale
    numbers = {word: float(number) for word, number in table.map.items()}
    return Confidence(compile_path(table.path), float(low), float(high), numbers)


def _auth(file: models.SpecFile) -> Auth | None:
    table = file.auth
    if table is None:
        return None
    if table.header is not None:
        return Auth(AuthKind.HEADER, table.header, table.format or "{key}")
    if table.query is not None:
        return Auth(AuthKind.QUERY, table.query)
    if table.bearer:
        return Auth(AuthKind.HEADER, "Authorization", "Bearer {key}")
    if table.basic is not None:
        form = "{key}:" if table.basic == "user" else ":{key}"
        return Auth(AuthKind.HEADER, "Authorization", form, basic=True)
    for where, call in (("request", file.request), ("batch", file.batch)):
        if call is not None and call.method == "GET":
            raise SpecFaultError(
                ("auth", "body"), f'a key in the body needs {where}.method = "POST"'
            )
    if file.batch is not None and not file.batch.items:
        raise SpecFaultError(
            ("auth", "body"), "the batch's body is a list and has no place for a key"
        )
    return Auth(AuthKind.BODY, str(table.body))


def _path(text: str | None) -> Path | None:
    return None if text is None else compile_path(text)


def _tree(value: object) -> Tree:
    if isinstance(value, str):
        return parse_template(value)
    if isinstance(value, list):
        return tuple(_tree(part) for part in value)
    if isinstance(value, dict):
        return {name: _tree(part) for name, part in value.items()}
    return cast("bool | int | float", value)


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


def _check_placeholders(
    file: models.SpecFile, first: First | None, request: Call | None, batch: Batch | None
) -> None:
    needed = {kind for kinds in file.needs for kind in kinds} | {REF}
    if first is not None:
        _check(_places(first.call, "first"), needed)
    if request is not None:
        _check(_places(request, "request"), needed | ({FOUND} if first else set()))
        found = [
            p.name
            for _, tree in _places(request, "")
            for t in templates(tree)
            for p in t.placeholders
        ]
        if first is not None and FOUND not in found:
            raise SpecFaultError(("request",), "{found}, what [first] finds, stands nowhere")
    if batch is not None:
        _check([(("batch", "item"), batch.item)], needed)
        in_text = {ITEMS} if batch.items is None else set()
        for loc, tree in _places(batch.call, "batch"):
            for template in templates(tree):
                if any(p.name not in in_text for p in template.placeholders):
                    raise SpecFaultError(loc, "identifiers go into item, one for each entity")


def _check(places: Iterable[tuple[Loc, Tree]], known: Collection[str]) -> None:
    for loc, tree in places:
        for template in templates(tree):
            for placeholder in template.placeholders:
                name = placeholder.name
                if name in (FOUND, ITEMS) and name not in known:
                    raise SpecFaultError(loc, f"{{{name}}} is nothing that is known here")
                if not placeholder.optional and name not in known:
                    raise SpecFaultError(
                        loc, f"{{{name}}} is not in needs; write {{{name}?}} for a hint"
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
