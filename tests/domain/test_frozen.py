"""Classes that are quick to make are frozen dataclasses like any other."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, replace
from types import MappingProxyType

import msgspec
import pytest

from enrich_cli.domain.frozen import quick


@quick
@dataclass(frozen=True, slots=True)
class Point:
    """A place."""

    x: int
    y: int = 2
    notes: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Slow:
    """The same, made as usual."""

    x: int
    y: int = 2
    notes: Mapping[str, str] = field(default_factory=dict, compare=False)


@pytest.mark.parametrize("how", [{"x": 1}, {"x": 1, "y": 3}, {"x": 1, "notes": {"a": "b"}}])
def test_it_is_made_as_a_usual_one(how: Mapping[str, object]) -> None:
    ours, usual = Point(**how), Slow(**how)  # type: ignore[arg-type]
    assert type(ours) is Point
    assert repr(ours) == repr(usual).replace("Slow", "Point")
    assert (ours.x, ours.y, ours.notes) == (usual.x, usual.y, usual.notes)
    assert hash(ours) == hash(usual)


def test_each_has_a_default_of_its_own() -> None:
    assert Point(1).notes is not Point(1).notes
    assert Point(1) == Point(1, notes={"not": "compared"}) != Point(2)


def test_nothing_of_it_changes() -> None:
    point = Point(1)
    with pytest.raises(FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del point.x
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Point(1, z=3)  # type: ignore[call-arg]
    assert point == Point(1)


def test_it_is_copied_and_read_as_a_usual_one() -> None:
    point = Point(1, 3)
    assert replace(point, y=2) == Point(1)
    assert copy.copy(point) == copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point
    assert msgspec.json.decode(b'{"x":1,"y":3}', type=Point) == point
    assert msgspec.json.encode(Point(1, notes=MappingProxyType({}) | {})) == (
        b'{"x":1,"y":2,"notes":{}}'
    )
