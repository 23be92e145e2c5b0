"""Names with a legal form, such as the register has them, in the text of a page."""

from __future__ import annotations

import re
from itertools import islice

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source, Topic
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.scan import lines_with

# The usual ones of the countries whose companies write them out; longer forms come first.
# Blanks may be missing, and so may the full stop at the end of an abbreviated word.
_FORMS = (
    *("GmbH & Co. KG", "GmbH & Co. OHG", "gGmbH", "GmbH", "GesmbH", "Ges.m.b.H.", "AG & Co. KG"),
    *("KGaA", "AG", "KG", "OHG", "GbR", "UG (haftungsbeschränkt)", "PartG mbB", "e. V.", "e. K."),
    *("e. U.", "eG", "SE", "Incorporated", "Inc.", "L.L.C.", "LLC", "LLP", "Corporation", "Corp."),
    *("Pty. Ltd.", "Pte. Ltd.", "Pvt. Ltd.", "Private Limited", "Limited", "Ltd. Şti.", "Ltd."),
    *("PLC", "plc", "Sdn. Bhd.", "S.A.S.", "SASU", "SAS", "SARL", "EURL", "S.à r.l."),
    *("S.A. de C.V.", "S.A.U.", "S.A.", "SA", "SNC", "S.r.l.s.", "S.r.l.", "S.R.L.", "Srl"),
    *("S.p.A.", "SpA", "S.L.U.", "S.L.", "SL", "B.V.", "BV", "N.V.", "NV", "VOF", "AB", "HB"),
    *("ASA", "AS", "A/S", "I/S", "ApS", "Oyj", "Oy", "Ky", "OÜ", "UAB", "SIA", "Sp. z o. o."),
    *("Sp. k.", "s. r. o.", "a. s.", "A.Ş.", "Kft.", "Zrt.", "d.o.o.", "d.d.", "Ltda.", "EIRELI"),
    *("Lda.", "K.K."),
)
# Forms that are no words of their own, or that stand before the name.
_JOINED = (
    "株式会社",
    "有限会社",
    "合同会社",
    "有限责任公司",
    "股份有限公司",
    "有限公司",
    "주식회사",
)
_AHEAD = ("株式会社", "有限会社", "合同会社", "주식회사", "ООО", "АО", "ЗАО")


def _pattern(form: str) -> str:
    dotted_word = form.endswith(".") and form.rpartition(" ")[2].count(".") == 1
    return re.escape(form).replace(r"\ ", " ?") + ("?" if dotted_word else "")


_NAME = re.compile(
    r"(?<![A-Za-z0-9_])(?:[^\W\d_a-z][\w'’.+-]{0,30}|\d[\w-]{0,15})"
    r"(?:,? (?:[^\W_][\w'’.+-]{0,30}|&)){0,5}?,? "
    rf"(?:{'|'.join(map(_pattern, _FORMS))})(?!\w)"
    rf"|(?:{'|'.join(_AHEAD)})\s?[«\"]?[\w・ー&' -]{{1,30}}?(?:[»\"]|(?=[\s。、,]|\Z))"
    rf"|[\w・ー&]{{1,30}}(?:{'|'.join(_JOINED)})"
)
_BEFORE = re.compile(
    r"^(?:©|\(c\)|copyright|all rights reserved|by|\d{4}|[-–,.\s])+", re.IGNORECASE
)
_YEARS = re.compile(r"^(?:19|20)\d\d(?:[-–](?:\d{4}|\d\d))?,? (?=[^\W\d])")
# The last words of the forms as `_forms` sees them.
_ENDS = frozenset(
    written.split()[-1].strip("().")
    for form in _FORMS
    for written in (form, form.replace(". ", "."))
)
# Where that is one letter, such as in "s. r. o.", it takes the letter before it to be told by.
_PAIRS = {
    end: tuple(form[:-1][-4:] for form in _FORMS if form.endswith(f". {end}."))
    for end in _ENDS
    if len(end) == 1
}
_MAX_LINE, _MAX_NAMES, _MOST, _FOOT = 400, 40, 20_000, 3_000


def find(document: Document, findings: Findings) -> None:
    """Note names with a legal form: at the foot of any page, anywhere on an imprint."""
    imprint = document.topic is Topic.IMPRINT
    searched = document.words[:_MOST] if imprint else document.words[-_FOOT:]
    forms = _forms(searched)
    ends = {form.rpartition(" ")[2] for form in forms}
    lines = (
        " ".join(searched[start:end].split())
        for start, end in lines_with(ends, searched)
        if end - start <= _MAX_LINE
    )
    likely = (_BEFORE.sub("", line) for line in lines if any(form in line for form in forms))
    for match in islice(filter(None, map(_NAME.search, likely)), _MAX_NAMES):
        name = _YEARS.sub("", match[0])
        if findings.alike(name):
            findings.add("legal_name", name, Source.LEGAL_ALIKE)
        elif imprint:
            findings.add("legal_name", name, Source.LEGAL)


def _forms(text: str) -> set[str]:
    """The ends of legal forms in a text: a quick look before a slow one."""
    words = text.split()
    found = set(_ENDS & {word.strip("(),;:|.") for word in set(words)})
    for end in found & _PAIRS.keys():
        joined = " ".join(words)
        found.remove(end)
        found.update(pair for pair in _PAIRS[end] if pair in joined)
    if not text.isascii():
        found |= {form for form in (*_JOINED, *_AHEAD) if form in text}
    return found
