"""Soft cleanup: the cache memory, errors word for word, and what it is in the language."""

import numpy as np
import pytest
import weighing
from weighing import drawn, fails, plain

import vsa
from vsa import soft

memory = weighing.memory


# --- the cache memory ----------------------------------------------------------------------------
def test_a_cache_mixes_what_it_recalls_with_what_the_net_says():
    queries, keys, base = drawn(7, (11, 6), (50, 6), (11, 4))
    base = np.exp(base) / np.exp(base).sum(1, keepdims=True)
    values = np.eye(4)[np.arange(50) % 4]
    cache = soft.Cache(theta=20, lam=0.3)
    for part in (slice(0, 1), slice(1, 20), slice(20, 50)):
        cache.add(keys[part], values[part])
    assert len(cache) == 50
    assert repr(cache) == "<Cache of 50, theta 20, lambda 0.3>"
    recalled = plain(queries, keys, values, 20)
    np.testing.assert_allclose(cache.probabilities(queries), recalled)
    np.testing.assert_allclose(cache.probabilities(queries, base), 0.7 * base + 0.3 * recalled)
    np.testing.assert_allclose(cache.probabilities(queries[0], base[0]).sum(), 1)


def test_a_cache_is_fitted_to_the_best_of_the_grid():
    rng = np.random.default_rng(8)
    labels, held = rng.integers(0, 4, 80), rng.integers(0, 4, 60)
    centers = rng.standard_normal((4, 10))
    keys = centers[labels] + 0.8 * rng.standard_normal((80, 10))
    queries = centers[held] + 0.8 * rng.standard_normal((60, 10))
    base = rng.dirichlet(np.ones(4), 60)
    base[np.arange(60), held] += 0.5
    base /= base.sum(1, keepdims=True)
    cache = soft.Cache()
    cache.add(keys, np.eye(4)[labels])
    pair = cache.fit(queries, base, held)
    assert pair == (cache.theta, cache.lam)

    def score(theta, lam):
        p = (1 - lam) * base + lam * plain(queries, keys, np.eye(4)[labels], theta)
        return (p.argmax(1) == held).mean(), np.log(p[np.arange(60), held]).mean()

    grid = {(t, i / 10): score(t, i / 10) for t in range(10, 91, 10) for i in range(1, 10)}
    assert pair == max(grid, key=grid.get)
    assert cache.fit(queries, None, held)[1] == pair[1]  # λ stays


def test_flops_are_those_of_the_products_and_a_little():
    cache = soft.Cache()
    assert cache.flops() == 0
    cache.add(drawn(0, (200, 96))[0], np.eye(10)[np.arange(200) % 10])
    products = 200 * 2 * (96 + 10)
    assert products < cache.flops(mixing=False) < cache.flops() < 1.06 * products


# --- errors --------------------------------------------------------------------------------------
def test_bad_input_is_told_in_a_line(memory):
    keys, values = drawn(0, (4, 3), (4, 2))
    query, wrong = np.ones((2, 3)), np.ones((2, 3))
    wrong[1, 2] = np.nan
    for theta in (0, -1, np.nan, np.inf):
        fails(f"theta must be a number above 0, not {theta}",
              lambda t=theta: soft.recall(query, keys, values, t))  # fmt: skip
    fails("beta must be a number above 0, not 'warm'", lambda: soft.hopfield(query, keys, "warm"))
    fails(
        "steps must be a whole number of at least 1, not 0",
        lambda: soft.hopfield(query, keys, steps=0),
    )
    fails("queries of shape (2, 2) do not fit keys (m, 3)",
          lambda: soft.recall(query[:, :2], keys))  # fmt: skip
    fails("keys and values do not pair: 4 and 3", lambda: soft.recall(query, keys, values[:3]))
    fails("the keys are an array (m, d) or Vectors, not of shape (3,)",
          lambda: soft.recall(query, keys[0]))  # fmt: skip
    fails("keys are float32 or float64, not int64",
          lambda: soft.recall(query, np.eye(3, dtype=int)))  # fmt: skip
    fails("keys are arrays of NumPy, CuPy or torch, or Vectors, not list",
          lambda: soft.recall(query, [[1.0]]))  # fmt: skip
    fails("the queries hold NaN or infinity in row 1", lambda: soft.recall(wrong, keys))
    fails("the queries hold NaN or infinity in row (1, 1)",
          lambda: soft.recall(np.stack((query, wrong)), keys))  # fmt: skip
    fails("the queries hold NaN or infinity", lambda: soft.recall(wrong[1], keys))
    fails("the keys hold NaN or infinity in row 1", lambda: soft.recall(query, wrong))
    fails("the values hold NaN or infinity in row 1", lambda: soft.recall(query, query, wrong))
    nothing = "there is nothing to recall: the memory, or what was chosen of it, is empty"
    fails(nothing, lambda: soft.recall(query, keys[:0]))
    fails(nothing, lambda: soft.recall(memory["k"], memory, among=[]))
    fails(nothing, lambda: soft.hopfield(memory["k"], vsa.Memory(memory.space)))
    fails("the queries must be Vectors as the keys are, not ndarray",
          lambda: soft.recall(query, memory))  # fmt: skip
    fails("the queries must be an array as the keys are, not Vector",
          lambda: soft.recall(memory["k"], keys))  # fmt: skip
    other = vsa.Space(64)
    fails(f"the queries are of {other!r}, the keys of {memory.space!r}",
          lambda: soft.recall(other.atom("a"), memory))  # fmt: skip
    fails("the values are of numpy float32, the keys of numpy float64",
          lambda: soft.recall(query, keys, other.random(4)))  # fmt: skip
    fails("the keys are Vectors of shape (m,), not ()",
          lambda: soft.recall(memory["k"], memory["k"]))  # fmt: skip


def test_bad_input_leaves_a_cache_as_it_was():
    keys, values = drawn(0, (4, 3))[0], np.eye(2)[[0, 1, 1, 0]]
    fails("theta must be a number above 0, not 0", lambda: soft.Cache(0))
    fails("lam must be a number in [0, 1], not 1.2", lambda: soft.Cache(lam=1.2))
    cache = soft.Cache()
    fails("the cache is empty: add keys and values first", lambda: cache.probabilities(keys))
    fails("keys and values do not pair: 4 and 3", lambda: cache.add(keys, values[:3]))
    shares = "the values are probabilities, each of sum 1: row"
    fails(f"{shares} 0 has a number below 0", lambda: cache.add(keys, -np.eye(3)[[0] * 4]))
    fails(f"{shares} 2 sums to 15", lambda: cache.add(keys, np.array([[1.0]] * 2 + [[15.0]] * 2)))
    assert repr(cache).startswith("<Cache of 0")
    cache.add(keys, values)
    before = cache.probabilities(keys)
    fails("the keys have 2 components, those stored 3", lambda: cache.add(values, values))
    fails("the values have 3 components, those stored 2", lambda: cache.add(keys, keys))
    wrong = keys.copy()
    wrong[2, 0] = np.inf
    fails("the keys hold NaN or infinity in row 2", lambda: cache.add(wrong, values))
    fails("queries of shape (4, 2) do not fit keys (m, 3)", lambda: cache.probabilities(values))
    fails("base of shape (4, 3) does not fit p of shape (4, 2)",
          lambda: cache.probabilities(keys, keys))  # fmt: skip
    fails("the rows of base are probabilities, each of sum 1: row 1 sums to 15",
          lambda: cache.probabilities(keys, values * [[1], [15], [1], [1]]))  # fmt: skip
    fails("the rows of base are probabilities, each of sum 1: row 3 has a number below 0",
          lambda: cache.fit(keys, [*values[:3], [2.0, -1.0]], [0, 1, 0, 1]))  # fmt: skip
    fails("there are no items to fit to: give queries and their labels",
          lambda: cache.fit(keys[:0], values[:0], []))  # fmt: skip
    fails("labels are whole numbers, not float64",
          lambda: cache.fit(keys, None, [0.0, 1.0, 0.0, 1.0]))  # fmt: skip
    fails("labels of shape (3,) do not fit 4 queries",
          lambda: cache.fit(keys, None, [0, 1, 0]))  # fmt: skip
    fails("label 2 is none of the classes 0 to 1",
          lambda: cache.fit(keys, None, [0, 1, 2, 0]))  # fmt: skip
    nothing = soft.Cache()
    nothing.add(keys[:0], values[:0])
    fails("the cache is empty: add keys and values first", lambda: nothing.probabilities(keys))
    assert len(cache) == 4
    np.testing.assert_array_equal(cache.probabilities(keys), before)


# --- the language --------------------------------------------------------------------------------
@pytest.fixture
def session():
    session = vsa.Session(vsa.Space(dim=1024))
    session.run("atom mark, john, fish, eat, cause")
    return session


def value(session, code):
    return session.run(code)[-1]


def said(session, code):
    from vsa.lang.show import show

    return [show(session, o.value) for o in session.execute(code) if o.shown][-1]


def test_familiar_says_what_is_known_and_what_is_new(session):
    assert said(session, "familiar(mark)") == "familiar  certain, like mark"
    assert said(session, "familiar(mark * fish)").startswith("new  P = 0.")
    assert said(session, "forget(mark); familiar(mark)").startswith("new  P = 0.")
    assert said(session, "familiar(nil)") == "new  certain"
    found = value(session, "familiar(fish + 5 * (john * eat))")
    answer = session.memory.cleanup(value(session, "fish + 5 * (john * eat)"))
    assert found.probability == pytest.approx(1 - float(answer.nothing))
    assert found.vsa_json()["nearest"] == answer.matches()[0][0]
    surer = value(session, "familiar(fish + 5 * (john * eat), prior_nothing=0.01)")
    assert surer.probability > found.probability


def test_settle_and_recall(session):
    assert said(session, "settle(mark + 0.6 * fish)") == "a vector of length 1, like mark 1.00"
    assert said(session, "cleanup(recall(john, {mark, john}, {fish, eat}))").startswith("eat ")
    once = value(session, "recall(mark + fish, theta=5)")
    assert once.similarity(value(session, "mark")) > 0.5
    everything = value(session, "mark + john + fish + eat + cause")
    assert value(session, "settle(mark, theta=0.1)").similarity(everything) > 0.99
    for theta in ("-1", "0"):
        fails(f"theta must be a number above 0, not {theta}.0",
              lambda theta=theta: session.run(f"settle(mark, theta={theta})"))  # fmt: skip
    fails("give keys or among, not both: either says what v is compared with",
          lambda: session.run("recall(mark, {mark}, among={fish})"))  # fmt: skip


def test_familiarity_is_kept_in_a_file(session, tmp_path):
    from vsa.persist import open_session

    session.run("f = familiar(mark)")
    session.run(f":save {tmp_path / 'kept.vsadb'}")
    session.memory.close()
    other = open_session(tmp_path / "kept.vsadb")
    assert said(other, "f") == "familiar  certain, like mark"
    other.memory.close()
