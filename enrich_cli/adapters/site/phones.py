"""Telephone numbers to tap."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings


def in_links(document: Document, findings: Findings) -> None:
    """Note the numbers that are linked; those of fax machines are none."""
    for href, node in document.anchors:
        if href[:4].lower() == "tel:" and not _is_fax(node):
            findings.add("company_phone", href, Source.PHONE_LINK)


def _is_fax(node: LexborNode) -> bool:
    before = node.prev
    near = node.text()[:60] + (before.text()[-20:] if before and before.is_text_node else "")
    return "fax" in (near + (node.attributes.get("class") or "")).lower()
