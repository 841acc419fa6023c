"""What the cosines of an exact scan say, in one pass: the nearest, and log Σ L, as by definition."""

from __future__ import annotations

import math

import compiled
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsa.algebra import fused
from vsa.memory.evidence import thresholds, weights
from vsa.theory.likelihood import log_likelihood, log_total
from vsa.theory.noise import noise_of

build, loop = compiled.build, compiled.loop
MODEL = (noise_of(256), None)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(0, 4),
    st.integers(1, 70) | st.integers(990, 1010),
    st.integers(1, 16),
    st.sampled_from([np.float32, np.float64]),
    st.sampled_from([("terms", 4.0), None]),
    st.floats(0, 1),
)
def test_the_nearest_and_the_total(loop, seed, count, items, wanted, dtype, load, best):
    rng, model = np.random.default_rng(seed), (noise_of(256), load)
    cosines = rng.normal(0, 1 / 16, (count, items + 3)).astype(dtype)[:, :items].clip(-1, 1)
    cosines[:, rng.integers(items)] = best
    cosines[:, rng.integers(items, size=items // 3)] = cosines[:, :1]  # some are equal
    by = weights(model, items.bit_length(), wanted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fused, "LOOP", loop)
        said = np.frombuffer(fused.scores(cosines, by)).reshape(count, 2 + 3 * wanted)
    for its, (length, total, *nearest) in zip(cosines, said, strict=True):
        place = np.argsort(-its, kind="stable")[:wanted]  # of equal ones the oldest
        rows, cosine, logs = np.split(np.array(nearest), 3)
        assert length == items
        assert rows[: len(place)].tolist() == place.tolist()
        assert (rows[len(place) :] == -1).all()
        np.testing.assert_array_equal(cosine[: len(place)], its[place])
        of_all = log_likelihood(its.astype(float), *model)
        np.testing.assert_allclose(logs[: len(place)], of_all[place], atol=1e-9)
        cell = int((float(its[place[0]]) + 1) * 256)
        if items > 1000 and thresholds(model, items.bit_length())[cell] < -1:
            assert math.isnan(total)
        else:
            assert total == pytest.approx(float(log_total(of_all)), abs=1e-9)
        alone = loop.scores(its, by)  # as numbers, if they are of one query
        assert list(map(type, alone)) == [float, float, list, list, list]
        assert {type(row) for row in alone[2]} == {int}
        np.testing.assert_array_equal(
            [*alone[:2], *alone[2], *alone[3], *alone[4]], [length, total, *nearest]
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("items", [3, 8, 13])
def test_what_is_no_number_is_told(loop, dtype, items):
    by = weights(MODEL, 4, 2)
    for place in range(items):
        cosines = np.full((2, items), 0.1, dtype)
        cosines[1, place] = np.nan
        said = np.frombuffer(loop.scores(cosines, by)).reshape(2, -1)
        assert np.isnan(said[:, 1]).tolist() == [False, True]


@pytest.mark.parametrize("cosines", [np.zeros(()), np.zeros((2, 4), int), np.zeros((2, 8))[:, ::2]])
def test_other_arrays_are_refused(loop, cosines):
    with pytest.raises(ValueError, match=r"not those that scores\(\) is for"):
        loop.scores(cosines, weights(MODEL, 4, 2))


def test_more_nearest_are_refused(loop, monkeypatch):
    with pytest.raises(ValueError, match=r"not those that scores\(\) is for"):
        loop.scores(np.zeros((2, 40)), weights(MODEL, 4, 17))
    monkeypatch.setattr(fused, "LOOP", loop)
    assert fused.scores(np.zeros((2, 40)), weights(MODEL, 4, 17)) is None
