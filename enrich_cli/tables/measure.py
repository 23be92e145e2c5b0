"""What the cells of a column look like, in numbers, seen in a sample of the table's rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import polars as pl

from enrich_cli.domain.lists import lines
from enrich_cli.tables import normal
from enrich_cli.tables.cells import read_together
from enrich_cli.tables.text import stands_for_nothing

SAMPLE = 2_000
"""Rows that are looked at."""
_REACH = 500_000
# Cells of a column that the first rows must show, else further rows are looked at for it.
_FEW = 20

_TEXT = (pl.String, pl.Categorical, pl.Enum)

_URLISH = r"[^\s@]@[^\s@]|[^\s.]\.[^\s.]|://"
_ORGANISATION = (
    r"(?i)\b(?:universit\w*|college|school|institut\w*|academy|hochschule|bank|group|holdings?"
    r"|labs?|laborator\w+|technolog\w+|systems?|software|solutions|services|partners|capital"
    r"|ventures|consulting|industries|international|associates|association|foundation|society"
    r"|council|county|city of|town of|department|district|commission|authority|hospital|church"
    r"|media|studios?|pharma\w*|therapeutics|energy|health|insurance|airlines|motors|foods)\b"
)
_PERSON = (
    r"^(?:\p{Lu}[\p{L}'’.-]*)(?: (?:\p{Lu}[\p{L}'’.-]*|de|da|do|dos|di|du|van|von|der|den|ter|la"
    r"|le|el|al|bin|ben|y|e|zu)){1,4}$"
)
_ONE_NAME = r"^\p{L}[\p{L}'’.-]*(?: \p{L}[\p{L}'’.-]*){0,2}$"
_WORDY = r"^[^\n]{2,80}$"
_NOT_WORDY = r"^[^\p{L}]*$|^[\[{(]['\"\[{]|^\d{4}-\d\d|[!?;|]$|\S{40}"
_COUNTRIES = 400
_FILE = r"(?i)\.(?:png|jpe?g|svg|gif|webp|ico|bmp|pdf|mp4|zip|csv|xlsx?|docx?)$"
_HOME = r"(?i)^(?:/|/(?:index|home|default)(?:\.\w{3,5})?/?)?$"


@dataclass(frozen=True, slots=True)
class Column:
    """The cells of one column, seen in a sample. Shares are of the filled cells, 0 to 1."""

    name: str
    filled: int = 0
    """Cells that are neither empty nor a placeholder."""
    values: int = 0
    """Distinct values among them."""
    website: float = 0.0
    email: float = 0.0
    linkedin: float = 0.0
    named: float = 0.0
    """Cells that name a company's domain."""
    personal: float = 0.0
    """E-mail addresses of people."""
    company_page: float = 0.0
    person_page: float = 0.0
    refused: str = ""
    """The most frequent reason for which URLs and addresses name nobody."""
    domains: int = 0
    """Distinct domains."""
    people: int = 0
    """Distinct addresses of people."""
    top: str = ""
    """The most frequent domain, and its share of the cells that name one."""
    top_share: float = 0.0
    pages: int = 0
    """Different pages on that domain."""
    home: float = 0.0
    """URLs without a path."""
    file: float = 0.0
    """URLs of pictures and documents."""
    country: float = 0.0
    legal: float = 0.0
    """Names that end in a legal form."""
    organisation: float = 0.0
    """Names with a word such as university or systems."""
    person: float = 0.0
    """Two to five words that could be a person's name."""
    one_name: float = 0.0
    """One to three words without digits."""
    wordy: float = 0.0
    """Short texts with letters, such as names."""
    words: float = 0.0
    """Mean number of words."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of a table and what its text columns look like.

    `rows` has the sampled cells as text and, for each column of websites or addresses,
    `domain:<column>` and `email:<column>`. `whole` says that no row of the table was left out.
    """

    rows: pl.DataFrame
    whole: bool
    columns: Mapping[str, Column]

    def agreement(self, column: str, others: Sequence[str]) -> tuple[int, float]:
        """Rows in which the column and one of the others name a domain; how often the same."""
        strongest = pl.coalesce(f"domain:{other}" for other in others)
        same = self.rows.select(same=strongest == pl.col(f"domain:{column}"))["same"].drop_nulls()
        return len(same), float(same.sum()) / max(len(same), 1)

    def share(self, condition: pl.Expr) -> float:
        """How often a condition holds, of the sampled rows in which it can be judged."""
        return float(self.rows.select(condition.cast(pl.Float64).mean()).item() or 0.0)


def measure(frame: pl.LazyFrame, columns: Sequence[str]) -> Sample:
    """Look at the first rows of a table, and at further ones for columns that begin empty.

    Only columns of text are measured; numbers, dates and lists identify nobody.
    """
    schema = frame.collect_schema()
    text = [name for name in columns if schema[name].base_type() in _TEXT]
    cells = frame.select(pl.col(text).cast(pl.String))
    rows = cells.head(SAMPLE + 1).collect(engine="streaming")
    whole = rows.height <= SAMPLE
    rows = rows.head(SAMPLE)
    bare = [name for name in text if _is_filled(rows[name]).sum() < _FEW]
    if bare and not whole:
        beyond = cells.slice(SAMPLE, _REACH).filter(
            pl.any_horizontal(pl.col(name).fill_null("") != "" for name in bare)
        )
        rows = rows.vstack(beyond.head(SAMPLE // 2).collect(engine="streaming"))
    values = {name: _values(rows, name) for name in text}
    read = read_together({name: cells for name, cells in values.items() if _is_urlish(cells)})
    measured: dict[str, Column] = {}
    for name in text:
        column = _of_addresses(name, read[name]) if name in read else Column(name)
        if column.website + column.email + column.linkedin < 0.5:
            column = _of_words(name, values[name])
        else:
            rows = rows.join(
                read[name].select(
                    pl.col("raw").alias(name),
                    pl.col("domain").alias(f"domain:{name}"),
                    pl.when(~pl.col("role")).then("email").alias(f"email:{name}"),
                ),
                on=name,
                how="left",
                maintain_order="left",
            )
        measured[name] = column
    return Sample(rows, whole, measured)


def _values(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """The distinct cells of a column that are not empty: `raw` and `rows`."""
    raw = pl.col("raw")
    filled = rows.select(pl.col(name).alias("raw")).filter(raw.fill_null("") != "")
    return filled.group_by("raw", maintain_order=True).len("rows")


def _is_urlish(cells: pl.DataFrame) -> bool:
    """Whether some of the cells have a dot or an @ between letters, as addresses do."""
    dotted = cells["raw"].str.contains(_URLISH)
    return not cells.is_empty() and dotted.sum() >= 0.2 * cells.height


def _of_addresses(name: str, read: pl.DataFrame) -> Column:
    """A column with websites, e-mail addresses or LinkedIn pages among its cells."""
    cells = read.filter(
        pl.col("rejected").fill_null("") != "placeholder", pl.col("shape") != "empty"
    )
    page = (
        pl.col("raw")
        .str.to_lowercase()
        .str.replace(r"^[a-z]+:/*(?:www\.)?", "")
        .str.replace(r"[?#].*$", "")
        .str.strip_chars_end("/ ")
    )
    path = page.str.replace(r"^[^/]*", "")
    is_site = pl.col("shape") == "website"
    cells = cells.with_columns(page=page, is_site=is_site)
    domains = _by_rows(cells, "domain")
    refused = _by_rows(cells, "rejected")
    named = int(domains["rows"].sum())
    top, most = domains.row(0) if domains.height else ("", 0)
    personal = pl.col("email").is_not_null() & ~pl.col("role")
    column = Column(
        name,
        filled=int(cells["rows"].sum()),
        values=cells.height,
        domains=domains.height,
        refused=refused.item(0, 0) if refused.height else "",
        people=cells.filter(personal)["email"].n_unique(),
        top=top,
        top_share=most / max(named, 1),
        pages=cells.filter("is_site", pl.col("domain") == top)["page"].n_unique(),
    )
    return replace(
        column,
        **_shares(
            cells,
            website=is_site,
            email=pl.col("shape") == "email",
            linkedin=pl.col("shape").str.starts_with("linkedin"),
            named=pl.col("domain").is_not_null(),
            personal=personal,
            company_page=pl.col("linkedin").str.contains(r"/(?:company|school)/"),
            person_page=pl.col("linkedin").str.contains("/in/", literal=True),
        ),
        **_shares(
            cells.filter("is_site"),
            home=path.str.contains(_HOME),
            file=path.str.contains(_FILE),
        ),
    )


def _of_words(name: str, values: pl.DataFrame) -> Column:
    """A column of plain text: names, places, categories, descriptions."""
    raw = pl.col("raw").str.strip_chars()
    cells = values.filter(~stands_for_nothing(raw.str.to_lowercase())).with_columns(raw)
    legal = raw.str.replace_all(".", "", literal=True).str.contains(_legal())
    # A column of many different texts holds no countries.
    few = cells.height <= _COUNTRIES
    return replace(
        Column(name, filled=int(cells["rows"].sum()), values=cells.height),
        **_shares(
            cells,
            country=normal.country(raw).is_not_null() if few else pl.lit(False),
            legal=legal,
            organisation=raw.str.contains(_ORGANISATION),
            person=raw.str.contains(_PERSON) & ~legal,
            one_name=raw.str.contains(_ONE_NAME),
            wordy=raw.str.contains(_WORDY) & ~raw.str.contains(_NOT_WORDY),
            words=raw.str.count_matches(r"\S+"),
        ),
    )


def _is_filled(cells: pl.Series) -> pl.Series:
    return cells.fill_null("") != ""


def _shares(cells: pl.DataFrame, **exprs: pl.Expr) -> dict[str, Any]:
    """The means of expressions over the rows behind distinct cells, null counting as zero."""
    rows = pl.col("rows")
    total = rows.sum().clip(lower_bound=1)
    means = [
        ((expr.cast(pl.Float64).fill_null(0.0) * rows).sum() / total).alias(name)
        for name, expr in exprs.items()
    ]
    return cells.select(means).row(0, named=True)


def _by_rows(cells: pl.DataFrame, column: str) -> pl.DataFrame:
    """The values of a column, those of most rows first."""
    return (
        cells.filter(pl.col(column).is_not_null())
        .group_by(column)
        .agg(pl.col("rows").sum())
        .sort("rows", column, descending=[True, False])
    )


@cache
def _legal() -> str:
    """A name that ends in a legal form."""
    forms = sorted(lines("legal_forms"), key=len, reverse=True)
    return r"(?i)[\s,](?:" + "|".join(re.escape(form) for form in forms) + r")$"
