"""What stands in a page's head: names, summary, place and contact."""

from __future__ import annotations

import re

from enrich_cli.adapters.site import mails, profiles
from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.likeness import folded, resembles
from enrich_cli.adapters.site.wording import NO_SUMMARY

SHORTEST_SUMMARY = 15
"""Letters, below which a text describes no company."""

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_BETWEEN = re.compile(r"\s*[,،、;|·•]\s*|\s+[.-]\s+")
_REGION, _HANDLE = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?"), re.compile(r"@\w{1,15}", re.ASCII)
_LONGEST_SLOGAN, _FEWEST_WORDS = 50, 6
_NAMES = ("application-name", "apple-mobile-web-app-title", "author", "publisher", "copyright",
          "dc.publisher", "dc.creator", "twitter:app:name:iphone")  # fmt: skip
_SUMMARIES = ("description", "og:description", "twitter:description", "dc.description")
# OpenGraph's business objects and its first edition, and the tags of geo.
_PLACES = (
    ("street_address", ("business:contact_data:street_address", "og:street-address")),
    ("city", ("business:contact_data:locality", "og:locality", "geo.placename")),
    ("region", ("business:contact_data:region", "og:region")),
    ("postal_code", ("business:contact_data:postal_code", "og:postal-code")),
    ("country", ("business:contact_data:country_name", "og:country-name", "geo.country")),
    ("company_phone", ("business:contact_data:phone_number", "og:phone_number")),
)
_MAIL = ("business:contact_data:email", "og:email", "reply-to")


def find(document: Document, findings: Findings) -> None:
    """Note what the head says."""
    metas = document.metas
    site = metas.get("og:site_name", "")
    if site and folded(site).removeprefix("www") != folded(document.domain).removeprefix("www"):
        findings.described = True
        findings.add("company_name", site, Source.SITE_NAME)
    for key in _NAMES:
        if resembles(metas.get(key, ""), document.label):
            findings.add("company_name", metas[key], Source.TITLE_ALIKE)
    for summary in _summaries(document):
        # Signs that are words of their own say as much in fewer of them.
        shortest = SHORTEST_SUMMARY if summary.isascii() else SHORTEST_SUMMARY // 2
        if len(summary) >= shortest and not NO_SUMMARY.match(summary):
            findings.described = True
            findings.add("description", summary, Source.SUMMARY)
    for field, keys in _PLACES:
        for key in keys:
            findings.add(field, metas.get(key), Source.HEAD)
    for key in _MAIL:
        mails.note(metas.get(key), document, findings)
    if _REGION.fullmatch(metas.get("geo.region", "")):
        findings.add("country", metas["geo.region"][:2], Source.HEAD)
    handle = metas.get("twitter:site", "").strip()
    if _HANDLE.fullmatch(handle):
        profiles.note("company_twitter", f"https://x.com/{handle[1:]}", handle[1:], findings)
    if published := profiles.profile(metas.get("article:publisher", "")):
        profiles.note(*published, findings)


def _summaries(document: Document) -> list[str]:
    """The summaries, that for search engines first, unless another says more of the company."""
    found = [_TAG.sub(" ", document.metas.get(key, "")).strip() for key in _SUMMARIES]
    first = found[0]
    found.sort(key=lambda one: not _says_more(one, first))
    return found


def _says_more(one: str, than: str) -> bool:
    """Whether one summary goes on where another is cut, or that is a slogan or a mere list."""
    if not one or not than or _is_list(one) or NO_SUMMARY.match(one):
        return False
    start = than.removesuffix("...").removesuffix("…").rstrip()
    if start != than and one.startswith(start):
        return len(one) > len(than)
    if _is_list(than):
        return len(one) >= SHORTEST_SUMMARY
    return len(than) < _LONGEST_SLOGAN and len(one) >= 2 * len(than)


def _is_list(summary: str) -> bool:
    """Whether a summary is nothing but words for search engines, one after the other."""
    parts = _BETWEEN.split(summary)
    return len(parts) >= _FEWEST_WORDS and all(len(part.split()) <= 3 for part in parts)
