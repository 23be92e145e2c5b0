"""Telephone numbers: to tap, and in the text where a word says what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborNode

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source, Topic
from enrich_cli.adapters.site.findings import Findings

_FOOT, _MOST = 3_000, 12_000
_NUMBER = re.compile(r"[+(\d][\d\s()./+\u00a0\u2010-\u2015\u202f-]{6,24}")
_STARTS_AS_ZERO = bytes(0x30 if sign in b"0123456789(+" else sign for sign in range(256))
_LABEL = re.compile(
    r"(?:\btel(?:efon[aeo]?|efoon|ephone|éfono|éphone)?|\bphone|\bfon|"
    r"\bcall(?: us)?(?: (?:on|at))?|téléphone|\btlf|puhelin|☎|📞|✆|電話|电话|전화|тел(?:ефон)?|"
    r"\bt(?=:))(?:\s?(?:no|nr|number|nummer|numer)\b)?[.:：)\s]{0,4}$",
    re.IGNORECASE)  # fmt: skip
_FAX = re.compile(r"fax[.:\s]{0,4}$|ファックス|传真", re.IGNORECASE)
_MAX_NUMBERS = 40


def in_links(document: Document, findings: Findings) -> None:
    """Note the numbers that are linked; those of fax machines are none."""
    for href, node in document.actions:
        if href[:4].lower() == "tel:" and not _is_fax(node):
            findings.add("company_phone", href, Source.PHONE_LINK)


def in_text(document: Document, findings: Findings) -> None:
    """Note numbers with a word before them, and on a page to contact the firm those with a `+`."""
    told = document.topic in (Topic.CONTACT, Topic.IMPRINT)
    text = document.words[:_MOST] if told else document.words[-_FOOT:]
    for match in islice(_numbers(text), _MAX_NUMBERS):
        before = text[max(0, match.start() - 30) : match.start()]
        number = match[0].partition("\n")[0]
        abroad = told and number.startswith(("+", "(+")) and not _FAX.search(before)
        if abroad or _LABEL.search(before):
            findings.add("company_phone", number, Source.PHONE_TEXT)


def _numbers(text: str) -> Iterator[re.Match[str]]:
    """What looks like a number to dial."""
    # As bytes of the same positions, in which one sign stands for all starts, it is searched fast.
    try:
        signs = text.encode("latin-1")
    except UnicodeEncodeError:
        signs = text.encode("cp1252", "replace")
        if signs.count(b"?") > text.count("?"):  # other letters, and digits maybe
            yield from _NUMBER.finditer(text)
            return
    signs = signs.translate(_STARTS_AS_ZERO)
    at = signs.find(b"0")
    while at >= 0:
        if match := _NUMBER.match(text, at):
            yield match
        at = signs.find(b"0", match.end() if match else at + 1)


def _is_fax(node: LexborNode) -> bool:
    before = node.prev
    near = node.text()[:60] + (before.text()[-20:] if before and before.is_text_node else "")
    return "fax" in (near + (node.attributes.get("class") or "")).lower()
