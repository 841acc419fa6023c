"""The compressed scan gives the exact scan's answers, and knows when it could not.

Truth is counted out: signs compared one by one, cosines with every row, misses in drawn samples.
"""

from __future__ import annotations

import math
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from backends import PRESENT
from hypothesis import given, settings
from hypothesis import strategies as st
from second_algebra import MAPB

import vsa
from vsa.sketch import Shortlist, Sketch, bits, kernels, shortlist, theory
from vsa.table import Table
from vsa.vector import Vector


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
    search = Shortlist.search

    def counted(self, unit):
        columns, rest = search(self, unit)
        left.append(len(rest))
        return columns, rest

    monkeypatch.setattr(Shortlist, "search", counted)
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


# --- the theory ----------------------------------------------------------------------------------


def at_cosine(rows, c, rng):
    """For each unit row a unit vector at cosine c, otherwise in a random direction."""
    noise = rng.standard_normal(rows.shape)
    noise -= (noise * rows).sum(1, keepdims=True) * rows
    return c * rows + math.sqrt(1 - c * c) * noise / np.linalg.norm(noise, axis=1)[:, None]


def drawn(kind, n, dim, rng):
    """Unit rows with normal coordinates, or those of phasors."""
    if kind == "normal":
        rows = rng.standard_normal((n, dim))
    else:
        phase = rng.uniform(0, 2 * np.pi, (n, dim // 2))
        rows = np.stack((np.cos(phase), np.sin(phase)), axis=-1).reshape(n, dim)
    return rows / np.linalg.norm(rows, axis=1)[:, None]


@pytest.mark.parametrize("c", [0.15, 0.35, 0.7])
@pytest.mark.parametrize(("kind", "gain"), [("normal", 1.0), ("phasors", bits.EVEN)])
def test_signs_differ_as_often_as_the_theory_says(kind, gain, c):
    rng = np.random.default_rng(1)
    rows = drawn(kind, 2000, 512, rng)
    differ = ((rows > 0) != (at_cosine(rows, c, rng) > 0)).mean()
    expected = theory.differing(c, gain)
    if kind == "normal":
        assert expected == pytest.approx(math.acos(c) / math.pi)
        assert differ == pytest.approx(expected, abs=0.002)
    else:  # spectral signs of unitary vectors differ less often still, above all at high cosines
        assert differ < expected
        assert 0.5 - differ > 1.1 * (0.5 - math.acos(c) / math.pi)


@pytest.mark.parametrize("compared", [512, 1024])
@pytest.mark.parametrize("c", [0.2, 0.3, 0.4])
def test_misses_are_as_rare_as_the_theory_says(c, compared):
    """Of vectors at a cosine over all 1024 coordinates, of which 512 or all are compared."""
    rng = np.random.default_rng(2)
    rows = drawn("normal", 4000, 1024, rng)
    near = at_cosine(rows, c, rng)
    differ = ((rows > 0) != (near > 0))[:, :compared].sum(1)
    for share in (0.3, 0.05, 0.01):
        distance = int(np.quantile(differ, 1 - share))
        step = theory.Step(compared, distance, 1024)
        counted = (differ > distance).mean()
        assert theory.missed(c, step) == pytest.approx(counted, abs=0.006 + 0.15 * share)


def test_misses_of_unitary_vectors_are_rarer_than_the_theory_says():
    rng = np.random.default_rng(3)
    rows = drawn("phasors", 4000, 1024, rng)
    differ = ((rows > 0) != (at_cosine(rows, 0.3, rng) > 0)).sum(1)
    for distance in (400, 410, 420, 430):
        step = theory.Step(1024, distance, 1024, bits.EVEN)
        assert (differ > distance).mean() <= theory.missed(0.3, step) + 0.005


@pytest.mark.parametrize("dim", [512, 1024])
def test_the_first_shortlist_holds_the_items_of_its_load(dim):
    rng = np.random.default_rng(4)
    items = drawn("normal", 20_000, dim, rng)
    rest = rng.standard_normal((2000, dim)) / math.sqrt(dim)
    query = items[:2000] / math.sqrt(8) + math.sqrt(7 / 8) * rest
    step = theory.steps(dim, len(items))[0]
    differ = ((items[:2000] > 0) != (query > 0)).sum(1)
    assert (differ > step.distance).mean() <= 2 * theory.MISS
    width = np.mean([((items > 0) != (q > 0)).sum(1) <= step.distance for q in query[:20]])
    assert width == pytest.approx(step.share, rel=0.35)


@pytest.mark.parametrize("items", [10**4, 10**6])
@pytest.mark.parametrize("dim", [300, 512, 1024, 4096])
def test_steps_grow_until_they_cost_as_much_as_an_exact_scan(dim, items):
    steps = theory.steps(dim, items)
    assert list(steps) == sorted(steps)
    assert all(step.share <= theory.WIDEST for step in steps)
    assert all(step.bits in theory.prefixes(dim) for step in steps)
    faintest = [theory.faintest(step) for step in steps]
    assert faintest == sorted(faintest, reverse=True)
    for step, c in zip(steps, faintest, strict=True):
        assert theory.missed(c, step) == pytest.approx(theory.MISS, rel=1e-3)


def test_what_is_out_of_sight_weighs_what_it_does_on_average():
    """E[L; distance > h] over unrelated rows, L heavy-tailed: it is counted by share instead."""
    dim, rng = 512, np.random.default_rng(5)
    step = theory.steps(dim, 10_000)[0]
    share = np.exp(rng.uniform(-math.log(math.sqrt(dim)), 0, 20_000))[:, None]
    item = rng.standard_normal((20_000, dim))
    query = share * item + np.sqrt(1 - share**2) * rng.standard_normal(item.shape)
    hidden = (((item > 0) != (query > 0)).sum(1) > step.distance).mean()
    assert theory.unseen(step) == pytest.approx(hidden, abs=0.015)


# --- the sketch ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [256, 300, 512, 700, 1024, 1500, 4096, 5000])
@pytest.mark.parametrize("count", [1, 3, 40])
def test_distances_are_those_of_the_signs(dim, count):
    rng = np.random.default_rng(dim)
    space = vsa.Space(dim=dim)
    table = Table(space)
    table.append([str(i) for i in range(300)], space.random(300))
    table.sketch.follow(table)
    asked = rng.standard_normal((count, dim)).astype(np.float32)
    signs = table.sketch.signs(asked)
    for prefix in table.sketch.prefixes:
        differ = ((table.rows > 0)[None, :, :prefix] != (asked > 0)[:, None, :prefix]).sum(-1)
        distance = int(np.quantile(differ, 0.1))
        expected = np.argwhere(differ <= distance).tolist()
        for compare in {kernels.kernel(count), kernels._numpy} - {None}:
            planes = table.sketch.planes(prefix)
            found = kernels.near(compare, planes, signs, distance)
            assert np.transpose(found).tolist() == expected


def test_a_query_near_to_a_crowd_has_no_shortlist():
    space = vsa.Space(dim=512)
    table = Table(space)
    head = space.random()
    table.append([str(i) for i in range(200)], (head + 0.5 * space.random(200)).normalize())
    table.sketch.follow(table)
    for count in (1, 2):  # the second query is near to nothing
        asked = table.unit(space.stack([head, space.random()][:count]))[0]
        planes, signs = table.sketch.planes(512), table.sketch.signs(asked)
        which, row = kernels.near(kernels._numpy, planes, signs, 200)
        assert (len(which), len(row)) == (0, 0)


changes = st.lists(
    st.tuples(
        st.sampled_from(["add", "undo", "add", "undo", "remove", "rename"]),
        st.integers(1, 3),
        st.booleans(),
    ),
    min_size=6,
    max_size=20,
)


@settings(max_examples=100)
@given(changes)
def test_the_sketch_keeps_up_with_any_change(steps):
    space = vsa.Space(dim=256)
    memory = vsa.Memory(space)
    for turn, (what, n, look) in enumerate(steps):
        names = memory.names()
        if what == "add":
            memory.add([f"{turn}/{i}" for i in range(n)], space.random(n))
        elif what == "undo":
            with suppress(vsa.VsaError):  # there may be nothing to undo
                memory.journal.undo()
        elif what == "remove" and names:
            memory.remove(names[n % len(names)])
        elif what == "rename" and names:
            memory.rename(names[n % len(names)], f"new{turn}")
        if look:  # in between, rows may have gone and others come
            in_step(memory.table)
    in_step(memory.table)


def in_step(table):
    table.sketch.follow(table)
    assert len(table.sketch) == len(table)
    fresh = table.sketch.signs(table.rows)
    for plane, expected in zip(table.sketch.planes(256), fresh, strict=True):
        np.testing.assert_array_equal(plane, expected)


def test_rows_that_take_the_place_of_others_are_sketched_anew():
    memory = filled(50, dim=256)
    for first in range(0, 30, 10):
        memory.add([f"{first}/{i}" for i in range(10)], memory.space.random(10))
        in_step(memory.table)
        memory.journal.undo()


def test_the_sketch_grows_by_what_is_added(monkeypatch):
    memory = filled(100, dim=256)
    sketched = []
    told = Sketch._told
    monkeypatch.setattr(
        Sketch, "_told", lambda self, rows: sketched.append(len(rows)) or told(self, rows)
    )
    query = memory.space.random()
    memory.cleanup(query)
    memory.add(["a", "b"], memory.space.random(2))
    memory.remove("7")
    memory.rename("8", "eight")
    memory.cleanup(query)
    memory.cleanup(query)
    assert sketched == [100, 2]


# --- answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("atoms", ["unitary", "gaussian"])
@pytest.mark.parametrize("dim", [512, 1024, 2048])
def test_eight_pairs_are_answered_from_the_sketch_as_exactly(dim, atoms, open_queries):
    memory = filled(6000, dim=dim, atoms=atoms)
    query, right = crosstalk(memory, 300, 8)
    answer, exact = both(memory, query)
    agree(answer, exact)
    assert sum(open_queries) <= 3
    assert (answer.rows[:, 0] == right).mean() >= 0.99
    assert (answer.margin >= exact.margin - 1e-6).all()  # the second best may be out of sight
    assert (answer.margin - exact.margin).max() < 0.1
    for i in range(0, 300, 30):
        agree(memory.cleanup(query[i]), exact[i])


@pytest.mark.parametrize("pairs", [1, 2, 16, 32])
def test_answers_are_right_at_any_load(pairs):
    memory = filled(5000, dim=512)
    query, _ = crosstalk(memory, 200, pairs)
    agree(*both(memory, query))
    agree(*both(memory, query[0]))


def test_wide_shortlists_are_made_in_parts(monkeypatch):
    memory = filled(4000, dim=512)
    query, _ = crosstalk(memory, 100, 12)
    whole = memory.cleanup(query)
    monkeypatch.setattr(shortlist, "PAIRS", 500)
    agree(memory.cleanup(query), whole, tolerance=1e-9)


def test_crowded_queries_go_back_to_the_exact_scan(open_queries):
    memory = filled(5000, dim=512)
    query, _ = crosstalk(memory, 100, 64)
    agree(*both(memory, query), tolerance=0.002)
    assert open_queries == [pytest.approx(100, abs=5)]
    memory.cleanup(query[0])
    assert open_queries[1:] == [1]


def test_noise_is_nothing_as_the_exact_scan_says(open_queries):
    memory = filled(5000, dim=512)
    query = memory.space.random(50)
    answer, exact = both(memory, query)
    agree(answer, exact)
    assert answer.is_nothing.all()
    assert sum(open_queries) == 50


def test_the_nearest_of_many_right_items_is_found(open_queries):
    """A plain bundle: several items are in the query, and the best may hide behind the others."""
    memory = filled(5000, dim=512)
    rng = np.random.default_rng(0)
    for members in (3, 8, 16, 40):
        open_queries.clear()
        picked = rng.integers(0, 5000, (200, members))
        query = bundle(memory, picked)
        answer, exact = both(memory, query)
        assert (answer.rows == exact.rows).mean() >= 0.99
        assert sum(open_queries) <= (2 if members <= 8 else 200)
    assert sum(open_queries) > 50  # of forty: the best is too faint to be sure of


def test_several_best(open_queries):
    memory = filled(5000, dim=1024)
    picked = np.random.default_rng(1).integers(0, 5000, (50, 3))
    query = bundle(memory, picked)
    answer, exact = both(memory, query, k=3)
    agree(answer, exact)
    assert sum(open_queries) == 0  # each of the three is far above what could be missed
    answer, exact = both(memory, query, k=4)
    agree(answer, exact)
    assert open_queries[-1] == 50  # the fourth is noise: it takes the exact scan
    agree(*both(memory, query[0], k=3))


def test_restrictions_hold(open_queries):
    memory = filled(4000, dim=1024)
    space = memory.space
    memory.add([f"t{i}" for i in range(500)], space.random(500), kind="token")
    query, right = crosstalk(memory, 40, 4)
    for options in ({"kinds": "atom"}, {"exclude": [str(i) for i in range(1000)]}):
        agree(*both(memory, query, **options))
        agree(*both(memory, query[0], **options))
    assert open_queries
    without = memory.cleanup(query[0], exclude=[memory.label(int(right[0]))])
    assert without.rows[0] != right[0]
    open_queries.clear()
    agree(*both(memory, query, kinds="token"))
    agree(*both(memory, query, among=[str(i) for i in range(100)]))
    assert not open_queries  # few are eligible: they are compared at once
    memory.remove(memory.label(int(right[1])))
    agree(*both(memory, query))
    assert open_queries
    assert right[1] not in memory.cleanup(query[1]).rows


def test_exact_when_asked_to_be(open_queries):
    memory = filled(3000, dim=512)
    query, _ = crosstalk(memory, 20, 4)
    memory.cleanup(query, exact=True)
    memory.cleanup(query[0], exact=True)
    assert not open_queries
    memory.exact = True
    memory.cleanup(query)
    assert not open_queries
    memory.cleanup(query, exact=False)
    assert open_queries == [0]
    assert vsa.Memory(memory.space, exact=True).exact


def test_small_tables_and_first_queries_are_scanned_exactly(monkeypatch, open_queries):
    monkeypatch.undo()
    memory = filled(300, dim=512)
    memory.cleanup(memory.space.random(50))
    assert not len(memory.table.sketch)
    monkeypatch.setattr(shortlist, "LEAST_SIZE", 0)
    memory = filled(300, dim=512)
    for _ in range(bits.PATIENCE - 1):
        memory.cleanup(memory["7"])
        assert not len(memory.table.sketch)
    memory.cleanup(memory["7"])
    assert len(memory.table.sketch) == 300


def test_without_faiss_single_queries_are_sketched_and_batches_exact(monkeypatch, open_queries):
    monkeypatch.setattr(kernels, "faiss", lambda: None)
    monkeypatch.setattr(kernels, "NUMPY_QUERIES", 3)
    memory = filled(3000, dim=1024)
    query, right = crosstalk(memory, 20, 8)
    agree(*both(memory, query[0]))
    assert open_queries == [0]
    agree(*both(memory, query))
    assert open_queries == [0]
    assert memory.cleanup(query[3]).rows[0] == right[3]


# --- rows and queries out of the ordinary --------------------------------------------------------


def test_rows_whose_signs_say_little_are_on_every_shortlist(open_queries):
    """Weight on few coordinates: their signs are found wrong as often as right."""
    memory = filled(3000, dim=1024)
    rng = np.random.default_rng(0)
    spiked = np.zeros((5, 1024), dtype=np.float32)
    for row in spiked:
        row[rng.integers(0, 1024, 20)] = rng.standard_normal(20)
    rows = Vector(memory.space, memory.space.algebra.unpack(spiked))
    memory.add([f"spike{i}" for i in range(5)], rows)
    noise = at_cosine(spiked / np.linalg.norm(spiked, axis=1)[:, None], 0.4, rng)
    query = Vector(memory.space, memory.space.algebra.unpack(noise.astype(np.float32)))
    answer, exact = both(memory, query)
    agree(answer, exact)
    assert answer.name.tolist() == [f"spike{i}" for i in range(5)]
    assert open_queries == [0]
    agree(*both(memory, query[2]))
    assert memory.table.sketch.exceptions.tolist() == [3000, 3001, 3002, 3003, 3004]


def test_a_few_sums_among_unitary_atoms_are_exceptions_and_many_set_the_rule():
    memory = filled(4000, dim=512)
    sketch, space = memory.table.sketch, memory.space
    memory.cleanup(space.random(10))
    assert sketch.gain == bits.EVEN
    memory.add("sum", space.random() + space.random() + space.random())
    memory.cleanup(space.random(10))
    assert sketch.exceptions.tolist() == [4000]
    total = space.random(400) + space.random(400) + space.random(400)
    memory.add([f"sum{i}" for i in range(400)], total)
    query, _ = crosstalk(memory, 100, 8)
    agree(*both(memory, query))
    assert sketch.gain == 1.0
    assert len(sketch.exceptions) < 10


def test_tables_of_alike_rows_are_scanned_exactly(open_queries):
    memory = filled(10, dim=512)
    head = memory.space.random()
    alike = (head + 0.7 * memory.space.random(2000)).normalize()
    memory.add([f"alike{i}" for i in range(2000)], alike)
    query = memory.vectors(np.arange(100, 150)) + 0.5 * memory.space.random(50)
    agree(*both(memory, query))
    agree(*both(memory, query[0]))


def test_a_zero_query_finds_nothing():
    memory = filled(2000, dim=512)
    data = memory.vectors(np.arange(3)).data.copy()
    data[1] = 0
    batch = Vector(memory.space, data)
    agree(*both(memory, batch))
    agree(*both(memory, batch[1]))
    assert memory.cleanup(batch).rows.tolist() == [[0], [-1], [2]]


def test_double_precision_and_another_algebra():
    for options in ({"dtype": "float64"}, {"algebra": MAPB}):
        memory = filled(2000, dim=1024, **options)
        query, right = crosstalk(memory, 50, 5)
        answer, exact = both(memory, query)
        agree(answer, exact)
        assert (answer.rows[:, 0] == right).all()


@pytest.mark.skipif("torch" not in PRESENT, reason="torch is not installed")
def test_other_backends_stay_exact(open_queries):
    memory = filled(1000, dim=512, backend="torch")
    assert memory.cleanup(memory.vectors(np.arange(5))).rows[:, 0].tolist() == list(range(5))
    assert not open_queries


def test_empty_batches_and_single_items():
    memory = filled(1000, dim=512)
    assert memory.cleanup(memory.space.random(0)).shape == (0,)
    shaped = memory.vectors(np.arange(6)).reshape(2, 3)
    assert memory.cleanup(shaped).rows[..., 0].tolist() == [[0, 1, 2], [3, 4, 5]]
    one = filled(1, dim=512)
    assert one.cleanup(one["0"]).name == "0"
    assert one.cleanup(one.vectors(np.array([0, 0]))).rows.tolist() == [[0], [0]]


def test_the_comparison_of_sketches_counts_what_it_says(monkeypatch):
    sys.path.append(str(Path(__file__).parents[1]))  # benchmarks are not installed
    from benchmarks import recall, sketched

    monkeypatch.setattr(recall, "WIDTH", 20)
    memory = sketched.filled(vsa.Space(dim=512, atoms="gaussian"), 2000)
    found = dict(recall.table(memory, 60))
    assert set(found) == set(recall.PAIRS)
    assert {"exact", "same", "left", "spectral", "real", "fly"} <= set(found[2])
    assert all(share == 1 for name, share in found[2].items() if name != "left")
    for shares in found.values():
        assert all(0 <= share <= 1 for share in shares.values())
        assert shares["same"] >= 0.98
    assert found[2]["left"] < found[32]["left"]
    assert found[32]["fly"] > 5 * recall.WIDTH / 2000  # better than guessing
