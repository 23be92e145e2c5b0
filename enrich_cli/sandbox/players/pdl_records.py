"""What People Data Labs knows of the fictional world, in its own form."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from enrich_cli.sandbox import world
from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.facts import Person
from enrich_cli.sandbox.vocabulary import COUNTRIES

_KNOWN_COMPANIES = 94.0  # per cent of the existing ones: 80 % of all domains
_KNOWN_PEOPLE = 88.0


@lru_cache(maxsize=8_192)
def company_record(domain: str, title: bool) -> dict[str, Any] | None:
    """The company's record, with `title` in its own capitals; None for one it does not know."""
    company = world.company(domain)
    if company is None:
        return None
    dice = Dice("pdl company", company.domain)
    if not dice.chance(_KNOWN_COMPANIES):
        return None
    place = company.place
    link = f"linkedin.com/company/{company.slug}" if dice.chance(92) else None
    where = dice.chance(90)
    country, continent = COUNTRIES[place.code]
    location = {
        "name": f"{place.city}, {place.region}, {country}",
        "locality": place.city,
        "region": place.region,
        "country": country,
        "continent": continent,
        "street_address": company.street if dice.chance(60) else None,
        "postal_code": place.postal_code if dice.chance(70) else None,
        "geo": place.geo,
    }
    record = {
        "id": f"EXAMPLEco_{dice.digits('########')}",
        "name": company.name,
        "size": company.employee_range,
        "employee_count": company.employees if dice.chance(90) else None,
        "founded": company.founded if dice.chance(70) else None,
        "industry": company.industry.name if dice.chance(93) else None,
        "website": company.domain,
        "linkedin_url": link,
        "linkedin_id": dice.digits("9#######") if link else None,
        "twitter_url": f"twitter.com/{company.twitter}" if company.twitter else None,
        "facebook_url": f"facebook.com/{company.facebook}" if company.facebook else None,
        "type": company.type,
        "ticker": company.ticker,
        "headline": f"{company.industry.name} from {place.city}" if dice.chance(50) else None,
        "summary": company.description if dice.chance(70) else None,
        "tags": list(company.industry.tags),
        "alternative_names": [company.legal_name] if dice.chance(30) else [],
        "affiliated_profiles": [],
        "profiles": [link] if link else [],
        "location": location if where else None,
    }
    return record if title else _lower(record)


def person_record(person: Person, title: bool) -> dict[str, Any] | None:
    """The person's record, with `title` in its own capitals; None for one it does not know."""
    dice = Dice("pdl person", person.slug)
    if not dice.chance(_KNOWN_PEOPLE):
        return None
    company, job = person.company, person.job
    known = dice.chance(80)
    phone = person.phone.replace(" ", "") if dice.chance(40) else None
    record = {
        "id": f"EXAMPLEid_{dice.digits('########')}",
        "full_name": person.name,
        "first_name": person.first,
        "last_name": person.last,
        "linkedin_url": f"linkedin.com/in/{person.slug}" if dice.chance(95) else None,
        "work_email": person.email if known else None,
        "personal_emails": [f"{person.slug}@mail.example"] if dice.chance(40) else [],
        "mobile_phone": phone,
        "emails": [{"address": person.email, "type": "current_professional"}] if known else [],
        "phone_numbers": [phone] if phone else [],
        "job_title": job.title if dice.chance(92) else None,
        "job_title_role": job.department,
        "job_title_levels": [job.level],
        "job_company_name": company.name,
        "job_company_website": company.domain,
        "job_company_size": company.employee_range,
        "job_company_industry": company.industry.name,
        "location_name": person.location if dice.chance(80) else None,
        "location_locality": person.place.city,
        "location_region": person.place.region,
        "location_country": company.country,
        "skills": list(person.skills),
        "experience": [],
        "education": [],
    }
    return record if title else _lower(record)


def _lower(value: Any) -> Any:
    """`value` as the vendor writes it: every text in lower case, but for its own ids."""
    if isinstance(value, str):
        return value if value.startswith("EXAMPLE") else value.lower()
    if isinstance(value, list):
        return [_lower(item) for item in value]
    if isinstance(value, dict):
        return {key: _lower(item) for key, item in value.items()}
    return value
