"""Sparse block codes by their definitions and by torchhd: places, counts, ties, shares."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vsa_plugins.algebras.levels import mode_shares

import vsa
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector

LENGTHS = [2, 3, 4, 10, 16, 200, 256]


def importable(name):
    with warnings.catch_warnings():  # theirs, about what they import
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, exc_type=ImportError)


def places(vector):
    return vector.numpy().astype(int)


def counts_of(vector):
    """(..., L, blocks)."""
    algebra = vector.space.algebra
    return vector.space.backend.numpy(algebra.by_level(vector.total)).astype(np.float64)


def unrelated(space, k, count=200):
    """How alike unrelated bundles of k are, in standard errors of what chance makes of it."""
    rows = space.random((k, 2 * count)).bundle().data
    found = space.metric.scores(rows[:count], rows[count:])
    return found.mean() / (space.noise.deviation / count)


@pytest.fixture(params=LENGTHS)
def length(request):
    return request.param


@pytest.fixture
def space(length, backend):
    return Space(100, f"sbc:{length}", backend)


# --- definitions ----------------------------------------------------------------------------------
def test_atoms_have_a_place_in_each_block_any_as_often(length):
    drawn = places(Space(500, f"sbc:{length}").batch(f"n{i}" for i in range(100)))
    assert drawn.min() >= 0
    often = np.bincount(drawn.ravel(), minlength=length)
    assert len(often) == length
    expected = drawn.size / length
    assert ((often - expected) ** 2 / expected).sum() < length + 5 * math.sqrt(2 * length)


def test_atoms_are_functions_of_their_names():
    assert places(Space(8, "sbc").atom("a")).tolist() == [12, 6, 2, 9, 14, 11, 8, 4]
    assert places(Space(8, "sbc:10").atom("a")).tolist() == [6, 7, 1, 9, 9, 2, 6, 6]


def test_binding_adds_places(space, length):
    a, b = space.atoms("a", "b")
    x, y = places(a), places(b)
    assert np.array_equal(places(a * b), (x + y) % length)
    assert np.array_equal(places(a / b), (x - y) % length)
    assert np.array_equal(places(~a), -x % length)
    for n in (-3, 0, 1, 7, 10**20):
        assert np.array_equal(places(a**n), [n * p % length for p in x.tolist()])
    table = space.stack([a, b])[:, None] ** np.array([-1, 2.0])
    assert np.array_equal(places(table[1, 0]), -y % length)
    assert np.array_equal(places(table[0, 1]), 2 * x % length)
    with pytest.raises(vsa.VsaError, match="fractional powers"):
        a**0.5


@pytest.mark.parametrize("length", [2, 7, 16, 256])
def test_torchhd_binds_alike(length):
    torch, torchhd = importable("torch"), importable("torchhd")
    space = Space(100, f"sbc:{length}")
    a, b = space.batch(list("abc")), space.batch(list("def"))
    theirs = [torchhd.BSBCTensor(torch.tensor(places(v))) for v in (a, b)]
    for tensor in theirs:
        tensor.block_size = length
    assert np.array_equal(places(a * b), theirs[0].bind(theirs[1]).numpy())
    assert np.array_equal(places(~a), theirs[0].inverse().numpy())


def test_sums_count_places(space, length):
    a, b, c = space.atoms("a", "b", "c")
    one_hot = [1.0 * (np.arange(length)[:, None] == places(v)) for v in (a, b, c)]
    assert np.array_equal(counts_of(a + b - 2 * c), one_hot[0] + one_hot[1] - 2 * one_hot[2])
    key = places(c)
    moved = counts_of((a + 3 * b) * c)
    for block in range(0, 100, 7):
        expected = np.roll(one_hot[0][:, block] + 3 * one_hot[1][:, block], key[block])
        assert np.array_equal(moved[:, block], expected)
    assert np.array_equal(counts_of((a + 3 * b) * c / c), counts_of(a + 3 * b))
    assert np.array_equal(counts_of((a + b).permute(3)), counts_of(a.permute(3) + b.permute(3)))


def test_similarity_is_that_of_the_matches(space, length):
    a, b = space.random(20), space.random(20)
    b = (a + b).normalize()
    matches = (places(a) == places(b)).mean(-1)
    expected = (matches - 1 / length) / (1 - 1 / length)
    assert np.allclose(a.similarity(b), expected, atol=1e-6)
    assert np.allclose(a.dot(b), expected, atol=1e-5)
    packed = [space.backend.numpy(space.algebra.pack(v.data)) for v in (a, b)]
    assert np.allclose((packed[0] * packed[1]).sum(-1), expected, atol=1e-5)
    assert np.all(np.asarray(a.similarity(a)) == 1)
    assert (a[0] + 2 * b[1]).dot(a[2]) == pytest.approx(
        a[0].dot(a[2]) + 2 * b[1].dot(a[2]), abs=1e-5
    )


def test_components_are_places(space, length):
    a = space.atom("a")
    assert np.array_equal(space.vector(a.numpy()).numpy(), a.numpy())
    for bad in (length, -1, 0.5):
        with pytest.raises(vsa.VsaError, match=f"whole numbers from 0 to {length - 1}"):
            space.vector(np.full(100, bad))


@pytest.mark.parametrize(
    ("name", "says"),
    [("sbc:1", "L in sbc:L is a whole number from 2 to 256"), ("sbc:257", "not '257'"),
     ("sbc:x", "not 'x'"), ("sbc:16:sum", "argmax"), ("sbc:16:counts:3", "3 parameters")],
)  # fmt: skip
def test_parameters_that_make_no_sense_are_refused(name, says):
    with pytest.raises(vsa.VsaError, match=says):
        Space(64, name)


# --- finishing ------------------------------------------------------------------------------------
def test_the_most_frequent_place_is_finished(space, length):
    for k in (1, 2, 3, 7, 20):
        total = space.random((k, 5)).bundle()
        counts = counts_of(total)
        chosen = np.take_along_axis(counts, places(total)[:, None], axis=1)[:, 0]
        assert np.array_equal(chosen, counts.max(1))


def test_ties_depend_on_nothing_but_the_sum(space):
    for k in (2, 3, 6, 9, 24):
        terms = space.random((k, 4))
        data = places(terms.bundle())
        backwards = sum((terms[i] for i in range(k)[::-1]), space.zero())
        for same in (backwards, backwards.scale(3.7), Vector.of_sum(space, terms.bundle().total)):
            assert np.array_equal(places(same), data)
        each = space.stack([vsa.bundle(*(terms[i, j] for i in range(k))) for j in range(4)])
        assert np.array_equal(places(each), data)
        weighted = sum((terms[i] * 0.1 for i in range(k)), space.zero())
        assert np.array_equal(places(weighted), data)  # counts that differ by rounding


def test_rounding_decides_no_tie():
    space = Space(64, "sbc:4")
    a, b, c = space.atoms("a", "b", "c")
    one, other = 0.1 * a + 0.2 * b + 0.3 * c, 0.3 * c + 0.2 * b + 0.1 * a
    assert np.array_equal(places(one), places(other))
    assert np.array_equal(places(one), places(a + 2 * b + 3 * c))


@pytest.mark.parametrize("length", [2, 3, 4, 16, 64])
@pytest.mark.parametrize("k", [2, 3, 4, 9, 16])
def test_unrelated_bundles_agree_by_chance(length, k):
    assert abs(unrelated(Space(512, f"sbc:{length}"), k)) < 3


@pytest.mark.parametrize("length", [2, 4, 16, 200])
def test_terms_have_the_shares_that_are_said(length):
    space = Space(1000, f"sbc:{length}")
    for k in (1, 2, 3, 4, 8, 20, 70):
        terms = space.random((k, 100))
        found = terms[0].similarity(Vector(space, terms.bundle().data))
        assert space.noise.shares(k) == pytest.approx(np.mean(found), abs=0.012)


def test_shares_of_two_places_are_those_of_a_majority():
    shares = mode_shares(2)
    for k in range(1, 30):
        exact = math.comb(k - 1, k // 2) / 2 ** (k - 1)
        assert shares(k) == pytest.approx(exact)
    assert shares(1e8) == pytest.approx(math.sqrt(2 / math.pi / 1e8), rel=1e-4)


@given(st.integers(1, 6), st.integers(2, 6))
def test_shares_are_those_of_all_ways_to_draw(k, length):
    drawn = np.indices((length,) * k).reshape(k, -1)
    largest = (drawn[:, None] == np.arange(length)[:, None]).sum(0).max(0).mean()
    expected = (largest / k - 1 / length) / (1 - 1 / length)
    assert mode_shares(length)(k) == pytest.approx(expected)


# --- sums stay sums -------------------------------------------------------------------------------
def test_batches_of_sums_are_not_finished(space):
    terms = space.random((5, 6))
    total, kept = terms.bundle(), counts_of(terms.bundle())
    assert np.array_equal(counts_of(total[2:4]), kept[2:4])
    assert np.array_equal(counts_of(total.reshape(2, 3))[1, 0], kept[3])
    assert np.array_equal(counts_of(space.stack([total[4], total[1]])), kept[[4, 1]])


def test_zero_is_a_sum_and_no_row(space):
    zero, a = space.zero(), space.atom("a")
    assert zero.norm() == 0
    assert (zero * a).norm() == 0
    assert zero.similarity(a) == 0
    assert (a - a).similarity(a) == 0
    assert np.array_equal(places(zero + a), places(a))
    memory = vsa.Memory(space)
    memory.add("a", a)
    assert memory.cleanup(zero).name is None
    with pytest.raises(vsa.VsaError, match="zero vector"):
        memory.add("zero", zero)


def test_cleanup_is_as_often_right_as_the_theory_says():
    for k, lengths in ((16, 16), (32, 16)):
        space = Space(128, f"sbc:{lengths}")
        memory = vsa.Memory(space)
        items = space.random(200)
        memory.add([str(i) for i in range(200)], items)
        rng, right = np.random.default_rng(k), []
        for _ in range(60):
            fillers, keys = rng.integers(0, 200, k), space.random(k)
            read = (items[fillers] * keys).bundle() / keys
            right.append((memory.cleanup(read).names[:, 0].astype(int) == fillers).mean())
        assert np.mean(right) == pytest.approx(space.noise.accuracy(k, 200), abs=0.03)


# --- counts that are not finished -----------------------------------------------------------------
@pytest.mark.parametrize("length", [2, 3, 8, 17])
def test_counts_are_convolved_block_by_block(length, backend, dtype):
    space = Space(20, f"sbc:{length}:counts", backend, dtype)
    rng = np.random.default_rng(length)
    x, y = rng.standard_normal((2, 20, length))
    x, y = x - x.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    a, b = (space.vector(v.reshape(-1)) for v in (x, y))
    assert np.allclose(a.numpy(), x.reshape(-1), atol=1e-5)
    spectra = np.fft.fft(x) * np.fft.fft(y)
    assert np.allclose((a * b).numpy(), np.fft.ifft(spectra).real.reshape(-1), atol=1e-4)
    spectra = np.fft.fft(x) * np.fft.fft(y).conj()
    assert np.allclose((a / b).numpy(), np.fft.ifft(spectra).real.reshape(-1), atol=1e-4)
    assert a.dot(b) == pytest.approx((x * y).sum() / (20 * (1 - 1 / length)), abs=1e-4)
    assert (a + 2 * b).norm() ** 2 == pytest.approx((a + 2 * b).dot(a + 2 * b), rel=1e-4)


def test_counts_of_atoms_are_one_at_a_place():
    space = Space(50, "sbc:8:counts")
    a = space.atom("a").numpy().reshape(50, 8)
    assert np.allclose(np.sort(a, axis=-1), [*[-1 / 8] * 7, 7 / 8], atol=1e-6)
    assert space.atom("a").norm() == pytest.approx(1)
    assert space.noise.n == 50 * 7
    key = space.key("k")
    assert (key**8).similarity(space.identity()) == pytest.approx(1, abs=1e-5)
    with pytest.raises(vsa.VsaError, match="fractional"):
        key**0.5
    with pytest.raises(vsa.VsaError, match="frequency of a block is zero"):
        space.vector(np.zeros(400) + 0.0).inverse()
