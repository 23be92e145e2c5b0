"""Columns are recognised by their cells: small made-up tables with the traps of real ones."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import polars as pl
import pytest

from enrich_cli.domain.entity import EntityType
from enrich_cli.domain.errors import ConfigError
from enrich_cli.tables.identify import identify
from enrich_cli.tables.measure import SAMPLE
from enrich_cli.tables.recognise import Role, Survey, Use, recognise, survey

COMPANY, PERSON = EntityType.COMPANY, EntityType.PERSON

_LETTERS = (
    "Amber Birch Cedar Delta Ember Fjord Glade Heron Indigo Juniper Kestrel Lumen Maple"
    " Nimbus Opal Petrel Quartz Raven Sable Tundra Umber Violet Willow Xenon Yarrow Zephyr"
)
_WORDS = _LETTERS.split()
_KINDS = ("Systems", "Robotics", "Foods", "Labs")
_GIVEN = ("Ada", "Bo", "Cora", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivo", "Jon", "Kim")
_TREES = ("Alder", "Beech", "Elm", "Fir", "Hazel", "Larch", "Oak", "Pine", "Rowan", "Yew")

COUNT = len(_WORDS) * len(_KINDS)
NAMES = [f"{word} {kind}" for kind in _KINDS for word in _WORDS]
DOMAINS = [name.lower().replace(" ", "") + ".example" for name in NAMES]
SITES = [f"https://www.{domain}/" for domain in DOMAINS]
PEOPLE = [f"{_GIVEN[n % 11]} {_TREES[n % 10]}" for n in range(COUNT)]
MAILS = [
    person.lower().replace(" ", ".") + "@" + domain
    for person, domain in zip(PEOPLE, DOMAINS, strict=True)
]
SENTENCES = [
    f"We make {word.lower()} parts for https://shop.example and others." for word in _WORDS
]
STATES = ["CA", "NY", "TX", "DE", "IN", "WA", "FL", "OH"]
CITIES = ["New York", "San Jose", "Basel", "Los Angeles", "Fort Worth", "Rome"]


def cycle(values: list[str], count: int = COUNT) -> list[str]:
    return [values[n % len(values)] for n in range(count)]


def look(table: Mapping[str, Sequence[str | None]], **overrides: list[str]) -> Survey:
    frame = pl.LazyFrame(table)
    types = {EntityType(name): columns for name, columns in overrides.items()}
    return survey(frame, list(table), overrides=types)


def order(uses: tuple[Use, ...], type_: EntityType) -> list[tuple[str, Role]]:
    """What identifies that type, the strongest first."""
    return [(use.column, use.role) for use in uses if type_ in use.entities]


def helping(uses: tuple[Use, ...]) -> list[tuple[str, Role]]:
    return [(use.column, use.role) for use in uses if not use.entities]


def test_grants_with_two_people_a_row_and_directory_pages() -> None:
    """Companies come from addresses and names; the register's pages are no websites."""
    ids = [f"p{n:04x}@" for n in range(COUNT)]
    business = [
        (ids[n] + ("gmail.com" if n % 8 == 0 else DOMAINS[n])) if n % 20 else "N/A"
        for n in range(COUNT)
    ]
    research = ["q" + ids[n] + (DOMAINS[n] if n % 7 else "college.example") for n in range(COUNT)]
    table = {
        "comp_name": [f"{name}, {'LLC' if n % 2 else 'Inc.'}" for n, name in enumerate(NAMES)],
        "comp_address": [f"{n} Main Street, Austin, TX" for n in range(COUNT)],
        "comp_url": [f"https://www.register.example/sbc/{n}" for n in range(COUNT)],
        "comp_bus_name": PEOPLE,
        "comp_bus_email": business,
        "comp_pi_name": PEOPLE[5:] + PEOPLE[:5],
        "comp_pi_email": research,
        "comp_duns": [f"0{n:08d}" for n in range(COUNT)],
        "agency": cycle(["Department of Defense", "National Science Foundation"]),
        "phase": ["Phase II"] * COUNT,
        "award_amount": [f"{n * 1000}.0" for n in range(COUNT)],
        "title": [f"{word} Sensor Development" for word in cycle(_WORDS)],
        "url": [f"https://www.register.example/detail/{n}" for n in range(COUNT)],
    }
    seen = look(table)
    assert order(seen.uses, COMPANY) == [
        ("comp_bus_email", Role.EMAIL),
        ("comp_pi_email", Role.EMAIL),
        ("comp_name", Role.COMPANY_NAME),
    ]
    assert order(seen.uses, PERSON) == [
        ("comp_bus_email", Role.EMAIL),
        ("comp_bus_name", Role.PERSON_NAME),
    ]
    assert seen.passed_over == {
        "comp_url": f"{COUNT} different pages on register.example: a directory",
        "url": f"{COUNT} different pages on register.example: a directory",
        "comp_pi_name": "names of other people than 'comp_bus_name'",
    }
    research_use = next(use for use in seen.uses if use.column == "comp_pi_email")
    assert research_use.why.endswith("no person: about another person than 'comp_bus_email'")
    companies = identify(pl.LazyFrame(table), seen.uses, {}).entities[COMPANY]["canonical"]
    assert not companies.is_in(["gmail.com", "register.example"]).any()


def test_agencies_whose_security_contact_sits_elsewhere() -> None:
    contacts = [
        "(blank)" if n % 5 < 2 else MAILS[n] if n % 5 == 2 else MAILS[(n + 9) % COUNT]
        for n in range(COUNT)
    ]
    seen = look(
        {
            "Domain name": DOMAINS,
            "Domain type": cycle(["City", "County", "Special district"]),
            "Organization name": [f"City of {name}" for name in NAMES],
            "Suborganization name": [None] * (COUNT - 1) + ["Office"],
            "City": NAMES,
            "State": cycle(STATES),
            "Security contact email": contacts,
        }
    )
    assert order(seen.uses, COMPANY) == [
        ("Domain name", Role.WEBSITE),
        ("Organization name", Role.COMPANY_NAME),
    ]
    assert order(seen.uses, PERSON) == [("Security contact email", Role.EMAIL)]
    assert helping(seen.uses) == []
    assert "no company: only 3" in seen.uses[-1].why


def test_universities_with_domains_pages_and_two_country_columns() -> None:
    lands = cycle(["United States", "Japan", "France"])
    seen = look(
        {
            "name": [f"{name} University" for name in NAMES],
            "country": lands,
            "alpha_two_code": cycle(["US", "JP", "FR"]),
            "state-province": cycle(["California", "Sindh"]),
            "domains": [d if n % 15 else f"{d} x{d}" for n, d in enumerate(DOMAINS)],
            "web_pages": SITES,
        }
    )
    assert order(seen.uses, COMPANY) == [
        ("domains", Role.WEBSITE),
        ("web_pages", Role.WEBSITE),
        ("name", Role.COMPANY_NAME),
    ]
    assert order(seen.uses, PERSON) == []
    assert helping(seen.uses) == [("country", Role.COUNTRY)]


def test_open_data_companies() -> None:
    urls = [site if n % 4 else DOMAINS[n].upper() + "/index.aspx" for n, site in enumerate(SITES)]
    seen = look(
        {
            "company_name_id": [name.lower().replace(" ", "-") for name in NAMES],
            "company_name": NAMES,
            "url": urls,
            "year_founded": cycle(["1999", "2004"]),
            "city": cycle(CITIES),
            "state": cycle(STATES),
            "country": ["us"] * COUNT,
            "full_time_employees": cycle(["1-10", "11-50", "NA"]),
            "company_type": cycle(["Private", "Public"]),
            "company_category": cycle(["Finance & Investment", "Transportation"]),
            "last_updated": [f"2014-09-{n % 28 + 1:02d} 14:24:52.65" for n in range(COUNT)],
        }
    )
    assert order(seen.uses, COMPANY) == [
        ("url", Role.WEBSITE),
        ("company_name", Role.COMPANY_NAME),
    ]
    assert order(seen.uses, PERSON) == []
    assert helping(seen.uses) == [("country", Role.COUNTRY)]


def test_startups_with_profiles_on_other_sites() -> None:
    slugs = [name.lower().replace(" ", "-") for name in NAMES]
    pages = [f"https://www.linkedin.com/company/{slug}/about/" for slug in slugs]
    pages[::25] = ["https://www.linkedin.com/in/ada-alder"] * len(pages[::25])
    seen = look(
        {
            "company_id": [str(n) for n in range(COUNT)],
            "company_name": NAMES,
            "short_description": [
                f"{word}-grade tools for teams and you!" for word in cycle(_WORDS)
            ],
            "tags": ["['b2b', 'saas']"] * COUNT,
            "location": cycle(CITIES),
            "country": cycle(["US", "IN", "DE"]),
            "founders_names": [f"['{person}', 'Jon Yew']" for person in PEOPLE],
            "team_size": [f"{n}.0" for n in range(COUNT)],
            "website": ["https://" if n % 30 == 0 else site for n, site in enumerate(SITES)],
            "cb_url": [f"https://www.crunchbase.com/organization/{slug}" for slug in slugs],
            "linkedin_url": pages,
        }
    )
    assert order(seen.uses, COMPANY) == [
        ("website", Role.WEBSITE),
        ("linkedin_url", Role.LINKEDIN),
        ("company_name", Role.COMPANY_NAME),
    ]
    assert order(seen.uses, PERSON) == []
    assert helping(seen.uses) == [("country", Role.COUNTRY)]
    assert seen.passed_over == {"cb_url": "its URLs name no company (directory)"}


def test_people_with_everything() -> None:
    """A LinkedIn column stands first for people and third for companies."""
    profiles = [f"https://linkedin.com/in/person-{n}" for n in range(COUNT)]
    profiles[::3] = [f"linkedin.com/company/firm-{n}" for n in range(len(profiles[::3]))]
    uses = look(
        {
            "First Name": [person.split()[0] for person in PEOPLE],
            "Last Name": [person.split()[1] for person in PEOPLE],
            "Job Title": cycle(["Chief Executive Officer", "Vice President Sales"]),
            "Employer": NAMES,
            "LinkedIn": profiles,
            "E-mail": MAILS,
            "Website": SITES,
        }
    ).uses
    assert order(uses, COMPANY) == [
        ("Website", Role.WEBSITE),
        ("E-mail", Role.EMAIL),
        ("LinkedIn", Role.LINKEDIN),
        ("Employer", Role.COMPANY_NAME),
    ]
    assert order(uses, PERSON) == [
        ("LinkedIn", Role.LINKEDIN),
        ("E-mail", Role.EMAIL),
        ("First Name", Role.FIRST_NAME),
        ("Last Name", Role.LAST_NAME),
    ]


def test_headers_that_mislead() -> None:
    uses = look(
        {
            "Website": PEOPLE,
            "Center Director": SITES,
            "Company": [f"+1 555 {n:04d}" for n in range(COUNT)],
            "Contact": MAILS,
        }
    ).uses
    assert order(uses, COMPANY) == [("Center Director", Role.WEBSITE), ("Contact", Role.EMAIL)]
    assert order(uses, PERSON) == [("Contact", Role.EMAIL), ("Website", Role.PERSON_NAME)]


def test_people_under_a_company_header_are_told_by_their_addresses() -> None:
    uses = look({"Company": PEOPLE, "Mail": MAILS}).uses
    assert order(uses, COMPANY) == [("Mail", Role.EMAIL)]
    assert ("Company", Role.COMPANY_NAME) not in order(uses, COMPANY)


def test_a_company_header_is_believed_where_nothing_speaks_against_it() -> None:
    uses = look({"Company": NAMES, "Headcount": ["12"] * COUNT}).uses
    assert order(uses, COMPANY) == [("Company", Role.COMPANY_NAME)]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("website", SENTENCES),
        ("notes", SENTENCES),
        ("website", [str(n) for n in range(30)]),
        ("name", [f"2024-01-{n % 28 + 1:02d}" for n in range(30)]),
        ("product", ["Node.js", "Vue.js", "Blue Kite", "Red Kite"] * 5),
        ("product name", [f"{word} Desk Lamp" for word in _WORDS]),
        ("city", CITIES),
        ("amount", ["1,299.00", "12.50"] * 6),
        ("phone", ["+41 61 555 00 00", "061 555 00 01"] * 6),
        ("state", STATES * 3),
        ("language", ["de", "fr", "it", "en"] * 4),
        ("tags", ["['a', 'b']", "[]"] * 5),
        ("version", ["1.2.3", "10.0.1"] * 5),
        ("logo", [f"https://cdn.{domain}/logo.png" for domain in DOMAINS]),
        ("website", [None] * 5),
        ("website", ["N/A", "-", ""] * 5),
    ],
)
def test_columns_that_identify_nobody(header: str, cells: list[str | None]) -> None:
    assert look({header: cells}).uses == ()


def test_a_representative_of_our_own_in_every_row() -> None:
    """Few addresses at one domain: neither the row's company nor its person."""
    seen = look({"site": SITES, "owner": cycle(["ada@own.example", "bo@own.example"])})
    assert order(seen.uses, COMPANY) == [("site", Role.WEBSITE)]
    assert order(seen.uses, PERSON) == []
    assert set(seen.passed_over) == {"owner"}


def test_one_site_in_every_row_names_nobody_where_addresses_differ() -> None:
    seen = look({"found on": ["https://www.fair.example/"] * COUNT, "mail": MAILS})
    assert order(seen.uses, COMPANY) == [("mail", Role.EMAIL)]
    assert seen.passed_over == {
        "found on": "nearly all name fair.example, while 'mail' names many companies"
    }


def test_one_company_may_own_the_whole_table() -> None:
    uses = look({"site": ["acme.example", "www.acme.example"] * 20}).uses
    assert order(uses, COMPANY) == [("site", Role.WEBSITE)]


def test_a_second_website_column_must_agree_with_the_first() -> None:
    rivals = DOMAINS[3:] + DOMAINS[:3]
    seen = look({"site": SITES, "shop": [f"shop.{d}" for d in DOMAINS], "rival": rivals})
    assert order(seen.uses, COMPANY) == [("site", Role.WEBSITE), ("shop", Role.WEBSITE)]
    assert seen.passed_over == {"rival": "only 0 % name the company that 'site' names"}


def test_free_mail_only_still_explains_missing_companies() -> None:
    uses = look({"mail": [f"p{n}@gmail.com" for n in range(20)]}).uses
    assert order(uses, COMPANY) == order(uses, PERSON) == [("mail", Role.EMAIL)]


def test_shared_mailboxes_are_no_people() -> None:
    uses = look({"mail": [f"info@{domain}" for domain in DOMAINS]}).uses
    assert order(uses, COMPANY) == [("mail", Role.EMAIL)]
    assert order(uses, PERSON) == []


def test_work_and_private_address_belong_to_one_person() -> None:
    private = [f"p{n}@gmail.com" for n in range(COUNT)]
    uses = look({"Work email": MAILS, "Private email": private}).uses
    assert order(uses, PERSON) == [("Work email", Role.EMAIL), ("Private email", Role.EMAIL)]


def test_only_one_half_of_a_name_is_no_name() -> None:
    uses = look({"site": SITES, "first name": [person.split()[0] for person in PEOPLE]}).uses
    assert order(uses, PERSON) == []


def test_the_reason_counts_the_cells() -> None:
    (use,) = look({"site": [*SITES[:49], "about us", "N/A", ""]}).uses
    assert use == Use("site", Role.WEBSITE, (COMPANY,), "98 % of 50 cells are websites")


def test_a_column_that_begins_empty_is_looked_for_further_down() -> None:
    rows = SAMPLE + 200
    frame = pl.LazyFrame(
        {"n": [str(n) for n in range(rows)], "site": [None] * SAMPLE + cycle(SITES, 200)}
    )
    (use,) = recognise(frame, ["n", "site"])
    assert (use.column, use.role) == ("site", Role.WEBSITE)
    assert "sampled cells" in use.why


def test_columns_of_other_types_and_columns_left_out() -> None:
    frame = pl.LazyFrame(
        {
            "id": [1, 2],
            "day": [datetime.date(2026, 1, 1)] * 2,
            "tags": [["a.example"], ["b.example"]],
            "site": pl.Series(["a.example", "b.example"], dtype=pl.Categorical),
            "shop": ["a.example", "b.example"],
        }
    )
    (use,) = recognise(frame, ["id", "day", "tags", "site"])
    assert (use.column, use.role) == ("site", Role.WEBSITE)


@pytest.mark.parametrize("table", [{}, {"site": []}], ids=["no columns", "no rows"])
def test_nothing_to_look_at(table: dict[str, list[str]]) -> None:
    frame = pl.LazyFrame(table, schema=dict.fromkeys(table, pl.String))
    assert recognise(frame, list(table)) == ()


def test_overrides_name_the_columns_and_their_order() -> None:
    seen = look(
        {"Site": SITES, "Mail": MAILS, "Firm": NAMES, "Land": cycle(["US", "DE"])},
        company=["Mail", "Site"],
    )
    assert order(seen.uses, COMPANY) == [("Mail", Role.EMAIL), ("Site", Role.WEBSITE)]
    assert order(seen.uses, PERSON) == [("Mail", Role.EMAIL)]
    assert helping(seen.uses) == [("Firm", Role.COMPANY_NAME), ("Land", Role.COUNTRY)]
    assert all("named in [identify]" in use.why for use in seen.uses if COMPANY in use.entities)


def test_an_overridden_column_is_taken_for_what_it_holds() -> None:
    seen = look(
        {
            "register": [f"https://www.register.example/{n}" for n in range(COUNT)],
            "who": PEOPLE,
            "LinkedIn": [None] * COUNT,
            "label": NAMES,
        },
        company=["LinkedIn", "register", "label"],
        person=["who"],
    )
    assert order(seen.uses, COMPANY) == [
        ("LinkedIn", Role.LINKEDIN),
        ("register", Role.WEBSITE),
        ("label", Role.COMPANY_NAME),
    ]
    assert order(seen.uses, PERSON) == [("who", Role.PERSON_NAME)]
    assert "register" not in seen.passed_over


def test_one_column_may_be_named_for_both_types() -> None:
    table = {"site": SITES[:2], "who": ["Ada Alder", "Bo Beech"]}
    seen = look(table, company=["site", "who"], person=["who"])
    found = identify(pl.LazyFrame(table), seen.uses, {})
    assert found.entities[COMPANY]["canonical"].to_list() == DOMAINS[:2]
    assert found.entities[PERSON]["canonical"].to_list() == [
        f"ada alder|{DOMAINS[0]}",
        f"bo beech|{DOMAINS[1]}",
    ]


def test_an_override_that_the_table_does_not_have() -> None:
    with pytest.raises(ConfigError, match="company names the column 'Sites'") as error:
        look({"Site": SITES, "Mail": MAILS}, company=["Sites"])
    assert error.value.hint == "did you mean 'Site'?"
    with pytest.raises(ConfigError) as error:
        look({"Site": SITES, "Mail": MAILS}, person=["zzz"])
    assert error.value.hint == "it has Site, Mail"
