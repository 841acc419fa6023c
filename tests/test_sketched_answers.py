"""The compressed scan gives the exact scan's answers, and knows when it could not.

Truth is counted out: signs compared one by one, cosines with every row, misses in drawn samples.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import sketches
from backends import PRESENT
from sketches import agree, at_cosine, both, bundle, crosstalk, filled
from vsa_plugins.algebras.map import MAPB

import vsa
from vsa.algebra import fused
from vsa.algebra.vector import Vector
from vsa.memory import storage
from vsa.memory.matches import Query
from vsa.memory.sketch import bits, kernels, shortlist
from vsa.memory.sketch.listed import of_ranked
from vsa.theory.load import UNKNOWN, Load

small, open_queries = sketches.small, sketches.open_queries


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
        single = memory.cleanup(query[i])
        agree(single, exact[i])
        assert single.probability + single.nothing <= 1 + 1e-9


@pytest.mark.parametrize("pairs", [1, 2, 16, 32])
def test_answers_are_right_at_any_load(pairs):
    memory = filled(5000, dim=512)
    query, _ = crosstalk(memory, 200, pairs)
    agree(*both(memory, query))
    agree(*both(memory, query[0]))
    loads = np.random.default_rng(0).choice([pairs, 2.0 * pairs, np.nan], 200)
    load = Load("terms", loads)  # some known, some mistaken, some unknown
    agree(*both(memory, query, load=load))
    for i in range(3):
        agree(*both(memory, query[i], load=load[i]))


def test_wide_shortlists_are_made_in_parts(monkeypatch):
    memory = filled(4000, dim=512)
    query, _ = crosstalk(memory, 100, 12)
    whole = memory.cleanup(query)
    monkeypatch.setattr(shortlist, "PAIRS", 500)
    agree(memory.cleanup(query), whole, tolerance=1e-9)


def test_the_newest_items_are_found_as_others_are(open_queries):
    """They are at the end of the table, where a block of comparisons may hold few rows."""
    for items in (8192, 8193, 8195):
        memory = filled(items, dim=512)
        last = memory[str(items - 1)]
        query = memory.space.stack([last + 0.5 * memory.space.random() for _ in range(32)])
        agree(*both(memory, query))
        assert sum(open_queries) == 0


def test_rivals_out_of_sight_do_not_change_the_probabilities():
    """Bundles: several items are right, nearly as near as the best, and some may be missed."""
    memory = filled(5000, dim=1024)
    rng = np.random.default_rng(5)
    query = bundle(memory, rng.integers(0, 5000, (3000, 12)))
    for load in (None, 12, 8):
        answer, exact = both(memory, query, load=load)
        away = np.abs(answer.probability - exact.probability)
        assert np.mean(away > 0.01) <= 0.002


@pytest.mark.parametrize("load", [None, 5])
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("prior", [0, 0.5, 0.9])
def test_the_probabilities_of_all_items_come_to_one(prior, exact, load):
    """Of a crowd in the noise too, whose likelihoods are read off a table."""
    memory = filled(3000, dim=512)
    noise = memory.space.random(3)
    options = {"k": 3000, "prior_nothing": prior, "exact": exact, "load": load}
    for query in (noise, noise[0]):
        answer = memory.cleanup(query, **options)
        total = answer.probabilities.sum(-1) + answer.nothing
        np.testing.assert_allclose(total, 1, atol=0.002)
        assert (total <= 1 + 1e-9).all()


def test_a_shortlist_of_one_is_no_answer():
    """Where a second best is wanted; its likelihood may be beyond any number."""
    memory = filled(300, dim=4096)
    table = memory.table
    vectors = memory.vectors(np.arange(2))
    query = Query(vectors, table.rows, memory.select(), sketch=table.sketch)
    search = shortlist.Shortlist(query)
    step = search.steps()[0]
    ends, row = np.array([0, 1, 3]), np.array([0, 1, 7])
    score = table.rows[row] @ storage.asked(vectors[1])[0]
    known = UNKNOWN.over((len(vectors),)).known(step.noise)
    listed = of_ranked(ends, row, score, query.wanted, step.noise, *known)
    done, _ = search.answered(listed, step)
    assert done.tolist() == [1]


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


def test_exact_when_asked_to_be_in_the_language(open_queries):
    session = vsa.Session(memory=filled(3000, dim=512))
    query, right = crosstalk(session.memory, 1, 4)
    session.set("v", query[0])
    for text, left in (("cleanup(v)", [0]), ("cleanup(v, exact=true)", [])):
        open_queries.clear()
        assert session.run(text)[0].rows[0] == right[0]
        assert open_queries == left


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


def test_without_faiss_and_the_loop_batches_are_sketched_and_large_ones_exact(
    monkeypatch, open_queries
):
    monkeypatch.setattr(fused, "LOOP", None)
    monkeypatch.setattr(kernels, "faiss", lambda: None)
    monkeypatch.setattr(kernels, "NUMPY_QUERIES", 20)
    memory = filled(3000, dim=1024)
    query, right = crosstalk(memory, 40, 8)
    agree(*both(memory, query[0]))
    agree(*both(memory, query[:20]))
    assert open_queries == [0, 0]
    agree(*both(memory, query))
    assert open_queries == [0, 0]
    assert memory.cleanup(query[:20]).rows[:, 0].tolist() == right[:20].tolist()


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
def test_torch_is_sketched_where_numpy_can_compute(open_queries):
    memory = filled(1000, dim=512, backend="torch")
    assert memory.cleanup(memory.vectors(np.arange(5))).rows[:, 0].tolist() == list(range(5))
    assert open_queries == [0]


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
