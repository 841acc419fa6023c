"""Spectra as unit vectors of real numbers, by one pass: what several passes give."""

from __future__ import annotations

import compiled
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vsa
from vsa.algebra import fused

build, loop = compiled.build, compiled.loop


@settings(max_examples=60, deadline=None)
@given(
    st.integers(4, 70) | st.just(1024),
    st.sampled_from(["float32", "float64"]),
    st.sampled_from([(), (1,), (7,), (2, 3), (0,)]),
    st.integers(0, 2**32),
)
def test_they_are_packed_over_their_lengths(loop, dim, dtype, shape, seed):
    space = vsa.Space(dim=dim, dtype=dtype, seed=seed)
    vectors = space.random(shape)
    if shape in ((7,), (2, 3)):
        vectors.data[0] = 0
    rows = vectors.data * np.float32(3)
    said = []
    for each in (loop, None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fused, "LOOP", each)
            said.append(space.metric.stored(rows))
    (mine, lengths), (its, plain) = said
    assert mine.shape == its.shape
    assert mine.dtype == its.dtype == np.dtype(dtype)
    assert lengths.shape == plain.shape == shape
    tolerance = 1e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(mine, its, atol=tolerance)
    np.testing.assert_allclose(lengths, plain, rtol=tolerance)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(4, 70) | st.just(1024),
    st.sampled_from(["float32", "float64"]),
    st.sampled_from([(), (1,), (7,), (2, 3), (0,), (3000,)]),
    st.sampled_from([1, 2]),
)
def test_they_are_packed_at_their_own_length(loop, dim, dtype, shape, count):
    """To the last bit as by NumPy, and unpacked again."""
    space = vsa.Space(dim=dim, dtype=dtype)
    rows = space.random(shape).data * np.float32(3)
    said = []
    vsa.set_threads(count)
    try:
        for each in (loop, None):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(fused, "LOOP", each)
                said.append(space.metric.carried(rows))
    finally:
        vsa.set_threads(1)
    assert said[0].shape == (*shape, dim)
    assert said[0].dtype == np.dtype(dtype)
    np.testing.assert_array_equal(*said)
    back = space.metric.brought(said[0])
    np.testing.assert_allclose(back, rows, atol=1e-5 if dtype == "float32" else 1e-13)


@pytest.mark.parametrize("count", [1, 2])
def test_they_are_the_same_on_threads_and_in_parts(loop, monkeypatch, count):
    monkeypatch.setattr(fused, "LOOP", loop)
    space = vsa.Space(dim=1024)
    rows = space.random(3000).data
    vsa.set_threads(count)
    try:
        units, lengths = space.metric.stored(rows)
    finally:
        vsa.set_threads(1)
    for i in (0, 1, 1500, 2999):
        one, length = space.metric.stored(rows[i])
        np.testing.assert_array_equal(one, units[i])
        assert length == lengths[i]
    every = space.metric.stored(rows[::2])[0]  # not in one piece: NumPy's way
    np.testing.assert_allclose(every, units[::2], atol=1e-6)


def test_many_are_made_in_calls_between_which_ctrl_c_is_seen(loop, monkeypatch):
    made = []

    class Watched:
        @staticmethod
        def units(rows, *rest):
            made.append(rows.nbytes)
            loop.units(rows, *rest)

    space = vsa.Space(dim=1024)
    rows = space.random(5000).data
    monkeypatch.setattr(fused, "LOOP", Watched)
    space.metric.stored(rows)
    assert len(made) > 2
    assert max(made) <= 1 << 23


def test_what_is_not_finite_has_such_a_length(loop, monkeypatch):
    monkeypatch.setattr(fused, "LOOP", loop)
    space = vsa.Space(dim=64)
    for wrong in (np.nan, np.inf):
        rows = space.random(2).data.copy()
        rows[1, 5] = wrong
        _, lengths = space.metric.stored(rows)
        assert np.isfinite(lengths).tolist() == [True, False]


@pytest.mark.parametrize("change", [
    {"rows": np.zeros((2, 4), np.complex64)}, {"rows": np.zeros((2, 5))},
    {"rows": np.zeros((3, 5), np.complex64)}, {"rows": np.zeros((), np.complex64)},
    {"scale": np.ones(9, np.float32)}, {"scale": np.ones(8)}, {"scale": np.ones((8, 1), np.float32)},
    {"even": False}, {"out": np.zeros((2, 9), np.float32)}, {"out": np.zeros((2, 8))},
    {"out": np.zeros(16, np.float32)}, {"lengths": np.zeros(3)}, {"lengths": np.zeros(2, np.float32)},
])  # fmt: skip
def test_arrays_that_do_not_fit_are_refused(loop, change):
    arrays = {
        "rows": np.ones((2, 5), np.complex64), "scale": np.ones(8, np.float32), "even": True,
        "out": np.zeros((2, 8), np.float32), "lengths": np.zeros(2),
    }  # fmt: skip
    loop.units(*arrays.values())
    assert arrays["lengths"] == pytest.approx(5**0.5)
    loop.units(*(arrays | {"lengths": None}).values())
    assert arrays["out"].tolist() == [[1, 1, 1, 0, 1, 0, 1, 0]] * 2
    with pytest.raises(ValueError, match=r"not those that units\(\) is for"):
        loop.units(*(arrays | change).values())
