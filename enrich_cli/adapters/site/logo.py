"""The company's logo, or what comes near."""

from __future__ import annotations

import re

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings

_MAX_PICTURES = 200
_OTHERS = re.compile(r"partner|client|customer|sponsor|payment|kunde|award", re.IGNORECASE)


def find(document: Document, findings: Findings) -> None:
    """Note the first picture that calls itself a logo, and the browser's icon."""
    for node in document.tagged("img")[:_MAX_PICTURES]:
        attributes = node.attributes
        told = " ".join([attributes.get(key) or "" for key in ("class", "id", "alt", "src")])
        address = attributes.get("src") or attributes.get("data-src") or ""
        if "logo" in told.lower() and not _OTHERS.search(told):
            findings.add("logo_url", document.absolute(address) if address else None, Source.LOGO)
            break
    linked = document.linked
    for kind in ("apple-touch-icon", "icon"):
        if href := next((href for rel, href in linked if kind in rel), None):
            findings.add("logo_url", document.absolute(href), Source.ICON)
            return
