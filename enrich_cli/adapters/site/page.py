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
    numbers,
    organization,
    phones,
    postal,
    profiles,
    signs,
)
from enrich_cli.adapters.site.bounds import MAX_BYTES
from enrich_cli.adapters.site.charsets import utf8
from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Page, Source, Topic, Verdict
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.links import host_of, same_site
from enrich_cli.domain.entity import Field

_BEST = frozenset((Source.STATED, Source.SITE_NAME, Source.SUMMARY, Source.LANGUAGE))
# What the head can state as well as anything, each with what stands there then. The parts of an
# address and the like are gathered from many places.
_IN_HEAD = {
    "website": "", "company_name": "", "description": "escription", "language": "",
    "logo_url": "logo", "legal_name": "legalName", "company_phone": "elephone",
    "company_email": "mail", "founded_year": "foundingDate",
    "employee_count": "numberOfEmployees", "employee_range": "numberOfEmployees",
    "industry": "industry", "lei": "leiCode", "ticker": "tickerSymbol", "vat_id": "vatID",
    "company_linkedin": "linkedin", "company_facebook": "", "company_twitter": "",
    "company_instagram": "instagram", "company_youtube": "youtube", "company_github": "github",
    "company_tiktok": "tiktok", "company_crunchbase": "crunchbase",
}  # fmt: skip
_OFFERED = {Topic.CONTACT: "contact_page", Topic.ABOUT: "about_page"}
_SHORT = 8_000  # bytes: a page that may be nothing but a notice, or send the visitor on
_LONGEST_HEAD = 200_000
_LEADING = (Verdict.SITE, Verdict.WALLED)  # a notice leads to advertisements or in a circle


def read(
    body: bytes,
    url: str,
    domain: str,
    content_type: str = "",
    wanted: frozenset[Field] | None = None,
) -> Page:
    """What the page says. `domain` is the registrable domain that was asked about.

    Where all that is `wanted` stands in the head, no more than that may be read.
    """
    html = utf8(body[:MAX_BYTES], content_type)
    if wanted is not None and same_site(host_of(url), domain):
        page = _from_head(html, url, domain, wanted)
        if page is not None:
            return page
    document = Document(html, url, domain)
    findings = Findings(url, document.label)
    for look in (
        *(organization.find, head.find, names.in_title, languages.find, profiles.find),
        *(phones.in_links, mails.in_links, logo.find, signs.find),
    ):
        look(document, findings)
    further.feed(document, findings)
    links = further.links(document)  # the last to use the links: `words` takes some of them away
    for look in (
        *(mails.in_text, phones.in_text, legal_names.find, names.holder, languages.guess),
        *(postal.find, nation.find, history.find, numbers.find),
    ):
        look(document, findings)
    for topic, address in links:
        if topic in _OFFERED:
            findings.add(_OFFERED[topic], address, Source.LINK)
    verdict = notices.verdict(document, findings)
    return Page(
        verdict=verdict,
        facts=tuple(findings.facts),
        links=links,
        names=tuple(findings.names),
        mentions=not same_site(host_of(url), domain) and domain.encode() in html.lower(),
        refresh=further.refresh(document) if verdict in _LEADING else None,
    )


def _from_head(html: bytes, url: str, domain: str, wanted: frozenset[Field]) -> Page | None:
    """What the head says, where the body could not say it better; else None.

    That takes an organization that is stated there and is plainly the site's own: such a page is
    no notice.
    """
    if not _IN_HEAD.keys() >= wanted:
        return None
    end = html.find(b"</head>", 0, _LONGEST_HEAD)
    if end < 0 or len(html) - end < _SHORT:
        return None
    # Before the head is parsed: whether it may have all of that, and the body no more of it.
    marks = ("ld+json", *(_IN_HEAD[name] for name in wanted))
    if any(html.find(mark.encode(), 0, end) < 0 for mark in marks):
        return None
    if html.find(b"ld+json", end) >= 0:
        return None
    document = Document(html[:end], url, domain)
    findings = Findings(url, document.label)
    for look in (organization.find, head.find, names.in_title, languages.find, logo.find):
        look(document, findings)
    found = {fact.field for fact in findings.facts if fact.source in _BEST}
    if not findings.has(Source.STATED) or "refresh" in document.metas:
        return None
    if not found.union(("website",)).issuperset(wanted):
        return None
    verdict = notices.verdict(document, findings)
    if verdict is not Verdict.SITE:
        return None
    return Page(verdict, tuple(findings.facts), names=tuple(findings.names), whole=False)
