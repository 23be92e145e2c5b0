"""One parsed page: its parts, each looked up once."""

from __future__ import annotations

from functools import cached_property
from html import unescape

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
_SMALL = 8_000  # bytes: a page that only sends the visitor on is no longer
_UNSEEN_TAGS = ("script", "style", "noscript", "template", "svg", "iframe")
# All but what pages are full of: a third of the time that it takes to name what is wanted.
_LOOKED_AT = ":not(div,a,p,span,li,td,path,br,ul,option,tr,button,strong,section,h3,i,b,em)"
# Marks that few pages have, looked for at once and only then one by one.
_RARE = "[itemscope],[typeof],a[data-cfemail],span[data-cfemail],.vcard,.h-card,.fb-page"
_NONE: list[LexborNode] = []


class Document:
    """The page `html` at `url`, which was reached by asking about the registrable domain `domain`.

    `html` is in UTF-8. `base` is what its links are relative to, `anchors` are its links as they
    are written, each once, with their nodes, `away` those that do not begin at the root, and
    `actions` those that dial, write or run a script, `has_empty_links` says whether some lead
    nowhere but to a script. `metas` are the contents of its meta elements by lower-case name,
    `root` the attributes of the page as a whole, `assets` the addresses of scripts, style sheets
    and the like as one text, `targets` those of links. `topic` is what the page itself is about,
    `scripts` are the scripts of a small page, `frame` is the first frame of a page of frames.
    """

    def __init__(self, html: bytes, url: str, domain: str) -> None:
        tree = LexborHTMLParser(bounded(html), options=LexborDocumentOptions.WO_EVENTS)
        self.tree, self.url, self.domain = tree, url, domain
        # Each search goes through the whole tree, so what is looked at often is found in one.
        self._tagged: dict[str, list[LexborNode]] = {}
        self._unseen: list[LexborNode] = []
        for node in tree.css(_LOOKED_AT):
            tag = node.tag or ""
            self._tagged.setdefault(tag, []).append(node)
            if tag in _UNSEEN_TAGS:
                self._unseen.append(node)
        self.root = next((node.attributes for node in self.tagged("html")), {})
        self._rare = tree.css_first(_RARE) is not None
        self.label = label(domain)
        self.topic = topic_of(url, "")
        self._host = host_of(url).removeprefix("www.")
        based = (node.attributes.get("href") for node in self.tagged("base"))
        base = next((href for href in based if href is not None), "")
        self.base = (absolute(url, base) if base else None) or url
        linked = tree.css("a[href]")[:_MAX_ANCHORS]
        linked.reverse()
        nodes = {(node.attributes.get("href") or "").strip(): node for node in linked}
        nodes.pop("", None)
        written = "\n" + "\n".join(nodes)
        if "\n//" in written or "\n/cdn-cgi/" in written:
            self.away = [h for h in nodes if h[0] != "/" or h.startswith(("//", "/cdn-cgi/"))]
        else:
            self.away = [href for href in nodes if href[0] != "/"]
        odd = [
            href
            for href in self.away
            if (":" in href[1:_MAX_SCHEME] and href[:4].lower() != "http")
            or href[:9] == "/cdn-cgi/"
        ]
        self.away.reverse()
        self.actions = [(href, nodes.pop(href)) for href in reversed(odd)]
        self.has_empty_links = "#" in nodes
        self.anchors = list(nodes.items())
        self.anchors.reverse()
        self.has_address = bool(self.tagged("address"))
        self.metas = self._read_metas()
        title = tree.css_first("head title") or tree.css_first("title")
        self.title = text(_meant(title.text()) if title else None) or ""
        self.assets = self._read_assets()
        self.targets = " ".join(href[:300] for href, _ in self.anchors[:50]) + " "
        frames = (node.attributes.get("src") for node in self.tagged("frame"))
        self.frame = next(filter(None, frames), "")
        scripts = self.tagged("script") if len(html) < _SMALL else []
        own = [node for node in scripts if "src" not in node.attributes]
        self.scripts = " ".join(n.text()[:_SMALL] for n in own[:10])
        self.noscript = " ".join(n.text() for n in self.tagged("noscript")[:20])[:NOTICE]

    def tagged(self, tag: str) -> list[LexborNode]:
        """The nodes with that tag, one of those that are often looked at, in their order."""
        return self._tagged.get(tag, _NONE)

    def rare(self, selector: str) -> list[LexborNode]:
        """The nodes of a selector that asks for one of the marks that few pages have."""
        return self.tree.css(selector) if self._rare else []

    def _read_metas(self) -> dict[str, str]:
        metas: dict[str, str] = {}
        for node in self.tagged("meta")[:300]:
            attributes = node.attributes
            if "content" not in attributes:
                continue
            name = (
                attributes.get("property") or attributes.get("name") or attributes.get("http-equiv")
            )
            if name:
                metas.setdefault(name.strip().lower()[:60], _meant(attributes.get("content") or ""))
        return metas

    def _read_assets(self) -> str:
        nodes = [node for tag in ("link", "script", "iframe") for node in self.tagged(tag)[:150]]
        told = [node.attributes for node in nodes]
        links = [one.get("src") or one.get("href") or "" for one in told]
        return " ".join(link[:300] for link in links if link).lower() + " "

    @cached_property
    def words(self) -> str:
        """The visible text, one line a piece.

        What is not visible is gone from the tree after this, so no node that was found before
        may be touched any more.
        """
        self.anchors.clear()
        self.actions.clear()
        self._tagged.clear()
        body, head = self.tree.body, self.tree.head
        if body is None:
            return ""
        above = head.mem_id if head else 0
        for node in reversed(self._unseen):  # what is within another first
            parent = node.parent
            if parent is not None and parent.mem_id != above:
                node.decompose(recursive=False)
        self._unseen.clear()
        return body.text(separator="\n", strip=True)

    @cached_property
    def links(self) -> list[dict[str, str | None]]:
        """The attributes of the link elements."""
        return [node.attributes for node in self.tagged("link")[:300]]

    @cached_property
    def linked(self) -> list[tuple[list[str], str]]:
        """The link elements that lead somewhere: the words of their `rel`, and where to."""
        return [
            ((link.get("rel") or "").lower().split(), href)
            for link in self.links
            if (href := link.get("href"))
        ]

    def absolute(self, href: str) -> str | None:
        """The web address behind a link of this page, or None."""
        return absolute(self.base, href)

    def is_own(self, host: str) -> bool:
        """Whether `host` belongs to the site, be it the domain asked about or the one reached."""
        host = host.removeprefix("www.")
        return same_site(host, self.domain) or (self._host != "" and same_site(host, self._host))


def _meant(written: str) -> str:
    """A text of the head, of which the software of many sites escapes the signs twice."""
    return unescape(written) if "&" in written and ";" in written else written
