"""What the cells of a column look like, in numbers, seen in a sample of the table's rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

import polars as pl

from enrich_cli.domain.lists import lines
from enrich_cli.tables import normal
from enrich_cli.tables.alphabet import ASCII, UNICODE, Alphabet, is_ascii
from enrich_cli.tables.cells import read_together
from enrich_cli.tables.sample import Column, Sample, domain, email
from enrich_cli.tables.text import split, stands_for_nothing

SAMPLE = 2_000
"""Rows that are looked at."""
_REACH = 500_000
# Cells of a column that the first rows must show, else further rows are looked at for it.
_FEW = 20

_TEXT = (pl.String, pl.Categorical, pl.Enum)

_URLISH = r"[^\s@]@[^\s@]|[^\s.]\.[^\s.]|://"
_ORGANISATION = (
    r"\b(?:universit\w*|college|school|institut\w*|academy|hochschule|bank|group|holdings?"
    r"|labs?|laborator\w+|technolog\w+|systems?|software|solutions|services|partners|capital"
    r"|ventures|consulting|industries|international|associates|association|foundation|society"
    r"|council|county|city of|town of|department|district|commission|authority|hospital|church"
    r"|media|studios?|pharma\w*|therapeutics|energy|health|insurance|airlines|motors|foods)\b"
)
_BETWEEN = "de|da|do|dos|di|du|van|von|der|den|ter|la|le|el|al|bin|ben|y|e|zu"
_WORDY = r"^[^\n]{2,80}$"
_COUNTRIES = 400
_FILE = r"(?i)\.(?:png|jpe?g|svg|gif|webp|ico|bmp|pdf|mp4|zip|csv|xlsx?|docx?)$"
_NUMBER = r"^[+-]?[0-9]+\.[0-9]*$"
_HOME = r"(?i)^(?:/|/(?:index|home|default)(?:\.\w{3,5})?/?)?$"

_AT_ONCE = 100_000

_IS_SITE = pl.col("shape") == "website"
_PERSONAL = pl.col("email").is_not_null() & ~pl.col("role")
_PAGE = (
    pl.when(_IS_SITE)
    .then("raw")
    .str.to_lowercase()
    .str.replace(r"^[a-z]+:/*(?:www\.)?", "")
    .str.replace(r"[?#].*$", "")
    .str.strip_chars_end("/ ")
)
_PATH = pl.col("page").str.replace(r"^[^/]*", "")
_ADDRESSES: Mapping[str, pl.Expr] = {
    "website": _IS_SITE,
    "email": pl.col("shape") == "email",
    "linkedin": pl.col("shape").str.starts_with("linkedin"),
    "named": pl.col("domain").is_not_null(),
    "personal": _PERSONAL,
    "company_page": pl.col("linkedin").str.contains(r"/(?:company|school)/"),
    "person_page": pl.col("linkedin").str.contains("/in/", literal=True),
    "home": _PATH.str.contains(_HOME),
    "file": _PATH.str.contains(_FILE),
}
# Shares of something else than all filled cells.
_OF = {"home": "website", "file": "website"}


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
    values = {name: _values(rows[name]) for name in text}
    read = read_together({name: cells for name, cells in values.items() if _is_urlish(cells)})
    addresses = {
        column.name: column
        for column in _of_addresses(read)
        if column.website + column.email + column.linkedin >= 0.5
    }
    words = {name: cells for name, cells in values.items() if name not in addresses}
    measured = addresses | {column.name: column for column in _of_words(words)}
    return Sample(
        _with_readings(rows, {name: read[name] for name in addresses}),
        whole,
        {name: measured[name] for name in text},
        read,
    )


def _with_readings(rows: pl.DataFrame, read: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The rows with what their cells were read as."""
    wider = rows.lazy()
    for name, cells in read.items():
        readings = cells.lazy().select(
            pl.col("raw").alias(name),
            pl.col("domain").alias(domain(name)),
            pl.when(~pl.col("role")).then("email").alias(email(name)),
        )
        wider = wider.join(readings, on=name, how="left", maintain_order="left")
    return wider.collect(engine="in-memory")


def _values(cells: pl.Series) -> pl.DataFrame:
    """The distinct cells of a column that are not empty: `raw` and `rows`."""
    return cells.filter(_is_filled(cells)).alias("raw").value_counts(name="rows")


def _is_urlish(cells: pl.DataFrame) -> bool:
    """Whether some of the cells have a dot or an @ between letters, as addresses do."""
    dotted = cells["raw"].str.contains(_URLISH) & ~cells["raw"].str.contains(_NUMBER)
    return not cells.is_empty() and dotted.sum() >= 0.2 * cells.height


def _of_addresses(read: Mapping[str, pl.DataFrame]) -> Iterator[Column]:
    """Columns with websites, e-mail addresses or LinkedIn pages among their cells."""
    nothing = (pl.col("rejected") == "placeholder") | (pl.col("shape") == "empty")
    for columns in _batches(read):
        whole = _together(columns).filter(~nothing.fill_null(False)).with_columns(page=_PAGE)
        seen = whole.collect(engine="in-memory")
        cells = seen.lazy()
        by_domain, by_reason = _ranked(cells, "domain"), _ranked(cells, "rejected")
        tops = by_domain.group_by("column").agg(
            pl.len().alias("domains"),
            pl.first("domain").alias("top"),
            (pl.first("rows") / pl.sum("rows")).alias("top_share"),
        )
        pages = (
            cells.filter(_IS_SITE)
            .join(tops, left_on=["column", "domain"], right_on=["column", "top"])
            .group_by("column")
            .agg(pl.col("page").n_unique().alias("pages"))
        )
        people = cells.filter(_PERSONAL).group_by("column")
        yield from _columns(
            columns,
            _shares(seen, seen.select(**_ADDRESSES)),
            tops,
            by_reason.group_by("column").agg(pl.first("rejected").alias("refused")),
            pages,
            people.agg(pl.col("email").n_unique().alias("people")),
        )


def _of_words(values: Mapping[str, pl.DataFrame]) -> Iterator[Column]:
    """Columns of plain text: names, places, categories, descriptions."""
    raw = pl.col("raw")
    for columns in _batches(values):
        cells = (
            _together(columns)
            .with_columns(raw.str.strip_chars())
            .filter(~stands_for_nothing(raw.str.to_lowercase()))
            # A column of many different texts holds no countries.
            .with_columns(few=pl.when(pl.len().over("column") <= _COUNTRIES).then(raw))
            .collect(engine="in-memory")
        )
        country = cells.select(country=normal.country(pl.col("few")).is_not_null())
        ascii_only = cells.select(is_ascii(raw)).to_series()
        words = split(cells["raw"], ascii_only, _words_of(ASCII), _words_of(UNICODE))
        yield from _columns(columns, _shares(cells, country.hstack(words)))


def _batches(columns: Mapping[str, pl.DataFrame]) -> Iterator[dict[str, pl.DataFrame]]:
    """Several columns at a time: a query's start takes as long as thousands of cells do."""
    batch: dict[str, pl.DataFrame] = {}
    height = 0
    for name, cells in columns.items():
        batch[name] = cells
        height += cells.height
        if height >= _AT_ONCE:
            yield batch
            batch, height = {}, 0
    if batch:
        yield batch


def _together(columns: Mapping[str, pl.DataFrame]) -> pl.LazyFrame:
    """The cells of several columns, the place of their column in `column`."""
    return pl.concat(
        cells.lazy().select(pl.lit(place, pl.UInt16).alias("column"), pl.all())
        for place, cells in enumerate(columns.values())
    )


def _shares(cells: pl.DataFrame, measured: pl.DataFrame) -> pl.LazyFrame:
    """The means over the rows behind each column's distinct cells, null counting as zero."""
    rows = pl.col("rows")
    weighed = measured.lazy().select(pl.all().cast(pl.Float64) * cells["rows"])
    shares = [
        pl.col(name).sum() / pl.col(_OF.get(name, "rows")).sum().clip(lower_bound=1)
        for name in measured.columns
    ]
    columns = pl.concat([cells.lazy().select("column", "rows"), weighed], how="horizontal")
    return columns.group_by("column").agg(
        rows.sum().alias("filled"), pl.len().alias("values"), *shares
    )


def _ranked(cells: pl.LazyFrame, what: str) -> pl.LazyFrame:
    """The values of each column, those of most rows first."""
    rows = cells.filter(pl.col(what).is_not_null()).group_by("column", what)
    return rows.agg(pl.col("rows").sum()).sort("rows", what, descending=[True, False])


def _columns(names: Iterable[str], shares: pl.LazyFrame, *more: pl.LazyFrame) -> Iterator[Column]:
    """What was found of each column."""
    for frame in more:
        shares = shares.join(frame, on="column", how="left")
    rows = shares.collect(engine="in-memory").rows_by_key("column", named=True, unique=True)
    for place, name in enumerate(names):
        found = rows.get(place, {})
        yield Column(name, **{key: each for key, each in found.items() if each is not None})


def _words_of(alphabet: Alphabet) -> Callable[[pl.Series], pl.DataFrame]:
    """What texts in that alphabet look like."""
    raw, letter, capital = pl.col("raw"), alphabet.letter, alphabet.capital
    word = rf"[{letter}'’.-]*"
    legal = raw.str.replace_all(".", "", literal=True).str.contains(_legal(alphabet))
    person = rf"^[{capital}]{word}(?: (?:[{capital}]{word}|{_BETWEEN})){{1,4}}$"
    not_wordy = (
        rf"^[^{letter}]*$|^[\[{{(]['\"\[{{]|^\d{{4}}-\d\d"
        rf"|[!?;|]$|[{alphabet.solid}]{{40}}"
    )
    measures = {
        "legal": legal,
        "organisation": raw.str.contains(f"(?{alphabet.caseless}){_ORGANISATION}"),
        "person": raw.str.contains(person) & ~legal,
        "one_name": raw.str.contains(rf"^[{letter}]{word}(?: [{letter}]{word}){{0,2}}$"),
        "wordy": raw.str.contains(_WORDY) & ~raw.str.contains(not_wordy),
        "words": raw.str.count_matches(r"\S+"),
    }
    return lambda texts: texts.to_frame("raw").select(**measures)


def _is_filled(cells: pl.Series) -> pl.Series:
    return cells.fill_null("") != ""


@cache
def _legal(alphabet: Alphabet) -> str:
    """A name that ends in a legal form."""
    forms = [form for form in lines("legal_forms") if alphabet is UNICODE or form.isascii()]
    ordered = sorted(forms, key=len, reverse=True)
    alternatives = "|".join(re.escape(form) for form in ordered)
    return rf"(?{alphabet.caseless})[\s,](?:{alternatives})$"
