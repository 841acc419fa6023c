"""log Σ L of a few cosines by the loop in C: what the tables of likelihoods say, summed."""

import math

import compiled
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vsa
from vsa.algebra import fused
from vsa.memory.evidence import of_one
from vsa.memory.matches import Query
from vsa.theory.likelihood import log_likelihood, log_total, table_at
from vsa.theory.load import Load
from vsa.theory.noise import noise_of

build, loop = compiled.build, compiled.loop

LOADS = [None, ("terms", 8.0), ("power", 3.0)]


@settings(max_examples=100, deadline=None)
@given(
    st.integers(2, 5000),
    st.sampled_from(LOADS),
    st.lists(st.floats(-1.2, 1.2), max_size=70),
    st.sampled_from([np.float32, np.float64]),
    st.floats(-1.5, 1),
)
def test_it_is_the_sum_of_those_above_a_threshold(loop, dim, load, cosines, dtype, least):
    noise, cosines = noise_of(dim), np.array(cosines, dtype=dtype)
    found = loop.log_total(cosines, least, *table_at(noise, load), noise.axis)
    some = cosines[cosines.astype(np.float64) >= least].astype(np.float64)
    assert found == pytest.approx(float(log_total(log_likelihood(some, noise, load))), abs=1e-9)


def test_what_is_no_number_does_not_count(loop):
    noise = noise_of(256)
    table = table_at(noise, None)
    some = np.array([0.3, math.nan, 0.1])
    assert loop.log_total(some, -1.5, *table, noise.axis) == pytest.approx(
        loop.log_total(some[[0, 2]], -1.5, *table, noise.axis)
    )
    assert loop.log_total(some[:0], -1.5, *table, noise.axis) == -math.inf


@pytest.mark.parametrize("algebra", ["hrr", "bsc"])  # of which one has no such tables
@pytest.mark.parametrize("load", [math.nan, 4.0])
@pytest.mark.parametrize("k", [1, 3])
def test_of_one_says_the_same_without_it(loop, monkeypatch, algebra, load, k):
    space = vsa.Space(dim=256, algebra=algebra)
    memory = vsa.Memory(space)
    memory.add([str(i) for i in range(40)], space.random(40))
    query = Query(memory.vectors(np.array(3)), memory.table.rows, memory.select(), k)
    query.load = Load.terms(load)
    rng = np.random.default_rng(0)
    scores = rng.normal(size=40) / 16
    scores[3] = 0.4
    best = np.sort(scores)[::-1][: query.wanted].tolist()
    said = []
    for each in (loop, None):
        monkeypatch.setattr(fused, "LOOP", each)
        logs, total = of_one(query, scores, best, space.noise)
        assert len(logs) == k
        said.append([*logs, total])
    assert said[0] == pytest.approx(said[1], abs=1e-9)


@pytest.mark.parametrize(
    "change",
    [
        {"cosines": np.zeros(3, int)},
        {"cosines": np.zeros((3, 1))},
        {"values": np.zeros(0)},
        {"values": np.zeros(9, np.float32)},
        {"steps": np.zeros(8)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(loop, change):
    arrays = {"cosines": np.zeros(3), "least": -1.0, "values": np.zeros(9), "steps": np.zeros(9)}
    assert loop.log_total(*arrays.values(), (0.9, 8.0, 0.5)) == pytest.approx(math.log(3))
    with pytest.raises(ValueError, match="not those that log_total"):
        loop.log_total(*(arrays | change).values(), (0.9, 8.0, 0.5))
