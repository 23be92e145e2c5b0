"""Mailboxes and telephone numbers."""

from __future__ import annotations

import pytest

from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.page import read
from enrich_cli.adapters.site.phone_number import dialled, phone
from tests.adapters.site.page_kit import FILLER, ld, values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("info@acme.example", "info@acme.example"),
        ("Write to: hello@shop.acme.example.", "hello@shop.acme.example"),
        ("info (at) acme (dot) example", "info@acme.example"),
        ("info[at]acme.example", "info@acme.example"),
        ("info {ät} acme [punkt] example", "info@acme.example"),
        ("&#105;nfo&#64;acme.example", "info@acme.example"),
        ("<span data-cfemail='2a43444c456a4b49474f044f524b475a464f'></span>", "info@acme.example"),
        ("acme@acme.example", "acme@acme.example"),
        ("info@other.example", None),
        ("info@notacme.example", None),
        ("jane.doe@acme.example", None),
        ("no-reply@acme.example", None),
        ("your.name@acme.example", None),
        ("logo@2x.png", None),
        ("we met at acme.example", None),
        ("@acme.example", None),
        ("<a href='mailto:'>x</a>", None),
        ("<span data-cfemail='zz'></span><span data-cfemail=''></span>", None),
    ],
)
def test_mailboxes(text: str, found: str | None) -> None:
    assert values(f"<p>{text}</p>{FILLER}", "acme.example").get("company_email") == found


def test_a_stated_mailbox_elsewhere_is_trusted_less() -> None:
    html = ld({"@type": "Organization", "name": "Acme", "email": "acme@mail.example"})
    page = read(html.encode(), "https://acme.example/", "acme.example")
    assert [(f.content, f.source) for f in page.facts if f.field == "company_email"] == [
        ("acme@mail.example", Source.MAIL_OTHER)
    ]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("tel:+41-31-555-01-00", "+41315550100"),
        ("+49 (0)89 / 555 01 00", "+49895550100"),
        ("0041 31 555 01 00", "+41315550100"),
        ("tel:+1%20555%20010%200100;ext=5", "+15550100100"),
        ("(555) 010-0100 ext. 12", "(555) 010-0100"),
        ("031 555 01 00", "031 555 01 00"),
        ("1-877-555-0165 (30", "1-877-555-0165"),  # "(30 lines)"
        ("+1 555", None),
        ("0000000000", None),
        ("1-800-ROBOTS", None),
        ("+1234567890123456", None),
        ("call us", None),
        ("", None),
        (None, None),
    ],
)
def test_phones(raw: object, found: str | None) -> None:
    assert phone(raw) == found


@pytest.mark.parametrize(
    ("number", "country", "found"),
    [
        ("031 555 01 00", "CH", "+41315550100"),
        ("(802) 555-0143", "US", "+18025550143"),
        ("0113 496 0123", "GB", "+441134960123"),
        ("041 555 0100", "IT", "+390415550100"),
        ("8 (495) 555-01-00", "RU", "+74955550100"),
        ("+41315550100", "DE", "+41315550100"),
        ("123 4567", "US", "123 4567"),
        ("031 555 01 00", "XX", "031 555 01 00"),
        ("031 555 01 00", "", "031 555 01 00"),
    ],
)
def test_a_number_gets_the_prefix_of_its_country(number: str, country: str, found: str) -> None:
    assert dialled(number, country) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tel. +41 31 555 01 00", "+41315550100"),
        ("Telefon: 031 555 01 00", "031 555 01 00"),
        ("Call us on (802) 555-0143", "(802) 555-0143"),
        ("☎ 0113 496 0123", "0113 496 0123"),
        ("Fax: +41 31 555 01 99", None),
        ("Telefax +41 31 555 01 99", None),
        ("order no. 031 555 01 00", None),
        ("+41 31 555 01 00", None),
        ("hotel 1234567", None),
    ],
)
def test_numbers_in_the_text(text: str, found: str | None) -> None:
    assert values(f"{FILLER}<p>{text}</p>", "acme.example").get("company_phone") == found


def test_on_a_contact_page_a_number_needs_no_word_before_it() -> None:
    html = f"{FILLER}<p>+41 31 555 01 00</p><p>Fax +41 31 555 01 99</p>"
    url = "https://acme.example/contact"
    assert values(html, "acme.example", url)["company_phone"] == "+41315550100"
