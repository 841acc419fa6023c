"""Ridge regression beside scikit-learn's, its left-out predictions beside fits without the row."""

import tracemalloc

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'learn'")

from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge as Peer

from vsa.learn import HyperClassifier, HyperRegressor, encoding
from vsa.learn.calibration import SHARPNESS, Calibration, probabilities
from vsa.learn.readouts import Prototypes
from vsa.learn.ridge import spectrum

ALPHAS = np.array([0.01, 1.0])


def drawn(seed, rows, dim, targets=2):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, dim)) + 1, rng.normal(size=(rows, targets)) + 2


def one_block(z, y):
    return lambda: iter([(z, y)])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(3, 14), st.integers(2, 10))
def test_left_out_predictions_are_those_of_fits_without_the_row(seed, rows, dim):
    z, y = drawn(seed, rows, dim)
    found = spectrum(one_block(z, y), rows)
    left = found.left_out(z, y, ALPHAS)
    for alpha, of_alpha in zip(ALPHAS, left, strict=True):
        for i in range(rows):
            others = np.arange(rows) != i
            expected = Peer(alpha).fit(z[others], y[others]).predict(z[[i]])[0]
            assert np.allclose(of_alpha[i], expected, atol=1e-6)
        weights, intercept = found.weights(alpha)
        assert np.allclose(z @ weights + intercept, Peer(alpha).fit(z, y).predict(z), atol=1e-8)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(3, 14), st.integers(2, 10))
def test_leverage_is_the_closed_form_and_grows_as_it_says_without_the_row(seed, rows, dim):
    z, y = drawn(seed, rows, dim)
    new, _ = drawn(seed + 1, 5, dim)

    def direct(z, at, alpha):
        gram = (z - z.mean(0)).T @ (z - z.mean(0)) + alpha * np.eye(dim)
        centred = at - z.mean(0)
        return 1 / len(z) + (centred @ np.linalg.inv(gram) * centred).sum(-1)

    found = spectrum(one_block(z, y), rows)
    assert np.allclose(found.leverage(new, 0.5), direct(z, new, 0.5))
    own = found.leverage(z, 0.5)
    without = [direct(np.delete(z, i, 0), z[[i]], 0.5)[0] for i in range(rows)]
    assert np.allclose(own / (1 - own), without)


@pytest.mark.parametrize("rows", [20, 90])  # fewer than the dim, and more
def test_blocks_of_rows_come_to_what_all_at_once_do(monkeypatch, rows):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 3))
    y = (x[:, 0] > 0).astype(int)
    models = [HyperClassifier(dim=32), HyperRegressor(dim=32)]
    whole = [model.fit(x, y).predict(x) for model in models]
    sizes = []
    made = encoding.encoded
    monkeypatch.setattr(encoding, "BLOCK", 32 * 7)
    monkeypatch.setattr(
        encoding, "encoded", lambda e, rows: sizes.append(len(rows)) or made(e, rows)
    )
    parts = [model.fit(x, y).predict(x) for model in models]
    assert max(sizes) == 7
    for one, other in zip(whole, parts, strict=True):
        assert np.allclose(one, other, atol=1e-6)


def test_memory_does_not_grow_with_the_rows_encoded(monkeypatch):
    monkeypatch.setattr(encoding, "BLOCK", 64 * 500)
    x = np.random.default_rng(0).normal(size=(10_000, 3))
    y = (x[:, 0] > 0).astype(int)
    model = HyperClassifier(dim=64, gamma=0.5)
    tracemalloc.start()
    model.fit(x, y).predict(x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000 * 64 * 8 / 2  # the vectors of all rows are twice as much


# --- calibration ---------------------------------------------------------------------------------
def test_the_sharpness_is_found_that_the_classes_were_drawn_with():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(20_000, 4))
    chances = probabilities(scores, 3.0)
    classes = (rng.uniform(size=(len(scores), 1)) > chances.cumsum(-1)).sum(-1)
    calibration = Calibration()
    for some in np.array_split(np.arange(len(scores)), 3):
        calibration.add(scores[some], classes[some])
    loss, sharpness = calibration.best()
    step = SHARPNESS[1] / SHARPNESS[0]
    assert 3 / step < sharpness < 3 * step
    entropy = -(chances * np.log(chances)).sum(-1).mean()
    assert loss == pytest.approx(entropy, abs=4 * 0.7 / len(scores) ** 0.5)


def test_rows_that_all_come_out_right_make_nobody_certain():
    calibration = Calibration()
    calibration.add(np.eye(2)[[0, 1] * 10], np.array([0, 1] * 10))
    _, sharpness = calibration.best()
    # one row in 21 is of a class that nobody knows, and half of those are wrong
    assert probabilities(np.array([1.0, 0.0]), sharpness)[1] == pytest.approx(0.5 / 21, rel=0.1)


# --- sums for each class -------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 3])
def test_a_row_is_left_out_of_the_sums_that_hold_it(count):
    rng = np.random.default_rng(1)
    z = rng.normal(size=(12, 6))
    classes = np.arange(12) % 2
    model = Prototypes(2, count)
    model.fit(one_block(z, np.eye(2)[classes]), 12)
    own = np.zeros((12, 2, count))
    for c in (0, 1):
        nearest = model._nearest(z[classes == c], np.zeros((count, 6)))
        own[np.flatnonzero(classes == c), c, nearest] = 1
    assert np.allclose(np.einsum("ncp,nd->cpd", own, z), model.sums)
    for i in range(12):
        sums = np.einsum("ncp,nd->cpd", np.delete(own, i, 0), np.delete(z, i, 0))
        norms = np.linalg.norm(sums, axis=-1)
        cosines = sums @ z[i] / np.where(norms > 0, norms, 1) / np.linalg.norm(z[i])
        expected = np.where(norms > 0, cosines, -1).max(-1)
        assert np.allclose(model._cosines(z, own)[i].max(-1), expected)


def test_every_row_is_in_one_prototype_of_its_class():
    rng = np.random.default_rng(2)
    z, classes = rng.normal(size=(40, 6)), np.arange(40) % 2
    model = Prototypes(2, 4)
    model.fit(one_block(z[:20], np.eye(2)[classes[:20]]), 20)
    rest = model.sums[0, 1].copy()
    model.sums[0, 1] = 0  # as if nothing had come to it
    model.learn(z[20:30], classes[20:30])
    assert model.sums.any(-1).all()
    model.learn(z[30:31], classes[30:31])
    model.learn(z[31:], classes[31:])
    expected = np.stack([z[classes == c].sum(0) for c in (0, 1)])
    expected[0] -= rest
    assert np.allclose(model.sums.sum(1), expected)


def test_passes_correct_what_the_sums_get_wrong():
    """The classes are parted by a plane, so that corrections end."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(200, 16))
    classes = (z[:, 0] + 0.2 * z[:, 1] > 0).astype(int)
    right = {}
    for passes in (0, 100):
        model = Prototypes(2, passes=passes)
        model.fit(one_block(z, np.eye(2)[classes]), 200)
        right[passes] = (model.scores(z).argmax(-1) == classes).mean()
    assert right[0] < 0.97
    assert right[100] == 1
