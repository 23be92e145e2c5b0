"""What the site states for machines about its own company."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enrich_cli.adapters.site import cards, items, json_ld, mails, postal
from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.languages import tag_of
from enrich_cli.adapters.site.likeness import resembles
from enrich_cli.adapters.site.links import host_of
from enrich_cli.adapters.site.profiles import BUILDERS, profile
from enrich_cli.adapters.site.schema import (
    business,
    company_type,
    every,
    first,
    is_organization,
    link,
    nodes,
    types,
)

_MAX_ORGANIZATIONS = 40
_TEXTS = (
    ("company_name", "name"),
    ("legal_name", "legalName"),
    ("description", "description"),
    ("company_phone", "telephone"),
    ("founded_year", "foundingDate"),
    ("industry", "industry"),
    ("lei", "leiCode"),
    ("ticker", "tickerSymbol"),
    ("vat_id", "vatID"),
)


def find(document: Document, findings: Findings) -> None:
    """Note what is stated of the one organization that is most plainly the site's own."""
    scripts = json_ld.values(document)
    link(scripts)
    found = [node for value in scripts for node in nodes(value)]
    stated = [node for node in found if is_organization(node)]
    for source, candidates in (
        (Source.STATED, stated),
        (Source.MARKED, items.organizations(document)),
        (Source.CARD, cards.organizations(document)),
    ):
        near = [(_nearness(node, document), node) for node in candidates[:_MAX_ORGANIZATIONS]]
        points, node = max(near, key=lambda one: one[0], default=(0, {}))
        if points > 0:
            findings.described = True
            _describe(node, source, document, findings)
    for node in found:
        if any(name.lower() == "website" for name in types(node)):
            findings.add("company_name", first(node.get("name")), Source.STATED_SITE)
            tag = first(node.get("inLanguage"))
            if isinstance(tag, str):
                findings.add("language", tag_of(tag), Source.STATED_SITE)


def _nearness(node: Mapping[str, Any], document: Document) -> int:
    """How surely the organization is this site's: by its address first, then by its name."""
    links = [raw for key in ("url", "@id") if isinstance(raw := first(node.get(key)), str)]
    hosts = [host for link in links if (host := host_of(document.absolute(link) or ""))]
    points = 1
    if any(document.is_own(host) for host in hosts):
        points += 3
    elif hosts:
        points -= 3
    names = [first(node.get(key)) for key in ("name", "legalName", "alternateName")]
    if str(names[0]).lower() in BUILDERS:
        points -= 3
    if any(isinstance(name, str) and resembles(name, document.label) for name in names):
        points += 3
    return points + any(key in node for key in ("address", "telephone", "logo", "sameAs"))


def _describe(
    node: Mapping[str, Any], source: Source, document: Document, findings: Findings
) -> None:
    for field, key in _TEXTS:
        findings.add(field, first(node.get(key)), source)
    _staff(node.get("numberOfEmployees"), source, findings)
    _address(node, source, findings)
    logo = first(node.get("logo"), "url", "contentUrl", "@id")
    if isinstance(logo, str):
        findings.add("logo_url", document.absolute(logo), source)
    contacts = [c for c in every(node.get("contactPoint")) if isinstance(c, dict)]
    for contact in (node, *contacts):
        mails.note(first(contact.get("email")), document, findings, source)
    for contact in contacts:
        findings.add("company_phone", first(contact.get("telephone")), source)
    for address in every(node.get("sameAs")):
        if isinstance(address, str) and (found := profile(address)):
            findings.add(found[0], found[1], source)
    for kind in business(node):
        findings.add("industry", kind, Source.KIND)
    findings.add("company_type", company_type(node), Source.KIND)


def _staff(raw: object, source: Source, findings: Findings) -> None:
    """A number of employees, or a range of them."""
    said = raw[0] if isinstance(raw, list) and raw else raw
    if isinstance(said, dict) and ("minValue" in said or "maxValue" in said):
        ends = [str(said.get(end) or "") for end in ("minValue", "maxValue")]
        written = f"{ends[0]}-{ends[1]}" if ends[1] else f"{ends[0]}+"
        findings.add("employee_range", written, source)
    count = first(raw, "value")
    findings.add("employee_count", count, source)
    if isinstance(count, str):
        findings.add("employee_range", _range(count), source)


def _range(text: str) -> str | None:
    """The text, where it is a range and no plain number."""
    return text if any(sign in text for sign in "-–+>") else None


def _address(node: Mapping[str, Any], source: Source, findings: Findings) -> None:
    places = [node, *(p for p in every(node.get("location")) if isinstance(p, dict))]
    found = [a for p in places for a in every(p.get("address")) if isinstance(a, dict | str)]
    for address in found:
        if isinstance(address, str):
            postal.note(postal.first_place(address[:300], plain=True), source, findings)
            continue
        findings.add("street_address", first(address.get("streetAddress")), source)
        findings.add("city", first(address.get("addressLocality")), source)
        findings.add("region", first(address.get("addressRegion")), source)
        findings.add("postal_code", first(address.get("postalCode")), source)
        findings.add("country", first(address.get("addressCountry"), "identifier"), source)
        return
