"""Names and domains that are alike."""

from __future__ import annotations

import pytest

from enrich_cli.adapters.site.likeness import label, resembles
from enrich_cli.adapters.site.links import same_site
from tests.adapters.site.page_kit import FILLER, values


@pytest.mark.parametrize(
    ("name", "domain", "alike"),
    [
        ("Acme", "acme.example", True),
        ("ACME Robotics Inc.", "acme.example", True),
        ("Acme Robotics", "acmerobotics.example", True),
        ("Acme", "acme-robotics.example", True),
        ("Müller", "mueller.example", True),
        ("Müller", "muller.example", True),
        ("International Widget Makers", "iwm.example", True),
        ("SAP SE", "sap.example", True),
        ("Zürcher Käserei", "xn--bckerei-5wa.example", False),
        ("Bäckerei", "xn--bckerei-5wa.example", True),
        ("Home", "acme.example", False),
        ("Quality since 1900", "acme.example", False),
        ("", "acme.example", False),
        ("", "xn--ls8h.example", False),  # a domain of one sign that is no letter
        ("Quality", "xn--ls8h.example", False),
    ],
)
def test_names_and_domains_that_are_alike(name: str, domain: str, alike: bool) -> None:
    assert resembles(name, label(domain)) is alike


def test_same_site() -> None:
    assert same_site("acme.example", "acme.example")
    assert same_site("www.acme.example", "acme.example")
    assert not same_site("notacme.example", "acme.example")
    assert not same_site("acme.example.evil.example", "acme.example")


def test_a_page_under_a_domain_of_signs_is_read() -> None:
    found = values("<title>Fine Goods</title>" + FILLER, "xn--ls8h.example")
    assert found["company_name"] == "Fine Goods"
