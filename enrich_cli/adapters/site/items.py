"""Reads microdata and RDFa: items and their properties, as schema.org objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborNode

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.schema import is_organization

_MAX_ITEMS, _MAX_PROPERTIES, _MAX_DEPTH = 40, 1_500, 2
# Where the value of such a property is an address, it is that of the link and not its words.
_ADDRESSES = frozenset(("url", "sameAs", "logo", "image", "email", "telephone"))


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The attributes by which a syntax marks an item, its type and a property."""

    item: str
    type: str
    name: str


_GRAMMARS = (
    _Grammar("itemscope", "itemtype", "itemprop"),  # HTML, microdata
    _Grammar("typeof", "typeof", "property"),  # RDFa Lite 1.1
)


def organizations(document: Document) -> list[dict[str, Any]]:
    """The organizations among the page's outermost items."""
    found = []
    for grammar in _GRAMMARS:
        outermost = f"[{grammar.item}][{grammar.type}]:not([{grammar.name}])"
        scopes = document.rare(outermost)[:_MAX_ITEMS]
        reader = _Reader(grammar)
        found += [
            reader.item(node, 0)
            for node in scopes
            if is_organization({"@type": reader.types(node)})
        ]
    return found


class _Reader:
    """Reads items, until the page has had more properties than it may have."""

    def __init__(self, grammar: _Grammar) -> None:
        self._grammar = grammar
        self._left = _MAX_PROPERTIES

    def types(self, node: LexborNode) -> list[str]:
        """The names of the item's types, as they are written."""
        return (node.attributes.get(self._grammar.type) or "").split()

    def item(self, node: LexborNode, depth: int) -> dict[str, Any]:
        """One item, with the items inside of it as far as anything is read of them.

        A property that stands there more than once has a list of values.
        """
        item: dict[str, Any] = {"@type": self.types(node)}
        for inner in node.css(f"[{self._grammar.name}]"):
            self._left -= 1
            if self._left < 0:
                break
            name = (inner.attributes.get(self._grammar.name) or "").strip().rpartition(":")[2]
            if inner.mem_id == node.mem_id or not self._belongs(inner, node):
                continue
            value: object = None
            if self._grammar.item not in inner.attributes:
                value = _property(inner, name)
            elif depth < _MAX_DEPTH:
                value = self.item(inner, depth + 1)
            if name not in item:
                item[name] = value
            elif isinstance(item[name], list):
                item[name].append(value)
            else:
                item[name] = [item[name], value]
        return item

    def _belongs(self, inner: LexborNode, scope: LexborNode) -> bool:
        """Whether a property is that item's own, not one of an item inside of it."""
        parent = inner.parent
        for _ in range(40):
            if parent is None:
                return False
            if parent.mem_id == scope.mem_id:
                return True
            if self._grammar.item in parent.attributes:
                return False
            parent = parent.parent
        return False


def _property(node: LexborNode, name: str) -> str:
    attributes: Mapping[str, str | None] = node.attributes
    keys: Sequence[str] = ("content", "datetime")
    if name in _ADDRESSES:
        keys = (*keys, "href", "src")
    return (
        next((v for k in keys if (v := attributes.get(k))), None)
        or node.text(separator=" ", strip=True)[:2_000]
    )
