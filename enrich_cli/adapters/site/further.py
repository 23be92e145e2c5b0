"""Further pages of the site: what each is about, and where a page sends the visitor on to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from enrich_cli.adapters.site.document import NOTICE, Document
from enrich_cli.adapters.site.facts import Topic
from enrich_cli.adapters.site.links import host_of

_TOPICS = {
    Topic.CONTACT: re.compile(
        r"contact|kontakt|contatt|contato|get[ -]in[ -]touch|reach[ -]us|yhteystiedot|"
        r"联系|お問い合わせ"),
    Topic.IMPRINT: re.compile(
        r"impressum|imprint|mentions[ -]l[eé]gales|aviso[ -]legal|note[ -]legali|dati[ -]societari|"
        r"legal[ -](?:notice|information|disclosure)|colofon|colophon|"
        r"anbieterkennzeichnung|特定商取引"),
    Topic.ABOUT: re.compile(
        r"about|(?:ue|ü|u|%c3%bc)ber[ -]uns|wir[ -]ueber|unternehmen|a[ -]propos|à[ -]propos|"
        r"qui[ -]sommes|entreprise|nosotros|qui[eé]nes[ -]somos|empresa|chi[ -]siamo|azienda|"
        r"over[ -]ons|om[ -]os+|o[ -]nas|sobre|quem[ -]somos|"
        r"who[ -]we[ -]are|our[ -](?:company|story)|"
        r"company|会社概要"),
}  # fmt: skip
_ORIGIN = re.compile(r"https?://[^/]*")
_NO_PAGE = re.compile(r"\.(?!html?$|php$|aspx?$|jsp$)[a-z0-9]{2,5}$", re.IGNORECASE)


def links(document: Document) -> tuple[tuple[Topic, str], ...]:
    """The nearest further page on each topic."""
    found: dict[Topic, str] = {}
    for href, node in document.anchors:
        # Such pages lie near the root; most links do not, and are not worth a closer look.
        if len(href) > 200 or "?" in href or href.count("/") > 6 or href[0] == "#":
            continue
        topic = topic_of(href, node.text()[:60])
        url = document.absolute(href.partition("#")[0]) if topic else None
        if topic is None or url is None or url == document.url:
            continue
        if not document.is_own(host_of(url)) or _NO_PAGE.search(urlsplit(url).path):
            continue
        if topic not in found or len(url) < len(found[topic]):
            found[topic] = url
    return tuple(found.items())


def refresh(document: Document) -> str | None:
    """Where a page with hardly any text of its own sends the visitor at once."""
    match = re.match(
        r"\s*(\d{1,2})\s*[;,]\s*url\s*=\s*[\"']?([^\"']+)",
        document.metas.get("refresh", ""),
        re.IGNORECASE,
    )
    if match is None or int(match[1]) > 5 or len(document.words) > NOTICE:
        return None
    return document.absolute(match[2])


def topic_of(href: str, words: str) -> Topic | None:
    """What the page behind a link is about, by its path or by what the link says."""
    path = _ORIGIN.sub("", href.lower()).replace("_", "-").rstrip("/").split("/")
    last = "/".join(path[-2:])
    said = words.strip().lower()
    for topic, pattern in _TOPICS.items():
        if pattern.search(last) or (len(said) < 40 and pattern.match(said)):
            return topic
    return None
