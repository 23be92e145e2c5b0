"""Further pages of the site that are worth a look, and where a page sends the visitor on to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from enrich_cli.adapters.site.document import NOTICE, Document
from enrich_cli.adapters.site.facts import Source, Topic
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.links import host_of
from enrich_cli.adapters.site.topics import LONGEST_LABEL, telling, topic_of

_NO_PAGE = re.compile(r"\.(?!html?$|php$|aspx?$|jsp$)[a-z0-9]{2,5}$", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:https?://[^/]*)?/([a-z]{2})(?:[-_][a-zA-Z]{2})?/")
_REFRESH = re.compile(r"\s*(\d{1,2})\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+)", re.IGNORECASE)
_SCRIPTED = re.compile(
    r"(?:window|document|self|top)\.location(?:\.href)?\s{0,3}(?:=|\.replace\()\s{0,3}"
    r"[\"']([^\"'\s]{1,300})[\"']"
)
_FEEDS = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_LONGEST, _DEEPEST = 200, 6  # letters and slashes in the links to such pages: near the root
_READ_LABEL = 60  # letters of what a link says, blanks and all
_AT_ENDS = 120  # links from either end, among which those of the menu and of the foot are
_FEW = 200  # letters of text, more than which no page has that only sends the visitor on by script


def links(document: Document) -> tuple[tuple[Topic, str], ...]:
    """The nearest further page on each topic, in the page's own language if there is a choice."""
    found: dict[Topic, tuple[bool, int, str]] = {}
    tag = (document.metas.get("og:locale") or "")[:2].lower()
    tag = (document.root.get("lang") or tag)[:2].lower()
    anchors = document.anchors
    if len(anchors) > 2 * _AT_ENDS:
        anchors = anchors[:_AT_ENDS] + anchors[-_AT_ENDS:]
    hrefs = [href if len(href) <= _LONGEST else "" for href, _ in anchors]
    labels = [
        said
        if len(said := node.text_lexbor()) < LONGEST_LABEL
        or len(said := said[:_READ_LABEL].strip()) < LONGEST_LABEL
        else ""
        for _, node in anchors
    ]
    for at in telling(hrefs, labels):
        href = hrefs[at]
        if "?" in href or href.count("/") > _DEEPEST or href[:1] in ("", "#"):
            continue
        topic = topic_of(href, labels[at])
        url = document.absolute(href.partition("#")[0]) if topic else None
        if topic is None or url is None or url == document.url:
            continue
        if not document.is_own(host_of(url)) or _NO_PAGE.search(urlsplit(url).path):
            continue
        section = _LANGUAGE.match(url)
        rank = (bool(section and tag and section[1] != tag), len(url), url)
        if topic not in found or rank[:2] < found[topic][:2]:
            found[topic] = rank
    return tuple((topic, url) for topic, (_, _, url) in found.items())


def feed(document: Document, findings: Findings) -> None:
    """Note the site's feed; that of the comments on its posts is none."""
    for attributes in document.links:
        if (attributes.get("type") or "").strip().lower() not in _FEEDS:
            continue
        said = f"{attributes.get('title')} {attributes.get('href')}".lower()
        if "alternate" in (attributes.get("rel") or "").lower() and "comment" not in said:
            findings.add("feed_url", document.absolute(attributes.get("href") or ""), Source.LINK)
            return


def refresh(document: Document) -> str | None:
    """Where a page with hardly any text of its own sends the visitor at once.

    By a refresh, by a script of one line, or because it is nothing but a frame round another.
    """
    if len(document.words) > NOTICE:
        return None
    match = _REFRESH.match(document.metas.get("refresh", ""))
    if match and int(match[1]) <= 5:
        return document.absolute(match[2])
    if document.frame:
        return document.absolute(document.frame)
    if len(document.words) < _FEW and (scripted := _SCRIPTED.search(document.scripts)):
        return document.absolute(scripted[1])
    return None
