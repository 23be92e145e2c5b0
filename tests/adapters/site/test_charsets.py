"""Bytes to text."""

from __future__ import annotations

import pytest

from enrich_cli.adapters.site.charsets import decode, utf8


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("é".encode(), "", "é"),
        ("é".encode("latin-1"), "text/html; charset=ISO-8859-1", "é"),
        ("€".encode("cp1252"), 'text/html; charset="latin1"', "€"),
        (b"\xef\xbb\xbf" + "é".encode(), "text/html; charset=iso-8859-1", "é"),
        ("é".encode("utf-16"), "", "é"),
        (b"\xc3\xa9", "text/html; charset=utf-8", "é"),
        ("é".encode(), "text/html; charset=no-such-thing", "é"),
        ("é".encode(), "text/html; charset=unicode_escape", "é"),
        (b"\\u00e9", "text/html; charset=punycode", "\\u00e9"),
        ("été à la forgerie".encode("cp1252"), "", "\ufffdt\ufffd \ufffd la forgerie"),
        ("élève à l'école, été à".encode("cp1252"), "", "élève à l'école, été à"),
        ("東京".encode("euc-jp"), "text/html;charset=EUC-JP", "東京"),
        ("中文".encode("gbk"), "text/html; charset=gb2312", "中文"),
        ("Привет".encode("cp1251"), "text/html; charset=windows-1251", "Привет"),
        ("é€".encode()[:-1], "", "é\ufffd"),
        ("été à l'école, là".encode(), "text/html; charset=iso-8859-1", "été à l'école, là"),
        ("Ã©".encode("latin-1"), "text/html; charset=iso-8859-1", "Ã©"),  # too little to know
        ("Привет".encode(), "text/html; charset=windows-1251", "Привет"),
    ],
)
def test_charsets(body: bytes, content_type: str, text: str) -> None:
    assert decode(body, content_type) == text
    assert utf8(body, content_type).decode() == text


def test_what_is_utf8_is_not_copied() -> None:
    for body in (b"plain", "déjà vu à l'été".encode()):
        assert utf8(body, "text/html; charset=utf-8") is body
    turned = "日本".encode("iso2022_jp")
    assert turned.isascii()
    assert utf8(turned, "text/html; charset=iso-2022-jp").decode() == "日本"


def test_a_charset_may_be_declared_in_the_page() -> None:
    assert "Привет" in decode(b"<meta charset=windows-1251>" + "Привет".encode("cp1251"))
    old = b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">'
    assert "Привет" in decode(old + "Привет".encode("koi8-r"))
