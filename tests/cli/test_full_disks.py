"""Outputs that cannot be written to their end: nothing half, and nothing is bought twice."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.cli.shell import PATIENCE, acme_in, environ_of, shell, spec, vendor

pytestmark = pytest.mark.long

RUN = "enrich run t.csv --columns company_name --providers acme --provider-dir own --budget 10"
ROWS = 30_000


@pytest.fixture
def table(folder: Path, sandbox: httpx.Client) -> bytes:
    """A table of a megabyte about ten companies, and somebody to ask."""
    acme_in(folder, spec(vendor(sandbox), ', price = "0.05"'))
    text = (folder / "sample_data/ten_companies.csv").read_text("utf-8")
    header, *rows = text.splitlines(keepends=True)
    whole = header + "".join(rows[n % len(rows)] for n in range(ROWS))
    (folder / "t.csv").write_text(whole, "utf-8")
    return whole.encode()


def paid(sandbox: httpx.Client) -> int:
    return int(sandbox.get("/_stats").json()["total"])


def test_a_disk_that_fills_up_under_way(folder: Path, sandbox: httpx.Client, table: bytes) -> None:
    (folder / "out.csv").write_text("from yesterday\n")
    limit = len(table) // 1024  # blocks of 1 kB: the output is longer by its new cells
    done = shell(f"trap '' XFSZ; ulimit -f {limit}; {RUN} -o out.csv --quiet", folder)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("enrich: out.csv could not be written: ")
    assert len(done.stderr.splitlines()) == 2
    assert (folder / "out.csv").read_text() == "from yesterday\n"
    assert not list(folder.glob(".enrich-*"))
    asked = paid(sandbox)
    assert asked > 0
    assert shell(f"{RUN} -o out.csv --quiet", folder).returncode == 0
    assert (folder / "out.csv").read_bytes().count(b"\n") == ROWS + 1
    assert paid(sandbox) == asked


def test_a_full_device(folder: Path, sandbox: httpx.Client, table: bytes) -> None:
    for place in ("-o /dev/full", "-o - > /dev/full"):
        done = shell(f"{RUN} --quiet {place}", folder)
        assert done.returncode == 1, place
        assert "No space left on device" in done.stderr.splitlines()[0]
        assert len(done.stderr.splitlines()) == 2
    asked = paid(sandbox)
    assert shell(f"{RUN} -o out.csv --quiet", folder).returncode == 0
    assert paid(sandbox) == asked


@pytest.mark.parametrize("reader", ["head -1", "head -c 5000", "true"])
def test_a_reader_that_goes_away(
    folder: Path, sandbox: httpx.Client, table: bytes, reader: str
) -> None:
    command = f"{RUN} -o - --quiet | {reader}"
    done = subprocess.run(
        ["bash", "-c", f"{command}; exit ${{PIPESTATUS[0]}}"],
        cwd=folder,
        env=environ_of(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (141, b"")
    asked = paid(sandbox)
    assert shell(f"{RUN} -o out.csv --quiet", folder).returncode == 0
    assert paid(sandbox) == asked


def test_a_target_on_another_file_system(
    folder: Path, sandbox: httpx.Client, table: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else tmp_path_factory.mktemp("o")
    target = other / f"enrich-test-{os.getpid()}.csv"
    reports = list(map(target.with_suffix, (".csv", ".report.json")))
    try:
        done = shell(f"{RUN} -o {target} --quiet", folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert target.read_bytes().count(b"\n") == ROWS + 1
        link = folder / "link.csv"
        link.symlink_to(target)
        assert shell(f"{RUN} -o link.csv --quiet", folder).returncode == 0
        assert link.is_symlink()
        assert not list(other.glob(".enrich-*"))
    finally:
        for path in reports:
            path.unlink(missing_ok=True)
