"""Tables behind `http://` and `s3://`, and in many files, through the real command."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import polars as pl
import pytest

from tests.cli.shell import acme_in, enrich, spec, vendor

RUN = "--columns company_name --providers acme --provider-dir own --budget 10 --quiet"
FRAME = pl.DataFrame({"id": ["01", "02"], "site": ["acme.example", None], "n": [[1, 2], None]})
TEXT = b'id;site\n"01";acme.example\n02;""\n'


@contextmanager
def shelf(files: dict[str, bytes]) -> Iterator[str]:
    """A server of files by the last part of their path, in ranges, as object stores have them."""

    class Shelf(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            content = files.get(urlsplit(self.path).path.rsplit("/", 1)[-1])
            if content is None:
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            end = len(content)
            first, _, last = self.headers.get("Range", "bytes=0-")[6:].partition("-")
            begin = int(first) if first else max(0, end - int(last))
            stop = min(end, int(last) + 1) if first and last else end
            self.send_response(206 if "Range" in self.headers else 200)
            self.send_header("Content-Range", f"bytes {begin}-{stop - 1}/{end}")
            self.send_header("Content-Length", str(stop - begin))
            self.send_header("ETag", '"one"')
            self.send_header("Last-Modified", "Tue, 24 Nov 2026 10:00:00 GMT")
            self.end_headers()
            if with_body:
                self.wfile.write(content[begin:stop])

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.long
@pytest.mark.parametrize("place", ["@/", "s3://bucket/some/"])
def test_tables_behind_a_url(folder: Path, sandbox: httpx.Client, place: str) -> None:
    acme_in(folder, spec(vendor(sandbox), ', price = "0.05"'))
    parquet = io.BytesIO()
    FRAME.write_parquet(parquet)
    with shelf({"t.csv": TEXT, "t.parquet": parquet.getvalue()}) as url:
        environ = {
            "AWS_ACCESS_KEY_ID": "of-the-test",
            "AWS_SECRET_ACCESS_KEY": "of-the-test",
            "AWS_REGION": "eu-central-1",
            "AWS_ENDPOINT_URL": url,
            "AWS_ALLOW_HTTP": "true",
        }
        at = place.replace("@", url)
        text = enrich(f"enrich run {at}t.csv -o out.csv {RUN}", folder, environ=environ)
        typed = enrich(f"enrich run {at}t.parquet -o out.parquet {RUN}", folder, environ=environ)
        beside = enrich(f"enrich run {at}t.csv {RUN}", folder, environ=environ)
        missing = enrich(f"enrich run {at}none.csv -o no.csv {RUN}", folder, environ=environ)
    assert (text.returncode, text.stderr) == (0, "")
    header, first, second = (folder / "out.csv").read_text("utf-8").splitlines()
    assert (header, first[:16], second[:6]) == (
        "id;site;company_name",
        "01;acme.example;",
        '02;"";',
    )
    assert (typed.returncode, typed.stderr) == (0, "")
    after = pl.read_parquet(folder / "out.parquet")
    assert after.drop("company_name").equals(FRAME)
    for done, words in ((beside, "give -o OUT"), (missing, "none.csv cannot be read")):
        told = [line for line in done.stderr.splitlines() if line.startswith("enrich: ")]
        assert done.returncode == 2
        assert len(told) == 1
        assert words in done.stderr
    assert "credentials" in missing.stderr
    assert not (folder / "no.csv").exists()


def test_a_partitioned_folder_is_read_by_a_pattern(folder: Path, sandbox: httpx.Client) -> None:
    acme_in(folder, spec(vendor(sandbox), ', price = "0.05"'))
    for year in ("2025", "2026"):
        (folder / "many" / f"year={year}").mkdir(parents=True)
        text = f"site,year\nacme.example,{year}\n"
        (folder / "many" / f"year={year}" / "part 0.csv").write_text(text, "utf-8")
    refused = enrich(f"enrich run many -o out.csv {RUN}", folder)
    assert refused.returncode == 2
    assert "many/**/*.csv" in refused.stderr
    done = enrich(f"enrich run 'many/**/*.csv' -o out.csv {RUN}", folder)
    assert (done.returncode, done.stderr) == (0, "")
    rows = (folder / "out.csv").read_text("utf-8").splitlines()
    assert [row.split(",")[:2] for row in rows] == [
        ["site", "year"],
        ["acme.example", "2025"],
        ["acme.example", "2026"],
    ]
