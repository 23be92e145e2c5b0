"""Plays the vendors of company data, each with its own form and its own gaps."""

from __future__ import annotations

from typing import Any

from enrich_cli.domain.money import Money
from enrich_cli.sandbox import world
from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.play import Reply, Request, dump
from enrich_cli.sandbox.vendors import Call, host_of, known, refusals, said, vendor

_RANGES = ("1-10", "10-50", "50-200", "200-500", "500-1k", "1k-5k", "5k-10k", "over-10k")
_TOPS = (10, 50, 200, 500, 1_000, 5_000, 10_000)


def _maybe(dice: Dice, share: float, value: Any) -> Any:
    return value if dice.chance(share) else None


def _tca(_: Request, part: str) -> Reply:
    domain = part.lower()
    found = known("thecompaniesapi", world.company(domain), 76.0)
    if found is None:
        return said(
            "thecompaniesapi",
            domain,
            {"messages": "companyNotFound", "status": 404},
            status=404,
            hits=0,
        )
    company, dice = found
    about = {
        "name": company.name,
        "nameLegal": _maybe(dice, 40, company.legal_name),
        "industry": _maybe(dice, 85, company.industry.name.lower().replace(" ", "-")),
        "businessType": {"public": "public-company", "private": "privately-held"}.get(company.type),
        "totalEmployees": _RANGES[sum(company.employees > top for top in _TOPS)],
        "totalEmployeesExact": _maybe(dice, 45, company.employees),
        "yearFounded": _maybe(dice, 60, company.founded),
        "languages": [company.place.language],
    }
    body = {
        "id": dice.digits("9#####"),
        "about": {name: value for name, value in about.items() if value is not None},
        "domain": {"domain": company.domain, "domainAlts": []},
        "descriptions": {"primary": company.description} if dice.chance(75) else {},
        "locations": {
            "headquarters": {
                "city": {"name": company.place.city},
                "country": {"code": company.place.code.lower(), "name": company.country},
            }
        },
        "socials": {"linkedin": {"url": company.linkedin}} if dice.chance(75) else {},
        "technologies": {"active": list(company.technologies) if dice.chance(60) else []},
        "meta": {"score": 4.1, "cost": 1, "credits": 9999, "freeRequest": False},
    }
    return said("thecompaniesapi", domain, body)


def _abstract(request: Request) -> Reply:
    domain = request.query["domain"].lower()
    found = known("abstract-company", world.company(domain), 60.0)
    names = ("company_name", "description", "industry", "employee_count", "year_founded", "country")
    body: dict[str, Any] = {**dict.fromkeys(names), "domain": domain}
    if found is not None:
        company, dice = found
        body |= {
            "company_name": company.name,
            "description": _maybe(dice, 60, company.description),
            "industry": _maybe(dice, 70, company.industry.name),
            "employee_count": _maybe(dice, 60, str(company.employees)),
            "year_founded": _maybe(dice, 60, str(company.founded)),
            "country": company.country,
            "linkedin_url": _maybe(dice, 60, f"linkedin.com/company/{company.slug}"),
        }
    return said("abstract-company", domain, body)


def _brand(_: Request, part: str) -> Reply:
    domain = part.lower()
    found = known("brandfetch", world.company(domain), 65.0)
    if found is None:
        return said("brandfetch", domain, {"message": "Not Found"}, status=404)
    company, dice = found
    profiles = {"linkedin": company.linkedin, "twitter": _at("https://x.com/", company.twitter)}
    body = {
        "id": dice.digits("id########"),
        "name": company.name,
        "domain": company.domain,
        "description": _maybe(dice, 70, company.description),
        "links": [{"name": name, "url": url} for name, url in profiles.items() if url],
        "logos": [{"type": "logo", "formats": [{"src": f"https://{company.domain}/logo.svg"}]}],
        "company": {
            "employees": _maybe(dice, 50, company.employee_range),
            "foundedYear": _maybe(dice, 60, company.founded),
            "kind": "PUBLIC_COMPANY" if company.ticker else "PRIVATE_COMPANY",
            "location": {"city": company.place.city, "countryCode": company.place.code},
            "industries": [{"score": 0.9, "name": company.industry.name}],
        },
    }
    return said("brandfetch", domain, body)


def _at(address: str, handle: str | None) -> str | None:
    return handle and address + handle


def _scraped(request: Request) -> Reply:
    url = request.json()["url"]
    found = known("firecrawl", world.company(host_of(url)), 88.0)
    if found is None:
        data: dict[str, Any] = {"metadata": {"sourceURL": url, "statusCode": 404}}
        return said("firecrawl", host_of(url), {"success": True, "data": data})
    company, dice = found
    facts = {
        "company_name": company.name,
        "legal_name": _maybe(dice, 40, company.legal_name),
        "description": company.description,
        "industry": _maybe(dice, 70, company.industry.name),
        "founded_year": _maybe(dice, 50, company.founded),
        "company_email": _maybe(dice, 60, company.email),
        "city": company.place.city,
        "country": company.country,
    }
    meta = {"title": company.name, "sourceURL": url, "statusCode": 200, "error": None}
    return said(
        "firecrawl", company.domain, {"success": True, "data": {"json": facts, "metadata": meta}}
    )


def _apollo_org(domain: str) -> dict[str, Any] | None:
    found = known("apollo-company", world.company(domain), 82.0)
    if found is None:
        return None
    company, dice = found
    return {
        "id": dice.digits("a#######################"),
        "name": company.name,
        "website_url": f"http://www.{company.domain}",
        "linkedin_url": f"http://www.linkedin.com/company/{company.slug}",
        "primary_domain": company.domain,
        "phone": _maybe(dice, 50, company.phone),
        "founded_year": _maybe(dice, 75, company.founded),
        "industry": company.industry.name.lower(),
        "estimated_num_employees": _maybe(dice, 88, company.employees),
        "publicly_traded_symbol": company.ticker,
        "city": company.place.city,
        "state": company.place.region,
        "country": company.country,
        "short_description": _maybe(dice, 75, company.description),
        "total_funding": company.funding,
        "technology_names": list(company.technologies),
    }


def _apollo_one(request: Request) -> Reply:
    domain = request.query["domain"].lower()
    found = _apollo_org(domain)
    return said("apollo-company", domain, {"organization": found}, hits=int(found is not None))


def _apollo_many(request: Request) -> Reply:
    domains = [one["domain"].lower() for one in request.json()["details"]]
    if len(domains) > 10:
        return Reply(400, dump({"status": "failed", "error_code": "RECORD_LIMIT_EXCEEDED"}))
    found = [record for domain in domains if (record := _apollo_org(domain)) is not None]
    body = {
        "status": "success",
        "total_requested_domains": len(domains),
        "unique_enriched_records": len(found),
        "missing_records": len(domains) - len(found),
        "organizations": found[::-1],  # the vendor promises no order
    }
    return said("apollo-company", domains, body, hits=len(found))


def _coresignal(request: Request) -> Reply:
    domain = host_of(request.query["website"])
    found = known("coresignal-company", world.company(domain), 92.0)
    if found is None:
        return said("coresignal-company", domain, {"detail": "Not found"}, status=404, hits=0)
    company, dice = found
    body = {
        "id": int(dice.digits("9#####")),
        "company_name": company.name,
        "professional_network_url": company.linkedin,
        "website": f"https://{company.domain}",
        "unique_domain": company.domain,
        "size_range": f"{company.employee_range} employees",
        "employees_count": company.employees,
        "industry": company.industry.name,
        "hq_country": company.country,
        "description": company.description,
        "founded_year": str(company.founded),
    }
    return said("coresignal-company", domain, body)


def _enrichlayer(request: Request) -> Reply:
    url = request.query.get("url") or request.query["company_url"]
    found = known("enrichlayer-company", world.company_by_slug(url), 90.0)
    if found is None:
        return said("enrichlayer-company", url, {"code": 404}, status=404, hits=0)
    company, dice = found
    low, _, high = company.employee_range.rstrip("+").partition("-")
    place = company.place
    body = {
        "linkedin_internal_id": dice.digits("9#######"),
        "name": company.name,
        "description": company.description,
        "website": f"https://{company.domain}",
        "industry": company.industry.name,
        "company_size": [int(low), int(high) if high else None],
        "company_size_on_linkedin": company.employees,
        "hq": {"country": place.code, "city": place.city, "state": None, "line_1": None},
        "company_type": "PUBLIC_COMPANY" if company.ticker else "PRIVATELY_HELD",
        "founded_year": _maybe(dice, 80, company.founded),
        "universal_name_id": company.slug,
    }
    return said("enrichlayer-company", url, body)


def _contactout(request: Request) -> Reply:
    domains = [domain.lower() for domain in request.json()["domains"]]
    answers = [{domain: _contactout_record(domain)} for domain in domains]
    hits = sum(bool(record) for answer in answers for record in answer.values())
    return said(
        "contactout-company", domains, {"status_code": 200, "companies": answers}, hits=hits
    )


def _contactout_record(domain: str) -> dict[str, Any] | list[Any]:
    found = known("contactout-company", world.company(domain), 60.0)
    if found is None:
        return []
    company, dice = found
    return {
        "li_vanity": company.linkedin,
        "name": company.name,
        "domain": company.domain,
        "description": _maybe(dice, 60, company.description),
        "website": f"https://{company.domain}",
        "type": "Public Company" if company.ticker else "Privately Held",
        "headquarter": company.place.city,
        "country": company.country,
        "size": company.employee_range,
        "founded_at": _maybe(dice, 60, company.founded),
        "industry": _maybe(dice, 70, company.industry.name),
    }


APOLLO = (
    Call("GET /api/v1/organizations/enrich", _apollo_one),
    Call("POST /api/v1/organizations/bulk_enrich", _apollo_many),
)
CONTACTOUT = (Call("POST /v1/domain/enrich", _contactout),)
ENRICHLAYER = (Call("GET /api/v2/company", _enrichlayer),)
"""The company calls of vendors that know people, too."""

PLAYERS = (
    vendor(
        ("api.thecompaniesapi.com",),
        [Call("GET /v2/companies/([^/]+)", _tca)],
        refusals(
            (429, {"messages": "tooManyRequests", "status": 429}),
            (403, {"messages": "noCreditsRemaining", "status": 403, "details": {}}),
            (401, {"messages": "unauthorized", "status": 401}),
        ),
        {"thecompaniesapi": Money(1_900)},
    ),
    vendor(
        ("companyenrichment.abstractapi.com",),
        [Call("GET /v2/", _abstract)],
        refusals(
            (429, {"error": {"message": "Too many requests", "code": "too_many_requests"}}),
            (422, {"error": {"message": "Quota reached", "code": "quota_reached"}}),
            (401, {"error": {"message": "Invalid API key", "code": "unauthorized"}}),
        ),
    ),
    vendor(
        ("api.brandfetch.io",),
        [Call("GET /v2/brands/domain/([^/]+)", _brand)],
        refusals(
            (429, {"message": "Too many requests"}),
            (429, {"message": "API key quota exceeded"}),
            (401, {"message": "Unauthorized"}),
        ),
        {"brandfetch": Money(39_600)},
    ),
    vendor(
        ("api.firecrawl.dev",),
        [Call("POST /v2/scrape", _scraped)],
        refusals(
            (429, {"success": False, "error": "Rate limit exceeded"}),
            (402, {"success": False, "error": "Payment required"}),
            (401, {"success": False, "error": "Unauthorized"}),
        ),
        {"firecrawl": Money(5_000)},
    ),
    vendor(
        ("api.coresignal.com",),
        [Call("GET /cdapi/v2/company_multi_source/enrich", _coresignal)],
        refusals(
            (429, {"detail": "Too many requests"}),
            (402, {"detail": "Insufficient credits"}),
            (401, {"detail": "Unauthorized"}),
        ),
        {"coresignal-company": Money(392_000)},
    ),
)
