"""Raw cells: what they look like, whom they name, and why they name nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from importlib import resources
from typing import Any

import email_validator
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from enrich_cli.domain.errors import ConfigError, ExitCode
from enrich_cli.domain.lists import lines
from enrich_cli.tables.hosts import HostLists, shipped_lists
from enrich_cli.tables.normal import REJECTIONS, SHAPES, read
from enrich_cli.tables.urls import registrable


def reading(cells: Sequence[str | None], lists: HostLists | None = None) -> pl.DataFrame:
    frame = pl.DataFrame({"cell": list(cells)}, schema={"cell": pl.String})
    return read(frame["cell"], lists=lists)


def one(cell: str | None, lists: HostLists | None = None) -> dict[str, Any]:
    """The fields that say something."""
    row = reading([cell], lists).row(0, named=True)
    return {name: value for name, value in row.items() if value not in (None, False)}


def readings(cells: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The fields that say something, for each cell."""
    listed = list(cells)
    rows = reading(listed).rows(named=True)
    return {
        cell: {name: value for name, value in row.items() if value not in (None, False)}
        for cell, row in zip(listed, rows, strict=True)
    }


WEBSITES = [
    "https://acme.example",
    "http://www.acme.example/",
    "https://www.acme.example/about?utm_source=list#team",
    "acme.example",
    "ACME.EXAMPLE",
    "www.acme.example",
    "WWW.Acme.Example/index.aspx",
    "//acme.example",
    "http:/acme.example",
    "http:\\\\acme.example\\about",
    "htp://acme.example",
    "https://htp://www.acme.example",
    "https//acme.example",
    "http://acme.example:8080/#/",
    "http://user:pw@acme.example/",
    "acme.example:443",
    "acme.example.",
    "  acme.example , ",
    "\u200bacme.example\u00a0",
    "\ufeffhttps://acme.example",
    "ａｃｍｅ．ｅｘａｍｐｌｅ",
    "acme。example",
    "http://%61cme%2Eexample",
    "<https://acme.example>",
    '"acme.example"',
    "“acme.example”",
    "«https://acme.example»",
    "(www.acme.example)",
    "[Acme](https://acme.example/)",
    '<a href="https://acme.example">Acme</a>',
    '<a href="https://acme.example">https://acme.example</a>',
    '=HYPERLINK("https://acme.example","Acme")',
    "Website: acme.example",
    "https://mail.acme.example/login",
    "https://acme.example/a,b;c|d",
    "https://acme.example/say hello",
    "https://acme.example/?next=https://beta.example",
    "https://acme.example/@acme",
    "http://jane@acme.example",
]


def test_every_spelling_of_a_website_is_one_company() -> None:
    expected = {"shape": "website", "domain": "acme.example"}
    assert readings(WEBSITES) == dict.fromkeys(WEBSITES, expected)


EMAILS = [
    "jane@acme.example",
    "Jane@ACME.example",
    " jane@acme.example; ",
    "mailto:jane@acme.example",
    "mailto:jane@acme.example?subject=Hi%20there",
    "E-Mail: jane@acme.example",
    "<jane@acme.example>",
    "Jane Doe <jane@acme.example>",
    '"Doe, Jane" <jane@acme.example>',
    "jane @ acme.example",
    "jane@acme.example.",
    "'jane@acme.example'",
    "ｊａｎｅ＠ａｃｍｅ．ｅｘａｍｐｌｅ",
    "jane@\u200bacme.example",
    '<a href="mailto:jane@acme.example">write</a>',
]


def test_every_spelling_of_an_address_is_one_person() -> None:
    expected = {"shape": "email", "domain": "acme.example", "email": "jane@acme.example"}
    assert readings(EMAILS) == dict.fromkeys(EMAILS, expected)


ADDRESSES: dict[str, dict[str, Any]] = {
    "jane+news@mail.acme.example": {
        "domain": "acme.example",
        "email": "jane+news@mail.acme.example",
    },
    "o'neil_x-1@acme.example": {"domain": "acme.example", "email": "o'neil_x-1@acme.example"},
    "jürgen@bücher.example": {
        "domain": "xn--bcher-kva.example",
        "email": "jürgen@xn--bcher-kva.example",
    },
    "jane@gmail.com": {"email": "jane@gmail.com", "rejected": "free_mail"},
    "jane@GoogleMail.com": {"email": "jane@googlemail.com", "rejected": "free_mail"},
    "jane@yahoo.co.jp": {"email": "jane@yahoo.co.jp", "rejected": "free_mail"},
    "jane@yahoo.com.br": {"email": "jane@yahoo.com.br", "rejected": "free_mail"},
    "jane@hotmail.fr": {"email": "jane@hotmail.fr", "rejected": "free_mail"},
    "jane@gmx.at": {"email": "jane@gmx.at", "rejected": "free_mail"},
    "jane@austin.rr.com": {"email": "jane@austin.rr.com", "rejected": "free_mail"},
    "jane@mailinator.com": {"rejected": "disposable"},
    "jane@anything.mailinator.com": {"rejected": "disposable"},
    "x7k2@privaterelay.appleid.com": {"rejected": "disposable"},
    "jane@facebook.com": {"domain": "facebook.com", "email": "jane@facebook.com"},
    "jane@linkedin.com": {"domain": "linkedin.com", "email": "jane@linkedin.com"},
    "jane@acme.onmicrosoft.com": {
        "email": "jane@acme.onmicrosoft.com",
        "rejected": "shared_host",
    },
    "jane@github.io": {"email": "jane@github.io", "rejected": "shared_host"},
    "jane@acme.github.io": {"domain": "acme.github.io", "email": "jane@acme.github.io"},
    "info@acme.example": {"domain": "acme.example", "email": "info@acme.example", "role": True},
    "No-Reply@acme.example": {
        "domain": "acme.example",
        "email": "no-reply@acme.example",
        "role": True,
    },
    "sales.de@acme.example": {
        "domain": "acme.example",
        "email": "sales.de@acme.example",
        "role": True,
    },
    "support2+web@acme.example": {
        "domain": "acme.example",
        "email": "support2+web@acme.example",
        "role": True,
    },
    "info@gmail.com": {"email": "info@gmail.com", "rejected": "free_mail", "role": True},
    "jane@localhost": {"rejected": "local_name"},
    "jane@acme.local": {"rejected": "local_name"},
    "jane@[192.0.2.1]": {"rejected": "bad_email"},
    "jane@acme": {"rejected": "no_suffix"},
    "jane@acme.educ": {"rejected": "no_suffix"},
    "jane@co.uk": {"rejected": "no_suffix"},
    "@acme.example": {"rejected": "bad_email"},
    "jane@@acme.example": {"rejected": "bad_email"},
    "jane..doe@acme.example": {"rejected": "bad_email"},
    ".jane@acme.example": {"rejected": "bad_email"},
    "jane.@acme.example": {"rejected": "bad_email"},
    "ja(ne@acme.example": {"rejected": "bad_email"},
    "jane@acme..example": {"rejected": "bad_email"},
    "jane@-acme.example": {"rejected": "bad_email"},
    "jane@ac_me.example": {"rejected": "bad_email"},
    "jane@ac!me.example": {"rejected": "bad_email"},
    f"{'j' * 65}@acme.example": {"rejected": "bad_email"},
    "none@none.com": {"rejected": "placeholder"},
    "test@test.example": {"rejected": "placeholder", "role": True},
}


def test_addresses() -> None:
    expected = {cell: {"shape": "email"} | fields for cell, fields in ADDRESSES.items()}
    assert readings(ADDRESSES) == expected


PAGES = {
    "https://www.linkedin.com/company/acme-widgets": "company/acme-widgets",
    "https://www.linkedin.com/company/Acme-Widgets/": "company/acme-widgets",
    "linkedin.com/company/acme-widgets/about/": "company/acme-widgets",
    "http://uk.linkedin.com/company/acme-widgets?trk=x": "company/acme-widgets",
    "https://www.linkedin.com/company/acme-widgets/?viewAsMember=true": "company/acme-widgets",
    "https://www.linkedin.com/company/acme-widgets/admin/feed/posts/": "company/acme-widgets",
    "https://www.linkedin.com/company/acme-widgets/mycompany/verification/": (
        "company/acme-widgets"
    ),
    "https://www.linkedin.com//company//acme-widgets": "company/acme-widgets",
    "https://www.linkedin.com/companies/AcmeWidgets": "company/acmewidgets",
    "https://www.linkedin.com/company-beta/1234567/": "company/1234567",
    "https://www.linkedin.com/mwlite/company/acme": "company/acme",
    "https://www.linkedin.com/organization-guest/company/acme?x": "company/acme",
    "https://www.linkedin.com/sales/company/1234567": "company/1234567",
    "https://m.linkedin.com/company/1234567/admin/": "company/1234567",
    "https://www.linkedin.com/company/acme-inc.": "company/acme-inc.",
    "https://www.linkedin.com/company/%C3%A0-la-carte/about": "company/à-la-carte",
    "https://www.linkedin.com/company/%c3%80-la-carte": "company/à-la-carte",
    "https://www.linkedin.com/company/a%25CC%2580-la-carte": "company/à-la-carte",
    "https://www.linkedin.com/company/à-la-carte": "company/à-la-carte",
    "https://www.linkedin.com/company/salt-&-pepper/": "company/salt-&-pepper",
    "https://www.linkedin.com/school/acme-academy/": "school/acme-academy",
    "https://www.linkedin.com/in/Jane-Doe-1a2b3c/": "in/jane-doe-1a2b3c",
    "www.linkedin.com/in/jane-doe/details/experience/": "in/jane-doe",
    "de.linkedin.com/in/jane-doe/en": "in/jane-doe",
    "https://www.linkedin.com/in/j%C3%BCrgen-d": "in/jürgen-d",
    "https://www.linkedin.com/in/ACoAAABcDeFgHiJkLmNoPqRsTuVwXyZ0123": (
        "in/ACoAAABcDeFgHiJkLmNoPqRsTuVwXyZ0123"
    ),
}
KINDS = {"company": "company", "school": "school", "in": "person"}


def test_linkedin_pages() -> None:
    assert readings(PAGES) == {
        cell: {
            "shape": f"linkedin_{KINDS[page.partition('/')[0]]}",
            "linkedin": f"linkedin.com/{page}",
        }
        for cell, page in PAGES.items()
    }


PAGES_OF_NOBODY = {
    "https://www.linkedin.com/showcase/acme-cloud/": "linkedin_showcase",
    "https://www.linkedin.com/products/acme/": "linkedin_other",
    "https://www.linkedin.com/edu/school?id=4110028": "linkedin_other",
    "https://www.linkedin.com/groups/1234/": "linkedin_other",
    "https://www.linkedin.com/feed/": "linkedin_other",
    "https://www.linkedin.com/pub/jane-doe/1/234/567": "linkedin_other",
    "https://www.linkedin.com/sales/lead/ACwAAA,NAME_SEARCH": "linkedin_other",
    "https://www.linkedin.com/company/": "linkedin_other",
    "https://www.linkedin.com/company/a%20b%00c": "linkedin_other",
    "https://www.linkedin.com/company/%ff%fe": "linkedin_other",
    f"https://www.linkedin.com/company/%{'25' * 5000}41": "linkedin_other",
    "http://linkedin.com/acme": "linkedin_other",
    "https://business.linkedin.com/": "linkedin_other",
}


def test_pages_that_name_nobody() -> None:
    assert readings(PAGES_OF_NOBODY) == {
        cell: {"shape": shape, "rejected": shape} for cell, shape in PAGES_OF_NOBODY.items()
    }


def test_linkedin_itself_is_a_company() -> None:
    expected = {"shape": "website", "domain": "linkedin.com"}
    assert one("https://www.linkedin.com/") == one("linkedin.com?x=1") == expected


REFUSED_SITES = {
    "https://facebook.com/acme": "shared_host",
    "http://www.facebook.com/#!/acme": "shared_host",
    "https://twitter.com/#!/acme": "shared_host",
    "https://www.facebook.com/pages/acme/123": "shared_host",
    "m.facebook.com/acme": "shared_host",
    "https://twitter.com/acme": "shared_host",
    "https://x.com/acme": "shared_host",
    "instagram.com/acme": "shared_host",
    "https://www.youtube.com/@acme": "shared_host",
    "https://medium.com/@acme": "shared_host",
    "https://acme.medium.com": "shared_host",
    "https://acme.substack.com/": "shared_host",
    "https://acme.wordpress.com": "shared_host",
    "https://linktr.ee/acme": "shared_host",
    "https://github.com/acme": "shared_host",
    "https://gitlab.com/acme/tool": "shared_host",
    "https://sites.google.com/view/acme": "shared_host",
    "https://sites.google.com": "shared_host",
    "https://docs.google.com/document/d/1": "shared_host",
    "https://www.google.com/maps/place/acme": "shared_host",
    "https://t.me/acme": "shared_host",
    "http://m.me/acme": "shared_host",
    "https://lnkd.in/abc": "shared_host",
    "https://bit.ly/abc": "shared_host",
    "https://www.amazon.de/dp/1": "shared_host",
    "github.io": "shared_host",
    "https://www.myshopify.com/": "shared_host",
    "https://www.crunchbase.com/organization/acme": "directory",
    "https://www.ycombinator.com/companies/acme": "directory",
    "https://www.sbir.gov/sbc/acme": "directory",
    "https://angel.co/acme": "directory",
    "https://www.producthunt.com/posts/acme": "directory",
    "https://www.g2.com/products/acme": "directory",
    "https://www.yelp.com/biz/acme": "directory",
    "https://www.yelp.co.uk/biz/acme": "directory",
    "https://www.bloomberg.com/profile/company/ACME": "directory",
    "https://en.wikipedia.org/wiki/Acme": "directory",
    "https://www.glassdoor.com/Overview/acme": "directory",
    "https://apps.apple.com/us/app/acme/id1": "app_store",
    "https://itunes.apple.com/us/app/acme/id1": "app_store",
    "https://play.google.com/store/apps/details?id=acme": "app_store",
    "https://chrome.google.com/webstore/detail/acme": "app_store",
    "https://www.gmail.com": "free_mail",
    "gmx.de": "free_mail",
    "https://login.yahoo.com/": "free_mail",
    "mailinator.com": "disposable",
    "http://127.0.0.1:8000": "ip_address",
    "10.0.0.1": "ip_address",
    "http://0x7f.1": "ip_address",
    "http://2130706433/": "ip_address",
    "http://[::1]/": "ip_address",
    "http://localhost/": "local_name",
    "localhost:8080": "local_name",
    "printer.local": "local_name",
    "http://crm.internal/": "local_name",
    "acme.invalid": "local_name",
    "http://acme": "no_suffix",
    "www.acme": "no_suffix",
    "https://acme.nosuchsuffix": "no_suffix",
    "https://www.gov.uk": "no_suffix",
    "http://ac me.example": "bad_host",
    "www.acme.example is down": "bad_host",
    "http://acme..example": "bad_host",
    "http://.acme.example": "bad_host",
    "http://-acme.example": "bad_host",
    "http://acme-.example": "bad_host",
    "http://ac_me.example": "bad_host",
    "http://ac%23me.example": "bad_host",
    "http://1.2.3.4.5": "bad_host",
    f"http://{'a' * 64}.example": "bad_host",
    f"http://{'a.' * 130}example": "bad_host",
    "https://": "placeholder",
    "http://": "placeholder",
    "http://www.": "placeholder",
    "www.": "placeholder",
    "http://n/a": "no_suffix",
    "https://none": "placeholder",
    "https://acme.example, http://www.beta.example": "two_values",
    "acme.example; beta.example": "two_values",
    "acme.example / beta.example": "two_values",
    "acme.example and beta.example": "two_values",
    "acme.example beta.example": "two_values",
    "https://acme.example\nhttps://beta.example": "two_values",
    "www.acme.example|www.beta.example": "two_values",
    "https://acme.example/a https://beta.example/b": "two_values",
}


def test_websites_that_name_no_company() -> None:
    assert readings(REFUSED_SITES) == {
        cell: {"shape": "website", "rejected": why} for cell, why in REFUSED_SITES.items()
    }


@pytest.mark.parametrize("site", ["acme.notion.site", "acme.github.io", "acme.myshopify.com"])
def test_sites_below_a_private_suffix_are_companies(site: str) -> None:
    cells = (site, f"https://www.{site}/docs", f"http://docs.{site.upper()}")
    assert readings(cells) == {cell: {"shape": "website", "domain": site} for cell in cells}


@pytest.mark.parametrize(
    "name",
    ["facebook.com", "crunchbase.com", "github.com", "medium.com", "x.com", "bit.ly", "yelp.com"],
)
def test_the_bare_domain_of_a_shared_host_is_its_company(name: str) -> None:
    for cell in (name, f"https://www.{name}/", f"http://{name}?utm=1", f"{name}/#/"):
        assert one(cell) == {"shape": "website", "domain": name}


@pytest.mark.parametrize(
    "cell",
    [
        "Jane <jane@acme.example>, Bob <bob@beta.example>",
        "jane@a.example bob@b.example",
        "jane@a.example/bob@b.example",
    ],
)
def test_two_addresses_are_none(cell: str) -> None:
    assert one(cell) == {"shape": "email", "rejected": "two_values"}


TEXTS = [
    "Acme Inc.",
    "Acme, Inc",
    "St. Louis",
    "U.S.A.",
    "12.5",
    "3.14.15",
    "2024-01-01",
    "12:30:45",
    "+1 (555) 010-9999",
    "Meet me @ noon",
    "@acme",
    "jane@",
    "a/b",
    "C:\\Users\\acme",
    "We use Node.js and Vue.js at work. See acme.example for more.",
    "Director, Sales",
    "acme.",
    "e.g.",
    "10%",
    "HTTP/2",
]


def test_text_is_left_to_be_a_name() -> None:
    assert readings(TEXTS) == {cell: {"shape": "text"} for cell in TEXTS}


@pytest.mark.parametrize("cell", ["Node.js", "report.pdf", "vue.js/3", "Mr.Smythe"])
def test_dotted_words_without_a_public_suffix_are_text(cell: str) -> None:
    assert one(cell) == {"shape": "text", "rejected": "no_suffix"}


@pytest.mark.parametrize("cell", [None, "", " ", "\t\r\n", "\u200b", "\u00a0\ufeff"])
def test_empty_cells(cell: str | None) -> None:
    assert one(cell) == {"shape": "empty"}


@pytest.mark.parametrize("cell", ["N/A", "n/a", "-", "--", "?", "none", "NULL", "(blank)", "TBD"])
def test_placeholders(cell: str) -> None:
    assert one(f" {cell} ") == {"shape": "text", "rejected": "placeholder"}


def test_one_company_has_one_domain_over_all_spellings() -> None:
    cells = [*WEBSITES, *EMAILS, "X@acme.example", "info@mail.acme.example"]
    assert reading(cells)["domain"].to_list() == ["acme.example"] * len(cells)


# --- the lists -----------------------------------------------------------------------------------


def test_lists_hold_what_people_use() -> None:
    lists = shipped_lists()
    assert len(lists.free_mail) > 500
    assert len(lists.disposable) > 500
    assert lists.free_mail >= {
        "gmail.com",
        "web.de",
        "icloud.com",
        "proton.me",
        "qq.com",
        "163.com",
    }


@pytest.mark.parametrize("name", [field.name for field in fields(HostLists)])
def test_every_entry_of_a_list_does_what_the_list_says(name: str) -> None:
    entries = sorted(getattr(shipped_lists(), name))
    pages = [entry.replace("*", "com").partition("/")[0] for entry in entries]
    paths = [entry.partition("/")[2] or "page" for entry in entries]
    cells = [f"https://www.{page}/{path}" for page, path in zip(pages, paths, strict=True)]
    found = reading(cells)["rejected"].to_list()
    wrong = {cell: why for cell, why in zip(cells, found, strict=True) if why != name}
    assert wrong == {}


def test_no_entry_stands_twice() -> None:
    lists = shipped_lists()
    every = [entry for field in fields(lists) for entry in getattr(lists, field.name)]
    assert len(every) == len(set(every))
    for name in (
        "roles",
        "placeholders",
        "legal_forms",
        "titles",
        *(f.name for f in fields(lists)),
    ):
        assert len(lines(name)) == len(set(lines(name))), name


def test_further_hosts_are_obeyed_and_leave_the_shipped_lists_alone() -> None:
    more = shipped_lists().with_more(
        {
            "free_mail": ["Mail.Acme.example"],
            "directory": ["https-list.example", "lists.test/firms"],
            "shared_host": ["pages.example", "acme.*"],
            "disposable": [],
        }
    )
    cells = {
        "jane@mail.acme.example": "free_mail",
        "jane@acme.example": None,
        "https-list.example/acme": "directory",
        "https-list.example": None,
        "lists.test/firms/1": "directory",
        "lists.test/about": None,
        "beta.pages.example": "shared_host",
        "acme.co.uk/x": "shared_host",
        "acme.co.uk": None,
        "facebook.com/x": "shared_host",
    }
    assert reading(list(cells), more)["rejected"].to_list() == list(cells.values())
    assert one("jane@mail.acme.example")["domain"] == "acme.example"


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"free_mails": ["a.example"]}, ["free_mails", "free_mail, disposable"]),
        ({"free_mail": ["not a host"]}, ["not a host", "free_mail"]),
        ({"directory": ["a.example/b/c"]}, ["a.example/b/c", "directory"]),
        ({"directory": ["localhost"]}, ["localhost", "directory"]),
    ],
)
def test_a_wrong_entry_is_named(extra: dict[str, list[str]], words: list[str]) -> None:
    with pytest.raises(ConfigError) as raised:
        shipped_lists().with_more(extra)
    assert raised.value.code is ExitCode.USAGE
    assert raised.value.hint
    assert all(word in f"{raised.value} {raised.value.hint}" for word in words)


# --- what holds for any text ---------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *(
            "http",
            "https:",
            "://",
            "//",
            ":",
            "/",
            "\\",
            "@",
            ".",
            "?",
            "#",
            "=",
            "&",
            "%",
            "-",
            "_",
        ),
        *("www.", "acme", "acme.example", "b.test", ".com", ".co.uk", "github.io", "localhost"),
        *("linkedin.com", "/in/", "/company/", "/school/", "ACoAAAAAAAAAAAAAAAAAAAAAAA", "jane"),
        *("info", "gmail.com", "facebook.com", "carrd.co", "mailto:", "127.0.0.1", "0x7f", "[::1]"),
        *(
            "xn--",
            "xn--bcher-kva",
            "%41",
            "%C3%A9",
            "%25",
            "%ff",
            "é",
            "ß",
            "Σ",
            "İ",
            "ﬁ",
            "。",
            "①",
        ),
        *(
            "\u200b",
            "\u200d",
            "\u0308",
            "א",
            "क्",
            " ",
            "\t",
            "\n",
            ",",
            ";",
            "|",
            "<",
            ">",
            '"',
            "(",
        ),
        *(")", "[", "]", "{", "n/a", "none", "1", "..", "\x00", "\ufffd", "🙂", "and"),
    ]
)
CELLS = st.text(max_size=25) | st.lists(PIECES, max_size=8).map("".join)
BATCHES = st.lists(CELLS, min_size=1, max_size=40)


@settings(max_examples=30, deadline=None)
@given(BATCHES)
@example(["http://xn--", "a@xn--", "http://-1.0x", "linkedin.com/in/%25%32%35"])
def test_whatever_is_read_reads_as_itself(cells: list[str]) -> None:
    found = reading(cells)
    assert set(found["shape"]) <= set(SHAPES)
    assert set(found["rejected"].drop_nulls()) <= set(REJECTIONS)
    values = found.unpivot(["domain", "email", "linkedin"]).drop_nulls()
    again = reading(values["value"].to_list())
    for row, (name, value) in zip(again.rows(named=True), values.rows(), strict=True):
        assert row[name] == value


@settings(max_examples=25, deadline=None)
@given(BATCHES)
def test_a_domain_passes_through_the_public_suffix_list_unchanged(cells: list[str]) -> None:
    domains = reading(cells).select(pl.col("domain").drop_nulls())
    again = domains.select(registrable(pl.col("domain")).alias("domain"))
    assert again["domain"].to_list() == domains["domain"].to_list()
    assert all(domain.isascii() and domain == domain.lower() for domain in domains["domain"])


@settings(max_examples=40, deadline=None)
@given(BATCHES)
def test_a_cell_names_somebody_or_says_why_not(cells: list[str]) -> None:
    for row in reading(cells).rows(named=True):
        named = row["domain"] or row["linkedin"]
        if row["rejected"]:
            assert not named
        elif row["shape"] not in ("text", "empty"):
            assert named
        if row["shape"] in ("text", "empty"):
            assert not named
            assert not row["email"]
        if row["email"] and row["domain"]:
            assert f".{row['email'].partition('@')[2]}".endswith(f".{row['domain']}")


@settings(max_examples=10, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=4))
def test_every_cell_is_read_alone(cells: list[str]) -> None:
    together = reading([*cells, None])
    assert together.equals(pl.concat([reading([cell]) for cell in [*cells, None]]))


PLAIN = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "http://", "HTTPS://", "https://", "jane.doe@", "info@", "www@"]),
        st.sampled_from(["", "www.", "WWW.", "www2.", "-a.", "in_fo.", "shop."]),
        st.sampled_from(
            ["acme.example", "Acme.co.uk", "linkedin.com", "github.io", "gmail.com", "none.test"]
        )
        | st.from_regex(r"[a-zA-Z0-9_-]{1,5}\.[a-zA-Z]{2,6}", fullmatch=True),
        st.sampled_from(["", "", "/", "?", "#", "/#!/"]),
        st.sampled_from(["", "", "in/", "company/", "Company/", "school/", "showcase/", "//in/"]),
        st.sampled_from(["", "Jane-Doe", "ACoAAAbcdefghijklmnopqrstuvwxyz", "a%20b", "a..b:c+d"]),
        st.sampled_from(["", "/", "/about", "?x=1&y=http://a.b", "#top", "/a%2Fb", "\\c"]),
    ),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(PLAIN, min_size=1, max_size=30))
def test_plain_cells_are_read_as_all_others_are(cells: list[str]) -> None:
    # What cannot be seen changes nothing but the way on which a cell is read.
    assert reading([f"{cell}\u200b" for cell in cells]).equals(reading(cells))


WORDS = st.from_regex(r"[A-Za-z0-9 ,&-]{1,12}", fullmatch=True) | st.sampled_from(
    ["localhost", "LocalHost", "N/A", "none", "None", "-", "unknown", "Acme Inc", "mail", "www"]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=30))
def test_words_are_read_as_all_others_are(cells: list[str]) -> None:
    assert reading([f"{cell}\u200b" for cell in cells]).equals(reading(cells))


SLUGS = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
ANY_PAGE = st.builds(
    "https://{}linkedin.com/{}/{}".format,
    st.sampled_from(["", "www.", "de.", "uk.www."]),
    st.sampled_from(["in", "company", "school", "showcase", "Company", "companies", "jobs"]),
    SLUGS | st.just("ACoAAAbcdefghijklmnopqrstuvwxyz") | SLUGS.map(lambda slug: f"{slug}/About"),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(ANY_PAGE, min_size=1, max_size=30))
def test_plain_pages_are_read_as_encoded_ones_are(cells: list[str]) -> None:
    assert reading([f"{cell}/%61bout" for cell in cells]).equals(reading(cells))
    assert reading([f"{cell}/?a=1/%61" for cell in cells]).equals(reading(cells))


LOCALS = st.text(st.sampled_from("abzAZ019._+-'\"(),:;<>[]!#$%&*/=?^`{|}~@ é"), max_size=12)


@settings(max_examples=40, deadline=None)
@given(st.lists(LOCALS, min_size=1, max_size=30))
def test_an_address_that_is_accepted_is_one_by_the_standards(locals_: list[str]) -> None:
    for address in reading([f"{local}@acme.example" for local in locals_])["email"].drop_nulls():
        checked = email_validator.validate_email(
            address, check_deliverability=False, test_environment=True
        )
        assert checked.normalized == address


@settings(max_examples=30, deadline=None)
@given(
    st.from_regex(r"[a-z0-9]{1,8}([._+-][a-z0-9]{1,8}){0,2}", fullmatch=True),
    st.sampled_from(["", " ", "<", '"']),
)
def test_usual_addresses_are_accepted(local: str, around: str) -> None:
    found = one(f"{around}{local.upper()}@Acme.Example{around.replace('<', '>')}")
    if found.get("rejected") != "placeholder":
        assert found["email"] == f"{local}@acme.example"


def test_the_lists_open_with_what_they_are() -> None:
    folder = resources.files("enrich_cli.domain.lists")
    texts = [file for file in folder.iterdir() if file.name.endswith(".txt")]
    assert texts
    for file in texts:
        head = [line for line in file.read_text("utf-8").splitlines()[:6] if line.startswith("#")]
        assert any("20" in line and "maintained with enrich" in line for line in head), file.name
