"""Redirects: within the site, to other domains, and where none may lead."""

from __future__ import annotations

import pytest

from enrich_cli.adapters.guard import check_form
from enrich_cli.adapters.site.facts import Alias
from enrich_cli.adapters.site.hosts import registrable
from enrich_cli.adapters.website import (
    GIVES,
    Website,
)
from enrich_cli.domain.entity import Field
from enrich_cli.domain.outcome import Gap, Hit, Miss
from enrich_cli.domain.provider import Item
from tests.adapters.site.web_kit import (
    CONTACT,
    HOME,
    LINKED,
    Net,
    Page,
    found,
    kept,
    moved,
    query,
    site,
    visit,
    with_website,
)


def test_redirects_within_the_site_are_followed() -> None:
    pages = {
        "https://acme.example/": moved("http://www.acme.example/"),
        "http://www.acme.example/": moved("https://www.acme.example/", 302),
        "https://www.acme.example/": moved("/en/", 307),
        "https://www.acme.example/en/": moved("?a=1#top", 308),
        "https://www.acme.example/en/?a=1": Page(),
    }
    item = visit(Net(pages))
    assert found(item)["website"] == "https://www.acme.example/"
    assert item.url == "https://www.acme.example/en/?a=1"
    assert kept(item).alias is None


def test_a_page_that_sends_the_visitor_on_is_followed() -> None:
    page = '<meta http-equiv=refresh content="0; url=/start">'
    assert visit(Net(site(page, start=HOME))).url == "https://acme.example/start"


def test_such_a_page_leads_no_further_than_a_redirect_would() -> None:
    page = '<meta http-equiv=refresh content="0; url=https://www.facebook.com/acme">'
    net = Net(site(page) | site(domain="www.facebook.com"))
    assert visit(net).outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert not any("facebook" in url for url in net.asked)


def test_an_internationalised_domain_is_its_own_site() -> None:
    domain = "xn--bcher-kva.example"
    page = LINKED.replace("Acme", "Bücher")
    pages = site(moved("https://www.bücher.example/"), domain) | site(
        page, f"www.{domain}", contact=CONTACT.replace("acme.example", domain)
    )
    item = visit(Net(pages), domain, frozenset({Field("company_email")}))
    assert kept(item).alias is None
    assert found(item) == {
        "company_name": "Bücher",
        "company_email": f"info@{domain}",
        "language": "en",
        "website": f"https://www.{domain}/",
        "contact_page": f"https://www.{domain}/contact",
        "about_page": f"https://www.{domain}/about",
    }


def test_endless_redirects_end() -> None:
    pages = {f"https://acme.example/{'x' * i}": moved(f"/{'x' * (i + 1)}") for i in range(20)}
    net = Net(pages)
    item = visit(net)
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == "redirects more than 5 times"
    assert len([url for url in net.asked if not url.endswith("robots.txt")]) == 6


def test_another_domain_of_the_same_name_is_followed_and_noted() -> None:
    pages = site(moved("https://www.acme.test/")) | site(domain="www.acme.test")
    item = visit(Net(pages))
    assert kept(item).alias == Alias("https://www.acme.test/", "acme.test", "the domains are alike")
    assert found(item) == {
        "company_name": "Acme",
        "language": "en",
        "website": "https://www.acme.test/",
    }
    assert isinstance(item.outcome, Hit)
    assert item.outcome.values[Field("website")].confidence == 0.8


def test_another_domain_is_followed_if_its_page_speaks_of_the_first() -> None:
    mentions = HOME.replace("Acme", "Newco").replace("<p>", "<p>Once we were acme.example. ", 1)
    pages = site(moved("https://newco.example/")) | site(mentions, domain="newco.example")
    item = visit(Net(pages))
    assert found(item)["company_name"] == "Newco"
    assert kept(item).alias == Alias(
        "https://newco.example/", "newco.example", "the page mentions the domain"
    )


def test_another_companys_page_is_not_taken_for_this_one() -> None:
    other = HOME.replace("Acme", "Newco")
    pages = site(moved("https://newco.example/")) | site(other, domain="newco.example")
    item = visit(Net(pages))
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == "leads to newco.example, another company's"
    assert kept(item).alias == Alias("https://newco.example/", "newco.example")


@pytest.mark.parametrize(
    "host", ["www.facebook.com", "de.linkedin.com", "sedo.com", "login.microsoftonline.com"]
)
def test_hosts_that_are_everybodys_or_nobodys_are_never_visited(host: str) -> None:
    net = Net(site(moved(f"https://{host}/acme")) | site(domain=host))
    item = visit(net)
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == f"leads to {host}, where nobody or everybody is"
    assert not any(host in url for url in net.asked)


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f.1:{port}/",
        "//127.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://inside.acme.example/",
        "http://v6.acme.example/",
        "http://acme.example:{port}/",
        "http://user@acme.example/",
        "ftp://acme.example/",
        "file:///etc/passwd",
        "http://[bad",
    ],
)
@pytest.mark.parametrize("how", ["home", "robots", "refresh", "page"])
def test_no_redirect_reaches_a_private_address(target: str, how: str) -> None:
    """The trap listens on loopback, and no connection comes, at whatever hop it is named."""
    net = Net({}, {"inside.acme.example": "127.0.0.1", "v6.acme.example": "::1"})

    async def main(website: Website) -> Item:
        url = target.format(port=net.forbidden_port)
        pages = {
            "home": site(moved(url)),
            "robots": site() | {"https://acme.example/robots.txt": moved(url)},
            "refresh": site(f'<meta http-equiv=refresh content="0;url={url}">'),
            "page": site(LINKED, contact=moved(url)),
        }
        net.pages.update(pages[how])
        return (await website.fetch([query("acme.example", GIVES)])).items[0]

    item = with_website(net, main)
    assert net.forbidden == 0
    if how == "home":
        assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    if how == "page":
        assert found(item)["company_name"] == "Acme"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1"])
def test_a_domain_with_a_private_address_is_not_visited(address: str) -> None:
    net = Net({}, {"acme.example": address, "www.acme.example": address})
    item = visit(net)
    assert item.outcome == Miss(Gap.NOT_FOUND, brief=True)
    assert kept(item).detail == "not to be reached: acme.example has no public address"
    assert net.asked == []


def test_the_guard_of_urls_can_be_opened() -> None:
    net = Net({})

    async def main(website: Website) -> Item:
        net.pages.update(site(moved(f"http://127.0.0.1:{net.forbidden_port}/")))
        return (await website.fetch([query("acme.example")])).items[0]

    with_website(net, main, guard=check_form)
    assert net.forbidden > 0


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.acme.co.uk", "acme.co.uk"),
        ("shop.acme.com", "acme.com"),
        ("acme.github.io", "acme.github.io"),
        ("www.acme.example", "acme.example"),
        ("a.b.acme.test", "acme.test"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
    ],
)
def test_registrable_domains(host: str, domain: str) -> None:
    assert registrable(host) == domain
