"""JSON that is always valid, says the same, and steers no terminal."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.views.encode import encode_document, encode_json

STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

texts = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from('\x00\x1b\x7f\x80\x9b\x9f\u200e\u2028\u202a\u202e\u2066\u2069\ufeff\\"'),
    )
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), texts),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(texts, inner)),
    max_leaves=12,
)


@given(values)
def test_it_reads_back_the_same(value: object) -> None:
    assert json.loads(encode_json(value)) == value
    assert json.loads(encode_document(value)) == value


@given(values)
def test_a_line_is_one_line_and_harmless(value: object) -> None:
    assert not STEERING.search(encode_json(value).decode())
    assert not STEERING.search(encode_document(value).decode().replace("\n", ""))


@given(st.text(st.characters(categories=["Cs", "L"])))
def test_halves_of_surrogate_pairs_are_replaced(text: str) -> None:
    mended = re.sub("[\ud800-\udfff]", "\ufffd", text)
    read = json.loads(encode_json({text: [text, (text, 1)]}))
    assert read == {mended: [mended, [mended, 1]]}


def test_a_document_is_indented_and_ends_its_line() -> None:
    assert encode_document({"a": [1]}) == b'{\n  "a": [\n    1\n  ]\n}\n'
