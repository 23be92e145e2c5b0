"""Reads microdata: items and their properties as schema.org objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from selectolax.lexbor import LexborNode

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.schema import is_organization

_MAX_ITEMS, _MAX_PROPERTIES = 40, 1_500


def organizations(document: Document) -> list[dict[str, Any]]:
    """The organizations among the page's outermost items."""
    scopes = document.tree.css("[itemscope][itemtype]:not([itemprop])")[:_MAX_ITEMS]
    kinds = [{"@type": (node.attributes.get("itemtype") or "").split()} for node in scopes]
    reader = _Reader()
    pairs = zip(scopes, kinds, strict=True)
    return [reader.item(node, 0) for node, kind in pairs if is_organization(kind)]


class _Reader:
    """Reads items, until the page has had more properties than it may have."""

    def __init__(self) -> None:
        self._left = _MAX_PROPERTIES

    def item(self, node: LexborNode, depth: int) -> dict[str, Any]:
        """One item, with the items inside of it as far as anything is read of them."""
        item: dict[str, Any] = {"@type": (node.attributes.get("itemtype") or "").split()}
        for inner in node.css("[itemprop]"):
            self._left -= 1
            if self._left < 0:
                break
            name = (inner.attributes.get("itemprop") or "").strip()
            if inner.mem_id == node.mem_id or name in item or not _belongs(inner, node):
                continue
            if "itemscope" in inner.attributes:
                item[name] = self.item(inner, depth + 1) if depth < 2 else None
            else:
                item[name] = _property(inner, name)
        return item


def _belongs(inner: LexborNode, scope: LexborNode) -> bool:
    """Whether a property is that item's own, not one of an item inside of it."""
    parent = inner.parent
    for _ in range(40):
        if parent is None:
            return False
        if parent.mem_id == scope.mem_id:
            return True
        if "itemscope" in parent.attributes:
            return False
        parent = parent.parent
    return False


def _property(node: LexborNode, name: str) -> str:
    attributes: Mapping[str, str | None] = node.attributes
    keys: Sequence[str] = ("content", "datetime")
    if name in ("url", "sameAs", "logo", "image", "email", "telephone"):
        keys = (*keys, "href", "src")
    return (
        next((v for k in keys if (v := attributes.get(k))), None)
        or node.text(separator=" ", strip=True)[:2_000]
    )
