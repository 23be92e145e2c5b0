"""Every shipped spec over real HTTP, against a server that plays its vendor as documented."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web

from enrich_cli.adapters.specs import SHIPPED, Loaded, load_specs
from enrich_cli.adapters.website import GIVES
from enrich_cli.domain.entity import CATALOGUE
from enrich_cli.domain.money import parse_money
from enrich_cli.domain.outcome import Failure, Hit, Miss
from enrich_cli.domain.provider import Item, ProviderError, Reply
from tests.adapters.spec_kit import KEY, Seen, asking, example, finished, provider, reply, serving
from tests.adapters.vendor_cases import (
    AUTH,
    CHEAP,
    FREE,
    LATER,
    OTHER,
    PAGE,
    PREMIUM,
    Asked,
    Case,
    Ids,
    Outcome,
    Said,
)
from tests.adapters.vendor_corners import CORNERS
from tests.adapters.vendor_refusals import NAMED_STATUSES, REFUSALS

CASES = [*FREE, *CHEAP, *PREMIUM, *LATER, *CORNERS]
UNPRICED = {"abstract-company", "contactout-person", "rocketreach-person"}
"""Their vendors publish no price of a call."""
SPECS = load_specs([SHIPPED], {})


def answered(said: Said) -> web.Response:
    body = example(said.body) if isinstance(said.body, str) else said.body
    return reply(b"" if body is None else body, said.status, said.headers)


def ask(name: str, entities: Sequence[Ids], replies: Sequence[Said]) -> tuple[Reply, list[Seen]]:
    """What a shipped spec makes of these replies, and the requests that it made."""

    async def main() -> tuple[Reply, list[Seen]]:
        left = iter(replies)
        async with serving(lambda _: answered(next(left))) as served:
            own: dict[str, Any] = {"base_url": served.base}
            if SPECS[name].recipe.first is not None:
                own["first.base_url"] = served.base
            loaded = load_specs([SHIPPED], {name: own}, only=[name])[name]
            async with provider(loaded, KEY if name in AUTH else None) as one:
                queries = [asking(ids) for ids in entities]
                got = await finished(one, queries)
                for query, item in zip(queries, got.items, strict=True):
                    if isinstance(item.outcome, Failure):
                        continue
                    again = one.reread(query, item.body)
                    assert (again.outcome, again.body) == (item.outcome, item.body)
                    assert again.confidence == item.confidence
                return got, served.seen

    return asyncio.run(main())


def read(item: Item) -> Outcome:
    match item.outcome:
        case Hit(values):
            return {name: value.content for name, value in values.items()}
        case Miss():
            return item.outcome
        case Failure(reason):
            return reason


def check(seen: Seen, asked: Asked, name: str) -> None:
    """Compare a request with the one that was expected, and see that it is signed."""
    url = urlsplit(seen.path)
    query = dict(parse_qsl(url.query))
    where, value = AUTH.get(name, ("", ""))
    if where.startswith("?"):
        assert query.pop(where[1:]) == value
    elif where:
        assert seen.headers[where] == value
    else:
        assert "Authorization" not in seen.headers
    assert (seen.path + str(seen.body)).count(KEY) == where.startswith("?")
    path = asked.to.replace("{sha256}", hashlib.sha256(b"mara@northwind.example").hexdigest())
    assert (f"{seen.method} {url.path}", query) == (path, dict(asked.query))
    for header, text in asked.headers.items():
        assert seen.headers[header] == text
    if asked.json is not None:
        assert seen.json == asked.json
        assert seen.headers["Content-Type"] == "application/json"
    elif not asked.form and seen.method == "GET":
        assert seen.body == b""
    form = dict(parse_qsl(seen.body.decode())) if asked.form else {}
    for key, texts in asked.form.items():
        assert [text for text in texts if text not in form[key]] == []
        assert seen.headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_call(case: Case) -> None:
    got, seen = ask(case.provider, case.entities, [said for _, said in case.exchanges])
    assert len(seen) == len(case.exchanges)
    for one, (asked, _) in zip(seen, case.exchanges, strict=True):
        check(one, asked, case.provider)
    assert [read(item) for item in got.items] == case.outcomes
    assert got.metered == (None if case.cost is None else parse_money(case.cost))
    if case.confidence is not None:
        assert got.items[0].confidence == pytest.approx(case.confidence)


def replies(said: Said | Sequence[Said]) -> Sequence[Said]:
    return [said] if isinstance(said, Said) else said


@pytest.mark.parametrize(
    ("name", "entities", "said", "reason"),
    REFUSALS,
    ids=[f"{name}: {replies(said)[-1].status} {reason}" for name, _, said, reason in REFUSALS],
)
def test_a_refusal(
    name: str, entities: Ids | Sequence[Ids], said: Said | Sequence[Said], reason: object
) -> None:
    asked = [entities] if isinstance(entities, Mapping) else entities
    said = replies(said)
    with pytest.raises(ProviderError) as raised:
        ask(name, asked, said)
    assert raised.value.reason is reason
    assert KEY not in f"{raised.value!r} {raised.value.detail}"
    if "Retry-After" in said[-1].headers:
        assert raised.value.retry_after == float(said[-1].headers["Retry-After"])


@pytest.mark.parametrize("loaded", SPECS.values(), ids=lambda one: one.spec.name)
def test_every_shipped_spec_is_whole(loaded: Loaded) -> None:
    spec = loaded.spec
    assert loaded.path.stem == spec.name
    assert loaded.notes == ()
    assert spec.title
    assert spec.docs.startswith("http")
    assert spec.base_url.startswith("https://")
    assert spec.limits.rates
    assert spec.priced is (spec.name not in UNPRICED)
    assert spec.key_env or (spec.free and spec.tier == "free")
    assert (spec.name in AUTH) is bool(spec.key_env)
    comment = loaded.path.read_text("utf-8").partition("\n\n")[0]
    assert "2026-11-24" in comment


def covered() -> Iterator[str]:
    for case in CASES:
        for outcome in case.outcomes:
            yield f"{case.provider}: {'hit' if isinstance(outcome, dict) else 'miss'}"
        if case.cost is not None:
            yield f"{case.provider}: meter"
    yield from (f"{name}: refusal" for name, *_ in REFUSALS)


def test_no_vendor_is_left_out() -> None:
    wanted = {f"{name}: {what}" for name in SPECS for what in ("hit", "miss", "refusal")}
    metered = [name for name, loaded in SPECS.items() if (p := loaded.spec.price) and p.meter]
    wanted |= {f"{name}: meter" for name in metered}
    assert wanted - set(covered()) == set()
    assert len(SPECS) == 31


def test_no_status_that_a_vendor_names_is_left_out() -> None:
    played = {(case.provider, said.status) for case in CASES for _, said in case.exchanges}
    played |= {(name, one.status) for name, _, said, _ in REFUSALS for one in replies(said)}
    named = {(name, status) for name, every in NAMED_STATUSES.items() for status in every}
    assert NAMED_STATUSES.keys() == SPECS.keys()
    assert named - played == set()


def test_every_field_can_be_given_by_somebody() -> None:
    given = {field for loaded in SPECS.values() for field in loaded.spec.gives} | GIVES
    assert sorted(CATALOGUE.keys() - given) == []


@pytest.mark.parametrize(
    ("name", "entity", "said", "pays"),
    [
        ("hunter-company", OTHER, Said("hunter.company.hit"), True),
        ("apollo-company", OTHER, Said("apollo.org.hit"), True),
        ("coresignal-company", OTHER, Said("coresignal.preview.hit"), True),
        ("enrichlayer-company", PAGE, Said(b"null"), True),
        ("enrichlayer-company", PAGE, Said({}, 404), False),
        ("apollo-company", OTHER, Said({"organization": None}), False),
    ],
)
def test_a_hit_about_somebody_else_is_on_the_bill(
    name: str, entity: Ids, said: Said, pays: bool
) -> None:
    got, _ = ask(name, [entity], [said])
    assert isinstance(got.items[0].outcome, Miss)
    assert got.items[0].pays is pays
