"""The hint at what was probably meant."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.domain.nearest import did_you_mean, nearest, or_one_of


def test_nearest() -> None:
    assert nearest("compnay", ["domain", "Company"]) == "Company"
    assert nearest("xyz", ["domain", "company"]) is None
    assert nearest("a", []) is None


@given(st.lists(st.text(min_size=1), min_size=1))
def test_a_name_is_nearest_to_itself(names: list[str]) -> None:
    assert (nearest(names[0], names) or "").casefold() == names[0].casefold()


def test_did_you_mean() -> None:
    assert did_you_mean("sit", ["Mail", "Site"]) == "did you mean 'Site'?"
    assert did_you_mean("xyz", ["Mail", "Site"]) == ""
    assert did_you_mean("xyz", ["Mail"], "it has Mail") == "it has Mail"


def test_or_one_of() -> None:
    assert or_one_of("prise", ["price", "batch"]) == ", did you mean price?"
    assert or_one_of("xyz", ["price", "batch"]) == ", it is one of: batch, price"
    assert or_one_of("xyz", [f"name_{n}" for n in range(13)]) == ""
