"""Levels around a circle, MCR and CGR, by their definitions and by torchhd."""

import itertools
import math
import warnings

import numpy as np
import pytest
from vsa_plugins.algebras.levels import mode_shares
from vsa_plugins.algebras.modular import level_shares

import vsa
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector

LEVELS = [2, 3, 5, 8, 100]


def importable(name):
    with warnings.catch_warnings():  # theirs, about what they import
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, exc_type=ImportError)


def levels_of(vector):
    return vector.numpy().astype(int)


def phasors(vector):
    return np.exp(2j * np.pi * levels_of(vector) / vector.space.algebra.levels)


@pytest.fixture(params=LEVELS)
def r(request):
    return request.param


@pytest.fixture(params=["mcr", "cgr"])
def kind(request):
    return request.param


@pytest.fixture
def space(kind, r, backend):
    return Space(90, f"{kind}:{r}", backend)


# --- definitions ----------------------------------------------------------------------------------
def test_binding_adds_levels(space, r):
    a, b = space.atoms("a", "b")
    x, y = levels_of(a), levels_of(b)
    assert x.min() >= 0
    assert x.max() < r
    assert np.array_equal(levels_of(a * b), (x + y) % r)
    assert np.array_equal(levels_of(a / b), (x - y) % r)
    assert np.array_equal(levels_of(~a), -x % r)
    assert np.array_equal(levels_of(a ** (r + 3)), 3 * x % r)
    assert np.array_equal(levels_of(a**-1 * a), 0 * x)


def test_rows_are_compared_by_their_phasors(space, r):
    a, b = space.random(20), space.random(20)
    b = (a + b).normalize()
    x, y = phasors(a), phasors(b)
    expected = (x.conj() * y).real.mean(-1)
    assert np.allclose(a.similarity(b), expected, atol=1e-5)
    assert np.allclose(a.dot(b), expected, atol=1e-5)
    packed = [space.backend.numpy(space.algebra.pack(v.data)) for v in (a, b)]
    assert packed[0].shape == (20, 90 if r == 2 else 180)
    assert np.allclose((packed[0] * packed[1]).sum(-1), expected, atol=1e-5)
    total = (x[0] + 2 * x[1]).conj() * (y[2] - x[3])
    assert (a[0] + 2 * a[1]).dot(b[2] - a[3]) == pytest.approx(total.real.mean(), abs=1e-5)
    assert space.noise.n == packed[0].shape[1]


@pytest.mark.parametrize("tensor", ["MCRTensor", "CGRTensor"])
@pytest.mark.parametrize("r", [3, 8, 100])
def test_torchhd_binds_alike(tensor, r):
    torch, torchhd = importable("torch"), importable("torchhd")
    space = Space(100, f"{tensor[:3].lower()}:{r}")
    a, b = space.batch(list("abc")), space.batch(list("def"))
    theirs = [getattr(torchhd, tensor)(torch.tensor(levels_of(v))) for v in (a, b)]
    for each in theirs:
        each.block_size = r
    assert np.array_equal(levels_of(a * b), theirs[0].bind(theirs[1]).numpy())
    assert np.array_equal(levels_of(~a), theirs[0].inverse().numpy())


def test_torchhd_bundles_alike_where_nothing_is_tied():
    torch, torchhd = importable("torch"), importable("torchhd")
    space = Space(2000, "mcr:8")
    terms = space.random(5)
    theirs = torchhd.MCRTensor(torch.tensor(levels_of(terms)))
    theirs.block_size = 8
    total = phasors(terms).sum(0)
    angle = np.angle(total) * 8 / (2 * np.pi)
    clear = (np.abs(total) > 1e-3) & (np.abs(np.abs(angle - np.round(angle)) - 0.5) > 1e-3)
    assert clear.mean() > 0.5
    ours = levels_of(terms.bundle())
    assert np.array_equal(ours[clear], theirs.multibundle().numpy()[clear])


def test_components_are_levels(space, r):
    a = space.atom("a")
    assert np.array_equal(space.vector(a.numpy()).numpy(), a.numpy())
    with pytest.raises(vsa.VsaError, match=f"whole numbers from 0 to {r - 1}"):
        space.vector(np.full(90, r))


@pytest.mark.parametrize("name", ["mcr:1", "cgr:257", "mcr:8:2", "cgr:-3"])
def test_parameters_that_make_no_sense_are_refused(name):
    with pytest.raises(vsa.VsaError, match=r"r in (mcr|cgr):r is a whole number|at most 1"):
        Space(64, name)


# --- finishing ------------------------------------------------------------------------------------
def test_the_nearest_level_is_finished(r, backend, dtype):
    space = Space(90, f"mcr:{r}", backend, dtype)
    for k in (1, 2, 3, 6, 20):
        terms = space.random((k, 5))
        total = phasors(terms).sum(0)
        reached = (np.exp(-2j * np.pi * levels_of(terms.bundle()) / r) * total).real
        every = np.exp(-2j * np.pi * np.arange(r) / r)[:, None, None] * total
        assert np.allclose(reached, every.real.max(0), atol=1e-4)


def test_half_way_goes_up_around_the_whole_circle(dtype):
    for r in (4, 6, 8, 100):
        space = Space(r, f"mcr:{r}", dtype=dtype)
        x = np.arange(r)
        for apart in range(1, r // 2, 2):
            a, b = space.vector(x), space.vector((x + apart) % r)
            expected = (x + (apart + 1) // 2) % r
            for total in (a + b, b + a, 0.3 * b + 0.3 * a, 7 * a + 7 * b):
                assert np.array_equal(levels_of(total), expected)


def test_binding_goes_through_what_is_finished_but_for_zeros():
    space = Space(300, "mcr:8")
    a, b, k = space.random(3)
    opposite = (levels_of(a) - levels_of(b)) % 8 == 4
    assert 10 < opposite.sum() < 80
    bound, finished = levels_of((a + b) * k), levels_of((a + b).normalize() * k)
    assert np.array_equal(bound[~opposite], finished[~opposite])


def test_ties_depend_on_nothing_but_the_sum(space):
    for k in (2, 3, 4, 6, 24):
        terms = space.random((k, 4))
        data = levels_of(terms.bundle())
        backwards = sum((terms[i] for i in range(k)[::-1]), space.zero())
        weighted = sum((terms[i] * 0.1 for i in range(k)), space.zero())
        for same in (
            backwards,
            weighted,
            3.7 * backwards,
            Vector.of_sum(space, terms.bundle().total),
        ):
            assert np.array_equal(levels_of(same), data)
        each = space.stack([vsa.bundle(*(terms[i, j] for i in range(k))) for j in range(4)])
        assert np.array_equal(levels_of(each), data)


@pytest.mark.parametrize("name", ["mcr:2", "mcr:3", "mcr:4", "mcr:8", "cgr:3", "cgr:8"])
@pytest.mark.parametrize("k", [2, 3, 4, 9, 16])
def test_unrelated_bundles_are_alike_by_chance(name, k):
    space = Space(512, name)
    rows = space.random((k, 400)).bundle().data
    found = space.metric.scores(rows[:200], rows[200:])
    assert abs(found.mean()) < 3 * space.noise.deviation / 200


# --- shares ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("r", [2, 3, 4, 5, 8])
def test_shares_are_those_of_all_ways_to_draw(r):
    circle = np.exp(2j * np.pi * np.arange(r) / r)
    for k in range(1, 5):
        drawn = np.array(list(itertools.product(range(r), repeat=k)))
        projected = (circle[drawn].sum(-1)[:, None] * circle.conj()).real.max(-1)
        assert level_shares(r)(k) == pytest.approx(projected.mean() / k)


def test_terms_have_the_shares_that_are_said(kind, r):
    large = Space(1000, f"{kind}:{r}")
    for k in (1, 2, 4, 20, 70):
        terms = large.random((k, 60))
        found = terms[0].similarity(Vector(large, terms.bundle().data))
        assert large.noise.shares(k) == pytest.approx(np.mean(found), abs=0.02)


def test_shares_have_their_limits():
    for r in (3, 8, 16, 256):
        limit = math.sqrt(math.pi / 4) * math.sin(math.pi / r) / (math.pi / r)
        assert level_shares(r)(1e9) == pytest.approx(limit / math.sqrt(1e9), rel=1e-3)
        last = len(level_shares(r).first)
        assert level_shares(r)(last) == pytest.approx(limit / math.sqrt(last), rel=0.03)
    assert mode_shares(8)(1e12) * 1e6 == pytest.approx(0.575, abs=0.001)


# --- sums stay sums -------------------------------------------------------------------------------
def test_batches_of_sums_are_not_finished(space):
    total = space.random((5, 6)).bundle()
    kept = space.backend.numpy(total.total)
    assert np.array_equal(space.backend.numpy(total[2:4].total), kept[2:4])
    assert np.array_equal(space.backend.numpy(total.reshape(2, 3)[1, 0].total), kept[3])
    stacked = space.stack([total[4], total[1]])
    assert np.array_equal(space.backend.numpy(stacked.total), kept[[4, 1]])


def test_zero_is_a_sum_and_no_row(space):
    zero, a = space.zero(), space.atom("a")
    assert zero.norm() == 0
    assert zero.similarity(a) == 0
    assert (a - a).similarity(a) == 0
    assert np.array_equal(levels_of(zero + a), levels_of(a))
    memory = vsa.Memory(space)
    memory.add("a", a)
    assert memory.cleanup(zero * a).name is None


def test_opposite_phasors_are_nothing():
    space = Space(64, "cgr:8")
    a = space.atom("a")
    half = space.vector((levels_of(a) + 4) % 8)
    assert (a + half).norm() == pytest.approx(0, abs=1e-3)
    assert (a + a + half).similarity(a) == pytest.approx(1)


@pytest.mark.parametrize(("name", "k"), [("mcr:4", 24), ("mcr:8", 24), ("cgr:8", 12)])
def test_cleanup_is_as_often_right_as_the_theory_says(name, k):
    space = Space(128, name)
    memory = vsa.Memory(space)
    items = space.random(200)
    memory.add([str(i) for i in range(200)], items)
    rng, right = np.random.default_rng(k), []
    for _ in range(60):
        fillers, keys = rng.integers(0, 200, k), space.random(k)
        read = (items[fillers] * keys).bundle() / keys
        right.append((memory.cleanup(read).names[:, 0].astype(int) == fillers).mean())
    assert np.mean(right) == pytest.approx(space.noise.accuracy(k, 200), abs=0.04)
