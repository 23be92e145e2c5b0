"""What the distinct cells of a column hold: normal forms, numbered, or why they hold nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from enrich_cli.tables import normal
from enrich_cli.tables.text import stands_for_nothing, tidy
from enrich_cli.tables.uses import Role


class Part(StrEnum):
    """What a cell can hold. The first four name something on their own."""

    DOMAIN = "domain"
    COMPANY_PAGE = "company_page"
    PERSON_PAGE = "person_page"
    EMAIL = "email"  # a person's: no role mailbox
    COMPANY_NAME = "company_name"  # names are kept as they are written
    PERSON_NAME = "person_name"
    HALF_NAME = "half_name"  # a first or a last name
    COUNTRY = "country"


ALONE = (Part.DOMAIN, Part.COMPANY_PAGE, Part.PERSON_PAGE, Part.EMAIL)
OF_NAME: Mapping[Role, Part] = {
    Role.COMPANY_NAME: Part.COMPANY_NAME,
    Role.PERSON_NAME: Part.PERSON_NAME,
    Role.FIRST_NAME: Part.HALF_NAME,
    Role.LAST_NAME: Part.HALF_NAME,
    Role.COUNTRY: Part.COUNTRY,
}
FREE = "free"
"""The name of the column that says whether a cell holds a free-mail address."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The distinct cells of the columns in use, and what their numbers stand for.

    `columns` has a frame for each column, with one row for each distinct raw value: `raw`,
    `rows`, `reason` (why it names nothing, or null), `free`, and for each part that some cell
    holds the number of its normal form. `texts` has the normal forms by number; the parts of
    `ALONE` are numbered through, in that order, so that a number tells its part: those of a part
    begin at `starts[part]`. Names of people, whole and half, are numbered together.
    """

    columns: Mapping[str, pl.DataFrame]
    texts: Mapping[Part, pl.Series]
    starts: Mapping[Part, int]

    def has(self, column: str, name: str) -> bool:
        """Whether some cell of the column holds that part."""
        return column in self.columns and name in self.columns[column].columns

    def rejected(self) -> pl.DataFrame:
        """Cells that name nothing: `column, raw, reason, rows`, those of most rows first.

        A free-mail address names no company, and is listed even where it names a person.
        """
        schema = {"column": pl.String, "raw": pl.String, "reason": pl.String, "rows": pl.UInt32}
        frames = [
            frame.filter(pl.col("reason").is_not_null()).select(
                pl.lit(column).alias("column"), "raw", "reason", "rows"
            )
            for column, frame in self.columns.items()
        ]
        return pl.concat([pl.DataFrame(schema=schema), *frames]).sort(
            "rows", "column", "raw", descending=[True, False, False]
        )


def read_cells(distinct: Mapping[str, pl.DataFrame], parts: Mapping[str, Sequence[Part]]) -> Cells:
    """Read the distinct cells of each column, which come as `raw` and `rows`.

    `parts` names what of each column matters; all else is left out and costs nothing.
    """
    read = {column: _read(frame, parts[column]) for column, frame in distinct.items()}
    starts: dict[Part, int] = {}
    together: list[pl.Series] = []
    count = 0
    for part in ALONE:
        starts[part] = count
        together.append(_number(read, [part], count))
        count += len(together[-1])
    texts = dict.fromkeys(ALONE, pl.concat(together))
    for rest in ([Part.COMPANY_NAME], [Part.PERSON_NAME, Part.HALF_NAME], [Part.COUNTRY]):
        texts |= dict.fromkeys(rest, _number(read, rest, 0))
    return Cells(read, texts, starts)


def _read(distinct: pl.DataFrame, parts: Sequence[Part]) -> pl.DataFrame:
    """One column's cells with the text of each part; parts that no cell holds are left out."""
    raw = pl.col("raw")
    written = tidy(raw).str.replace_all(r"\s+", " ")
    half = ~stands_for_nothing(tidy(raw).str.to_lowercase())
    texts = {
        Part.COMPANY_NAME: pl.when(normal.company_name(raw).is_not_null()).then(written),
        Part.PERSON_NAME: pl.when(normal.person_name(raw).is_not_null()).then(written),
        Part.HALF_NAME: pl.when(half).then(written),
        Part.COUNTRY: normal.country(raw),
    }
    cells = distinct.lazy().with_columns(
        *(text.alias(part) for part, text in texts.items() if part in parts),
        rejected=pl.lit(None, pl.String),
    )
    unread = pl.lit("not_a_country" if Part.COUNTRY in parts else "not_a_name")
    extra: list[str] = []
    if any(part in ALONE for part in parts):
        cells = _read_addresses(cells.drop("rejected"))
        extra = [FREE] if Part.DOMAIN in parts else []
        unread = (
            pl.when("role")
            .then(pl.lit("role_mailbox"))
            .when(pl.col("shape") == "text")
            .then(pl.lit("not_an_identifier"))
            .when(pl.col("shape") == "empty")
            .then(pl.lit("placeholder"))
            .otherwise(pl.concat_str(pl.lit("only_"), "shape"))
        )
    nothing = ~pl.any_horizontal(pl.col(part).is_not_null() for part in parts)
    reason = pl.coalesce("rejected", pl.when(nothing).then(unread))
    wanted = ["raw", "rows", *(str(part) for part in parts), *extra]
    frame = cells.select(*wanted, reason=reason).collect(engine="streaming")
    empty = [str(part) for part in parts if frame[part].null_count() == frame.height]
    empty += [name for name in extra if not frame[name].any()]
    return frame.drop(empty)


def _read_addresses(cells: pl.LazyFrame) -> pl.LazyFrame:
    page = pl.col("linkedin")
    person = page.str.starts_with("linkedin.com/in/")
    return (
        cells.with_columns(cell=normal.read(pl.col("raw")))
        .unnest("cell")
        .with_columns(
            pl.when(~person).then(page).alias(Part.COMPANY_PAGE),
            pl.when(person).then(page).alias(Part.PERSON_PAGE),
            pl.when(~pl.col("role")).then("email").alias(Part.EMAIL),
            (pl.col("rejected") == "free_mail").alias(FREE),
        )
    )


def _number(read: dict[str, pl.DataFrame], parts: Sequence[Part], start: int) -> pl.Series:
    """Replace the texts of the parts by numbers, the same in all columns; the texts by number."""
    having = [(column, part) for part in parts for column in read if part in read[column].columns]
    if not having:
        return pl.Series([], dtype=pl.String)
    texts = pl.concat([read[column][part].drop_nulls() for column, part in having]).unique()
    places = pl.int_range(start, start + len(texts), dtype=pl.UInt32, eager=True)
    numbers = pl.DataFrame({"text": texts, "number": places})
    for column, part in having:
        read[column] = (
            read[column]
            .join(numbers, left_on=part, right_on="text", how="left")
            .drop(part)
            .rename({"number": part})
        )
    return texts
