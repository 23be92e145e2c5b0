"""JSON-LD as people and plugins write it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich_cli.adapters.site.json_ld import parsed

SLIPS = {
    "a trailing comma": ('{"a": 1,}', {"a": 1}),
    "missing commas": ('{"a": "x" "b": [1 2 3]}', {"a": "x", "b": [1, 2, 3]}),
    "doubled commas": ('{"a": 1,, "b": 2}', {"a": 1, "b": 2}),
    "comments": ('{"a": 1, // no\n /* nor */ "u": "http://x/y"}', {"a": 1, "u": "http://x/y"}),
    "an HTML comment": ('<!-- {"a": 1} -->', {"a": 1}),
    "CDATA": ('//<![CDATA[\n{"a": 1}\n//]]>', {"a": 1}),
    "single quotes": ("{'a': 'it is \"b\"'}", {"a": 'it is "b"'}),
    "keys without quotes": ("{a: 1, b_c: 'd'}", {"a": 1, "b_c": "d"}),
    "quotes inside": ('{"a": "the "best" one", "b": 1}', {"a": 'the "best" one', "b": 1}),
    "no end": ('{"a": {"b": [1, {"c": "d', {"a": {"b": [1, {"c": "d"}]}}),
    "words after the end": ('{"a": 1}; var x = {};', {"a": 1}),
    "several objects": ('{"a": 1}{"b": 2}', {"a": 1}),
    "escaped quotes": ("{&quot;a&quot;: &quot;b &amp; c&quot;}", {"a": "b & c"}),
    "line breaks in a text": ('{"a": "b\nc\td"}', {"a": "b\nc\td"}),
    "a bad escape": ('{"a": "b\\xc", }', {"a": "bxc"}),
    "words of JavaScript": ('{"a": undefined, "c": true,}', {"a": None, "c": True}),
    "numbers": ('{"a": -12, "b": 1.5, "c": 1e3,}', {"a": -12, "b": 1.5, "c": 1000.0}),
    "a semicolon": ('{"a": 1};', {"a": 1}),
    "too many brackets": ('{"a": 1}}}]', {"a": 1}),
    "nothing": ("", None),
    "no JSON": ("<p>hello</p>", None),
}  # fmt: skip


@pytest.mark.parametrize(("script", "value"), SLIPS.values(), ids=SLIPS)
def test_slips(script: str, value: object) -> None:
    assert parsed(script) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=6), JSON, max_size=5))
def test_what_is_json_is_read_as_such(value: object) -> None:
    assert parsed(json.dumps(value)) == value


@given(
    st.dictionaries(st.from_regex("[a-z]{1,6}", fullmatch=True), JSON, min_size=1, max_size=5),
    st.data(),
)
def test_of_what_is_cut_off_the_beginning_is_read(
    value: dict[str, object], data: st.DataObject
) -> None:
    script = json.dumps(value)
    cut = parsed(script[: data.draw(st.integers(2, len(script)))])
    assert isinstance(cut, dict)
    assert list(cut) == list(value)[: len(cut)]
    for name in list(cut)[:-1]:  # the last one may be cut, too
        assert cut[name] == value[name]


@given(st.text(max_size=200))
def test_no_text_makes_it_raise(text: str) -> None:
    parsed(text)
