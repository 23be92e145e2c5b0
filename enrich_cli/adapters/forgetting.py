"""What is taken out of the store when somebody is to be forgotten, as pure decisions."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from enrich_cli.domain.entity import NOBODY, EntityKey, Field, IdKind, Query
from enrich_cli.domain.outcome import Answer, Hit, Miss

_OWN = (Field("person_email"), Field("person_linkedin"))
"""The fields that name a person: an answer with somebody's address there is about that person."""

_BLANK = "[forgotten]"
_PLAIN = {
    IdKind.DOMAIN: "forgotten.invalid",
    IdKind.EMAIL: "forgotten@forgotten.invalid",
    IdKind.LINKEDIN: "linkedin.com/in/forgotten",
}


@dataclass(frozen=True, slots=True)
class Mentions:
    """Finds the texts that name somebody (an e-mail address, a page) in what was stored.

    A text counts in any case, and not as a part of a longer address.
    """

    texts: frozenset[str]

    def _pattern(self) -> str:
        either = "|".join(re.escape(text) for text in sorted(self.texts))
        return rf"(?<![\w.+%-])(?:{either})(?![\w-]|\.\w)"

    def inside(self, text: str) -> bool:
        """Whether a text names whom it is about."""
        return bool(self.texts) and re.search(self._pattern(), text, re.IGNORECASE) is not None

    def blotted(self, raw: bytes) -> bytes:
        """The bytes with a mark in the place of each mention."""
        if not self.texts:
            return raw
        mark = _BLANK.encode()
        return re.sub(self._pattern().encode(), mark, raw, flags=re.IGNORECASE)

    def about(self, answer: Answer) -> bool:
        """Whether an answer is about that person, under whatever identifier it was asked for."""
        if not isinstance(answer.outcome, Hit):
            return False
        own = (answer.outcome.values.get(name) for name in _OWN)
        return any(self.inside(str(value.content)) for value in own if value is not None)

    def without(self, answer: Answer) -> Answer:
        """Somebody else's answer without what it says of that person."""
        outcome, source = answer.outcome, answer.url
        if isinstance(outcome, Hit):
            kept = {
                name: replace(value, url=None) if self.inside(value.url or "") else value
                for name, value in outcome.values.items()
                if not self.inside(str(value.content))
            }
            outcome = Hit(kept) if kept else Miss()
        url = None if source and self.inside(source) else source
        return replace(answer, outcome=outcome, reply=self.blotted(answer.reply), url=url)


def without(
    queries: Sequence[Query], entities: Collection[EntityKey], mentions: Mentions
) -> tuple[Query, ...]:
    """What a job was asked, with nobody in the place of each entity that is to be forgotten.

    The places stay, for by them the answers are told apart.
    """
    return tuple(
        Query(
            NOBODY,
            tuple((kind, _PLAIN.get(kind, "forgotten forgotten")) for kind, _ in query.ids),
            query.fields,
        )
        if query.entity in entities or any(mentions.inside(text) for _, text in query.ids)
        else query
        for query in queries
    )


def untraced(part: bytes, entities: Collection[EntityKey], mentions: Mentions) -> bytes:
    """A part of what a job did without the rows that name them; see `tables.trace` for its form."""
    if part.startswith(b"{"):
        return mentions.blotted(part)
    from io import BytesIO

    import polars as pl

    frame = pl.read_parquet(BytesIO(part))
    named = frame["entity"].is_in(list(entities))
    for column in ("identifier", "value"):
        texts = frame[column].fill_null("").str.to_lowercase()
        for text in sorted(mentions.texts):
            likely = texts.str.contains(text.lower(), literal=True).arg_true()
            sure = [place for place in likely if mentions.inside(texts[place])]
            named = named | pl.int_range(frame.height, eager=True).is_in(sure)
    left = frame.filter(~named)
    if left.height == frame.height:
        return part
    out = BytesIO()
    left.write_parquet(out, statistics=False)
    return out.getvalue()
