"""Plays the search engines: Serper, Brave and Tavily find the same pages, each in its form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from enrich_cli.domain.money import Money
from enrich_cli.sandbox import world
from enrich_cli.sandbox.facts import Company
from enrich_cli.sandbox.naming import registrable
from enrich_cli.sandbox.play import Reply, Request
from enrich_cli.sandbox.vendors import Call, known, refusals, said, vendor

_FOUND = {"serper": 75.0, "brave": 68.0, "tavily": 64.0}  # per cent of the companies that exist
# What a query has besides the name of the company that it is about.
_ASIDE = re.compile(r"\b(?:company|linkedin|[A-Z]{2})\b")


def _company(query: str) -> Company | None:
    """Whom a query is about: the domain in it, else what is left of it as a name."""
    for word in query.split():
        if "." in word and registrable(word):
            return world.company(word)
    return world.company_by_name(_ASIDE.sub("", query))


def _pages(player: str, query: str) -> list[tuple[str, str, str]]:
    """Title, address and text of each result, the best first."""
    found = known(player, _company(query), _FOUND[player])
    if found is None:
        return []
    company, dice = found
    site = (company.name, f"https://www.{company.domain}/", company.description)
    noise = (
        f"{company.name} - Company Profile",
        f"https://www.crunchbase.com/organization/{company.slug}",
        f"{company.name} is a company in {company.place.city}.",
    )
    page = (
        f"{company.name} | LinkedIn",
        company.linkedin,
        f"{company.name}. {company.industry.name}. {company.domain}",
    )
    return [page, noise, site] if dice.chance(50) else [noise, site, *[page][: dice.below(2)]]


def _serper(request: Request) -> Reply:
    query = request.json()["q"]
    pages = _pages("serper", query)
    body = {
        "searchParameters": {"q": query, "type": "search", "num": 10},
        "organic": [
            {"title": title, "link": link, "snippet": text, "position": at}
            for at, (title, link, text) in enumerate(pages, 1)
        ],
        "credits": 1,
    }
    return said("serper", query, body)


def _brave(request: Request) -> Reply:
    query = request.query["q"]
    pages = _pages("brave", query)
    body: dict[str, Any] = {"type": "search", "query": {"original": query}}
    if pages:
        results = [{"title": t, "url": link, "description": text} for t, link, text in pages]
        body["web"] = {"type": "search", "results": results}
    return said("brave", query, body)


def _tavily(request: Request) -> Reply:
    query = request.json()["query"]
    results = [
        {"title": title, "url": link, "content": text, "score": 0.95 - at / 20}
        for at, (title, link, text) in enumerate(_pages("tavily", query))
    ]
    return said("tavily", query, {"query": query, "results": results, "response_time": 0.5})


_NO: Mapping[str, Reply] = refusals(
    (429, {"message": "Too many requests", "statusCode": 429}),
    (429, {"message": "Not enough credits", "statusCode": 429}),
    (403, {"message": "Unauthorized.", "statusCode": 403}),
)

# Every answer is billed, so each counts as found in the books.
PLAYERS = (
    vendor(("google.serper.dev",), [Call("POST /search", _serper)], _NO, {"serper": Money(1_000)}),
    vendor(
        ("api.search.brave.com",),
        [Call("GET /res/v1/web/search", _brave)],
        refusals((429, {"type": "ErrorResponse"}), (402, {}), (401, {"type": "ErrorResponse"})),
        {"brave": Money(5_000)},
    ),
    vendor(
        ("api.tavily.com",),
        [Call("POST /search", _tavily)],
        refusals(
            (429, {"detail": {"error": "Too many requests"}}),
            (432, {"detail": {"error": "This plan's limit is reached"}}),
            (401, {"detail": {"error": "Unauthorized"}}),
        ),
        {"tavily": Money(8_000)},
    ),
)
