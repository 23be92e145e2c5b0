"""One parsed page: its parts, each looked up once."""

from __future__ import annotations

from functools import cached_property

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from enrich_cli.adapters.coerce import text
from enrich_cli.adapters.site.bounds import bounded
from enrich_cli.adapters.site.likeness import label
from enrich_cli.adapters.site.links import absolute, host_of, same_site
from enrich_cli.adapters.site.topics import topic_of

NOTICE = 1_500
"""Letters of visible text; what a page that is nothing but a notice stays below."""

_MAX_ANCHORS = 3_000
_MAX_SCHEME = 12  # letters, within which a scheme of a link ends
_SMALL = 8_000  # letters: a page that only sends the visitor on is no longer
_UNSEEN_TAGS = ["script", "style", "noscript", "template", "svg", "iframe"]


class Document:
    """The page `html` at `url`, which was reached by asking about the registrable domain `domain`.

    `base` is what its links are relative to, `anchors` are its links as they are written, each
    once, with their nodes, and `actions` those that dial, write or run a script. `metas` are the
    contents of its meta elements by lower-case name, `assets` the addresses of scripts, style
    sheets and the like as one text, `targets` those of links. `topic` is what the page itself is
    about, `scripts` are the scripts of a small page, `frame` is the first frame of a page of
    frames.
    """

    def __init__(self, html: str, url: str, domain: str) -> None:
        tree = LexborHTMLParser(bounded(html), options=LexborDocumentOptions.WO_EVENTS)
        self.tree, self.url, self.domain = tree, url, domain
        self.label = label(domain)
        self.topic = topic_of(url, "")
        self._host = host_of(url).removeprefix("www.")
        base = tree.css_first("base[href]")
        self.base = absolute(url, (base and base.attributes.get("href")) or "") or url
        self.anchors: list[tuple[str, LexborNode]] = []
        self.actions: list[tuple[str, LexborNode]] = []
        known: set[str] = set()
        for node in tree.css("a[href]")[:_MAX_ANCHORS]:
            href = (node.attributes.get("href") or "").strip()
            if not href or href in known:
                continue
            known.add(href)
            scheme = href.find(":", 0, _MAX_SCHEME)
            if (scheme > 0 and href[:4].lower() != "http") or href.startswith("/cdn-cgi/"):
                self.actions.append((href, node))
            else:
                self.anchors.append((href, node))
        self.metas = self._read_metas()
        title = tree.css_first("head title") or tree.css_first("title")
        self.title = text(title.text() if title else None) or ""
        self.assets = self._read_assets()
        self.targets = " ".join(href[:300] for href, _ in self.anchors[:50]) + " "
        frame = tree.css_first("frameset frame[src]")
        self.frame = (frame and frame.attributes.get("src")) or ""
        scripts = tree.css("script:not([src])")[:10] if len(html) < _SMALL else []
        self.scripts = " ".join(n.text()[:_SMALL] for n in scripts)
        self.noscript = " ".join(n.text() for n in tree.css("noscript")[:20])[:NOTICE]

    def _read_metas(self) -> dict[str, str]:
        metas: dict[str, str] = {}
        for node in self.tree.css("meta[content]")[:200]:
            attributes = node.attributes
            name = (
                attributes.get("property") or attributes.get("name") or attributes.get("http-equiv")
            )
            if name:
                metas.setdefault(name.strip().lower()[:60], attributes.get("content") or "")
        return metas

    def _read_assets(self) -> str:
        nodes = self.tree.css("script[src],link[href],iframe[src]")[:300]
        links = [n.attributes.get("src") or n.attributes.get("href") or "" for n in nodes]
        return " ".join(link[:300] for link in links).lower() + " "

    @cached_property
    def words(self) -> str:
        """The visible text, one line a piece.

        What is not visible is gone from the tree after this, so no node that was found before
        may be touched any more.
        """
        self.anchors.clear()
        self.actions.clear()
        self.tree.strip_tags(_UNSEEN_TAGS)
        body = self.tree.body
        return body.text(separator="\n", strip=True) if body else ""

    def absolute(self, href: str) -> str | None:
        """The web address behind a link of this page, or None."""
        return absolute(self.base, href)

    def is_own(self, host: str) -> bool:
        """Whether `host` belongs to the site, be it the domain asked about or the one reached."""
        host = host.removeprefix("www.")
        return same_site(host, self.domain) or (self._host != "" and same_site(host, self._host))
