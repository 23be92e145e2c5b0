"""Reads business cards in class names (hCard and h-card), as schema.org objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborNode

from enrich_cli.adapters.site.document import Document

_MAX_CARDS = 10
_PARTS = {
    "name": ".org,.p-org,.fn,.p-name",
    "telephone": ".tel,.p-tel",
    "email": ".email,.u-email",
    "url": ".url,.u-url",
    "logo": ".logo,.u-logo",
}  # microformats.org: hCard 1.0 and h-card
_PLACE = {
    "streetAddress": ".street-address,.p-street-address",
    "addressLocality": ".locality,.p-locality",
    "addressRegion": ".region,.p-region",
    "postalCode": ".postal-code,.p-postal-code",
    "addressCountry": ".country-name,.p-country-name",
}


def organizations(document: Document) -> list[dict[str, Any]]:
    """The cards of the page that have an address or a way to reach somebody."""
    nodes = document.rare(".vcard,.h-card")[:_MAX_CARDS]
    cards = [_card(node) for node in nodes]
    return [card for card in cards if len(card) > 2]


def _card(node: LexborNode) -> dict[str, Any]:
    card: dict[str, Any] = {"@type": "Organization", **dict(_values(node, _PARTS))}
    place = dict(_values(node, _PLACE))
    return {**card, "address": place} if place else card


def _values(node: LexborNode, parts: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, selector in parts.items():
        found = node.css_first(selector)
        if found is None:
            continue
        attributes = found.attributes
        linked = attributes.get("href") or attributes.get("src") or ""
        said = found.text(separator=" ", strip=True)[:300]
        value = linked if name in ("url", "logo", "email") and linked else said
        if value := value or attributes.get("title") or "":
            yield name, value
