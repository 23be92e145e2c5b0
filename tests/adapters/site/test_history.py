"""Years of foundation and numbers of people, told in words."""

from __future__ import annotations

import pytest

from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.history import employees, founded


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("Founded in 1997 by two sisters.", "1997"),
        ("We were established in Leeds in 1921.", "1921"),
        ("Est. 1888", "1888"),
        ("Die Firma wurde 1954 gegründet.", "1954"),
        ("Gründungsjahr: 2003", "2003"),
        ("Entreprise fondée à Brest en 1987", "1987"),
        ("Fundada en el año 1990", "1990"),
        ("Fondata a Torino nel 1965", "1965"),
        ("Het bedrijf is in 1950 opgericht", "1950"),
        ("Företaget grundades 1896", "1896"),
        ("Firma została założona w 1954 roku", "1954"),
        ("1948年創業", "1948"),
        ("公司成立于1992年", "1992"),
        ("Компания основана в 1997 году", "1997"),
    ],
)
def test_the_year_of_foundation(text: str, year: str) -> None:
    assert founded(text) == (year, Source.FOUNDED_TOLD)


def test_since_when_it_is_there_is_trusted_less() -> None:
    assert founded("Family business since 1950") == ("1950", Source.SINCE)
    assert founded("Since 1950. The firm was founded in 1931.") == ("1931", Source.FOUNDED_TOLD)


@pytest.mark.parametrize(
    "text",
    [
        "Industry leader since 1978.",
        "An American tradition since 1899\nMore",
        "Looms\nsince 1911\n12 High Street",
        "That is why we have been the place to buy looms since 1996, says he.",
        "Acme has been making looms for weavers near and far since 1996.",
        "Tejemos tapetes desde 1972 con lana teñida en casa",
        "Надежно работаем с 2010г.",
    ],
)
def test_slogans_and_what_is_said_of_us_tell_since_when(text: str) -> None:
    assert founded(text, "acme")[1] is Source.SINCE
    assert founded(text, "acme")[0]


@pytest.mark.parametrize(
    "text",
    [
        "El Niño reaches a level that was not seen since 1997, says the office.",
        "She is living and working on the island since 1996 and paints.",
        "las más altas para ese período en todo el país y en Europa desde 1995",
        "The village is proud of its bridge of stone. Since 1983 he has kept it.",
        "© Copyright since 2014",
        "since 1999-2004",
        "founded in the 1920s",
        "In seinem Jahrzehnt, gegründet in den 1920er Jahren",
        "The company was founded. In 2004 it moved.",
    ],
)
def test_what_is_told_of_others_is_no_year_of_foundation(text: str) -> None:
    assert founded(text, "acme")[0] is None


@pytest.mark.parametrize(
    "text",
    [
        "© 1999-2026 Acme",
        "Model 1997",
        "call 1990 now",
        "price: €1,950",
        "1850.50",
        "1,997 founded",
    ],
)
def test_other_numbers_are_no_years(text: str) -> None:
    assert founded(text)[0] is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("We have 120 employees in two towns", 120),
        ("Our 1,200 employees", 1_200),
        ("Heute arbeiten 45 Menschen bei uns", 45),
        ("mit 2.500 Mitarbeiterinnen und Mitarbeitern", 2_500),
        ("une équipe de 38 salariés", 38),
        ("emprega 31 pessoas", 31),
        ("conta oggi 12 dipendenti", 12),
        ("Er werken 19 medewerkers", 19),
        ("har i dag 22 anställda", 22),
        ("従業員 45名", 45),
        ("a team of 9 people", 9),
        ("more than 3000 employees", 3_000),
    ],
)
def test_how_many_people_work_there(text: str, count: int) -> None:
    assert employees(text) == count


@pytest.mark.parametrize(
    "text",
    [
        "2,000 people visited us", "1 employee", "1998 employees", "over 900 customers",
        "$500 employees", "5 people came\nwe work hard", "0800 123 456",
    ],
)  # fmt: skip
def test_other_numbers_count_other_things(text: str) -> None:
    assert employees(text) is None
