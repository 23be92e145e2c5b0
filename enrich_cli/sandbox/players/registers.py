"""Plays the free sources: DNS, Wikidata, Wikipedia, GLEIF, the SEC, Companies House."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from enrich_cli.sandbox import world
from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.facts import Company
from enrich_cli.sandbox.naming import registrable
from enrich_cli.sandbox.play import Reply, Request
from enrich_cli.sandbox.vendors import Call, known, refusals, said, vendor

_WIKIDATA, _WIKIPEDIA, _GLEIF, _SEC, _HOUSE = 30.0, 18.0, 40.0, 50.0, 85.0  # per cent known
_SITE = re.compile(r"<https?://(?:www\.)?([^/>\s]+)/?>")


def _mail(request: Request) -> Reply:
    name = request.query["name"].lower().rstrip(".")
    head: dict[str, Any] = {"TC": False, "RD": True, "RA": True, "AD": False, "CD": False}
    head["Question"] = [{"name": name, "type": 15}]
    company = world.company(name)
    if company is None:
        authority = [
            {"name": name.rpartition(".")[2], "type": 6, "TTL": 900, "data": "ns.example."}
        ]
        return said("dns", name, {"Status": 3, **head, "Authority": authority}, hits=0)
    if not Dice("dns", company.domain).chance(93):
        return said("dns", name, {"Status": 0, **head}, hits=0)
    rows = [
        {"name": name, "type": 15, "TTL": 300, "data": f"{level} mx{level}.{company.mail_host}."}
        for level in (20, 10)
    ]
    return said("dns", name, {"Status": 0, **head, "Answer": rows})


def _sparql(request: Request) -> Reply:
    query = dict(parse_qsl(request.body.decode()))["query"]
    domains = dict.fromkeys(registrable(host) for host in _SITE.findall(query))
    domains.pop("wikipedia.org", None)
    wanted = "wikipedia" if "isPartOf" in query else "wikidata"
    rows = [row for domain in domains if (row := _row(domain, wanted)) is not None]
    names = list(rows[0]) if rows else ["site"]
    body = {"head": {"vars": names}, "results": {"bindings": rows}}
    return said(f"{wanted}-sparql", list(domains), body, hits=len(rows))


def _row(domain: str, wanted: str) -> dict[str, Any] | None:
    share = _WIKIPEDIA if wanted == "wikipedia" else _WIKIDATA
    found = known(wanted, world.company(domain), share)
    if found is None:
        return None
    company, dice = found
    if wanted == "wikipedia":
        return {"title": _text(company.name.replace(" ", "_"))}
    day = f"{company.founded}-01-01T00:00:00Z"
    row = {
        "site": {"type": "uri", "value": f"https://www.{company.domain}/"},
        "item": {
            "type": "uri",
            "value": f"http://www.wikidata.org/entity/Q{dice.digits('9########')}",
        },
        "itemLabel": _text(company.name),
        "itemDescription": _text(f"{company.industry.name.lower()} company from {company.country}"),
    }
    more = {
        "inception": (70, day),
        "employees": (40, str(company.employees)),
        "code": (95, company.place.code),
        "town": (80, company.place.city),
        "trade": (60, company.industry.name.lower()),
        "lei": (30, company.lei),
        "symbol": (90, company.ticker),
        "page": (35, company.slug),
        "x": (80, company.twitter),
        "facebook": (80, company.facebook),
        "github": (80, company.github),
    }
    given = {n: v for n, (share, v) in more.items() if dice.chance(share) and v is not None}
    return row | {name: _text(value) for name, value in given.items()}


def _text(value: str) -> dict[str, str]:
    return {"type": "literal", "value": value}


def _summary(_: Request, part: str) -> Reply:
    title = part.replace("_", " ")
    company = world.company_by_name(title)
    if company is None:
        return said(
            "wikipedia",
            title,
            {"type": "Internal error", "title": "Not found."},
            status=404,
            hits=0,
        )
    about = f"{company.industry.name.lower()} company from {company.country}"
    where = f"https://en.wikipedia.org/wiki/{title.replace(' ', '_')}"
    body = {
        "type": "standard",
        "title": company.name,
        "lang": "en",
        "description": about,
        "extract": company.description,
        "content_urls": {"desktop": {"page": where}},
        "timestamp": "2026-01-01T00:00:00Z",
    }
    return said("wikipedia", title, body)


def _lei_records(request: Request) -> Reply:
    name = request.query.get("filter[entity.legalName]", "")
    found = known("gleif", world.company_by_name(name), _GLEIF)
    data = [_lei_record(*found)] if found else []
    pages = {"currentPage": 1, "perPage": 10, "total": len(data), "lastPage": 1}
    return said("gleif", name, {"meta": {"pagination": pages}, "data": data}, hits=len(data))


def _lei_record(company: Company, dice: Dice) -> dict[str, Any]:
    place = company.place
    seat = {
        "language": place.language,
        "addressLines": [company.street],
        "city": place.city,
        "region": f"{place.code}-{dice.digits('##')}",
        "country": place.code,
        "postalCode": place.postal_code,
    }
    entity: dict[str, Any] = {
        "legalName": {"name": company.legal_name, "language": place.language},
        "otherNames": [],
        "legalAddress": seat,
        "headquartersAddress": seat,
        "jurisdiction": place.code,
        "category": "GENERAL",
        "status": "ACTIVE",
        "creationDate": f"{company.founded}-01-01T00:00:00Z" if dice.chance(60) else None,
    }
    attributes = {"lei": company.lei, "entity": entity, "registration": {"status": "ISSUED"}}
    return {"type": "lei-records", "id": company.lei, "attributes": attributes}


@cache
def _registrants() -> Mapping[str, Company]:
    """The companies that report to the SEC, by their number: the fictional world has no list."""
    first = ("bluefin", "northwind", "harbour", "juniper", "copper", "lantern", "meadow", "tidal")
    second = ("optics", "foods", "works", "labs", "robotics", "energy", "marine", "systems")
    found = {}
    for domain in (f"{one}-{two}.example" for one in first for two in second):
        entry = known("sec", world.company(domain), _SEC)
        if entry is not None and entry[0].place.code == "US":
            found[entry[1].digits("1######")] = entry[0]
    return found


def _tickers(_: Request) -> Reply:
    rows = {
        str(at): {"cik_str": int(cik), "ticker": _ticker(company), "title": _registered(company)}
        for at, (cik, company) in enumerate(_registrants().items())
    }
    return said("sec-tickers", (), rows, hits=0)


def _submissions(_: Request, part: str) -> Reply:
    cik = part.lstrip("0")
    company = _registrants().get(cik)
    if company is None:
        return said("sec-edgar", cik, {"error": "not found"}, status=404, hits=0)
    seat = {
        "street1": company.street,
        "street2": None,
        "city": company.place.city.upper(),
        "stateOrCountry": company.place.region[:2].upper(),
        "zipCode": company.place.postal_code,
    }
    body = {
        "cik": cik,
        "entityType": "operating",
        "sic": company.industry.sic,
        "sicDescription": company.industry.name,
        "name": _registered(company),
        "tickers": [_ticker(company)],
        "website": "",
        "phone": company.phone,
        "addresses": {"mailing": seat, "business": seat},
        "formerNames": [],
    }
    return said("sec-edgar", cik, body)


def _registered(company: Company) -> str:
    return company.legal_name.upper()


def _ticker(company: Company) -> str:
    return company.ticker or company.slug.replace("-", "")[:4].upper()


def _house_search(request: Request) -> Reply:
    name = request.query["q"]
    found = known("companies-house", world.company_by_name(name), _HOUSE)
    items = []
    if found and found[0].place.code == "GB":
        company = found[0]
        number = f"EX{company.slug.upper()}"
        items = [
            {
                "title": company.legal_name.upper(),
                "company_number": number,
                "company_status": "active",
                "company_type": "plc" if company.ticker else "ltd",
                "date_of_creation": f"{company.founded}-03-02",
                "address_snippet": f"{company.street}, {company.place.city}",
            }
        ]
    body = {"total_results": len(items), "kind": "search#companies", "items": items}
    return said("companies-house-search", name, body, hits=len(items))


def _house_profile(_: Request, part: str) -> Reply:
    number = part
    company = world.company_by_slug(number.removeprefix("EX"))
    if company is None:
        return said("companies-house", number, {"errors": []}, status=404, hits=0)
    body = {
        "company_name": company.legal_name.upper(),
        "company_number": number,
        "company_status": "active",
        "type": "plc" if company.ticker else "ltd",
        "date_of_creation": f"{company.founded}-03-02",
        "sic_codes": [company.industry.sic],
        "registered_office_address": {
            "address_line_1": company.street,
            "locality": company.place.city,
            "postal_code": company.place.postal_code,
            "country": "England",
        },
    }
    return said("companies-house", number, body)


_USUAL = refusals(
    (429, {"message": "too many requests"}),
    (402, {"message": "payment required"}),
    (403, {"message": "forbidden"}),
    (503, {"message": "unavailable"}),
)

PLAYERS = (
    vendor(("dns.google",), [Call("GET /resolve", _mail)], _USUAL),
    vendor(("query.wikidata.org",), [Call("POST /sparql", _sparql)], _USUAL),
    vendor(("en.wikipedia.org",), [Call("GET /api/rest_v1/page/summary/(.+)", _summary)], _USUAL),
    vendor(("api.gleif.org",), [Call("GET /api/v1/lei-records", _lei_records)], _USUAL),
    vendor(("www.sec.gov",), [Call("GET /files/company_tickers.json", _tickers)], _USUAL),
    vendor(("data.sec.gov",), [Call(r"GET /submissions/CIK(\d+)\.json", _submissions)], _USUAL),
    vendor(
        ("api.company-information.service.gov.uk",),
        [Call("GET /search/companies", _house_search), Call("GET /company/(.+)", _house_profile)],
        refusals(
            (429, {"error": "too many requests"}),
            (429, {"error": "too many requests"}),
            (401, {"error": "Invalid Authorization", "type": "ch:service"}),
        ),
    ),
)
