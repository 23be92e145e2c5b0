"""Hosts: as the URL standard reads them, and split by the Public Suffix List."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources

import idna
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from enrich_cli.domain.lists import lines
from enrich_cli.tables.normal import host, read, suffixes_dated
from enrich_cli.tables.urls import is_private_suffix, parse_host, registrable

# Written down from the rules of the URL standard (https://url.spec.whatwg.org, host parsing), and
# checked once against another implementation of it. A final dot is dropped here, as in `host`.
STANDARD = {
    "http://acme.example": "acme.example",
    "HTTP://ACME.EXAMPLE/": "acme.example",
    "http://acme.example:80/": "acme.example",
    "https://acme.example:443": "acme.example",
    "https://acme.example:8443/a?b#c": "acme.example",
    "http://acme.example:": "acme.example",
    "http://acme.example:/": "acme.example",
    "http://acme.example?q=1": "acme.example",
    "http://acme.example#top": "acme.example",
    "http://acme.example/?q=http://beta.example": "acme.example",
    "http://acme.example/@beta.example": "acme.example",
    "http://acme.example?@beta.example": "acme.example",
    "http://acme.example#@beta.example": "acme.example",
    "http://acme.example\\beta.example": "acme.example",
    "http:\\\\acme.example\\a": "acme.example",
    "http:/acme.example": "acme.example",
    "http:acme.example": "acme.example",
    "http:///acme.example": "acme.example",
    "http:////acme.example": "acme.example",
    "https:/\\/acme.example": "acme.example",
    "https:\\/acme.example": "acme.example",
    "http://user@acme.example": "acme.example",
    "http://user:@acme.example": "acme.example",
    "http://:pw@acme.example": "acme.example",
    "http://:@acme.example": "acme.example",
    "http://user:pw@acme.example:81/": "acme.example",
    "http://a@b@acme.example": "acme.example",
    "http://a:b:c@acme.example": "acme.example",
    "http://user%40mail:pw@acme.example": "acme.example",
    "http://beta.example:80@acme.example/": "acme.example",
    "http://&a:foo(b]c@acme.example:2/": "acme.example",
    "http://sub.acme.example": "sub.acme.example",
    "http://a.b.c.d.acme.example": "a.b.c.d.acme.example",
    "http://acme.example.": "acme.example",
    "http://acme.example./a": "acme.example",
    "http://acme": "acme",
    "http://acme:8080/": "acme",
    "http://localhost/": "localhost",
    "http://a-b.example": "a-b.example",
    "http://a--b.example": "a--b.example",
    "http://a_b.example": "a_b.example",
    "http://_dmarc.acme.example": "_dmarc.acme.example",
    "http://1a.example": "1a.example",
    "http://a1.example": "a1.example",
    "http://1.example": "1.example",
    "http://acme.123x": "acme.123x",
    "http://acme.x0": "acme.x0",
    "  http://acme.example  ": "acme.example",
    "http://acme.example/a b": "acme.example",
    "http://acme.example/%zz": "acme.example",
    "http://%61cme.example": "acme.example",
    "http://acme%2Eexample": "acme.example",
    "http://acme%2eexample/": "acme.example",
    "http://%41%43%4D%45.example": "acme.example",
    "http://ＡＣＭＥ.example": "acme.example",
    "http://acme．example": "acme.example",
    "http://acme。example": "acme.example",
    "http://acme｡example": "acme.example",
    "http://acme%E3%80%82example": "acme.example",
    "http://%EF%BC%A1cme.example": "acme.example",
    "http://bücher.example": "xn--bcher-kva.example",
    "http://BÜCHER.example": "xn--bcher-kva.example",
    "http://b%C3%BCcher.example": "xn--bcher-kva.example",
    "http://xn--bcher-kva.example": "xn--bcher-kva.example",
    "http://XN--BCHER-KVA.example": "xn--bcher-kva.example",
    "http://faß.example": "xn--fa-hia.example",
    "http://FASS.example": "fass.example",
    "http://ΒΌΛΟΣ.example": "xn--nxasmq6b.example",
    "http://βόλος.example": "xn--nxasmm1c.example",
    "http://日本語.example": "xn--wgv71a119e.example",
    "http://中国。公司": "xn--fiqs8s.xn--55qx5d",
    "http://пример.испытание": "xn--e1afmkfd.xn--80akhbyknj4f",
    "http://مثال.example": "xn--mgbh0fb.example",
    "http://דוגמה.example": "xn--6dbbec0c.example",
    "http://เว็บ.example": "xn--r3cz4e3a.example",
    "http://कंपनी.example": "xn--i1b1b4ch5i.example",
    "http://i❤.example": "xn--i-7iq.example",
    "http://☕.example": "xn--53h.example",
    "http://ac\u00adme.example": "acme.example",
    "http://ac\u200bme.example": "acme.example",
    "http://①②.example": "12.example",
    "http://ﬁrm.example": "firm.example",
    "http://İstanbul.example": "xn--istanbul-o0e.example",
    "http://K.example": "k.example",
    "http://ｗｗｗ2.acme.example": "www2.acme.example",
    "http://127.0.0.1": "127.0.0.1",
    "http://127.0.0.1.": "127.0.0.1",
    "http://127.1": "127.0.0.1",
    "http://127.0.1": "127.0.0.1",
    "http://2130706433": "127.0.0.1",
    "http://0x7f000001": "127.0.0.1",
    "http://0x7F.1": "127.0.0.1",
    "http://0177.0.0.1": "127.0.0.1",
    "http://0177.0.0.0x1": "127.0.0.1",
    "http://010.010.010.010": "8.8.8.8",
    "http://0": "0.0.0.0",
    "http://0x": "0.0.0.0",
    "http://0.0.0.0/": "0.0.0.0",
    "http://255.255.255.255": "255.255.255.255",
    "http://4294967295": "255.255.255.255",
    "http://0xffffffff": "255.255.255.255",
    "http://192.168.257": "192.168.1.1",
    "http://192.168.0.1:8080/x": "192.168.0.1",
    "http://user@10.0.0.1/": "10.0.0.1",
    "http://１２７.0.0.1": "127.0.0.1",
    "http://%30%78%37%66.1": "127.0.0.1",
    "http://[::1]": "[::1]",
    "http://[::1]:8080/": "[::1]",
    "http://[::]": "[::]",
    "http://[0:0:0:0:0:0:0:1]": "[::1]",
    "http://[2001:DB8::A]": "[2001:db8::a]",
    "http://[2001:db8:0:0:1:0:0:1]": "[2001:db8::1:0:0:1]",
    "http://[1:2:3:4:5:6:7:8]": "[1:2:3:4:5:6:7:8]",
    "http://[1:0::]": "[1::]",
    "http://[::127.0.0.1]": "[::7f00:1]",
    "http://[::ffff:1.2.3.4]": "[::ffff:102:304]",
    "http://user@[::1]/": "[::1]",
    "ht\ntp://acme.example": "acme.example",
    "http://ac\tme.exam\nple/": "acme.example",
    "http://acme.example\t": "acme.example",
}
REFUSED = (
    "http://256.256.256.256",
    "http://1.2.3.4.5",
    "http://1.2.3.08",
    "http://0x100000000",
    "http://4294967296",
    "http://1.2.3.256",
    "http://192.168.65536",
    "http://acme.09",
    "http://acme.0x4",
    "http://a.1",
    "http://[]",
    "http://[:]",
    "http://[::1",
    "http://[::g]",
    "http://[1:2:3]",
    "http://[1:2:3:4:5:6:7:8:9]",
    "http://[::1.2.3]",
    "http://[::1%eth0]",
    "http://ac me.example",
    "http://ac%20me.example",
    "http://ac%00me.example",
    "http://ac%23me.example",
    "http://ac%2Fme.example",
    "http://ac%3Ame.example",
    "http://ac%40me.example",
    "http://ac%25me.example",
    "http://ac<me.example",
    "http://ac>me.example",
    "http://ac[me.example",
    "http://ac^me.example",
    "http://ac|me.example",
    "http://ac%7Cme.example",
    "http://ac%zzme.example",
    "http://acme.example:x/",
    "http://acme.example:80x/",
    "http://%ff.example",
    "http://%C0%AE.example",
    "http://xn--a-ä.example",
    "http://\ufffd.example",
    "http://a\u200db.example",
    "http://\u0308a.example",
    "http://",
    "https://",
    "http://user@",
    "http://user:pw@/a",
    "http://:80",
    "http://@",
    "http://?q",
    "http://#",
    "http:///",
    "http://xn--a.example",
    "http://xn--zzzzzz-.example",
)
# Typing errors that the standard takes for other hosts or for none, and what is meant by them.
MENDED = {
    "https://htp://www.acme.example": "acme.example",
    "https://https://acme.example": "acme.example",
    "http://http//acme.example": "acme.example",
    "http//acme.example": "acme.example",
    "http//:acme.example": "acme.example",
    "https//acme.example/a": "acme.example",
    "htp://acme.example": "acme.example",
    "htpps://acme.example": "acme.example",
    "hhttp://acme.example": "acme.example",
    "http;//acme.example": "acme.example",
    "http.//acme.example": "acme.example",
    "://acme.example": "acme.example",
    "//acme.example/a": "acme.example",
    "\\\\acme.example": "acme.example",
    "http:// acme.example": "acme.example",
    "https: //acme.example": "acme.example",
    "ftp://ftp.acme.example/pub": "ftp.acme.example",
    "Website: https://acme.example": "acme.example",
    "URL:acme.example": "acme.example",
    "acme.example": "acme.example",
    "ACME.example.": "acme.example",
    "acme.example:8080/a": "acme.example",
    "acme.example/a?b": "acme.example",
    "user:pw@acme.example": "acme.example",
    "jane@acme.example": "acme.example",
    "bücher.example": "xn--bcher-kva.example",
    "食狮。公司。cn": "xn--85x722f.xn--55qx5d.cn",
    '"acme.example"': "acme.example",
    "<https://acme.example>": "acme.example",
    "acme.example,": "acme.example",
    "127.0.0.1:80": "127.0.0.1",
    "[::1]:80": "[::1]",
    "localhost:8080": "localhost",
}
WITHOUT_WWW = {
    "www.acme.example": "acme.example",
    "WWW.www.acme.example": "acme.example",
    "http://www.sub.acme.example": "sub.acme.example",
    "www2.acme.example": "www2.acme.example",
    "wwwacme.example": "wwwacme.example",
    "sub.www.acme.example": "sub.www.acme.example",
    "www.com": "www.com",
    "www.www.com": "www.com",
    "http://www.de/": "www.de",
    "www.ck": "www.ck",
    "http://www": "www",
}
NO_HOST = ("Acme Inc", "acme", "St. Louis", "n/a", "", "-", "12.5", "a.b", "v1.2", "e.g.", "@acme")


def hosts(cells: list[str]) -> list[str | None]:
    return _applied(host, cells)


def domains(names: list[str]) -> list[str | None]:
    return _applied(registrable, names)


def _applied(function: Callable[[pl.Expr], pl.Expr], cells: list[str]) -> list[str | None]:
    frame = pl.DataFrame({"cell": cells}, schema={"cell": pl.String})
    return frame.select(function(pl.col("cell")).alias("result"))["result"].to_list()


def test_is_the_host_of_the_url_standard() -> None:
    assert dict(zip(STANDARD, hosts(list(STANDARD)), strict=True)) == STANDARD


def test_is_none_where_the_url_standard_refuses() -> None:
    assert dict(zip(REFUSED, hosts(list(REFUSED)), strict=True)) == dict.fromkeys(REFUSED)


@pytest.mark.parametrize("table", [MENDED, WITHOUT_WWW], ids=["typing errors", "www"])
def test_mends_what_people_write(table: dict[str, str]) -> None:
    assert dict(zip(table, hosts(list(table)), strict=True)) == table


def test_plain_text_has_no_host() -> None:
    assert hosts(list(NO_HOST)) == [None] * len(NO_HOST)


LABELS = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True).filter(lambda label: label != "www")
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "example"]))


@settings(max_examples=80, deadline=None)
@given(
    name=NAMES,
    scheme=st.sampled_from(["", "http://", "HTTPS://", "//", "http:/", "https:\\\\", "htp://"]),
    user=st.sampled_from(["", "user@", "user:pw@"]),
    www=st.sampled_from(["", "www.", "WWW."]),
    port=st.sampled_from(["", ":80", ":8443", ":"]),
    tail=st.sampled_from(["", "/", "/a/b", "?q=1", "#top", "/a?b=c.test#d", "\\a", "/@b.test"]),
    edges=st.sampled_from(["", " ", "\u00a0", "\u200b", "\ufeff", "\t", "\r\n"]),
    upper=st.booleans(),
)
def test_is_independent_of_everything_around_the_name(
    name: str, scheme: str, user: str, www: str, port: str, tail: str, edges: str, upper: bool
) -> None:
    shown = name.upper() if upper else name
    assert hosts([f"{edges}{scheme}{user}{www}{shown}{port}{tail}{edges}"]) == [name]


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"[a-z0-9.\-%xn\u00e9\u05d0\u200d\[\]:_+]{0,30}"))
@example("xn--")
@example("xn--999999999999")
@example("-1.0x-7")
@example("1_0.0_1")
@example("xn--\u05d0\u200d")
@example("9" * 5000)
@example("xn--" + "a9" * 400)
def test_no_host_stops_the_parser(text: str) -> None:
    parsed = parse_host(text)
    assert parsed is None or parse_host(parsed) == parsed


def test_unicode_and_punycode_are_one_host() -> None:
    names = ["bücher.example", "日本語.example", "пример.example", "i❤.example", "faß.example"]
    once = hosts(names)
    assert hosts([f"https://{name}" for name in once if name]) == once
    assert all(name and name.isascii() for name in once)


# The Public Suffix List's own vectors (public domain), as the package publicsuffixlist ships them.
VECTORS = [
    (name, expected.strip("'") if expected != "null" else None)
    for name, expected in re.findall(
        r"^checkPublicSuffix\('([^']+)', (null|'[^']+')\);",
        (resources.files("publicsuffixlist") / "test_psl.txt").read_text("utf-8"),
        re.MULTILINE,
    )
]


def test_vectors_were_found() -> None:
    assert len(VECTORS) > 60


def test_domain_is_the_one_of_the_public_suffix_vectors() -> None:
    frame = pl.DataFrame({"cell": [f"http://{name}" for name, _ in VECTORS]})
    found = read(frame["cell"])["domain"].to_list()
    expected = {name: domain and idna.encode(domain).decode() for name, domain in VECTORS}
    assert dict(zip(expected, found, strict=True)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("acme.github.io", "acme.github.io"),
        ("docs.acme.github.io", "acme.github.io"),
        ("github.io", None),
        ("www.github.io", None),
        ("shop.myshopify.com", "shop.myshopify.com"),
        ("myshopify.com", None),
        ("acme.example", "acme.example"),
        ("www.acme.example", "acme.example"),
        ("a.b.acme.test", "acme.test"),
        ("example", None),
        ("test", None),
        ("example.com", "example.com"),
        ("acme.invalid", None),
        ("acme.localhost", None),
        ("co.uk", None),
        ("www.co.uk", None),
        ("acme.co.uk", "acme.co.uk"),
        ("acme.nosuchsuffix", None),
        ("carrd.co", "carrd.co"),
        ("www.carrd.co", "carrd.co"),
        ("acme.carrd.co", "acme.carrd.co"),
        ("127.0.0.1", None),
    ],
)
def test_private_reserved_and_unknown_suffixes(name: str, expected: str | None) -> None:
    assert domains([name]) == [expected]


def test_every_operator_is_a_private_suffix() -> None:
    frame = pl.DataFrame({"host": list(lines("operators"))})
    assert frame.select(is_private_suffix(pl.col("host")))["host"].all()
    assert domains([f"acme.{name}" for name in frame["host"]]) == [
        f"acme.{name}" for name in frame["host"]
    ]


def test_the_suffix_list_is_dated() -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", suffixes_dated())
