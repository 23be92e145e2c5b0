"""The dedupe report: what was merged, what was not, and what names nobody."""

from __future__ import annotations

import polars as pl

from enrich_cli.domain.entity import EntityType
from enrich_cli.tables.dedupe import Dedupe, dedupe
from enrich_cli.tables.identify import identify
from enrich_cli.tables.recognise import Role, Use

COMPANY, PERSON = EntityType.COMPANY, EntityType.PERSON

_USES = [
    Use("site", Role.WEBSITE, (COMPANY,), ""),
    Use("mail", Role.EMAIL, (COMPANY, PERSON), ""),
    Use("firm", Role.COMPANY_NAME, (COMPANY,), ""),
]
_ROWS = [
    ("www.acme.example", "jane@acme.example", "Acme"),
    ("ACME.example", "bo@globex.example", "Acme, Inc."),
    ("acme.example/x", None, "Acme Robotics"),
    ("acme.example/x", None, "Acme"),
    ("acme.test", None, "ACME"),
    (None, None, "Initech LLC"),
    ("N/A", None, "Initech, Inc."),
    ("N/A", "p@gmail.com", "N/A"),
    ("https://", None, None),
]


def _report(limit: int = 1_000) -> Dedupe:
    frame = pl.LazyFrame(_ROWS, schema=["site", "mail", "firm"], orient="row")
    return dedupe(identify(frame, _USES, {}), limit=limit)


def test_largest_entities() -> None:
    assert _report().largest.head(3).rows() == [
        ("company", "acme.example", "domain", 4),
        ("company", "initech|", "name", 2),
        ("company", "acme.test", "domain", 1),
    ]


def test_spellings_of_one_identifier() -> None:
    spellings = _report().spellings
    assert spellings.filter(pl.col("canonical") == "acme.example").rows() == [
        (
            "acme.example",
            4,
            5,
            ["acme.example/x", "ACME.example", "jane@acme.example", "www.acme.example"],
        )
    ]
    assert spellings.filter(pl.col("canonical") == "initech")["spellings"].to_list() == [2]
    assert "acme.test" not in spellings["canonical"]


def test_rejected_cells() -> None:
    report = _report()
    assert report.rejected.rows() == [
        ("site", "N/A", "placeholder", 2),
        ("firm", "N/A", "not_a_name", 1),
        ("mail", "p@gmail.com", "free_mail", 1),
        ("site", "https://", "placeholder", 1),
    ]
    assert report.rejections.rows() == [
        ("site", "placeholder", 2, 3),
        ("firm", "not_a_name", 1, 1),
        ("mail", "free_mail", 1, 1),
    ]


def test_conflicting_columns() -> None:
    report = _report()
    assert report.conflicts.rows() == [(2, "acme.example", "globex.example", 1)]
    assert report.conflicting == 1


def test_doubtful_groups() -> None:
    report = _report()
    assert report.several_names.rows() == [("acme.example", 2, 4, ["acme", "acme robotics"])]
    assert report.same_name.rows() == [("acme", 2, 4, ["acme.example", "acme.test"])]


def test_lists_are_bounded_and_totals_are_not() -> None:
    report = _report(limit=1)
    assert {
        frame.height
        for frame in (report.largest, report.spellings, report.rejected, report.conflicts)
    } == {1}
    assert report.rejections["rows"].sum() == 5


def test_a_table_without_entities() -> None:
    report = dedupe(identify(pl.LazyFrame({"note": ["x"]}), [], {}))
    assert report.largest.is_empty()
    assert report.conflicting == 0
    assert report.several_names.is_empty()
