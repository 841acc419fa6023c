"""Records beside frozen dataclasses, whose laws they keep."""

import copy
import pickle
from dataclasses import dataclass
from typing import ClassVar

import pytest

from vsa.record import Record


class Point(Record):
    """A place."""

    vsa_name: ClassVar[str] = "point"
    x: int
    y: int = 2


class Named(Point):
    """A place that has a name."""

    name: str = "home"


class Same(Record):
    """Another class with the values of `Point`."""

    x: int
    y: int = 2


@dataclass(frozen=True)
class Oracle:
    x: int
    y: int = 2


GIVEN = [((1,), {}), ((1, 3), {}), ((), {"x": 1}), ((1,), {"y": 3}), ((), {"y": 3, "x": 1})]


@pytest.mark.parametrize(("values", "named"), GIVEN)
def test_values_are_given_by_position_and_by_name(values, named):
    made, oracle = Point(*values, **named), Oracle(*values, **named)
    assert (made.x, made.y) == (oracle.x, oracle.y)
    assert hash(made) == hash(oracle)
    assert vars(made) == vars(oracle)
    assert repr(made) == repr(oracle).replace("Oracle", "Point")


@pytest.mark.parametrize(
    ("values", "named", "said"),
    [
        ((), {}, "Point(x, y): x missing"),
        ((1, 2, 3), {}, "Point(x, y): too much is given"),
        ((1,), {"x": 1}, "Point(x, y): too much is given"),
        ((1,), {"z": 1}, "Point(x, y): too much is given"),
    ],
)
def test_too_few_and_too_many_are_refused(values, named, said):
    with pytest.raises(TypeError):
        Oracle(*values, **named)
    with pytest.raises(TypeError) as error:
        Point(*values, **named)
    assert str(error.value) == said


def test_they_are_equal_that_are_of_one_class_and_have_equal_values():
    assert Point(1) == Point(1, 2) == Point(y=2, x=1)
    assert Point(1) != Point(2)
    assert Point(1) != Same(1)
    assert Point(1) != Named(1)
    assert len({Point(1), Point(1, 2), Named(1), Same(1)}) == 3


def test_a_subclass_adds_values():
    made = Named(1, 5, "here")
    assert (made.x, made.y, made.name) == (1, 5, "here")
    assert Named(1) == Named(1, 2, "home")


def test_they_do_not_change():
    made = Point(1)
    with pytest.raises(AttributeError, match=r"^a Point does not change$"):
        made.x = 3
    with pytest.raises(AttributeError, match=r"^a Point does not change$"):
        del made.x
    assert made.changed(x=3) == Point(3, 2)
    assert made == Point(1)


def test_they_are_matched_copied_and_pickled():
    match Named(1, 5):
        case Point(x=1, y=y):
            assert y == 5
        case _:
            pytest.fail("no match")
    for other in (copy.copy, copy.deepcopy, lambda made: pickle.loads(pickle.dumps(made))):
        assert other(Named(1, 5, "a")) == Named(1, 5, "a")
