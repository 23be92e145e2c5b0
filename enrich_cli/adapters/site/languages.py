"""The language of a page: as it is declared, else by its letters and its commonest words."""

from __future__ import annotations

import re
from collections import Counter

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.wording import words

_SAMPLE = 6_000  # letters: enough to know any language
_FEWEST = 6  # common words, below which a guess is none
_CLEARLY, _MORE = 1.4, 3  # times as many as the next language has, or so many more

# Words that are common in one language and rare in the others, not those that several share.
_COMMON = {
    "en": words("the and of to with our your we you for from that this are is will have more"),
    "de": words("und der die das mit für wir ist sie nicht auf von zu unsere ihre auch ein eine"),
    "fr": words("et les des nous vous pour avec dans notre votre une est sur qui plus vos nos au"),
    "es": words("los las y con para nuestra nuestro por una del más sus que usted desde somos su"),
    "it": words("di che per con della il nostra nostro gli sono dei nel più alla una ogni dal e"),
    "nl": words("het een van voor met wij ons onze zijn en bij niet ook naar uw maken wordt aan"),
    "pt": words("os as dos das do com nossa nosso nossos não uma são mais você em seu pela ao à e"),
    "pl": words("i w z na do nie jest dla się oraz nasze przez są naszej od że nasz firmy lub"),
    "sv": words("och att för är vi med som till av vår din på inte våra från eller har hos"),
    "da": words("og er til med på ikke af vores jer nogle mere efter blev kun være eller os"),
    "no": words("og er til med på ikke av våre vår deg dere noen mer etter ble bare være eller"),
    "fi": words("ja on ei tai että sekä meidän ovat myös kun mutta jotka teidän olemme joka"),
    "cs": words("a je na se pro že jsme nebo také naše vám od jako jsou náš při naší do ve"),
    "tr": words("ve bir için ile bu olarak daha çok en biz sizin olan bizim kadar veya siz"),
}  # fmt: skip
_LETTERS = (
    ("ja", re.compile(r"[\u3041-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7a3]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
)
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_PRIMARY, _SUBTAG = (
    re.compile(pattern, re.ASCII) for pattern in ("[a-zA-Z]{2,3}", "[a-zA-Z]{2}|[a-zA-Z]{4}")
)
_WORD = re.compile(r"[^\W\d_]+")


def find(document: Document, findings: Findings) -> None:
    """Note the language that the page declares."""
    metas = document.metas
    declared = (
        document.root.get("lang"),
        document.root.get("xml:lang"),
        metas.get("og:locale"),
        metas.get("content-language"),
        metas.get("language"),
        metas.get("dc.language"),
    )
    tag = next((found for raw in declared if raw and (found := tag_of(raw))), None)
    if tag := tag or tag_of(_alternate(document)):
        findings.add("language", tag, Source.LANGUAGE)


def guess(document: Document, findings: Findings) -> None:
    """Note the language of the text, where the page declares none."""
    if not findings.has(Source.LANGUAGE) and (found := of_text(document.words)):
        findings.add("language", found, Source.WORDS)


def tag_of(raw: str) -> str | None:
    """A language tag in its usual spelling, such as de-CH, or None."""
    parts = raw.strip().replace("_", "-").split("-")[:3]
    if not _PRIMARY.fullmatch(parts[0]):
        return None
    rest = [p.upper() if len(p) == 2 else p.title() for p in parts[1:] if _SUBTAG.fullmatch(p)]
    return "-".join([parts[0].lower(), *rest])


def of_text(text: str) -> str | None:
    """The language of a text, or None where it is too short or not plainly one of those known."""
    sample = text[:_SAMPLE]
    if not sample.isascii() and (found := _by_letters(sample)):
        return found
    counted = Counter(_WORD.findall(sample.lower()))
    scores = sorted(
        (
            (sum([counted[word] for word in common & counted.keys()]), tag)
            for tag, common in _COMMON.items()
        ),
        reverse=True,
    )
    (most, tag), (next_most, _) = scores[0], scores[1]
    clear = most >= _CLEARLY * next_most or most >= _MORE + next_most
    return tag if most >= _FEWEST and clear else None


def _by_letters(sample: str) -> str | None:
    """The language of a script that mostly one language is written in."""
    for tag, letters in _LETTERS:
        # Japanese has some signs of Chinese in it, never the other way round.
        if len(letters.findall(sample)) > len(sample) / 10:
            return tag
    if len(_CYRILLIC.findall(sample)) > len(sample) / 3:
        ukrainian, russian = (len(re.findall(own, sample)) for own in ("[іїєґ]", "[ыэёъ]"))
        if ukrainian != russian:
            return "uk" if ukrainian > russian else "ru"
    return None


def _alternate(document: Document) -> str:
    """The language by which the page lists itself among its translations."""
    for attributes in document.links:
        if "hreflang" not in attributes or "alternate" not in (attributes.get("rel") or "").lower():
            continue
        if document.absolute(attributes.get("href") or "") == document.url:
            tag = attributes.get("hreflang") or ""
            if tag.lower() != "x-default":
                return tag
    return ""
