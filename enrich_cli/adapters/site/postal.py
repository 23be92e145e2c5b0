"""Postal addresses in the text of a page, as they are written in each country."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source, Topic
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.scan import as_zero
from enrich_cli.domain.countries import country_code


@dataclass(frozen=True, slots=True)
class Place:
    """An address, as far as it was given."""

    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


_FOOT, _MOST = 1_500, 8_000
_ABOVE = 3  # parts before the one with the postal code that may be of the address
_CODED = frozenset(b"0ABCDEFGHIJKLMNOPQRSTUVWXYZ")  # what is before a digit of a postal code
_DASHED = re.compile(r"\s[–—-]\s")
_CITY = r"(?P<city>[^\W\d_][^\d,;:@©]{1,38}[^\W\d_.)]\)?)"
# Prefixes of postal codes that some countries still write, as on car plates.
_PREFIXES = {"D": "DE", "A": "AT", "F": "FR", "I": "IT", "E": "ES", "B": "BE", "L": "LU", "S": "SE",
             "N": "NO", "P": "PT", "FIN": "FI", "FL": "LI"}  # fmt: skip
_FORMS = (
    ("NL", re.compile(rf"(?:NL[- ])?(?P<code>[1-9]\d{{3}} ?[A-Z]{{2}}) {_CITY}")),
    ("PT", re.compile(rf"(?:P(?:T)?[- ])?(?P<code>\d{{4}}-\d{{3}}) {_CITY}")),
    ("PL", re.compile(rf"(?:PL[- ])?(?P<code>\d{{2}}-\d{{3}}) {_CITY}")),
    ("", re.compile(
        rf"(?:(?P<prefix>[A-Z]{{1,3}})[- ])?(?P<code>\d{{3}} \d{{2}}|\d{{4,5}}) {_CITY}")),
    ("GB", re.compile(rf"(?:{_CITY} )?(?P<code>[A-Z]{{1,2}}\d[A-Z\d]? \d[A-Z]{{2}})")),
    ("US", re.compile(
        rf"(?:{_CITY} )?(?P<region>A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|"
        r"N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]) (?P<code>\d{5}(?:-\d{4})?)")),
    ("CA", re.compile(
        rf"(?:{_CITY} )?(?P<region>AB|BC|MB|N[BLSTU]|ON|PE|QC|SK|YT) "
        r"(?P<code>[A-Z]\d[A-Z] ?\d[A-Z]\d)")),
    ("AU", re.compile(
        rf"(?:{_CITY} )?(?P<region>ACT|NSW|NT|QLD|SA|TAS|VIC|WA) (?P<code>\d{{4}})")),
)  # fmt: skip
_JAPAN = re.compile(
    r"〒?\s?(?P<code>\d{3}-\d{4})\s*(?P<region>東京都|北海道|大阪府|京都府|[一-龥]{2,3}県)"
    r"(?P<city>[一-龥ぁ-んァ-ヶ]{1,7}?(?:市(?:[一-龥]{1,4}区)?|[区町村]))(?P<street>\S{0,40})"
)
_JAPANS_REGIONS = "都道府県"
_STREET_WORD = re.compile(
    r"str(?:\.|asse|aße|eet|aat)\b|stra(?:ss|ß)e|weg\b|platz|gasse|allee|ring\b|damm|ufer|\brue\b|"
    r"avenue|boulevard|chemin|quai|impasse|\bcalle\b|paseo|plaza|avda|carrer|\bvia\b|viale|piazza|"
    r"corso|\broad\b|\brd\b|\bst\b|lane\b|drive\b|\bway\b|square|court\b|laan\b|plein|kade\b|"
    r"gracht|gatan|vägen|gata\b|veien|vej\b|gade\b|\bul\.|ulica|\bal\.|katu\b|tie\b|\brua\b|"
    r"\bav\b|praça|travessa|largo\b|cadde|sokak|\bcd\.|\bsk\.|náměstí|třída|nábřeží|suite\b",
    re.IGNORECASE)  # fmt: skip
# A house number behind the street's name, before it, or behind a comma that was cut.
_NUMBERED = re.compile(
    r"[^\W\d_][^\d@:©]{2,45} ?\d{1,5} ?(?:[a-zA-Z]|[-/–]\d{1,4}[a-z]?)?"
    r"|\d{1,5}[a-zA-Z]?(?:[-/–]\d{1,4})?,? [^\W\d_][^\d@:©]{2,45}"
)
_NAMED = re.compile(r"^(?!.*\b[Nn][or]: )[^\d:]{3,30}: ")  # "Registered office: 1 High Street"
_NO_STREET = re.compile(
    r"tel|fon|phone|fax|mail|www|http|copyright|all rights|registe|hrb|ust|vat|iva|siret|ceo|"
    r"geschäft",
    re.IGNORECASE)  # fmt: skip


def find(document: Document, findings: Findings) -> None:
    """Note the first address: in an address element, on a contact page, at the foot of others."""
    topic = document.topic
    told = topic in (Topic.CONTACT, Topic.IMPRINT)
    words = document.words
    addresses = document.tree.css("address")[:5] if document.has_address else []
    texts = [n.text(separator="\n", strip=True) for n in addresses]
    searched = [(text[:_FOOT], Source.ADDRESS_ELEMENT, True) for text in texts]
    searched.append((words[:_MOST] if told else words[-_FOOT:], Source.ADDRESS_TEXT, told))
    for text, source, plain in searched:
        if place := first_place(text, plain=plain):
            note(place, source, findings)
            return


def note(place: Place | None, source: Source, findings: Findings) -> None:
    """Note the parts of an address."""
    if place:
        findings.add("street_address", place.street, source)
        findings.add("city", place.city, source)
        findings.add("region", place.region, source)
        findings.add("postal_code", place.postal_code, source)
        findings.add("country", place.country, source)


def first_place(text: str, *, plain: bool) -> Place | None:
    """The first address in a text of short lines, or None.

    Where the text is not `plain`ly about addresses the street must be known for one by its words.
    """
    if any(sign in text for sign in _JAPANS_REGIONS) and (match := _JAPAN.search(text)):
        return Place(match["street"], match["city"], match["region"], match["code"], "JP")
    for sign in ",;|·•":
        text = text.replace(sign, "\n")
    if any(dash in text for dash in "–—-"):
        text = _DASHED.sub("\n", text)
    text = text.strip("\n")
    while "\n\n" in text:
        text = text.replace("\n\n", "\n")
    written = text.split("\n")
    for at in _coded(text):
        above = max(0, at - _ABOVE)
        parts = [" ".join(part.split()) for part in written[above : at + 3]]
        if len(parts[at - above]) > 70:
            continue
        for place in _read(parts, at - above):
            if _is_street(place.street, plain=plain):
                return place
    return None


def _coded(text: str) -> Iterator[int]:
    """The numbers of the lines in which a postal code may be."""
    signs = as_zero(text)
    at = signs.find(b"0", 1)
    while at > 0:
        if signs[at - 1] in _CODED:
            yield signs.count(b"\n", 0, at)
            at = signs.find(b"\n", at)
            if at < 0:
                return
        at = signs.find(b"0", at + 1)


def _read(parts: Sequence[str], at: int) -> Iterator[Place]:
    """The addresses of which this part may be the one with the postal code."""
    for country, form in _FORMS:
        match = form.fullmatch(parts[at])
        if match is None:
            continue
        groups = match.groupdict()
        above, city = at - 1, groups["city"]
        if city is None and above >= 0:
            city, above = parts[above], above - 1
        if not city or above < 0 or any(char.isdigit() for char in city) or len(city) > 40:
            continue
        prefix = groups.get("prefix") or ""
        code = _PREFIXES.get(prefix) or (country_code(prefix) if len(prefix) == 2 else None)
        if prefix and code is None:
            continue
        here = code or next(filter(None, map(_country, parts[at + 1 : at + 3])), "") or country
        city, region = _province(city, groups.get("region") or "", here)
        street = parts[above]
        if above > 0 and re.fullmatch(r"\d{1,5} ?[a-zA-Z]?", street):  # "Rua do Sol, 12"
            street = f"{parts[above - 1]}, {street}"
        yield Place(_NAMED.sub("", street), city, region, groups["code"], here)


def _province(city: str, region: str, country: str) -> tuple[str, str]:
    """City and province apart, as in Italy's "Milano (MI)"."""
    if match := re.fullmatch(r"(.+?) \(?([A-Z]{2})\)?", city):
        if country in ("IT", "") and "(" in city:
            return match[1], match[2]
        if country == "IT":
            return match[1], match[2]
    return city, region


def _country(part: str) -> str:
    name = part.partition(". ")[0]
    return (country_code(name) or "") if 3 < len(name) < 40 else ""


def _is_street(part: str, *, plain: bool) -> bool:
    if not 4 < len(part) <= 70 or _NO_STREET.match(part):
        return False
    return bool(_STREET_WORD.search(part)) or (plain and _NUMBERED.fullmatch(part) is not None)
