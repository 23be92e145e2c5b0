"""Which links lead to a page on a topic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.adapters.site.facts import Topic
from enrich_cli.adapters.site.topics import telling, topic_of

PIECES = st.sampled_from(
    [
        *("contact", "Kontakt", "/", "-", "_", " ", ".html", "about", "us", "o", "nas", "Über uns"),
        *(
            "%C3%BCber",
            "impressum",
            "https://acme.example/",
            "о нас",
            "2",
            "x" * 40,
            "会社概要",
            "en",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=6).map("".join)
LINKS = st.lists(st.tuples(TEXTS.filter(bool), TEXTS.map(str.strip)), max_size=12)


@given(LINKS)
def test_the_quick_look_passes_over_no_link_on_a_topic(links: list[tuple[str, str]]) -> None:
    told = telling([href for href, _ in links], [label for _, label in links])
    assert told == sorted(set(told))
    assert {at for at, (href, label) in enumerate(links) if topic_of(href, label)} <= set(told)


def test_the_quick_look_passes_over_most() -> None:
    hrefs = ["/news/1", "/contact", "/shop/2", "/x", "/impressum.html"]
    labels = ["News", "", "Shop", "About us", "Imprint"]
    assert telling(hrefs, labels) == [1, 3, 4]
    assert topic_of("/x", "About us") is Topic.ABOUT
