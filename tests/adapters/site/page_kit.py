"""What the tests of pages share: text to fill them, an organization, a short way to the values."""

from __future__ import annotations

import json
from typing import Any

from enrich_cli.adapters.site.merging import best
from enrich_cli.adapters.site.page import read

FILLER = "<p>" + "We listen, then we draw, and only then do we build what you need. " * 4 + "</p>"


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
