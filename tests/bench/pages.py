"""Reads pages of other people's tests beside extruct and metascraper, and prints who finds what.

    python -m tests.bench.pages [FOLDER]

The pages and the two others are fetched as packages, to FOLDER or to one that is removed at the
end; what cannot be had is said and done without. Texts are the same if they are so but for blanks,
case, entities and the kind of quotes and dashes, or if one is the beginning of the other.
"""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from pathlib import Path

from enrich_cli.adapters.site.charsets import decode, utf8
from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.head import SHORTEST_SUMMARY
from enrich_cli.adapters.site.hosts import registrable
from enrich_cli.adapters.site.links import host_of
from enrich_cli.adapters.site.merging import best
from enrich_cli.adapters.site.page import read
from enrich_cli.adapters.site.wording import NO_SUMMARY
from enrich_cli.domain.entity import Field
from tests.bench import packages
from tests.bench.harness import Sheet, folder

# Where a page is thought to be that does not say so; metascraper knows no .example.
URL, DOMAIN = "https://www.example.com/page", "example.com"
FIELDS = ("title", "description", "language")
_TYPE = "text/html"
_THINGS = frozenset(("Product", "Offer", "BlogPosting", "Article", "NewsArticle"))
_TITLES = ("og:title", "twitter:title")
_SIGNS = str.maketrans({**dict.fromkeys("‘’`′", "'"), **dict.fromkeys("“”„«»″", '"')})
_DASHES = str.maketrans(dict.fromkeys("–—‒_", "-"))
_NODE = """
const rules = ['title', 'description', 'lang'].map(name => require('metascraper-' + name)());
const metascraper = require('metascraper')(rules);
(async () => {
  const out = [];
  for (const { url, html } of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
    const read = where => metascraper({ url: where, html });
    const { title, description, lang } = await read(url).catch(() => read(process.argv[1]));
    out.push({ title, description, language: lang });
  }
  console.log(JSON.stringify(out));
})();
"""
_PYTHON = """
import json, sys, extruct
KEYS = {
    "title": ("og:title", "headline", "name"),
    "description": ("og:description", "description"),
    "language": ("og:locale", "inLanguage"),
}
def found(url, html):
    try:
        every = extruct.extract(html, base_url=url, uniform=True)
    except (ValueError, TypeError):  # JSON-LD that is not quite JSON
        return {}
    items = [item for kind in ("json-ld", "microdata", "opengraph", "rdfa")
             for item in every.get(kind, ())]
    said = lambda keys: [(i[k], i) for i in items for k in keys if isinstance(i.get(k), str)]
    found = {field: next(iter(said(keys)), ("", {})) for field, keys in KEYS.items()}
    of = str(found["description"][1].get("@type") or "")
    return {field: text for field, (text, _) in found.items()} | {"description of": of}
print(json.dumps([found(**page) for page in json.load(sys.stdin)]))
"""

Found = Mapping[str, Sequence[str]]
"""What was found of each field, the best of it first."""


def main(place: Path) -> int:
    """Compare, print, and 1 where somebody finds what we do not."""
    paths = packages.pages(place)
    bodies = [path.read_bytes() for path in paths]
    html = [decode(body, _TYPE) for body in bodies]
    urls = [_address(page) for page in html]
    ours = [_ours(body, url) for body, url in zip(bodies, urls, strict=True)]
    origins = Counter(path.relative_to(place / "pages").parts[0] for path in paths)
    sheet = Sheet(f"pages: title, description and language of {len(bodies)} pages")
    for origin, count in sorted(origins.items()):
        sheet.add(origin, str(count))
    missed = 0
    pages = json.dumps([{"url": url, "html": page} for url, page in zip(urls, html, strict=True)])
    for name, theirs in _others(place, pages):
        for field in FIELDS:
            verdicts = [
                _compared(mine.get(field, ()), other.get(field, ()), other.get(f"{field} of", ()))
                for mine, other in zip(ours, theirs, strict=True)
            ]
            counts = Counter(verdicts)
            missed += counts["theirs alone"]
            said = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
            sheet.add(f"{field}, beside {name}", said)
            for path, mine, other, verdict in zip(paths, ours, theirs, verdicts, strict=True):
                if "differ" in verdict or "theirs" in verdict:
                    sheet.add(f"  {path.name[:40]}: ours", repr((*mine.get(field, ()), "")[0][:60]))
                    sheet.add(f"  {path.name[:40]}: {name}", repr(other[field][0][:60]))
    sheet.show()
    return 1 if missed else 0


def _compared(mine: Sequence[str], other: Sequence[str], of: Sequence[str]) -> str:
    if not mine or not other:
        if mine or not other:
            return "ours alone" if mine else "neither"
        # Nor does the text of a product or of a post say anything of who sells or writes it.
        if of and of[0] in _THINGS:
            return "theirs alone that describe a product or a post"
        # Our reader leaves out what says nothing of a company: a word or two, a template's text.
        nothing = len(other[0]) < SHORTEST_SUMMARY or NO_SUMMARY.match(other[0])
        return "theirs alone that say nothing" if nothing else "theirs alone"
    there = _plain(other[0])
    alike = (here.startswith(there) or there.startswith(here) for here in map(_plain, mine))
    return "the same" if any(alike) else "differ"


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", unescape(unescape(text))).translate(_SIGNS)
    text = text.translate(_DASHES).replace("--", "-").replace("''", '"').casefold()
    return " ".join(text.split()).removesuffix("...").rstrip()


def _address(html: str) -> str:
    """Where the page once was, as far as it says so; it is never asked for."""
    tree = Document(html.encode(), URL, DOMAIN).tree
    said = [
        node.attributes.get(key) or ""
        for selector, key in (
            ('link[rel="canonical"]', "href"),
            ('meta[property="og:url"]', "content"),
        )
        for node in tree.css(selector)[:1]
    ]
    return next((url for url in said if "." in host_of(url) and url.startswith("http")), URL)


def _ours(body: bytes, url: str) -> Found:
    """What our reader finds. As titles it looks at that of the page and at those of its cards."""
    domain = registrable(host_of(url))
    document = Document(utf8(body, _TYPE), url, domain)
    facts = best(read(body, url, domain, _TYPE).facts)
    titles = (document.title, *(document.metas.get(key, "") for key in _TITLES))
    found = {"title": [title for title in titles if title]}
    for field in ("description", "language"):
        value = facts.get(Field(field))
        found[field] = [] if value is None else [str(value.content)]
    return found


def _others(place: Path, pages: str) -> Iterator[tuple[str, list[Found]]]:
    if python := packages.python_with_extruct(place):
        yield "extruct", _told([python, "-c", _PYTHON], place, pages)
    if home := packages.node_with_metascraper(place):
        yield "metascraper", _told(["node", "-e", _NODE, URL], home, pages)


def _told(command: Sequence[str], place: Path, pages: str) -> list[Found]:
    done = subprocess.run(
        command, input=pages, cwd=place, capture_output=True, text=True, check=True, timeout=300
    )
    return [
        {name: [value] for name, value in one.items() if value} for one in json.loads(done.stdout)
    ]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main(Path(sys.argv[1]).resolve()))
    with folder() as place:
        sys.exit(main(place))
