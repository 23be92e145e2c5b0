"""Makes the tables in sample_data: `python -m tests.bench.make_samples`.

Every company and person in them is made up. Their hosts end in .example or .test, which can be
nobody's (RFC 2606); the others are free-mail and shared hosts, which the tables need as examples
of what names no company. The same script makes the same tables, whatever day it is.

leads.csv has 300 rows and is what a sales team's list looks like: one company in many spellings,
people beside companies, cells that name nobody, a column that is filled by half. leads.parquet is
the same table. hundred_companies.csv has a hundred companies in a hundred rows, ten_companies.csv
ten companies in a hundred rows: what asking each entity once saves is seen between the two.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from random import Random

import polars as pl

FOLDER = Path(__file__).parents[2] / "sample_data"
LEADS = (
    "Lead ID", "Company", "Website", "Contact", "Email", "LinkedIn", "Country", "Industry",
    "Score", "Notes",
)  # fmt: skip
SITES = ("id", "Company", "Website", "Country")
SPELLINGS = ("id", "Company", "Website", "Email")
ROWS = 300
FREE_MAIL = "gmail.com"
SHARED = ("facebook.com", "linktr.ee", "github.io", "crunchbase.com", "linkedin.com", "x.com")

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Firm:
    """A made-up company; `people` are those of its staff that turn up in the list."""

    name: str
    domain: str
    country: str
    industry: str
    people: tuple[str, ...]

    @property
    def slug(self) -> str:
        """The last part of its address on a network."""
        return self.domain.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Table:
    """A table before it is written: its columns and its rows, all text."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def csv(self) -> str:
        """As CSV: commas, LF, quotes where they are needed."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows((self.columns, *self.rows))
        return text.getvalue()

    def frame(self) -> pl.DataFrame:
        """As a frame of text columns, empty cells as nulls."""
        rows = [[cell or None for cell in row] for row in self.rows]
        return pl.DataFrame(rows, schema=dict.fromkeys(self.columns, pl.String), orient="row")


_COINED = (
    "quillmoor", "tarnbeck", "vellorin", "oskarrow", "brindlehay", "cindermoss", "dovrelin",
    "ferncastle", "gristwold", "hollowmere", "ivendale", "jasperwyn", "kestrholm", "lumenfeld",
    "marrowgate", "nettlecombe", "ostvarden", "pellworth", "quennova", "ravensill",
)  # fmt: skip
_TRADES = {
    "robotics": "Industrial automation",
    "logistics": "Freight and logistics",
    "foods": "Food production",
    "textiles": "Textiles",
    "optics": "Optical instruments",
    "energy": "Renewable energy",
    "software": "Software",
    "clinics": "Health care",
    "marine": "Shipbuilding",
    "timber": "Forestry",
}
_COUNTRIES = (
    "Germany", "DE", "United States", "USA", "us", "United Kingdom", "UK", "France", "Sweden",
    "Switzerland", "Canada", "Japan", "",
)  # fmt: skip
_LEGAL = ("", "", " Inc.", ", Inc.", " GmbH", " Ltd", " AG", " S.A.", " LLC")
_FIRST = (
    "Mara", "Jonas", "Ines", "Tobias", "Aylin", "Felix", "Noor", "Rasmus", "Élodie", "Kwame",
    "Sanna", "Björn", "Zofia", "Matías", "Hana", "Dmitri", "Leilani", "Oskar",
)  # fmt: skip
_LAST = (
    "Fennimoor", "Tindalwick", "Askeblom", "Quarrington", "Veltersen", "Oyelarin", "Brackwede",
    "Sørlund", "Castelmar", "Hollanby", "Novarek", "Pellitore", "Rüdenau", "Yamashino",
)  # fmt: skip
_ODD = (
    Firm(
        "Müllerhof Käserei",
        "müllerhof-käserei.example",
        "Austria",
        "Food production",
        ("Björn Rüdenau",),
    ),
    Firm("Ōkawara Denki", "okawara-denki.test", "Japan", "", ("Hana Yamashino", "Sanna Askeblom")),
    Firm(
        'The "Blue Door" Bakery, Café & Sons',
        "bluedoor-bakery.test",
        "UK",
        "Food production",
        ("Élodie Castelmar", "Kwame Oyelarin"),
    ),
    Firm("42 Gables", "42-gables.example", "Ireland", "", ("Noor Hollanby",)),
)
_NOTES = (
    "", "", "", "", "met at the fair, asked for a quote", "Call back\nin spring", "warm",
    'said "not before June"', "=see last year's list", "moved; check the address",
    "zu teuer, später noch einmal", "0049 30 000000-12",
)  # fmt: skip
_JUNK = ("N/A", "-", "https://", "n/a", "none", "TBD", "http://localhost:3000", "www.", "?")


def leads() -> Table:
    """The messy list."""
    dice = Random(20)
    cells = [_lead(firm, dice) for firm in _firms(dice) for _ in range(dice.choice((2, 4, 5, 7)))]
    cells = [*_oddities(), *cells][:ROWS]
    dice.shuffle(cells)
    rows = (
        (f"{number:05d}", *cell, f"{dice.randrange(100) / 10:.2f}", dice.choice(_NOTES))
        for number, cell in enumerate(cells, 17)
    )
    return Table(LEADS, tuple(rows))


def hundred_companies() -> Table:
    """A hundred rows about a hundred companies."""
    dice = Random(100)
    names = [(coined, trade) for coined in _COINED[:10] for trade in _TRADES]
    rows = (
        (
            f"{number:03d}",
            f"{coined.title()} {trade.title()}",
            _site(f"{coined}-{trade}.example", dice),
            dice.choice(_COUNTRIES),
        )
        for number, (coined, trade) in enumerate(names, 1)
    )
    return Table(SITES, tuple(rows))


def ten_companies() -> Table:
    """A hundred rows about ten companies, each in ten spellings."""
    dice = Random(10)
    rows: list[Row] = []
    for coined, trade in zip(_COINED[10:], _TRADES, strict=True):
        domain = f"{coined}-{trade}.example"
        for seen in range(10):
            mail = _mail(_person(dice), domain) if seen % 3 else ""
            site = "" if seen in (4, 7) else _site(domain, dice)
            rows.append((f"{coined.title()} {trade.title()}{dice.choice(_LEGAL)}", site, mail))
    dice.shuffle(rows)
    return Table(SPELLINGS, tuple((f"{n:03d}", *row) for n, row in enumerate(rows, 1)))


TABLES = {
    "leads.csv": leads,
    "hundred_companies.csv": hundred_companies,
    "ten_companies.csv": ten_companies,
}
"""The CSV files by name; `leads.parquet` holds the frame of the first."""


def _firms(dice: Random) -> list[Firm]:
    pairs = [(coined, trade) for coined in _COINED for trade in _TRADES]
    firms = [
        Firm(
            name=f"{coined.title()} {trade.title()}",
            domain=f"{coined}-{trade}.{dice.choice(('example', 'example', 'test'))}",
            country=dice.choice(_COUNTRIES),
            industry=dice.choice((_TRADES[trade], "")),
            people=tuple(sorted({_person(dice) for _ in range(dice.choice((1, 2, 3)))})),
        )
        for coined, trade in dice.sample(pairs, 62)
    ]
    return [*_ODD, *_ODD, *firms]


def _person(dice: Random) -> str:
    return f"{dice.choice(_FIRST)} {dice.choice(_LAST)}"


def _lead(firm: Firm, dice: Random) -> Row:
    """One row about a company, from the company to the industry: often about somebody, too."""
    person = dice.choice((*firm.people, *firm.people, ""))
    site = _site(firm.domain, dice) if dice.random() < 0.75 else dice.choice(("", "", *_JUNK))
    return (
        firm.name + dice.choice(_LEGAL) if dice.random() < 0.9 else "",
        site,
        dice.choice((person, person, person, person.upper(), "")),
        _lead_mail(person, firm, dice),
        _lead_page(person, firm, dice),
        firm.country,
        firm.industry if dice.random() < 0.8 else "",
    )


def _lead_mail(person: str, firm: Firm, dice: Random) -> str:
    host = firm.domain if firm.domain.isascii() else f"{_plain(firm.slug)}.example"
    if not person:
        return dice.choice(("", f"info@{host}", f"sales@{host}"))
    mail = _mail(person, host)
    kinds = (mail, mail, mail.upper(), f"{person} <{mail}>", f"mailto:{mail}", "", _private(person))
    return dice.choice(kinds)


def _lead_page(person: str, firm: Firm, dice: Random) -> str:
    of_firm = f"linkedin.com/company/{_plain(firm.slug)}"
    if dice.random() < 0.6:
        return ""
    if not person or dice.random() < 0.3:
        return dice.choice(
            (f"https://www.{of_firm}/", f"{of_firm}/about/", f"https://de.{of_firm}")
        )
    of_person = f"linkedin.com/in/{_plain(person).replace(' ', '-')}-{_plain(firm.slug)}"
    return dice.choice((f"https://www.{of_person}/", f"http://{of_person}?trk=people", of_person))


def _oddities() -> list[Row]:
    """Rows that name nobody, two companies at once, or only a page on somebody else's host."""
    nobody = [("", junk, "", "", "", "", "") for junk in _JUNK[:4]]
    return [
        *nobody,
        ("Unknown", "", "", "not given", "", "France", ""),
        ("Node.js", "", "", "", "", "", "Software"),
        ("", "", "Ines Hollanby", _private("Ines Hollanby"), "", "Spain", ""),
        ("", "", "Oskar Novarek", _private("Oskar Novarek"), "n/a", "", ""),
        (
            "Tarnbeck / Vellorin",
            "https://tarnbeck-group.example https://vellorin-group.example",
            "", "", "", "Germany", "",
        ),
        ("Harbour Quill Pottery", "facebook.com/harbourquillpottery", "", "", "", "UK", "Crafts"),
        ("Moss & Cinder Bikes", "https://linktr.ee/mosscinderbikes", "", "", "", "Canada", ""),
        ("Fennimoor Tools", "https://fennimoor-tools.github.io/", "", "", "", "", "Software"),
        (
            "Gristwold Ventures",
            "https://www.crunchbase.com/organization/gristwold-ventures",
            "", "", "", "USA", "",
        ),
        ("Nettlecombe Radio", "@nettlecomberadio", "", "", "x.com/nettlecomberadio", "", ""),
    ]  # fmt: skip


def _site(domain: str, dice: Random) -> str:
    """A website as people write it: one domain, many spellings."""
    coded = domain if domain.isascii() else dice.choice((domain, _punycode(domain)))
    return dice.choice(
        (
            f"https://www.{coded}/",
            f"http://{coded}",
            coded,
            f"www.{coded}",
            coded.upper(),
            f"HTTPS://{coded.title()}/",
            f"https://{coded}/about-us?utm_source=fair&utm_campaign=spring",
            f"https://shop.{coded}/de/index.html#top",
            f"  {coded} ",
            f"http://www.{coded}:80/",
        )
    )


def _punycode(domain: str) -> str:
    return domain.encode("idna").decode()


def _mail(person: str, domain: str) -> str:
    return f"{_plain(person).replace(' ', '.')}@{domain}"


def _private(person: str) -> str:
    return f"{_plain(person).replace(' ', '.')}.fictional@{FREE_MAIL}"


_LETTERS = str.maketrans("áäãéíøōöü", "aaaeiooou")


def _plain(text: str) -> str:
    return text.lower().translate(_LETTERS)


def main(folder: Path = FOLDER) -> None:
    """Write the tables into `folder`."""
    for name, table in TABLES.items():
        (folder / name).write_text(table().csv(), encoding="utf-8", newline="")
    leads().frame().write_parquet(folder / "leads.parquet")


if __name__ == "__main__":
    main()
