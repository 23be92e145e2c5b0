"""The output appears whole or not at all, where it may, with the mode that it should have."""

from __future__ import annotations

import io
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl
import pytest

from enrich_cli.domain.errors import MachineError, OutputError
from enrich_cli.tables import targets
from enrich_cli.tables.files import (
    Format,
    Source,
    append,
    check_room,
    check_target,
    default_output,
    open_table,
    scan,
    write,
)

CONTENT = {
    ".csv": b"a,b\n1,2\n3,4\n",
    ".parquet": b"",
    ".ndjson": b'{"a":"1","b":"2"}\n{"a":"3","b":"4"}\n',
}
FORMATS = pytest.mark.parametrize("ending", CONTENT)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def table(work: Path, scratch: Path, ending: str = ".csv") -> Source:
    path = work / f"in{ending}"
    path.write_bytes(CONTENT[ending])
    if ending == ".parquet":
        pl.DataFrame({"a": ["1", "3"], "b": ["2", "4"]}).write_parquet(path)
    return open_table(str(path), stdin=None, scratch=scratch)


def failing(source: Source) -> pl.LazyFrame:
    def bang(batch: pl.DataFrame) -> pl.DataFrame:
        raise RuntimeError("under way")

    return scan(source).map_batches(bang, schema=dict.fromkeys(source.columns, pl.String))


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@FORMATS
def test_a_failure_leaves_the_target_as_it_was(work: Path, scratch: Path, ending: str) -> None:
    source = table(work, scratch, ending)
    target = work / f"out{ending}"
    target.write_text("yesterday")
    with pytest.raises(Exception, match="under way"):
        write(failing(source), source, target, added=[])
    assert target.read_text() == "yesterday"
    assert sorted(path.name for path in work.iterdir()) == [f"in{ending}", f"out{ending}"]

    target.unlink()
    with pytest.raises(Exception, match="under way"):
        write(failing(source), source, target, added=[])
    assert [path.name for path in work.iterdir()] == [f"in{ending}"]
    assert list(scratch.iterdir()) == []


def test_half_an_output_is_never_under_the_targets_name(work: Path, scratch: Path) -> None:
    """While rows are written the target has its old content, the temporary file is private."""
    source = table(work, scratch)
    target = work / "out.csv"
    target.write_text("yesterday")
    seen: list[tuple[str, int]] = []

    def look(batch: pl.DataFrame) -> pl.DataFrame:
        hidden = next(path for path in work.iterdir() if path.name.startswith("."))
        seen.append((target.read_text(), stat.S_IMODE(hidden.stat().st_mode)))
        return batch

    write(scan(source).map_batches(look), source, target, added=[])

    assert set(seen) == {("yesterday", 0o600)}
    assert target.read_bytes() == CONTENT[".csv"]


@FORMATS
def test_modes(work: Path, scratch: Path, ending: str) -> None:
    source = table(work, scratch, ending)
    new, old = work / f"new{ending}", work / f"old{ending}"
    old.write_text("")
    old.chmod(0o604)
    with umask(0o027):
        for target in (new, old):
            write(scan(source), source, target, added=[])
    assert stat.S_IMODE(new.stat().st_mode) == 0o640
    assert stat.S_IMODE(old.stat().st_mode) == 0o604


@FORMATS
def test_in_place(work: Path, scratch: Path, ending: str) -> None:
    source = table(work, scratch, ending)
    frame = scan(source).with_columns(n=pl.lit("v"))
    check_target(Path(source.path), source, in_place=True)

    assert write(frame, source, Path(source.path), added=["n"]) == 2

    again = open_table(source.path, stdin=None, scratch=scratch)
    assert scan(again).collect().rows() == [("1", "2", "v"), ("3", "4", "v")]


def test_a_link_stays_a_link(work: Path, scratch: Path) -> None:
    source = table(work, scratch)
    (work / "real.csv").write_text("yesterday")
    (work / "link.csv").symlink_to("real.csv")

    write(scan(source), source, work / "link.csv", added=[])

    assert (work / "link.csv").is_symlink()
    assert (work / "real.csv").read_bytes() == CONTENT[".csv"]


@FORMATS
def test_a_full_disk(work: Path, scratch: Path, ending: str) -> None:
    source = table(work, scratch, ending)
    with pytest.raises(MachineError, match="/dev/full could not be written: No space left"):
        write(scan(source), source, Path("/dev/full"), added=[])


@FORMATS
def test_a_folder_that_went_away(work: Path, scratch: Path, ending: str) -> None:
    source = table(work, scratch, ending)
    with pytest.raises(MachineError, match="could not be written: No such file"):
        write(scan(source), source, work / "gone" / f"out{ending}", added=[])


@FORMATS
def test_a_stream_gets_the_same_bytes(work: Path, scratch: Path, ending: str) -> None:
    source = table(work, scratch, ending)
    frame = scan(source).with_columns(n=pl.lit("v"))
    out = io.BytesIO()
    assert write(frame, source, out, added=["n"]) == 2
    write(frame, source, work / f"out{ending}", added=["n"])
    assert out.getvalue() == (work / f"out{ending}").read_bytes()
    with (work / "again").open("wb") as plain:
        plain.write(b"")
        write(frame, source, plain, added=["n"])
    assert out.getvalue() == (work / "again").read_bytes()


@FORMATS
def test_a_reader_who_goes_away(work: Path, scratch: Path, ending: str) -> None:
    source = table(work, scratch, ending)
    far, near = os.pipe()
    os.close(far)
    out = os.fdopen(near, "wb")
    with pytest.raises(BrokenPipeError):
        write(scan(source), source, out, added=[])
    with suppress(BrokenPipeError):
        out.close()


def test_a_pipe_as_target(work: Path, scratch: Path) -> None:
    source = table(work, scratch)
    os.mkfifo(work / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((work / "pipe").read_bytes()))
    reader.start()
    check_target(work / "pipe", source, in_place=False)
    write(scan(source), source, work / "pipe", added=[])
    reader.join()
    assert read == [CONTENT[".csv"]]
    assert (work / "pipe").is_fifo()


def test_rows_are_those_written(work: Path, scratch: Path) -> None:
    source = table(work, scratch)
    assert write(scan(source).head(1), source, work / "out.csv", added=[]) == 1
    empty = scan(source).filter(pl.lit(value=False))
    assert write(empty, source, work / "out.csv", added=[]) == 0
    assert (work / "out.csv").read_bytes() == b"a,b\n"


def test_rows_of_a_mended_table_must_all_be_there(work: Path, scratch: Path) -> None:
    """What stood behind long rows is put back by position: a missing row is an error."""
    (work / "in.csv").write_bytes(b"a,b\n1,2,3\n4,5\n")
    source = open_table(str(work / "in.csv"), stdin=None, scratch=scratch)
    with pytest.raises(MachineError, match=r"in\.csv cannot be read"):
        write(scan(source).head(1), source, work / "out.csv", added=[])
    assert not (work / "out.csv").exists()


def test_an_input_that_changes_under_way(work: Path, scratch: Path) -> None:
    source = table(work, scratch)
    (work / "in.csv").write_bytes(b"a,b\n1,2\n3,4,5\n")
    with pytest.raises(MachineError, match=r"in\.csv cannot be read"):
        write(scan(source), source, work / "out.csv", added=[])


def test_lines_that_changed_under_way_are_not_joined(work: Path, scratch: Path) -> None:
    (work / "in.csv").write_bytes(b"a,b\n1,2\n3,4\n")
    source = open_table(str(work / "in.csv"), stdin=None, scratch=scratch)
    assert source.lined
    out = work / "out.csv"
    cells = pl.LazyFrame({"n": ["x", ""]})
    assert append(cells, source, out, added=["n"]) == 2
    before = out.read_bytes()
    assert before == b"a,b,n\n1,2,x\n3,4,\n"
    (work / "in.csv").write_bytes(b"a,b\n1,2\n3,4\n5,6\n")
    for behind in (cells, pl.LazyFrame({"n": ["x", "y", "z"]})):
        with pytest.raises(MachineError, match=r"in\.csv"):
            append(behind, source, out, added=["n"])
    assert out.read_bytes() == before


def test_large_tables_keep_their_order(work: Path, scratch: Path) -> None:
    rows = 300_000
    (work / "in.csv").write_text("a\n" + "".join(f"{number}\n" for number in range(rows)))
    source = open_table(str(work / "in.csv"), stdin=None, scratch=scratch)
    frame = scan(source).with_columns(n=pl.col("a").cast(pl.Int64) * 2)

    assert write(frame, source, work / "out.csv", added=["n"]) == rows

    expected = "a,n\n" + "".join(f"{number},{2 * number}\n" for number in range(rows))
    assert (work / "out.csv").read_text() == expected


def test_trouble_with_the_disk_is_told_though_the_system_tells_it_once(
    work: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = table(work, scratch)
    failed = threading.Event()

    def sync(descriptor: int) -> None:
        if not failed.is_set():
            failed.set()
            raise OSError(5, "Input/output error")

    def slow(frame: pl.DataFrame) -> pl.DataFrame:
        assert failed.wait(60)
        return frame

    monkeypatch.setattr(targets, "_SYNC_EVERY", 0)
    monkeypatch.setattr(os, "fsync", sync)
    with pytest.raises(MachineError, match="Input/output error"):
        write(scan(source).map_batches(slow), source, work / "out.csv", added=[])
    assert not (work / "out.csv").exists()


NAMES = {
    "leads.csv": "leads.enriched.csv",
    "a/b.c/leads.v2.tsv.gz": "a/b.c/leads.v2.enriched.tsv.gz",
    "leads.CSV.ZST": "leads.enriched.CSV.ZST",
    "leads": "leads.enriched",
    "leads.gz": "leads.enriched.gz",
    "/x/leads.parquet": "/x/leads.enriched.parquet",
}


@pytest.mark.parametrize(("given", "output"), NAMES.items(), ids=NAMES)
def test_default_output(given: str, output: str) -> None:
    assert default_output(given) == Path(output)


REFUSED = {
    "folder": ("", "is a folder", OutputError),
    "no such folder": ("no/out.csv", "there is no folder", OutputError),
    "the input": ("in.csv", "is the input itself", OutputError),
    "the input by a link": ("link.csv", "is the input itself", OutputError),
    "the input by a hard link": ("hard.csv", "is the input itself", OutputError),
    "another format": ("out.parquet", "CSV, the output's ending says PARQUET", OutputError),
    "another delimiter": ("out.tsv.gz", "the output's ending says TSV", OutputError),
}  # fmt: skip


@pytest.mark.parametrize(("name", "words", "kind"), REFUSED.values(), ids=REFUSED)
def test_targets_refused(
    work: Path, scratch: Path, name: str, words: str, kind: type[OutputError]
) -> None:
    source = table(work, scratch)
    (work / "link.csv").symlink_to("in.csv")
    (work / "hard.csv").hardlink_to(work / "in.csv")
    with pytest.raises(kind, match=words) as caught:
        check_target(work / name, source, in_place=False)
    assert "\n" not in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "name", ["out.csv", "out.csv.gz", "out.CSV", "out", "out.txt", "/dev/null", "out.csv.zst"]
)
def test_targets_taken(work: Path, scratch: Path, name: str) -> None:
    source = table(work, scratch)
    check_target(work / name, source, in_place=False)
    assert sorted(path.name for path in work.iterdir()) == ["in.csv"]  # nothing is left behind


def test_parquet_is_not_packed_again(work: Path, scratch: Path) -> None:
    source = table(work, scratch, ".parquet")
    with pytest.raises(OutputError, match="Parquet is compressed within"):
        check_target(work / "out.parquet.gz", source, in_place=False)


def test_too_little_room(work: Path, scratch: Path) -> None:
    path = work / "in.csv"
    path.write_bytes(b"a\n")
    source = open_table(str(path), stdin=None, scratch=scratch)
    huge = Source(
        path=source.path,
        format=Format.CSV,
        names=source.names,
        columns=source.columns,
        notes=(),
        parts=source.parts,
        scratch=scratch,
        size=1 << 60,
    )
    with pytest.raises(OutputError, match="MiB are needed"):
        check_room(work / "out.csv", source, cells=1 << 60)
    check_room(work / "out.csv", source, cells=2)
    with pytest.raises(OutputError, match="MiB are free, the input alone has"):
        check_target(work / "out.csv", huge, in_place=False)
