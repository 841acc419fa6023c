"""Rows of bits near to queries: the loop in C, faiss and NumPy find what counting out finds."""

from __future__ import annotations

import math
from types import ModuleType

import compiled
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vsa
from vsa.algebra import fused
from vsa.memory.evidence import weights
from vsa.memory.sketch import kernels, search
from vsa.theory.likelihood import log_likelihood, log_total
from vsa.theory.noise import noise_of

build, loop = compiled.build, compiled.either


@st.composite
def asked(draw, most_bits=2, word=1):
    """Planes of rows and of queries, of `word` bytes times a width, and limits that some are within."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    length = draw(st.sampled_from([0, 1, 5, 31, 32, 127, 128, 129, 300]))
    count, bits = draw(st.integers(1, 6)), draw(st.integers(1, most_bits))
    widths = [word * w for w in draw(st.lists(st.integers(1, 20), min_size=1, max_size=3))]

    def array(rows, width):
        lay = draw(st.sampled_from(["plain", "every second", "part of longer"]))
        if lay == "plain":
            return rng.integers(0, 256, (rows, width), dtype=np.uint8)
        if lay == "every second":
            return rng.integers(0, 256, (2 * rows, width), dtype=np.uint8)[::2]
        return rng.integers(0, 256, (rows, width + 8), dtype=np.uint8)[:, 8:]

    planes = [array(length, width) for width in widths]
    queries = [array(bits * count, width) for width in widths]
    middle = 4 * sum(widths) * ((1 << bits) - 1)
    farthest = [draw(st.integers(-1, 2)) * middle + draw(st.integers(-8, 8)) for _ in range(count)]
    return planes, queries, np.array(farthest, dtype=np.int32)


def counted(planes, queries, farthest):
    """The same by the definition, pair by pair: {(query, row): distance}."""
    count, found = len(farthest), {}
    for q in range(count):
        for row in range(len(planes[0])):
            apart = sum(
                int.from_bytes(plane[row].tobytes()).__xor__(
                    int.from_bytes(bits[j * count + q].tobytes())
                ).bit_count() << j
                for plane, bits in zip(planes, queries, strict=True)
                for j in range(len(bits) // count)
            )  # fmt: skip
            if apart <= farthest[q]:
                found[q, row] = apart
    return found


def as_told(found):
    which, row, apart = (column.tolist() for column in found)
    pairs = list(zip(which, row, strict=True))
    assert sorted(pairs, key=lambda pair: pair[0]) == sorted(pairs)  # those of a query by row
    told = dict(zip(pairs, apart, strict=True))
    assert len(told) == len(pairs)
    return told


@settings(max_examples=200, deadline=None)
@given(asked(most_bits=5) | asked(most_bits=5, word=64))
def test_the_loop_finds_what_is_near(loop, given):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fused, "LOOP", loop)
        found = fused.within(*given)
    assert found is not None
    assert as_told(found) == counted(*given)


@settings(max_examples=60, deadline=None)
@given(asked(word=8))
def test_so_do_numpy_and_faiss(given):
    planes, queries, farthest = given
    planes, queries = ([np.ascontiguousarray(x) for x in each] for each in (planes, queries))
    ways = [search.by_numpy] + [search.by_faiss] * (kernels.faiss() is not None)
    if len(planes[0]):  # a table has a row
        for way in ways:
            assert as_told(way(planes, queries, farthest)) == counted(*given)


def test_rows_may_be_so_long_that_16_bits_hold_no_distance(loop, monkeypatch):
    """Of many queries they are then looked at one by one."""
    rng = np.random.default_rng(0)
    planes = [rng.integers(0, 256, (40, 8192), dtype=np.uint8)]
    queries = [np.concatenate([planes[0][:8] ^ np.uint8(255)] * 2)]
    farthest = np.array([3 << 16, (3 << 16) - 1, *range(98_300, 98_306)], dtype=np.int32)
    monkeypatch.setattr(fused, "LOOP", loop)
    found = as_told(search.by_loop(planes, queries, farthest))
    assert found == counted(planes, queries, farthest)
    assert found[0, 0] == 3 << 16


def test_the_loop_is_taken_where_there_is_one(loop, monkeypatch):
    monkeypatch.setattr(fused, "LOOP", loop)
    assert kernels.kernel(1000) is kernels.by_loop
    monkeypatch.setattr(fused, "LOOP", None)
    assert kernels.kernel(1) is not kernels.by_loop
    assert (
        fused.within([np.zeros((1, 8), np.uint8)], [np.zeros((1, 8), np.uint8)], np.zeros(1))
        is None
    )


@pytest.mark.parametrize(
    "change",
    [
        {"planes": ()},
        {"queries": ()},
        {"planes": (np.zeros((4, 8), np.int8),)},
        {"planes": (np.zeros((4, 16), np.uint8)[:, ::2],)},
        {"planes": (np.zeros((4, 9), np.uint8),)},
        {"planes": (np.zeros(8, np.uint8),)},
        {"queries": (np.zeros((3, 8), np.uint8),)},
        {"queries": (np.zeros((12, 8), np.uint8),)},
        {"farthest": np.zeros(2, np.int64)},
        {"farthest": np.zeros((2, 1), np.int32)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(loop, change):
    """No memory beside them is read."""
    arrays = {
        "planes": (np.zeros((4, 8), np.uint8),),
        "queries": (np.zeros((2, 8), np.uint8),),
        "farthest": np.zeros(2, np.int32),
    }
    assert np.frombuffer(loop.within(*arrays.values())[0], np.intp).tolist() == [0, 4, 8]
    with pytest.raises(ValueError, match=r"the arrays are not those|planes are bytes"):
        loop.within(*(arrays | change).values())


# --- ranked by their cosines ----------------------------------------------------------------------
@st.composite
def ranking(draw):
    """Rows and queries, some rows being equal, their signs in planes, and cuts that leave some."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    of_file = np.dtype(np.float32).newbyteorder("<")  # which says more than it need
    dtype = draw(st.sampled_from([np.float32, np.float64, of_file]))
    dim = draw(st.integers(1, 200))
    length, count = draw(st.sampled_from([1, 5, 31, 129, 300])), draw(st.integers(0, 5))
    stored = rng.standard_normal((length, dim)).astype(dtype)
    stored[length // 2 :] = stored[: length - length // 2]
    units = rng.standard_normal((count, dim)).astype(dtype)
    if draw(st.booleans()):  # parts of longer rows
        stored, units = (np.pad(x, ((0, 0), (0, 3)))[:, :dim] for x in (stored, units))
    ends = [8 * end for end in draw(st.sets(st.integers(1, 25), min_size=1, max_size=3))]
    ends = sorted(ends)
    packed = np.packbits(np.pad(stored > 0, ((0, 0), (0, 200)))[:, : ends[-1]], axis=1)
    planes = [packed[:, a // 8 : b // 8] for a, b in zip([0, *ends], ends, strict=False)]
    cuts = [
        (planes, bits, min(bits, dim) // 2 + draw(st.integers(-3, 3)))
        for planes, bits in enumerate(ends, 1)
    ]
    some = draw(st.sets(st.sampled_from(cuts), min_size=1))
    return planes, units, tuple(sorted(some)), stored, draw(st.sampled_from([1, 40, 1000]))


@settings(max_examples=150, deadline=None)
@given(ranking())
def test_rows_within_all_cuts_are_ranked(loop, given):
    _, units, cuts, stored, most = given
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fused, "LOOP", loop)
        found = fused.ranked(*given)
    assert found is not None
    ends, row, score = found
    assert ends[0] == 0
    assert len(row) == len(score) == ends[-1]
    differ = np.cumsum((stored > 0)[None] != (units > 0)[:, None], axis=2)
    within = [differ[..., min(bits, stored.shape[1]) - 1] <= far for _, bits, far in cuts]
    for query, unit in enumerate(units):
        part = slice(ends[query], ends[query + 1])
        crowd = np.count_nonzero(within[0][query]) >= most
        wanted = [] if crowd else np.flatnonzero(np.all([w[query] for w in within], axis=0))
        assert sorted(row[part]) == list(wanted)
        np.testing.assert_allclose(score[part], stored[row[part]] @ unit, atol=1e-4)
        assert sorted(zip(-score[part], row[part], strict=True)) == list(
            zip(-score[part], row[part], strict=True)
        )  # of equal ones the oldest first


@pytest.mark.parametrize(
    "change",
    [
        {"planes": ()},
        {"planes": (np.zeros((3, 8), np.uint8),)},
        {"planes": (np.zeros((4, 8), np.uint8), np.zeros((3, 8), np.uint8))},
        {"units": np.zeros((2, 64), np.float32)},
        {"units": np.zeros((2, 63))},
        {"units": np.zeros((2, 128))[:, ::2]},
        {"units": np.zeros(64)},
        {"cuts": ()},
        {"cuts": ((2, 64, 10),)},
        {"cuts": ((0, 64, 10),)},
        {"cuts": ((1, 64, 10), (1, 64, 10))},
        {"cuts": ((1, 64),)},
        {"cuts": ("near",)},
        {"stored": np.zeros((5, 64))},
        {"stored": np.zeros((4, 64), np.int64)},
    ],
)
def test_rows_that_do_not_fit_are_refused(loop, change):
    given = {
        "planes": (np.zeros((4, 8), np.uint8),),
        "units": np.zeros((2, 64)),
        "cuts": ((1, 64, 10),),
        "stored": np.zeros((4, 64)),
    }
    assert np.frombuffer(loop.ranked(*given.values(), 9)[0], np.intp).tolist() == [0, 4, 8]
    with pytest.raises(ValueError, match=r"the arrays are not those|planes are bytes"):
        loop.ranked(*(given | change).values(), 9)


@pytest.mark.parametrize("count", [2, 5, 9])
@pytest.mark.parametrize("dim", [32, 512])  # whole lines or not
def test_a_crowd_takes_nothing_from_the_others(loop, dim, count):
    """Of some queries one is near to every row; the others to a few, that come later."""
    rng = np.random.default_rng(count)
    stored = np.ones((600, dim))
    stored[550:] = rng.choice([-1, 1], (50, dim))
    units = np.concatenate((np.ones((1, dim)), stored[551 : 550 + count]))
    planes = (np.packbits(stored > 0, axis=1),)
    ends, row, _ = loop.ranked(planes, units, ((1, dim, dim // 8),), stored, 100)
    assert np.diff(np.frombuffer(ends, np.intp)).tolist() == [0] + [1] * (count - 1)
    assert np.frombuffer(row, np.intp).tolist() == list(range(551, 550 + count))


def test_rows_in_another_form_are_for_numpy(loop, monkeypatch):
    monkeypatch.setattr(fused, "LOOP", loop)
    planes, units = [np.zeros((4, 8), np.uint8)], np.zeros((1, 64), np.float32)
    assert fused.ranked(planes, units, ((1, 64, 10),), np.zeros((4, 64), np.int8), 9) is None


def test_what_is_no_number_comes_first(loop, monkeypatch):
    """So that it is seen."""
    monkeypatch.setattr(fused, "LOOP", loop)
    stored = np.ones((4, 64))
    stored[2] = np.nan
    planes = [np.full((4, 8), 255, np.uint8)]
    _, row, score = fused.ranked(planes, stored[:1], ((1, 64, 10),), stored, 9)
    assert row.tolist() == [2, 0, 1, 3]
    assert np.isnan(score[0])


def test_what_was_compiled_of_an_older_source_is_left_alone(monkeypatch):
    monkeypatch.delenv(fused.SWITCH, raising=False)
    monkeypatch.setattr(vsa.algebra, "_fused", ModuleType("_fused"), raising=False)
    assert fused._found() == (None, fused.MISSING)


# --- and weighed ----------------------------------------------------------------------------------
@settings(max_examples=150, deadline=None)
@given(ranking(), st.integers(1, 4), st.sampled_from([None, ("terms", 8.0)]))
def test_what_is_ranked_is_weighed(loop, given, wanted, load):
    """As tables of log L say, of all that is more than a last digit of what the nearest is."""
    model, count = (noise_of(100), load), len(given[1])
    planes, units, cuts, stored, most = given
    units /= np.maximum(np.linalg.norm(units, axis=1), 1e-6)[:, None]
    stored /= np.linalg.norm(stored, axis=1)[:, None]
    by = weights(model, len(stored).bit_length(), wanted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fused, "LOOP", loop)
        ends, row, score = fused.ranked(planes, units, cuts, stored, most)
        found = np.frombuffer(fused.weighed(planes, units, cuts, stored, most, by))
    for query, (length, seen, *nearest) in enumerate(found.reshape(count, 2 + 3 * wanted)):
        alone = loop.ranked(tuple(planes), units[query], cuts, stored, most, by)  # as numbers
        np.testing.assert_array_equal(
            [*alone[:2], *alone[2], *alone[3], *alone[4]], [length, seen, *nearest]
        )
        part = slice(ends[query], ends[query + 1])
        logs = log_likelihood(score[part], *model)
        assert length == len(logs)
        assert seen == pytest.approx(float(log_total(logs)), abs=1e-9)
        there = min(len(logs), wanted)
        for i, (its, none) in enumerate(
            ((row[part], -1), (score[part], -math.inf), (logs, -math.inf))
        ):
            column = nearest[i * wanted : (i + 1) * wanted]
            np.testing.assert_allclose(column[:there], its[:there], rtol=0, atol=1e-9)
            assert column[there:] == [none] * (wanted - there)


def test_what_is_no_number_has_no_weight(loop):
    planes, units = [np.zeros((4, 8), np.uint8)], np.zeros((1, 64))
    stored = np.zeros((4, 64))
    stored[2] = np.nan
    by = weights((noise_of(64), None), 3, 2)
    found = np.frombuffer(loop.ranked(tuple(planes), units, ((1, 64, 10),), stored, 9, by))
    np.testing.assert_array_equal(found[:4], [4, -np.inf, 2, 0])
    assert np.isnan(found[4])
    assert found[6] == -np.inf


@pytest.mark.parametrize("change", [
    {"wanted": 0}, {"values": np.zeros(0)}, {"values": np.zeros(9, np.float32)},
    {"steps": np.zeros(8)}, {"thresholds": np.zeros(1)}, {"thresholds": np.zeros(9, np.float32)},
    {"thresholds": np.zeros((3, 3))}, {"axis": (0.9, 8.0)}, {"steps": None},
])  # fmt: skip
def test_weights_that_do_not_fit_are_refused(loop, change):
    by = {
        "wanted": 1, "values": np.zeros(9), "steps": np.zeros(9), "thresholds": np.full(9, -1.5),
        "axis": (0.9, 8.0, 0.5),
    }  # fmt: skip
    given = ((np.zeros((4, 8), np.uint8),), np.zeros((1, 64)), ((1, 64, 10),), np.zeros((4, 64)), 9)
    found = np.frombuffer(loop.ranked(*given, tuple(by.values())))
    assert found.tolist() == [4, pytest.approx(math.log(4)), 0, 0, 0]
    with pytest.raises(ValueError, match="the arrays are not those"):
        loop.ranked(*given, tuple((by | change).values()))
