"""Postal addresses in text, as they are written in each country."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.adapters.site.postal import Place, first_place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Musterweg 12\n80331 München", Place("Musterweg 12", "München", "", "80331")),
        ("Musterweg 12a, D-80331 München", Place("Musterweg 12a", "München", "", "80331", "DE")),
        ("Ring 5 · 1010 Wien · Österreich", Place("Ring 5", "Wien", "", "1010", "AT")),
        ("Hauptstrasse 1 | CH-8001 Zürich", Place("Hauptstrasse 1", "Zürich", "", "8001", "CH")),
        ("12 rue du Lac\n74000 Annecy\nFrance",
         Place("12 rue du Lac", "Annecy", "", "74000", "FR")),
        ("Via Roma, 5\n20121 Milano (MI)", Place("Via Roma, 5", "Milano", "MI", "20121")),
        ("Keizersgracht 1\n1015 CJ Amsterdam",
         Place("Keizersgracht 1", "Amsterdam", "", "1015 CJ", "NL")),
        ("ul. Długa 7\n00-238 Warszawa", Place("ul. Długa 7", "Warszawa", "", "00-238", "PL")),
        ("Rua Nova 3\n1200-001 Lisboa", Place("Rua Nova 3", "Lisboa", "", "1200-001", "PT")),
        ("Storgatan 4\n111 22 Stockholm\nSverige",
         Place("Storgatan 4", "Stockholm", "", "111 22", "SE")),
        ("1 Mill Road\nCambridge\nCB1 2AZ", Place("1 Mill Road", "Cambridge", "", "CB1 2AZ", "GB")),
        ("1 Mill Road, Cambridge CB1 2AZ", Place("1 Mill Road", "Cambridge", "", "CB1 2AZ", "GB")),
        ("500 Main Street, Springfield, IL 62701",
         Place("500 Main Street", "Springfield", "IL", "62701", "US")),
        ("500 Main Street\nSpringfield IL 62701-1234",
         Place("500 Main Street", "Springfield", "IL", "62701-1234", "US")),
        ("9 King St\nToronto, ON M5H 1A1", Place("9 King St", "Toronto", "ON", "M5H 1A1", "CA")),
        ("2 George Street\nSydney NSW 2000",
         Place("2 George Street", "Sydney", "NSW", "2000", "AU")),
        ("〒100-0001 東京都千代田区千代田1-1",
         Place("千代田1-1", "千代田区", "東京都", "100-0001", "JP")),
        ("Registered office: 4 High Street, York YO1 7HH",
         Place("4 High Street", "York", "", "YO1 7HH", "GB")),
    ],
)  # fmt: skip
def test_addresses(text: str, place: Place) -> None:
    assert first_place(text, plain=False) == place


@pytest.mark.parametrize(
    "text",
    [
        "Top 10 awards\n2019 Best supplier",
        "Since 1998\n2020 Acme",
        "© 2026 Acme\nAll rights reserved",
        "Tel. 089 123456\n80331 München",
        "Order 12345 Widgets",
        "80331 München",
        "call us at 555\n12345 Anytown",
        "",
        "Version 2\n10101 Release",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert first_place(text, plain=False) is None


def test_on_a_page_about_addresses_a_number_makes_a_street() -> None:
    text = "Oberes Feld 7\n9000 St. Gallen"
    assert first_place(text, plain=False) is None
    assert first_place(text, plain=True) == Place("Oberes Feld 7", "St. Gallen", "", "9000")


@given(st.text(max_size=300), st.booleans())
def test_no_text_makes_it_raise(text: str, plain: bool) -> None:
    place = first_place(text, plain=plain)
    assert place is None or (place.city and place.postal_code)
