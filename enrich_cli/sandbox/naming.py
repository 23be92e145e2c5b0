"""How the fictional world writes names: domains to names and slugs, and back again."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

RESERVED = ("example", "test", "invalid", "localhost", "example.com", "example.net", "example.org")
"""Names that belong to nobody (RFC 2606, RFC 6761): e-mail addresses are made under these only."""

_SECOND_LEVEL = frozenset(
    {
        "co.uk", "org.uk", "ac.uk", "gov.uk", "com.au", "edu.au", "co.jp", "co.nz",
        "com.br", "co.za", "co.in", "co.kr", "com.mx", "github.io", "netlify.app"
    }
)  # fmt: skip
_SUFFIXES = _SECOND_LEVEL | frozenset(
    {
        "com", "org", "net", "io", "ai", "co", "dev", "app", "edu", "gov", "mil", "info",
        "biz", "eu", "us", "uk", "de", "ch", "at", "fr", "es", "it", "nl", "be", "se", "no",
        "dk", "fi", "pl", "cz", "pt", "ie", "jp", "cn", "in", "br", "ca", "au", "nz", "mx",
        "test", "invalid"
    }
)  # fmt: skip
_GENERIC = frozenset({"com", "co", "org", "net", "edu", "ac", "gov"})
_SLUG_ENDINGS = {suffix.replace(".", "-"): suffix for suffix in _SUFFIXES}
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_LEGAL = frozenset(
    {
        "ab", "ag", "bv", "co", "company", "corp", "corporation", "gmbh", "inc",
        "incorporated", "kk", "limited", "llc", "ltd", "ltda", "plc", "pty", "sa", "sas",
        "se", "sl", "srl"
    }
)  # fmt: skip
_WORDS = re.compile(r"[^\W_]+")
_VOWELS = frozenset("aeiouy")


@lru_cache(maxsize=16_384)
def registrable(host: str) -> str:
    """The domain under which `host` was registered, lower case; "" for what is no host name.

    Knows the usual second-level endings, not the whole Public Suffix List: the world needs an
    answer that is the same every time, and real tables are only tried here.
    """
    labels = host.lower().rstrip(".").split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        return ""
    return ".".join(labels[-3 if len(labels) > 2 and _is_ending(*labels[-2:]) else -2 :])


def _is_ending(second: str, first: str) -> bool:
    """Whether names are registered under two labels: those known, and the like of `com.co`."""
    return f"{second}.{first}" in _SECOND_LEVEL or (len(first) == 2 and second in _GENERIC)


def company_name(domain: str) -> str:
    """`bluefin-robotics.example` is Bluefin Robotics."""
    label = domain.partition(".")[0]
    if label.startswith("xn--"):
        try:
            label = label.encode().decode("idna")
        except UnicodeError:
            label = label.removeprefix("xn--")
    return " ".join(map(_word, _WORDS.findall(label))) or label


def company_slug(domain: str) -> str:
    """The last part of the LinkedIn page: the label, and the ending where it is not .example."""
    label, _, suffix = domain.partition(".")
    slug = label if suffix == "example" else f"{label}-{suffix.replace('.', '-')}"
    return slug if slug_domain(slug) == domain else f"{label}--{suffix.replace('.', '-')}"


def slug_domain(slug: str) -> str:
    """The domain whose `company_slug` this is; one under .example where there is none."""
    label, cut, suffix = slug.rpartition("--")
    if cut:
        return f"{label}.{suffix.replace('-', '.')}"
    parts = slug.split("-")
    for count in (2, 1):
        ending = "-".join(parts[-count:])
        if len(parts) > count and ending in _SLUG_ENDINGS:
            return f"{'-'.join(parts[:-count])}.{_SLUG_ENDINGS[ending]}"
    return f"{slug}.example"


def name_domain(name: str) -> str:
    """The domain of the company with that name, legal form aside; "" for a name without letters."""
    words = [plain(word) for word in _WORDS.findall(name.replace("'", "").replace(".", ""))]
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    return f"{'-'.join(words)}.example" if words else ""


def mail_domain(domain: str) -> str:
    """Where the company's mail goes: its domain if that is reserved, else one under .example."""
    if domain.rpartition(".")[2] in RESERVED or domain in RESERVED:
        return domain
    return f"{company_slug(domain)}.example"


@lru_cache(maxsize=16_384)
def plain(word: str) -> str:
    """`word` in the letters a to z and digits; a made-up code where it has none of these."""
    spread = unicodedata.normalize("NFKD", word.lower().replace("ß", "ss"))
    kept = "".join(char for char in spread if char.isascii() and char.isalnum())
    return kept or "x" + word.encode("utf-8", "surrogatepass").hex()[:12]


def _word(word: str) -> str:
    if len(word) <= 4 and not _VOWELS.intersection(word):
        return word.upper()
    return word[:1].upper() + word[1:]
