"""The search for the best of noise by the loop in C, by the definition of what it says."""

from __future__ import annotations

import math

import compiled
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsa.memory.evidence import weights
from vsa.memory.sketch.asymmetric import BITS, LEVEL, Levels
from vsa.theory.likelihood import log_likelihood, log_total
from vsa.theory.noise import noise_of

build, loop = compiled.build, compiled.either
MODEL, GRID = (noise_of(256), None), 64


def drawn(seed, dim, rows, queries, dtype):
    rng = np.random.default_rng(seed)
    stored, units = (rng.standard_normal((n, dim)) for n in (rows, queries))
    stored[: rows // 4] += 0.3 * units[0]
    stored[rows // 2 : rows // 2 + 3] = stored[:3]  # some are equal
    stored, units = (x / np.linalg.norm(x, axis=1)[:, None] for x in (stored, units))
    return stored.astype(dtype), units.astype(dtype)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from([64, 250, 512, 700]),
    st.sampled_from([20, 300]),
    st.integers(0, 5),
    st.integers(1, 3),
    st.sampled_from([np.float32, np.float64]),
)
def test_rows_are_compared_as_far_as_the_best_may_be(loop, seed, dim, rows, queries, kept, dtype):
    stored, units = drawn(seed, dim, rows, max(queries, 1), dtype)
    units, rng, wanted = units[:queries], np.random.default_rng(seed), kept + 1
    planes = (np.packbits(stored > 0, axis=1),)
    sure = rng.uniform(-0.1, 0.05, 9)
    reach = np.sort(rng.uniform(-0.1, 0.2, (9, 12)), axis=1)
    reach[rng.random((9, 12)) < 0.1] = math.nan
    reach[:, -1] = rng.uniform(0, 0.1, 9)
    by = weights(MODEL, rows.bit_length(), wanted)
    found = loop.faint(planes, units, stored, LEVEL, sure, reach, GRID, kept, by)
    found = np.frombuffer(found).reshape(queries, 3 + 2 + 3 * wanted)
    levels, signs = Levels(units), np.where(stored > 0, 1, -1)
    for i, (lost, first, known, length, seen, *nearest) in enumerate(found):
        loss = round(levels.lost[i] * 100)
        assert lost == (loss if loss < 9 else -1)
        value = 2.0 * levels.steps[i] - ((1 << BITS) - 1)
        estimate = signs @ value / (levels.along[i] * math.sqrt(dim))
        if loss >= 9:
            assert not known
            continue
        looked = estimate >= max(sure[loss], -1)
        within = looked & (estimate >= reach[loss, -1])
        cosines = (stored @ units[i]).astype(float)
        if np.abs(estimate[:, None] - [sure[loss], reach[loss, -1]]).min() < 1e-9:
            continue  # on the edge, where it is rounded
        assert first == np.count_nonzero(within)
        best = np.sort(cosines[within])[::-1]
        told = 0
        if len(best) >= kept and best[kept - 1] >= 0:
            cell = int(best[kept - 1] * GRID)
            told = 1
            if cell < 11:
                far = reach[loss, cell]
                told = 2 if far >= sure[loss] else 0
                if told:
                    within |= looked & (estimate >= far)
        assert known == told
        if told:
            place = np.flatnonzero(within)
            place = place[np.lexsort((place, -cosines[place]))][:wanted]
            assert length == np.count_nonzero(within)
            row, cosine, logs = np.split(np.array(nearest), 3)
            np.testing.assert_allclose(cosine[: len(place)], cosines[place], atol=1e-6)
            ties = np.abs(np.diff(cosines[place])) < 1e-6
            if not ties.any():
                assert row[: len(place)].tolist() == place.tolist()
            all_logs = log_likelihood(cosines[within], *MODEL)
            assert seen == pytest.approx(float(log_total(all_logs)), abs=1e-4)
            assert (logs[len(place) :] == -math.inf).all()


@pytest.mark.parametrize("change", [
    {"planes": ()}, {"planes": (np.zeros((3, 8), np.uint8),)}, {"planes": (np.zeros((4, 7), np.uint8),)},
    {"units": np.zeros((2, 63))}, {"units": np.zeros((2, 64), np.float32)}, {"units": np.zeros(64)},
    {"stored": np.zeros((4, 64), np.int64)}, {"level": 0.0}, {"sure": np.zeros(0)},
    {"sure": np.zeros(9, np.float32)}, {"reach": np.zeros((8, 3))}, {"reach": np.zeros((9, 0))},
    {"reach": np.zeros(9)}, {"kept": 0}, {"weights": (0, *weights(MODEL, 3, 2)[1:])},
    {"weights": weights(MODEL, 3, 2)[:3]},
])  # fmt: skip
def test_arrays_that_do_not_fit_are_refused(loop, change):
    given = {
        "planes": (np.zeros((4, 8), np.uint8),), "units": np.ones((2, 64)) / 8,
        "stored": np.ones((4, 64)) / 8, "level": LEVEL, "sure": np.full(99, -2.0),
        "reach": np.full((99, 3), -2.0), "grid": GRID, "kept": 1, "weights": weights(MODEL, 3, 2),
    }  # fmt: skip
    found = np.frombuffer(loop.faint(*given.values())).reshape(2, -1)
    assert found[:, 3].tolist() == [4, 4]
    with pytest.raises(ValueError, match=r"the arrays are not those|planes are bytes"):
        loop.faint(*(given | change).values())


def test_what_is_no_number_is_not_certain(loop):
    stored, units = drawn(0, 64, 20, 1, np.float64)
    stored[3] = math.nan
    planes = (np.packbits(np.ones((20, 64), bool), axis=1),)
    levels = np.full(99, -9.0), np.full((99, 3), -9.0)
    by = weights(MODEL, 5, 2)
    found = np.frombuffer(loop.faint(planes, units, stored, LEVEL, *levels, GRID, 1, by))
    assert found[2] == 0


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from([[64], [64, 64], [64, 128], [33], [8, 64, 5]]),
    st.sampled_from([1, 7, 8, 127, 300]),
    st.integers(1, 3),
    st.sampled_from([np.float32, np.float64]),
)
def test_what_is_kept_is_what_noise_is_looked_for_by(loop, seed, widths, rows, cut, dtype):
    """Counted in the search before, it gives what is counted anew."""
    dim, counted = 8 * sum(widths), min(cut, len(widths))
    stored, units = drawn(seed, dim, rows, 1, dtype)
    units[0, :: seed % 7 + 2] = 0.0  # whose sign is none
    bits = np.packbits(stored > 0, axis=1)
    planes = tuple(np.split(bits, np.cumsum(widths)[:-1], axis=1))
    size = 8 * sum(widths[:counted])
    cuts, by = ((counted, size, size // 2),), weights(MODEL, rows.bit_length(), 2)
    kept = np.full(rows, 9, np.uint16)
    found = loop.ranked(planes, units[0], cuts, stored, rows + 1, by, LEVEL, kept)
    assert found == loop.ranked(planes, units[0], cuts, stored, rows + 1, by)
    differ = (stored > 0)[:, :size] != Levels(units).bits([0])[:, None, :size]
    assert kept.tolist() == (differ.sum(2).T @ [1, 2, 4]).tolist()
    sure, reach = np.full(99, -0.02), np.full((99, 12), 0.01)
    given = planes, units, stored, LEVEL, sure, reach, GRID, 1, by
    assert loop.faint(*given, kept, counted) == loop.faint(*given)


@pytest.mark.parametrize("change", [
    {"unit": np.ones((1, 64)) / 8}, {"level": 0.0}, {"weights": None}, {"kept": np.zeros(3, np.uint16)},
    {"kept": np.zeros(4, np.int16)}, {"kept": np.zeros((4, 1), np.uint16)}, {"kept": bytes(8)},
    {"planes": (np.zeros((4, 1300), np.uint8),), "cuts": ((1, 10400, 20),)},
])  # fmt: skip
def test_there_is_room_for_what_is_kept_of_one(loop, change):
    given = {
        "planes": (np.zeros((4, 8), np.uint8),), "unit": np.ones(64) / 8, "cuts": ((1, 64, 20),),
        "stored": np.ones((4, 64)) / 8, "most": 9, "weights": weights(MODEL, 3, 2), "level": LEVEL,
        "kept": np.zeros(4, np.uint16),
    }  # fmt: skip
    loop.ranked(*given.values())
    assert given["kept"].all()
    with pytest.raises(ValueError, match="the arrays are not those"):
        loop.ranked(*(given | change).values())


@pytest.mark.parametrize("change", [
    {"units": np.ones((2, 64)) / 8}, {"before": np.zeros(5, np.uint16)}, {"before": np.zeros(4)},
    {"counted": 2}, {"counted": -1},
])  # fmt: skip
def test_what_was_kept_is_of_one_query_and_of_planes_that_there_are(loop, change):
    given = {"units": np.ones((1, 64)) / 8, "before": np.zeros(4, np.uint16), "counted": 1}

    def faint(units, before, counted):
        planes, levels = (np.zeros((4, 8), np.uint8),), (np.full(99, -2.0), np.full((99, 3), -2.0))
        stored, by = np.ones((4, 64)) / 8, weights(MODEL, 3, 2)
        return loop.faint(planes, units, stored, LEVEL, *levels, GRID, 1, by, before, counted)

    assert np.frombuffer(faint(**given))[3] == 4
    with pytest.raises(ValueError, match="the arrays are not those"):
        faint(**(given | change))
