"""What a page says to machines: JSON-LD, OpenGraph and microdata."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from enrich_cli.sandbox.facts import Company
from enrich_cli.sandbox.looks import Look
from enrich_cli.sandbox.texts import Texts


def _organization(
    company: Company, look: Look, texts: Texts, words: dict[str, str], base: str
) -> dict[str, Any]:
    place = company.place
    data: dict[str, Any] = {
        "@type": "Corporation" if company.ticker else "Organization",
        "name": company.name,
        "url": f"{base}/",
        "description": texts.description.format(**words),
    }
    if look.logo:
        data["logo"] = f"{base}/logo.svg"
    if look.phone:
        data["telephone"] = company.phone
    if look.mail == "mailto":
        data["email"] = company.email
    if look.founded:
        data["foundingDate"] = str(company.founded)
    if look.people:
        data["numberOfEmployees"] = {"@type": "QuantitativeValue", "value": company.employees}
    if look.address:
        data["legalName"] = company.legal_name
        data["address"] = {
            "@type": "PostalAddress",
            "streetAddress": company.street,
            "addressLocality": place.city,
            "addressRegion": place.region,
            "postalCode": place.postal_code,
            "addressCountry": place.code,
        }
    if look.social:
        data["sameAs"] = list(look.social)
    return data


def json_ld(company: Company, look: Look, texts: Texts, words: dict[str, str], base: str) -> str:
    """The JSON-LD block of the home page in the form of its look, once not quite JSON; or ""."""
    if look.markup not in ("plain", "graph", "nested", "list", "broken"):
        return ""
    context = {"@context": "https://schema.org"}
    organization = _organization(company, look, texts, words, base)
    page = {"@type": "WebPage", "name": words["name"], "url": f"{base}/"}
    value: Any = {**context, **organization}
    if look.markup == "graph":
        value = {**context, "@graph": [page, {"@id": f"{base}/#org", **organization}]}
    elif look.markup == "nested":
        value = {**context, "@type": "WebSite", "url": f"{base}/", "publisher": organization}
    elif look.markup == "list":
        value = [{**context, **page}, value]
    text = json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
    return text[:-1] + ",}" if look.markup == "broken" else text


def opengraph(
    company: Company, look: Look, texts: Texts, words: dict[str, str], base: str
) -> list[str]:
    """The OpenGraph elements of the head."""
    data = {
        "og:type": "website",
        "og:site_name": company.name,
        "og:title": f"{company.name}: {texts.tagline.format(**words)}",
        "og:description": texts.description.format(**words),
        "og:url": f"{base}/",
        "og:locale": texts.locale,
    }
    if look.logo:
        data["og:image"] = f"{base}/logo.svg"
    return [f'<meta property="{key}" content="{escape(text)}">' for key, text in data.items()]


def microdata(company: Company, look: Look) -> str:
    """The company as a schema.org item in the text of the page."""
    rows = [f'<span itemprop="name">{escape(company.name)}</span>']
    if look.phone:
        rows.append(f'<span itemprop="telephone">{company.phone}</span>')
    if look.mail == "mailto":
        rows.append(f'<a itemprop="email" href="mailto:{company.email}">{company.email}</a>')
    if look.address:
        rows.append(
            '<div itemprop="address" itemscope itemtype="https://schema.org/PostalAddress">'
            f'<span itemprop="streetAddress">{escape(company.street)}</span>'
            f'<span itemprop="postalCode">{company.place.postal_code}</span>'
            f'<span itemprop="addressLocality">{escape(company.place.city)}</span>'
            f'<meta itemprop="addressCountry" content="{company.place.code}"></div>'
        )
    inner = "".join(rows)
    return f'<div itemscope itemtype="https://schema.org/Organization">{inner}</div>'
