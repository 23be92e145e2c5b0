"""A checked spec file to its recipe: expressions compiled, templates parsed, uses checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import quote

from enrich_cli.adapters import spec_models as models
from enrich_cli.adapters.coerce import NAMED, coerce
from enrich_cli.adapters.paths import Path, compile_path
from enrich_cli.adapters.recipe import (
    Auth,
    AuthKind,
    Batch,
    ByEcho,
    ByField,
    ByKey,
    ByOrder,
    Call,
    Confidence,
    FieldRule,
    Match,
    OutcomeRule,
    Recipe,
    Verdict,
)
from enrich_cli.adapters.spec_faults import Loc, SpecFaultError
from enrich_cli.adapters.templates import REF, Template, Tree, parse_template, templates
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
    request = _call(file.request) if file.request else None
    batch = _batch(file.batch) if file.batch else None
    _check_placeholders(file, request, batch)
    return Recipe(
        fields=fields,
        constants=tuple(_constants(file)),
        request=request,
        batch=batch,
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
    given: Needs = tuple(tuple(IdKind(kind) for kind in kinds) for kinds in file.needs)
    usable = tuple(kinds for kinds in given if _servable(made, kinds))
    if not usable:
        raise SpecFaultError(("needs",), "the calls have a place for none of these identifiers")
    return usable, tuple(
        f"is never asked by {' and '.join(kinds)}: not every call has a place for it"
        for kinds in given
        if kinds not in usable
    )


def hints(made: Recipe) -> tuple[IdKind, ...]:
    """The identifiers that a call takes along where an entity has them."""
    optional = {
        placeholder.name
        for template in _templates(made)
        for placeholder in template.placeholders
        if placeholder.optional
    }
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
    query = []
    for name, value in table.query.items():
        for part in value if isinstance(value, list) else [value]:
            text = str(part).lower() if isinstance(part, bool) else str(part)
            query.append((name, parse_template(text)))
    return Call(
        method=table.method,
        path=_encoded(parse_template(table.path)),
        query=tuple(query),
        headers=tuple(
            (name, "".join(str(piece) for piece in parse_template(value).pieces))
            for name, value in table.headers.items()
        ),
        json=None if table.json_ is None else _tree(table.json_),
    )


def _encoded(path: Template) -> Template:
    """A path whose own text is encoded once and for all; values are when they are filled in."""
    return Template(
        tuple(
            quote(piece, safe=_IN_PATH) if isinstance(piece, str) else piece
            for piece in path.pieces
        )
    )


def _batch(table: models.BatchTable) -> Batch:
    return Batch(
        call=_call(table),
        items=tuple(table.items.split(".")) if table.items else (),
        item=_tree(table.item),
        answers=compile_path(table.answers),
        match=_match(table.match),
        status=_path(table.status),
    )


def _match(table: models.MatchTable) -> Match:
    if table.echo is not None:
        return ByEcho(compile_path(table.echo))
    if table.key is not None:
        return ByKey(IdKind(table.key))
    if table.field is not None and table.identifier is not None:
        return ByField(compile_path(table.field), IdKind(table.identifier))
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


def _places(request: Call | None, batch: Batch | None) -> Iterator[tuple[Loc, Tree]]:
    """Every place that takes identifiers."""
    if request is not None:
        yield ("request", "path"), request.path
        for name, template in request.query:
            yield ("request", "query", name), template
        yield ("request", "json"), request.json
    if batch is not None:
        yield ("batch", "item"), batch.item


def _templates(made: Recipe) -> Iterator[Template]:
    for _, tree in _places(made.request, made.batch):
        yield from templates(tree)


def _check_placeholders(file: models.SpecFile, request: Call | None, batch: Batch | None) -> None:
    needed = {kind for kinds in file.needs for kind in kinds} | {REF}
    for loc, tree in _places(request, batch):
        for template in templates(tree):
            for placeholder in template.placeholders:
                if not placeholder.optional and placeholder.name not in needed:
                    name = placeholder.name
                    raise SpecFaultError(
                        loc, f"{{{name}}} is not in needs; write {{{name}?}} for a hint"
                    )
    if batch is not None:
        call = batch.call
        once: list[tuple[str, Tree]] = [("path", call.path), ("json", call.json)]
        once += [("query", template) for _, template in call.query]
        for key, tree in once:
            if any(template.placeholders for template in templates(tree)):
                raise SpecFaultError(
                    ("batch", key), "identifiers go into item, one for each entity"
                )


def _servable(made: Recipe, kinds: Sequence[IdKind]) -> bool:
    """Whether every call can carry an entity that is asked by these identifiers."""
    # Two words, for the filters that take a name apart.
    known = {**{kind.value: "acme optics" for kind in kinds}, REF: "0"}
    if made.request is not None:
        trees: list[Tree] = [tree for _, tree in _places(made.request, None)]
        if made.request.path.fill(known, {}) is None or not _named(trees, known):
            return False
    if made.batch is not None:
        match = made.batch.match
        if isinstance(match, ByKey | ByField) and match.kind not in kinds:
            return False
        return _named([made.batch.item], known)
    return True


def _named(trees: Sequence[Tree], known: Mapping[str, str]) -> bool:
    return any(
        template.fill(known, {}) is not None
        for tree in trees
        for template in templates(tree)
        if any(placeholder.name != REF for placeholder in template.placeholders)
    )
