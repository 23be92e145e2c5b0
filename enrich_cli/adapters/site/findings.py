"""The facts found so far on one page, each value once."""

from __future__ import annotations

from collections import Counter

from enrich_cli.adapters.coerce import coerce
from enrich_cli.adapters.site.facts import ADDRESS, Fact, Source
from enrich_cli.adapters.site.likeness import resembles
from enrich_cli.adapters.site.phone_number import phone
from enrich_cli.adapters.site.wording import names_nobody
from enrich_cli.domain.entity import Field

_MAX_NAME, _MAX_VALUE, _MAX_SUMMARY = 100, 300, 1_000
_MAX_VALUES = 12  # of one field on one page; more are lists of other firms


class Findings:
    """Collects facts of the page at `url`; `label` is the domain's part that names the company.

    `names` are the texts by which the page names its owner. `described` says whether it describes
    the company in words that were made for it.
    """

    def __init__(self, url: str, label: str) -> None:
        self.facts: list[Fact] = []
        self.names: list[str] = []
        self.described = False
        self._url, self._label = url, label
        self._seen: set[tuple[str, object, Source | None]] = set()
        self._count: Counter[str] = Counter()

    def add(self, field: str, raw: object, source: Source) -> None:
        """Note a value, if it is one."""
        if raw is None:
            return
        if isinstance(raw, str):
            if field in ("company_name", "legal_name") and (
                len(raw) > _MAX_NAME or names_nobody(raw)
            ):
                return
            if field == "description":
                raw = raw[:_MAX_SUMMARY]
            elif len(raw) > _MAX_VALUE and field != "logo_url":
                return
        content = phone(raw) if field == "company_phone" else coerce(Field(field), raw)
        # The parts of an address stay together, so each place keeps its own.
        known = (field, content, source if field in ADDRESS else None)
        if content is None or known in self._seen or self._count[field] >= _MAX_VALUES:
            return
        self._count[field] += 1
        self._seen.add(known)
        self.facts.append(Fact(field, content, source, self._url))
        if field in ("company_name", "legal_name") and isinstance(content, str):
            self.names.append(content)

    def alike(self, name: str) -> bool:
        """Whether a name is like the domain or like what the page calls its owner."""
        return resembles(name, self._label) or any(resembles(own, name) for own in self.names[:3])

    def has(self, source: Source) -> bool:
        """Whether a fact of that source was found."""
        return any(fact.source is source for fact in self.facts)
