"""Who is on the list of those not to be asked about, however they are listed."""

from __future__ import annotations

import hashlib

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrich_cli.domain.entity import Entity, EntityType, IdKind, entity_key
from enrich_cli.domain.errors import ConfigError
from enrich_cli.domain.suppression import NOBODY_SUPPRESSED
from enrich_cli.tables.identify import identify, to_entities
from enrich_cli.tables.recognise import survey
from enrich_cli.tables.suppressing import suppression, suspects

MARA = Entity(
    entity_key(EntityType.PERSON, "linkedin.com/in/mara"),
    EntityType.PERSON,
    (
        (IdKind.LINKEDIN, "linkedin.com/in/mara"),
        (IdKind.EMAIL, "mara@mail.acme.example"),
        (IdKind.NAME, "Mara  Rivéra"),
        (IdKind.DOMAIN, "acme.example"),
    ),
    1,
)
ACME = Entity(
    entity_key(EntityType.COMPANY, "acme.example"),
    EntityType.COMPANY,
    ((IdKind.DOMAIN, "acme.example"), (IdKind.LINKEDIN, "linkedin.com/company/acme")),
    1,
)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("entry", "mara", "acme"),
    [
        ("mailto:Mara@MAIL.acme.example", True, False),
        ("https://de.linkedin.com/in/Mara/", True, False),
        ("mara rivera|www.acme.example", True, False),
        (MARA.key, True, False),
        (f"sha256:{sha('mara@mail.acme.example')}", True, False),
        (sha("linkedin.com/in/mara").upper(), True, False),
        ("https://www.acme.example/", True, True),
        (sha("acme.example"), True, True),
        ("linkedin.com/company/acme", False, True),
        ("mara@acme.example", False, False),
        ("cme.example", False, False),
        ("mara rivera|bolt.example", False, False),
        ("gmail.com", False, False),
    ],
)
def test_whom_an_entry_covers(entry: str, mara: bool, acme: bool) -> None:
    barred = suppression({entry: "here"})
    assert (barred.covers(MARA), barred.covers(ACME)) == (mara, acme)


@pytest.mark.parametrize("entry", ["Mara Rivera", "n/a", "|", "sha256:12", "a@b@c"])
def test_an_entry_that_names_nobody_is_told_with_its_place(entry: str) -> None:
    with pytest.raises(ConfigError) as told:
        suppression({"acme.example": "never.txt, line 1", entry: "never.txt, line 2"})
    assert told.value.message == f"never.txt, line 2: {entry!r} names nobody"


def test_who_is_far_from_the_list_is_no_suspect() -> None:
    table = pl.LazyFrame({"website": ["acme.example", "bolt.example", ""]})
    found = identify(table, survey(table, ["website"]).uses, {})
    companies = found.entities[EntityType.COMPANY]
    barred = suppression({"bolt.example": "here", "jo@kite.example": "here"})
    assert suspects(companies, barred).to_list() == [False, True]
    assert suspects(companies, NOBODY_SUPPRESSED).to_list() == [False, False]


SITE = st.sampled_from(
    ["", "acme.example", "www.Mail.acme.example/x", "bolt.example", "bücher.example"]
)
ADDRESS = st.sampled_from(["", "Mara@acme.example", "jo@MAIL.acme.example", "İş@bolt.example"])
NAMES = st.sampled_from(["", "Mara Rivéra", "Jo Lund"])
LISTED = st.sampled_from(["mara rivera|acme.example", "jo lund|bolt.example", sha("acme.example")])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(ADDRESS, SITE, NAMES), min_size=1, max_size=8),
    st.lists(st.one_of(ADDRESS.filter(bool), SITE.filter(bool), LISTED), max_size=3),
)
def test_all_who_are_covered_are_suspects(
    rows: list[tuple[str, str, str]], entries: list[str]
) -> None:
    barred = suppression(dict.fromkeys(entries, "here"))
    table = pl.LazyFrame(rows, schema=["email", "website", "name"], orient="row")
    uses = survey(
        table,
        ["email", "website", "name"],
        overrides={EntityType.PERSON: ("email", "name"), EntityType.COMPANY: ("website",)},
    ).uses
    found = identify(table, uses, {})
    for type_, frame in found.entities.items():
        keys = frame.filter(suspects(frame, barred))["key"].to_list()
        covered = {one.key for one in to_entities(found, type_) if barred.covers(one)}
        assert covered <= set(keys)
