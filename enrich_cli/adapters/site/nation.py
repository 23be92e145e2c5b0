"""The company's country, where no address names it: by tax number, or by the domain's ending."""

from __future__ import annotations

import re

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source, Topic
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.wording import words
from enrich_cli.domain.countries import country_code

# Endings of countries under which firms of all countries are at home.
_ANYBODY = words(
    "ac ag ai am bz cc cf co cx fm ga gg gl gq im io la ly me ml ms mu nu pw sc sh so sr st tk to"
    " tv vc vg ws"
)
_ENDINGS = {"uk": "GB"}
_TAXED = re.compile(
    r"(?:\bVAT|\bUSt|Umsatzsteuer|\bUID|\bTVA\b|\bBTW|P\. ?IVA|Partita IVA|\bNIF\b|\bCIF\b|\bNIP\b|"
    r"\bmoms|\bDIČ|\bALV\b)[^\n]{0,40}?\b(AT|BE|BG|CHE|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|"
    r"LU|LV|MT|NL|NO|PL|PT|RO|SE|SI|SK)[ -]?[A-Z]?\d[\dA-Z .-]{5,16}",
)  # prefixes of VAT numbers: EU directive 2006/112, article 215, with CHE, GB and NO
_LABELS = ("VAT", "USt", "Umsatzsteuer", "UID", "TVA", "BTW", "IVA", "NIF", "CIF", "NIP", "moms",
           "DIČ", "ALV")  # fmt: skip
_TAX_PREFIXES = {"EL": "GR", "CHE": "CH"}
_FOOT, _MOST = 1_500, 10_000


def find(document: Document, findings: Findings) -> None:
    """Note the country of the tax number, and that of the domain's ending."""
    told = document.topic in (Topic.CONTACT, Topic.IMPRINT)
    text = document.words[:_MOST] if told else document.words[-_FOOT:]
    match = _TAXED.search(text) if any(label in text for label in _LABELS) else None
    if match:
        findings.add("country", _TAX_PREFIXES.get(match[1], match[1]), Source.TAX_NUMBER)
    ending = document.domain.rpartition(".")[2]
    if len(ending) == 2 and ending not in _ANYBODY:
        findings.add("country", _ENDINGS.get(ending) or country_code(ending), Source.DOMAIN)
