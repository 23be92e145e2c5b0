"""Some rows of a table, and what the cells of its columns look like in them, in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from enrich_cli.tables.own import own


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


def domain(column: str) -> str:
    """The name of the column with the domains that a column's cells name."""
    return own(f"domain:{column}")


def email(column: str) -> str:
    """The name of the column with people's addresses out of a column."""
    return own(f"email:{column}")


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of a table and what its text columns look like.

    `rows` has the sampled cells as text and, for each column of websites or addresses, those
    that `domain` and `email` name. `whole` says that no row of the table was left out. `read` has
    the distinct cells of columns with websites or addresses, as `cells.read_together` gives them.
    """

    rows: pl.DataFrame
    whole: bool
    columns: Mapping[str, Column]
    read: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def agreement(self, column: str, others: Sequence[str]) -> tuple[int, float]:
        """Rows in which the column and one of the others name a domain; how often the same."""
        strongest = pl.coalesce(domain(other) for other in others)
        same = self.rows.select(same=strongest == pl.col(domain(column)))["same"].drop_nulls()
        return len(same), float(same.sum()) / max(len(same), 1)
