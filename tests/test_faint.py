"""Answers of nothing out of a large memory: as exact as others, without comparing every row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sketches import filled, small  # noqa: F401 - a fixture

import vsa
from vsa.algebra import fused
from vsa.memory import faint, one, scan
from vsa.memory.matches import Query
from vsa.memory.sketch import asymmetric, kernels, search, shortlist
from vsa.memory.storage import asked

ITEMS, DIM = 40_000, 256


@pytest.fixture(scope="module")
def memory():
    return filled(ITEMS, dim=DIM)


@pytest.fixture
def exact_scans(monkeypatch):
    """How many queries have been compared with every row."""
    counts = []

    def counting(module, count):
        compared = module._compared

        def counted(query, *rest):
            counts.append(count(query))
            return compared(query, *rest)

        monkeypatch.setattr(module, "_compared", counted)

    counting(one, lambda query: 1)
    counting(scan, lambda query: len(query.vector))
    return counts


def agree(answer, exact):
    assert (answer.rows == exact.rows).mean() >= 0.98  # `MISS` is .005 of one
    same = (answer.rows == exact.rows)[..., 0]
    for name in ("similarities", "probabilities"):
        mine, its = (getattr(each.found, name)[same] for each in (answer, exact))
        np.testing.assert_allclose(mine, its, atol=0.01)
    np.testing.assert_allclose(answer.found.nothing, exact.found.nothing, atol=0.01)
    # `SHADE` is a standard deviation, at most
    error = answer.found.log_sum - exact.found.log_sum
    assert np.sqrt((error**2).mean()) < 0.012
    assert abs(error.mean()) < 0.004


def test_noise_is_nothing_as_exactly_and_not_every_row_is_compared(memory, exact_scans):
    query = memory.space.random(60)
    answer = memory.cleanup(query)
    assert sum(exact_scans) <= 3  # of a best that is seldom so faint
    agree(answer, memory.cleanup(query, exact=True))
    exact_scans.clear()
    for i in range(10):
        single = memory.cleanup(query[i]).found
        assert single.rows[0] == answer.rows[i, 0]
        np.testing.assert_allclose(single.log_sum, answer.found.log_sum[i], rtol=1e-6)
    assert sum(exact_scans) <= 1


def test_noise_of_a_batch_is_searched_at_once(memory, monkeypatch):
    searched, near, looked = [], asymmetric.near, fused.faint

    def counted(compare, planes, queries, farthest):
        searched.append(len(farthest))
        return near(compare, planes, queries, farthest)

    def called(planes, units, *given):
        found = looked(planes, units, *given)
        searched.extend([len(units)] if found is not None else [])
        return found

    monkeypatch.setattr(asymmetric, "near", counted)
    monkeypatch.setattr(fused, "faint", called)
    query = memory.space.batch([f"noise {i}" for i in range(20)])
    assert memory.cleanup(query).is_nothing.all()
    assert searched == [20]


def test_restrictions_and_loads_hold(memory, exact_scans):
    query = memory.space.random(40)
    best = memory.cleanup(query).rows[:, 0]
    exact_scans.clear()
    without = {"exclude": [memory.label(int(row)) for row in best]}
    answer = memory.cleanup(query, **without)
    assert sum(exact_scans) <= 2
    assert not np.isin(answer.rows, best).any()
    agree(answer, memory.cleanup(query, exact=True, **without))
    for load in (5.0, 20.0):
        answer = memory.cleanup(query, load=load)
        exact = memory.cleanup(query, load=load, exact=True)
        np.testing.assert_allclose(answer.found.nothing, exact.found.nothing, atol=0.01)


def test_a_batch_of_both_keeps_its_order(memory, exact_scans):
    items = np.arange(0, 40, 2)
    query = memory.space.random(40).data
    query[items] = memory.vectors(items).data
    answer = memory.cleanup(vsa.Vector(memory.space, query))
    assert sum(exact_scans) <= 2
    assert answer.rows[items, 0].tolist() == items.tolist()
    assert answer.is_nothing[items + 1].all()


def test_related_items_take_the_exact_scan():
    """What is out of sight is then no noise, and is not taken for it."""
    space = vsa.Space(dim=DIM)
    memory = vsa.Memory(space)
    shared, own = space.atom("shared"), space.random(ITEMS)
    rows = own.data.copy()
    rows[: ITEMS // 4] += 0.1 * shared.data
    memory.add([str(i) for i in range(ITEMS)], vsa.Vector(space, rows).normalize())
    for i in range(3):
        query = shared + space.atom(f"n{i}").scale(3)
        asked_for = Query(query, memory.table.rows, memory.select(), sketch=memory.table.sketch)
        memory.table.sketch.follow(memory.table.rows)
        assert faint.one(faint.Shortlist(asked_for), asked(query)[0]) is None
        asked_for = replace(asked_for, vector=space.atom(f"n{i}"))
        assert faint.one(faint.Shortlist(asked_for), asked(space.atom(f"n{i}"))[0])


def test_many_or_several_are_left_to_the_exact_scan(memory, exact_scans):
    memory.cleanup(memory.space.random(200))
    assert sum(exact_scans) >= 190
    exact_scans.clear()
    query = memory.space.random(5)
    answer = memory.cleanup(query, k=3)  # the third is fainter: as it comes
    exact = memory.cleanup(query, k=3, exact=True)
    assert (answer.rows == exact.rows).mean() >= 0.9


def test_of_several_numpy_counts_bits_no_faster_than_it_multiplies(
    memory, exact_scans, monkeypatch
):
    monkeypatch.setattr(fused, "LOOP", None)
    monkeypatch.setattr(kernels, "faiss", lambda: None)
    memory.cleanup(memory.space.random(6))
    assert sum(exact_scans) <= 1
    exact_scans.clear()
    memory.cleanup(memory.space.random(7))
    assert sum(exact_scans) == 7


def test_without_faiss_and_the_loop_it_is_the_same(memory, monkeypatch):
    query = memory.space.random(3)
    with_it = [memory.cleanup(query[i]).found for i in range(3)]
    monkeypatch.setattr(fused, "LOOP", None)
    monkeypatch.setattr(kernels, "faiss", lambda: None)
    for i, its in enumerate(with_it):
        mine = memory.cleanup(query[i]).found
        assert mine.rows.tolist() == its.rows.tolist()
        assert mine.log_sum == pytest.approx(its.log_sum, rel=1e-6)


@pytest.mark.parametrize("dim", [256, 1000, 1024])
def test_the_estimate_is_the_product_with_the_signs(dim):
    rng = np.random.default_rng(dim)
    unit = rng.normal(size=dim)
    unit /= np.linalg.norm(unit)
    space = vsa.Space(dim=dim)
    memory = vsa.Memory(space)
    memory.add([str(i) for i in range(50)], space.random(50))
    memory.cleanup(space.random(3))
    sketch, stored = memory.table.sketch, memory.table.rows
    sketch.follow(stored)
    levels, most = asymmetric.Levels(unit[None]), 7  # of three bits
    planes, its = sketch.planes(len(sketch.prefixes)), sketch.planes_of(levels.bits([0]))
    ((row, far),) = asymmetric.near(search.by_numpy, planes, its, np.array([most * dim]))
    value = 2.0 * levels.steps[0] - most
    plain = np.where(stored > 0, 1, -1) @ value
    assert row.tolist() == list(range(50))
    np.testing.assert_array_equal(most * dim - 2 * far, plain)
    assert value @ unit == pytest.approx(levels.along[0])
    assert levels.lost[0] == pytest.approx(0.045, abs=0.02)
    kept = far <= levels.farthest(0, asymmetric.Fine(0.05, 0.1, float(levels.lost[0])))
    np.testing.assert_array_equal(kept, plain / (levels.along[0] * dim**0.5) >= 0.05)


@pytest.mark.parametrize("kernel", [search.by_numpy, search.by_faiss, search.by_loop])
def test_several_are_compared_as_each_alone_is(kernel, monkeypatch):
    if kernel is search.by_faiss:
        pytest.importorskip("faiss")
    rng, counts = np.random.default_rng(0), (1000, 3)
    planes = [rng.integers(0, 256, (counts[0], 64), dtype=np.uint8) for _ in range(2)]
    bits = [rng.integers(0, 256, (2 * counts[1], 64), dtype=np.uint8) for _ in range(2)]
    farthest = np.array([1500, 1530, 0])
    apart = sum(
        np.bitwise_count(plane[:, None] ^ bit).sum(-1, dtype=int)
        for plane, bit in zip(planes, bits, strict=True)
    )
    total = apart[:, : counts[1]] + 2 * apart[:, counts[1] :]
    for entries in (search.ENTRIES, 700, 20):  # in blocks, too
        monkeypatch.setattr(search, "ENTRIES", entries)
        near = asymmetric.near(kernel, planes, bits, farthest)
        for i, (row, far) in enumerate(near):
            assert row.tolist() == np.flatnonzero(total[:, i] <= farthest[i]).tolist()
            assert far.tolist() == total[row, i].tolist()
    assert 0 < len(near[0][0]) < len(near[1][0]) < counts[0]


def test_rows_are_kept_as_often_as_the_theory_says(memory):
    query = memory.space.random(20)
    memory.cleanup(query)
    table = memory.table
    units = asked(query)[0]
    shortlist = faint.Shortlist(Query(query[0], table.rows, memory.select(), sketch=table.sketch))
    sketch, near, there = table.sketch, [], []
    for unit in units:
        levels = asymmetric.Levels(unit[None])
        step = shortlist.faint(float(levels.lost[0]))
        assert step is not None
        bits = sketch.planes_of(levels.bits([0]))
        most = np.array([levels.farthest(0, step.fine)])
        ((row, _),) = asymmetric.near(search.by_numpy, sketch.planes(1), bits, most)
        kept = np.isin(np.arange(ITEMS), row)
        assert abs(kept.sum() - step.share * ITEMS) < 5 * np.sqrt(step.share * ITEMS)
        cosines = table.rows @ unit
        some = (cosines > 0.12) & (cosines < 0.16)  # among which a good part is missed
        near.append(kept[some].mean())
        there.append(1 - asymmetric.missed(float(cosines[some].mean()), step.fine, step.gain, DIM))
    assert np.mean(near) == pytest.approx(np.mean(there), abs=0.02)


@pytest.mark.parametrize("shape", [(), 5])
def test_in_few_rows_noise_goes_to_the_exact_scan_after_three_searches(
    shape, exact_scans, monkeypatch
):
    memory, searched = filled(6000, dim=1024), []

    def counting(search):
        def counted(*given):
            searched.append(given)
            return search(*given)

        return counted

    for name in ("weighed", "weighed_one"):
        monkeypatch.setattr(fused, name, counting(getattr(fused, name)))
    monkeypatch.setattr(faint, "Levels", None)  # nor is its best looked for in vain
    query = memory.space.random(shape)
    answer = memory.cleanup(query)
    assert len(searched) == 3
    assert exact_scans == [shape or 1]
    exact = memory.cleanup(query, exact=True)
    assert answer.found.rows.tolist() == exact.found.rows.tolist()
    monkeypatch.setattr(shortlist, "NOISY", 9)  # there is a wider one yet
    memory.cleanup(query)
    assert len(searched) == 3 + 4


def test_rows_are_compared_where_they_stand(memory, monkeypatch):
    compared, products, looked = [], fused.products, fused.faint

    def counted(rows, index, *given):
        assert np.shares_memory(rows, memory.table.rows)
        compared.append(len(index))
        return products(rows, index, *given)

    def called(planes, units, rows, *given):
        assert np.shares_memory(rows, memory.table.rows)
        found = looked(planes, units, rows, *given)
        if found is not None:
            compared.extend(np.frombuffer(found).reshape(len(units), -1)[:, 3])
        return found

    monkeypatch.setattr(fused, "products", counted)
    monkeypatch.setattr(fused, "faint", called)
    memory.cleanup(memory.space.random(20))
    assert 0 < sum(compared) < 20 * len(memory) / 16


def test_what_a_search_counted_is_not_counted_again(memory, monkeypatch):
    """Of one query, in as many rows as do not fit a core's cache."""
    if fused.LOOP is None:
        pytest.skip("it is NumPy that counts")
    before, looked = [], fused.faint

    def called(*given):
        before.append(given[-1])
        return looked(*given)

    monkeypatch.setattr(fused, "faint", called)
    monkeypatch.setattr(fused, "counts_in_passing", lambda: True)
    query = memory.space.random(5)
    few = [memory.cleanup(each).found for each in query]
    assert before == [()] * 5
    monkeypatch.setattr(shortlist, "BEYOND", 0)
    memory.table.sketch.still().plans.clear()
    many = [memory.cleanup(each).found for each in query]
    assert [(len(kept), planes) for kept, planes in before[5:]] == [(ITEMS, 1)] * 5
    for anew, again in zip(few, many, strict=True):
        assert anew.numbers == again.numbers
    memory.table.sketch.still().plans.clear()
    memory.cleanup(query)
    assert before[10:] == [()]
    monkeypatch.setattr(shortlist, "MOST_KEPT", 255)  # of 256 bits there is no room then
    memory.cleanup(query[0])
    assert before[11:] == [()]
    memory.table.sketch.still().plans.clear()
