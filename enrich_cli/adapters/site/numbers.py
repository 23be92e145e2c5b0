"""The numbers by which tax offices and registers know the company, in imprints and at feet."""

from __future__ import annotations

import re

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source, Topic
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.scan import as_zero

LABELS = ("VAT", "USt", "Umsatzsteuer", "UID", "TVA", "BTW", "IVA", "NIF", "CIF", "NIP", "moms",
          "DIČ", "ALV")  # fmt: skip
"""One of these stands before a tax number."""

# The form of each country's number, without blanks: the table of the EU's VAT information exchange
# system (VIES), with Switzerland, Norway and the United Kingdom.
_FORMS = {
    "AT": r"U\d{8}", "BE": r"[01]\d{9}", "BG": r"\d{9,10}", "CHE": r"\d{9}", "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}", "DE": r"\d{9}", "DK": r"\d{8}", "EE": r"\d{9}", "EL": r"\d{9}",
    "ES": r"[A-Z]\d{7}[A-Z0-9]|\d{8}[A-Z]", "FI": r"\d{8}", "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "GB": r"\d{12}|\d{9}", "HR": r"\d{11}", "HU": r"\d{8}", "IE": r"\d[A-Z0-9]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}", "LT": r"\d{12}|\d{9}", "LU": r"\d{8}", "LV": r"\d{11}", "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}", "NO": r"\d{9}", "PL": r"\d{10}", "PT": r"\d{9}", "RO": r"\d{2,10}",
    "SE": r"\d{12}", "SI": r"\d{8}", "SK": r"\d{10}",
}  # fmt: skip
_LABELLED = re.compile(
    r"(?:\bVAT|\bUSt|Umsatzsteuer|\bUID|\bTVA\b|\bBTW|P\. ?IVA|Partita IVA|\bNIF\b|\bCIF\b|\bNIP\b|"
    r"\bmoms|\bDIČ|\bALV\b)[^\n]{0,40}?\b((?:"
    + "|".join(_FORMS)
    + r")[ -]?[\dA-Z][\dA-Z .-]{1,18})"
)
_NUMBER = re.compile("|".join(f"{country}(?:{form})" for country, form in _FORMS.items()))
_COUNTRIES = {"EL": "GR", "CHE": "CH"}  # of the prefixes that are no codes of countries
_SEPARATORS = str.maketrans("", "", " .-")
_REGISTERS = re.compile(
    r"\b(?P<german>HR[AB]|VR|GnR|PR) ?(?:Nr\.? ?)?(?P<german_number>\d{1,6}(?: ?[A-Z]{1,2}\b)?)"
    r"|\b(?:[Cc]ompany|[Rr]egistration|[Rr]egistered) (?:[Rr]egistration )?(?:[Nn]o\.?|[Nn]umber)"
    r"[:.]? ?(?P<british>(?:[A-Z]{2}\d{6}|\d{7,8})\b)"
    r"|\b(?:SIREN|SIRET)[ :]{1,3}(?P<french>\d{3} ?\d{3} ?\d{3})"
    r"|\b(?:KvK|KVK)[- ]?(?:nummer|nr\.?)?[ :]{0,3}(?P<dutch>\d{8})\b"
    r"|\b(?:CVR)[- ]?(?:nr\.?)?[ :]{0,3}(?P<danish>\d{8})\b"
    r"|\bFN ?(?P<austrian>\d{5,6} ?[a-z])\b"
)
# Without one of these no number of a register is there: a quick look before a slow one.
_MARKS = ("HR", "VR", "GnR", "PR")
_DIGITS = (b"00000", b"000 000")
_FOOT, _MOST = 1_500, 10_000


def find(document: Document, findings: Findings) -> None:
    """Note the tax number, with its country, and the register's number."""
    told = document.topic in (Topic.CONTACT, Topic.IMPRINT)
    text = document.words[:_MOST] if told else document.words[-_FOOT:]
    if number := tax_number(text):
        findings.add("vat_id", number, Source.TAX_NUMBER)
        prefix = number[:3] if number.startswith("CHE") else number[:2]
        findings.add("country", _COUNTRIES.get(prefix, prefix), Source.TAX_NUMBER)
    if number := register_number(text):
        findings.add("register_number", number, Source.TAX_NUMBER)


def tax_number(text: str) -> str | None:
    """The first number for value added tax with its country's prefix, without blanks, or None."""
    if not any(label in text for label in LABELS):
        return None
    for labelled in _LABELLED.finditer(text):
        if number := _NUMBER.match(labelled[1].translate(_SEPARATORS)):
            return number[0]
    return None


def register_number(text: str) -> str | None:
    """The first number in a register of companies, with its register where that is a part of it."""
    told = any(mark in text for mark in _MARKS)
    told = told or any(digits in as_zero(text) for digits in _DIGITS)
    match = _REGISTERS.search(text) if told else None
    if match is None:
        return None
    found = {name: value for name, value in match.groupdict().items() if value}
    if "german" in found:
        return f"{found['german']} {found['german_number']}"
    return f"FN {found['austrian']}" if "austrian" in found else next(iter(found.values()))
