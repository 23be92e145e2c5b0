"""A checked spec file to its recipe: expressions compiled, templates parsed, uses checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast
from urllib.parse import quote

from enrich_cli.adapters import spec_models as models
from enrich_cli.adapters.coerce import NAMED, coerce
from enrich_cli.adapters.paths import Path, compile_path
from enrich_cli.adapters.recipe import (
    Account,
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
    Pages,
    Pick,
    Polling,
    Recipe,
    Verdict,
)
from enrich_cli.adapters.recipe_checks import Needs, check, needs_of
from enrich_cli.adapters.spec_faults import SpecFaultError
from enrich_cli.adapters.templates import Template, Tree, parse_template
from enrich_cli.domain.entity import CATALOGUE, Field, IdKind
from enrich_cli.domain.money import parse_money
from enrich_cli.domain.outcome import Value

_IN_PATH = "/:@!$&'()*+,;=~%"  # what stands for itself in a path, RFC 3986, and what is encoded


def recipe(file: models.SpecFile) -> Recipe:
    """The recipe of a checked file. Raises `SpecFaultError` for parts that do not go together."""
    fields = tuple(_fields(file))
    checks = tuple((IdKind(kind), compile_path(text)) for kind, text in file.check.items())
    meter = file.price.meter if file.price else None
    request = _call(file.request) if file.request else None
    batch = _batch(file, file.batch) if file.batch else None
    made = Recipe(
        fields=fields,
        constants=tuple(_constants(file)),
        request=request,
        batch=batch,
        first=_first(file),
        pick=_pick(file, file.pick) if file.pick else None,
        polling=_polling(file),
        account=_account(file.balance) if file.balance else None,
        pages=_pages(file.pages) if file.pages else None,
        outcomes=tuple(_outcome(rule) for rule in file.outcome),
        confidence=_confidence(file.confidence),
        checks=checks,
        auth=_auth(file),
        meter=_path(meter.json_) if meter else None,
        reads_json=bool(checks or fields),
    )
    check(file, made)
    return made


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


def _polling(file: models.SpecFile) -> Polling | None:
    table = file.poll
    if table is None:
        return None
    call = Call(
        method="GET",
        path=_encoded(parse_template(table.path)),
        query=tuple(_pairs(table.query)),
        headers=tuple(table.headers.items()),
    )
    return Polling(compile_path(table.id), call, _path(table.answer), _path(table.until))


def _account(table: models.BalanceTable) -> Account:
    call = Call(
        method="GET",
        path=_encoded(parse_template(table.path)),
        query=tuple(_pairs(table.query)),
        headers=tuple(table.headers.items()),
    )
    return Account(call, compile_path(table.credits), parse_money(table.usd))


def _pages(table: models.PagesTable) -> Pages:
    keys = () if table.list_ == "@" else tuple(table.list_.split("."))
    return Pages(keys, _path(table.next), table.query or "", table.number or "", table.most)


def _pick(file: models.SpecFile, table: models.PickTable) -> Pick:
    return Pick(
        compile_path(table.from_),
        tuple((IdKind(kind), compile_path(text)) for kind, text in table.by.items()),
        needs_of(file),
    )


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
        match=_match(table.match, needs_of(file)),
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
