"""The shape of a spec file as pydantic checks it; nothing of it leaves `specs.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from enrich_cli.adapters.spec_values import (
    Address,
    As,
    Dollars,
    Duration,
    Expression,
    FieldName,
    HeaderName,
    HeaderValue,
    Json,
    Kind,
    Name,
    PathText,
    QueryValue,
    Rates,
    Scale,
    Variable,
)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AuthTable(_Table):
    """[auth]."""

    env: Variable
    optional: bool = False
    header: HeaderName | None = None
    query: str | None = None
    bearer: Literal[True] | None = None
    basic: Literal["user", "password"] | None = None
    body: str | None = None
    format: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> AuthTable:
        places = (self.header, self.query, self.bearer, self.basic, self.body)
        if sum(place is not None for place in places) != 1:
            raise ValueError("give one of header, query, bearer, basic and body")
        if self.format is not None and (self.header is None or self.format.count("{key}") != 1):
            raise ValueError("format goes with header, and holds {key} once")
        return self


class MeterTable(_Table):
    """price.meter."""

    usd: Dollars
    header: HeaderName | None = None
    json_: Expression | None = Field(default=None, alias="json")

    @model_validator(mode="after")
    def _one_source(self) -> MeterTable:
        if (self.header is None) == (self.json_ is None):
            raise ValueError("give one of header and json")
        return self


class PriceTable(_Table):
    """[price]."""

    usd: Dollars
    per: Literal["hit", "item", "call"]
    meter: MeterTable | None = None


class LimitsTable(_Table):
    """[limits]."""

    rate: Rates = []
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 8
    timeout: Duration = "30s"


class CallTable(_Table):
    """What [request] and [batch] have in common."""

    method: Literal["GET", "POST"] = "GET"
    path: PathText = ""
    query: dict[str, QueryValue] = {}
    headers: dict[HeaderName, HeaderValue] = {}
    json_: dict[str, Json] | None = Field(default=None, alias="json")
    form: dict[str, QueryValue] | None = None

    @model_validator(mode="after")
    def _has_body(self) -> CallTable:
        for name, body in (("json", self.json_), ("form", self.form)):
            if body is not None and self.method == "GET":
                raise ValueError(f'{name} is the body of a POST: write method = "POST"')
        if self.json_ is not None and self.form is not None:
            raise ValueError("give one of json and form")
        return self


class PickTable(_Table):
    """[pick], and the pick of [first]."""

    from_: Expression = Field(alias="from")
    by: dict[Kind, Expression] = Field(min_length=1)


class FirstTable(CallTable):
    """[first]."""

    base_url: Address | None = None
    find: Expression
    pick: PickTable | None = None
    once: bool = False

    @model_validator(mode="after")
    def _picks(self) -> FirstTable:
        if self.once and (self.pick is None or len(self.pick.by) != 1):
            raise ValueError("once needs a pick by one identifier")
        return self


class MatchTable(_Table):
    """batch.match."""

    echo: Expression | None = None
    order: Literal[True] | None = None
    key: Kind | None = None
    field: Expression | None = None
    identifier: Kind | None = None
    fields: dict[Kind, Expression] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> MatchTable:
        forms = (self.echo, self.order, self.key, self.field, self.fields)
        if sum(form is not None for form in forms) != 1:
            raise ValueError("give one of echo, order, key, field and fields")
        if (self.field is None) != (self.identifier is None):
            raise ValueError("field and identifier go together")
        return self


class BatchTable(CallTable):
    """[batch]."""

    method: Literal["GET", "POST"] = "POST"
    size: Annotated[int, Field(ge=1, le=100_000)]
    items: str | None = None
    item: Json
    join: str = " "
    answers: Expression = "@"
    match: MatchTable
    status: Expression | None = None

    @model_validator(mode="after")
    def _sendable(self) -> BatchTable:
        in_text = "{items" in f"{self.query}{self.form}"
        if (self.items is not None) == in_text:
            raise ValueError("say in items where the list goes, or write {items} in query or form")
        if in_text and not isinstance(self.item, str):
            raise ValueError("item is a text where {items} stands in a text")
        if not in_text and (self.method == "GET" or self.form is not None):
            raise ValueError('a batch is asked for with method = "POST" and a JSON body')
        if not self.items and self.json_ is not None:
            raise ValueError('json has no place where the body is the list (items = "")')
        if self.match.echo is not None and "{ref" not in str(self.item):
            raise ValueError("match.echo needs {ref} somewhere in item")
        return self


class PollTable(_Table):
    """[poll]."""

    id: Expression
    path: PathText
    query: dict[str, QueryValue] = {}
    headers: dict[HeaderName, HeaderValue] = {}
    answer: Expression | None = None
    until: Expression | None = None
    every: Duration
    wait: Duration = "30min"
    expires: Duration


class PagesTable(_Table):
    """[pages]."""

    list_: str = Field(default="@", alias="list", min_length=1)
    next: Expression | None = None
    query: str | None = None
    number: str | None = None
    most: Annotated[int, Field(ge=2, le=1000)] = 10

    @model_validator(mode="after")
    def _one_way(self) -> PagesTable:
        if self.next is None and self.number is None:
            raise ValueError("say in next where the next page is, or count them by number")
        if self.query is not None and (self.number is not None or self.next is None):
            raise ValueError("query takes what next finds, and goes without number")
        return self


class BalanceTable(_Table):
    """[balance]."""

    path: PathText
    query: dict[str, QueryValue] = {}
    headers: dict[HeaderName, HeaderValue] = {}
    credits: Expression
    usd: Dollars


class OutcomeTable(_Table):
    """[[outcome]]."""

    status: list[Annotated[int, Field(ge=100, le=599)]] = []
    when: Expression | None = None
    header: HeaderName | dict[HeaderName, str] = {}
    is_: Literal[
        "hit",
        "miss",
        "retry",
        "rate_limited",
        "out_of_credit",
        "auth",
        "bad_input",
        "erased",
        "pending",
    ] = Field(alias="is")

    @model_validator(mode="after")
    def _some_condition(self) -> OutcomeTable:
        if not (self.status or self.when or self.header):
            raise ValueError("give at least one of status, when and header")
        return self


class ConfidenceTable(_Table):
    """[confidence]."""

    path: Expression
    scale: Scale = [0, 1]
    map: dict[str, Annotated[int | float, Field(ge=0, le=1)]] = {}


class FieldTable(_Table):
    """One of [fields], where it is more than a path."""

    path: Expression | None = None
    value: str | int | list[str] | None = None
    as_: As | None = Field(default=None, alias="as")
    map: dict[str, str] = {}
    prefix: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> FieldTable:
        if (self.path is None) == (self.value is None):
            raise ValueError("give one of path and value")
        if self.value is not None and (self.as_ or self.map or self.prefix):
            raise ValueError("as, map and prefix go with path")
        return self


def _as_field(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


class SpecFile(_Table):
    """A whole spec file."""

    name: Name
    title: str = ""
    docs: str = ""
    entity: Literal["company", "person"]
    tier: Literal["free", "cheap", "premium"]
    version: Annotated[int, Field(ge=1)] = 1
    needs: Annotated[list[Annotated[list[Kind], Field(min_length=1)]], Field(min_length=1)]
    base_url: Address
    auth: AuthTable | None = None
    price: PriceTable | None = None
    limits: LimitsTable = LimitsTable()
    only: dict[Kind, list[str]] = {}
    repeatable: bool = False
    first: FirstTable | None = None
    request: CallTable | None = None
    batch: BatchTable | None = None
    pick: PickTable | None = None
    poll: PollTable | None = None
    pages: PagesTable | None = None
    balance: BalanceTable | None = None
    outcome: list[OutcomeTable] = []
    confidence: ConfidenceTable | None = None
    check: dict[Kind, Expression] = {}
    fields: dict[
        FieldName,
        Annotated[FieldTable, BeforeValidator(_as_field)],
    ] = Field(min_length=1)

    @model_validator(mode="after")
    def _askable(self) -> SpecFile:
        if self.request is None and self.batch is None:
            raise ValueError("give [request], [batch] or both")
        if self.first is not None and (self.request is None or self.batch is not None):
            raise ValueError("[first] goes before [request], and without [batch]")
        return self
