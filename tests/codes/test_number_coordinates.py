"""Numbers are taken apart in the span of their codes, where that is as good as the codes themselves."""

import numpy as np
import pytest

import vsa
from vsa.numbers import Circular, Level, Place, Power
from vsa.numbers.coordinates import All, Table, coordinates


@pytest.fixture(params=["hrr", "fhrr"])
def space(request):
    return vsa.Space(512, algebra=request.param)


@pytest.mark.parametrize("kernel", ["gaussian", "sinc"])
@pytest.mark.parametrize("periodic", [False, True])
def test_a_smooth_kernel_has_few_coordinates_that_are_as_good(space, kernel, periodic):
    code = Power(space, -3, 7, kernel, length=0.8, periodic=periodic)
    few, every = coordinates(code), All(code)
    assert isinstance(few, Table)
    x = np.random.default_rng(0).uniform(-3, 7, (9, 1))
    a, b = few.codes(x), every.codes(x)
    assert a.shape[1] < every.width / 4
    np.testing.assert_allclose(a @ a.T, b @ b.T, atol=1e-5 * (b**2).sum(1).max())
    a, b = few.slopes(x)[:, 0], every.slopes(x)[:, 0]
    np.testing.assert_allclose(a @ a.T, b @ b.T, atol=3e-3 * (b**2).sum(1).max())
    assert few.width == every.width
    np.testing.assert_array_equal(few.grid, every.grid)


def test_what_lies_outside_counts_by_its_length(space):
    code = Power(space, 0, 1)
    few, every = coordinates(code), All(code)
    v = code.encode([0.2, 0.7]).bundle() + 3 * space.random()
    a, b = few.of(v), every.of(v)
    assert a @ a == pytest.approx(b @ b, rel=1e-6)
    np.testing.assert_allclose(few.dots(a), every.dots(b), atol=1e-4 * (b @ b) ** 0.5)
    inside = few.of(code.encode(0.31))
    assert abs(inside[-1]) < 1e-5 * np.linalg.norm(inside)


@pytest.mark.parametrize("make", [
    lambda s: Power(s, 0, 1, "triangular"),
    lambda s: Level(s, 0, 1, 0.1),
    lambda s: Circular(s, 0, 1),
    lambda s: Place(s, [0, 0], [1, 1], 0.2),
    lambda s: Power(s, 0, 1, length=1e-3),
])  # fmt: skip
def test_corners_planes_and_long_ranges_keep_every_coordinate(space, make):
    assert isinstance(coordinates(make(space)), All)


def test_both_ways_take_the_same_numbers_apart(space, monkeypatch):
    code, numbers = Power(space, 0, 100), [12.0, 15.5, 40.0, 77.7, 93.0]
    v = code.encode(numbers).bundle() + 0.1 * space.random()
    few = code.decode(v, 6)
    monkeypatch.setattr("vsa.numbers.decode.coordinates", All)
    every = code.decode(v, 6)
    np.testing.assert_allclose(few.value, every.value, atol=0.02)
    np.testing.assert_allclose(few.deviation, every.deviation, rtol=0.02)
    np.testing.assert_allclose(few.nothing, every.nothing, atol=1e-3)
