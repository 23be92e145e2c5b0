"""Languages: declared, or known by letters and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.adapters.site.languages import of_text, tag_of
from tests.adapters.site.page_kit import FILLER, values


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("We make the chairs that you sit on, and our workshop is open for you from nine.", "en"),
        ("Wir bauen Stühle, auf denen Sie sitzen, und unsere Werkstatt ist für Sie auf.", "de"),
        (
            "Nous faisons les chaises et les tables pour vous, dans notre atelier, avec du bois.",
            "fr",
        ),
        ("Hacemos las sillas y los muebles para usted, con madera del monte y una sonrisa.", "es"),
        (
            "Facciamo sedie e tavoli di legno per la casa, con una cura che gli altri non hanno.",
            "it",
        ),
        ("Wij maken het meubel van uw keuze, en ons atelier is niet ver van het station.", "nl"),
        ("Fazemos as cadeiras da sua casa com a madeira dos nossos montes, e não de fora.", "pt"),
        (
            "Robimy krzesła i stoły dla domu, a nasze warsztaty są w lesie, nie w mieście, na wsi.",
            "pl",
        ),
        (
            "Vi bygger stolar och bord som håller, och vår verkstad är öppen för dig på fredagar.",
            "sv",
        ),
        ("Мы делаем стулья и столы, которые вы не выбросите.", "ru"),
        ("Ми робимо стільці та столи, їх не викинеш.", "uk"),
        ("Мы делаем столы, вы их не выбросите. Адрес: Киев, вул. Січових", "ru"),
        ("椅子と机を作っています。", "ja"),
        ("我们制作椅子和桌子。", "zh"),
        ("우리는 의자와 책상을 만듭니다.", "ko"),
        ("Φτιάχνουμε καρέκλες και τραπέζια.", "el"),
        ("chairs tables", None),
        ("", None),
        ("12 34 56", None),
    ],
)
def test_texts(text: str, tag: str | None) -> None:
    assert of_text(text) == tag


@pytest.mark.parametrize(
    ("raw", "tag"),
    [("de", "de"), ("de_ch", "de-CH"), ("ZH-hant-tw", "zh-Hant-TW"), ("english", None), ("", None)],
)
def test_tags(raw: str, tag: str | None) -> None:
    assert tag_of(raw) == tag


@pytest.mark.parametrize(
    ("html", "tag"),
    [
        ("<html lang=fr>", "fr"),
        ("<html xml:lang=nl>", "nl"),
        ("<meta property=og:locale content=pt_BR>", "pt-BR"),
        ("<meta http-equiv=content-language content=it>", "it"),
        ("<link rel=alternate hreflang=de href=/><link rel=alternate hreflang=fr href=/f>", "de"),
        ("<link rel=alternate hreflang=x-default href=/>", "en"),
        ("", "en"),
    ],
)  # fmt: skip
def test_declarations_come_before_the_text(html: str, tag: str) -> None:
    assert values(html + FILLER, "acme.example")["language"] == tag


@given(st.text(max_size=400))
def test_no_text_makes_it_raise(text: str) -> None:
    found = of_text(text)
    assert found is None or tag_of(found) == found
