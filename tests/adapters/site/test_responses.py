"""What is read of a response, and how far."""

from __future__ import annotations

import gzip
import zlib

import pytest

from enrich_cli.adapters.site.bounds import MAX_BYTES
from enrich_cli.adapters.website import (
    GIVES,
)
from enrich_cli.domain.outcome import Gap, Miss
from tests.adapters.site.web_kit import (
    CONTACT,
    HOME,
    LINKED,
    TEXT,
    Net,
    Page,
    found,
    site,
    visit,
)


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (gzip.compress(HOME.encode()), "gzip"),
        (gzip.compress(HOME.encode()), "X-GZip"),
        (zlib.compress(HOME.encode()), "deflate"),
        (zlib.compress(HOME.encode(), wbits=-15), "deflate"),
        (HOME.encode(), "identity"),
        (gzip.compress(HOME.encode())[:-9], "gzip"),
    ],
)
def test_packed_pages(packed: bytes, encoding: str) -> None:
    item = visit(Net(site(Page(packed, headers={"Content-Encoding": encoding}))))
    assert found(item)["company_name"] == "Acme"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "x"])
def test_pages_packed_in_other_ways_are_not_unpacked(encoding: str) -> None:
    item = visit(Net(site(Page(b"\x00\x01", headers={"Content-Encoding": encoding}))))
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)


def test_no_more_of_a_page_is_read_than_the_cap() -> None:
    head, rest = b"<title>Acme</title>" + TEXT.encode(), b" " * (64 << 20)
    packed = gzip.compress(head + rest + b"<p>info@acme.example</p>", 1)
    page = Page(packed, headers={"Content-Encoding": "gzip"})
    values = found(visit(Net(site(page))))
    assert values["company_name"] == "Acme"
    assert "company_email" not in values
    near = head + b" " * (MAX_BYTES - len(head) - 100) + b"<p>info@acme.example</p>"
    assert found(visit(Net(site(Page(near)))))["company_email"] == "info@acme.example"
    assert "company_email" not in found(visit(Net(site(Page(b" " * 100 + near)))))


@pytest.mark.parametrize(
    "page",
    [
        Page(b"%PDF-1.7", type="application/pdf"),
        Page('{"a": 1}', type="application/json"),
        Page(b"\x89PNG", type="image/png"),
        Page(b"\x00\x01\x02\xff" * 256),
        Page("just words", type="application/octet-stream"),
    ],
)
def test_what_is_no_page_is_a_miss(page: Page) -> None:
    assert visit(Net(site(page))).outcome == Miss(Gap.NOT_FOUND, brief=True)


@pytest.mark.parametrize(
    "type_", ["text/html", "TEXT/HTML;x=y", "application/xhtml+xml", "text/plain"]
)
def test_types_that_are_pages(type_: str) -> None:
    assert found(visit(Net(site(Page(type=type_)))))["company_name"] == "Acme"


def test_no_cookie_is_kept() -> None:
    page = Page(LINKED, headers={"Set-Cookie": "a=b; Path=/"})
    net = Net(site(page, contact=CONTACT))
    visit(net, fields=GIVES)
    assert len(net.headers) > 2
    assert not any("Cookie" in headers for headers in net.headers)
    assert {headers["Accept-Encoding"] for headers in net.headers} == {"gzip, deflate"}
