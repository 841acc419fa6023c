"""Products of some rows of a table with a vector: the loop in C finds what NumPy finds."""

from __future__ import annotations

import compiled
import numpy as np
import pytest

from vsa.algebra import fused

build, loop = compiled.build, compiled.loop
KINDS = [np.float32, np.float64]


def given(kind, count, dim, length=50):
    rng = np.random.default_rng(dim)
    rows, vector = rng.normal(size=(length, dim)).astype(kind), rng.normal(size=dim).astype(kind)
    return rows, rng.integers(0, length, count), vector


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dim", [1, 7, 32, 33, 100, 1024])
@pytest.mark.parametrize("count", [0, 1, 70])
def test_the_loop_multiplies_as_numpy_does(loop, kind, dim, count, monkeypatch):
    rows, index, vector = given(kind, count, dim)
    apart = np.repeat(np.pad(rows, ((0, 0), (3, 5))), 2, axis=0)[::2, 3 : 3 + dim]
    exact = rows[index].astype(np.float64) @ vector.astype(np.float64)
    close = {"atol": 1e3 * np.finfo(kind).eps, "rtol": 0}
    for each in (None, loop):
        monkeypatch.setattr(fused, "LOOP", each)
        monkeypatch.setattr(fused, "COPIED", 3 * dim)  # in several parts
        for those in (rows, apart):
            found = fused.products(those, index, vector)
            assert found.dtype == kind
            np.testing.assert_allclose(found, exact, **close)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_rows_have_equal_products_wherever_they_stand(loop, kind):
    rows, _, vector = given(kind, 0, 1000)
    rows[:], out = rows[0], np.empty(50, dtype=kind)
    loop.products(rows, np.arange(50), vector, out)
    assert len(set(out.tolist())) == 1


def test_rows_of_other_types_are_left_to_numpy(loop, monkeypatch):
    monkeypatch.setattr(fused, "LOOP", loop)
    rows, index, vector = given(np.float32, 9, 40)
    whole = (10 * rows).astype(np.int8)
    assert np.allclose(fused.products(whole, index, vector), whole[index] @ vector)
    halved = fused.products(whole, index, vector, lambda rows: rows / np.float32(2))
    assert np.allclose(halved, whole[index] @ vector / 2)


@pytest.mark.parametrize(
    "change",
    [
        {"rows": np.zeros(8, np.float32)},
        {"rows": np.zeros((4, 7), np.float32)},
        {"rows": np.zeros((4, 8), np.float64)},
        {"rows": np.zeros((4, 16), np.float32)[:, ::2]},
        {"index": np.array([0, 4, 1])},
        {"index": np.array([0, -1, 1])},
        {"index": np.zeros(2, np.intp)},
        {"index": np.zeros(3, np.int32)},
        {"index": np.zeros(3)},
        {"vector": np.zeros(8, np.float64)},
        {"vector": np.zeros((1, 8), np.float32)},
        {"out": np.zeros(4, np.float32)},
        {"out": np.zeros(3, np.float64)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(loop, change):
    """No memory beside them is read or written."""
    arrays = {
        "rows": np.zeros((4, 8), np.float32),
        "index": np.array([0, 3, 1]),
        "vector": np.zeros(8, np.float32),
        "out": np.ones(3, np.float32),
    }
    with pytest.raises(ValueError, match="the arrays are not those"):
        loop.products(*(arrays | change).values())
    assert arrays["out"].all()
    loop.products(*arrays.values())
    assert not arrays["out"].any()
    arrays["out"].flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        loop.products(*arrays.values())
