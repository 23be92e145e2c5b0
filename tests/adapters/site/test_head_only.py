"""Pages of which no more than the head is read, as all that is wanted stands there."""

from __future__ import annotations

import pytest

from enrich_cli.adapters.site.facts import Page, Verdict
from enrich_cli.adapters.site.merging import best
from enrich_cli.adapters.site.page import read
from enrich_cli.domain.entity import Field
from tests.adapters.site.page_kit import FILLER, ORGANIZATION, ld

STATED = {
    **ORGANIZATION,
    "tickerSymbol": "BLUF",
    "leiCode": "529900T8BM49AURSDO55",
    "vatID": "DE123456789",
    "numberOfEmployees": {"@type": "QuantitativeValue", "minValue": 51, "maxValue": 200},
    "sameAs": [
        "https://www.linkedin.com/company/bluefin-robotics",
        "https://x.com/bluefin",
        "https://fb.com/bluefin",
        "https://www.instagram.com/bluefin",
        "https://www.youtube.com/@bluefin",
        "https://github.com/bluefin",
        "https://www.tiktok.com/@bluefin",
        "https://www.crunchbase.com/organization/bluefin-robotics",
    ],
}
IN_HEAD = (
    *("company_name", "legal_name", "description", "language", "logo_url", "website"),
    *("company_phone", "company_email", "founded_year", "employee_range", "industry", "lei"),
    *("ticker", "vat_id", "company_linkedin", "company_twitter", "company_facebook"),
    *("company_instagram", "company_youtube", "company_github", "company_tiktok"),
    *("company_crunchbase",),
)


def page(head: str, *wanted: str) -> Page:
    html = f'<html lang="en"><head>{head}</head><body>{FILLER * 40}</body></html>'
    url, domain = "https://bluefin-robotics.example/", "bluefin-robotics.example"
    fields = frozenset(Field(name) for name in wanted)
    return read(html.encode(), url, domain, "text/html", fields)


@pytest.mark.parametrize("wanted", IN_HEAD)
def test_what_is_stated_in_the_head_is_read_without_the_body(wanted: str) -> None:
    found = page(ld(STATED), wanted)
    assert found.verdict is Verdict.SITE
    assert not found.whole
    assert wanted == "website" or Field(wanted) in best(found.facts)


@pytest.mark.parametrize("wanted", IN_HEAD)
def test_what_is_not_stated_there_is_looked_for_in_the_body(wanted: str) -> None:
    name, url = ORGANIZATION["name"], ORGANIZATION["url"]
    found = page(ld({"@type": "Organization", "name": name, "url": url}), wanted, "city")
    assert found.whole
    alone = page(ld({"@type": "Organization", "name": name, "url": url}), wanted)
    assert alone.whole is (wanted not in ("company_name", "language", "website"))


@pytest.mark.parametrize("wanted", ["city", "technologies", "contact_page", "feed_url"])
def test_what_is_gathered_from_many_places_takes_the_whole_page(wanted: str) -> None:
    assert page(ld(STATED), "company_name", wanted).whole
