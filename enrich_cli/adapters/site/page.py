"""What one page says about the company that it belongs to: bytes in, facts out.

`read` never raises, whatever the bytes are, and its time is bounded whatever they were made for.
"""

from __future__ import annotations

from enrich_cli.adapters.site import (
    further,
    head,
    history,
    languages,
    legal_names,
    logo,
    mails,
    names,
    nation,
    notices,
    organization,
    phones,
    postal,
    profiles,
    signs,
)
from enrich_cli.adapters.site.bounds import MAX_BYTES
from enrich_cli.adapters.site.charsets import decode
from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Page, Verdict
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.links import host_of, same_site

_LEADING = (Verdict.SITE, Verdict.WALLED)  # a notice leads to advertisements or in a circle


def read(body: bytes, url: str, domain: str, content_type: str = "") -> Page:
    """What the page says. `domain` is the registrable domain that was asked about."""
    html = decode(body[:MAX_BYTES], content_type)
    document = Document(html, url, domain)
    findings = Findings(url, document.label)
    for look in (
        *(organization.find, head.find, names.in_title, languages.find, profiles.find),
        *(phones.in_links, mails.in_links, logo.find, signs.find),
    ):
        look(document, findings)
    links = further.links(document)  # the last to use the links: `words` takes some of them away
    for look in (
        *(mails.in_text, phones.in_text, legal_names.find, names.holder, languages.guess),
        *(postal.find, nation.find, history.find),
    ):
        look(document, findings)
    verdict = notices.verdict(document, findings)
    return Page(
        verdict=verdict,
        facts=tuple(findings.facts),
        links=links,
        names=tuple(findings.names),
        mentions=not same_site(host_of(url), domain) and domain in html.lower(),
        refresh=further.refresh(document) if verdict in _LEADING else None,
    )
