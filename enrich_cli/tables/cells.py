"""What the distinct cells of a column hold: normal forms, numbered, or why they hold nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from enrich_cli.tables import normal
from enrich_cli.tables.text import AT_ONCE, in_slices, stands_for_nothing, tidy
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

_SHARE = 1_000_000
_PERSON_PAGE = "linkedin.com/in/"


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
                pl.col("reason").cast(pl.String),
                "rows",
            )
            for column, frame in self.columns.items()
        ]
        return pl.concat([pl.DataFrame(schema=schema), *frames]).sort(
            "rows", "column", "raw", descending=[True, False, False]
        )


def read_cells(
    distinct: Mapping[str, pl.DataFrame],
    parts: Mapping[str, Sequence[Part]],
    known: Mapping[str, pl.DataFrame],
) -> dict[str, pl.DataFrame]:
    """The distinct cells of each column, which come as `raw` and `rows`, with what they hold.

    `parts` names what of each column matters; all else is left out and costs nothing. A part that
    no cell holds has no column. `known` columns were read by `read_together` before.
    """
    small = {column: cells for column, cells in distinct.items() if cells.height <= AT_ONCE}
    of_addresses = {c: cells for c, cells in small.items() if _has_addresses(parts[c])}
    addresses = {c: _again(cells, known[c]) for c, cells in of_addresses.items() if c in known}
    addresses |= read_together({c: cells for c, cells in of_addresses.items() if c not in known})
    return {
        column: _read(addresses.get(column, cells), parts[column])
        if column in small
        else _read_in_slices(cells, parts[column])
        for column, cells in distinct.items()
    }


def with_numbers(read: Mapping[str, pl.DataFrame], parts: Mapping[str, Sequence[Part]]) -> Cells:
    """What was read of each column, with numbers for the texts of the `parts` that matter."""
    columns = {
        column: cells.drop(set(Part) - set(parts[column]), strict=False)
        for column, cells in read.items()
        if column in parts
    }
    starts: dict[Part, int] = {}
    together: list[pl.Series] = []
    count = 0
    for part in ALONE:
        starts[part] = count
        together.append(_number(columns, part, count))
        count += len(together[-1])
    texts = dict.fromkeys(ALONE, pl.concat(together))
    for part in (Part.COMPANY_NAME, Part.PERSON_NAME, Part.COUNTRY):
        texts[part] = _number(columns, part, 0)
    return Cells(columns, texts, starts)


def read_together(distinct: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The cells of several columns (`raw` and `rows`) with what `normal.read` says of each.

    In one call, because its start takes as long as thousands of cells do.
    """
    if not distinct:
        return {}
    cells = pl.concat([each.select("raw", "rows") for each in distinct.values()])
    rest = cells.hstack(normal.read(cells["raw"]))
    columns = {}
    for column, each in distinct.items():
        columns[column], rest = rest.head(each.height), rest.slice(each.height)
    return columns


def _again(distinct: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Some of the cells that are known, with what they were read as."""
    return distinct.join(known.drop("rows"), on="raw", how="left", maintain_order="left")


def _has_addresses(parts: Sequence[Part]) -> bool:
    return any(part in ALONE for part in parts)


def _read_in_slices(distinct: pl.DataFrame, parts: Sequence[Part]) -> pl.DataFrame:
    """As `_read`, with memory for some slices beyond that for the result."""

    def read(cells: pl.DataFrame) -> pl.DataFrame:
        if _has_addresses(parts):
            cells = cells.hstack(normal.read(cells["raw"]))
        return _read(cells, parts)

    return in_slices(distinct, read)


def _read(distinct: pl.DataFrame, parts: Sequence[Part]) -> pl.DataFrame:
    """One column's cells with the text of each part; parts that no cell holds are left out."""
    texts = {part: _texts(distinct, part) for part in parts}
    held = [cells.alias(part) for part, cells in texts.items() if cells.null_count() < len(cells)]
    frame = distinct.with_columns(held)
    nothing = ~pl.any_horizontal(pl.lit(False), *(pl.col(each.name).is_not_null() for each in held))
    if not _has_addresses(parts):
        unread = pl.lit("not_a_country" if Part.COUNTRY in parts else "not_a_name")
        return frame.with_columns(reason=_reason(pl.when(nothing).then(unread)))
    unread = (
        pl.when("role")
        .then(pl.lit("role_mailbox"))
        .when(pl.col("shape") == "text")
        .then(pl.lit("not_an_identifier"))
        .when(pl.col("shape") == "empty")
        .then(pl.lit("placeholder"))
        .otherwise(pl.concat_str(pl.lit("only_"), "shape"))
    )
    free = pl.col("rejected") == "free_mail"
    reason = _reason(pl.coalesce("rejected", pl.when(nothing).then(unread)))
    frame = frame.select(
        "raw", "rows", *(each.name for each in held), free.alias(FREE), reason=reason
    )
    return frame if Part.DOMAIN in parts and frame[FREE].any() else frame.drop(FREE)


def _reason(text: pl.Expr) -> pl.Expr:
    return text.cast(pl.Categorical)


def _texts(cells: pl.DataFrame, part: Part) -> pl.Series:
    """The text of a part in each cell, null where the cell does not hold it."""
    match part:
        case Part.DOMAIN:
            return cells["domain"]
        case Part.COMPANY_PAGE:
            return _where(cells["linkedin"], ~cells["linkedin"].str.starts_with(_PERSON_PAGE))
        case Part.PERSON_PAGE:
            return _where(cells["linkedin"], cells["linkedin"].str.starts_with(_PERSON_PAGE))
        case Part.EMAIL:
            return _where(cells["email"], ~cells["role"])
        case Part.COMPANY_NAME:
            return _where(_written(cells["raw"]), normal.company_name(cells["raw"]).is_not_null())
        case Part.PERSON_NAME:
            return _full_names(cells["raw"])
        case Part.COUNTRY:
            return cells.select(normal.country(pl.col("raw"))).to_series()


def _full_names(raws: pl.Series) -> pl.Series:
    names = raws.str.replace(BETWEEN, " ", literal=True)
    found = normal.person_name(names).is_not_null()
    halves = pl.col("raw").str.to_lowercase().str.split(BETWEEN)
    whole = (halves.list.len() == 1) | ~pl.any_horizontal(
        stands_for_nothing(halves.list.get(place).str.strip_chars()) for place in (0, -1)
    )
    return _where(_written(names), found & raws.alias("raw").to_frame().select(whole).to_series())


def _written(names: pl.Series) -> pl.Series:
    tidied = tidy(pl.col("name")).str.replace_all(r"\s+", " ")
    return names.to_frame("name").select(tidied).to_series()


def _where(texts: pl.Series, mask: pl.Series) -> pl.Series:
    return pl.select(pl.when(mask).then(texts)).to_series()


def _number(read: dict[str, pl.DataFrame], part: Part, start: int) -> pl.Series:
    """Replace the texts of a part by numbers, the same in all columns; the texts by number.

    A share of the texts at a time, by their hash: numbering takes several times their memory.
    """
    columns = {name: cells[part] for name, cells in read.items() if part in cells.columns}
    if not columns:
        return pl.Series([], dtype=pl.String)
    shares = 1 + sum(len(texts) for texts in columns.values()) // _SHARE
    of = {name: (texts.hash() % shares).cast(pl.UInt32) for name, texts in columns.items()}
    numbered: dict[str, list[pl.DataFrame]] = {name: [] for name in columns}
    distinct: list[pl.Series] = []
    for share in range(shares):
        some = {name: _standing(texts, of[name] == share) for name, texts in columns.items()}
        distinct.append(pl.concat([each["text"] for each in some.values()]).unique())
        end = start + len(distinct[-1])
        places = pl.int_range(start, end, dtype=pl.UInt32, eager=True)
        numbers = pl.DataFrame({"text": distinct[-1], "number": places})
        start = end
        for name, each in some.items():
            numbered[name].append(each.join(numbers, on="text", how="left").drop("text"))
    for name, parts in numbered.items():
        whole = pl.concat(parts)
        blank = pl.Series(part, [None], pl.UInt32).new_from_index(0, read[name].height)
        read[name] = read[name].with_columns(blank.scatter(whole["place"], whole["number"]))
    return pl.concat(distinct)


def _standing(texts: pl.Series, mine: pl.Series) -> pl.DataFrame:
    """The texts for which the mask holds, `text`, and where they stand, `place`."""
    mine = (mine & texts.is_not_null()).fill_null(False)
    return pl.DataFrame({"place": mine.arg_true(), "text": texts.filter(mine)})
