"""The websites that the sandbox plays: what they show, and how they misbehave."""

from __future__ import annotations

import json
import re
from collections import Counter
from html import unescape

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.sandbox import sites, world
from enrich_cli.sandbox.play import Request
from enrich_cli.sandbox.server import Options
from enrich_cli.sandbox.sites import Kind, Site
from enrich_cli.sandbox.texts import TEXTS
from tests.sandbox.conftest import Start

DOMAINS = [f"shop-{number}.example" for number in range(3000)]
SITES = {domain: site for domain in DOMAINS if (site := sites.site(domain))}
USABLE = {
    domain: site
    for domain, site in SITES.items()
    if site.kind is Kind.USABLE and not site.elsewhere and not site.delay
}


def first(**wanted: object) -> tuple[str, Site]:
    """The first usable site with these traits, its own or its look's."""

    def fits(site: Site) -> bool:
        return all(
            getattr(site if hasattr(site, key) else site.look, key) == value
            for key, value in wanted.items()
        )

    return next((domain, site) for domain, site in USABLE.items() if fits(site))


def test_so_many_are_usable() -> None:
    kinds = Counter(site.kind for site in SITES.values())
    assert 0.67 <= kinds[Kind.USABLE] / len(DOMAINS) <= 0.73
    rare = {Kind.LOOP, Kind.PRIVATE, Kind.BOMB, Kind.BINARY}
    assert set(kinds) == set(Kind) - rare


def test_a_home_page_names_its_company(web: httpx.Client) -> None:
    for domain in list(USABLE)[:150]:
        reply = web.get(f"https://{domain}/", follow_redirects=True)
        company = world.company(domain)
        assert company is not None
        assert reply.status_code == 200
        assert reply.headers["Content-Type"].startswith("text/html")
        assert company.name in reply.text
        title = re.search(r"<title>(.*?)</title>", reply.text)
        assert title
        assert company.name in unescape(title[1])
        assert 800 < len(reply.content) < 10_000


def organization(value: object) -> dict[str, object] | None:
    """The first organisation anywhere in a JSON-LD value."""
    if isinstance(value, dict):
        if value.get("@type") in ("Organization", "Corporation"):
            return value
        value = list(value.values())
    if isinstance(value, list):
        return next(filter(None, map(organization, value)), None)
    return None


@pytest.mark.parametrize("markup", ["plain", "graph", "nested", "list"])
def test_json_ld_tells_the_truth(web: httpx.Client, markup: str) -> None:
    seen: Counter[str] = Counter()
    for domain, site in USABLE.items():
        if site.look.markup != markup or sum(seen.values()) > 100:
            continue
        html = web.get(f"https://{domain}/", follow_redirects=True).text
        block = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)
        company = world.company(domain)
        assert block
        assert company
        found = organization(json.loads(block[1]))
        assert found
        facts = {
            "name": company.name,
            "legalName": company.legal_name,
            "telephone": company.phone,
            "email": company.email,
            "foundingDate": str(company.founded),
            "numberOfEmployees": {"@type": "QuantitativeValue", "value": company.employees},
        }
        for key, value in facts.items():
            if key in found:
                assert found[key] == value
                seen[key] += 1
    assert set(seen) == set(facts)


def test_the_other_markups(web: httpx.Client) -> None:
    for markup, sign in {
        "opengraph": 'property="og:site_name"',
        "microdata": 'itemtype="https://schema.org/Organization"',
        "broken": ",}</script>",
    }.items():
        domain, _ = first(markup=markup)
        assert sign in web.get(f"https://{domain}/", follow_redirects=True).text
    domain, _ = first(markup="title")
    bare = web.get(f"https://{domain}/", follow_redirects=True).text
    assert "og:" not in bare
    assert "description" not in bare


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_pages_in_every_language(web: httpx.Client, language: str) -> None:
    domain, site = first(language=language, address=True)
    company, texts = world.company(domain), TEXTS[language]
    assert company
    base = site.origin + site.prefix
    for path, label in (texts.about, texts.contact, texts.imprint):
        page = web.get(base + path)
        assert page.status_code == 200
        assert f"<h1>{label}</h1>" in page.text
    assert company.street in unescape(web.get(base + texts.imprint[0]).text)
    for path in ("/about", "/contact", "/imprint"):
        assert web.get(base + path, follow_redirects=True).status_code == 200
    assert web.get(f"{base}/no-such-page").status_code == 404


def test_mail_in_every_form(web: httpx.Client) -> None:
    for form in ("mailto", "spelled", "entities", "hidden"):
        domain, site = first(mail=form)
        company, texts = world.company(domain), TEXTS[site.look.language]
        assert company
        html = web.get(site.origin + site.prefix + texts.contact[0]).text
        if form == "hidden":
            code = re.search(r'data-cfemail="(.*?)"', html)
            assert code
            key, *rest = bytes.fromhex(code[1])
            assert bytes(byte ^ key for byte in rest).decode() == company.email
        plain = unescape(html).replace(" [at] ", "@").replace(" [dot] ", ".")
        assert (company.email in plain) == (form != "hidden")
        assert (company.email in html) == (form == "mailto")


def test_robots_and_sitemap(web: httpx.Client) -> None:
    _, site = first(robots="rules", prefix="")
    assert f"Sitemap: {site.origin}/sitemap.xml" in web.get(f"{site.origin}/robots.txt").text
    urls = re.findall("<loc>(.*?)</loc>", web.get(f"{site.origin}/sitemap.xml").text)
    assert [web.get(url).status_code for url in urls] == [200] * 4
    _, without = first(robots="none")
    assert web.get(f"{without.origin}/robots.txt").status_code == 404
    _, careless = first(robots="html")
    page = web.get(f"{careless.origin}/robots.txt")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html")
    forbidding = web.get("https://x-disallowed.example/robots.txt", follow_redirects=True)
    assert forbidding.text == "User-agent: *\nDisallow: /\n"


def test_redirects(web: httpx.Client) -> None:
    www = next(d for d, s in USABLE.items() if s.strict and s.home == f"www.{d}")
    reply = web.get(f"https://{www}/about")
    assert (reply.status_code, reply.headers["Location"]) == (301, f"https://www.{www}/about")

    apex = next(d for d, s in USABLE.items() if s.strict and s.home == d)
    assert web.get(f"https://www.{apex}/").headers["Location"] == f"https://{apex}/"

    secure = next(d for d, s in USABLE.items() if s.https and s.home == d)
    assert web.get(f"http://{secure}/").headers["Location"] == f"https://{secure}/"
    assert web.get(f"https://{secure}/").status_code != 301 or SITES[secure].prefix

    below = next(d for d, s in USABLE.items() if s.prefix and s.home == d)
    reply = web.get(f"https://{below}/")
    assert (reply.status_code, reply.headers["Location"]) == (302, "/en/")
    assert web.get(f"https://{below}/en/about").status_code == 200
    assert 'href="/en/about"' in web.get(f"https://{below}/en/").text


def test_a_company_that_moved(web: httpx.Client) -> None:
    moved = {domain: site.elsewhere for domain, site in SITES.items() if site.elsewhere}
    assert 5 < len(moved) < 100
    for domain, there in list(moved.items())[:10]:
        reply = web.get(f"https://{domain}/", follow_redirects=True)
        company = world.company(there)
        assert company
        assert reply.url.host.removeprefix("www.") == there
        assert company.name in reply.text


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("parked", 200, "parked free of charge"),
        ("for-sale", 200, "for sale"),
        ("default", 200, "Welcome to nginx!"),
        ("script", 200, "enable JavaScript"),
        ("forbidden", 403, "Access denied"),
        ("gone", 404, "Not Found"),
        ("broken", 500, "Internal Server Error"),
        ("disallowed", 200, "X Disallowed 2"),
        ("usable", 200, "X Usable 2"),
        ("works", 200, "X Works 2"),
    ],
)
def test_a_kind_by_name(web: httpx.Client, kind: str, status: int, text: str) -> None:
    reply = web.get(f"https://x-{kind}-2.example/", follow_redirects=True)
    assert reply.status_code == status
    assert text in reply.text


def test_dangerous_kinds_by_name(web: httpx.Client) -> None:
    with pytest.raises(httpx.TooManyRedirects):
        web.get("https://x-loop.example/", follow_redirects=True)
    assert web.get("https://x-private.example/").headers["Location"].startswith("http://169.254.")
    with web.stream("GET", "https://x-bomb.example/", follow_redirects=True) as reply:
        packed = sum(map(len, reply.iter_raw()))
    assert packed < 200_000
    assert reply.headers["Content-Encoding"] == "gzip"
    assert b"\0" in web.get("https://x-binary.example/", follow_redirects=True).content


@pytest.mark.parametrize(
    "host", ["x-unresolved.example", "x-unknown.example", "10.0.0.1", "no_such_thing"]
)
def test_a_host_without_a_site_breaks_the_connection(web: httpx.Client, host: str) -> None:
    with pytest.raises(httpx.ReadError):
        web.get(f"https://{host}/")


def test_charsets(web: httpx.Client) -> None:
    for says in (True, False):
        domain, site = first(charset="iso-8859-1", says_charset=says)
        reply = web.get(f"{site.origin}{site.prefix}{TEXTS[site.look.language].about[0]}")
        assert ("charset=iso-8859-1" in reply.headers["Content-Type"]) is says
        assert b'<meta charset="iso-8859-1">' in reply.content
        company = world.company(domain)
        assert company
        assert TEXTS[site.look.language].about[1] in reply.content.decode("iso-8859-1")


def test_some_pack_their_pages_where_one_may(web: httpx.Client) -> None:
    _, site = first(gzip=True)
    url = f"{site.origin}{site.prefix}/"
    packed = web.get(url)
    bare = web.get(url, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in bare.headers
    assert packed.content == bare.content


def test_pages_as_large_as_one_likes(start: Start) -> None:
    web = start(Options(page_bytes=100_000))
    _, site = first(prefix="")
    for path in ("/", TEXTS[site.look.language].about[0]):
        assert 100_000 <= len(web.get(site.origin + path).content) < 110_000


def test_slow_sites_are_rare_and_can_be_turned_off(start: Start) -> None:
    slow = [domain for domain, site in SITES.items() if site.delay]
    assert 5 < len(slow) < 60
    assert all(0.2 <= SITES[domain].delay <= 1 for domain in slow)
    web = start(Options(slow_sites=False))
    for domain in slow:
        if SITES[domain].kind is Kind.USABLE:
            assert web.get(f"https://{domain}/").status_code < 400


def test_only_reading_is_allowed(web: httpx.Client) -> None:
    _, site = first(prefix="")
    assert web.post(f"{site.origin}/contact", data={"a": "b"}).status_code == 405
    head = web.head(f"{site.origin}/")
    assert (head.status_code, head.content) == (200, b"")


@settings(deadline=None)
@given(st.sampled_from(DOMAINS), st.text(max_size=20), st.booleans())
def test_any_path_has_an_answer(domain: str, path: str, secure: bool) -> None:
    for host in (domain, f"www.{domain}", f"shop.{domain}"):
        request = Request("GET", host, f"/{path}", secure=secure)
        reply = sites.play(request)
        assert reply.reset or reply.status in (200, 301, 302, 403, 404, 500)
        assert sites.play(request) == reply
