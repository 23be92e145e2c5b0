"""The raw cells that matter: of the strongest columns first, then of others where needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from enrich_cli.tables.cells import read_cells, with_numbers
from enrich_cli.tables.own import HASH, ROW, WEIGHT, own
from enrich_cli.tables.recipe import Held, Recipe
from enrich_cli.tables.resolve import Resolver
from enrich_cli.tables.spool import Spool


@dataclass(slots=True)
class Gathered:
    """What the cells of the rows say.

    `rows` counts the rows. `alone` is there where one column says it all: a row for each of its
    distinct cells, with the resolver's numbers, `ROW` (the first that has it), `WEIGHT` and sums.
    `hashes` are there where that, too, was asked for: the hash of each row's cell, in order, in
    one file after the other.
    """

    resolver: Resolver
    rows: int
    alone: pl.DataFrame | None
    hashes: tuple[Spool, ...] = ()

    def drop_cells(self) -> None:
        """Let go of all cells: where most differ, they are as much as the table."""
        self.resolver, self.alone = self.resolver.emptied(), None


_AT_ONCE = 10_000_000
"""Rows whose cells are grouped at a time: before they are, they take 70 bytes each and more."""


def gather(
    source: pl.LazyFrame,
    plan: Recipe,
    sums: Sequence[str],
    known: Mapping[str, pl.DataFrame],
    *,
    lean: bool,
    about: int = 0,
    scratch: Path | None = None,
) -> Gathered:
    """Read the distinct cells of the columns that matter.

    `source` has the raw cells as text, `ROW`, and the `sums`, columns of whole numbers. With
    `lean` weaker columns are read only for the rows in which the strongest one names nobody, and
    not at all where there are none. `known` has whole columns whose cells were read before.
    There are `about` so many rows. `scratch` is where the hashes go that `Gathered` tells of.
    """
    parts = plan.parts()
    leads = plan.leads() if lean else {}
    columns = list(dict.fromkeys(column for column, _ in leads.values())) or list(parts)
    distinct, hashes = _distinct(dict.fromkeys(columns, source), sums, about, scratch)
    rows = (
        int(distinct[columns[0]][WEIGHT].sum())
        if columns
        else source.select(pl.len()).collect(engine="streaming").item()
    )
    read = read_cells({column: _raw(cells) for column, cells in distinct.items()}, parts, known)
    naming = {type_: _naming(read, held) for type_, held in leads.items()}
    covered = {
        type_: leads[type_] for type_, cells in naming.items() if cells["rows"].sum() == rows
    }
    plan = replace(plan, covered=covered)
    parts = plan.parts()
    if rest := [column for column in parts if column not in read]:
        helping = plan.helping()
        open_ = [type_ for type_ in plan.resolved() if type_ not in covered]
        unnamed = source
        if open_ and all(type_ in leads for type_ in open_):
            unnamed = _unnamed(source, [(leads[type_][0], naming[type_]) for type_ in open_])
        sources = {column: source if column in helping else unnamed for column in rest}
        more, _ = _distinct(sources, [], about)
        read |= read_cells({column: _raw(cells) for column, cells in more.items()}, parts, known)
    resolver = Resolver(plan, with_numbers(read, parts))
    telling = {column for column in resolver.cells.columns if resolver.numbers(column).width > 1}
    if len(columns) != 1 or not telling <= {columns[0]}:
        return Gathered(resolver, rows, None)
    cells = distinct[columns[0]]
    if hashes and cells[columns[0]].hash().n_unique() < cells.height:  # one in ten million
        hashes = ()
    return Gathered(resolver, rows, _alone(resolver, columns[0], cells), hashes)


def _distinct(
    sources: Mapping[str, pl.LazyFrame],
    sums: Sequence[str],
    about: int,
    scratch: Path | None = None,
) -> tuple[dict[str, pl.DataFrame], tuple[Spool, ...]]:
    """The distinct cells of each column, `ROW` (the first), `WEIGHT` and the sums beside them.

    One column alone may say it all, and only then more than the weight matters, and the hash of
    each row's cell goes to `scratch`.
    """
    alone = len(sources) == 1
    more = [pl.col(ROW).min(), *(pl.col(name).sum() for name in sums)] if alone else []
    slices = max(1, round(about / _AT_ONCE))
    found: dict[str, list[pl.DataFrame]] = {column: [] for column in sources}
    hashes: list[Spool] = []
    for place in range(slices):
        length = _AT_ONCE if place < slices - 1 else None
        some = {
            column: source if slices == 1 else source.slice(place * _AT_ONCE, length)
            for column, source in sources.items()
        }
        queries = [
            rows.group_by(column).agg(pl.len().alias(WEIGHT), *more)
            for column, rows in some.items()
        ]
        with ExitStack() as open_:
            if alone and scratch is not None:
                hashes.append(Spool(scratch))
                out = open_.enter_context(hashes[-1].writer())
                ((column, rows),) = some.items()
                cells = rows.select(pl.col(column).hash().alias(HASH))
                queries.append(cells.sink_ipc(out, lazy=True))
            grouped = pl.collect_all(queries, engine="streaming")
        for column, frame in zip(sources, grouped, strict=False):
            found[column].append(frame.rechunk() if slices > 1 else frame)  # a copy, of it alone
    again = [pl.col(WEIGHT).sum(), *more]
    return {
        column: frames[0]
        if slices == 1
        else pl.concat(frames).lazy().group_by(column).agg(again).collect(engine="streaming")
        for column, frames in found.items()
    }, tuple(hashes)


_IS_FILLED = pl.nth(0).fill_null("") != ""


def _raw(cells: pl.DataFrame) -> pl.DataFrame:
    """The distinct cells that are not empty, as `raw` and `rows`."""
    filled = cells.filter(_IS_FILLED)
    return filled.select(pl.nth(0).alias("raw"), pl.col(WEIGHT).alias("rows"))


def _alone(resolver: Resolver, column: str, cells: pl.DataFrame) -> pl.DataFrame:
    """The distinct cells with their numbers, which are in the same order."""
    filled, empty = cells.filter(_IS_FILLED).drop(column), cells.filter(~_IS_FILLED).drop(column)
    if column not in resolver.cells.columns:
        return pl.concat([filled, empty])
    numbers = resolver.numbers(column).drop("raw")
    return pl.concat([filled.hstack(numbers), empty], how="diagonal")


def _naming(read: Mapping[str, pl.DataFrame], held: Held) -> pl.DataFrame:
    """The cells of a column that hold a part, and so name somebody."""
    column, part = held
    cells = read[column]
    return cells.filter(pl.col(part).is_not_null()) if part in cells.columns else cells.clear()


def _unnamed(source: pl.LazyFrame, naming: Iterable[tuple[str, pl.DataFrame]]) -> pl.LazyFrame:
    """The rows in which one of these columns has no cell that names somebody."""
    flags = []
    for place, (column, cells) in enumerate(naming):
        flags.append(own(f"named:{place}"))
        known = cells.lazy().select(pl.col("raw").alias(column), pl.lit(True).alias(flags[-1]))
        source = source.join(known, on=column, how="left")
    return source.filter(pl.any_horizontal(pl.col(flag).is_null() for flag in flags))
