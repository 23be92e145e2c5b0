"""What a page of a site is about, by its address or by what a link to it says."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from urllib.parse import unquote

from enrich_cli.adapters.site.facts import Topic
from enrich_cli.adapters.site.wording import words

LONGEST_LABEL = 40
"""Letters; a link that says as much or more does not tell what it leads to."""

_TOPICS = {
    Topic.CONTACT: re.compile(
        r"contact|kontakt|contatt|contato|get[ -]in[ -]touch|reach[ -]us|yhteystiedot|yhteys$|"
        r"ota[ -]yhteytt|iletisim|iletişim|kapcsolat|контакт|联系|聯絡|连络|お問い?合わ?せ|문의|"
        r"연락처"),
    Topic.IMPRINT: re.compile(
        r"impressum|imprint|mentions[ -]l[eé]gales|(?:aviso|informacion|información)[ -]legal|"
        r"note[ -]legali|dati[ -]societari|informazioni[ -]legali|"
        r"legal[ -](?:notice|information|disclosure)|colofon|colophon|anbieterkennzeichnung|"
        r"bedrijfsgegevens|dados[ -]da[ -]empresa|dane[ -]firmy|dane[ -]rejestrowe|yritystiedot|"
        r"f[öo]retagsinfo|virksomhedsoplysninger|k[uü]nye|реквизиты|特定商取引"),
    Topic.ABOUT: re.compile(
        r"about|(?:ue|ü|u)ber[ -]uns|wir[ -]ueber|unternehmen$|[aà][ -]propos|"
        r"qui[ -]sommes|entreprise|nosotr[oa]s|qui[eé]nes[ -]somos|empresa$|chi[ -]siamo|azienda|"
        r"over[ -]ons|om[ -]os+$|o[ -]n[aá]s$|sobre|quem[ -]somos|who[ -]we[ -]are|"
        r"our[ -](?:company|story)|company$|o[ -]firmie|o[ -]spole[cč]nosti|f[öo]retaget|"
        r"virksomheden|meist[aä]$|yritys$|hakk[iı]m[iı]zda|kurumsal$|о[ -](?:компании|нас)$|"
        r"会社概要|企業情報|会社案内|关于我们|關於我們|公司简介|회사[ -]?소개"),
}  # fmt: skip
# The first five letters of the words with which the patterns begin, without accents in the first
# place: most links have none of them, and are not worth a closer look.
_STEMS = words(
    "about aviso anbie azien bedri chi colof colop compa conta dados dane dati empre entre foret "
    "föret get hakki hakkı ileti imprc impre impri infor kapcs konta kunye kurum künye legal meist "
    "menti nosot note o ota om our over propo quem qui quien quié quién reach sobre ueber uber "
    "unter virks who wir yhtey yrity über a à о"
)
_ORIGIN = re.compile(r"https?://[^/]*")
_ENDING = re.compile(r"\.(?:html?|php|aspx?|jsp)$")
_WORDS = re.compile(r"[\W_]+")
_PREFIX = 5
_STEMS_AS_BYTES = frozenset(stem.encode() for stem in _STEMS if stem.isascii())
_TO_WORDS = bytes(ord(chr(sign).lower()) if chr(sign).isalpha() else 32 for sign in range(128))
_TO_WORDS += bytes(128)  # of which ASCII has none


def telling(hrefs: Sequence[str], labels: Sequence[str]) -> list[int]:
    """The positions of the links that may lead to a page on a topic, out of many.

    A quick look at all of them at once, by the beginnings of their words.
    """
    texts, found = [*hrefs, *labels], set[int]()
    line = f" {' '.join(texts)} "
    if "%" in line or not line.isascii():
        odd = [at for at, text in enumerate(texts) if "%" in text or not text.isascii()]
        found.update(odd)
        for at in odd:
            texts[at] = ""
        line = f" {' '.join(texts)} "
    signs = line.encode().translate(_TO_WORDS)
    stems = _STEMS_AS_BYTES.intersection([word[:_PREFIX] for word in set(signs.split())])
    starts = list(accumulate((len(text) + 1 for text in texts), initial=1)) if stems else []
    for stem in stems:
        mark = b" " + stem if len(stem) == _PREFIX else b" %b " % stem
        at = signs.find(mark)
        while at >= 0:
            number = bisect_right(starts, at + 1) - 1
            found.add(number)
            at = signs.find(mark, starts[number + 1] - 1)
    return sorted({at % len(hrefs) for at in found})


@lru_cache(maxsize=8_192)
def topic_of(href: str, label: str) -> Topic | None:
    """What the page behind a link is about, by its path or by what the link says."""
    path = href.lower()
    if path.startswith("http"):
        path = _ORIGIN.sub("", path)
    last = "/".join(path.replace("_", "-").rstrip("/").rsplit("/", 2)[-2:])
    if "." in last:
        last = _ENDING.sub("", last)
    if "%" in last:
        last = unquote(last)
    said = label.strip().lower()
    if len(said) >= LONGEST_LABEL:
        said = ""
    if not _may_tell(last) and not (said and _may_tell(said)):
        return None
    for topic, pattern in _TOPICS.items():
        if pattern.search(last) or (said and pattern.match(said)):
            return topic
    return None


def _may_tell(text: str) -> bool:
    return not (
        text.isascii() and _STEMS.isdisjoint([word[:_PREFIX] for word in _WORDS.split(text)])
    )
