"""Large tables are identified while they are looked at, and once more where that was too hasty."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from enrich_cli import job
from enrich_cli.domain.errors import TableError, UsageError
from enrich_cli.settings import Settings
from enrich_cli.tables import files, reading
from tests.test_recalling import NOW, SPECS, StandingClock

EVEN = b"site,note\n" + b'acme.example,"a, b"\nglobex.example,c\n' * 50
LATER = {
    "even": b"initech.example,d\n",
    "all quoted but the first": b'"x.example","y"\n',
    "a long row": b"initech.example,d,e\n",
    "a short row": b"initech.example\n",
    "a cell over two lines": b'initech.example,"d\ne"\n',
    "a stray quote": b'initech.example,d"e"f\n',
    "CRLF": b"initech.example,d\r\n",
    "not UTF-8": b"initech.example,caf\xe9\n",
    "a blank line": b"\n",
}
SEEN = ("a long row", "not UTF-8")
"""What the survey of the first rows cannot read."""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(reading, "LARGE", 0)
    monkeypatch.setattr(reading, "BEGINNING", 64)
    return tmp_path


def _looked(work: Path, *, hurried: bool, strict: bool = False) -> job.Table:
    said = files.Told(strict=strict)
    return job.look(str(work / "t.csv"), said, None, Settings(cache=work), work, hurried=hurried)


def _prepared(work: Path, table: job.Table, field: str = "company_name") -> job.Prepared:
    parts = job.Parts(
        Settings(cache=work), SPECS, lambda _: True, StandingClock(NOW), Random(1), work
    )
    return job.prepare(table, [field], parts, to_run=True)


@pytest.mark.parametrize("later", LATER)
def test_a_hurried_look_ends_with_the_same(work: Path, later: str) -> None:
    rows = EVEN.partition(b"\n")[2]
    (work / "t.csv").write_bytes(EVEN + LATER[later] + (rows if later != "even" else b"a.example,"))
    looked = _looked(work, hurried=True)
    assert looked.again is not None or later in SEEN
    hasty, steady = _prepared(work, looked), _prepared(work, _looked(work, hurried=False))
    assert hasty.table.again is None
    assert hasty.table.source.pending is None
    for name in ("rows", "lined", "dialect", "notes", "columns", "size"):
        assert getattr(hasty.table.source, name) == getattr(steady.table.source, name), name
    assert hasty.notes == steady.notes
    assert hasty.found.rows == steady.found.rows
    for type_, entities in hasty.found.entities.items():
        assert entities.equals(steady.found.entities[type_])


def test_a_table_with_lines_of_another_system_is_hurried_too(work: Path) -> None:
    (work / "t.csv").write_bytes(EVEN.replace(b"\n", b"\r\n"))
    assert _looked(work, hurried=True).again is not None
    for last, lined in ((b"initech.example,d\r\n", True), (b"initech.example,d\n", False)):
        (work / "t.csv").write_bytes(EVEN.replace(b"\n", b"\r\n") + last)
        hasty = _prepared(work, _looked(work, hurried=True)).table.source
        assert (hasty.rows, hasty.lined) == (101, lined)


def test_errors_of_the_user_stay_theirs(work: Path) -> None:
    (work / "t.csv").write_bytes(EVEN)
    with pytest.raises(UsageError, match="no_such_field"):
        _prepared(work, _looked(work, hurried=True), "no_such_field")


def test_a_strict_look_is_refused_in_time(work: Path) -> None:
    (work / "t.csv").write_bytes(EVEN + LATER["a long row"])
    with pytest.raises(TableError, match="line 102"):
        _looked(work, hurried=True, strict=True)
    (work / "t.csv").write_bytes(EVEN + LATER["a short row"])
    looked = _looked(work, hurried=True, strict=True)
    with pytest.raises(TableError, match="line 102"):
        _prepared(work, looked)


def test_trouble_with_the_file_is_said_when_it_is_confirmed(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    (work / "t.csv").write_bytes(EVEN)
    monkeypatch.setattr(reading, "even_shape", fails)
    looked = _looked(work, hurried=True)
    with pytest.raises(TableError, match=r"t\.csv cannot be read: Input/output error"):
        _prepared(work, looked)
