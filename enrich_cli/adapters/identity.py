"""Whether an identifier in a reply is the one that was asked about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from enrich_cli.domain.countries import country_code
from enrich_cli.domain.entity import IdKind, Query
from enrich_cli.domain.folding import folded
from enrich_cli.domain.lists import lines

_HOST = re.compile(r"(?:(?:[a-z][a-z0-9+.-]*:)?//)?(?:[^/?#]*@)?([^/:?#]*)", re.IGNORECASE)
# What stands between the parts of a page's title: "Acme Optics - Home | LinkedIn".
_BETWEEN = re.compile(r"\s+[-–—|·]\s+|\s*[|:·,]\s+")
_LINKEDIN = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)*linkedin\.com/+(company|school|showcase|in|pub)/+([^/?#\s]+)",
    re.IGNORECASE,
)


_MAPPED = re.compile(r"(?!www\.|xn--)[a-z0-9-]+(?:\.(?!xn--)[a-z0-9-]+)+")
"""Most hosts: nothing in them is to be mapped."""


def linkedin(text: str) -> tuple[str, str] | None:
    """The kind of page (`company`, `in`, ...) and the slug of a LinkedIn address, or None."""
    match = _LINKEDIN.match(text.strip())
    return None if match is None else (match[1].lower(), match[2].lower())


def canonical(kind: IdKind, text: str) -> str:
    """A form in which two spellings of one identifier of that kind are equal."""
    text = text.strip()
    if kind is IdKind.DOMAIN:
        return _host(text)
    if kind is IdKind.EMAIL:
        return text.lower().removeprefix("mailto:")
    if kind is IdKind.LINKEDIN:
        found = linkedin(text)
        return "/".join(found) if found else text.lower()
    if kind is IdKind.COUNTRY:
        return country_code(text) or text.casefold()
    words = _words(text)
    return " ".join([word for word in words if word not in _legal_forms()] or words)


def _host(text: str) -> str:
    """The host in a URL or by itself, about as UTS 46 maps it, as punycode and without `www.`.

    What is no host at all may need to be mapped again before nothing changes any more.
    """
    if _MAPPED.fullmatch(text):
        return text
    for _ in range(_MAPPINGS):
        before = text
        text = "".join(unicodedata.normalize("NFKC", text.lower()).split())
        found = _HOST.match(text)
        text = _bare(_punycode(_bare(found[1] if found else text)))
        if text == before:
            break
    return text


def _bare(host: str) -> str:
    """A host without the dots around it and the `www.` before it."""
    while (rest := host.strip(".").removeprefix("www.")) != host:
        host = rest
    return host


def fits(kind: IdKind, asked: str, said: object) -> bool:
    """Whether what a reply says of an entity does not contradict what was asked.

    A list fits if one of its texts does; null, an empty text and other types say nothing. A host
    below the domain that was asked about is the same company's.
    """
    parts = said if isinstance(said, list) else [said]
    texts = [part for part in parts if isinstance(part, str) and part.strip()]
    if not texts:
        return True
    want = canonical(kind, asked)
    forms = [canonical(kind, text) for text in texts]
    if kind is IdKind.DOMAIN:
        return any(form == want or form.endswith(f".{want}") for form in forms)
    return want in forms


def asked_by(needs: Sequence[Sequence[IdKind]], query: Query) -> Sequence[IdKind] | None:
    """The first of the alternative sets of identifiers that the entity has; None for none."""
    have = {kind for kind, _ in query.ids}
    return next((kinds for kinds in needs if have.issuperset(kinds)), None)


def shown(kind: IdKind, asked: str, said: object) -> bool:
    """Whether texts of a page, such as its title and address, show that it is about whom was asked.

    A name is shown by a part of a title that is the name, and a person's company also by being
    mentioned. A domain is shown by an address below it, by being mentioned, and by a name or a
    LinkedIn page that is spelled like it.
    """
    parts = said if isinstance(said, list) else [said]
    texts = [part for part in parts if isinstance(part, str) and part.strip()]
    want = canonical(kind, asked)
    if kind is IdKind.DOMAIN:
        return any(_shows_domain(want, text) for text in texts)
    if kind in (IdKind.NAME, IdKind.COMPANY):
        pieces = {canonical(kind, piece) for text in texts for piece in _BETWEEN.split(text)}
        if kind is IdKind.COMPANY and want not in pieces:
            return any(f" {want} " in f" {' '.join(_words(text))} " for text in texts)
        return want in pieces
    return want in [canonical(kind, text) for text in texts]


def _shows_domain(domain: str, text: str) -> bool:
    if re.search(rf"(?<![\w-]){re.escape(domain)}(?![\w-]|\.\w)", text.lower()):
        return True  # in its address, or in what it says
    label = _letters(domain.partition(".")[0])
    if page := linkedin(text):
        return _letters(page[1]) == label
    pieces = (canonical(IdKind.NAME, piece) for piece in _BETWEEN.split(text))
    return label in {_letters(piece) for piece in pieces}


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", folded(text))


def _punycode(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host


_MAPPINGS = 8  # a real host needs one, and one more to see that nothing changes


@cache
def _legal_forms() -> frozenset[str]:
    return frozenset(lines("legal_forms"))
