"""How a declared provider is asked and how its replies are read, as frozen values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from enrich_cli.adapters.paths import Path
from enrich_cli.adapters.templates import Template, Tree
from enrich_cli.domain.entity import Field, IdKind
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Value


class AuthKind(StrEnum):
    """Where a key goes."""

    HEADER = "header"
    QUERY = "query"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Auth:
    """How a key is sent: in the header, query parameter or body key `name`.

    `format` is the value around `{key}`; `basic` says that what it gives is base64-coded after
    the word Basic.
    """

    kind: AuthKind
    name: str
    format: str = "{key}"
    basic: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, but for the base address and the key."""

    method: str
    path: Template
    query: tuple[tuple[str, Template], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    json: Tree = None
    form: tuple[tuple[str, Template], ...] | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """A reply with candidates, at `found`, of which only those that fit the question are read.

    A candidate fits if it shows each identifier in `by` that the entity is asked by (`needs` says
    which these are), and contradicts none of the others.
    """

    found: Path
    by: tuple[tuple[IdKind, Path], ...]
    needs: tuple[tuple[IdKind, ...], ...]


@dataclass(frozen=True, slots=True)
class First:
    """The first of two calls: what `find` finds in its reply, the second one asks about.

    `base_url` is "" for the provider's own. With a `pick`, `find` reads the first candidate that
    fits. `once`: the reply is the same for every entity and is fetched once.
    """

    call: Call
    find: Path
    base_url: str = ""
    pick: Pick | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class ByEcho:
    """Each answer repeats the mark that its question carried."""

    path: Path


@dataclass(frozen=True, slots=True)
class ByOrder:
    """The answers come in the order of the questions, one for each."""


@dataclass(frozen=True, slots=True)
class ByKey:
    """The answers are an object, or a list of objects, keyed by the identifier asked for."""

    kind: IdKind


@dataclass(frozen=True, slots=True)
class ByField:
    """Each answer names the identifier that it is about."""

    path: Path
    kind: IdKind


@dataclass(frozen=True, slots=True)
class ByAny:
    """Each answer carries several identifiers: it is about whom those that were asked by name.

    Which these are, `needs` says.
    """

    paths: tuple[tuple[IdKind, Path], ...]
    needs: tuple[tuple[IdKind, ...], ...]


Match = ByEcho | ByOrder | ByKey | ByField | ByAny


@dataclass(frozen=True, slots=True)
class Batch:
    """A call about several entities.

    `items` are the keys under which the list of `item`s goes into the body, () for a body that is
    the list, None where the items are texts that go, joined by `join`, to `{items}`. `answers`
    finds the answers in the reply, `status` an item's own status in its answer.
    """

    call: Call
    items: tuple[str, ...] | None
    item: Tree
    answers: Path
    match: Match
    status: Path | None = None
    join: str = " "


@dataclass(frozen=True, slots=True)
class Polling:
    """How the answer of a provider is fetched that gives it later.

    `id` finds the job's name in the first reply; `call` asks for its answer, which is complete
    where `until` holds and no outcome rule says that it is pending. `answer` finds in that reply
    what would else be the reply to the request.
    """

    id: Path
    call: Call
    answer: Path | None = None
    until: Path | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """How an answer goes on: the keys to the `list` that is continued, and where the next page is.

    `next` finds its address, or with `query` the value of that parameter; with `number` pages are
    counted by that parameter from 1, until the list is empty or `next` holds no more. At most
    `most` are read.
    """

    list: tuple[str, ...]
    next: Path | None
    query: str
    number: str
    most: int


@dataclass(frozen=True, slots=True)
class Account:
    """How the account's balance is asked for, where it stands, and what one credit is worth."""

    call: Call
    credits: Path
    usd: Money


class Verdict(StrEnum):
    """What an outcome rule says of a reply."""

    HIT = "hit"
    MISS = "miss"
    RETRY = "retry"
    RATE_LIMITED = "rate_limited"
    OUT_OF_CREDIT = "out_of_credit"
    AUTH = "auth"
    BAD_INPUT = "bad_input"
    ERASED = "erased"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """A reply with one of these statuses, for which `when` holds and which has these headers.

    An empty `status` is any; a header's text is its value in lower case, "*" any value.
    """

    verdict: Verdict
    status: frozenset[int] = frozenset()
    when: Path | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Confidence:
    """Where the reply says how sure it is; `low` reads as 0, `high` as 1."""

    path: Path
    low: float = 0.0
    high: float = 1.0
    map: Mapping[str, float] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field is read: found by `path`, then mapped, prefixed and read as something.

    A text that `map` does not name stays as it is; one mapped to "" is no value.
    """

    field: Field
    path: Path
    map: Mapping[str, str] = dataclasses.field(default_factory=dict)
    prefix: str = ""
    reader: Callable[[object], object] | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that a spec file says beyond `ProviderSpec`. One of `request` and `batch` is set.

    `constants` are values that every hit has. `reads_json` is False where nothing is read from
    the reply but its status and headers.
    """

    fields: tuple[FieldRule, ...]
    constants: tuple[tuple[Field, Value], ...] = ()
    request: Call | None = None
    batch: Batch | None = None
    first: First | None = None
    pick: Pick | None = None
    polling: Polling | None = None
    pages: Pages | None = None
    account: Account | None = None
    outcomes: tuple[OutcomeRule, ...] = ()
    confidence: Confidence | None = None
    checks: tuple[tuple[IdKind, Path], ...] = ()
    auth: Auth | None = None
    meter: Path | None = None
    reads_json: bool = True
