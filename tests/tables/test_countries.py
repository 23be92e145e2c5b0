"""Countries: one list, and the same answer for one text and for a column."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from enrich_cli.domain.countries import country_code, country_names
from enrich_cli.domain.folding import folded
from enrich_cli.domain.lists import lines
from enrich_cli.tables.countries import country
from enrich_cli.tables.text import folded as folded_column
from enrich_cli.tables.text import tidy

NAMES = list(country_names())


def of_column(texts: list[str]) -> list[str | None]:
    return pl.DataFrame({"raw": texts}).select(country(pl.col("raw"))).to_series().to_list()


def test_every_country_has_two_codes_and_a_name_of_its_own() -> None:
    rows = [line.split(maxsplit=2) for line in lines("countries")]
    assert len(rows) == 250  # ISO 3166-1 has 249; Kosovo is the other
    for column in (0, 1):
        assert len({row[column] for row in rows}) == len(rows)


@pytest.mark.parametrize(
    "change",
    [str, str.upper, str.lower, lambda name: f"  {name}. "],
    ids=["as written", "upper", "lower", "dressed up"],
)
def test_one_text_and_a_column_know_every_name(change: Callable[[str], str]) -> None:
    changed = [change(name) for name in NAMES]
    assert [country_code(name) for name in changed] == list(country_names().values())
    assert of_column(changed) == list(country_names().values())


@given(st.lists(st.sampled_from(NAMES) | st.text(max_size=12), min_size=1, max_size=20))
@example(["KIBRIS", "\u200bFrance", "Ｆrance", "Cote d'Ivoire", "the", "U S A", ""])
def test_one_text_and_a_column_agree(texts: list[str]) -> None:
    assert of_column(texts) == [country_code(text) for text in texts]


@given(
    st.text(st.characters(max_codepoint=0x2FFF, exclude_categories=["Cc", "Cn", "Cs"]), max_size=8)
)
def test_folding_is_the_rule_of_the_tables(text: str) -> None:
    frame = pl.DataFrame({"raw": [text]})
    assert frame.select(folded_column(tidy(pl.col("raw")))).item() == folded(text)
