"""Raw values to the catalogue's types and formats."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.adapters.coerce import MAX_TEXT, coerce
from enrich_cli.adapters.identity import canonical, fits
from enrich_cli.domain.entity import CATALOGUE, Field, FieldType, IdKind

CASES: dict[str, list[tuple[object, object]]] = {
    "company_name": [
        ("  Acme \t Optics\n", "Acme Optics"),
        ("Acme\x00\x1b[31m\u202e", "Acme[31m"),
        ("Z\xfcrich \u2013 \u6771\u4eac", "Z\xfcrich \u2013 \u6771\u4eac"),
        (["", None, "Acme"], "Acme"),
        (120, "120"),
        (120.0, "120"),
        (0.5, "0.5"),
        ("half\ud800", "half"),
        (True, None),
        (False, None),
        (None, None),
        ({}, None),
        ([], None),
        ("", None),
        ("  ", None),
        ("N/A", None),
        ("null", None),
        ("None", None),
        ("-", None),
        (float("nan"), None),
    ],
    "employee_count": [
        (120, 120),
        (120.0, 120),
        ("120", 120),
        ("120.0", 120),
        ("1,200", 1200),
        ("1'200", 1200),
        ("1 200", 1200),
        ("10001", 10001),
        ("5k", 5000),
        ([120], 120),
        (0, 0),
        ("51-200", None),
        ("10001+", None),
        ([51, 200], None),
        (True, None),
        (-5, None),
        ("-5", None),
        (float("nan"), None),
        (float("inf"), None),
        (2**63, None),
        ("9" * 30, None),
        ("1,2", None),
        ("1,20,000", None),
        ("many", None),
        ("", None),
    ],
    "funding_total": [
        ("$20,000,000", 20_000_000),
        ("20M", 20_000_000),
        ("USD 1.5b", 1_500_000_000),
        (1234567.6, 1_234_568),
        ("\u20ac5M", None),
    ],
    "founded_year": [
        (2009, 2009),
        (2009.0, 2009),
        ("2009", 2009),
        ("2009-03-02", 2009),
        ("2009-03-02T00:00:00Z", 2009),
        ({"year": 2009, "month": 3}, 2009),
        (9, None),
        ("20091", None),
        (3000, None),
        ("c. 2009", None),
        (True, None),
        (None, None),
    ],
    "employee_range": [
        ("51-200", "51-200"),
        ("51-200 employees", "51-200"),
        ("51 \u2013 200", "51-200"),
        ("1,001-5,000", "1001-5000"),
        ("500-1k", "500-1000"),
        ("51 to 200", "51-200"),
        ("10001+", "10001+"),
        ("10,001+ employees", "10001+"),
        ("over-10k", "10001+"),
        (">10000", "10001+"),
        ([51, 200], "51-200"),
        ([10001, None], "10001+"),
        (["51-200"], "51-200"),
        ({"min": 51, "max": 200}, "51-200"),
        ({"from": 10001, "to": None}, "10001+"),
        ("200-51", None),
        ("some", None),
        (120, None),
        ([1, 2, 3], None),
        (True, None),
        ({}, None),
    ],
    "domain_registered": [
        ("2009-03-02", "2009-03-02"),
        ("2009-03-02T10:00:00Z", "2009-03-02"),
        ("2009-03-02 10:00", "2009-03-02"),
        ({"year": 2009, "month": 3, "day": 2}, "2009-03-02"),
        ("2009-02-30", None),
        ("2009-03", None),
        ("2009-03-021", None),
        ({"year": 2009}, None),
        (1236000000, None),
    ],
    "website": [
        ("northwind.example", "https://northwind.example"),
        ("HTTP://WWW.Northwind.Example/About?x=Y", "http://www.northwind.example/About?x=Y"),
        ("//northwind.example/a", "https://northwind.example/a"),
        ("northwind.example:8080/x", "https://northwind.example:8080/x"),
        ("ftp://northwind.example", None),
        ("javascript:alert(1)", None),
        ("mailto:a@b.example", None),
        ("https://user@northwind.example", None),
        ("https://", None),
        ("http://[", None),
        ("northwind", None),
        ("two words.example", None),
        ("https://x.example/" + "a" * 3000, None),
    ],
    "company_linkedin": [
        ("linkedin.com/company/Acme", "https://www.linkedin.com/company/acme"),
        ("https://ch.linkedin.com/company/acme/?trk=x", "https://www.linkedin.com/company/acme"),
        ("http://www.linkedin.com/school/acme/about", "https://www.linkedin.com/school/acme"),
        ("https://www.linkedin.com/in/mara", None),
        ("https://linkedin.example/company/acme", None),
        ("notlinkedin.com/company/acme", None),
    ],
    "person_linkedin": [
        ("linkedin.com/in/mara-rivera-example", "https://www.linkedin.com/in/mara-rivera-example"),
        ("https://www.linkedin.com/company/acme", None),
    ],
    "company_twitter": [
        ("https://twitter.com/acme?lang=en", "https://x.com/acme"),
        ("https://mobile.twitter.com/acme/", "https://x.com/acme"),
        ("@acme", "https://x.com/acme"),
        ("https://x.com/", None),
        ("https://example.com/acme", None),
    ],
    "company_facebook": [
        ("facebook.com/acme", "https://www.facebook.com/acme"),
        ("https://de-de.facebook.com/acme/", "https://www.facebook.com/acme"),
        ("https://m.facebook.com/profile.php?id=9", "https://www.facebook.com/profile.php?id=9"),
    ],
    "company_youtube": [
        ("@acme", "https://www.youtube.com/@acme"),
        ("youtube.com/channel/UCx/", "https://www.youtube.com/channel/UCx"),
    ],
    "person_github": [("http://www.github.com/mrivera-nw", "https://github.com/mrivera-nw")],
    "technologies": [
        (["nginx", "nginx", " React ", None, True, ""], ("nginx", "React")),
        ("nginx, React;nginx", ("nginx", "React")),
        ([], None),
        ([None], None),
        ({"a": 1}, None),
        (5, None),
    ],
    "country": [
        ("CH", "CH"),
        ("ch", "CH"),
        ("CHE", "CH"),
        ("switzerland", "CH"),
        ("United States of America", "US"),
        ("U.S.", "US"),
        ("UK", "GB"),
        ("the netherlands", "NL"),
        ("C\xf4te d'Ivoire", "CI"),
        ("NA", "NA"),
        ("N/A", None),
        ("n.a.", None),
        (["Germany"], "DE"),
        ("Atlantis", None),
        (41, None),
    ],
    "person_email": [
        ("Mara@Northwind.Example", "mara@northwind.example"),
        ("mailto:m@x.example", "m@x.example"),
        (True, None),
        ("nobody", None),
        ("a b@x.example", None),
    ],
    "email_status": [("VALID", "valid"), ("unknown", "unknown")],
    "company_type": [("PRIVATE", "private")],
    "lei": [("5493000example00ab12", "5493000EXAMPLE00AB12"), ("5493", None)],
    "revenue": [("$10M-$50M", "$10M-$50M"), (20000000, "20000000"), (2.5e7, "25000000")],
}


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [(field, raw, value) for field, cases in CASES.items() for raw, value in cases],
)
def test_values(field: str, raw: object, value: object) -> None:
    assert coerce(Field(field), raw) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
LIKELY = st.one_of(
    JSON,
    st.from_regex(r"[0-9]{1,5}[-+ ,.][0-9kK]{0,5}"),
    st.from_regex(r"https?://[a-z.]{1,9}/[a-z]*"),
    st.sampled_from([raw for cases in CASES.values() for raw, _ in cases]),
)
HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\ufeff]")


@given(st.sampled_from(list(CATALOGUE)), LIKELY)
def test_whatever_comes_in_has_the_fields_type_and_is_stable(field: Field, raw: object) -> None:
    value = coerce(field, raw)
    if value is None:
        return
    match CATALOGUE[field].type:
        case FieldType.INTEGER:
            assert isinstance(value, int)
            assert not isinstance(value, bool)
            assert 0 <= value < 2**63
        case FieldType.LIST:
            assert isinstance(value, tuple)
            assert len(set(value)) == len(value) > 0
        case _:
            assert isinstance(value, str)
    for text in value if isinstance(value, tuple) else [value]:
        if isinstance(text, str):
            assert text == text.strip() != ""
            assert len(text) <= MAX_TEXT
            assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)
            assert not HIDDEN.search(text)
            text.encode()
    assert coerce(field, list(value) if isinstance(value, tuple) else value) == value


def test_long_text_is_cut() -> None:
    value = coerce(Field("description"), "word " * 10_000)
    assert isinstance(value, str)
    assert MAX_TEXT - 5 <= len(value) <= MAX_TEXT


@pytest.mark.parametrize(
    ("kind", "asked", "said", "same"),
    [
        ("domain", "acme.example", "https://www.ACME.example:443/about", True),
        ("domain", "acme.example", "acme.example.", True),
        ("domain", "acme.example", "acme.example:443", True),
        ("domain", "acme.example", "shop.acme.example", True),
        ("domain", "acme.example", "example", False),
        ("domain", "acme.example", "myacme.example", False),
        ("domain", "xn--mnchen-3ya.example", "M\xfcnchen.example", True),
        ("domain", "acme.example", "", True),
        ("domain", "acme.example", ["other.example", "acme.example"], True),
        ("domain", "acme.example", 5, True),
        ("email", "mara@x.example", "Mara@X.example", True),
        ("email", "mara@x.example", "nobody@x.example", False),
        ("linkedin", "linkedin.com/company/acme", "https://ch.linkedin.com/company/ACME/", True),
        ("linkedin", "linkedin.com/company/acme", "linkedin.com/in/acme", False),
        ("name", "Acme Optics", "ACME Optics, Inc.", True),
        ("name", "Soci\xe9t\xe9 Acme", "societe acme SA", True),
        ("name", "Acme Optics", "Acme Lenses", False),
        ("country", "CH", "Switzerland", True),
        ("country", "CH", "Sweden", False),
    ],
)
def test_whether_a_reply_is_about_what_was_asked(
    kind: str, asked: str, said: object, same: bool
) -> None:
    assert fits(IdKind(kind), asked, said) is same


@given(st.sampled_from(list(IdKind)), st.text())
def test_the_canonical_form_is_stable(kind: IdKind, text: str) -> None:
    once = canonical(kind, text)
    if kind is not IdKind.LINKEDIN or "/" not in once:
        assert canonical(kind, once) == once
