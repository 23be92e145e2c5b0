"""The fictional world: the same for everyone, always, and nobody real in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.domain.entity import CATALOGUE, EntityType
from enrich_cli.sandbox import world
from enrich_cli.sandbox.naming import (
    RESERVED,
    company_name,
    company_slug,
    name_domain,
    registrable,
    slug_domain,
)
from enrich_cli.sandbox.players.generic import company_facts, person_facts

_LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
_ENDINGS = st.sampled_from(("example", "test", "com", "co.uk", "uk", "xyz", "museum", "github.io"))
_DOMAINS = st.builds("{}.{}".format, _LABELS, _ENDINGS).filter(lambda d: registrable(d) == d)
_EMPLOYERS = _DOMAINS | st.sampled_from(("example.example", "500000.example", "a1b2c3d4.example"))
_NAMES = st.sampled_from(("mara", "jonas", "quentin", "zed", "ulrikes"))


def test_a_domain_becomes_a_name_that_reads_well() -> None:
    assert company_name("bluefin-robotics.example") == "Bluefin Robotics"
    assert company_name("bmw.example") == "BMW"
    assert company_name("xn--mller-kva.example") == "Müller"


def test_what_is_pinned_stays_in_later_versions() -> None:
    company = world.company("bluefin-robotics.example")
    assert company is not None
    assert (company.legal_name, company.founded, company.place.city, company.employees) == (
        "Bluefin Robotics Inc.", 1999, "Montréal", 11,
    )  # fmt: skip
    person = world.person_by_email("mara.rivera@bluefin-robotics.example")
    assert person is not None
    assert (person.name, person.slug) == ("Mara Rivera", "mara-rivera-bluefin-robotics")


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("WWW.Acme.Example.", "acme.example"),
        ("shop.acme.co.uk", "acme.co.uk"),
        ("acme.github.io", "acme.github.io"),
        ("localhost", ""),
        ("10.0.0.1", ""),
        ("a..b", ""),
        ("two words.example", ""),
    ],
)
def test_registrable(host: str, domain: str) -> None:
    assert registrable(host) == domain


@settings(deadline=None)
@given(_DOMAINS)
def test_a_linkedin_page_leads_back_to_the_domain(domain: str) -> None:
    assert slug_domain(company_slug(domain)) == domain


@settings(deadline=None)
@given(_DOMAINS)
def test_every_host_of_a_domain_is_the_same_company(domain: str) -> None:
    assert world.company(f"www.{domain}") == world.company(domain.upper())


@settings(deadline=None)
@given(_DOMAINS)
def test_contact_data_is_nobodys(domain: str) -> None:
    company = world.company(domain, certain=True)
    assert company is not None
    people = world.staff(company)
    for email in (company.email, *(one.email for one in people)):
        host = email.rpartition("@")[2]
        assert any(host == name or host.endswith(f".{name}") for name in RESERVED)
    for phone in (company.phone, *(one.phone for one in people)):
        assert re.fullmatch(
            r"\+1 \d{3} 555 01\d\d|\+44 20 7946 0\d{3}|\+49 30 23125 \d{3}"
            r"|\+33 1 99 00 \d\d \d\d|\+61 2 5550 \d{4}|\+46 8 465 004 \d\d",
            phone,
        )


@settings(deadline=None)
@given(_NAMES, _NAMES, _EMPLOYERS)
def test_all_ways_lead_to_the_same_person(first: str, last: str, domain: str) -> None:
    person = world.person_by_email(f"{first}.{last}@{domain}")
    if person is None:
        return
    by_slug, by_name = (
        world.person_by_slug(f"https://www.linkedin.com/in/{person.slug}/"),
        world.person_by_name(first.title(), last.title(), domain),
    )
    assert by_slug is not None
    assert by_slug == by_name
    assert (by_slug.job, by_slug.company, by_slug.name) == (
        person.job, person.company, person.name,
    )  # fmt: skip


@settings(deadline=None)
@given(_DOMAINS)
def test_a_company_is_found_by_its_name_whatever_its_legal_form(domain: str) -> None:
    company = world.company(domain, certain=True)
    assert company is not None
    plain = name_domain(company.name)
    for form in ("GmbH", "Inc.", "S.r.l.", "Pty Ltd"):
        assert name_domain(f"{company.name} {form}") == plain


def test_role_mailboxes_and_strangers_are_nobody() -> None:
    for email in ("info@x-works.example", "no address", "", "@x.example"):
        assert world.person_by_email(email) is None
        assert world.person_by_email(email, certain=True) is None
    assert world.person_by_email("mara@x-unknown.example") is None


def test_free_mail_says_nothing_about_the_employer() -> None:
    person = world.person_by_email("mara.rivera@gmail.com", certain=True)
    assert person is not None
    assert person.company.domain.endswith(".example")
    assert person.email == "mara.rivera@gmail.com"


def test_so_many_exist() -> None:
    domains = [f"firm-{number}.example" for number in range(4000)]
    found = sum(world.company(domain) is not None for domain in domains)
    assert 0.83 <= found / len(domains) <= 0.87


def test_every_field_of_the_catalogue_is_known() -> None:
    company = world.company("x-works.example")
    assert company is not None
    known = {
        EntityType.COMPANY: company_facts(company),
        EntityType.PERSON: person_facts(world.staff(company)[0]),
    }
    for entity, facts in known.items():
        assert set(facts) == {name for name, spec in CATALOGUE.items() if spec.entity is entity}


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_may_be_asked_about(text: str) -> None:
    world.company(text)
    world.company_by_name(text)
    world.company_by_slug(text)
    world.person_by_email(text)
    world.person_by_email(f"{text}@acme.example")
    world.person_by_slug(text)
    world.person_by_name(text, text, "acme.example")


@settings(deadline=None)
@given(_DOMAINS)
def test_the_lei_has_a_valid_form(domain: str) -> None:
    company = world.company(domain, certain=True)
    assert company is not None
    assert len(company.lei) == 20
    assert int("".join(str(int(char, 36)) for char in company.lei)) % 97 == 1
