"""What the company calls itself: in titles, headings, its logo and its copyright."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.likeness import resembles
from enrich_cli.adapters.site.scan import lines_with, lowered
from enrich_cli.adapters.site.wording import names_nobody

_BETWEEN = re.compile(r"\s*[|•·»«]\s*|\s+[-–—~]+\s+|\s*[:–—]\s+")
_WELCOME = re.compile(
    r"^(?:welcome to|willkommen (?:bei|beim|auf)|bienvenue (?:chez|sur|à)|bienvenidos? a|"
    r"benvenut[oi] (?:in|su|da)|welkom bij|bem-vindos? (?:à|ao|a)|witamy w|välkommen till|"
    r"velkommen til|tervetuloa|vítejte v|hoş geldiniz|home of) ", re.IGNORECASE)  # fmt: skip
_HOLDER = re.compile(
    r"(?:©|\(c\)|copyright)\s*(?:©|copyright|\(c\))?\s*(?:\d{4}(?:\s?[-–—]\s?(?:\d{4}|\d\d))?)?"
    r"\s*(?:by |,)?\s*(?P<name>[^\W\d_][^|·•©\n]{0,60})", re.IGNORECASE)  # fmt: skip
_MARKS = ("©", "(c)", "copyright")
_HOLDER_END = re.compile(
    r"[,.–—-]?\s*(?:all rights? reserved|alle rechte|tous droits|todos los derechos|"
    r"tutti i diritti|todos os direitos|wszelkie prawa|alla rättigheter|kaikki oikeudet|"
    r"rights reserved|\d{4}).*$"
    r"|\.\s.*$", re.IGNORECASE)  # fmt: skip
_LOGO_WORDS = re.compile(
    r"\b(?:logo(?:type)?|home ?page|home|icon|image)\b|[-_–|:]+\s*$", re.IGNORECASE
)
_NO_HOLDER = re.compile(
    r"all rights|alle rechte|tous droits|rights|copyright|powered|design|website|the |\W|"
    r"(?:notices?|information|polic(?:y|ies)|infringements?|claims?|complaints?|laws?|act|owners?|"
    r"holders?|protected|protection|materials?|agents?|statement)\b",
    re.IGNORECASE)  # fmt: skip
_TITLES = ("og:title", "twitter:title", "dc.title")
_MAX_TITLE, _FOOT, _MAX_PICTURES = 60, 1_500, 200


def in_title(document: Document, findings: Findings) -> None:
    """Note the part of the title that is the name, or the one that is likest to be.

    The titles of the cards by which the page shows itself elsewhere, its heading and its logo's
    words count where they are like the domain.
    """
    parts = _parts(document.title)
    for title in (parts, *(_parts(document.metas.get(key, "")) for key in _TITLES)):
        alike = [p for p in title if len(p) <= _MAX_TITLE and resembles(p, document.label)]
        if alike:
            findings.add("company_name", min(alike, key=len), Source.TITLE_ALIKE)
            return
    for said in _headings(document):
        if said and len(said) <= _MAX_TITLE // 2 and resembles(said, document.label):
            findings.add("company_name", said, Source.TITLE_ALIKE)
            return
    if parts and document.topic is None:
        findings.add("company_name", min(parts, key=len), Source.TITLE)


def _parts(title: str) -> list[str]:
    parts = [_WELCOME.sub("", part.strip()) for part in _BETWEEN.split(title[:300])]
    return [part for part in parts if part and not names_nobody(part)]


def _headings(document: Document) -> Iterator[str]:
    pictures = document.tagged("img")
    named = [node for node in pictures[:_MAX_PICTURES] if _is_logo(node)]
    if pictures:
        named += document.tree.css(".logo img[alt]")[:3]
    for node in named[:3]:
        yield " ".join(_LOGO_WORDS.sub("", node.attributes.get("alt") or "").split())
    for node in document.tagged("h1")[:2]:
        yield " ".join(node.text()[:200].split())


def _is_logo(node: LexborNode) -> bool:
    attributes = node.attributes
    told = f"{attributes.get('class')} {attributes.get('id')}".lower()
    return "logo" in told and bool(attributes.get("alt"))


def holder(document: Document, findings: Findings) -> None:
    """Note whose copyright the page is, by the line at its foot."""
    foot = document.words[-_FOOT:]
    for start, end in lines_with(_MARKS, lowered(foot)):
        match = _HOLDER.search(foot[start : min(end, start + 200)])
        if match is None:
            continue
        name = _HOLDER_END.sub("", match["name"]).strip(" .,-–—")
        if 1 < len(name) <= _MAX_TITLE // 2 and not _NO_HOLDER.match(name):
            alike = resembles(name, document.label)
            findings.add("company_name", name, Source.TITLE_ALIKE if alike else Source.HOLDER)
            return
