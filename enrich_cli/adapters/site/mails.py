"""E-mail addresses: in links, in the text, spelled for people, hidden by a CDN."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote

from enrich_cli.adapters.coerce import coerce
from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.likeness import folded
from enrich_cli.adapters.site.wording import words
from enrich_cli.domain.entity import Field

_GENERAL = words(
    "info contact contacts contactus kontakt hello hallo hi hey mail email office team welcome post"
    " enquiries enquiry inquiries inquiry general reception service zentrale contacto contatti"
    " contatto contato informacion informazioni bonjour accueil segreteria sekretariat buero ask"
    " anfrage hola ola ciao postkasse biuro kontor posti toimisto bilgi iletisim podatelna geral"
    " secretaria atendimento administracion correo courriel kantoor algemeen receptie post mottak"
    " recepcja recepce sekretariaat firmapost kundeservice kundservice asiakaspalvelu aloha"
)
_NOT_ASKED = re.compile(
    r"(?:no|do-?not|dont)[-_.]?reply|example|your?[-_.]?(?:name|email)|name|user(?:name)?|"
    r"firstname.*|vorname.*|postmaster|mailer-daemon|abuse|bounce.*|unsubscribe.*|[0-9a-f]{24,}"
)
_PERSONAL = re.compile(r"[a-z]+[._][a-z]{2,}")
# Not all of the pattern ignores case, so that the search for the bracket is a quick one.
_SPELLED = re.compile(
    r"[\[({] ?(?i:at|@|ät|arobase|arroba|chiocciola|æt|małpa|alfa|kukac|собака) ?[\])}]"
)
_DOT = re.compile(
    r" ?[\[({] ?(?:dot|punkt|punto|point|ponto|kropka|prick|tečka|nokta|\.) ?[\])}] ?",
    re.IGNORECASE,
)
_SHIFTED = re.compile(r"^javascript:linkTo_UnCryptMailto\((?:'|%27)([^'%]{5,200})", re.IGNORECASE)
_MAX_SIGNS, _REACH = 200, 120
_HEAD, _FOOT = 15_000, 10_000  # letters of the text in which mailboxes are looked for
_CIRCLES = (("+", ":"), ("@", "Z"), ("a", "z"))
_LOCAL, _DOMAIN = re.compile(r"[\w.%+-]+", re.ASCII), re.compile(r"[\w-]+(?:\.[\w-]+)+", re.ASCII)


def in_links(document: Document, findings: Findings) -> None:
    """Note the mailboxes that are linked, or hidden from robots by a CDN."""
    for href, _ in document.actions:
        if href[:7].lower() == "mailto:":
            address = unquote(href[7:]).split("?")[0].split(",")[0]
            note(address, document, findings)
        elif "/cdn-cgi/l/email-protection#" in href:
            note(_unhidden(href.rpartition("#")[2]), document, findings)
        elif match := _SHIFTED.search(href):
            note(_unshifted(match[1]).removeprefix("mailto:"), document, findings)
    hidden = document.rare("a[data-cfemail],span[data-cfemail]")[:20]
    if document.has_empty_links:
        hidden += document.tree.css("a[data-mailto-token]")[:20]
    for node in hidden:
        attributes = node.attributes
        note(_unhidden(attributes.get("data-cfemail") or ""), document, findings)
        token = attributes.get("data-mailto-token") or ""
        note(_unshifted(token).removeprefix("mailto:"), document, findings)


def in_text(document: Document, findings: Findings) -> None:
    """Note the mailboxes that stand in the text."""
    words = document.words
    if len(words) > _HEAD + _FOOT:
        words = f"{words[:_HEAD]}\n{words[-_FOOT:]}"
    for address in _written(words):
        note(address, document, findings)


def note(
    raw: object, document: Document, findings: Findings, source: Source = Source.MAIL_OTHER
) -> None:
    """Note a mailbox under the site's own domain, and none that is somebody's own name.

    What the company states for machines, by its `source`, may lie elsewhere, at less trust.
    """
    address = coerce(Field("company_email"), raw)
    if not isinstance(address, str) or len(address) > 120:
        return
    local, _, host = address.partition("@")
    if _NOT_ASKED.fullmatch(local):
        return
    stated = source in (Source.STATED, Source.MARKED)
    if not document.is_own(host):
        if stated:
            findings.add("company_email", address, Source.MAIL_OTHER)
        return
    general = local.split("+")[0] in _GENERAL or folded(local) == folded(document.label)
    if stated or general:
        findings.add("company_email", address, source if stated else Source.MAIL_GENERAL)
    elif not _PERSONAL.fullmatch(local):
        findings.add("company_email", address, Source.MAIL_OTHER)


def _unhidden(code: str) -> str:
    """The address that a well-known CDN hides: a key byte, then each byte xor the key."""
    try:
        key, *rest = bytes.fromhex(code[:400])
    except ValueError:
        return ""
    return bytes(byte ^ key for byte in rest).decode("utf-8", "replace")


def _unshifted(code: str) -> str:
    """The address that a well-known system for websites hides: its characters moved in a circle.

    The code begins with `mailto:`, so that the first letter tells how far they were moved.
    """
    moved = (ord(code[0].lower()) - ord("m")) % 26 if code else 0

    def back(char: str) -> str:
        for first, last in _CIRCLES:
            if first <= char <= last:
                size = ord(last) - ord(first) + 1
                return chr(ord(first) + (ord(char) - ord(first) - moved) % size)
        return char

    return "".join(map(back, code[:200]))


def _written(text: str) -> Iterator[str]:
    """The e-mail addresses in a text, plain or spelled for people."""
    at = -1
    for _ in range(_MAX_SIGNS):
        at = text.find("@", at + 1)
        if at < 0:
            break
        yield from _around(text[max(0, at - _REACH) : at], text[at + 1 : at + 1 + _REACH])
    spelled = _SPELLED.finditer(text) if any(sign in text for sign in "[({") else iter(())
    for sign in islice(spelled, _MAX_SIGNS):
        before = text[max(0, sign.start() - _REACH) : sign.start()]
        after = text[sign.end() : sign.end() + _REACH]
        before, after = (_DOT.sub(".", " ".join(part.split())) for part in (before, after))
        yield from _around(before, after)


def _around(before: str, after: str) -> Iterator[str]:
    """The address that ends what stands before its sign, and begins what stands after it."""
    local, domain = _LOCAL.match(before[::-1]), _DOMAIN.match(after)
    if local and domain:
        yield f"{local[0][::-1]}@{domain[0]}"
