"""Small sketched memories, queries with crosstalk, and the exact scan beside the sketched one."""

from __future__ import annotations

import math

import numpy as np
import pytest

import vsa
from vsa.memory import one
from vsa.memory.sketch import bits, kernels, shortlist
from vsa.memory.sketch.shortlist import Shortlist


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A sketch for small tables, too, from the first query on, with faiss or without."""
    monkeypatch.setattr(kernels, "NUMPY_QUERIES", math.inf)
    monkeypatch.setattr(shortlist, "LEAST_SIZE", 0)
    monkeypatch.setattr(bits, "PATIENCE", 0)


@pytest.fixture
def open_queries(monkeypatch):
    """How many queries each search left to the exact scan."""
    left = []
    single, several = one.sketched, Shortlist.several

    def counted(query, unit):
        found = single(query, unit)
        left.append(int(found is None))
        return found

    def counted_all(self, unit):
        columns, rest = several(self, unit)
        left.append(len(rest))
        return columns, rest

    monkeypatch.setattr(one, "sketched", counted)
    monkeypatch.setattr(Shortlist, "several", counted_all)
    return left


def filled(items, **options):
    space = vsa.Space(**options)
    memory = vsa.Memory(space)
    memory.add([str(i) for i in range(items)], space.random(items))
    return memory


def crosstalk(memory, count, pairs, seed=0):
    """Items in a superposition of bound pairs, unbound; and which they are."""
    space, rng = memory.space, np.random.default_rng(seed)
    picked = [rng.integers(0, len(memory), count) for _ in range(pairs)]
    total = memory.vectors(picked[0])
    for other in picked[1:]:
        total = total + space.random((count,)) * memory.vectors(other)
    return total.normalize(), picked[0]


def bundle(memory, picked):
    """The sum of some items for each query (n, members)."""
    first, *rest = (memory.vectors(rows) for rows in picked.T)
    return sum(rest, first).normalize()


def both(memory, query, **options):
    return memory.cleanup(query, **options), memory.cleanup(query, exact=True, **options)


def agree(answer, exact, tolerance=0.01):
    assert answer.rows.tolist() == exact.rows.tolist()
    np.testing.assert_allclose(answer.similarities, exact.similarities, atol=1e-5)
    np.testing.assert_allclose(answer.probabilities, exact.probabilities, atol=tolerance)
    np.testing.assert_allclose(answer.nothing, exact.nothing, atol=tolerance)


def at_cosine(rows, c, rng):
    """For each unit row a unit vector at cosine c, otherwise in a random direction."""
    noise = rng.standard_normal(rows.shape)
    noise -= (noise * rows).sum(1, keepdims=True) * rows
    return c * rows + math.sqrt(1 - c * c) * noise / np.linalg.norm(noise, axis=1)[:, None]
