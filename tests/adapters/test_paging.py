"""Answers that come in pages, over real HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web

from enrich_cli.domain.entity import Field
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Hit, Reason
from enrich_cli.domain.provider import ProviderError, Reply
from tests.adapters.spec_kit import MINIMAL, Answering, Seen, asking, load, provider, reply, serving

TAGS = ["a", "b", "c", "d", "e"]
SPEC = MINIMAL.replace("[fields]", '[price]\nusd = "0.01"\nper = "call"\n[pages]\nPAGES\n[fields]')
SPEC += 'technologies = "found.tags[*].name"\n'


def _query(seen: Seen) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(seen.path).query))


def paged(seen: Seen) -> web.Response:
    """Two tags a page, told in all the ways that providers have."""
    place = int(_query(seen).get("cursor") or _query(seen).get("page") or 1)
    some = [{"name": tag} for tag in TAGS[2 * place - 2 : 2 * place]]
    more = place < 3
    said = {
        "name": "Acme",
        "found": {"tags": some},
        "url": f"/one?page={place + 1}" if more else None,
        "cursor": place + 1 if more else "",
    }
    return reply(said)


def read(
    folder: Path, pages: str, answering: Answering = paged, meter: str = ""
) -> tuple[Reply, list[str]]:
    text = SPEC.replace("PAGES", pages).replace('per = "call"', f'per = "call"\n{meter}')

    async def main() -> tuple[Reply, list[str]]:
        async with (
            serving(answering) as served,
            provider(load(folder, text, served.base)) as one,
        ):
            got = await one.fetch([asking({"domain": "acme.example"})])
            again = one.reread(asking({"domain": "acme.example"}), got.items[0].body)
            assert again.outcome == got.items[0].outcome
            return got, [str(sorted(_query(seen).items())) for seen in served.seen]

    return asyncio.run(main())


def tags(got: Reply) -> object:
    outcome = got.items[0].outcome
    assert isinstance(outcome, Hit)
    return outcome.values[Field("technologies")].content


@pytest.mark.parametrize(
    "pages",
    [
        'list = "found.tags"\nnext = "url"',
        'list = "found.tags"\nnext = "cursor"\nquery = "cursor"',
        'list = "found.tags"\nnumber = "page"',
        'list = "found.tags"\nnumber = "page"\nnext = "url"',
    ],
)
def test_every_page_is_read_once_and_paid(tmp_path: Path, pages: str) -> None:
    got, asked = read(tmp_path, pages)
    assert tags(got) == tuple(TAGS)
    calls = 4 if pages.endswith('number = "page"') else 3  # the empty one says that it was all
    assert len(asked) == len(set(asked)) == calls
    assert got.metered == Money(10_000 * calls)


def test_there_is_a_most(tmp_path: Path) -> None:
    got, asked = read(tmp_path, 'list = "found.tags"\nnext = "url"\nmost = 2')
    assert (tags(got), len(asked)) == (tuple(TAGS[:4]), 2)
    text = SPEC.replace("PAGES", 'next = "url"\nmost = 2')
    assert load(tmp_path, text, "http://127.0.0.1").spec.worst(1) == Money(20_000)


def test_the_meters_of_all_pages_count(tmp_path: Path) -> None:
    meter = 'meter = { json = "cursor", usd = "0.001" }'
    got, _ = read(tmp_path, 'list = "found.tags"\nnext = "url"', meter=meter)
    assert got.metered == Money(2_000 + 3_000 + 10_000)  # the last one says nothing


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (reply({}, 429), Reason.RATE_LIMITED),
        (reply({}, 500), Reason.SERVER_ERROR),
        (reply({}, 402), Reason.OUT_OF_CREDIT),
        (reply(b"<html>"), Reason.GARBAGE),
    ],
)
def test_a_page_that_fails_may_have_been_charged(
    tmp_path: Path, second: web.Response, reason: Reason
) -> None:
    with pytest.raises(ProviderError) as raised:
        read(
            tmp_path,
            'list = "found.tags"\nnext = "url"',
            lambda seen: second if "page" in _query(seen) else paged(seen),
        )
    assert (raised.value.reason, raised.value.sent) == (reason, True)


@pytest.mark.parametrize("place", ["http://elsewhere.example/x", "http://[", "//127.0.0.1:9/x"])
def test_a_page_at_another_origin_is_not_asked_for(tmp_path: Path, place: str) -> None:
    with pytest.raises(ProviderError, match="another origin"):
        read(tmp_path, 'next = "url"', lambda _: reply({"name": "Acme", "url": place}))


@pytest.mark.parametrize(
    "pages",
    ['list = "x"', 'query = "c"', 'number = "p"\nnext = "n"\nquery = "c"', 'next = "n"\nmost = 1'],
)
def test_pages_that_cannot_be(tmp_path: Path, pages: str) -> None:
    with pytest.raises(ConfigError, match="pages"):
        load(tmp_path, SPEC.replace("PAGES", pages), "http://127.0.0.1")
