"""Pages made to hurt: any bytes are read, in a bounded time."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.adapters.site.bounds import MAX_BYTES
from enrich_cli.adapters.site.facts import Fact, Topic
from enrich_cli.adapters.site.merging import best
from enrich_cli.adapters.site.page import read
from enrich_cli.domain.entity import CATALOGUE, FieldType
from tests.adapters.site.page_kit import ld, values

BOMBS = {
    "nested": "<div>" * 400_000,
    "nested lists": "<ul><li>" * 250_000,
    "formatting": "".join(f"<font a={i}><p>" for i in range(100_000)),
    "formatting, mixed case": "".join(f"<FoNt\fa={i}><p>" for i in range(100_000)),
    "adoption": "".join(f"<b x={i}>" for i in range(50_000)) + "<div>" * 99_000 + "</b>" * 99_000,
    "bodies": "".join(f"<body {' '.join(f'b{i}x{j}=1' for j in range(30))}>" for i in range(6_000)),
    "anchors": "".join(f"<a href=/contact/{i}>contact" for i in range(70_000)),
    "nested anchors": "<a href=/about><object>x" * 70_000,
    "profiles": "".join(f"<a href=//x.com/u{i}{i}>u</a>" for i in range(70_000)),
    "items": '<div itemscope itemtype="https://schema.org/Organization" itemprop=a>' * 20_000,
    "organizations": ld([{"@type": "Organization", "name": f"N{i}"} for i in range(20_000)]),
    "deep JSON": '<script type="application/ld+json">' + "[" * 200_000 + "</script>",
    "open strings": '<script type="application/ld+json">{' + '"\\' * 150_000 + "</script>",
    "open comments": '<script type="application/ld+json">{' + "/*" * 150_000 + "</script>",
    "blanks": '<script type="application/ld+json">{-->' + " " * 250_000 + ",</script>",
    "commas": '<script type="application/ld+json">{' + ", " * 150_000 + "</script>",
    "at signs": "<p>" + "@" * 500_000,
    "mailboxes": "<p>" + "a" * 64 + ("@" + "a.a" * 20) * 9_000,
    "spelled": "<p>" + "[at] " * 100_000,
    "legal": "<p>" + "A AG<br>" * 60_000 + "Aa " * 9_000 + "AG",
    "titles": "<title>" + "a | " * 100_000 + "</title>",
    "entities": "&CounterClockwiseContourIntegral;" * 60_000,
    "comment": "<!--" * 400_000,
    "numbers": "<p>" + "1 2 3 45 " * 200_000,
    "years": "<p>" + "1999 " * 200_000,
    "numbers in groups": "<p>" + "1,234" * 200_000,
    "numbers with a plus": "<p>" + "+1 (2) 3 " * 200_000,
    "telephone": "<p>" + "tel " * 300_000,
    "addresses": "<address>" + "A1 Street 1, 12345 City, " * 80_000,
    "postal codes": "<p>" + "12345 City<br>" * 100_000,
    "copyright": "<p>" + "© 2020 " * 200_000,
    "cards": '<div class="vcard"><a class=tel>1</a>' * 20_000,
    "RDFa": '<div typeof="Organization" property="a">' * 20_000,
    "RDFa, flat": '<div typeof="Organization">' + "<b property=name>x</b>" * 20_000,
    "mended JSON": '<script type="application/ld+json">' + '{"a":"b" "c" ' * 50_000,
    "quotes in JSON": '<script type="application/ld+json">{' + '" x' * 100_000,
    "single quotes in JSON": '<script type="application/ld+json">{' + "'a" * 150_000,
    "references in JSON": ld(
        {"@graph": [{"@id": f"#{i}", "logo": {"@id": f"#{i + 1}"}} for i in range(6_000)]}
    ),
    "one long name": ld([{"@type": "Organization", "name": "x" * 1_900_000}]),
    "shifted mailboxes": "".join(
        f"<a href=\"javascript:linkTo_UnCryptMailto('{'m' * 190}{i}')\">x</a>" for i in range(9_000)
    ),
    "forms": "<p>" + ("GmbH " * 70 + "<br>") * 5_000,
    "forms that join": "<p>" + "株式会社" * 200_000,
    "names without an end": "<p>" + "ああああ・・・" * 50_000 + "有限会社",
    "tax numbers": "<footer>" + "VAT AT " * 200_000,
    "blanks after tax": "<footer>VAT" + " " * 1_000_000 + "AT",
    "frames": "<frameset>" + "<frame src=x>" * 9_000,
    "translations": "".join(
        f"<link rel=alternate hreflang=x{i} href=/{i}>" for i in range(9_000)
    ),
    "staff": "<p>" + "12 aa bb " * 100_000,
    "pictures": "<img class=logo alt='x'>" * 9_000,
    "parked": "".join(f"<a href=//{'a.' * 100}{i}>a" for i in range(8_000)),
}  # fmt: skip


@pytest.mark.parametrize("html", BOMBS.values(), ids=BOMBS)
def test_pages_made_to_hurt_are_read_all_the_same(html: str) -> None:
    """Unbounded, several of these take minutes and gigabytes; here they just pass."""
    page = read(html.encode()[:MAX_BYTES], "https://acme.example/", "acme.example")
    assert len(page.facts) < 100


def test_of_a_very_long_page_head_and_foot_are_read() -> None:
    middle = "<p>text and <b>more</b> text</p>" * 60_000
    html = f"<title>Acme</title>{middle}<footer>info@acme.example © Acme Ltd</footer>"
    assert values(html, "acme.example") == {
        "company_name": "Acme",
        "legal_name": "Acme Ltd",
        "company_email": "info@acme.example",
        "language": "en",
    }


UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
PIECES = st.sampled_from(
    [
        *(
            "<script type='application/ld+json'>",
            "</script>",
            '{"@type":"Organization",',
            '"name":',
        ),
        *('"Acme"', "}", "]", "[", ",", '"address":{', '"sameAs":[', '"http://[::1"', "<title>"),
        *(
            "</title>",
            "<meta property=og:site_name content=",
            "<a href=",
            "'mailto:a@acme.example'>",
        ),
        *("'//x.com/acme'>", "'http://[bad'>", "<div itemscope itemtype=", "'schema.org/Store'>"),
        *("<span itemprop=name>", "<meta http-equiv=refresh content='0;url=", "[at]", "@", "tel:"),
        *("<base href='http://['>", "<svg><title>", "<template>", "<!--", "\0", "\ud7ff", "é"),
        *(
            "<a href=' '>",
            "<noscript>",
            "</noscript>",
            "<a href=/contact>x</a>",
            "<svg><a xlink:href=/contact>x</a></svg>",
            "<html lang=",
            "<img class=logo src=",
            "<link rel=icon href=",
            "&#x110000;",
            "&#0;",
            "<div typeof=Organization>",
            "<span property=schema:name>",
            "<div class=vcard><b class=org>",
            "<i class=tel>",
            "<address>",
            "Main Street 1, 12345 City",
            "\nLondon SW1A 1AA\n",
            "founded in 1999",
            "120 employees",
            "Tel: +1 555 010 0100",
            "© 2026 Acme Ltd",
            "VAT DE123456789",
            "株式会社",
            "<frameset><frame src=",
            "<script>location.href='",
            "{'a': \"b\"",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=30).map("".join), st.text(max_size=30)
)
def test_no_page_makes_it_raise(html: str, content_type: str) -> None:
    page = read(
        html.encode("utf-8", "surrogatepass"), "https://acme.example/", "acme.example", content_type
    )
    for name, value in best(page.facts).items():
        assert CATALOGUE[name]
        assert 0 < (value.confidence or 0) <= 1
        if CATALOGUE[name].type is FieldType.INTEGER:
            assert isinstance(value.content, int)
        elif CATALOGUE[name].type is FieldType.LIST:
            assert isinstance(value.content, tuple)
        else:
            assert isinstance(value.content, str)
            assert value.content == value.content.strip() != ""
            assert not UNSEEN.search(value.content)
    kept = msgspec.json.encode(page.facts)
    assert msgspec.json.decode(kept, type=tuple[Fact, ...]) == page.facts


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    page = read(body, "https://acme.example/", "acme.example")
    assert read(body, "https://acme.example/", "acme.example") == page


def test_a_link_of_a_drawing_without_an_address_of_its_own_is_none() -> None:
    html = "<svg><a xlink:href=/contact>Contact</a></svg><a href=/about>About us</a>"
    page = read(html.encode(), "https://acme.example/", "acme.example")
    assert page.links == ((Topic.ABOUT, "https://acme.example/about"),)


CORPUS = sorted(Path(__file__).with_name("corpus").glob("*.html"))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_to_a_page_makes_it_raise(data: st.DataObject) -> None:
    """Pages cut, doubled, and with bytes of others in their midst."""
    body = data.draw(st.sampled_from(CORPUS)).read_bytes()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(len(body), start + 400)))
        put = data.draw(
            st.one_of(st.just(b""), st.binary(max_size=6), st.just(body[start:end] * 2))
        )
        body = body[:start] + put + body[end:]
    page = read(body, "https://acme.example/impressum", "acme.example")
    assert {fact.field for fact in page.facts} <= set(CATALOGUE)
    best(page.facts)
