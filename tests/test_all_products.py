"""Products of all rows with all queries, as exact scans need them: the loop in C finds what NumPy finds."""

from __future__ import annotations

import compiled
import numpy as np
import pytest

import vsa
from vsa.algebra import fused
from vsa.memory import one, scan

build, loop = compiled.build, compiled.either
KINDS = [np.float32, np.float64]
FEW = [0, 1, 2, 3, 4, 5, 7, 12, 13]
NEAR = 1 << 24  # bytes of rows that may lie in a cache
PARTS = {np.float32: 1024, np.float64: 512}  # numbers that are summed at a time


def given(kind, rows, queries, dim):
    rng = np.random.default_rng([rows, queries, dim])
    return (rng.standard_normal((n, dim)).astype(kind) for n in (rows, queries))


def assert_products(loop, rows, units):
    """As close to the definition as sums in this precision are; nothing beside them is written."""
    count, length, kind = len(units), len(rows), rows.dtype
    room = np.full((count + 2, length + 9), 7, dtype=kind)
    out = room[1:-1, 4 : 4 + length]
    loop.cosines(rows, units, out)
    exact = units.astype(np.float64) @ rows.astype(np.float64).T
    size = np.abs(units).astype(np.float64) @ np.abs(rows).astype(np.float64).T
    assert (np.abs(out - exact) <= 4 * np.finfo(kind).eps * size).all()
    out[:] = 7
    assert (room == 7).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dim", [1, 3, 4, 7, 8, 9, 15, 16, 17, 33, 100])
def test_all_products(loop, kind, dim):
    for length in FEW:
        for count in FEW:
            assert_products(loop, *given(kind, length, count, dim))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("more", [-1, 0, 1, 1500])
def test_rows_of_several_parts(loop, kind, more):
    for length, count in [(1, 1), (13, 1), (13, 6), (50, 47), (100, 101)]:
        assert_products(loop, *given(kind, length, count, PARTS[kind] + more))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", [NEAR // 4000, NEAR // 4000 + 5])
def test_rows_that_come_from_memory(loop, kind, length):
    """One query reads more of them at a time, and finds what it finds among others."""
    rows, units = given(kind, length, 1, 1001)
    assert_products(loop, rows, units)
    out, few = np.empty((1, length), dtype=kind), np.empty((2, length), dtype=kind)
    loop.cosines(rows, units, out)
    loop.cosines(rows, np.concatenate((units, units)), few)
    assert np.array_equal(out, few[:1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 3, 50])
def test_rows_apart_from_each_other(loop, kind, count):
    """Parts of longer rows, every second one, upside down; at addresses that are no multiple of theirs."""
    rows, units = given(kind, 60, count, 70)
    for these in (rows[:, 3:40], rows[::2, 3:40], rows[::-1, 3:40]):
        assert_products(loop, these, units[:, 5:42])
        assert_products(loop, these, units[::-1, 5:42])
    odd = np.zeros(rows.nbytes + 1, dtype=np.uint8)[1:].view(kind).reshape(rows.shape)
    odd[:] = rows
    assert_products(loop, odd, units)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dim", [37, 1300])
def test_a_product_does_not_depend_on_what_else_is_multiplied(loop, kind, dim):
    """To the last bit: so threads, and batches of any size, find what one query finds on one thread."""
    rows, units = given(kind, 101, 60, dim)
    whole = np.empty((60, 101), dtype=kind)
    loop.cosines(rows, units, whole)
    for some, few in [
        (slice(0, 1), slice(0, 60)),
        (slice(5, 60), slice(7, 9)),
        (slice(99, 101), slice(3, 4)),
    ]:
        out = np.empty(whole[few, some].shape, dtype=kind)
        loop.cosines(rows[some], units[few], out)
        assert np.array_equal(out, whole[few, some])
    rows[:], units[:] = rows[0], units[0]
    loop.cosines(rows, units, whole)
    assert len(set(whole.ravel().tolist())) == 1


F = np.float32


@pytest.mark.parametrize(
    "change",
    [
        {"rows": np.zeros(8, F)}, {"rows": np.zeros((4, 7), F)}, {"rows": np.zeros((4, 8))},
        {"rows": np.zeros((3, 8), F)}, {"rows": np.zeros((4, 16), F)[:, ::2]},
        {"rows": np.zeros((4, 8), ">f4")}, {"rows": np.zeros((4, 8), np.int32)},
        {"units": np.zeros((2, 8))}, {"units": np.zeros(8, F)}, {"units": np.zeros((3, 8), F)},
        {"units": np.zeros((8, 2), F).T}, {"out": np.zeros((2, 3), F)}, {"out": np.zeros((2, 4))},
        {"out": np.zeros((4, 2), F).T}, {"out": np.zeros(4, F)},
        {"rows": np.zeros((4, 0), F), "units": np.zeros((2, 0), F)},
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit_are_refused(loop, change):
    """No memory beside them is read or written."""
    arrays = {
        "rows": np.zeros((4, 8), F), "units": np.zeros((2, 8), F), "out": np.ones((2, 4), F)
    }  # fmt: skip
    with pytest.raises(ValueError, match="the arrays are not those"):
        loop.cosines(*(arrays | change).values())
    assert arrays["out"].all()
    loop.cosines(*arrays.values())
    assert not arrays["out"].any()
    arrays["out"].flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        loop.cosines(*arrays.values())
    with pytest.raises(TypeError):
        loop.cosines("rows", arrays["units"], arrays["out"])


# --- in scans ---------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 2, 32, scan.LOOPED, scan.LOOPED + 1])
@pytest.mark.parametrize("length", [0, 1, 3000])
def test_scans_compare_alike_with_and_without_the_loop(loop, kind, count, length, monkeypatch):
    rows, units = given(kind, length, count, 50)
    exact = units.astype(np.float64) @ rows.astype(np.float64).T
    for each in (None, loop):
        monkeypatch.setattr(fused, "LOOP", each)
        for these in (rows, np.repeat(rows, 2, axis=0)[::2]):
            found = scan.cosines(units, these)
            assert found.dtype == kind
            np.testing.assert_allclose(found, exact, atol=1e3 * np.finfo(kind).eps, rtol=0)
            np.testing.assert_allclose(
                one.cosines(units[0], these), exact[0], atol=1e3 * np.finfo(kind).eps, rtol=0
            )


def test_what_the_loop_does_not_take_is_left_to_numpy(loop, monkeypatch):
    monkeypatch.setattr(fused, "LOOP", loop)
    rows, units = given(np.float32, 40, 5, 30)
    exact = units @ rows.T
    for these in (np.asfortranarray(rows), rows.astype(np.float64), rows.astype(">f4")):
        assert not fused.multiplies(these, units)
        assert np.allclose(scan.cosines(units, these), exact, atol=1e-5)
        assert np.allclose(one.cosines(units[0], these), exact[0], atol=1e-5)


@pytest.mark.parametrize("count", [1, 5])
def test_threads_multiply_blocks_of_rows(loop, count, monkeypatch):
    """And what they find is the same to the last bit."""
    monkeypatch.setattr(fused, "LOOP", loop)
    monkeypatch.setattr(one, "THREAD_BYTES", 300)  # less than a row
    monkeypatch.setattr(scan, "BLOCK_ROWS", 90)
    rows, units = given(np.float32, 1000, count, 100)
    alone = scan.cosines(units, rows)
    calls = []
    cosines = fused.cosines
    monkeypatch.setattr(fused, "cosines", lambda *given: calls.append(1) or cosines(*given))
    vsa.set_threads(2)
    try:
        assert np.array_equal(scan.cosines(units, rows), alone)
    finally:
        vsa.set_threads(1)
    assert len(calls) == (2 * one.TURNS if count == 1 else 12)
