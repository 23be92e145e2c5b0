"""The sample tables: they are what the script makes, and nobody in them is real."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from enrich_cli.tables import normal
from tests.bench import make_samples
from tests.bench.make_samples import FOLDER, FREE_MAIL, SHARED, TABLES

# A host, with or without scheme, wherever it stands in a cell; `N/A` and `00:30` are none.
_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]*")
_NOT_HOSTS = {"Node.js", "index.html", "S.A"}


def cells(name: str) -> list[list[str]]:
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def column(name: str, header: str) -> pl.Series:
    return pl.read_csv(FOLDER / name, infer_schema=False)[header]


def domains(name: str, *headers: str) -> set[str]:
    read = pl.select(
        pl.coalesce(pl.lit(normal.read(column(name, header))["domain"]) for header in headers)
    )
    return set(read.to_series().drop_nulls())


@pytest.mark.parametrize("name", TABLES)
def test_the_files_are_what_the_script_makes(name: str) -> None:
    assert (FOLDER / name).read_bytes() == TABLES[name]().csv().encode()


def test_the_parquet_file_holds_the_same_leads() -> None:
    assert_frame_equal(pl.read_parquet(FOLDER / "leads.parquet"), make_samples.leads().frame())


def test_the_folder_holds_these_files_only() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {*TABLES, "leads.parquet"}


def test_making_them_writes_every_file(tmp_path: Path) -> None:
    make_samples.main(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*TABLES, "leads.parquet"}


@pytest.mark.parametrize("name", TABLES)
def test_every_host_is_reserved_or_shared(name: str) -> None:
    strange = {
        host
        for row in cells(name)[1:]
        for cell in row
        for host in _HOST.findall(re.sub(r"[\w.+-]+@", "", cell))
        if host not in _NOT_HOSTS
        and not host.lower().endswith((".example", ".test"))
        and host.lower() != FREE_MAIL
        and not any(host.lower() == own or host.lower().endswith(f".{own}") for own in SHARED)
    }
    assert strange == set()


@pytest.mark.parametrize("name", TABLES)
def test_addresses_are_at_reserved_hosts_or_plainly_fictional(name: str) -> None:
    for row in cells(name)[1:]:
        for cell in row:
            for local, host in re.findall(r"([\w.+-]+)@([\w.-]+)", cell):
                assert host.lower().endswith((".example", ".test")) or (
                    host == FREE_MAIL and local.endswith(".fictional")
                )


def test_a_hundred_rows_hold_a_hundred_companies() -> None:
    assert len(cells("hundred_companies.csv")) == 101
    assert len(domains("hundred_companies.csv", "Website")) == 100


def test_a_hundred_rows_hold_ten_companies_in_many_spellings() -> None:
    assert len(cells("ten_companies.csv")) == 101
    assert len(domains("ten_companies.csv", "Website", "Email")) == 10
    spelled = column("ten_companies.csv", "Website").drop_nulls().n_unique()
    assert spelled > 40


def test_leads_are_messy_in_every_way_that_the_list_is_for() -> None:
    head, *rows = cells("leads.csv")
    table = {name: [row[at] for row in rows] for at, name in enumerate(head)}
    assert len(rows) == 300
    assert len({row[2].strip().lower() for row in rows}) > 150
    assert all(re.fullmatch(r"0\d{4}", number) for number in table["Lead ID"])
    assert 0.3 < sum(map(bool, table["Industry"])) / len(rows) < 0.7
    for name, sign in (
        ("Website", "utm_source="),
        ("Website", "N/A"),
        ("Website", ".example https://"),
        ("Website", "facebook.com/"),
        ("Website", "xn--"),
        ("Website", "müllerhof"),
        ("Email", FREE_MAIL),
        ("Email", "mailto:"),
        ("LinkedIn", "/company/"),
        ("LinkedIn", "/in/"),
        ("Company", '"'),
        ("Notes", "\n"),
        ("Notes", "="),
    ):
        assert any(sign.lower() in cell.lower() for cell in table[name]), (name, sign)
    assert any(not any(row[1:7]) or row[2] == "https://" for row in rows)
