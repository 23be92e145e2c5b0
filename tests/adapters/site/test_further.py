"""Where a page leads: further pages, refreshes, links that are not seen."""

from __future__ import annotations

from enrich_cli.adapters.site.facts import Topic
from enrich_cli.adapters.site.page import read
from tests.adapters.site.page_kit import FILLER


def test_a_page_that_sends_the_visitor_on() -> None:
    html = b'<meta http-equiv="Refresh" content="0; URL=\'/en/home\'"><title>Acme</title>'
    assert (
        read(html, "https://acme.example/", "acme.example").refresh
        == "https://acme.example/en/home"
    )
    slow = html.replace(b"0;", b"30;")
    assert read(slow, "https://acme.example/", "acme.example").refresh is None
    evil = html.replace(b"/en/home", b"javascript:x")
    assert read(evil, "https://acme.example/", "acme.example").refresh is None


def test_links_that_go_with_what_is_not_visible_are_still_read() -> None:
    html = (
        '<a href=" ">x</a><noscript><a href="/contact">Contact</a></noscript>'
        '<svg><a href="/about">x</a></svg><template><a href="/imprint">x</a></template>'
        '<a href="https://www.bücher.example/impressum">x</a>' + FILLER
    )
    domain = "xn--bcher-kva.example"
    page = read(html.encode(), f"https://{domain}/", domain)
    assert dict(page.links) == {
        Topic.CONTACT: f"https://{domain}/contact",
        Topic.ABOUT: f"https://{domain}/about",
        Topic.IMPRINT: "https://www.bücher.example/impressum",
    }
