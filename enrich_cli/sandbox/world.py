"""The fictional world: for any domain, e-mail address, profile or name, who that is, if anyone.

Everything is a pure function of the identifier, so all players speak of the same companies and
people. How much of the truth each of them knows is the player's own affair.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from enrich_cli.sandbox import vocabulary as words
from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.facts import Company, Person
from enrich_cli.sandbox.naming import (
    company_name,
    company_slug,
    mail_domain,
    name_domain,
    plain,
    registrable,
    slug_domain,
)

COMPANIES = 85
"""Per cent of domains behind which there is a company."""
PEOPLE = 85
"""Per cent of names in an existing company that are somebody's."""

_FREE_MAIL = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com",
        "yahoo.com", "icloud.com", "aol.com", "gmx.de", "gmx.net", "web.de", "proton.me",
        "protonmail.com", "mail.com", "freemail.example"
    }
)  # fmt: skip
_LETTERS = re.compile(r"[^\W\d_]+")
# What stands behind a name that is taken already, and says nothing about the employer.
_RANDOM = re.compile(r"example|(?=.*\d)[0-9a-f]{6,12}")


@lru_cache(maxsize=16_384)
def company(host: str, *, certain: bool = False) -> Company | None:
    """The company behind a domain, or a host under it; None where there is none.

    A label that begins with `x-` always has a company, but for `x-unknown`. `certain` gives every
    domain one.
    """
    domain = registrable(host)
    if not domain:
        return None
    dice = Dice("company", domain)
    exists = dice.chance(COMPANIES)
    if domain.startswith("x-"):
        exists = not domain.startswith("x-unknown")
    if not exists and not certain:
        return None
    name = company_name(domain)
    handle = "".join(map(plain, name.split()))[:15]
    place = dice.pick(words.PLACES)
    low, high = dice.pick(words.EMPLOYEE_BANDS)
    employees = dice.between(low, high)
    founded = 2024 - dice.below(dice.pick((12, 30, 90)))
    type_ = dice.pick(words.COMPANY_TYPES)
    mail_provider, mail_host = dice.pick(words.MAIL_PROVIDERS)
    mailbox = dice.pick(("info", "hello", "contact", "office"))
    registered = min(max(founded, 1996) + dice.below(3), 2024)
    return Company(
        domain=domain,
        name=name,
        legal_name=f"{name} {words.LEGAL_FORMS[place.code]}",
        slug=company_slug(domain),
        industry=_industry(domain, dice.pick(words.INDUSTRIES)),
        employees=employees,
        employee_range=f"{low}-{high}" if low < 10_001 else f"{low}+",
        founded=founded,
        type=type_,
        revenue=next(band for top, band in words.REVENUE_BANDS if employees <= top),
        funding=dice.between(2, 400) * 250_000 if type_ == "private" and dice.chance(40) else None,
        ticker=plain(name.replace(" ", ""))[:4].upper() if type_ == "public" else None,
        lei=_lei(dice),
        place=place,
        street=dice.pick(words.STREETS[place.language]).format(dice.between(1, 148)),
        phone=_phone(dice, place.code),
        email=f"{mailbox}@{mail_domain(domain)}",
        twitter=handle if dice.chance(60) else None,
        facebook=handle if dice.chance(60) else None,
        instagram=handle if dice.chance(40) else None,
        youtube=handle if dice.chance(30) else None,
        github=handle if dice.chance(25) else None,
        technologies=dice.some(words.TECHNOLOGIES, 2, 5),
        mail_provider=mail_provider,
        mail_host=mail_host,
        registered=f"{registered}-{dice.between(1, 12):02d}-{dice.between(1, 28):02d}",
        registrar=dice.pick(words.REGISTRARS),
    )


def company_by_slug(slug: str, *, certain: bool = False) -> Company | None:
    """The company with that LinkedIn page: `acme`, or the address that ends in it."""
    slug = slug.lower().rstrip("/").rpartition("/")[2]
    return company(slug_domain(slug), certain=certain)


def company_by_name(name: str, *, certain: bool = False) -> Company | None:
    """The company that calls itself so, legal form aside."""
    return company(name_domain(name), certain=certain)


@lru_cache(maxsize=16_384)
def person_by_email(email: str, *, certain: bool = False) -> Person | None:
    """Whose address it is; None for a role's mailbox, a stranger and what is no address.

    `certain` makes everybody known, here and in the next two, but a role's mailbox.
    """
    local, _, domain = email.strip().lower().rpartition("@")
    local = local.partition("+")[0]
    domain = registrable(domain)
    if not local or not domain or local in words.ROLE_MAILBOXES:
        return None
    if domain in _FREE_MAIL:
        domain = _employer(email)
    first, last = _names(_LETTERS.findall(local), Dice("names", local, domain))
    found = person_by_name(first, last, domain, certain=certain)
    return found and replace(found, email=email)


@lru_cache(maxsize=16_384)
def person_by_slug(slug: str, *, certain: bool = False) -> Person | None:
    """Whose LinkedIn profile it is: `mara-rivera-northwind`, or the address that ends in it."""
    slug = slug.strip().lower().rstrip("/").rpartition("/")[2]
    if not slug:
        return None
    parts = slug.split("-", 2)
    employer = slug_domain(parts[2]) if len(parts) == 3 else ""
    if not employer or _RANDOM.fullmatch(parts[2]):
        employer = _employer(slug)
    first, last = _names(parts[:2], Dice("names", slug))
    return person_by_name(first, last, employer, certain=certain)


def person_by_name(first: str, last: str, domain: str, *, certain: bool = False) -> Person | None:
    """The person of that name who works there."""
    employer = company(domain, certain=certain)
    if employer is None or not first or not last:
        return None
    return _person(first, last, employer, certain=certain or employer.domain.startswith("x-"))


def staff(employer: Company) -> tuple[Person, ...]:
    """Three people who work there, as the company's website names them."""
    dice = Dice("staff", employer.domain)
    names = zip(dice.some(words.FIRST_NAMES, 3, 3), dice.some(words.LAST_NAMES, 3, 3), strict=True)
    people = (_person(first, last, employer, certain=True) for first, last in names)
    return tuple(person for person in people if person is not None)


def _person(first: str, last: str, employer: Company, *, certain: bool) -> Person | None:
    plain_first, plain_last = plain(first), plain(last)
    dice = Dice("person", plain_first, plain_last, employer.domain)
    if not dice.chance(PEOPLE) and not certain:
        return None
    separator = Dice("mail pattern", employer.domain).pick("....._-")
    handle = f"{plain_first[:1]}{plain_last}"
    works_at = f"{employer.slug}--example" if _RANDOM.fullmatch(employer.slug) else employer.slug
    return Person(
        first=first,
        last=last,
        company=employer,
        email=f"{plain_first}{separator}{plain_last}@{mail_domain(employer.domain)}",
        slug=f"{plain_first}-{plain_last}-{works_at}",
        job=dice.pick(words.JOBS),
        since=dice.between(max(employer.founded, 2005), 2024),
        phone=_phone(dice, employer.place.code),
        github=handle if dice.chance(30) else None,
        twitter=handle if dice.chance(30) else None,
        skills=dice.some(words.SKILLS, 2, 3),
    )


def _names(parts: list[str], dice: Dice) -> tuple[str, str]:
    """First and last name out of the parts of a mailbox or slug; what they leave open is drawn."""
    first, last = parts[0] if parts else "", parts[-1] if len(parts) > 1 else ""
    return _full(first, words.FIRST_NAMES, dice), _full(last, words.LAST_NAMES, dice)


def _full(part: str, known: tuple[str, ...], dice: Dice) -> str:
    if len(part) > 1:
        return next((name for name in known if plain(name) == part), part.capitalize())
    return dice.pick([name for name in known if plain(name).startswith(part)] or known)


def _employer(key: str) -> str:
    """The domain of some company, for people whose identifier names none."""
    dice = Dice("employer", key)
    while True:
        first, second = dice.pick(_EMPLOYERS), dice.pick(("optics", "foods", "works", "labs"))
        if company(domain := f"{first}-{second}.example"):
            return domain


_EMPLOYERS = ("bluefin", "northwind", "harbour", "juniper", "copper", "lantern", "meadow", "tidal")


def _industry(domain: str, drawn: words.Industry) -> words.Industry:
    """The trade that the domain gives away, else the one that was drawn."""
    for industry in words.INDUSTRIES:
        if any(hint in domain for hint in industry.hints):
            return industry
    return drawn


def _phone(dice: Dice, code: str) -> str:
    return dice.digits(words.PHONES.get(code) or dice.pick(words.PHONES_ELSEWHERE))


def _lei(dice: Dice) -> str:
    """Of valid form (ISO 17442), under an issuer's prefix that nobody holds."""
    body = dice.digits("ZZZZ00EXAMPLE#####")
    number = "".join(str(int(char, 36)) for char in body + "00")
    return f"{body}{98 - int(number) % 97:02d}"
