"""Tables that benchmarks make for themselves, with companies that do not exist."""

from __future__ import annotations

from pathlib import Path

import polars as pl


def companies(path: Path, rows: int, unique: int) -> None:
    """`rows` rows about `unique` companies, each company's rows spread over the table."""
    number = pl.int_range(rows)
    pl.select(
        id=number.cast(pl.String).str.zfill(7),
        website="https://www." + _name(number % unique) + "/",
        notes=pl.format("row {}, as it came", number),
    ).write_csv(path)


def spellings(path: Path, unique: int) -> None:
    """Four rows for each company, in four spellings that share one column."""
    number = pl.int_range(4 * unique)
    name, way = _name(number % unique), number // unique
    pl.select(
        id=number,
        contact=pl.when(way == 0)
        .then("https://www." + name + "/")
        .when(way == 1)
        .then(name.str.to_uppercase())
        .when(way == 2)
        .then(name + "/about?utm=1")
        .otherwise("jane@" + name),
    ).write_csv(path)


def many(path: Path, rows: int) -> None:
    """A large table: 8 columns, and 20 rows, 4 spellings and 5 people for each company."""
    _rows(0, rows, rows // 20).write_csv(path)


AT_ONCE = 1_000_000


def large(path: Path, rows: int, unique: int) -> None:
    """As `many`, of `unique` companies, three in ten of which have a spelling less."""
    with path.open("wb") as out:
        for begin in range(0, rows, AT_ONCE):
            some = _rows(begin, min(begin + AT_ONCE, rows), unique)
            fewer = pl.col("company").str.extract(r"(\d) Ltd$").cast(pl.Int8) < 3
            plain = pl.col("email").str.extract("@(.*)$")
            is_third = pl.col("website").str.starts_with("ACME")
            website = pl.when(fewer & is_third).then(plain).otherwise("website")
            some.with_columns(website.alias("website")).write_csv(out, include_header=not begin)


def _rows(begin: int, end: int, unique: int) -> pl.DataFrame:
    number = pl.int_range(begin, end)
    company, turn = (number * 7919) % unique, number // unique
    name, way = _name(company), turn % 4
    return pl.select(
        id=number.cast(pl.String).str.zfill(9),
        website=pl.when(way == 0)
        .then("https://www." + name + "/")
        .when(way == 1)
        .then("http://" + name + "/de")
        .when(way == 2)
        .then(name.str.to_uppercase())
        .otherwise(name),
        email=pl.format("person{}@{}", turn % 5, name),
        company=pl.format("Acme {} Ltd", company),
        country=pl.when(number % 3 == 0).then(pl.lit("DE")).otherwise(pl.lit("US")),
        score=(number % 997).cast(pl.String),
        notes=pl.format("as told on the phone, call {}", number),
        owner=pl.format("team {}", number % 12),
    )


def _name(number: pl.Expr) -> pl.Expr:
    return pl.format("acme-{}.example", number)
