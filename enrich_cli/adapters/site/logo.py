"""The company's logo, or what comes near."""

from __future__ import annotations

import re

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings

_PICTURES = 'img[class*="logo" i],img[id*="logo" i],img[alt*="logo" i],img[src*="logo" i]'
_OTHERS = re.compile(r"partner|client|customer|sponsor|payment|kunde|award", re.IGNORECASE)


def find(document: Document, findings: Findings) -> None:
    """Note the first picture that calls itself a logo, and the browser's icon."""
    for node in document.tree.css(_PICTURES)[:5]:
        attributes = node.attributes
        told = " ".join(str(attributes.get(key) or "") for key in ("class", "id", "alt", "src"))
        address = attributes.get("src") or attributes.get("data-src") or ""
        if not _OTHERS.search(told):
            findings.add("logo_url", document.absolute(address) if address else None, Source.LOGO)
            break
    icons = document.tree.css('link[rel~="apple-touch-icon" i][href]')[:1]
    for node in icons or document.tree.css('link[rel~="icon" i][href]')[:1]:
        findings.add("logo_url", document.absolute(node.attributes.get("href") or ""), Source.ICON)
