"""Names of companies, people and countries as identifiers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.domain.lists import lines
from enrich_cli.tables.normal import company_name, person_name
from enrich_cli.tables.normal import country as country_code


def applied(
    function: Callable[[pl.Series], pl.Series], cells: Iterable[str | None]
) -> dict[str | None, str | None]:
    listed = list(cells)
    found = function(pl.Series(listed, dtype=pl.String)).to_list()
    return dict(zip(listed, found, strict=True))


def country(cells: pl.Series) -> pl.Series:
    return cells.to_frame("cell").select(country_code(pl.col("cell"))).to_series()


COMPANIES = {
    "Innosense Llc": "innosense",
    "Innosense, LLC": "innosense",
    "INNOSENSE L.L.C.": "innosense",
    "Acme": "acme",
    " acme  ": "acme",
    "Acme Inc": "acme",
    "Acme, Inc.": "acme",
    "Acme Incorporated": "acme",
    "Acme Co., Ltd.": "acme",
    "Acme Pty Ltd": "acme",
    "Acme Pvt. Ltd.": "acme",
    "Acme (Pty) Ltd": "acme",
    "Acme Private Limited": "acme",
    "Acme Sdn. Bhd.": "acme",
    "Acme GmbH": "acme",
    "Acme G.m.b.H.": "acme",
    "Acme GmbH & Co. KG": "acme",
    "Acme UG (haftungsbeschränkt)": "acme",
    "Acme AG": "acme",
    "Acme S.A.": "acme",
    "Acme S.A. de C.V.": "acme",
    "Acme, S. de R.L. de C.V.": "acme",
    "Acme S.à r.l.": "acme",
    "Acme SARL": "acme",
    "Acme S.p.A.": "acme",
    "Acme SpA": "acme",
    "Acme Spa": "acme spa",
    "ACME SPA": "acme spa",
    "Acme Limited Liability Company": "acme",
    "Acme S.r.l.": "acme",
    "Acme B.V.": "acme",
    "Acme N.V.": "acme",
    "Acme Oy": "acme",
    "Acme A/S": "acme",
    "Acme ApS": "acme",
    "Acme AB (publ)": "acme",
    "Acme Sp. z o.o.": "acme",
    "Acme s.r.o.": "acme",
    "Acme d.o.o.": "acme",
    "Acme K.K.": "acme",
    "Acme Ltda.": "acme",
    "PT Acme Tbk": "acme",
    "ООО «Акме»": "акме",
    "Акме, ООО": "акме",
    "株式会社アクメ": "アクメ",
    "アクメ株式会社": "アクメ",
    "アクメ㈱": "アクメ",
    "(株)アクメ": "アクメ",
    "阿克米有限公司": "阿克米",
    "아크메 주식회사": "아크메",
    "Société Acme": "societe acme",
    "SOCIETE ACME": "societe acme",
    "Acmé": "acme",
    "Łódź Foods": "lodz foods",
    "Straße Straße": "strasse strasse",
    "Smith & Sons": "smith and sons",
    "Smith and Sons": "smith and sons",
    "Smith & Co.": "smith",
    "AT&T Inc.": "at and t",
    "McAcme's": "mcacmes",
    "McAcme’s": "mcacmes",
    "J.P. Acme": "jp acme",
    "A.P.Moller": "ap moller",
    "3M Company": "3m",
    "37acmes": "37acmes",
    "Acme-Widgets": "acme widgets",
    "Acme / Widgets": "acme widgets",
    "Acme: Widgets!": "acme widgets",
    '"Acme"': "acme",
    "Acme\u00a0Inc.": "acme",
    "Ａｃｍｅ": "acme",
    "\u200bAcme\u200b": "acme",
    "Acme.example, Inc.": "acme example",
    "Acme.example": "acme example",
    "C++ Ltd": "c++",
    "Acme (UK) Ltd": "acme uk",
    "Acme Group Holdings": "acme group holdings",
    # Never empty, never meaningless.
    "Company Inc": "company",
    "Company": "company",
    "AG": "ag",
    "Inc.": "inc",
    "X Corp": "x corp",
    "Unknown LLC": "unknown llc",
    "The Limited": "the limited",
    "The Acme Company": "the acme",
    "Acmes Unlimited": "acmes unlimited",
    "Bakery De Vos": "bakery de vos",
    "Acme PC": "acme pc",
}
NO_COMPANIES = (
    *("", " ", "N/A", "n/a", "-", "--", "(blank)", "none", "NULL", "unknown", "TBD", "?", "."),
    *("12345", "42", "+1 555 0100", "$", "xxx"),
    *("https://acme.example", "http://acme.example/a", "www.acme.example", "acme.example"),
    *("acme.example/", "jane@acme.example", "Jane <jane@acme.example>", "@acme"),
    *("Node.js", "node.js", "ASP.NET", "report.pdf", "ACME.EXAMPLE"),
    "word " * 40,
)
PEOPLE = {
    "Leo Willow": "leo willow",
    "LEO WILLOW": "leo willow",
    "  Leo   Willow ": "leo willow",
    "Dr. Leo Willow": "leo willow",
    "Prof. Dr. Leo Willow": "leo willow",
    "Mr Leo Willow": "leo willow",
    "Leo Willow, PhD": "leo willow",
    "Leo Willow Ph.D.": "leo willow",
    "Leo Willow MBA, CFA": "leo willow",
    "Leo Willow, CEO": "leo willow",
    "Leo Willow, Vice President": "leo willow",
    "Leo Willow - CEO": "leo willow",
    "Leo Willow – Head of Sales": "leo willow",
    "Leo Willow | Acme": "leo willow",
    "Leo Willow (he/him)": "leo willow",
    'Leo "Lee" Willow': "leo willow",
    "Leo WillowTitle: CEO/CFO": "leo willow",
    "Leo WillowTitle: Director, 3D Systems (Level 4)": "leo willow",
    "Willow, Leo": "leo willow",
    "WILLOW, Leo": "leo willow",
    "van Willow, Leo": "leo van willow",
    "Willow, Leo, PhD": "leo willow",
    "Willow, Leo Q.": "leo q willow",
    "Leo Q. Willow": "leo q willow",
    "Leo Q Willow": "leo q willow",
    "Leo Willow Jr.": "leo willow jr",
    "Leo Willow, Jr.": "leo willow jr",
    "Leo Willow, Jr., PhD": "leo willow jr",
    "L. M. Willow": "l m willow",
    "Léo Wíllow": "leo willow",
    "Ünal Şahın": "unal sahin",
    "Léa O’Willow": "lea o'willow",
    "Anne-Marie O'Willow": "anne-marie o'willow",
    "Ма́рия Ивовая": "мария ивовая",
    "柳レオ": "柳レオ",
    "버들 레오": "버들 레오",
    "Leo\u00a0Willow": "leo willow",
}
NO_PEOPLE = (
    *("", "N/A", "-", "(blank)", "none", "unknown", "Unknown Unknown", "n/a n/a", "test user"),
    *("Leo", "Dr. Willow", "L.", "a b", "X Y", "Leo, PhD"),
    *("CEO", "Vice President", "Managing Director", "Head of Sales", "First Name Last Name"),
    *("Acme Widgets Inc.", "Acme Widgets GmbH", "Acme Widgets Limited"),
    *("user 12", "leo@acme.example", "Leo leo@acme.example", "https://acme.example", "555 0100"),
    "one two three four five six seven",
)
COUNTRIES = {
    "US": "US",
    "us": "US",
    "USA": "US",
    "U.S.": "US",
    "U.S.A.": "US",
    "United States": "US",
    "The United States of America": "US",
    "Estados Unidos": "US",
    "UK": "GB",
    "GB": "GB",
    "Great Britain": "GB",
    "England": "GB",
    "DE": "DE",
    "deu": "DE",
    "Germany": "DE",
    " DEUTSCHLAND ": "DE",
    "Allemagne": "DE",
    "Netherlands": "NL",
    "The Netherlands": "NL",
    "Côte d'Ivoire": "CI",
    "Cote d’Ivoire": "CI",
    "Ivory Coast": "CI",
    "Korea, Republic of": "KR",
    "South Korea": "KR",
    "Viet Nam": "VN",
    "Türkiye": "TR",
    "Turkey": "TR",
    "Bosnia & Herzegovina": "BA",
    "日本": "JP",
    "Россия": "RU",
    "Ελλάδα": "GR",
    "EL": "GR",
    "NA": "NA",
    "Namibia": "NA",
    "XK": "XK",
}
NO_COUNTRIES = ("", "N/A", "-", "Congo", "Virgin Islands", "Europe", "XX", "Bavaria", "U", "1")


@pytest.mark.parametrize(
    ("function", "table"),
    [
        (company_name, COMPANIES | dict.fromkeys(NO_COMPANIES)),
        (person_name, PEOPLE | dict.fromkeys(NO_PEOPLE)),
        (country, COUNTRIES | dict.fromkeys(NO_COUNTRIES)),
    ],
    ids=["companies", "people", "countries"],
)
def test_table(
    function: Callable[[pl.Series], pl.Series], table: dict[str | None, str | None]
) -> None:
    assert applied(function, table) == table
    assert applied(function, [None]) == {None: None}


PIECES = st.sampled_from(
    [
        *("acme", "Acme", "leo", "Willow", "é", "İ", "ß", "ς", "Σ", "ǅ", "ﬁ", "日本", "株式会社"),
        *(
            "(株)",
            "inc",
            "Inc.",
            "LLC",
            "l.l.c.",
            "GmbH",
            "& Co. KG",
            "co",
            "and",
            "the",
            "pt",
            "ag",
        ),
        *(
            "ООО",
            "s",
            "a",
            "S.A.",
            "n/a",
            "none",
            "x",
            "unknown",
            ".",
            ",",
            "-",
            "'",
            "’",
            "&",
            "+",
        ),
        *("#", "/", "(", ")", '"', "@", "1", "Dr.", "PhD", "CEO", "Title:", "van", "jr", "\u200b"),
        *("\u0308", "\u0301", "अ", "ा", "़", "가", "ᄀ", "ᅡ", "°", "™", "🙂", "\u0345", "ͅ", "ꟸ"),
    ]
)
NAMES = (
    st.text(max_size=25)
    | st.lists(PIECES, max_size=7).map(" ".join)
    | st.lists(PIECES, max_size=5).map("".join)
)


@pytest.mark.parametrize("function", [company_name, person_name, country])
@settings(max_examples=60, deadline=None)
@given(cells=st.lists(NAMES, min_size=1, max_size=40))
def test_whatever_is_a_name_is_its_own_name(
    function: Callable[[pl.Series], pl.Series], cells: list[str]
) -> None:
    names = {name for name in applied(function, cells).values() if name is not None}
    assert applied(function, names) == {name: name for name in names}
    assert all(name.strip() == name and "  " not in name and name for name in names)


MEANINGLESS = {
    word for name in ("legal_forms", "legal_prefixes", "placeholders") for word in lines(name)
}
WORDS = st.from_regex(r"[a-z]{5,9}", fullmatch=True).filter(lambda word: word not in MEANINGLESS)


@settings(max_examples=80, deadline=None)
@given(
    words=st.lists(WORDS, min_size=1, max_size=3),
    form=st.sampled_from([form for form in lines("legal_forms") if form.isascii()]),
    between=st.sampled_from([" ", ", ", ",", "  ", " - "]),
    end=st.sampled_from(["", ".", " "]),
    change=st.sampled_from([str.upper, str.title, str.lower]),
)
def test_a_legal_form_makes_no_other_company(
    words: list[str], form: str, between: str, end: str, change: Callable[[str], str]
) -> None:
    name = " ".join(words)
    written = change(f"{name}{between}{form}{end}")
    assert applied(company_name, [written]) == {written: name}
