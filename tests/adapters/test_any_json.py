"""Whatever JSON a reply holds, reading it raises nothing."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from enrich_cli.adapters import reading
from enrich_cli.adapters.coerce import NAMED, coerce
from enrich_cli.adapters.identity import fits
from enrich_cli.adapters.paths import compile_path
from enrich_cli.adapters.recipe import Confidence, FieldRule, Recipe
from enrich_cli.domain.entity import CATALOGUE, EntityKey, Field, IdKind, Query
from enrich_cli.domain.money import Money

EDGES = (
    *(10**400, -(10**400), 2**63, float("inf"), float("-inf"), float("nan"), -0.0, 1e308),
    *("9" * 5_000, "1," + "000," * 2_000 + "000", "9" * 400 + "k", "1e999", "\u00b2", "\u0663"),
    *("http://[::1", "https://a.example:99999999/x", "//x", "@x", "mailto:", "2009-02-30"),
)
KEYS = st.sampled_from(["a", "b", "year", "month", "day", "min", "max"]) | st.text(max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(EDGES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)
DEEP = json.loads("[" * 700 + '"x"' + "]" * 700)
AWKWARD: tuple[object, ...] = (
    *(None, True, 0, 0.5, *EDGES[:6], "", "abc", [], [None], [1], ["x", 1], [[1, 2]]),
    *([float("inf")], [10**400, 0.5], {}, {"b": 1}, [{"b": "x"}, {"b": 1}], DEEP),
)

# Every function of JMESPath, and every comparison, on values that it may not be for.
EXPRESSIONS = (
    *("abs(a)", "avg(a)", "ceil(a)", "floor(a)", "max(a)", "min(a)", "sum(a)", "to_number(a)"),
    *("contains(a, b)", "starts_with(a, b)", "ends_with(a, b)", "join(', ', a)", "length(a)"),
    *("keys(a)", "values(a)", "merge(a, b)", "reverse(a)", "sort(a)", "type(a)", "to_array(a)"),
    *("max_by(a, &b)", "min_by(a, &b)", "sort_by(a, &b)", "map(&b, a)", "not_null(a, b)"),
    *("to_string(a)", "a == b", "a > b", "a[?b > `1`]", "a[?contains(@, `1`)]", "a[1:2:0]"),
)
ASKED = Query(EntityKey("e0"), ((IdKind.DOMAIN, "acme.example"),), frozenset(map(Field, CATALOGUE)))


def any_way(value: object) -> None:
    for name in CATALOGUE:
        coerce(name, value)
    for reader in NAMED.values():
        reader(value)
    for kind in IdKind:
        fits(kind, "acme.example", value)
    reading.metered(Money(10), value)


def there_and_back(value: object) -> None:
    path = compile_path("a")
    recipe = Recipe(
        fields=tuple(FieldRule(name, path) for name in CATALOGUE),
        confidence=Confidence(path, 0.0, 10.0),
    )
    body = json.dumps({"a": value}).encode()
    document = reading.decode(body)
    item = reading.read(recipe, ASKED, None, document)
    assert item.confidence is None or 0.0 <= item.confidence <= 1.0
    assert reading.decode(reading.encode(document)) is not None
    assert reading.reread(recipe, ASKED, body).outcome == item.outcome


@given(JSON)
@example({"year": 10**5_000})
def test_any_value_becomes_any_field_or_none(value: object) -> None:
    any_way(value)


@given(JSON)
@example(10**400)
def test_any_document_is_read_kept_and_read_again(value: object) -> None:
    there_and_back(value)


def test_so_does_one_that_nests_deeper_than_python_calls_itself() -> None:
    assert coerce(Field("company_name"), DEEP) == "x"
    any_way(DEEP)
    there_and_back(DEEP)


@pytest.mark.parametrize("value", [10**400, "9" * 5_000, "1," + "000," * 2_000 + "000", 2**63])
def test_a_number_that_no_column_holds_is_no_value(value: object) -> None:
    assert coerce(Field("employee_count"), value) is None


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_any_expression_meets_awkward_values(expression: str) -> None:
    path = compile_path(expression)
    for a, b in itertools.product(AWKWARD, repeat=2):
        path.read({"a": a, "b": b})


@given(st.sampled_from(EXPRESSIONS), JSON, JSON)
def test_any_expression_meets_any_value(expression: str, a: object, b: object) -> None:
    compile_path(expression).read({"a": a, "b": b})
