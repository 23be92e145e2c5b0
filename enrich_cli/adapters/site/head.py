"""What stands in a page's head: names, summary, language."""

from __future__ import annotations

import re

from enrich_cli.adapters.site import names, profiles
from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.likeness import folded, resembles
from enrich_cli.adapters.site.wording import NO_SUMMARY


def find(document: Document, findings: Findings) -> None:
    """Note what the head says."""
    metas = document.metas
    site = metas.get("og:site_name", "")
    if site and folded(site) != folded(document.domain):
        findings.described = True
        findings.add("company_name", site, Source.SITE_NAME)
    for key in ("application-name", "apple-mobile-web-app-title"):
        if resembles(metas.get(key, ""), document.label):
            findings.add("company_name", metas[key], Source.TITLE_ALIKE)
    for key in ("description", "og:description", "twitter:description"):
        summary = metas.get(key, "").strip()
        if len(summary) >= 15 and not NO_SUMMARY.match(summary):
            findings.described = True
            findings.add("description", summary, Source.SUMMARY)
    names.in_title(document, findings)
    root = document.tree.css_first("html")
    tag = (root and root.attributes.get("lang")) or metas.get("og:locale") or ""
    if found := _language(tag) or _language(metas.get("content-language", "")):
        findings.add("language", found, Source.LANGUAGE)
    handle = metas.get("twitter:site", "").strip()
    if re.fullmatch(r"@\w{1,15}", handle, re.ASCII):
        profiles.note("company_twitter", f"https://x.com/{handle[1:]}", handle[1:], findings)


def _language(tag: str) -> str | None:
    """A language tag in its usual spelling, such as de-CH, or None."""
    parts = tag.strip().replace("_", "-").split("-")[:3]
    if not re.fullmatch(r"[a-zA-Z]{2,3}", parts[0], re.ASCII):
        return None
    rest = [
        p.upper() if len(p) == 2 else p.title()
        for p in parts[1:]
        if re.fullmatch(r"[a-zA-Z]{2}|[a-zA-Z]{4}", p, re.ASCII)
    ]
    return "-".join([parts[0].lower(), *rest])
