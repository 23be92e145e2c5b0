"""Plays the vendors of data about people: Apollo, Enrich Layer, ContactOut and others."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

from enrich_cli.domain.money import Money
from enrich_cli.sandbox import world
from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.facts import Person
from enrich_cli.sandbox.play import Reply, Request, dump
from enrich_cli.sandbox.players import firms
from enrich_cli.sandbox.vendors import Call, known, refusals, said, vendor


def _person(
    profile: str = "", email: str = "", name: str = "", domain: str = "", company: str = ""
) -> tuple[str, Person | None]:
    """Who was asked about, and who that is."""
    if profile:
        return host_and_path(profile), world.person_by_slug(profile)
    if email:
        return email.lower(), world.person_by_email(email)
    first, _, last = name.title().rpartition(" ")
    employer = world.company(domain) if domain else world.company_by_name(company)
    asked = f"{name}|{domain or company}".lower()
    return asked, world.person_by_name(first, last, employer.domain) if employer else None


def host_and_path(address: str) -> str:
    """An address without its scheme, `www.` and the slash at its end."""
    return address.lower().rpartition("//")[2].removeprefix("www.").rstrip("/")


def _maybe(dice: Dice, share: float, value: Any) -> Any:
    return value if dice.chance(share) else None


def _apollo_record(asked: Mapping[str, Any]) -> tuple[str, dict[str, Any] | None]:
    who, person = _person(
        asked.get("linkedin_url") or "",
        asked.get("email") or "",
        asked.get("name") or "",
        asked.get("domain") or "",
    )
    found = known("apollo-person", person, 78.0)
    if found is None:
        return who, None
    person, dice = found
    return who, {
        "id": dice.digits("b#######################"),
        "first_name": person.first,
        "last_name": person.last,
        "name": person.name,
        "linkedin_url": f"http://www.linkedin.com/in/{person.slug}",
        "title": person.job.title,
        "email_status": "verified",
        "photo_url": f"https://avatars.example/{person.slug}.png",
        "headline": f"{person.job.title} at {person.company.name}",
        "email": _maybe(dice, 80, person.email),
        "city": person.place.city,
        "state": person.place.region,
        "country": person.company.country,
        "seniority": person.job.level,
        "departments": [person.job.department],
        "organization": {"primary_domain": person.company.domain, "name": person.company.name},
    }


def _apollo_one(request: Request) -> Reply:
    who, record = _apollo_record(request.query)
    body = {"request_id": -900000000000000001, "person": record}
    return said("apollo-person", who, body, hits=int(record is not None))


def _apollo_many(request: Request) -> Reply:
    records = [_apollo_record(one) for one in request.json()["details"]]
    if len(records) > 10:
        return Reply(400, dump({"status": "failed", "error_code": "RECORD_LIMIT_EXCEEDED"}))
    found = [record for _, record in records if record is not None]
    body = {
        "request_id": -900000000000000002,
        "status": "success",
        "total_requested_enrichments": len(records),
        "unique_enriched_records": len(found),
        "missing_records": len(records) - len(found),
        "credits_consumed": len(found),
        "matches": found[::-1],  # the vendor promises no order
    }
    return said("apollo-person", [who for who, _ in records], body, hits=len(found))


def _enrichlayer(request: Request) -> Reply:
    url = request.query.get("profile_url") or request.query["linkedin_profile_url"]
    who, person = _person(url)
    found = known("enrichlayer-person", person, 88.0)
    if found is None:
        return said("enrichlayer-person", who, {"code": 404}, status=404, hits=0)
    person, dice = found
    begin = {"day": 1, "month": 1, "year": person.since}
    body = {
        "public_identifier": person.slug,
        "full_name": person.name,
        "first_name": person.first,
        "last_name": person.last,
        "occupation": f"{person.job.title} at {person.company.name}",
        "headline": person.job.title,
        "summary": _maybe(dice, 60, person.bio),
        "country": person.place.code,
        "country_full_name": person.company.country,
        "city": person.place.city,
        "state": None,
        "experiences": [
            {
                "company": person.company.name,
                "title": person.job.title,
                "starts_at": begin,
                "ends_at": None,
            }
        ],
        "personal_emails": [],
        "personal_numbers": [],
    }
    return said("enrichlayer-person", who, body)


def _contactout(request: Request) -> Reply:
    asked = request.json()
    who, person = _person(
        asked.get("linkedin_url", ""),
        asked.get("email", ""),
        asked.get("full_name", ""),
        next(iter(asked.get("company_domain", [])), ""),
        next(iter(asked.get("company", [])), ""),
    )
    found = known("contactout-person", person, 70.0)
    if found is None:
        return said("contactout-person", who, {"status_code": 200, "profile": []}, hits=0)
    person, dice = found
    profile = {
        "url": person.linkedin,
        "full_name": person.name,
        "headline": person.job.title,
        "company": {"name": person.company.name, "domain": person.company.domain},
        "work_email": [person.email] if dice.chance(80) else [],
        "personal_email": [],
        "phone": [],
    }
    return said("contactout-person", who, {"status_code": 200, "profile": profile})


def _rocketreach_record(code: str) -> dict[str, Any] | None:
    person = world.person_by_slug(code)
    found = known("rocketreach-person", person, 74.0)
    if found is None:
        return None
    person, dice = found
    return {
        "id": _number(code),
        "status": "complete",
        "name": person.name,
        "linkedin_url": person.linkedin,
        "location": person.location,
        "country_code": person.place.code,
        "current_title": person.job.title,
        "current_employer": person.company.name,
        "recommended_professional_email": _maybe(dice, 75, person.email),
        "emails": [{"email": person.email, "smtp_valid": "valid", "type": "professional"}],
        "phones": [],
    }


_LATER: dict[int, str] = {}
"""Look-ups that are under way: a number tells nobody whom it stands for."""


def _number(code: str) -> int:
    return int(Dice("rocketreach", code).digits("9########"))


def _rocketreach(request: Request) -> Reply:
    query = request.query
    who, person = _person(
        query.get("linkedin_url", ""),
        query.get("email", ""),
        query.get("name", ""),
        company=query.get("current_employer", ""),
    )
    record = _rocketreach_record(person.slug) if person else None
    if person is None or record is None:
        return said("rocketreach-person", who, {"detail": "Not found"}, status=404, hits=0)
    if Dice("rocketreach later", person.slug).chance(30):
        _LATER[record["id"]] = person.slug
        pending = {"id": record["id"], "status": "searching", "name": person.name, "emails": []}
        return said("rocketreach-person", who, pending)
    return said("rocketreach-person", who, record)


def _rocketreach_status(request: Request) -> Reply:
    ids = [int(number) for number in request.query["ids"].split(",")]
    records = [
        (_rocketreach_record(_LATER[number]) if number in _LATER else None)
        or {"id": number, "status": "failed", "name": None}
        for number in ids
    ]
    return said("rocketreach-status", (), records, hits=0)


def _fullenrich(request: Request) -> Reply:
    """Take a job. Its name holds all of it, so that nothing has to be remembered."""
    contacts = request.json()["data"]
    if not 1 <= len(contacts) <= 100:
        return Reply(400, dump({"code": "error.enrichment.size", "message": "1 to 100 contacts"}))
    asked = [
        [
            contact.get("linkedin_url", ""),
            f"{contact.get('first_name', '')} {contact.get('last_name', '')}".strip(),
            contact.get("domain", ""),
            contact.get("company_name", ""),
            contact.get("custom", {}),
        ]
        for contact in contacts
    ]
    packed = zlib.compress(json.dumps(asked, separators=(",", ":")).encode(), 9)
    name = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    people = [_person(p, "", n, d, c) for p, n, d, c, _ in asked]
    hits = sum(known("fullenrich-person", person, 70.0) is not None for _, person in people)
    who = [asked for asked, _ in people]
    return said("fullenrich-person", who, {"enrichment_id": name}, hits=hits)


def _fullenrich_result(_: Request, part: str) -> Reply:
    packed = part + "=" * (-len(part) % 4)
    rows = []
    credits_ = 0
    for profile, name, domain, company, custom in json.loads(
        zlib.decompress(base64.urlsafe_b64decode(packed))
    ):
        found = known("fullenrich-person", _person(profile, "", name, domain, company)[1], 70.0)
        contact: dict[str, Any] = {"work_emails": [], "personal_emails": [], "phones": []}
        if found is not None:
            email = {"email": found[0].email, "status": "DELIVERABLE"}
            contact |= {"most_probable_work_email": email, "work_emails": [email]}
            credits_ += 1
        told = {"company_domain": domain, "professional_network_url": profile}
        rows.append({"input": told, "custom": custom, "contact_info": contact})
    body = {"id": part, "status": "FINISHED", "cost": {"credits": credits_}, "data": rows[::-1]}
    return said("fullenrich-result", (), body, hits=0)


_PLAIN = refusals((429, {"message": "Too many requests"}), (402, {}), (401, {"message": "No"}))
_APOLLO = dict(
    refusals(
        (429, {"message": "The maximum number of api calls allowed was reached"}),
        (402, {"error": "no credits"}),
        (401, {}),
    )
) | {"auth": Reply(401, b"Invalid access credentials.", "text/plain")}

PLAYERS = (
    vendor(
        ("api.apollo.io",),
        [
            *firms.APOLLO,
            Call("POST /api/v1/people/match", _apollo_one),
            Call("POST /api/v1/people/bulk_match", _apollo_many),
        ],
        _APOLLO,
        {"apollo-company": Money(25_000), "apollo-person": Money(25_000)},
    ),
    vendor(
        ("enrichlayer.com",),
        [*firms.ENRICHLAYER, Call("GET /api/v2/profile", _enrichlayer)],
        refusals((429, {"code": 429}), (403, {"code": 403}), (401, {"code": 401})),
        {"enrichlayer-company": Money(10_000), "enrichlayer-person": Money(10_000)},
    ),
    vendor(
        ("api.contactout.com",),
        [*firms.CONTACTOUT, Call("POST /v1/people/enrich", _contactout)],
        refusals((429, {"status_code": 429}), (403, {"status_code": 403}), (401, {})),
    ),
    vendor(
        ("api.rocketreach.co",),
        [
            Call("GET /api/v2/person/lookup", _rocketreach),
            Call("GET /api/v2/person/checkStatus", _rocketreach_status),
        ],
        _PLAIN,
    ),
    vendor(
        ("app.fullenrich.com",),
        [
            Call("POST /api/v2/contact/enrich/bulk", _fullenrich),
            Call("GET /api/v2/contact/enrich/bulk/(.+)", _fullenrich_result),
        ],
        refusals(
            (429, {"code": "error.rate.limit", "message": "Too many requests"}),
            (402, {"code": "error.credits", "message": "Insufficient credits"}),
            (401, {"code": "error.auth", "message": "Invalid API key"}),
        ),
        {"fullenrich-person": Money(58_000)},
    ),
)
