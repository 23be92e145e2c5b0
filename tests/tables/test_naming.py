"""Whom one text names, in every spelling."""

from __future__ import annotations

import polars as pl
import pytest

from enrich_cli.domain.entity import EntityType
from enrich_cli.tables.identify import identify
from enrich_cli.tables.naming import named
from enrich_cli.tables.recognise import recognise


@pytest.mark.parametrize(
    ("text", "entity", "canonical"),
    [
        ("https://www.Acme.example/about?x=1", EntityType.COMPANY, "acme.example"),
        ("acme.example", EntityType.COMPANY, "acme.example"),
        ("linkedin.com/company/Acme/", EntityType.COMPANY, "linkedin.com/company/acme"),
        (" mailto:Mara@Acme.example", EntityType.PERSON, "mara@acme.example"),
        (
            "https://ch.linkedin.com/in/Mara-Rivera",
            EntityType.PERSON,
            "linkedin.com/in/mara-rivera",
        ),
        ("Mara  Rivera|www.acme.example", EntityType.PERSON, "mara rivera|acme.example"),
        ("Acme AG|Switzerland", EntityType.COMPANY, "acme|CH"),
    ],
)
def test_spellings(text: str, entity: EntityType, canonical: str) -> None:
    (one,) = named(text)
    assert (one.type, one.canonical) == (entity, canonical)


@pytest.mark.parametrize("text", ["", "n/a", "Mara Rivera", "|", "Acme|Nowhereland"])
def test_nobody(text: str) -> None:
    assert named(text) == ()


def test_it_is_the_key_that_a_table_gives() -> None:
    table = {
        "Full name": ["Mara Rivera", "Jo Li", "Ada Kay"],
        "Website": ["https://acme.example", "bolt.example", "kite.example"],
    }
    frame = pl.LazyFrame(table)
    found = identify(frame, recognise(frame, list(table)), {})
    people = found.entities[EntityType.PERSON]
    assert people["key"][0] == named("Mara Rivera|acme.example")[0].key
    companies = found.entities[EntityType.COMPANY]
    assert companies["key"][1] == named("HTTP://BOLT.example/x")[0].key
