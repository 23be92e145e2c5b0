"""How a declared provider is asked and how its replies are read, as frozen values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from enrich_cli.adapters.paths import Path
from enrich_cli.adapters.templates import Template, Tree
from enrich_cli.domain.entity import Field, IdKind
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


Match = ByEcho | ByOrder | ByKey | ByField


@dataclass(frozen=True, slots=True)
class Batch:
    """A call about several entities.

    `items` are the keys under which the list of `item`s goes into the body, () for a body that is
    the list; `answers` finds the answers in the reply, `status` an item's own status in its answer.
    """

    call: Call
    items: tuple[str, ...]
    item: Tree
    answers: Path
    match: Match
    status: Path | None = None


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
    outcomes: tuple[OutcomeRule, ...] = ()
    confidence: Confidence | None = None
    checks: tuple[tuple[IdKind, Path], ...] = ()
    auth: Auth | None = None
    meter: Path | None = None
    reads_json: bool = True
