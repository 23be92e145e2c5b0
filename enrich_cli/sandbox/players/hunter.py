"""Plays Hunter (api.hunter.io, v2): company, person, both in one, and the e-mail finder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from enrich_cli.domain.money import Money
from enrich_cli.sandbox import world
from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.facts import Company, Person
from enrich_cli.sandbox.play import BAD_KEY, Player, Reply, Request, dump

_KNOWN_COMPANIES = 70.6  # per cent of the existing ones: 60 % of all domains
_KNOWN_PEOPLE = 75.0
_ERASED = 1.0  # per cent of people who asked to be forgotten
_CREDIT = Money(24_500)


def play(request: Request) -> Reply:
    """Answer one call."""
    call = _CALLS.get(request.path)
    if call is None:
        return _error(404, "not_found", "This endpoint does not exist", "hunter")
    name, answer = call
    if request.method not in ("GET", "HEAD"):
        return _error(405, "method_not_allowed", "Use GET", name)
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if BAD_KEY in (request.query.get("api_key"), request.headers.get("X-API-KEY"), bearer):
        return _error(401, "authentication_failed", _NO_USER, name)
    return answer(request.query)


def _company(query: Mapping[str, str]) -> Reply:
    domain = query.get("domain", "").strip().lower()
    if not domain:
        return _missing("domain", "hunter-company")
    body = _company_body(domain)
    return _answer(body, "hunter-company", domain)


def _person(query: Mapping[str, str]) -> Reply:
    email = query.get("email", "").strip().lower()
    handle = query.get("linkedin_handle", "").strip().lower()
    if not email and not handle:
        return _missing("email", "hunter-person")
    if email and _erased(email):
        return _error(451, "claimed_email", _CLAIMED, "hunter-person", email)
    return _answer(_person_body(email, handle), "hunter-person", email or f"linkedin:{handle}")


def _combined(query: Mapping[str, str]) -> Reply:
    email = query.get("email", "").strip().lower()
    if not email:
        return _missing("email", "hunter-combined")
    if _erased(email):
        return _error(451, "claimed_email", _CLAIMED, "hunter-combined", email)
    return _answer(_combined_body(email), "hunter-combined", email)


def _finder(query: Mapping[str, str]) -> Reply:
    domain, company = query.get("domain", "").lower(), query.get("company", "")
    handle = query.get("linkedin_handle", "").lower()
    full = query.get("full_name", "").split()
    first = query.get("first_name") or " ".join(full[:-1])
    last = query.get("last_name") or "".join(full[-1:])
    if not handle and not domain and not company:
        return _missing("domain", "hunter-finder")
    if not handle and (not first or not last):
        return _missing("first_name and last_name", "hunter-finder")
    employer = world.company(domain) if domain else world.company_by_name(company)
    if handle:
        person = world.person_by_slug(handle)
    else:
        person = world.person_by_name(first, last, employer.domain) if employer else None
    asked = handle or f"{first} {last}|{domain or company}".lower()
    dice = Dice("hunter finder", person.slug if person else "")
    found = person is not None and dice.chance(_KNOWN_PEOPLE)
    company_known = person.company if person else employer
    accept_all = dice.chance(20)
    data: dict[str, Any] = {
        "first_name": person.first if person else first,
        "last_name": person.last if person else last,
        "email": person.email if person and found else None,
        "score": dice.between(70, 99) if found else None,
        "domain": company_known.domain if company_known else domain or None,
        "accept_all": accept_all if found else None,
        "position": person.job.title if person and found and dice.chance(70) else None,
        "twitter": person.twitter if person and found else None,
        "linkedin_url": person.linkedin if person and found and dice.chance(60) else None,
        "phone_number": None,
        "company": company_known.name if company_known else company or None,
        "sources": [],
        "verification": {
            "date": "2026-01-01" if found else None,
            "status": ("accept_all" if accept_all else "valid") if found else None,
        },
    }
    params = {
        "first_name": first or None,
        "last_name": last or None,
        "full_name": query.get("full_name"),
        "domain": domain or None,
        "company": company or None,
    }
    body = dump({"data": data, "meta": {"params": params}})
    return Reply(200, body, player="hunter-finder", asked=(asked,), hits=int(found))


_CALLS = {
    "/v2/companies/find": ("hunter-company", _company),
    "/v2/people/find": ("hunter-person", _person),
    "/v2/combined/find": ("hunter-combined", _combined),
    "/v2/email-finder": ("hunter-finder", _finder),
}


@lru_cache(maxsize=8_192)
def _company_body(domain: str) -> bytes | None:
    data = _company_data(world.company(domain))
    return dump({"data": data, "meta": {"domain": domain}}) if data else None


@lru_cache(maxsize=8_192)
def _person_body(email: str, handle: str) -> bytes | None:
    person = world.person_by_email(email) if email else world.person_by_slug(handle)
    data = _person_data(person)
    meta = {"email": email} if email else {"linkedin_handle": handle}
    return dump({"data": data, "meta": meta}) if data else None


@lru_cache(maxsize=8_192)
def _combined_body(email: str) -> bytes | None:
    person = _person_data(world.person_by_email(email))
    company = _company_data(world.company(email.rpartition("@")[2]))
    if person is None and company is None:
        return None
    return dump({"data": {"person": person, "company": company}, "meta": {"email": email}})


def _company_data(company: Company | None) -> dict[str, Any] | None:
    if company is None:
        return None
    dice = Dice("hunter company", company.domain)
    if not dice.chance(_KNOWN_COMPANIES):
        return None
    place, industry = company.place, company.industry
    where = dice.chance(85)
    phone = company.phone if dice.chance(45) else None
    return {
        "id": _uuid(dice),
        "name": company.name,
        "legalName": company.legal_name if dice.chance(20) else None,
        "domain": company.domain,
        "domainAliases": [],
        "site": {
            "phoneNumbers": [phone] if phone else [],
            "emailAddresses": [company.email] if dice.chance(50) else [],
        },
        "category": {
            "sector": industry.sector,
            "industryGroup": industry.sector,
            "industry": industry.name if dice.chance(85) else None,
            "subIndustry": None,
            "gicsCode": industry.gics,
            "sicCode": industry.sic,
            "sic4Codes": [],
            "naicsCode": industry.naics[:2],
        },
        "tags": list(industry.tags),
        "description": company.description if dice.chance(75) else None,
        "foundedYear": company.founded if dice.chance(55) else None,
        "location": f"{place.city}, {company.country}" if where else None,
        "timeZone": place.time_zone if where else None,
        "geo": {
            "city": place.city if where else None,
            "state": place.region if where else None,
            "country": company.country if where else None,
            "countryCode": place.code if where else None,
            "postalCode": place.postal_code if where and dice.chance(60) else None,
        },
        "logo": f"https://logos.hunter.io/{company.domain}",
        "facebook": {"handle": company.facebook if dice.chance(70) else None},
        "linkedin": {"handle": f"company/{company.slug}" if dice.chance(80) else None},
        "twitter": {"handle": company.twitter if dice.chance(80) else None},
        "crunchbase": {"handle": None},
        "emailProvider": company.mail_host if dice.chance(70) else None,
        "type": company.type,
        "company_type": "public company" if company.ticker else "privately held",
        "ticker": company.ticker,
        "phone": phone,
        "metrics": {
            "employees": company.employee_range if dice.chance(75) else None,
            "marketCap": None,
            "raised": company.funding if dice.chance(30) else None,
            "annualRevenue": None,
            "estimatedAnnualRevenue": company.revenue if dice.chance(50) else None,
            "trafficRank": dice.pick(("very_low", "low", "medium", "high")),
        },
        "tech": list(company.technologies) if dice.chance(60) else [],
        "techCategories": [],
        "parent": {"domain": None},
    }


def _person_data(person: Person | None) -> dict[str, Any] | None:
    if person is None:
        return None
    dice = Dice("hunter person", person.slug)
    if not dice.chance(_KNOWN_PEOPLE):
        return None
    job = person.job
    works = dice.chance(85)
    return {
        "id": _uuid(dice),
        "name": {"fullName": person.name, "givenName": person.first, "familyName": person.last},
        "email": person.email,
        "location": person.location if dice.chance(60) else None,
        "employment": {
            "domain": person.company.domain,
            "name": person.company.name,
            "title": job.title if works else None,
            "role": job.department if works else None,
            "subRole": None,
            "seniority": job.seniority if works and dice.chance(70) else None,
        },
        "linkedin": {"handle": person.slug if dice.chance(60) else None},
        "twitter": {"handle": person.twitter if dice.chance(50) else None},
        "github": {"handle": person.github if dice.chance(50) else None},
        "phone": person.phone if dice.chance(15) else None,
        "fuzzy": False,
        "indexedAt": "2026-01-01",
        "activeAt": None,
        "inactiveAt": None,
    }


def _erased(email: str) -> bool:
    local = email.partition("@")[0]
    return local.startswith("erased") or Dice("hunter erased", email).chance(_ERASED)


def _uuid(dice: Dice) -> str:
    return dice.digits("00000000-0000-4000-8000-############")


def _answer(body: bytes | None, player: str, asked: str) -> Reply:
    if body is None:
        return _error(404, "not_found", "Nothing found", player, asked)
    return Reply(200, body, player=player, asked=(asked,), hits=1)


def _missing(parameter: str, player: str) -> Reply:
    return _error(400, "wrong_params", f"You are missing the {parameter} parameter", player)


def _error(status: int, kind: str, details: str, player: str = "", asked: str = "") -> Reply:
    body = dump({"errors": [{"id": kind, "code": status, "details": details}]})
    return Reply(status, body, player=player, asked=(asked,) if asked else ())


_NO_USER = "No user found for the API key supplied"
_CLAIMED = "The person asked us not to process their data"

PLAYER = Player(
    hosts=("api.hunter.io",),
    play=play,
    prices={
        "hunter-company": Money(_CREDIT // 5),
        "hunter-person": Money(_CREDIT // 5),
        "hunter-combined": Money(_CREDIT // 5),
        "hunter-finder": _CREDIT,
    },
    refusals={
        "rate_limited": _error(403, "too_many_requests", "Rate limit reached"),
        "out_of_credit": _error(429, "usage_limit", "Monthly usage limit reached"),
        "auth": _error(401, "authentication_failed", _NO_USER),
        "server_error": _error(500, "server_error", "Something went wrong on our side"),
    },
)
