"""Pages that are no site: parked, for sale, default, walled, blocked."""

from __future__ import annotations

import pytest

from enrich_cli.adapters.site.facts import Verdict
from enrich_cli.adapters.site.page import read
from tests.adapters.site.page_kit import FILLER

NOTICES = {
    "parked": (Verdict.PARKED, "<title>acme.example</title><p>This domain is parked free</p>"),
    "for sale": (Verdict.PARKED, "<h1>acme.example is for sale</h1>Buy this domain today."),
    "zu verkaufen": (Verdict.PARKED, "<title>acme.example</title>Diese Domain steht zum Verkauf"),
    "à vendre": (Verdict.PARKED, "<p>Le nom de domaine acme.example est à vendre !</p>"),
    "en venta": (Verdict.PARKED, "<p>El dominio acme.example está en venta</p>"),
    "te koop": (Verdict.PARKED, "<p>Het domein acme.example is te koop</p>"),
    "advertisements": (
        Verdict.PARKED,
        '<title>acme.example</title><script src="https://img.sedoparking.com/x.js"></script>',
    ),
    "nginx": (Verdict.PLACEHOLDER, "<title>Welcome to nginx!</title><p>If you see this page"),
    "apache": (Verdict.PLACEHOLDER, "<title>Apache2 Ubuntu Default Page: It works</title><p>x"),
    "iis": (Verdict.PLACEHOLDER, "<title>IIS Windows Server</title><img src=x>"),
    "index": (Verdict.PLACEHOLDER, "<title>Index of /</title><a href=x>x</a>"),
    "soon": (Verdict.PLACEHOLDER, "<title>Acme</title><h1>Coming soon</h1><p>We are busy"),
    "im Aufbau": (Verdict.PLACEHOLDER, "<h1>Website im Aufbau</h1>"),
    "suspended": (Verdict.PLACEHOLDER, "<title>Account Suspended</title><p>Contact your host"),
    "robots": (Verdict.BLOCKED, "<title>Just a moment...</title><p>Checking your browser"),
    "denied": (Verdict.BLOCKED, "<title>Access Denied</title><p>Reference 18.f00"),
    "script": (
        Verdict.WALLED,
        "<title>App</title><noscript>Please enable JavaScript.</noscript><div id=root></div>",
    ),
    "empty": (Verdict.WALLED, "<html><head></head><body></body></html>"),
    "nothing": (Verdict.WALLED, ""),
    "login": (
        Verdict.WALLED,
        "<title>Log in</title><form><input name=u><input type=password></form><p>Ask the admin.",
    ),
}


@pytest.mark.parametrize(("verdict", "html"), NOTICES.values(), ids=NOTICES)
def test_pages_that_are_no_site(verdict: Verdict, html: str) -> None:
    assert read(html.encode(), "https://acme.example/", "acme.example").verdict is verdict


@pytest.mark.parametrize("html", [html for _, html in NOTICES.values()], ids=NOTICES)
def test_the_same_words_in_a_long_page_are_only_words(html: str) -> None:
    page = read((html + 8 * FILLER).encode(), "https://acme.example/", "acme.example")
    assert page.verdict is Verdict.SITE
