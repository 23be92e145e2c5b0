"""What a site states for machines, and of whom."""

from __future__ import annotations

from enrich_cli.adapters.site.page import read
from tests.adapters.site.page_kit import FILLER, ORGANIZATION, ld, values


def test_names_and_mentions_speak_for_a_page_under_another_domain() -> None:
    html = b"<title>Newco (formerly acme.example)</title>" + FILLER.encode()
    page = read(html, "https://newco.example/", "acme.example")
    assert page.mentions
    assert not read(FILLER.encode(), "https://newco.example/", "acme.example").mentions
    named = read(ld(ORGANIZATION).encode(), "https://new.example/", "bluefin-robotics.example")
    assert named.names[:2] == ("Bluefin Robotics", "Bluefin Robotics, Inc.")


def test_an_organization_at_another_address_and_of_another_name_is_not_this_one() -> None:
    html = ld({"@type": "Organization", "name": "Agency", "url": "https://agency.example"}) + FILLER
    assert values(html, "acme.example") == {"language": "en"}


def test_values_are_clean() -> None:
    html = ld(
        {
            "@type": "Organization",
            "name": "Ac\u202eme\u0000 \u200bCo\ud800",
            "url": "https://acme.example",
            "foundingDate": "long ago",
            "numberOfEmployees": "about 12",
            "telephone": {"a": 1},
            "address": ["x", {"addressCountry": "Atlantis", "addressLocality": ["Bern", "Thun"]}],
            "logo": "data:image/png;base64,AAAA",
            "sameAs": {"a": 1},
            "legalName": 10**400,
            "description": "x" * 5_000,
        }
    )
    found = values(html, "acme.example")
    assert found.pop("description") == "x" * 1_000
    assert found == {"company_name": "Acme Co", "city": "Bern"}


def test_the_maker_of_the_site_is_not_its_company() -> None:
    stated = ld({"@type": "BlogPosting", "publisher": {"@type": "Organization", "name": "Blogger"}})
    html = f"<title>Fine Cranes</title>{stated}{FILLER}"
    assert values(html, "acme.example")["company_name"] == "Fine Cranes"
    assert values(stated + FILLER, "blogger.example")["company_name"] == "Blogger"
