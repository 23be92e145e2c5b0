"""What the company calls itself, by titles and by names with a legal form."""

from __future__ import annotations

import re
from itertools import islice

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source, Topic
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.further import topic_of
from enrich_cli.adapters.site.likeness import resembles
from enrich_cli.adapters.site.wording import NO_NAME

_BETWEEN = re.compile(r"\s*[|•·»«]\s*|\s+[-–—~]+\s+|\s*[:–—]\s+")
_WELCOME = re.compile(
    r"^(?:welcome to|willkommen (?:bei|beim|auf)|bienvenue (?:chez|sur|à)|bienvenidos? a|"
    r"benvenut[oi] (?:in|su|da)|welkom bij|home of) ", re.IGNORECASE)  # fmt: skip
# The usual ones of the countries whose companies write them out; longer forms come first.
_FORMS = (
    r"GmbH & Co\. ?(?:KG|OHG)|gGmbH|GmbH|AG & Co\. ?KG|AG|KGaA|KG|OHG|UG \(haftungsbeschränkt\)|"
    r"e\. ?V\.|eG|SE|Incorporated|Inc\.?|LLC|L\.L\.C\.|LLP|Corporation|Corp\.?|Limited|PLC|plc|"
    r"Pty\.? Ltd\.?|Pte\.? Ltd\.?|Ltd\.?|S\.A\.S\.|SAS|SARL|S\.à r\.l\.|S\.A\.|SA|S\.r\.l\.|"
    r"S\.R\.L\.|Srl|S\.p\.A\.|SpA|S\.L\.U?\.?|SL|B\.V\.|BV|N\.V\.|NV|AB|ASA|AS|A/S|ApS|Oyj|Oy|"
    r"Sp\. z o\.o\.|s\.r\.o\.|a\.s\.|Kft\.|Zrt\.|d\.o\.o\.|Ltda\.?|Lda\.?|K\.K\."
)
_LEGAL_NAME = re.compile(
    r"(?:[^\W\d_a-z][\w'’.+-]{0,30}|\d[\w-]{0,15})"
    rf"(?:,? (?:[^\W_][\w'’.+-]{{0,30}}|&)){{0,5}}?,? (?:{_FORMS})(?!\w)"
)
_AHEAD = re.compile(r"^(?:©|\(c\)|copyright|all rights reserved|by|\d{4}|[-–,.\s])+", re.IGNORECASE)
_MAX_LEGAL = 40


def in_title(document: Document, findings: Findings) -> None:
    """Note the part of the title that is the name, or the one that is likest to be."""
    parts = [_WELCOME.sub("", part.strip()) for part in _BETWEEN.split(document.title[:300])]
    parts = [part for part in parts if part and not NO_NAME.fullmatch(part)]
    alike = [p for p in parts if len(p) <= 60 and resembles(p, document.label)]
    if alike:
        findings.add("company_name", min(alike, key=len), Source.TITLE_ALIKE)
    elif parts and topic_of(document.url, "") is None:
        findings.add("company_name", min(parts, key=len), Source.TITLE)


def legal(document: Document, findings: Findings) -> None:
    """Note names with a legal form: at the foot of any page, anywhere on an imprint."""
    topic = topic_of(document.url, "")
    words = document.words
    searched = words[:20_000] if topic is Topic.IMPRINT else words[-3_000:]
    lines = [" ".join(line.split()) for line in searched.split("\n") if len(line) <= 400]
    matches = (match for line in lines if (match := _LEGAL_NAME.search(_AHEAD.sub("", line))))
    for match in islice(matches, _MAX_LEGAL):
        if findings.alike(match[0]):
            findings.add("legal_name", match[0], Source.LEGAL_ALIKE)
        elif topic is Topic.IMPRINT:
            findings.add("legal_name", match[0], Source.LEGAL)
