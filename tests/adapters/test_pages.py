"""What pages say: made-up home pages in several styles and languages, and pages made to hurt."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.adapters.pages import (
    CONFIDENCE,
    MAX_BYTES,
    Fact,
    Source,
    Topic,
    Verdict,
    best,
    decode,
    label,
    phone,
    profile,
    read,
    resembles,
    same_site,
)
from enrich_cli.domain.entity import CATALOGUE, FieldType

FILLER = "<p>" + "We listen, then we draw, and only then do we build what you need. " * 4 + "</p>"


@dataclass(frozen=True)
class Case:
    """A page and what is to be read from it."""

    domain: str
    html: str
    facts: dict[str, Any]
    url: str = ""
    content_type: str = "text/html; charset=utf-8"
    verdict: Verdict = Verdict.SITE
    links: dict[Topic, str] = field(default_factory=dict)


def ld(*nodes: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(n)}</script>' for n in nodes)


def values(html: str | bytes, domain: str, url: str = "", content_type: str = "") -> dict[str, Any]:
    body = html if isinstance(html, bytes) else html.encode()
    page = read(body, url or f"https://{domain}/", domain, content_type)
    return {name: value.content for name, value in best(page.facts).items()}


ORGANIZATION = {
    "@context": "https://schema.org",
    "@type": "Organization",
    "name": "Bluefin Robotics",
    "legalName": "Bluefin Robotics, Inc.",
    "url": "https://www.bluefin-robotics.example/",
    "logo": {"@type": "ImageObject", "url": "/img/logo.svg"},
    "description": "Underwater robots\nfor harbours &amp; rivers.",
    "telephone": "+1 (555) 010-0199",
    "email": "mailto:Info@bluefin-robotics.example",
    "foundingDate": "1997-05-02",
    "numberOfEmployees": {"@type": "QuantitativeValue", "value": 120},
    "industry": "Robotics",
    "address": {
        "@type": "PostalAddress",
        "streetAddress": "1 Pier Road",
        "addressLocality": "Quincy",
        "addressRegion": "MA",
        "postalCode": "02169",
        "addressCountry": {"@type": "Country", "name": "US"},
    },
    "sameAs": [
        "https://www.linkedin.com/company/Bluefin-Robotics/",
        "https://twitter.com/bluefinrobotics",
        "https://www.youtube.com/@bluefinrobotics",
        "https://en.wikipedia.org/wiki/Robot",
    ],
}
BLUEFIN = {
    "company_name": "Bluefin Robotics",
    "legal_name": "Bluefin Robotics, Inc.",
    "logo_url": "https://www.bluefin-robotics.example/img/logo.svg",
    "description": "Underwater robots for harbours & rivers.",
    "company_phone": "+15550100199",
    "company_email": "info@bluefin-robotics.example",
    "founded_year": 1997,
    "employee_count": 120,
    "industry": "Robotics",
    "street_address": "1 Pier Road",
    "city": "Quincy",
    "region": "MA",
    "postal_code": "02169",
    "country": "US",
    "company_linkedin": "https://www.linkedin.com/company/bluefin-robotics",
    "company_twitter": "https://x.com/bluefinrobotics",
    "company_youtube": "https://www.youtube.com/@bluefinrobotics",
    "language": "en",
}

CASES = {
    "one organization in JSON-LD": Case(
        "bluefin-robotics.example",
        f"<html lang=en><head><title>Robots | Bluefin</title>{ld(ORGANIZATION)}</head>{FILLER}",
        BLUEFIN,
        url="https://www.bluefin-robotics.example/",
    ),
    "a graph in which others are named, too": Case(
        "bluefin-robotics.example",
        "<html lang=en><title>Home</title>"
        + ld(
            {
                "@graph": [
                    {"@type": "WebSite", "name": "Bluefin", "url": ORGANIZATION["url"]},
                    {"@type": "Organization", "name": "Press Agency", "url": "https://pr.example/"},
                    {"@type": "Article", "publisher": {"@type": "Organization", "name": "News"}},
                    {
                        **ORGANIZATION,
                        "@type": ["Organization", "Brand"],
                        "parentOrganization": {"@type": "Corporation", "name": "Deep Holding"},
                    },
                ]
            }
        )
        + FILLER,
        BLUEFIN,
        url="https://www.bluefin-robotics.example/",
    ),
    "JSON-LD with the slips that people make": Case(
        "tern-tools.example",
        """<html lang="en-gb"><head><title>Tern</title><script type='application/ld+json'>
        <!-- // the company
        {"@type": "http://schema.org/LocalBusiness", /* ours */ "name": "Tern\tTools",
         "url": "https://tern-tools.example/", "telephone": "0161 555 0100",
         "sameAs": ["https://github.com/tern-tools",], }
        --></script></head>"""
        + FILLER,
        {
            "company_name": "Tern Tools",
            "company_phone": "0161 555 0100",
            "company_github": "https://github.com/tern-tools",
            "language": "en-GB",
        },
    ),
    "JSON-LD with its quotes escaped for HTML": Case(
        "quoted.example",
        '<script type="application/ld+json">{&quot;@type&quot;:&quot;Corporation&quot;,'
        "&quot;name&quot;:&quot;Quoted &amp;amp; Sons&quot;}</script>" + FILLER,
        {"company_name": "Quoted & Sons"},
    ),
    "a business by its kind": Case(
        "molar.example",
        ld({"@type": "Dentist", "name": "Molar", "address": {"addressCountry": "Switzerland"}})
        + ld({"@type": "AutoDealer", "name": "Somebody else", "url": "https://cars.example"})
        + FILLER,
        {"company_name": "Molar", "country": "CH", "industry": "Dentist"},
    ),
    "microdata": Case(
        "larch-mill.example",
        """<html lang=en><body itemscope itemtype="https://schema.org/WebPage">
        <div itemscope itemtype="http://schema.org/LocalBusiness">
        <a itemprop="url" href="/"><span itemprop="name">Larch Mill</span></a>
        <img itemprop="logo" src="logo.png"><span itemprop="telephone">+44 20 5550 0100</span>
        <a itemprop="email" href="mailto:hello@larch-mill.example">write to us</a>
        <div itemprop="address" itemscope itemtype="http://schema.org/PostalAddress">
        <span itemprop="streetAddress">2 Mill Lane</span>, <b itemprop="addressLocality">Hay</b>
        <meta itemprop="addressCountry" content="GB"></div>
        <div itemprop="review" itemscope><b itemprop="name">A reviewer</b></div></div>"""
        + FILLER,
        {
            "company_name": "Larch Mill",
            "logo_url": "https://larch-mill.example/logo.png",
            "company_phone": "+442055500100",
            "company_email": "hello@larch-mill.example",
            "street_address": "2 Mill Lane",
            "city": "Hay",
            "country": "GB",
            "language": "en",
        },
    ),
    "OpenGraph and social links": Case(
        "moss.example",
        """<html><head><title>Gardens on your roof - Moss</title>
        <meta property="og:site_name" content="Moss"><meta property="og:locale" content="fr_CA">
        <meta name="description" content="Moss plants gardens on flat roofs.">
        <meta name="twitter:site" content="@moss"><meta name="generator" content="WordPress 6.4.2">
        <link rel="icon" href="/favicon.ico"><link rel="apple-touch-icon" href="/touch.png">
        <script src="https://www.googletagmanager.com/gtag/js"></script></head><body>
        <a href="https://www.facebook.com/sharer/sharer.php?u=x">share</a>
        <a href="https://twitter.com/intent/tweet?text=x">tweet</a>
        <a href="https://www.linkedin.com/shareArticle?mini=true">share</a>
        <a href="https://www.linkedin.com/in/a-gardener">our founder</a>
        <a href="https://ca.linkedin.com/company/moss-roofs?trk=x">LinkedIn</a>
        <a href="//m.facebook.com/mossroofs/">Facebook</a>
        <a href="https://www.instagram.com/p/abc/">a picture</a>
        <a href="https://instagram.com/moss.roofs/?hl=en">Instagram</a>"""
        + FILLER,
        {
            "company_name": "Moss",
            "description": "Moss plants gardens on flat roofs.",
            "language": "fr-CA",
            "company_linkedin": "https://www.linkedin.com/company/moss-roofs",
            "company_facebook": "https://www.facebook.com/mossroofs",
            "company_instagram": "https://www.instagram.com/moss.roofs",
            "company_twitter": "https://x.com/moss",
            "logo_url": "https://moss.example/touch.png",
            "technologies": ("Google Tag Manager", "WordPress"),
        },
    ),
    "a German page with an imprint": Case(
        "mueller-bau.example",
        """<html lang="de"><head><title>Startseite – Müller Bau</title></head><body>
        <img class="site-logo" src="/m.svg"><a href="/kontakt/">Kontakt</a>
        <a href="/ueber-uns">Über uns</a><a href="/impressum.html">Impressum</a>
        <a href="tel:+49%20(0)89%205550100">anrufen</a>
        <a class="fax" href="tel:+49895550199">+49 89 5550199</a>
        <a href="mailto:Kontakt@mueller-bau.example?subject=Hallo">E-Mail</a>
        <footer>© 2019–2026 Müller Bau GmbH & Co. KG. Alle Rechte vorbehalten.</footer>"""
        + FILLER,
        {
            "company_name": "Müller Bau",
            "legal_name": "Müller Bau GmbH & Co. KG",
            "company_phone": "+49895550100",
            "company_email": "kontakt@mueller-bau.example",
            "logo_url": "https://mueller-bau.example/m.svg",
            "language": "de",
        },
        links={
            Topic.CONTACT: "https://mueller-bau.example/kontakt/",
            Topic.ABOUT: "https://mueller-bau.example/ueber-uns",
            Topic.IMPRINT: "https://mueller-bau.example/impressum.html",
        },
    ),
    "an imprint": Case(
        "nordlicht.example",
        """<html lang="de"><title>Impressum | Nordlicht</title><h1>Impressum</h1>
        <p>Nordlicht Medien UG (haftungsbeschränkt)<br>Hafenweg 3</p>
        <p>E-Mail: info [at] nordlicht [dot] example</p>
        <p>Webhosting: Anderswo Hosting AG</p>""",
        {
            "company_name": "Nordlicht",
            "legal_name": "Nordlicht Medien UG (haftungsbeschränkt)",
            "company_email": "info@nordlicht.example",
            "language": "de",
        },
        url="https://nordlicht.example/impressum",
    ),
    "a French page in an old charset": Case(
        "forge.example",
        "<html lang=fr><head><meta charset=iso-8859-1><title>Accueil | La Forge d'été</title>"
        '</head><a href="/mentions-legales">Mentions légales</a>'
        '<a href="/nous-contacter">Écrivez-nous</a><a href="qui-sommes-nous">Qui ?</a>'
        f"<p>bonjour(at)forge.example</p>{FILLER}",
        {
            "company_name": "La Forge d'été",
            "company_email": "bonjour@forge.example",
            "language": "fr",
        },
        content_type="text/html",
        links={
            Topic.IMPRINT: "https://forge.example/mentions-legales",
            Topic.CONTACT: "https://forge.example/nous-contacter",
            Topic.ABOUT: "https://forge.example/qui-sommes-nous",
        },
    ),
    "a Spanish page": Case(
        "olivo.example",
        """<html lang="es_ES"><title>Bienvenidos a Olivo</title><base href="/es/">
        <a href="contacto">Contacto</a><a href="/aviso-legal">Aviso legal</a>
        <a href="https://olivo.example/nosotros">Nosotros</a>
        <a href="https://otro.example/contacto">otra empresa</a>
        <p>Correo: ventas@olivo.example o hola@olivo.example</p>"""
        + FILLER,
        {"company_name": "Olivo", "company_email": "hola@olivo.example", "language": "es-ES"},
        links={
            Topic.CONTACT: "https://olivo.example/es/contacto",
            Topic.IMPRINT: "https://olivo.example/aviso-legal",
            Topic.ABOUT: "https://olivo.example/nosotros",
        },
    ),
    "an Italian page whose mailbox a CDN hides": Case(
        "vela.example",
        """<html lang="it"><title>Vela S.r.l. - barche a vela</title>
        <a href="/cdn-cgi/l/email-protection#2a43444c456a5c4f464b044f524b475a464f">scrivi</a>
        <a href="/chi-siamo">Chi siamo</a><a href="/contatti">Contatti</a>
        <footer>© Vela S.r.l.</footer>"""
        + FILLER,
        {
            "company_name": "Vela S.r.l.",
            "legal_name": "Vela S.r.l.",
            "company_email": "info@vela.example",
            "language": "it",
        },
        links={
            Topic.ABOUT: "https://vela.example/chi-siamo",
            Topic.CONTACT: "https://vela.example/contatti",
        },
    ),
    "a Dutch page, upper-case and unclosed": Case(
        "molen.example",
        "<HTML LANG=NL><HEAD><TITLE>De Molen | Ambachtelijk meel</TITLE><BODY><TABLE><TR><TD>"
        '<A HREF="/OVER-ONS">Over ons</A><TD><A HREF="MAILTO:INFO@MOLEN.EXAMPLE">mail</A>'
        f"<FONT COLOR=red><B>{FILLER}",
        {"company_name": "De Molen", "company_email": "info@molen.example", "language": "nl"},
        links={Topic.ABOUT: "https://molen.example/OVER-ONS"},
    ),
    "a Japanese page in Shift-JIS": Case(
        "sakura.example",
        "<html lang=ja><title>Sakura | 工作機械</title><a href='/company'>会社概要</a>"
        "<p>東京の工作機械メーカーです。"
        "私たちは百年にわたって機械を作り続けてきました。どうぞよろしくお願いします。</p>",
        {"company_name": "Sakura", "language": "ja"},
        content_type="text/html; charset=Shift_JIS",
        links={Topic.ABOUT: "https://sakura.example/company"},
    ),
    "an internationalised domain": Case(
        "xn--bckerei-5wa.example",
        f"<html lang=de><title>Brot | Bäckerei</title><p>post@xn--bckerei-5wa.example{FILLER}",
        {
            "company_name": "Bäckerei",
            "company_email": "post@xn--bckerei-5wa.example",
            "language": "de",
        },
    ),
    "an application without text that tells about itself": Case(
        "dash.example",
        '<html lang=en><title>App</title><meta property="og:site_name" content="Dash">'
        '<meta name="description" content="Dash shows your numbers.">'
        "<noscript>You need to enable JavaScript.</noscript><div id=root></div>",
        {"company_name": "Dash", "description": "Dash shows your numbers.", "language": "en"},
    ),
    "a page with hardly anything": Case(
        "bare.example",
        f"<title>Good things made slowly</title>{FILLER}",
        {"company_name": "Good things made slowly"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_home_pages(case: Case) -> None:
    encoding = "utf-8"
    if "Shift_JIS" in case.content_type:
        encoding = "shift_jis"
    elif "iso-8859-1" in case.html:
        encoding = "iso-8859-1"
    url = case.url or f"https://{case.domain}/"
    page = read(case.html.encode(encoding), url, case.domain, case.content_type)
    found = best(page.facts)
    assert {name: value.content for name, value in found.items()} == case.facts
    assert page.verdict is case.verdict
    assert dict(page.links) == case.links
    assert {value.url for value in found.values()} <= {url}


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


def test_names_and_mentions_speak_for_a_page_under_another_domain() -> None:
    html = b"<title>Newco (formerly acme.example)</title>" + FILLER.encode()
    page = read(html, "https://newco.example/", "acme.example")
    assert page.mentions
    assert not read(FILLER.encode(), "https://newco.example/", "acme.example").mentions
    named = read(ld(ORGANIZATION).encode(), "https://new.example/", "bluefin-robotics.example")
    assert named.names[:2] == ("Bluefin Robotics", "Bluefin Robotics, Inc.")


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


def test_an_organization_at_another_address_and_of_another_name_is_not_this_one() -> None:
    html = ld({"@type": "Organization", "name": "Agency", "url": "https://agency.example"}) + FILLER
    assert values(html, "acme.example") == {}


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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("info@acme.example", "info@acme.example"),
        ("Write to: hello@shop.acme.example.", "hello@shop.acme.example"),
        ("info (at) acme (dot) example", "info@acme.example"),
        ("info[at]acme.example", "info@acme.example"),
        ("info {ät} acme [punkt] example", "info@acme.example"),
        ("&#105;nfo&#64;acme.example", "info@acme.example"),
        ("<span data-cfemail='2a43444c456a4b49474f044f524b475a464f'></span>", "info@acme.example"),
        ("acme@acme.example", "acme@acme.example"),
        ("info@other.example", None),
        ("info@notacme.example", None),
        ("jane.doe@acme.example", None),
        ("no-reply@acme.example", None),
        ("your.name@acme.example", None),
        ("logo@2x.png", None),
        ("we met at acme.example", None),
        ("@acme.example", None),
        ("<a href='mailto:'>x</a>", None),
        ("<span data-cfemail='zz'></span><span data-cfemail=''></span>", None),
    ],
)
def test_mailboxes(text: str, found: str | None) -> None:
    assert values(f"<p>{text}</p>{FILLER}", "acme.example").get("company_email") == found


def test_a_stated_mailbox_elsewhere_is_trusted_less() -> None:
    html = ld({"@type": "Organization", "name": "Acme", "email": "acme@mail.example"})
    page = read(html.encode(), "https://acme.example/", "acme.example")
    assert [(f.content, f.source) for f in page.facts if f.field == "company_email"] == [
        ("acme@mail.example", Source.MAIL_OTHER)
    ]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("tel:+41-31-555-01-00", "+41315550100"),
        ("+49 (0)89 / 555 01 00", "+49895550100"),
        ("0041 31 555 01 00", "+41315550100"),
        ("tel:+1%20555%20010%200100;ext=5", "+15550100100"),
        ("(555) 010-0100 ext. 12", "(555) 010-0100"),
        ("031 555 01 00", "031 555 01 00"),
        ("+1 555", None),
        ("0000000000", None),
        ("1-800-ROBOTS", None),
        ("+1234567890123456", None),
        ("call us", None),
        ("", None),
        (None, None),
    ],
)
def test_phones(raw: object, found: str | None) -> None:
    assert phone(raw) == found


@pytest.mark.parametrize(
    ("url", "found"),
    [
        (
            "https://www.linkedin.com/company/acme/about/?x=1",
            "https://www.linkedin.com/company/acme",
        ),
        ("https://www.linkedin.com/company/acme/a/b", None),
        ("https://www.linkedin.com/company/acme/", "https://www.linkedin.com/company/acme"),
        ("http://de.linkedin.com/company/Acme", "https://www.linkedin.com/company/acme"),
        ("https://www.linkedin.com/school/acme", None),
        ("https://www.linkedin.com/in/jane", None),
        ("https://www.linkedin.com/sharing/share-offsite/?url=x", None),
        ("https://twitter.com/acme?lang=en", "https://x.com/acme"),
        ("https://x.com/@acme", "https://x.com/acme"),
        ("https://twitter.com/share", None),
        ("https://twitter.com/acme/status/1", None),
        (
            "https://www.facebook.com/pages/Acme/123456",
            "https://www.facebook.com/pages/Acme/123456",
        ),
        ("https://fb.com/acme", "https://www.facebook.com/acme"),
        ("https://www.facebook.com/groups/acme", None),
        ("https://www.facebook.com/profile.php?id=1", None),
        ("https://www.facebook.com/123456", None),
        ("https://www.instagram.com/acme/", "https://www.instagram.com/acme"),
        ("https://www.instagram.com/reel/abc", None),
        ("https://www.youtube.com/channel/UC123", "https://www.youtube.com/channel/UC123"),
        ("https://www.youtube.com/watch?v=1", None),
        ("https://youtube.com/embed/1", None),
        ("https://github.com/acme", "https://github.com/acme"),
        ("https://github.com/acme/tool", None),
        ("https://github.com/features", None),
        ("https://notgithub.com/acme", None),
        ("https://github.com.evil.example/acme", None),
        ("https://www.linkedin.com/company/", None),
        ("javascript:void(0)", None),
    ],
)
def test_profiles(url: str, found: str | None) -> None:
    read_profile = profile(url)
    assert (read_profile and read_profile[1]) == found


def test_profiles_of_many_others_are_nobodys() -> None:
    links = "".join(
        f'<a href="https://www.linkedin.com/company/client-{i}">x</a>' for i in range(9)
    )
    assert "company_linkedin" not in values(links + FILLER, "acme.example")
    own = links + '<a href="https://www.linkedin.com/company/acme-inc">us</a>' + FILLER
    found = values(own, "acme.example")["company_linkedin"]
    assert found == "https://www.linkedin.com/company/acme-inc"


@pytest.mark.parametrize(
    ("name", "domain", "alike"),
    [
        ("Acme", "acme.example", True),
        ("ACME Robotics Inc.", "acme.example", True),
        ("Acme Robotics", "acmerobotics.example", True),
        ("Acme", "acme-robotics.example", True),
        ("Müller", "mueller.example", True),
        ("Müller", "muller.example", True),
        ("International Widget Makers", "iwm.example", True),
        ("SAP SE", "sap.example", True),
        ("Zürcher Käserei", "xn--bckerei-5wa.example", False),
        ("Bäckerei", "xn--bckerei-5wa.example", True),
        ("Home", "acme.example", False),
        ("Quality since 1900", "acme.example", False),
        ("", "acme.example", False),
    ],
)
def test_names_and_domains_that_are_alike(name: str, domain: str, alike: bool) -> None:
    assert resembles(name, label(domain)) is alike


def test_same_site() -> None:
    assert same_site("acme.example", "acme.example")
    assert same_site("www.acme.example", "acme.example")
    assert not same_site("notacme.example", "acme.example")
    assert not same_site("acme.example.evil.example", "acme.example")


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("é".encode(), "", "é"),
        ("é".encode("latin-1"), "text/html; charset=ISO-8859-1", "é"),
        ("€".encode("cp1252"), 'text/html; charset="latin1"', "€"),
        (b"\xef\xbb\xbf" + "é".encode(), "text/html; charset=iso-8859-1", "é"),
        ("é".encode("utf-16"), "", "é"),
        (b"\xc3\xa9", "text/html; charset=utf-8", "é"),
        ("é".encode(), "text/html; charset=no-such-thing", "é"),
        ("é".encode(), "text/html; charset=unicode_escape", "é"),
        (b"\\u00e9", "text/html; charset=punycode", "\\u00e9"),
        ("été à la forgerie".encode("cp1252"), "", "\ufffdt\ufffd \ufffd la forgerie"),
        ("élève à l'école, été à".encode("cp1252"), "", "élève à l'école, été à"),
        ("東京".encode("euc-jp"), "text/html;charset=EUC-JP", "東京"),
        ("中文".encode("gbk"), "text/html; charset=gb2312", "中文"),
        ("Привет".encode("cp1251"), "text/html; charset=windows-1251", "Привет"),
        ("é€".encode()[:-1], "", "é\ufffd"),
    ],
)
def test_charsets(body: bytes, content_type: str, text: str) -> None:
    assert decode(body, content_type) == text


def test_a_charset_may_be_declared_in_the_page() -> None:
    assert "Привет" in decode(b"<meta charset=windows-1251>" + "Привет".encode("cp1251"))
    old = b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">'
    assert "Привет" in decode(old + "Привет".encode("koi8-r"))


def test_values_are_clean() -> None:
    html = ld(
        {
            "@type": "Organization",
            "name": "Ac\u202eme\u0000 \u200bCo\ud800",
            "url": "https://acme.example",
            "foundingDate": "long ago",
            "numberOfEmployees": "about 12",
            "telephone": {"a": 1},
            "address": ["x", {"addressCountry": "Atlantis", "addressLocality": ["Bern", "Thun"]}],
            "logo": "data:image/png;base64,AAAA",
            "sameAs": {"a": 1},
            "legalName": 10**400,
            "description": "x" * 5_000,
        }
    )
    found = values(html, "acme.example")
    assert found.pop("description") == "x" * 1_000
    assert found == {"company_name": "Acme Co", "city": "Bern"}


def test_every_source_has_its_trust() -> None:
    assert set(CONFIDENCE) == set(Source)
    assert all(0 < trust <= 1 for trust in CONFIDENCE.values())


BOMBS = {
    "nested": "<div>" * 400_000,
    "nested lists": "<ul><li>" * 250_000,
    "formatting": "".join(f"<font a={i}><p>" for i in range(100_000)),
    "formatting, mixed case": "".join(f"<FoNt\fa={i}><p>" for i in range(100_000)),
    "adoption": "".join(f"<b x={i}>" for i in range(50_000)) + "<div>" * 99_000 + "</b>" * 99_000,
    "bodies": "".join(f"<body {' '.join(f'b{i}x{j}=1' for j in range(30))}>" for i in range(6_000)),
    "anchors": "".join(f"<a href=/contact/{i}>contact" for i in range(70_000)),
    "nested anchors": "<a href=/about><object>x" * 70_000,
    "profiles": "".join(f"<a href=//x.com/u{i}{i}>u</a>" for i in range(70_000)),
    "items": '<div itemscope itemtype="https://schema.org/Organization" itemprop=a>' * 20_000,
    "organizations": ld([{"@type": "Organization", "name": f"N{i}"} for i in range(20_000)]),
    "deep JSON": '<script type="application/ld+json">' + "[" * 200_000 + "</script>",
    "open strings": '<script type="application/ld+json">{' + '"\\' * 150_000 + "</script>",
    "open comments": '<script type="application/ld+json">{' + "/*" * 150_000 + "</script>",
    "blanks": '<script type="application/ld+json">{-->' + " " * 250_000 + ",</script>",
    "commas": '<script type="application/ld+json">{' + ", " * 150_000 + "</script>",
    "at signs": "<p>" + "@" * 500_000,
    "mailboxes": "<p>" + "a" * 64 + ("@" + "a.a" * 20) * 9_000,
    "spelled": "<p>" + "[at] " * 100_000,
    "legal": "<p>" + "A AG<br>" * 60_000 + "Aa " * 9_000 + "AG",
    "titles": "<title>" + "a | " * 100_000 + "</title>",
    "entities": "&CounterClockwiseContourIntegral;" * 60_000,
    "comment": "<!--" * 400_000,
    "parked": "".join(f"<a href=//{'a.' * 100}{i}>a" for i in range(8_000)),
}  # fmt: skip


@pytest.mark.parametrize("html", BOMBS.values(), ids=BOMBS)
def test_pages_made_to_hurt_are_read_all_the_same(html: str) -> None:
    """Unbounded, several of these take minutes and gigabytes; here they just pass."""
    page = read(html.encode()[:MAX_BYTES], "https://acme.example/", "acme.example")
    assert len(page.facts) < 100


def test_of_a_very_long_page_head_and_foot_are_read() -> None:
    middle = "<p>text and <b>more</b> text</p>" * 60_000
    html = f"<title>Acme</title>{middle}<footer>info@acme.example © Acme Ltd</footer>"
    assert values(html, "acme.example") == {
        "company_name": "Acme",
        "legal_name": "Acme Ltd",
        "company_email": "info@acme.example",
    }


UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
PIECES = st.sampled_from(
    [
        *(
            "<script type='application/ld+json'>",
            "</script>",
            '{"@type":"Organization",',
            '"name":',
        ),
        *('"Acme"', "}", "]", "[", ",", '"address":{', '"sameAs":[', '"http://[::1"', "<title>"),
        *(
            "</title>",
            "<meta property=og:site_name content=",
            "<a href=",
            "'mailto:a@acme.example'>",
        ),
        *("'//x.com/acme'>", "'http://[bad'>", "<div itemscope itemtype=", "'schema.org/Store'>"),
        *("<span itemprop=name>", "<meta http-equiv=refresh content='0;url=", "[at]", "@", "tel:"),
        *("<base href='http://['>", "<svg><title>", "<template>", "<!--", "\0", "\ud7ff", "é"),
        *(
            "<a href=' '>",
            "<noscript>",
            "</noscript>",
            "<a href=/contact>x</a>",
            "<html lang=",
            "<img class=logo src=",
            "<link rel=icon href=",
            "&#x110000;",
            "&#0;",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=30).map("".join), st.text(max_size=30)
)
def test_no_page_makes_it_raise(html: str, content_type: str) -> None:
    page = read(
        html.encode("utf-8", "surrogatepass"), "https://acme.example/", "acme.example", content_type
    )
    for name, value in best(page.facts).items():
        assert CATALOGUE[name]
        assert 0 < (value.confidence or 0) <= 1
        if CATALOGUE[name].type is FieldType.INTEGER:
            assert isinstance(value.content, int)
        elif CATALOGUE[name].type is FieldType.LIST:
            assert isinstance(value.content, tuple)
        else:
            assert isinstance(value.content, str)
            assert value.content == value.content.strip() != ""
            assert not UNSEEN.search(value.content)
    kept = msgspec.json.encode(page.facts)
    assert msgspec.json.decode(kept, type=tuple[Fact, ...]) == page.facts


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    page = read(body, "https://acme.example/", "acme.example")
    assert read(body, "https://acme.example/", "acme.example") == page
