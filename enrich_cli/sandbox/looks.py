"""The looks of websites: in which form and language a site shows its company, and what of it."""

from __future__ import annotations

from dataclasses import dataclass

from enrich_cli.sandbox.dice import Dice
from enrich_cli.sandbox.facts import Company

_MARKUPS: tuple[str, ...] = (
    *("plain",) * 6, *("graph",) * 4, *("nested",) * 2, "list", "broken", *("opengraph",) * 3,
    *("microdata",) * 2, *("title",) * 3,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """How a site shows its company: form and language, and which facts it shows at all."""

    language: str
    says_language: bool
    markup: str  # JSON-LD plain, graph, nested, list, broken; opengraph, microdata, title
    opengraph: bool
    mail: str  # mailto, spelled, entities, hidden, none
    phone: bool
    address: bool
    founded: bool
    people: bool
    logo: bool
    footer: bool  # address, telephone and mail at the foot of every page
    social: tuple[str, ...]
    charset: str
    says_charset: bool  # in the header; else in the page only
    title: str
    generator: str
    headers: tuple[tuple[str, str], ...]


def drawn(company: Company, dice: Dice) -> Look:
    """The look of the company's site."""
    language = company.place.language
    if language != "en" and dice.chance(25):
        language = "en"
    profiles = (
        company.linkedin,
        company.twitter and f"https://x.com/{company.twitter}",
        company.facebook and f"https://www.facebook.com/{company.facebook}",
        company.instagram and f"https://www.instagram.com/{company.instagram}/",
        company.youtube and f"https://www.youtube.com/@{company.youtube}",
        company.github and f"https://github.com/{company.github}",
    )
    old = dice.chance(6) and language not in ("en", "ja")
    says_charset = dice.chance(60)
    charset = "iso-8859-1" if old else "utf-8"
    return Look(
        language=language,
        says_language=dice.chance(88),
        markup=dice.pick(_MARKUPS),
        opengraph=dice.chance(60),
        mail=dice.pick(("mailto", "mailto", "mailto", "spelled", "entities", "hidden", "none")),
        phone=dice.chance(65),
        address=dice.chance(60),
        founded=dice.chance(45),
        people=dice.chance(15),
        logo=dice.chance(75),
        footer=dice.chance(40),
        social=tuple(url for url in profiles if url and dice.chance(70)),
        charset=charset,
        says_charset=says_charset,
        title=dice.pick(("{name} | {tagline}", "{name} – {tagline}", "{home} - {name}", "{name}")),
        generator=next((t for t in company.technologies if t in ("WordPress", "Drupal")), ""),
        headers=(("Server", dice.pick(("nginx", "Apache", "cloudflare"))),),
    )
