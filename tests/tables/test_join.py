"""What was found goes back to the rows: order, empty cells, types, text, and where it came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.domain.entity import Entity, EntityKey, EntityType, Field, IdKind
from enrich_cli.domain.outcome import Gap, Value
from enrich_cli.domain.plan import Wanted
from enrich_cli.domain.ticket import Done, Finding, Ticket
from enrich_cli.tables import join, own, select
from enrich_cli.tables.join import explains
from enrich_cli.tables.provenance import SCHEMA, Sidecar
from tests.fakes import plan

COMPANY, PERSON = EntityType.COMPANY, EntityType.PERSON
NAME, COUNT, TAGS = Field("company_name"), Field("employee_count"), Field("technologies")
TITLE = Field("job_title")
AT = 1_700_000_000.25
OURS = {own.ROW, own.COMPANY, own.PERSON, own.FREE_MAIL}


def done(n: int, type_: EntityType = COMPANY, **findings: Finding) -> Done:
    """The n-th entity, with what was found of it."""
    entity = Entity(
        EntityKey(f"key{n}"), type_, ((IdKind.DOMAIN, f"c{n}.example"),), 1,
        {Field(name): 1 for name in findings},
    )  # fmt: skip
    ticket = Ticket(entity, plan(), {})
    return Done(ticket, {Field(name): finding for name, finding in findings.items()})


def hit(content: str | int | tuple[str, ...], **more: object) -> Finding:
    return Finding(Value(content), **more)  # type: ignore[arg-type]


def table(**columns: Sequence[object]) -> pl.LazyFrame:
    """A numbered table; `c` and `p` are the places of each row's company and person."""
    names = {"c": own.COMPANY, "p": own.PERSON}
    frame = pl.LazyFrame(dict(columns)).rename(names, strict=False)
    gone = [name for short, name in names.items() if short not in columns]
    return select.numbered(
        frame.with_columns(pl.lit(None).alias(name) for name in gone)
        .with_columns(pl.col(*names.values()).cast(pl.UInt32))
        .with_columns(pl.lit(value=False).alias(own.FREE_MAIL))
    )


def joined(
    frame: pl.LazyFrame,
    wanted: Sequence[Wanted],
    found: Mapping[EntityType, pl.DataFrame],
    *,
    selected: pl.Expr | None = None,
    provenance: bool = False,
) -> pl.DataFrame:
    columns = [name for name in frame.collect_schema().names() if name not in OURS]
    return join.join(
        frame, found, wanted, columns, selected=selected, provenance=provenance
    ).collect(engine="streaming")


def results(
    some: Sequence[Done], fields: Sequence[Field], *, provenance: bool = False
) -> pl.DataFrame:
    keys = pl.Series([f"key{n}" for n in range(4)])
    return join.placed(join.results(some, fields, provenance=provenance), keys)


def test_columns_have_the_types_of_the_catalogue() -> None:
    some = [
        done(1, company_name=hit("Globex"), employee_count=hit(7), technologies=hit(("a", "b"))),
        done(0, company_name=hit("Acme"), employee_count=Finding(gap=Gap.NOT_FOUND)),
    ]
    found = {COMPANY: results(some, [NAME, COUNT, TAGS])}
    wanted = [Wanted(NAME, "Name"), Wanted(COUNT, "size"), Wanted(TAGS, "tags")]
    out = joined(table(x=["a", "b", "c", "d"], c=[1, 0, None, 3]), wanted, found)
    assert out.schema == {
        "x": pl.String, "Name": pl.String, "size": pl.Int64, "tags": pl.List(pl.String)
    }  # fmt: skip
    assert out.rows() == [
        ("a", "Globex", 7, ["a", "b"]),
        ("b", "Acme", None, None),
        ("c", None, None, None),
        ("d", None, None, None),
    ]


def test_text_joins_lists_and_disarms_formulas_but_not_numbers_and_phones() -> None:
    cells = ["=1+1", "+49 30 1234", "-5", "@cmd", "\tx", "a=b", "- or -", "+1 (555) 10-20"]
    frame = pl.DataFrame({"a": cells, "tags": [["=x", "y"]] * len(cells), "n": range(-4, 4)})
    guarded = join.as_text(frame, guard=True)
    assert guarded["a"].to_list() == [
        "'=1+1", "+49 30 1234", "-5", "'@cmd", "'\tx", "a=b", "'- or -", "+1 (555) 10-20"
    ]  # fmt: skip
    assert guarded["tags"][0] == "'=x; y"
    assert guarded["n"].to_list() == [str(n) for n in range(-4, 4)]
    raw = join.as_text(frame, guard=False)
    assert raw["a"].to_list() == cells
    assert raw["tags"][0] == "=x; y"


CELLS = st.sampled_from([None, "", " ", "kept"])
PLACES = st.sampled_from([None, 0, 1, 2])


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, PLACES, st.booleans()), max_size=12),
    overwrite=st.booleans(),
    known=st.sets(st.sampled_from([0, 1, 2])),
)
def test_same_as_row_by_row(
    rows: list[tuple[str | None, int | None, bool]], overwrite: bool, known: set[int]
) -> None:
    some = [done(n, company_name=hit(f"found {n}")) for n in known]
    found = {COMPANY: results(some, [NAME])}
    frame = pl.LazyFrame(
        [(cell, place, picked) for cell, place, picked in rows],
        schema={"name": pl.String, own.COMPANY: pl.UInt32, "pick": pl.Boolean},
        orient="row",
    ).with_columns(
        pl.lit(None, pl.UInt32).alias(own.PERSON), pl.lit(value=False).alias(own.FREE_MAIL)
    )
    out = join.join(
        frame,
        found,
        [Wanted(NAME, "name", exists=True, overwrite=overwrite)],
        ["name", "pick"],
        selected=pl.col("pick"),
        provenance=False,
    ).collect()
    expected = [
        f"found {place}"
        if picked and place in known and (overwrite or cell in (None, ""))
        else cell
        for cell, place, picked in rows
    ]
    assert out["name"].to_list() == expected
    assert out.columns == ["name", "pick"]


def test_provenance_columns_explain_what_was_to_be_filled_and_nothing_else() -> None:
    source = hit("Acme", provider="acme", url="https://acme.example", confidence=0.5, at=AT)
    some = [done(0, company_name=source), done(1, company_name=Finding(gap=Gap.BUDGET))]
    found = {COMPANY: results(some, [NAME], provenance=True)}
    frame = table(name=["", "", "x", ""], c=[0, 1, 0, None])
    out = joined(frame, [Wanted(NAME, "name", exists=True)], found, provenance=True)
    parts = ("source", "url", "confidence", "at", "reason")
    assert out.columns == ["name", *(f"name__{part}" for part in parts)]
    assert out.rows() == [
        ("Acme", "acme", "https://acme.example", 0.5, "2023-11-14T22:13:20Z", None),
        ("", None, None, None, None, "budget"),
        ("x", None, None, None, None, None),
        ("", None, None, None, None, "no_identifier"),
    ]


def test_a_second_run_keeps_what_the_first_explained() -> None:
    old: dict[str, list[str | None]] = {
        "name": ["Acme", ""],
        "name__source": ["old", None],
        "name__reason": [None, "budget"],
    }
    found = {
        COMPANY: results(
            [done(1, company_name=hit("Globex", provider="new"))], [NAME], provenance=True
        )
    }
    frame = table(**old, c=[0, 1])
    out = joined(frame, [Wanted(NAME, "name", exists=True)], found, provenance=True)
    assert out.columns[:3] == list(old)
    assert out.select(list(old)).rows() == [("Acme", "old", None), ("Globex", "new", None)]
    assert explains("name__source", out.columns)
    assert not explains("brand__source", out.columns)
    assert not explains("name__sources", out.columns)


def written(path: Path, chunks: Sequence[Sequence[Done]], nameless: pl.LazyFrame) -> pl.DataFrame:
    keys = {COMPANY: pl.Series([f"key{n}" for n in range(9)]), PERSON: pl.Series(["key9"])}
    sidecar = Sidecar(path, keys)
    for chunk in chunks:
        sidecar.add(chunk)
    sidecar.write(path / "out.provenance.parquet", nameless)
    assert [entry.name for entry in path.iterdir()] == ["out.provenance.parquet"]
    return pl.read_parquet(path / "out.provenance.parquet")


def nameless(frame: pl.LazyFrame, *wanted: Wanted, selected: pl.Expr | None = None) -> pl.LazyFrame:
    return join.nameless(frame, wanted, selected=selected)


def test_the_sidecar_has_each_finding_and_each_cell_that_names_nobody(tmp_path: Path) -> None:
    odd = 'quote " comma, line\nend'
    chunks = [
        [done(9, PERSON, job_title=hit("Head", provider="p"))],
        [done(2, technologies=hit(("x", "y"), charge="job-1")), done(3, company_name=hit(odd))],
        [
            done(0, company_name=hit("Acme", provider="a", url="https://a", confidence=1, at=AT)),
            done(1, company_name=Finding(gap=Gap.NOT_FOUND), employee_count=hit(7)),
        ],
    ]
    frame = table(x=["1", "2", "3"], c=[0, None, None]).with_columns(
        (pl.col("x") == "3").alias(own.FREE_MAIL)
    )
    found = written(tmp_path, chunks, nameless(frame, Wanted(NAME, "Name"), Wanted(TITLE, "t")))
    assert found.schema == SCHEMA
    at = dt.datetime.fromtimestamp(AT, dt.UTC)
    nothing = (None,) * 6
    c = [(f"key{n}", f"c{n}.example", "company") for n in range(4)]
    assert found.rows() == [
        (*c[0], "company_name", "Acme", "a", "https://a", 1.0, at, None, None, None, None),
        (*c[1], "company_name", *nothing, "not_found", None, None),
        (*c[1], "employee_count", "7", *nothing[1:], None, None, None),
        (*c[2], "technologies", "x; y", None, None, None, None, "job-1", None, None, None),
        (*c[3], "company_name", odd, *nothing[1:], None, None, None),
        ("key9", "c9.example", "person", "job_title", "Head", "p", *nothing[2:], *(None,) * 3),
        (None, None, "company", "company_name", *nothing, "no_identifier", 2, "Name"),
        (None, None, "company", "company_name", *nothing, "free_mail", 3, "Name"),
        *(
            (None, None, "person", "job_title", *nothing, "no_identifier", n, "t")
            for n in (1, 2, 3)
        ),
    ]


@pytest.mark.parametrize("cells", [["", "x"], []], ids=["no entity", "no row"])
def test_a_sidecar_without_findings(cells: list[str], tmp_path: Path) -> None:
    frame = pl.LazyFrame({"name": cells}, schema={"name": pl.String}).with_columns(
        pl.lit(None, pl.UInt32).alias(own.COMPANY), pl.lit(value=False).alias(own.FREE_MAIL)
    )
    wanted = Wanted(NAME, "name", exists=True)
    found = written(tmp_path, [], nameless(select.numbered(frame), wanted))
    assert found["row"].to_list() == [1] * bool(cells)


def test_only_selected_cells_are_listed(tmp_path: Path) -> None:
    frame = table(x=["1", "2", "3"])
    picked = nameless(frame, Wanted(NAME, "name"), selected=pl.col("x") == "2")
    assert written(tmp_path, [], picked)["row"].to_list() == [2]
