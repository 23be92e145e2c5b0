"""Which of several facts is taken."""

from __future__ import annotations

from enrich_cli.adapters.site.facts import CONFIDENCE, Fact, Source
from enrich_cli.adapters.site.merging import best


def test_an_address_is_taken_from_one_place_as_a_whole() -> None:
    facts = [
        Fact("city", "Bern", Source.STATED, "https://a.example/"),
        Fact("region", "Bavaria", Source.MARKED, "https://a.example/"),
        Fact("country", "DE", Source.STATED, "https://a.example/contact"),
        Fact("country", "CH", Source.STATED, "https://a.example/"),
    ]
    found = best(facts)
    assert {name: value.content for name, value in found.items()} == {
        "city": "Bern",
        "country": "CH",
    }


def test_the_first_of_equals_wins_and_technologies_are_gathered() -> None:
    facts = [
        Fact("company_email", "office@a.example", Source.MAIL_OTHER, "1"),
        Fact("technologies", ("jQuery",), Source.SIGN, "1"),
        Fact("company_email", "info@a.example", Source.MAIL_GENERAL, "2"),
        Fact("company_email", "hello@a.example", Source.MAIL_GENERAL, "3"),
        Fact("technologies", ("Matomo", "jQuery"), Source.SIGN, "2"),
    ]
    found = best(facts)
    mail = found[next(name for name in found if name == "company_email")]
    assert (mail.content, mail.confidence, mail.url) == (
        "info@a.example",
        CONFIDENCE[Source.MAIL_GENERAL],
        "2",
    )
    assert [v.content for n, v in found.items() if n == "technologies"] == [("Matomo", "jQuery")]


def test_every_source_has_its_trust() -> None:
    assert set(CONFIDENCE) == set(Source)
    assert all(0 < trust <= 1 for trust in CONFIDENCE.values())


def test_an_address_is_completed_by_another_that_names_the_same_city() -> None:
    facts = [
        Fact("city", "Bern", Source.STATED, "1"),
        Fact("country", "CH", Source.STATED, "1"),
        Fact("city", "BERN", Source.ADDRESS_TEXT, "2"),
        Fact("street_address", "Gasse 1", Source.ADDRESS_TEXT, "2"),
        Fact("city", "Thun", Source.ADDRESS_ELEMENT, "3"),
        Fact("street_address", "Weg 2", Source.ADDRESS_ELEMENT, "3"),
    ]
    found = {str(name): value.content for name, value in best(facts).items()}
    assert found == {"city": "Bern", "country": "CH", "street_address": "Gasse 1"}


def test_the_domains_country_counts_only_where_nothing_better_does() -> None:
    ending = Fact("country", "DE", Source.DOMAIN, "1")
    place = [Fact("city", "Bern", Source.STATED, "1"), Fact("country", "CH", Source.STATED, "1")]
    assert [v.content for v in best([ending]).values()] == ["DE"]
    assert [v.content for v in best([*place, ending]).values()] == ["Bern", "CH"]
    assert [v.content for v in best([place[0], ending]).values()] == ["Bern", "DE"]


def test_a_telephone_number_gets_the_companys_country() -> None:
    facts = [
        Fact("company_phone", "031 555 01 00", Source.PHONE_LINK, "1"),
        Fact("country", "CH", Source.STATED, "2"),
    ]
    phone = next(value for name, value in best(facts).items() if name == "company_phone")
    assert (phone.content, phone.url) == ("+41315550100", "1")
