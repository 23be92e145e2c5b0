"""People Data Labs as it is shipped: its batches, whose answers come in any order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web

from enrich_cli.adapters.specs import SHIPPED, load_specs
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Hit, Miss, Outcome, Reason, Scalar
from enrich_cli.domain.provider import Item, ProviderError, Reply
from tests.adapters.spec_kit import (
    KEY,
    Answering,
    Seen,
    always,
    asking,
    example,
    provider,
    reply,
    serving,
)
from tests.adapters.vendor_corners import PDL_COMPANY, PDL_PERSON

NORTHWIND = (("domain", "northwind.example"),)


def ask(
    name: str,
    answer: Answering,
    *asked: Sequence[tuple[str, str]],
) -> tuple[Reply, list[Seen]]:
    """What a shipped spec makes of a server's answers, and the requests that it made."""

    async def main() -> tuple[Reply, list[Seen]]:
        async with serving(answer) as served:
            overrides = {name: {"base_url": served.base}}
            loaded = load_specs([SHIPPED], overrides, only=[name])[name]
            key = KEY if loaded.spec.key_env else None
            async with provider(loaded, key) as one:
                queries = [asking(ids) for ids in asked]
                got = await one.fetch(queries)
                for query, item in zip(queries, got.items, strict=True):
                    assert one.reread(query, item.body) == item
                return got, served.seen

    return asyncio.run(main())


def contents(outcome: Outcome) -> Mapping[str, Scalar]:
    assert isinstance(outcome, Hit), outcome
    return {field: value.content for field, value in outcome.values.items()}


def params(seen: Seen) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(seen.path).query))


def echoing(answers: list[dict[str, Any]], *, wrapped: bool = False) -> Answering:
    """PDL's bulk call: the documented answers, shuffled, with the metadata that was sent."""

    def answer(seen: Seen) -> web.Response:
        sent = seen.json["requests"]
        found = []
        for asked, one in zip(sent, answers, strict=True):
            part = {key: value for key, value in one.items() if key != "metadata"}
            if wrapped and part["status"] == 200:
                part = {"status": 200, "likelihood": part["likelihood"], "data": part}
            found.append({**part, "metadata": asked["metadata"]})
        return reply(found[::-1], headers={"x-call-credits-spent": "1"})

    return answer


@pytest.mark.parametrize("wrapped", [False, True])
def test_pdl_company_together(wrapped: bool) -> None:
    answer = echoing(example("pdl.company_bulk.response"), wrapped=wrapped)
    got, (seen,) = ask("pdl-company", answer, NORTHWIND, [("domain", "nowhere.example")])
    hit, miss = got.items
    assert contents(hit.outcome) == PDL_COMPANY
    assert hit.confidence == pytest.approx(0.9)
    assert miss.outcome == Miss()
    assert got.metered == Money(100_000)
    assert (seen.method, seen.path) == ("POST", "/v5/company/enrich/bulk")
    assert [one["params"] for one in seen.json["requests"]] == [
        {"website": "northwind.example"},
        {"website": "nowhere.example"},
    ]


MARA = [("linkedin", "linkedin.com/in/mara-rivera-example")]
NOBODY = [("email", "nobody@nowhere.example")]


def test_pdl_person() -> None:
    answer = echoing(example("pdl.person_bulk.response"))
    got, (seen,) = ask("pdl-person", answer, MARA, NOBODY)
    hit, miss = got.items
    assert contents(hit.outcome) == PDL_PERSON
    assert hit.confidence == pytest.approx(0.8)
    assert miss.outcome == Miss()
    assert [one["params"] for one in seen.json["requests"]] == [
        {"profile": ["linkedin.com/in/mara-rivera-example"]},
        {"email": "nobody@nowhere.example"},
    ]


def test_pdl_person_by_name_needs_a_company_too() -> None:
    for ids, company in (
        ([("name", "Mara Rivera"), ("domain", "northwind.example")], "northwind.example"),
        ([("name", "Mara Rivera"), ("company", "Northwind Optics")], "Northwind Optics"),
    ):
        _, (seen,) = ask("pdl-person", always(example("pdl.person.hit")), ids)
        assert params(seen) == {"name": "Mara Rivera", "company": company}
    with pytest.raises(ProviderError) as raised:
        ask("pdl-person", always({}), [("name", "Mara Rivera")])
    assert raised.value.reason is Reason.BAD_INPUT


def test_pdl_contact_fields_that_are_only_true_are_no_values() -> None:
    free = example("pdl.person.hit")
    free["data"] |= {"work_email": True, "mobile_phone": True, "phone_numbers": True}
    got, _ = ask("pdl-person", always(free), MARA)
    assert "person_email" not in contents(got.items[0].outcome)
    assert "person_phone" not in contents(got.items[0].outcome)


def test_an_item_of_a_batch_that_ran_out_of_credit_is_no_miss() -> None:
    def answer(seen: Seen) -> web.Response:
        parts = [
            {**example("pdl.402"), "metadata": one["metadata"]} for one in seen.json["requests"]
        ]
        return reply(parts)

    async def main() -> list[Item]:
        async with serving(answer) as served:
            overrides = {"pdl-company": {"base_url": served.base}}
            (loaded,) = load_specs([SHIPPED], overrides, only=["pdl-company"]).values()
            async with provider(loaded, KEY) as one:
                queries = [asking(NORTHWIND), asking([("domain", "b.example")])]
                return list((await one.fetch(queries)).items)

    for item in asyncio.run(main()):
        assert getattr(item.outcome, "reason", None) is Reason.OUT_OF_CREDIT
