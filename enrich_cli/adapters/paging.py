"""Replies that come in pages: where the next one is, and several made into one document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from yarl import URL

from enrich_cli.adapters.recipe import Pages
from enrich_cli.domain.outcome import Reason
from enrich_cli.domain.provider import ProviderError


def next_page(pages: Pages, url: str, document: object, turned: int) -> str | None:
    """The address of the page after the one at `url`, None where that is the last.

    `turned` is how many pages were read. Raises `ProviderError` for an address at another origin,
    where neither the key nor the question has to go.
    """
    here = URL(url, encoded=True)
    said = pages.next.read(document) if pages.next else None
    if pages.number:
        more = bool(said) if pages.next else bool(_list(pages, document))
        return _with(here, pages.number, str(turned + 1)) if more else None
    if isinstance(said, bool) or not isinstance(said, str | int) or said == "":
        return None
    if pages.query:
        return _with(here, pages.query, str(said))
    try:
        there = here.join(URL(str(said)))
        same = there.origin() == here.origin()
    except ValueError:
        same = False
    if not same:
        raise ProviderError(Reason.GARBAGE, "its next page is at another origin", sent=True)
    return str(there)


def together(pages: Pages, documents: Sequence[object]) -> object:
    """The first page with the list of all."""
    whole = [part for document in documents for part in _list(pages, document)]
    return _put(documents[0], pages.list, whole)


def _list(pages: Pages, document: object) -> Sequence[object]:
    for key in pages.list:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, list) else ()


def _put(document: object, keys: Sequence[str], whole: list[object]) -> object:
    if not keys:
        return whole
    table = cast("dict[str, object]", document) if isinstance(document, dict) else {}
    return {**table, keys[0]: _put(table.get(keys[0]), keys[1:], whole)}


def _with(url: URL, name: str, value: str) -> str:
    return str(url.update_query({name: value}))
