"""The shipped specs against the replies that the vendors document (made-up values)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web

from enrich_cli.adapters.specs import SHIPPED, load_specs
from enrich_cli.domain.money import Money
from enrich_cli.domain.outcome import Gap, Hit, Miss, Outcome, Reason, Scalar
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


def test_hunter_company() -> None:
    got, (seen,) = ask("hunter-company", always(example("hunter.company.hit")), NORTHWIND)
    assert contents(got.items[0].outcome) == {
        "company_name": "Northwind Optics",
        "description": "…",
        "industry": "Medical Devices",
        "employee_range": "51-200",
        "founded_year": 2009,
        "company_type": "private",
        "revenue": "$10M-$50M",
        "company_email": "info@northwind.example",
        "company_phone": "+41 00 000 00 00",
        "city": "Zug",
        "region": "Zug",
        "postal_code": "6300",
        "country": "CH",
        "logo_url": "https://logos.hunter.io/northwind.example",
        "company_linkedin": "https://www.linkedin.com/company/northwind-optics",
        "technologies": ("nginx",),
        "mail_provider": "Google Workspace",
    }
    assert (seen.method, urlsplit(seen.path).path) == ("GET", "/v2/companies/find")
    assert params(seen) == {"domain": "northwind.example"}
    assert seen.headers["X-API-KEY"] == KEY


@pytest.mark.parametrize(
    ("status", "name", "reason"),
    [
        (403, "hunter.403.rate", Reason.RATE_LIMITED),
        (429, "hunter.429.quota", Reason.OUT_OF_CREDIT),
        (401, "hunter.404", Reason.AUTH),
    ],
)
def test_hunter_turns_two_codes_round(status: int, name: str, reason: Reason) -> None:
    with pytest.raises(ProviderError) as raised:
        ask("hunter-company", always(example(name), status), NORTHWIND)
    assert raised.value.reason is reason


def test_hunter_misses() -> None:
    for status, name, outcome in (
        (404, "hunter.404", Miss()),
        (451, "hunter.451.erased", Miss(Gap.ERASED)),
    ):
        got, _ = ask("hunter-company", always(example(name), status), NORTHWIND)
        assert got.items[0].outcome == outcome


PDL_COMPANY = {
    "company_name": "northwind optics",
    "description": "…",
    "industry": "medical devices",
    "employee_count": 120,
    "employee_range": "51-200",
    "founded_year": 2009,
    "company_type": "private",
    "website": "https://northwind.example",
    "city": "zug",
    "region": "zug",
    "postal_code": "6300",
    "country": "CH",
    "company_linkedin": "https://www.linkedin.com/company/northwind-optics",
}


def test_pdl_company_alone() -> None:
    spent = {"x-call-credits-spent": "1"}
    answer = always(example("pdl.company.hit"), headers=spent)
    got, (seen,) = ask("pdl-company", answer, NORTHWIND)
    (item,) = got.items
    assert contents(item.outcome) == PDL_COMPANY
    assert item.confidence == pytest.approx(0.9)
    assert got.metered == Money(100_000)
    assert (seen.method, urlsplit(seen.path).path) == ("GET", "/v5/company/enrich")
    assert params(seen) == {"website": "northwind.example"}
    assert seen.headers["X-Api-Key"] == KEY


@pytest.mark.parametrize(
    ("ids", "sent"),
    [
        (
            [("linkedin", "linkedin.com/company/northwind-optics")],
            {"profile": "linkedin.com/company/northwind-optics"},
        ),
        (
            [("name", "northwind optics"), ("country", "CH")],
            {"name": "northwind optics", "country": "CH"},
        ),
    ],
)
def test_pdl_company_by_other_identifiers(ids: list[tuple[str, str]], sent: dict[str, str]) -> None:
    got, (seen,) = ask("pdl-company", always(example("pdl.company.hit")), ids)
    assert contents(got.items[0].outcome) == PDL_COMPANY
    assert params(seen) == sent


def test_pdl_single_refusals() -> None:
    with pytest.raises(ProviderError, match="account maximum") as raised:
        ask("pdl-company", always(example("pdl.402"), 402), NORTHWIND)
    assert raised.value.reason is Reason.OUT_OF_CREDIT
    got, _ = ask("pdl-company", always(example("pdl.404"), 404), NORTHWIND)
    assert got.items[0].outcome == Miss()


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


PDL_PERSON = {
    "full_name": "mara rivera",
    "first_name": "mara",
    "last_name": "rivera",
    "job_title": "cto",
    "seniority": "cxo",
    "department": "engineering",
    "person_email": "mara@northwind.example",
    "person_linkedin": "https://www.linkedin.com/in/mara-rivera-example",
    "person_location": "zug, switzerland",
    "person_country": "CH",
}
MARA = [("linkedin", "linkedin.com/in/mara-rivera-example")]
NOBODY = [("email", "nobody@nowhere.example")]


def test_pdl_person() -> None:
    got, (seen,) = ask("pdl-person", always(example("pdl.person.hit")), MARA)
    assert contents(got.items[0].outcome) == PDL_PERSON
    assert params(seen) == {"profile": "linkedin.com/in/mara-rivera-example"}
    answer = echoing(example("pdl.person_bulk.response"))
    got, (seen,) = ask("pdl-person", answer, MARA, NOBODY)
    hit, miss = got.items
    assert contents(hit.outcome) == PDL_PERSON
    assert hit.confidence == pytest.approx(0.8)
    assert miss.outcome == Miss()
    assert [one["params"] for one in seen.json["requests"]] == [
        {"profile": ["linkedin.com/in/mara-rivera-example"]},
        {"email": ["nobody@nowhere.example"]},
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
