"""Who is on the list of those not to be asked about, however they are listed."""

from __future__ import annotations

import hashlib

import pytest

from enrich_cli.domain.entity import Entity, EntityType, IdKind, entity_key
from enrich_cli.domain.errors import ConfigError
from enrich_cli.tables.suppressing import suppression

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
