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
    COUNTRY = "country"


ALONE = (Part.DOMAIN, Part.COMPANY_PAGE, Part.PERSON_PAGE, Part.EMAIL)
OF_NAME: Mapping[Role, Part] = {
    Role.COMPANY_NAME: Part.COMPANY_NAME,
    Role.PERSON_NAME: Part.PERSON_NAME,
    Role.COUNTRY: Part.COUNTRY,
}
BETWEEN = "\x1f"
"""What stands between a first and a last name that come from two columns."""

FREE = "free"
"""The name of the column that says whether a cell holds a free-mail address."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The distinct cells of the columns in use, and what their numbers stand for.

    `columns` has a frame for each column, with one row for each distinct raw value: `raw`,
    `rows`, `reason` (why it names nothing, or null), `free`, and for each part that some cell
    holds the number of its normal form. `texts` has the normal forms by number; the parts of
    `ALONE` are numbered through, in that order, so that a number tells its part: those of a part
    begin at `starts[part]`.
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
                pl.lit(column.replace(BETWEEN, " + ")).alias("column"),
                pl.col("raw").str.replace_all(BETWEEN, " ", literal=True),
                "reason",
                "rows",
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
    addresses = read_together(
        {column: cells for column, cells in distinct.items() if _has_addresses(parts[column])}
    )
    read = {
        column: _read(addresses.get(column, cells), parts[column])
        for column, cells in distinct.items()
    }
    starts: dict[Part, int] = {}
    together: list[pl.Series] = []
    count = 0
    for part in ALONE:
        starts[part] = count
        together.append(_number(read, part, count))
        count += len(together[-1])
    texts = dict.fromkeys(ALONE, pl.concat(together))
    for part in (Part.COMPANY_NAME, Part.PERSON_NAME, Part.COUNTRY):
        texts[part] = _number(read, part, 0)
    return Cells(read, texts, starts)


def read_together(distinct: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The cells of several columns (`raw` and `rows`) with what `normal.read` says of each.

    In one call, because its start takes as long as thousands of cells do.
    """
    if not distinct:
        return {}
    cells = pl.concat([each.select("raw", "rows") for each in distinct.values()])
    read = cells.lazy().with_columns(cell=normal.read(pl.col("raw"))).unnest("cell")
    rest = read.collect(engine="streaming")
    columns = {}
    for column, each in distinct.items():
        columns[column], rest = rest.head(each.height), rest.slice(each.height)
    return columns


def _has_addresses(parts: Sequence[Part]) -> bool:
    return any(part in ALONE for part in parts)


def _read(distinct: pl.DataFrame, parts: Sequence[Part]) -> pl.DataFrame:
    """One column's cells with the text of each part; parts that no cell holds are left out."""
    raw = pl.col("raw")
    written = tidy(raw).str.replace_all(r"\s+", " ")
    name = raw.str.replace(BETWEEN, " ", literal=True)
    halves = raw.str.to_lowercase().str.split(BETWEEN)
    whole = (halves.list.len() == 1) | ~pl.any_horizontal(
        stands_for_nothing(halves.list.get(place).str.strip_chars()) for place in (0, -1)
    )
    page = pl.col("linkedin")
    person = page.str.starts_with("linkedin.com/in/")
    texts = {
        Part.DOMAIN: pl.col("domain"),
        Part.COMPANY_PAGE: pl.when(~person).then(page),
        Part.PERSON_PAGE: pl.when(person).then(page),
        Part.EMAIL: pl.when(~pl.col("role")).then("email"),
        Part.COMPANY_NAME: pl.when(normal.company_name(raw).is_not_null()).then(written),
        Part.PERSON_NAME: pl.when(normal.person_name(name).is_not_null() & whole).then(
            tidy(name).str.replace_all(r"\s+", " ")
        ),
        Part.COUNTRY: normal.country(raw),
    }
    held = [texts[part].alias(part) for part in parts]
    extra: list[str] = []
    if _has_addresses(parts):
        rejected = pl.col("rejected")
        held.append((rejected == "free_mail").alias(FREE))
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
    else:
        rejected = pl.lit(None, pl.String)
        unread = pl.lit("not_a_country" if Part.COUNTRY in parts else "not_a_name")
    cells = distinct.lazy().select("raw", "rows", *held, rejected=rejected, unread=unread)
    nothing = ~pl.any_horizontal(pl.col(part).is_not_null() for part in parts)
    reason = pl.coalesce("rejected", pl.when(nothing).then("unread"))
    wanted = ["raw", "rows", *(str(part) for part in parts), *extra]
    frame = cells.select(*wanted, reason=reason).collect(engine="streaming")
    empty = [str(part) for part in parts if frame[part].null_count() == frame.height]
    empty += [name for name in extra if not frame[name].any()]
    return frame.drop(empty)


def _number(read: dict[str, pl.DataFrame], part: Part, start: int) -> pl.Series:
    """Replace the texts of a part by numbers, the same in all columns; the texts by number."""
    having = [column for column, frame in read.items() if part in frame.columns]
    if not having:
        return pl.Series([], dtype=pl.String)
    texts = pl.concat([read[column][part].drop_nulls() for column in having]).unique()
    places = pl.int_range(start, start + len(texts), dtype=pl.UInt32, eager=True)
    numbers = pl.DataFrame({part: texts, "number": places})
    for column in having:
        numbered = read[column].join(numbers, on=part, how="left")
        read[column] = numbered.drop(part).rename({"number": part})
    return texts
