"""What the site states for machines about its own company."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enrich_cli.adapters.site import json_ld, mails, microdata
from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.likeness import resembles
from enrich_cli.adapters.site.links import host_of
from enrich_cli.adapters.site.profiles import profile
from enrich_cli.adapters.site.schema import business, every, first, is_organization, nodes, types

_MAX_ORGANIZATIONS = 40
_TEXTS = (
    ("company_name", "name"),
    ("legal_name", "legalName"),
    ("description", "description"),
    ("company_phone", "telephone"),
    ("founded_year", "foundingDate"),
    ("industry", "industry"),
)


def find(document: Document, findings: Findings) -> None:
    """Note what is stated of the one organization that is most plainly the site's own."""
    found = [node for value in json_ld.values(document) for node in nodes(value)]
    stated = [(node, Source.STATED) for node in found if is_organization(node)]
    marked = [(node, Source.MARKED) for node in microdata.organizations(document)]
    for kind in (stated, marked):
        near = [
            (_nearness(node, document), node, source) for node, source in kind[:_MAX_ORGANIZATIONS]
        ]
        points, node, source = max(near, key=lambda one: one[0], default=(0, {}, Source.STATED))
        if points > 0:
            findings.described = True
            _describe(node, source, document, findings)
    for node in found:
        if any(name.lower() == "website" for name in types(node)):
            findings.add("company_name", first(node.get("name")), Source.STATED_SITE)


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
    if any(isinstance(name, str) and resembles(name, document.label) for name in names):
        points += 3
    return points + any(key in node for key in ("address", "telephone", "logo", "sameAs"))


def _describe(
    node: Mapping[str, Any], source: Source, document: Document, findings: Findings
) -> None:
    for field, key in _TEXTS:
        findings.add(field, first(node.get(key)), source)
    findings.add("employee_count", first(node.get("numberOfEmployees"), "value"), source)
    _address(node, source, findings)
    logo = first(node.get("logo"), "url", "contentUrl", "@id")
    if isinstance(logo, str):
        findings.add("logo_url", document.absolute(logo), source)
    contacts = [c for c in every(node.get("contactPoint")) if isinstance(c, dict)]
    for contact in (node, *contacts):
        mails.note(first(contact.get("email")), document, findings, source)
    for contact in contacts:
        findings.add("company_phone", first(contact.get("telephone")), source)
    for link in every(node.get("sameAs")):
        if isinstance(link, str) and (found := profile(link)):
            findings.add(found[0], found[1], source)
    for kind in business(node):
        findings.add("industry", kind, Source.KIND)


def _address(node: Mapping[str, Any], source: Source, findings: Findings) -> None:
    places = [node, *(p for p in every(node.get("location")) if isinstance(p, dict))]
    found = [a for p in places for a in every(p.get("address")) if isinstance(a, dict)]
    for address in found[:1]:
        findings.add("street_address", first(address.get("streetAddress")), source)
        findings.add("city", first(address.get("addressLocality")), source)
        findings.add("region", first(address.get("addressRegion")), source)
        findings.add("postal_code", first(address.get("postalCode")), source)
        findings.add("country", first(address.get("addressCountry"), "identifier"), source)
