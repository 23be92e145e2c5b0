"""Which of a page's summaries describes the company."""

from __future__ import annotations

import pytest

from tests.adapters.site.page_kit import FILLER, values

LONG = "Acme plans, builds and mends cranes for harbours, and lends them by the hour."
CUT = "Acme plans, builds and mends cranes for..."


@pytest.mark.parametrize(
    ("search", "card", "found"),
    [
        (LONG, "Cranes for all", LONG),
        (CUT, LONG, LONG),
        (CUT.replace("...", " …"), LONG, LONG),
        (CUT, "Something else is said here, and at greater length than that", CUT),
        (CUT, "", CUT),
        ("We lift what you need.", LONG, LONG),
        ("We lift what you need.", "We lift what you do not need.", "We lift what you need."),
        ("cranes, harbour, lifting, hire, boats, acme, repair", LONG, LONG),
        ("cranes . harbour . lifting . hire . boats . acme", LONG, LONG),
        ("Cranes, boats, and all that lifts them, built by us, for you, today", "", None),
        (LONG, "cranes, harbour, lifting, hire, boats, acme, repair " * 3, LONG),
        ("Shop powered by PrestaShop", LONG, LONG),
        ("Shop powered by PrestaShop", "", ""),
        ("Joomla! - the dynamic portal engine and more", LONG, LONG),
        ("<p>Acme lifts <b>all</b> that floats.</p>", "", "Acme lifts all that floats."),
        ("Acme &amp;amp; Sons lift what floats, and what does not.", "",
         "Acme & Sons lift what floats, and what does not."),
    ],
)  # fmt: skip
def test_the_summary_that_says_most(search: str, card: str, found: str | None) -> None:
    head = f'<meta name="description" content="{search}">'
    head += f'<meta property="og:description" content="{card}">'
    said = values(f"<head>{head}</head>{FILLER}", "acme.example").get("description", "")
    assert said == (search if found is None else found)


def test_the_language_stands_when_comments_hold_other_roots() -> None:
    old = "".join(
        f'<!--[if IE {n}]><html class="ie{n}" lang="pt"><![endif]-->' for n in range(5, 10)
    )
    html = f'<!doctype html>{old}<html lang="pt"><body>' + "<b>x</b><i>y</i>" * 1_000 + FILLER
    assert values(html, "acme.example")["language"] == "pt"
