"""Names with a legal form at the foot of a page."""

from __future__ import annotations

import pytest

from tests.adapters.site.page_kit import FILLER, values


@pytest.mark.parametrize(
    ("foot", "name"),
    [
        ("© 2026 Jizera s. r. o.", "Jizera s. r. o."),
        ("© Jizera s.\u00a0r.\u00a0o., Liberec", "Jizera s. r. o."),
        ("Jizera a. s.", "Jizera a. s."),
        ("Jizera s.r.o.", "Jizera s.r.o."),
        ("Jizera Sp. z o. o.", "Jizera Sp. z o. o."),
        ("Jizera e. V.", "Jizera e. V."),
        ("Jizera Keramik e. K.", "Jizera Keramik e. K."),
        ("Copyright 2019-2026 Jizera Glass Ltd", "Jizera Glass Ltd"),
        ("Jizera GmbH & Co. KG", "Jizera GmbH & Co. KG"),
        ("* All of it © 2026 Jizera Glass, Inc.", "Jizera Glass, Inc."),
        ("Jizera Glass as it was, se, sa and ag", None),
        ("Jizera s", None),
        ("Jizera o", None),
        ("ООО «Jizera»", "ООО «Jizera»"),
    ],
)
def test_legal_names_at_the_foot(foot: str, name: str | None) -> None:
    found = values(f"{FILLER}<footer>{foot}</footer>", "jizera.example")
    assert found.get("legal_name") == name


@pytest.mark.parametrize("firm", ["atelier54 GmbH", "iJizera GmbH"])
def test_the_end_of_a_word_is_no_name(firm: str) -> None:
    url = "https://jizera.example/impressum"
    assert "legal_name" not in values(f"{FILLER}<p>{firm}</p>", "jizera.example", url)
