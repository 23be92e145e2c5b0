"""Plays any vendor that one likes to make up: every host under sandbox.example.

    GET  /one?domain=...        or email, linkedin, name (with domain or company: a person)
    POST /many                  a list, or {"items": list}, of such objects, or of bare identifiers

Options, in the query of both: `fields` (a list with commas; default all of the catalogue),
`latency` (milliseconds), `hit` (per cent of entities that are known, default 100), `gaps` (per
cent of fields left out, default 0), `price` (US dollars for a hit, default 0.01), and for /many
`shape=map` (an object by identifier) and `order=reversed`. What a call cost is in the header
x-sandbox-cost, in dollars, and x-sandbox-credits, one for each hit.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from enrich_cli.domain.money import Money, format_money, parse_money
from enrich_cli.sandbox import world
from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.facts import Company, Person
from enrich_cli.sandbox.play import BAD_KEY, Player, Reply, Request, dump

BULK_LIMIT = 1000
_PRICE = Money(10_000)
_KEYS = ("email", "linkedin", "name", "domain")

_Facts = Mapping[str, Any]


def play(request: Request) -> Reply:
    """Answer one call."""
    player = request.host.partition(".")[0]
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if BAD_KEY in (request.query.get("key"), request.headers.get("X-Api-Key"), bearer):
        return _error(401, "the key is not known", player)
    try:
        if request.path == "/one" and request.method in ("GET", "HEAD"):
            return _one(request, player)
        if request.path == "/many" and request.method == "POST":
            return _many(request, player)
    except ValueError as error:
        return _error(400, str(error), player)
    return _error(404, "ask GET /one or POST /many", player)


def _one(request: Request, player: str) -> Reply:
    query = request.query
    asked, facts = _known(query, request.host, query)
    price = _price(query)
    if facts is None:
        body, status = dump({"error": "not_found"}), 404
    else:
        body, status = dump({"found": True, **facts}), 200
    hits = int(facts is not None)
    headers = _cost(price, hits)
    delay = _number(query, "latency", 0) / 1000
    return Reply(status, body, _JSON, headers, player, (asked,), hits, delay, price=price)


def _many(request: Request, player: str) -> Reply:
    query = request.query
    price, delay = _price(query), _number(query, "latency", 0) / 1000
    items = request.json()
    if isinstance(items, dict):
        items = items.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= BULK_LIMIT:
        raise ValueError(f"the body must be a list of 1 to {BULK_LIMIT} items")
    everyone, answers, by_id, hits = [], [], {}, 0
    for item in items:
        asked, facts = _known(_identifiers(item), request.host, query)
        answer = {"found": facts is not None, **(facts or {})}
        if isinstance(item, dict):
            answer = {**item, **answer}
        else:
            answer["id"] = item
        everyone.append(asked)
        answers.append(answer)
        by_id[asked] = answer
        hits += facts is not None
    if query.get("order") == "reversed":
        answers.reverse()
    body = dump(by_id if query.get("shape") == "map" else answers)
    headers = _cost(price, hits)
    return Reply(200, body, _JSON, headers, player, tuple(everyone), hits, delay, price=price)


def _identifiers(item: Any) -> Mapping[str, str]:
    if isinstance(item, str):
        return {
            "email" if "@" in item else "linkedin" if "linkedin.com/" in item else "domain": item
        }
    if isinstance(item, dict):
        return {key: str(item[key]) for key in (*_KEYS, "company") if item.get(key)}
    raise ValueError("an item must be an object or a text")


def _known(
    ids: Mapping[str, str], host: str, query: Mapping[str, str]
) -> tuple[str, _Facts | None]:
    """Who was asked about, and what of it is known here."""
    key = next((key for key in _KEYS if ids.get(key)), "")
    if not key:
        raise ValueError(f"give one of {', '.join(_KEYS)}")
    value, employer = ids[key].strip().lower(), ids.get("domain") or ids.get("company") or ""
    asked = f"{value}|{employer.lower()}" if key == "name" and employer else value
    if not Dice("generic", host, asked).chance(_number(query, "hit", 100)):
        return asked, None
    facts = _facts(key, value, employer)
    if facts is None:
        return asked, None
    wanted = [name for name in query.get("fields", "").split(",") if name] or list(facts)
    dice, gaps = Dice("generic gaps", host, asked), _number(query, "gaps", 0)
    return asked, {
        key: value,
        **{name: facts[name] for name in wanted if name in facts and not dice.chance(gaps)},
    }


@lru_cache(maxsize=8_192)
def _facts(key: str, value: str, employer: str) -> _Facts | None:
    person = company = None
    if key == "email":
        person = world.person_by_email(value, certain=True)
    elif key == "linkedin" and "/in/" in value:
        person = world.person_by_slug(value, certain=True)
    elif key == "linkedin":
        company = world.company_by_slug(value, certain=True)
    elif key == "name" and employer:
        works = world.company(employer, certain=True) or world.company_by_name(
            employer, certain=True
        )
        first, _, last = value.title().rpartition(" ")
        if works:
            person = world.person_by_name(first, last, works.domain, certain=True)
    elif key == "name":
        company = world.company_by_name(value, certain=True)
    else:
        company = world.company(value, certain=True)
    if person:
        return person_facts(person)
    return company_facts(company) if company else None


def company_facts(company: Company) -> dict[str, Any]:
    """Every company field of the catalogue."""
    place = company.place
    number = int("".join(filter(str.isdigit, company.lei))) % 1_000_000_000
    return {
        "company_name": company.name,
        "legal_name": company.legal_name,
        "description": company.description,
        "industry": company.industry.name,
        "employee_count": company.employees,
        "employee_range": company.employee_range,
        "founded_year": company.founded,
        "company_type": company.type,
        "revenue": company.revenue,
        "funding_total": company.funding,
        "ticker": company.ticker,
        "lei": company.lei,
        "website": f"https://{company.domain}/",
        "company_email": company.email,
        "company_phone": company.phone.replace(" ", ""),
        "street_address": company.street,
        "city": place.city,
        "region": place.region,
        "postal_code": place.postal_code,
        "country": place.code,
        "language": place.language,
        "logo_url": f"https://{company.domain}/logo.svg",
        "company_linkedin": company.linkedin,
        "company_twitter": _at("https://x.com/", company.twitter),
        "company_facebook": _at("https://www.facebook.com/", company.facebook),
        "company_instagram": _at("https://www.instagram.com/", company.instagram),
        "company_youtube": _at("https://www.youtube.com/@", company.youtube),
        "company_github": _at("https://github.com/", company.github),
        "company_tiktok": _at("https://www.tiktok.com/@", company.instagram),
        "company_crunchbase": f"https://www.crunchbase.com/organization/{company.slug}",
        "vat_id": f"{company.place.code}{number:09}",
        "register_number": f"{number % 1_000_000}",
        "contact_page": f"https://{company.domain}/contact",
        "about_page": f"https://{company.domain}/about",
        "feed_url": f"https://{company.domain}/feed",
        "technologies": list(company.technologies),
        "mail_provider": company.mail_provider,
        "domain_registered": company.registered,
    }


def person_facts(person: Person) -> dict[str, Any]:
    """Every person field of the catalogue."""
    return {
        "full_name": person.name,
        "first_name": person.first,
        "last_name": person.last,
        "job_title": person.job.title,
        "seniority": person.job.level,
        "department": person.job.department,
        "person_email": person.email,
        "email_status": "valid",
        "person_phone": person.phone.replace(" ", ""),
        "person_linkedin": person.linkedin,
        "person_github": _at("https://github.com/", person.github),
        "person_location": person.location,
        "person_country": person.place.code,
        "avatar_url": f"https://avatars.example/{person.slug}.png",
        "bio": person.bio,
    }


def _at(address: str, handle: str | None) -> str | None:
    return handle and address + handle


def _price(query: Mapping[str, str]) -> Money:
    return parse_money(query["price"]) if query.get("price") else _PRICE


def _cost(price: Money, hits: int) -> tuple[tuple[str, str], ...]:
    cost = format_money(Money(price * hits))
    return (("x-sandbox-cost", cost), ("x-sandbox-credits", str(hits)))


def _number(query: Mapping[str, str], key: str, default: float) -> float:
    text = query.get(key)
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{key} must be a number") from None
    if not 0 <= number <= 60_000:
        raise ValueError(f"{key} must be from 0 to 60000")
    return number


def _error(status: int, why: str, player: str = "") -> Reply:
    return Reply(status, dump({"error": why}), player=player)


_JSON = "application/json"

PLAYER = Player(
    hosts=(".sandbox.example",),
    play=play,
    refusals={
        "rate_limited": _error(429, "too many requests"),
        "out_of_credit": _error(402, "the account is empty"),
        "auth": _error(401, "the key is not known"),
        "server_error": _error(500, "something went wrong on our side"),
    },
)
