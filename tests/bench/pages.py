"""Reads pages of other people's tests beside extruct and metascraper, and prints who finds what.

    python -m tests.bench.pages FOLDER [NODE_FOLDER]

FOLDER holds pages (`*.html`, at any depth), such as those in the packages of unfurl.js and
html-metadata. extruct is compared with where it can be imported, metascraper where NODE_FOLDER has
it in its node_modules, with metascraper-title, -description and -lang. None of them is needed here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from enrich_cli.adapters.site.charsets import decode
from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.head import SHORTEST_SUMMARY
from enrich_cli.adapters.site.merging import best
from enrich_cli.adapters.site.page import read
from enrich_cli.domain.entity import Field
from tests.bench.harness import Sheet

URL, DOMAIN = "https://www.example.com/page", "example.com"  # metascraper knows no .example
FIELDS = ("title", "description", "language")
_TYPE = "text/html"
_NODE = """
const rules = ['title', 'description', 'lang'].map(name => require('metascraper-' + name)());
const metascraper = require('metascraper')(rules);
(async () => {
  const out = [];
  for (const { url, html } of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
    const { title, description, lang } = await metascraper({ url, html });
    out.push({ title, description, language: lang });
  }
  console.log(JSON.stringify(out));
})();
"""

Found = Mapping[str, str]


def main(folder: str, node_folder: str = "") -> int:
    """Compare, print, and 1 where somebody finds what we do not."""
    every = sorted(Path(folder).rglob("*.html"))
    paths = [path for path in every if "node_modules" not in path.parts]
    bodies = [path.read_bytes() for path in paths]
    ours = [_ours(body) for body in bodies]
    pages = [decode(body, _TYPE) for body in bodies]
    sheet = Sheet(f"pages: title, description and language of {len(bodies)} pages")
    missed = 0
    for name, theirs in _others(pages, node_folder):
        for field in FIELDS:
            counts = Counter(
                _compared(mine.get(field, ""), other.get(field, ""))
                for mine, other in zip(ours, theirs, strict=True)
            )
            missed += counts["theirs alone"]
            said = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
            sheet.add(f"{field}, beside {name}", said)
            for path, mine, other in zip(paths, ours, theirs, strict=True):
                verdict = _compared(mine.get(field, ""), other.get(field, ""))
                if verdict in ("differ", "theirs alone"):
                    sheet.add(f"  {path.name}: ours", repr(mine.get(field, "")[:60]))
                    sheet.add(f"  {path.name}: {name}", repr(other[field][:60]))
    sheet.show()
    return 1 if missed else 0


def _compared(mine: str, other: str) -> str:
    mine, other = (" ".join(text.split()).casefold() for text in (mine, other))
    if mine and other:
        alike = mine == other or mine.startswith(other) or other.startswith(mine)
        return "the same" if alike else "differ"
    if not mine and not other:
        return "neither"
    if mine:
        return "ours alone"
    # Our reader leaves out what is too short to say anything of a company.
    return "theirs alone" if len(other) >= SHORTEST_SUMMARY else "a word or two, theirs alone"


def _ours(body: bytes) -> Found:
    document = Document(decode(body, _TYPE), URL, DOMAIN)
    facts = best(read(body, URL, DOMAIN, _TYPE).facts)
    found = {"title": document.title or document.metas.get("og:title", "")}
    for field in ("description", "language"):
        if (value := facts.get(Field(field))) is not None:
            found[field] = str(value.content)
    return found


def _others(pages: list[str], node_folder: str) -> Iterator[tuple[str, list[Found]]]:
    try:
        extruct: Any = import_module("extruct")
    except ImportError:
        print("extruct is not installed", file=sys.stderr)
    else:
        yield "extruct", [_by_extruct(extruct, page) for page in pages]
    if node_folder:
        done = subprocess.run(
            ["node", "-e", _NODE],
            input=json.dumps([{"url": URL, "html": page} for page in pages]),
            cwd=node_folder,
            capture_output=True,
            text=True,
            check=True,
        )
        theirs = json.loads(done.stdout)
        yield "metascraper", [{k: v for k, v in one.items() if v} for one in theirs]


def _by_extruct(extruct: Any, page: str) -> Found:
    try:
        every = extruct.extract(page, base_url=URL, uniform=True)
    except (ValueError, TypeError):  # JSON-LD that is not quite JSON
        return {}
    found: dict[str, str] = {}
    for kind in ("json-ld", "microdata", "opengraph", "rdfa"):
        for item in every.get(kind, ()):
            for field, keys in (
                ("title", ("og:title", "headline", "name")),
                ("description", ("og:description", "description")),
                ("language", ("og:locale", "inLanguage")),
            ):
                said = next((item[key] for key in keys if isinstance(item.get(key), str)), "")
                if said:
                    found.setdefault(field, said)
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
