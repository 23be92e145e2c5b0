"""Tax numbers and numbers of registers in the text of a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.adapters.site.numbers import register_number, tax_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("USt-IdNr.: DE 123 456 789", "DE123456789"),
        ("USt-ID DE123456789 HRB 4711", "DE123456789"),
        ("UID: CHE-123.456.789 MWST", "CHE123456789"),
        ("ATU12345678, UID", None),
        ("UID-Nr. ATU 12345678", "ATU12345678"),
        ("TVA intracommunautaire : FR 12 345 678 901", "FR12345678901"),
        ("P. IVA IT01234567890", "IT01234567890"),
        ("BTW NL123456789B01", "NL123456789B01"),
        ("VAT reg. no. GB 123 4567 89", "GB123456789"),
        ("VAT No. IE 1234567 FA", "IE1234567FA"),
        ("CIF: ESB12345678", "ESB12345678"),
        ("VAT: DE 12345", None),
        ("DE123456789", None),
        ("Our VAT rate in DE is 19", None),
    ],
)
def test_tax_numbers(text: str, number: str | None) -> None:
    assert tax_number(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Amtsgericht Flensburg, HRB 12345", "HRB 12345"),
        ("HRA Nr. 123 B", "HRA 123 B"),
        ("Firmenbuch FN 123456 a, Wien", "FN 123456 a"),
        ("Registered in England, company number 01234567", "01234567"),
        ("Company No. SC123456", "SC123456"),
        ("RCS Paris, SIREN 123 456 789", "123 456 789"),
        ("KvK-nummer: 12345678", "12345678"),
        ("CVR-nr. 12345678", "12345678"),
        ("Call 01234567", None),
        ("Our company number one goal", None),
    ],
)
def test_register_numbers(text: str, number: str | None) -> None:
    assert register_number(text) == number


@given(st.text(max_size=2_000))
def test_any_text_is_read(text: str) -> None:
    for found in (tax_number(f"VAT {text}"), register_number(f"HRB {text}")):
        assert found is None or 0 < len(found) < 30
