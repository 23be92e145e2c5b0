"""Renders the fictional companies' pages, each site in its own look."""

from __future__ import annotations

from html import escape

from enrich_cli.sandbox import markup, world
from enrich_cli.sandbox.facts import Company
from enrich_cli.sandbox.looks import Look
from enrich_cli.sandbox.texts import TEXTS, Texts


def render(
    company: Company, look: Look, base: str, path: str, page_bytes: int
) -> tuple[str, bytes] | None:
    """Content type and body of the page at `path`; None where the site has no such page."""
    texts = TEXTS[look.language]
    if path == "/sitemap.xml":
        return "application/xml", _sitemap(base, texts)
    if path in ("/logo.svg", "/favicon.ico"):
        return "image/svg+xml", _LOGO
    parts = {
        "/": _home,
        texts.about[0]: _about,
        texts.contact[0]: _contact,
        texts.imprint[0]: _imprint,
    }
    if path not in parts:
        return None
    words = {
        "name": company.name,
        "makes": company.industry.makes[look.language],
        "city": company.place.city,
        "year": str(company.founded),
        "count": str(company.employees),
    }
    main = parts[path](company, look, texts, words)
    html = _frame(company, look, texts, words, base, path, main)
    if len(html) < page_bytes:
        html = html.replace("</main>", _padding(texts, page_bytes - len(html)) + "</main>")
    type_ = f"text/html; charset={look.charset}" if look.says_charset else "text/html"
    return type_, html.encode(look.charset, "xmlcharrefreplace")


def english(look: Look, path: str) -> str:
    """Where a site in another language keeps the page that `path` names in English, else ""."""
    texts, ours = TEXTS["en"], TEXTS[look.language]
    names = {texts.about[0]: ours.about[0], texts.contact[0]: ours.contact[0]}
    return {**names, texts.imprint[0]: ours.imprint[0]}.get(path.rstrip("/"), "")


def plain(title: str, text: str) -> bytes:
    """A bare page, as web servers make them."""
    return (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
    ).encode()


PARKED = plain("Domain parked", "This domain is parked free of charge. Related searches: loans.")
FOR_SALE = plain("This domain is for sale", "The domain is for sale. Make an offer now.")
DEFAULT = plain("Welcome to nginx!", "If you see this page, the web server is installed.")
SCRIPT = (
    b'<!doctype html><html><head><meta charset="utf-8"><title>App</title></head><body>'
    b"<noscript>You need to enable JavaScript to run this app.</noscript>"
    b'<div id="root"></div><script src="/static/main.js"></script></body></html>'
)
_LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><circle r="32"/></svg>'


def _frame(
    company: Company,
    look: Look,
    texts: Texts,
    words: dict[str, str],
    base: str,
    path: str,
    main: str,
) -> str:
    tagline, home = texts.tagline.format(**words), texts.home
    title = escape(look.title.format(name=company.name, tagline=tagline, home=home))
    if path != "/":
        heading = main.partition("</h1>")[0].rpartition(">")[2]
        title = f"{heading} | {escape(company.name)}"
    lang = f' lang="{look.language}"' if look.says_language else ""
    head = [f'<meta charset="{look.charset}">', f"<title>{title}</title>"]
    described = look.markup != "title"
    if described:
        description = escape(texts.description.format(**words))
        head.append(f'<meta name="description" content="{description}">')
    head.append(f'<link rel="canonical" href="{base}{path}">')
    if look.logo:
        head.append('<link rel="icon" href="/favicon.ico">')
    if look.generator:
        head.append(f'<meta name="generator" content="{look.generator}">')
    if described and (look.opengraph or look.markup == "opengraph"):
        head.extend(markup.opengraph(company, look, texts, words, base))
    if path == "/" and (data := markup.json_ld(company, look, texts, words, base)):
        head.append(f'<script type="application/ld+json">{data}</script>')
    links = [("/", home), texts.about, texts.contact, texts.imprint]
    inside = base.partition("//")[2].partition("/")[2]
    prefix = f"/{inside}" if inside else ""
    nav = "".join(f'<a href="{prefix}{href}">{label}</a> ' for href, label in links)
    foot = "".join(f'<a rel="me" href="{url}"></a>' for url in look.social)
    if look.footer:
        foot += _reach(company, look, texts)
    return (
        f"<!doctype html>\n<html{lang}>\n<head>{''.join(head)}</head>\n<body>"
        f"<header><nav>{nav}</nav></header>\n<main>{main}</main>\n"
        f"<footer>{foot}<p>© 2026 {escape(company.legal_name)}</p></footer></body>\n</html>\n"
    )


def _home(company: Company, look: Look, texts: Texts, words: dict[str, str]) -> str:
    text = "".join(f"<p>{escape(line)}</p>" for line in texts.filler)
    logo = '<img class="logo" src="/logo.svg" alt="Logo">' if look.logo else ""
    head = f"<h1>{escape(company.name)}</h1><p>{escape(texts.tagline.format(**words))}</p>"
    if look.markup == "microdata":
        return logo + markup.microdata(company, look) + head + text
    return logo + head + text


def _about(company: Company, look: Look, texts: Texts, words: dict[str, str]) -> str:
    lines = [texts.description.format(**words)]
    if look.founded:
        lines.append(texts.founded.format(**words))
    if look.people:
        lines.append(texts.people.format(**words))
    team = "".join(
        f"<li>{escape(one.name)}, {escape(one.job.title)}</li>" for one in world.staff(company)
    )
    text = "".join(f"<p>{escape(line)}</p>" for line in (*lines, *texts.filler))
    return f"<h1>{texts.about[1]}</h1>{text}<ul>{team}</ul>"


def _contact(company: Company, look: Look, texts: Texts, _words: dict[str, str]) -> str:
    return f"<h1>{texts.contact[1]}</h1>{_reach(company, look, texts)}"


def _imprint(company: Company, look: Look, texts: Texts, _words: dict[str, str]) -> str:
    name = f"<p>{escape(company.legal_name)}</p>"
    return f"<h1>{texts.imprint[1]}</h1>{name}{_reach(company, look, texts)}"


def _reach(company: Company, look: Look, texts: Texts) -> str:
    """Address, telephone and mail, as far and in the form in which the site gives them."""
    parts = []
    if look.address:
        place = company.place
        parts.append(
            f"<address>{escape(company.street)}<br>{place.postal_code} {escape(place.city)}<br>"
            f"{company.country}</address>"
        )
    if look.phone:
        digits = company.phone.replace(" ", "")
        parts.append(f'<p>{texts.phone}: <a href="tel:{digits}">{company.phone}</a></p>')
    mail, (local, _, host) = company.email, company.email.partition("@")
    forms = {
        "mailto": f'<a href="mailto:{mail}">{mail}</a>',
        "spelled": f"{local} [at] {host.replace('.', ' [dot] ')}",
        "entities": "".join(f"&#{ord(char)};" for char in mail),
        "hidden": f'<span class="__cf_email__" data-cfemail="{_hidden(mail)}">[email]</span>',
    }
    if look.mail in forms:
        parts.append(f"<p>{texts.mail}: {forms[look.mail]}</p>")
    return "".join(parts)


def _hidden(mail: str) -> str:
    """The form in which a well-known CDN hides addresses: a key byte, then each byte xor key."""
    key = 0x2A
    return f"{key:02x}" + "".join(f"{byte ^ key:02x}" for byte in mail.encode())


def _sitemap(base: str, texts: Texts) -> bytes:
    paths = ("/", texts.about[0], texts.contact[0], texts.imprint[0])
    rows = "".join(f"<url><loc>{base}{path}</loc></url>" for path in paths)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0"?><urlset xmlns="{space}">{rows}</urlset>'.encode()


def _padding(texts: Texts, size: int) -> str:
    text = "".join(
        f'<p><a href="/news/{at}">{line}</a></p>' for at, line in enumerate(texts.filler)
    )
    return text * (size // len(text) + 1)
