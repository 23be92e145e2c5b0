"""The jobs that `large` compares, each a process of its own: `large_jobs.py JOB ARGUMENT ...`.

All but `tables` and `stored` are bare scripts: they import what they need and nothing of the tool.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

FIELDS = ("company_name", "industry", "employee_count")
"""The columns that are wanted, and those of the dictionary beside `domain`."""


def passed(table: str, out: str) -> None:
    """The table as it is, once through a scan and a sink: the floor."""
    import polars as pl

    if table.endswith(".parquet"):
        pl.scan_parquet(table).sink_parquet(out)
    else:
        pl.scan_csv(table, infer_schema=False).sink_csv(out)


def bare(table: str, dictionary: str, out: str) -> None:
    """Two passes in bare Polars: distinct websites to their answers, then the rows to those."""
    import polars as pl

    is_parquet = table.endswith(".parquet")
    frame = pl.scan_parquet(table) if is_parquet else pl.scan_csv(table, infer_schema=False)
    domain = (
        pl.col("website")
        .str.strip_chars()
        .str.to_lowercase()
        .str.strip_prefix("https://")
        .str.strip_prefix("http://")
        .str.strip_prefix("www.")
        .str.split_exact("/", 1)
        .struct.field("field_0")
    )
    answers = (
        frame.select("website")
        .unique()
        .with_columns(domain=domain)
        .join(pl.scan_parquet(dictionary), on="domain")
        .drop("domain")
        .collect(engine="streaming")
    )
    joined = frame.join(answers.lazy(), on="website", how="left", maintain_order="left")
    if is_parquet:
        joined.sink_parquet(out)
    else:
        joined.sink_csv(out)


def duck(table: str, dictionary: str, out: str) -> None:
    """The same in DuckDB."""
    import duckdb

    is_parquet = table.endswith(".parquet")
    rows = f"'{table}'" if is_parquet else f"read_csv('{table}', all_varchar = true)"
    form = "parquet" if is_parquet else "csv"
    duckdb.sql(f"""
        SET memory_limit = '2500MB';
        CREATE TEMP TABLE answers AS
        SELECT website, {", ".join(FIELDS)}
        FROM (
            SELECT DISTINCT website, split_part(regexp_replace(
                lower(trim(website)), '^(https?://)?(www\\.)?', ''), '/', 1) AS domain
            FROM {rows}
        ) JOIN '{dictionary}' USING (domain);
        COPY (
            SELECT t.*, {", ".join(f"a.{name}" for name in FIELDS)}
            FROM {rows} t LEFT JOIN answers a ON t.website = a.website
        ) TO '{out}' (FORMAT {form});
    """)


def tables(table: str, dictionary: str, out: str) -> None:
    """What of `enrich run` works on the table alone: look, identify, join, write. Prints times."""
    import polars as pl

    from enrich_cli.domain.entity import EntityType, Field
    from enrich_cli.domain.plan import Wanted
    from enrich_cli.tables import files, join, select
    from enrich_cli.tables.identify import attach, identify, whom
    from enrich_cli.tables.recognise import recognise
    from enrich_cli.tables.spelling import line_ends

    times: dict[str, tuple[float, float]] = {}
    last = (time.perf_counter(), time.process_time())

    def mark(stage: str) -> None:
        nonlocal last
        now = (time.perf_counter(), time.process_time())
        times[stage], last = (now[0] - last[0], now[1] - last[1]), now

    source = files.open_table(table, stdin=None, scratch=Path(out).parent)
    frame = files.scan(source)
    uses = recognise(frame, source.columns)
    mark("look")
    wanted = [Wanted(Field(name), name) for name in FIELDS]
    found = identify(
        select.numbered(frame),
        uses,
        {one.field: None for one in wanted},
        hints=frozenset(),
        about=source.rows or 0,
        scratch=source.scratch,
    )
    mark("identify")
    company = EntityType.COMPANY
    entities = found.entities[company]
    answers = (
        entities.select(pl.col("canonical").alias("domain"))
        .join(pl.read_parquet(dictionary), on="domain", how="left", maintain_order="left")
        .select(
            entities["key"].alias(join.KEY),
            *(pl.col(name).alias(f"__value:{name}") for name in FIELDS),
        )
    )
    if source.format is not files.Format.PARQUET:
        answers = join.as_text(answers, guard=True)
    mark("answers")
    if source.lined:
        ends = line_ends(whom(frame, found), {company: answers}, wanted, source)
        files.append(ends, source, Path(out), added=FIELDS)
    else:
        rows = attach(select.numbered(frame), found)
        joined = join.join(
            rows, {company: answers}, wanted, source.columns, selected=None, provenance=False
        )
        files.write(joined, source, Path(out), added=FIELDS)
    mark("join and write")
    print(json.dumps(times))


def stored(store: str, specs: str, count: str) -> None:
    """Fill a store with an answer about each company of the table, in bulk."""
    import asyncio

    from enrich_cli.adapters.specs import load_specs
    from enrich_cli.adapters.store import open_store
    from enrich_cli.domain.entity import EntityType, Field, entity_key
    from enrich_cli.domain.outcome import Answer, Hit, Value

    (loaded,) = load_specs([Path(specs)], {}).values()
    spec, at_once = loaded.spec, 20_000

    def answer(number: int, at: float) -> tuple[str, Answer]:
        name, industry, employees = company(number)
        values = {
            Field("company_name"): Value(name),
            Field("industry"): Value(industry),
            Field("employee_count"): Value(employees),
        }
        reply = json.dumps({"name": name, "industry": industry, "employees": employees}).encode()
        key = spec.key(entity_key(EntityType.COMPANY, domain(number)))
        return key, Answer(Hit(values), at, reply=reply, mapping=spec.mapping)

    async def fill() -> None:
        opened, at = open_store(Path(store)), time.time()
        try:
            for begin in range(0, int(count), at_once):
                end = min(begin + at_once, int(count))
                await opened.keep([], dict(answer(n, at) for n in range(begin, end)))
        finally:
            opened.close()

    asyncio.run(fill())


def domain(number: int) -> str:
    """The domain of a company of `tables.large`."""
    return f"acme-{number}.example"


def company(number: int) -> tuple[str, str, int]:
    """Its name, industry and number of employees."""
    return f"Acme {number} Holdings", f"industry {number % 40}", 1 + number % 5000


def known(dictionary: str, count: str) -> None:
    """Write the Parquet file that tells `FIELDS` by `domain`."""
    import polars as pl

    number = pl.int_range(int(count))
    pl.select(
        domain=pl.format("acme-{}.example", number),
        company_name=pl.format("Acme {} Holdings", number),
        industry=pl.format("industry {}", number % 40),
        employee_count=1 + number % 5000,
    ).write_parquet(dictionary)


def hashed(table: str) -> None:
    """Print the rows of a table, and for each column a hash that changes with the rows' order."""
    import polars as pl

    is_parquet = table.endswith(".parquet")
    frame = pl.scan_parquet(table) if is_parquet else pl.scan_csv(table, infer_schema=False)
    place = pl.int_range(1, pl.len() + 1, dtype=pl.UInt64)
    sums: dict[str, int] = {}
    rows = 0
    for batch in frame.collect_batches(maintain_order=True):
        height = batch.height
        mixed = batch.select(
            (
                pl.all().fill_null("").cast(pl.String).hash() % (1 << 31) * ((place + rows) % 65521)
            ).sum()
        )
        for name, value in mixed.row(0, named=True).items():
            sums[name] = (sums.get(name, 0) + value) % (1 << 64)
        rows += height
    print(json.dumps({"rows": rows, "columns": sums}))


JOBS: dict[str, Callable[..., None]] = {
    job.__name__: job for job in (passed, bare, duck, tables, stored, known, hashed)
}

if __name__ == "__main__":
    JOBS[sys.argv[1]](*sys.argv[2:])
