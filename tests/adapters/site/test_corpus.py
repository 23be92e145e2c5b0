"""The corpus: hand-made home pages in many styles and languages, with what is to be read of each.

A page is a pair of files in `corpus/`: the bytes as a server sends them, and what must be found.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from enrich_cli.adapters.site.facts import Verdict
from enrich_cli.adapters.site.merging import best
from enrich_cli.adapters.site.page import read
from enrich_cli.adapters.website import GIVES

CORPUS = Path(__file__).with_name("corpus")
NAMES = sorted(path.stem for path in CORPUS.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_pages(name: str) -> None:
    expected: dict[str, Any] = json.loads((CORPUS / f"{name}.json").read_text("utf-8"))
    url = expected.get("url") or f"https://{expected['domain']}/"
    content_type = expected.get("content_type", "text/html; charset=utf-8")
    body = (CORPUS / f"{name}.html").read_bytes()
    page = read(body, url, expected["domain"], content_type)
    found = best(page.facts)
    contents = {field: value.content for field, value in found.items()}
    assert page.verdict == expected["verdict"]
    assert dict(page.links) == expected.get("links", {})
    assert page.refresh == expected.get("refresh")
    if "facts" in expected:  # what pages that are no sites say is not asked for
        assert json.loads(json.dumps(contents)) == expected["facts"]
    assert {value.url for value in found.values()} <= {url}


def test_the_corpus_is_large_and_of_many_languages() -> None:
    expected = [json.loads((CORPUS / f"{name}.json").read_text("utf-8")) for name in NAMES]
    languages = {
        facts["language"][:2] for one in expected if "language" in (facts := one.get("facts", {}))
    }
    assert len(NAMES) >= 60
    assert len(languages) >= 10
    assert {one["verdict"] for one in expected} == set(Verdict)
    assert set(GIVES) - {"website", "lei", "ticker", "industry"} <= {
        field for one in expected for field in one.get("facts", {})
    }
