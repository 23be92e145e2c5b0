"""Every reply that a vendor documents is read somewhere, and says what it ought to say there."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from enrich_cli.adapters.specs import SHIPPED, Loaded, load_specs
from enrich_cli.domain.money import parse_money
from enrich_cli.domain.outcome import Failure, Hit, Miss
from enrich_cli.domain.provider import Item, Reply
from tests.adapters import test_shipped
from tests.adapters.further_specs import FURTHER, Further
from tests.adapters.spec_kit import (
    EXAMPLES,
    KEY,
    Answering,
    Seen,
    asking,
    example,
    finished,
    load,
    provider,
    reply,
    serving,
)
from tests.adapters.vendor_cases import (
    CHEAP,
    DOMAIN,
    FREE,
    LATER,
    NOBODY,
    PREMIUM,
    PROFILE,
    Ids,
    Said,
)
from tests.adapters.vendor_corners import CORNERS
from tests.adapters.vendor_refusals import REFUSALS

NOWHERE = {"domain": "nowhere.example"}
ASKED: Mapping[str, tuple[str, Sequence[Ids]]] = {
    "apollo.people_bulk.request": ("apollo-person", [PROFILE, NOBODY]),
    "pdl.company_bulk.request": ("pdl-company", [DOMAIN, NOWHERE]),
    "pdl.person_bulk.request": ("pdl-person", [PROFILE, NOBODY]),
}
"""Documented requests: the spec that sends one, and about whom."""

ELSEWHERE: Mapping[str, Callable[..., None]] = {
    "pdl.company_bulk.response": test_shipped.test_pdl_company_together,
    "pdl.person_bulk.response": test_shipped.test_pdl_person,
}
"""Replies that need a server that repeats what it was sent."""


def read(item: Item) -> object:
    match item.outcome:
        case Hit(values):
            return {name: value.content for name, value in values.items()}
        case Miss():
            return item.outcome
        case Failure(reason):
            return reason


async def asked_of(
    loaded: Callable[[str], Loaded], key: str | None, answer: Answering, entities: Sequence[Ids]
) -> tuple[Reply, list[Seen]]:
    async with serving(answer) as served, provider(loaded(served.base), key) as one:
        return await finished(one, [asking(ids) for ids in entities]), served.seen


@pytest.mark.parametrize("further", FURTHER, ids=str)
def test_a_call_that_is_not_shipped(further: Further, tmp_path: Path) -> None:
    head = f'name = "acme"\nentity = "{further.entity}"\ntier = "cheap"\n'
    text = f'{head}needs = [["{further.needs}"]]\nbase_url = "BASE"\n{further.text}'
    left = iter(further.replies)

    def answer(_: Seen) -> web.Response:
        said = next(left)
        return reply(example(said.body) if isinstance(said.body, str) else said.body)

    def loaded(base: str) -> Loaded:
        return load(tmp_path, text, base)

    got, seen = asyncio.run(asked_of(loaded, None, answer, further.entities))
    assert [f"{one.method} {urlsplit(one.path).path}" for one in seen] == list(further.asked)
    assert [read(item) for item in got.items] == list(further.outcomes)
    assert got.metered == (None if further.cost is None else parse_money(further.cost))


def bare(document: Any) -> Any:
    """A request without the marks by which its parts are told apart; addresses as https."""
    if isinstance(document, dict):
        return {key: bare(value) for key, value in document.items() if key != "metadata"}
    if isinstance(document, list):
        return [bare(value) for value in document]
    return document.replace("http://", "https://") if isinstance(document, str) else document


@pytest.mark.parametrize("name", ASKED)
def test_a_documented_request(name: str) -> None:
    spec, entities = ASKED[name]

    def answer(seen: Seen) -> web.Response:
        marks = [one.get("metadata") for one in next(iter(seen.json.values()))]
        if spec == "apollo-person":
            return reply({"matches": []})
        return reply([{"status": 404, "metadata": mark} for mark in marks])

    def loaded(base: str) -> Loaded:
        return load_specs([SHIPPED], {spec: {"base_url": base}}, only=[spec])[spec]

    got, (seen,) = asyncio.run(asked_of(loaded, KEY, answer, entities))
    assert [item.outcome for item in got.items] == [Miss(), Miss()]
    assert bare(seen.json) == bare(example(name))
    marks = [json.dumps(one["metadata"]) for one in seen.json.get("requests", [])]
    assert len(set(marks)) == len(marks)


def used() -> Iterator[tuple[str, str]]:
    """Each example's name and where it is read."""
    for case in [*FREE, *CHEAP, *PREMIUM, *LATER, *CORNERS]:
        yield from ((said.body, str(case)) for _, said in case.exchanges if is_name(said))
    for name, _, said, reason in REFUSALS:
        said = [said] if isinstance(said, Said) else said
        yield from ((one.body, f"{name}: {reason}") for one in said if is_name(one))
    for further in FURTHER:
        yield from ((said.body, str(further)) for said in further.replies if is_name(said))
    yield from ((name, f"asked by {spec}") for name, (spec, _) in ASKED.items())
    yield from ((name, test.__name__) for name, test in ELSEWHERE.items())


def is_name(said: Said) -> bool:
    return isinstance(said.body, str)


def test_every_example_is_read() -> None:
    names = {path.name.removesuffix(".json") for path in EXAMPLES.glob("*.json")}
    assert len(names) == 87
    assert {name for name, _ in used()} == names


@pytest.mark.parametrize(("name", "test"), ELSEWHERE.items(), ids=ELSEWHERE)
def test_an_example_that_is_read_elsewhere(name: str, test: Callable[..., None]) -> None:
    assert f'example("{name}")' in inspect.getsource(test)
