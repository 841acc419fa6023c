"""Equally near items stand by age, at every k and wherever they are found.

Bipolar vectors of 64, 256 or 1024 components have few different cosines, and these come out exactly,
in whatever order a product is summed.
"""

import numpy as np
import pytest
import sketches
from backends import PRESENT
from vsa_plugins.algebras.map import MAPB

import vsa
from vsa.algebra.backend import Backend, make_backend
from vsa.memory import scan
from vsa.memory.ties import nearest, nearest_of_one, order, order_shown

open_queries = sketches.open_queries
NAMES = [f"item {i}" for i in range(300)]


def brute_force(memory, query, rows, k):
    """The k nearest of some rows for each query, by cosine and then by age."""
    items = memory.vectors(rows).numpy().astype(np.float64)
    cosines = query.numpy().astype(np.float64) @ items.T
    place = np.lexsort((np.broadcast_to(rows, cosines.shape), -cosines.round(9)), axis=-1)
    return rows[place[:, :k]]


@pytest.fixture(params=PRESENT)
def memory(request):
    space = vsa.Space(dim=64, algebra=MAPB, backend=request.param)
    memory = vsa.Memory(space)
    memory.add(NAMES, space.batch(NAMES))
    memory.add(["x", "y"], space.batch(["x", "y"]), kind="token")
    return memory


@pytest.mark.parametrize("k", [1, 2, 3, 8, 31, 32, 33, 34, 100, 299, 302, 400])
@pytest.mark.parametrize("where", [{}, {"kinds": "atom"}, {"exclude": NAMES[:40:3]}])
def test_equally_near_items_stand_by_age(memory, k, where):
    query = memory.space.batch([f"query {i}" for i in range(5)])
    rows = memory.select(**where)
    expected = brute_force(memory, query, rows, k)
    answer = memory.cleanup(query, k, **where)
    assert answer.rows.tolist() == expected.tolist()
    ties = np.diff(answer.similarities, axis=-1) == 0
    if k >= 31:
        assert ties.mean() > 0.5
    for i in range(len(query)):
        assert memory.cleanup(query[i], k, **where).rows.tolist() == expected[i].tolist()


@pytest.mark.parametrize("k", [3, 40])
def test_also_where_the_rows_go_by_in_blocks(memory, k, monkeypatch):
    monkeypatch.setattr(scan, "SCORE_BLOCKS", 1)
    monkeypatch.setattr(scan, "BREADTH", 50)
    monkeypatch.setattr(Backend, "block_bytes", 4 * 5 * 50)
    query = memory.space.batch([f"query {i}" for i in range(5)])
    rows = memory.select()
    expected = brute_force(memory, query, rows, k)
    assert memory.cleanup(query, k).rows.tolist() == expected.tolist()


@pytest.mark.parametrize("k", [1, 2])
def test_also_by_the_sketch(k, monkeypatch, open_queries):
    """Of two items that are equally near to a query, the older wins."""
    for module, name, value in (
        (sketches.kernels, "NUMPY_QUERIES", np.inf),
        (sketches.shortlist, "LEAST_SIZE", 0),
        (sketches.bits, "PATIENCE", 0),
    ):
        monkeypatch.setattr(module, name, value)
    space = vsa.Space(dim=1024, algebra=MAPB)
    memory = vsa.Memory(space)
    names = [str(i) for i in range(3000)]
    memory.add(names, space.batch(names))
    packed = memory.table.rows
    pairs = [(7, 2500), (2999, 0), (1200, 1201), (40, 41)]
    data = np.array([_between(space, packed[a], packed[b]) for a, b in pairs])
    query = vsa.Vector(space, data)
    found = memory.cleanup(query, k)
    assert (memory.similarities(query, np.array(pairs).ravel()).max(1) > 0.4).all()
    expected = [sorted(pair)[:k] for pair in pairs]
    assert found.rows.tolist() == expected
    assert [memory.cleanup(query[i], k).rows.tolist() for i in range(4)] == expected
    assert memory.cleanup(query, k, exact=True).rows.tolist() == expected
    assert not sum(open_queries)


def _between(space, a, b):
    """As near to a as to b, exactly: where they differ, half of the places go with each."""
    signs = np.sign(a)
    differ = np.flatnonzero(signs != np.sign(b))
    if len(differ) % 2:
        signs[differ[-1]] = 0  # with neither
        differ = differ[:-1]
    signs[differ[::2]] = np.sign(b)[differ[::2]]
    return signs


@pytest.mark.parametrize("backend", PRESENT)
@pytest.mark.parametrize("wanted", [1, 2, 32, 33, 60])
def test_the_largest_of_few_different_numbers(backend, wanted):
    backend = make_backend(backend, "float32")
    rng = np.random.default_rng(wanted)
    for high in (1, 3, 50):
        scores = rng.integers(0, high, (7, 60)).astype(np.float32) / 64
        place = np.argsort(-scores, axis=-1, kind="stable")[:, :wanted]
        values, index = nearest(backend, backend.asarray(scores.copy()), wanted)
        assert index.tolist() == place.tolist()
        assert values.tolist() == np.take_along_axis(scores, place, -1).tolist()
        _, index = nearest(backend, backend.asarray(scores[0].copy()), wanted)
        assert index.tolist() == place[0].tolist()
        if backend.name == "numpy":
            kept = scores[0].copy()
            values, index = nearest_of_one(backend, kept, wanted)
            assert index == place[0].tolist()
            assert values == scores[0][place[0]].tolist()
            assert kept.tolist() == scores[0].tolist()  # as they were


def test_matches_of_several_queries_stay_together():
    cosines = np.array([0.5, 0.9, 0.5, 0.1, 0.2, 0.2])
    assert order(cosines, query=np.array([0, 0, 0, 1, 1, 1])).tolist() == [1, 0, 2, 4, 5, 3]
    assert order(cosines, age=np.array([9, 1, 2, 3, 8, 7])).tolist() == [1, 2, 0, 5, 4, 3]


def test_what_differs_by_rounding_is_shown_by_age():
    """Wherever a digit is rounded up: the nearest first, equally near ones in groups."""
    cosines = np.array([0.2, 0.71716547, 0.7171654, 0.3, 0.3000009, 0.2999991], np.float32)
    assert order_shown(cosines, np.arange(6)).tolist() == [1, 2, 3, 4, 5, 0]
    assert order_shown(cosines[::-1], np.arange(6)).tolist() == [3, 4, 0, 1, 2, 5]
    assert order_shown(np.array([0.3, 0.31]), np.arange(2)).tolist() == [1, 0]
    assert order_shown(np.array([]), np.array([], int)).tolist() == []
