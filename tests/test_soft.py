"""Soft cleanup: weighted recall and its iteration."""

import gc
import tracemalloc

import numpy as np
import pytest
import weighing
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins.algebras.map import MAPB
from weighing import drawn, plain

import vsa
from vsa import soft

LIMIT = 64 << 20

memory, small_blocks = weighing.memory, weighing.small_blocks


# --- recall --------------------------------------------------------------------------------------
@pytest.mark.parametrize("theta", [0.1, 20, 5000])
def test_recall_is_the_softmax_of_cosines_whatever_the_blocks(small_blocks, theta):
    queries, keys, values = drawn(0, (2, 31, 12), (203, 12), (203, 5))
    expected = plain(queries, keys, values, theta)
    np.testing.assert_allclose(soft.recall(queries, keys, values, theta), expected, atol=1e-12)
    one = soft.recall(queries[1, 3], keys, values, theta)
    np.testing.assert_allclose(one, expected[1, 3], atol=1e-12)
    assert soft.recall(queries[:0], keys, values).shape == (0, 31, 5)
    np.testing.assert_allclose(
        soft.recall(queries, keys, theta=theta), plain(queries, keys, keys, theta), atol=1e-12
    )


def test_a_zero_query_is_equally_far_from_all_keys():
    keys, values = drawn(1, (9, 4), (9, 3))
    np.testing.assert_allclose(soft.recall(np.zeros(4), keys, values), values.mean(0))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**31), st.integers(1, 40), st.integers(2, 9), st.floats(0.01, 500),
)  # fmt: skip
def test_laws_of_recall(seed, count, dim, theta):
    queries, keys, values = drawn(seed, (3, dim), (count, dim), (count, 2))
    found = soft.recall(queries, keys, values, theta)
    # convex: within the values, and constant values come back
    assert np.all(found >= values.min(0) - 1e-9)
    assert np.all(found <= values.max(0) + 1e-9)
    np.testing.assert_allclose(soft.recall(queries, keys, np.ones((count, 1)), theta), 1)
    # the order of the keys and all lengths are indifferent
    order = np.random.default_rng(seed).permutation(count)
    np.testing.assert_allclose(soft.recall(queries, keys[order], values[order], theta), found)
    np.testing.assert_allclose(soft.recall(7 * queries, 0.3 * keys, values, theta), found)
    # a repeated memory answers the same
    twice = soft.recall(queries, np.vstack((keys, keys)), np.vstack((values, values)), theta)
    np.testing.assert_allclose(twice, found)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 30))
def test_limits_of_theta(seed, count):
    queries, keys, values = drawn(seed, (4, 6), (count, 6), (count, 3))
    np.testing.assert_allclose(
        soft.recall(queries, keys, values, 1e-9), np.tile(values.mean(0), (4, 1)), atol=1e-6
    )
    scores = queries @ (keys / np.linalg.norm(keys, axis=1, keepdims=True)).T
    near = values[scores.argmax(1)]
    gap = np.diff(np.sort(scores, axis=1)[:, -2:])[:, 0] / np.linalg.norm(queries, axis=1)
    clear = gap > 1e-4
    cold = soft.recall(queries, keys, values, 1e6)
    np.testing.assert_allclose(cold[clear], near[clear], atol=1e-6)


def test_a_memory_is_recalled_from_at_the_lengths_it_has(memory):
    space, names = memory.space, [f"n{i}" for i in range(60)]
    query = space.batch(names[:5]) + space.random(5)
    items = np.vstack([memory[n].numpy() for n in names])
    found = soft.recall(query, memory, theta=12, kinds="atom")
    np.testing.assert_allclose(found.numpy(), plain(query.numpy(), items, items, 12), atol=1e-12)
    chosen = soft.recall(query, memory, theta=12, among=["n3", "n7"])
    np.testing.assert_allclose(
        chosen.numpy(), plain(query.numpy(), items[[3, 7]], items[[3, 7]], 12), atol=1e-12
    )
    every = soft.recall(query, memory, theta=12)  # the key too
    items = np.vstack((items, memory["k"].numpy()))
    np.testing.assert_allclose(every.numpy(), plain(query.numpy(), items, items, 12), atol=1e-12)


def test_values_may_be_vectors_or_numbers(memory):
    space = memory.space
    keys, values = space.batch([*"abcd"]), space.batch([*"wxyz"])
    found = soft.recall(keys[2] + 0.3 * keys[0], keys, values, 80)
    assert found.similarity(values[2]) == pytest.approx(1)
    numbers = soft.recall(keys, keys, np.arange(4.0)[:, None], 80)
    np.testing.assert_allclose(numbers[:, 0], np.arange(4), atol=1e-6)
    by_arrays = soft.recall(np.eye(4), np.eye(4), values, 80)
    assert by_arrays.similarity(values).tolist() == pytest.approx([1] * 4)


def test_superposition_is_that_of_the_algebra():
    space = vsa.Space(64, MAPB)
    items = space.batch([*"abcde"])
    found = soft.recall(items[1], items, theta=3)
    share = np.exp(3 * items.similarity(items[1]))
    np.testing.assert_allclose(found.total, share / share.sum() @ items.data, rtol=1e-5)
    assert set(np.abs(found.numpy()).ravel().round(6)) == {1}  # a vote, not a mean
    assert found.similarity(items[1]) == pytest.approx(1)
    rest = soft.hopfield(items[1] + items[2] + items[3], items, 40)
    assert set(np.abs(rest.vector.numpy()).ravel().round(6)) == {1}


# --- iterated ------------------------------------------------------------------------------------
def test_what_is_apart_is_found_in_a_step_and_stays():
    """Retrieval with one update (Ramsauer et al. 2020)."""
    (patterns,) = drawn(0, (100, 256))
    patterns /= np.linalg.norm(patterns, axis=1, keepdims=True)
    (noise,) = drawn(1, (100, 256))
    found = soft.hopfield(patterns + 0.5 * noise / 16, patterns, 50)
    assert found.settled.all()
    np.testing.assert_allclose(found.vector, patterns, atol=1e-9)
    once = soft.hopfield(patterns + 0.5 * noise / 16, patterns, 50, steps=1)
    np.testing.assert_allclose(once.vector, patterns, atol=1e-4)
    again = soft.hopfield(found.vector, patterns, 50)
    assert (again.steps <= 2).all()
    np.testing.assert_allclose(again.vector, found.vector, atol=1e-9)


def test_similar_items_share_a_fixed_point_until_beta_tells_them_apart():
    (centers, parts) = drawn(0, (4, 512), (4, 3, 512))
    patterns = (centers[:, None] + 0.5 * parts).reshape(12, 512)
    unit = patterns / np.linalg.norm(patterns, axis=1, keepdims=True)
    groups = unit.reshape(4, 3, 512).mean(1)
    metastable = soft.hopfield(unit, patterns, 12, steps=5000)
    shared = metastable.vector.reshape(4, 3, 512)
    np.testing.assert_allclose(shared, np.repeat(shared[:, :1], 3, 1), atol=1e-6)
    lengths = np.linalg.norm(shared[:, 0], axis=1)
    cosines = (shared[:, 0] * groups).sum(1) / lengths / np.linalg.norm(groups, axis=1)
    assert np.all(cosines > 0.99)
    np.testing.assert_allclose(lengths, np.linalg.norm(groups, axis=1), atol=0.02)
    apart = soft.hopfield(unit, patterns, 200)
    np.testing.assert_allclose(apart.vector, unit, atol=1e-6)
    everything = soft.hopfield(unit, patterns, 0.1)
    np.testing.assert_allclose(everything.vector, np.tile(unit.mean(0), (12, 1)), atol=0.02)


def test_many_more_patterns_than_dimensions_are_kept():
    """Exponential capacity: 10,000 patterns in 64 dimensions, where the classical net holds nine."""
    patterns, noise = drawn(0, (10_000, 64), (300, 64))
    patterns /= np.linalg.norm(patterns, axis=1, keepdims=True)
    found = soft.hopfield(patterns[:300] + noise / 8, patterns, 60)  # noise as long as the pattern
    near = np.einsum("nd,nd->n", found.vector, patterns[:300])
    assert (near > 0.99).mean() > 0.98
    assert found.steps.mean() < 4
    blunt = soft.hopfield(patterns[:300] + noise / 8, patterns, 8)
    assert np.linalg.norm(blunt.vector, axis=1).max() < 0.5  # β is too small for so many


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 30), st.floats(0.1, 60))
def test_energy_never_rises(seed, count, beta):
    patterns, state = drawn(seed, (count, 5), (6, 5))
    state /= np.linalg.norm(state, axis=1, keepdims=True)
    unit = patterns / np.linalg.norm(patterns, axis=1, keepdims=True)
    before = soft.energy(state, patterns, beta)
    largest = np.log(np.exp(beta * (state @ unit.T - 1)).sum(1)) / beta + 1
    expected = 0.5 * (state**2).sum(1) - largest + np.log(count) / beta + 0.5
    np.testing.assert_allclose(before, expected, atol=1e-9)
    start = state
    for steps in range(1, 8):
        found = soft.hopfield(start, patterns, beta, steps=steps)
        after = soft.energy(found.vector, patterns, beta)
        assert np.all(after <= before + 1e-9)
        assert np.all(after >= -1e-9)
        assert np.all(found.steps <= steps)
        before = after


def test_fixed_points_are_fixed(small_blocks):
    patterns, state = drawn(3, (40, 6), (70, 6))
    found = soft.hopfield(state, patterns, 8, steps=5000)
    assert found.settled.all()
    unit = patterns / np.linalg.norm(patterns, axis=1, keepdims=True)
    share = np.exp(8 * found.vector @ unit.T)
    np.testing.assert_allclose(share / share.sum(1, keepdims=True) @ unit, found.vector, atol=1e-9)
    singles = [soft.hopfield(s, patterns, 8, steps=5000) for s in state[:9]]
    assert [s.steps for s in singles] == found.steps[:9].tolist()
    assert all(s.settled is True for s in singles)
    assert not soft.hopfield(state, patterns, 8, steps=1).settled.any()


def test_a_vector_settles_to_a_vector(memory):
    query = memory["n4"] + 0.8 * memory["n9"]
    found = soft.hopfield(query, memory, 60)
    assert isinstance(found.vector, vsa.Vector)
    assert found.settled is True
    assert 1 <= found.steps < 10
    assert found.vector.similarity(memory["n4"]) == pytest.approx(1)
    assert found.vector.norm() == pytest.approx(1, abs=1e-6)
    assert soft.energy(found.vector, memory, 60) < soft.energy(query.normalize(), memory, 60)
    pair = soft.hopfield(memory["n4"] + memory["n9"], memory, 1.5, among=["n4", "n9"])
    assert pair.vector.norm() == pytest.approx(np.sqrt(0.5), abs=0.03)


# --- torch ---------------------------------------------------------------------------------------
def test_torch_and_numpy_agree(small_blocks):
    torch = pytest.importorskip("torch")
    arrays = drawn(5, (41, 12), (203, 12), (203, 5))
    tensors = [torch.tensor(a) for a in arrays]
    np.testing.assert_allclose(soft.recall(*tensors, 25), soft.recall(*arrays, 25), atol=1e-12)
    mine, theirs = (soft.hopfield(q, k, 9, steps=12) for q, k, _ in (arrays, tensors))
    np.testing.assert_allclose(theirs.vector, mine.vector, atol=1e-9)
    assert theirs.steps.tolist() == mine.steps.tolist()
    np.testing.assert_allclose(
        soft.energy(theirs.vector, tensors[1], 9), soft.energy(mine.vector, arrays[1], 9)
    )
    caches = []
    for q, k, v in (arrays, tensors):
        cache = soft.Cache(30, 0.3)
        v = abs(v) / abs(v).sum(-1)[:, None]
        cache.add(k[:100], v[:100])
        cache.add(k[100:], v[100:])
        caches.append(cache.probabilities(q, base=v[:41]))
    np.testing.assert_allclose(*caches, atol=1e-12)


def test_gradients(small_blocks):
    torch = pytest.importorskip("torch")
    queries, keys, values = (
        torch.tensor(a, requires_grad=True) for a in drawn(6, (7, 3), (29, 3), (29, 2))
    )
    theta = torch.tensor(4.0, dtype=torch.float64, requires_grad=True)
    check = torch.autograd.gradcheck
    assert check(soft.recall, (queries, keys, values, theta))
    assert check(lambda q, k: soft.hopfield(q, k, 3.0, steps=4).vector, (queries, keys))
    assert check(lambda q: soft.energy(q, keys, 3.0), (queries,))
    assert torch.autograd.gradgradcheck(soft.recall, (queries[:2], keys[:9], values[:9], theta))
    zero = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    soft.recall(zero, keys, values).sum().backward()
    assert bool(zero.grad.isfinite().all())


def test_a_cache_may_grow_before_the_backward_pass():
    torch = pytest.importorskip("torch")
    keys, queries = map(torch.tensor, drawn(0, (90, 4), (5, 4)))
    values = torch.eye(2, dtype=torch.float64)[torch.arange(90) % 2]
    slopes = []
    for grows in (True, False):
        cache = soft.Cache(9.0)
        cache.add(keys[:10], values[:10])
        some = queries.clone().requires_grad_()
        loss = cache.probabilities(some).square().sum()
        if grows:
            for i in range(10, 90, 8):  # into the room there is, and beyond
                cache.add(keys[i : i + 8], values[i : i + 8])
        loss.backward()
        slopes.append(some.grad)
    assert torch.equal(*slopes)


def test_a_backward_pass_keeps_no_matrix_of_weights():
    torch = pytest.importorskip("torch")
    count, many = 3000, 20_000  # whose weights would take 240 MB
    queries = torch.randn(count, 4, requires_grad=True)
    keys, values = torch.randn(many, 4), torch.randn(many, 3)
    kept = 0

    def keep(tensor):
        nonlocal kept
        kept += tensor.numel() * tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        found = soft.recall(queries, keys, values, 10.0)
    assert kept < LIMIT
    found.sum().backward()
    some = queries.detach()[:5].requires_grad_()
    soft.recall(some, keys, values, 10.0).sum().backward()
    np.testing.assert_allclose(queries.grad[:5], some.grad, atol=1e-5)


# --- what is needed at the peak ------------------------------------------------------------------
def peak(run):
    gc.collect()
    tracemalloc.start()
    try:
        result = run()
        most = tracemalloc.get_traced_memory()[1]
        gc.collect()
        return result, most - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_queries_by_keys_never_exist_at_once():
    rng = np.random.default_rng(0)
    keys = rng.standard_normal((100_000, 4), dtype=np.float32)
    queries = rng.standard_normal((2000, 4), dtype=np.float32)  # their weights: 800 MB
    found, most = peak(lambda: soft.recall(queries, keys, keys, 10.0))
    assert found.shape == (2000, 4)
    assert most < LIMIT


@pytest.mark.parametrize("run", [soft.recall, soft.hopfield], ids=lambda f: f.__name__)
def test_a_large_batch_of_vectors_goes_by_in_blocks(run):
    space = vsa.Space(dim=1024)
    memory = vsa.Memory(space)
    memory.add([f"a{i}" for i in range(40)], space.batch([f"a{i}" for i in range(40)]))
    queries = space.batch([f"a{i}" for i in range(40)])[np.arange(24_000) % 40]
    found, most = peak(lambda: run(queries, memory))
    assert found is not None
    assert most < LIMIT
