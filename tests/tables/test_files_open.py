"""What can be opened, where it comes from, and the words for what cannot."""

from __future__ import annotations

import gc
import gzip
import io
import os
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.domain.errors import ExitCode, TableError
from enrich_cli.tables.files import Format, Source, Told, open_table, scan, write
from enrich_cli.tables.source import unique


def opened(
    path: Path | str, *, form: Format | None = None, stdin: bytes | None = None, scratch: Path
) -> Source:
    stream = None if stdin is None else io.BytesIO(stdin)
    return open_table(str(path), told=Told(form), stdin=stream, scratch=scratch)


def parquet(**columns: list[object]) -> bytes:
    content = io.BytesIO()
    pl.DataFrame(columns).write_parquet(content)
    return content.getvalue()


REFUSED = {
    # name: (file name, content, words of the message)
    "empty": ("t.csv", b"", "t.csv is empty"),
    "blank lines only": ("t.csv", b"\r\n\n", "t.csv is empty"),
    "only a byte-order mark": ("t.csv", b"\xef\xbb\xbf\n", "t.csv is empty"),
    "only a mark of UTF-16": ("t.csv", b"\xff\xfe\n\0", "t.csv is empty"),
    "empty when unpacked": ("t.csv.gz", gzip.compress(b""), "t.csv.gz is empty"),
    "empty parquet": ("t.parquet", b"", "t.parquet is empty"),
    "empty ndjson": ("t.ndjson", b"", "t.ndjson is empty"),
    "ndjson without keys": ("t.ndjson", b"{}\n", "t.ndjson is empty: no line has a key"),
    "quote never closed": ("t.csv", b'a,b\n1,2\n3,"4\n5,6\n', "t.csv, line 3: a quote is opened"),
    "quote in the header": ("t.csv", b'a,"b\n1,2\n', "t.csv, line 1: a quote is opened"),
    "text behind a quote": ("t.csv", b'a,b\n1,"2"x\n', "t.csv, line 2: there is text behind"),
    "text behind a long cell": ("t.csv", b'a,b\n1,"2\n3"x\n', "t.csv, line 3: there is text"),
    "line in a legacy file": (
        "t.csv", "a,b\nZürich,2\n3,\"4\n".encode("cp1252"), "t.csv, line 3: a quote is opened",
    ),
    "workbook": ("t.csv", b"PK\x03\x04\x14\0", "t.csv is a zip archive or an Excel workbook"),
    "parquet named csv": ("t.csv", parquet(a=[1]), "t.csv is a Parquet file"),
    "csv named parquet": ("t.parquet", b"a,b\n1,2\n", "t.parquet is not a whole Parquet file"),
    "cut parquet": ("t.parquet", parquet(a=[1])[:-9], "t.parquet is not a whole Parquet file"),
    "tiny parquet": ("t.parquet", b"PAR1", "t.parquet is not a whole Parquet file"),
    "packed parquet": ("t.parquet.gz", gzip.compress(parquet(a=[1])), "is Parquet inside gzip"),
    "cut gzip": ("t.csv.gz", gzip.compress(b"a,b\n" * 99)[:-9], "damaged or cut off"),
    "damaged gzip": ("t.csv.gz", gzip.compress(b"a,b\n1,2\n")[:12] + b"\xff" * 20, "damaged or"),
    "cut zstd": ("t.csv.zst", zstandard.compress(b"a,b\n" * 99)[:-3], "damaged or cut off"),
    "not packed": ("t.csv.gz", b"a,b\n1,2\n", "t.csv.gz is not compressed"),
    "no ending": ("table", b"a,b\n1,2\n", "table: its ending does not say"),
    "odd UTF-16": ("t.csv", "a,b\nü,2\n".encode("utf-16") + b"\0", "is not UTF-16-LE"),
    "ndjson, broken line": ("t.ndjson", b'{"a":1}\n\n{"a":2\n', "t.ndjson, line 3: this is no"),
    "ndjson, an array": ("t.jsonl", b'[{"a":1}]\n', "t.jsonl, line 1: this is no JSON object"),
    "ndjson, mixed types": ("t.ndjson", b'{"a":{"b":1}}\n{"a":1}\n', "fit no common type"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(TableError) as caught:
        opened(tmp_path / name, scratch=tmp_path)

    assert words in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.code is ExitCode.USAGE


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("a\n1\n")
    with pytest.raises(TableError, match="there is no such file") as caught:
        opened(tmp_path / "laeds.csv", scratch=tmp_path)
    assert caught.value.hint == f"did you mean {tmp_path / 'leads.csv'}?"
    with pytest.raises(TableError, match="there is no folder") as caught:
        opened(tmp_path / "no" / "leads.csv", scratch=tmp_path)
    with pytest.raises(TableError, match="no file fits this pattern"):
        opened(tmp_path / "x*.csv", scratch=tmp_path)


@pytest.mark.parametrize("name", ["a [1].csv", "a*.csv", "a?b {c}.csv", "a b.csv", "ä#%20.csv"])
def test_a_path_that_exists_is_taken_literally(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a,b\n1,2\n")
    (tmp_path / "a 1.csv").write_text("c\n3\n")

    source = opened(tmp_path / name, scratch=tmp_path)

    assert not source.many
    assert scan(source).collect().rows() == [("1", "2")]
    write(scan(source), source, tmp_path / f"out {name}", added=[])
    assert (tmp_path / f"out {name}").read_text() == "a,b\n1,2\n"


def test_format_overrules_the_ending(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes(b"a\tb\n1\t2\n")
    source = opened(tmp_path / "t.txt", form=Format.TSV, scratch=tmp_path)
    assert scan(source).collect().rows() == [("1", "2")]
    (tmp_path / "t").write_bytes(parquet(a=[1]))
    assert opened(tmp_path / "t", scratch=tmp_path).format is Format.PARQUET


def test_a_tsv_of_one_column_may_hold_commas(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_bytes(b"a\nx,y\n")
    source = opened(tmp_path / "t.tsv", scratch=tmp_path)
    assert scan(source).collect().rows() == [("x,y",)]


STDIN: dict[str, tuple[bytes, Format | None, Format, list[tuple[object, ...]]]] = {
    "csv": (b"a;b\r\n1;2\r\n", None, Format.CSV, [("1", "2")]),
    "tsv by its content": (b"a\tb\n1\t2\n", None, Format.CSV, [("1", "2")]),
    "parquet by its first bytes": (parquet(a=[1]), None, Format.PARQUET, [(1,)]),
    "a first column named PAR1": (b"PAR1,b\n1,2\n", None, Format.CSV, [("1", "2")]),
    "ndjson when told": (b'{"a":1}\n', Format.NDJSON, Format.NDJSON, [(1,)]),
    "gzip": (gzip.compress(b"a,b\n1,2\n"), None, Format.CSV, [("1", "2")]),
    "ragged": (b"a,b\n1\n", None, Format.CSV, [("1", None)]),
    "cp1252": ("a,b\nü,2\n".encode("cp1252"), None, Format.CSV, [("ü", "2")]),
}


@pytest.mark.parametrize(("content", "told", "form", "rows"), STDIN.values(), ids=STDIN)
def test_standard_input(
    tmp_path: Path,
    content: bytes,
    told: Format | None,
    form: Format,
    rows: list[tuple[object, ...]],
) -> None:
    source = opened("-", form=told, stdin=content, scratch=tmp_path)

    assert source.format is form
    for _ in range(2):  # it can be read again and again
        assert scan(source).collect().rows() == rows


def test_spools_have_no_name_and_go_with_the_source(tmp_path: Path) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    gc.collect()
    before = descriptors()
    source = opened("-", stdin=b"a,b\n1\n2,3,4\n", scratch=tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert descriptors() > before
    spool = source.parts[0].location
    assert Path(spool).stat().st_mode & 0o777 == 0o600

    del source
    gc.collect()

    assert descriptors() == before


def test_standard_input_that_is_not_there_or_empty(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no standard input"):
        opened("-", scratch=tmp_path)
    with pytest.raises(TableError, match="standard input is empty"):
        opened("-", stdin=b"", scratch=tmp_path)
    with pytest.raises(TableError, match="standard input, line 2: a quote"):
        opened("-", stdin=b'a\n"1\n', scratch=tmp_path)


def test_a_pipe_is_spooled(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"a,b\n1,2\n",))
    writer.start()
    source = opened(pipe, scratch=tmp_path)
    writer.join()
    assert scan(source).collect().rows() == scan(source).collect().rows() == [("1", "2")]


def test_several_files_are_one_table(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"x,y\n3\n4,5,6\n")
    (tmp_path / "a.csv").write_bytes(b"x,y\r\n1,2\r\n")
    (tmp_path / "notes.txt").write_text("none of it")
    (tmp_path / ".hidden.csv").write_text("z\n")
    for path in (tmp_path, tmp_path / "*.csv"):
        source = opened(path, scratch=tmp_path)

        assert source.many
        assert source.rows == 3
        assert source.files == (str(tmp_path / "a.csv"), str(tmp_path / "b.csv"))
        assert scan(source).collect().rows() == [("1", "2"), ("3", None), ("4", "5")]
        assert any("lines end in CRLF in some of them" in note for note in source.notes)
        assert any("b.csv: fewer cells" in note for note in source.notes)
        out = io.BytesIO()
        assert write(scan(source).with_columns(n=pl.lit("v")), source, out, added=["n"]) == 3
        assert out.getvalue() == b"x,y,n\r\n1,2,v\r\n3,,v\n4,5,v,6\n"


DIFFERENT: dict[str, tuple[bytes, bytes, str]] = {
    "names": (b"x,y\n1,2\n", b"x,z\n1,2\n", "has not the same columns"),
    "delimiter": (b"x,y\n1,2\n", b"x;y\n1;2\n", "has not the same delimiter"),
}


@pytest.mark.parametrize(("one", "other", "words"), DIFFERENT.values(), ids=DIFFERENT)
def test_different_files_are_no_table(tmp_path: Path, one: bytes, other: bytes, words: str) -> None:
    (tmp_path / "a.csv").write_bytes(one)
    (tmp_path / "b.csv").write_bytes(other)
    with pytest.raises(TableError, match=words):
        opened(tmp_path, scratch=tmp_path)


def test_a_folder_of_parquet_files_and_one_without_tables(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is a folder without tables"):
        opened(tmp_path, scratch=tmp_path)
    (tmp_path / "2.parquet").write_bytes(parquet(a=[2]))
    (tmp_path / "1.parquet").write_bytes(parquet(a=[1]))
    assert scan(opened(tmp_path, scratch=tmp_path)).collect().rows() == [(1,), (2,)]
    (tmp_path / "3.parquet").write_bytes(parquet(a=["x"]))
    with pytest.raises(TableError, match="has not the same types"):
        opened(tmp_path, scratch=tmp_path)


def test_an_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read: "):
        opened(tmp_path / ("x" * 300 + ".csv"), scratch=tmp_path)
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    with pytest.raises(TableError):
        opened(tmp_path / "loop.csv", scratch=tmp_path)


class _Served(BaseHTTPRequestHandler):
    """Serves `content` by path, with the ranges that Polars asks for."""

    content: dict[str, bytes]

    def do_HEAD(self) -> None:
        self.do_GET(body=False)

    def do_GET(self, *, body: bool = True) -> None:
        content = self.content.get(self.path)
        if content is None:
            self.send_error(404)
            return
        size = len(content)
        start, stop = 0, size
        if asked := re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("range") or ""):
            start = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
            stop = min(int(asked[2]) + 1, size) if asked[1] and asked[2] else size
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{size}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(stop - start))
        self.end_headers()
        if body:
            self.wfile.write(content[start:stop])

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Callable[[dict[str, bytes]], str]]:
    servers = []

    def start(content: dict[str, bytes]) -> str:
        handler = type("Handler", (_Served,), {"content": content})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_urls(tmp_path: Path, serve: Callable[[dict[str, bytes]], str]) -> None:
    host = serve(
        {
            "/t.csv": b'\xef\xbb\xbfx;x;"z\n1"\n1;2;"q\nr"\n',
            "/t.parquet": parquet(a=[1]),
            "/t.ndjson": b'{"a":1}\n',
        }
    )
    text = opened(f"{host}/t.csv", scratch=tmp_path)
    assert text.many
    assert text.names == ("x", "x", "z\n1")
    assert scan(text).collect().rows() == [("1", "2", "q\nr")]
    out = io.BytesIO()
    write(scan(text).with_columns(n=pl.lit("v")), text, out, added=["n"])
    assert out.getvalue() == b'\xef\xbb\xbfx;x;"z\n1";n\n1;2;"q\nr";v\n'
    for name in ("t.parquet", "t.ndjson"):
        source = opened(f"{host}/{name}", scratch=tmp_path)
        assert source.many
        assert scan(source).collect().rows() == [(1,)]
    with pytest.raises(TableError, match="its ending does not say"):
        opened(f"{host}/t", scratch=tmp_path)
    with pytest.raises(TableError, match="cannot be read") as caught:
        opened(f"{host}/none.csv", scratch=tmp_path)
    assert "\n" not in caught.value.message


@given(st.lists(st.sampled_from(["a", "a__2", "a__2__2", "", "b"]), max_size=8))
def test_unique_names(names: list[str]) -> None:
    columns = unique(names)
    assert len(set(columns)) == len(columns) == len(names)
    for place, (name, column) in enumerate(zip(names, columns, strict=True)):
        first = name not in names[:place]
        assert (column == name) == first
        assert column.startswith(name)
