"""Technologies that leave plain marks in a page."""

from __future__ import annotations

import re

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings

_GENERATOR = re.compile(r"[A-Za-z][\w.!+ -]{1,38}?(?=\s+v?\d|\s*[;,(:]|\s*$)", re.ASCII)
_ASSETS = (
    ("/wp-content/", "WordPress"), ("/wp-includes/", "WordPress"), ("cdn.shopify.com", "Shopify"),
    ("static.wixstatic.com", "Wix"), ("static.parastorage.com", "Wix"), ("/typo3", "TYPO3"),
    ("squarespace.com", "Squarespace"), ("website-files.com", "Webflow"), ("/_next/", "Next.js"),
    ("/_nuxt/", "Nuxt"), ("/sites/default/files", "Drupal"), ("hs-scripts.com", "HubSpot"),
    ("googletagmanager.com", "Google Tag Manager"), ("google-analytics.com", "Google Analytics"),
    ("matomo.js", "Matomo"), ("piwik.js", "Matomo"), ("jquery", "jQuery"),
    ("bootstrap", "Bootstrap"), ("js.stripe.com", "Stripe"), ("static.hotjar.com", "Hotjar"),
    ("widget.intercom.io", "Intercom"), ("cdn.segment.com", "Segment"),
    ("plausible.io", "Plausible"),
)  # fmt: skip
_MARKS = (("[ng-version]", "Angular"), ("[data-wf-site]", "Webflow"), ("[data-reactroot]", "React"))


def find(document: Document, findings: Findings) -> None:
    """Note the technologies of the page."""
    found = {name for selector, name in _MARKS if document.tree.css_first(selector)}
    if generator := _GENERATOR.match(document.metas.get("generator", "").strip()):
        found.add(generator[0])
    found.update(name for part, name in _ASSETS if part in document.assets)
    if found:
        findings.add("technologies", sorted(found), Source.SIGN)
