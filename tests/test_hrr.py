"""HRR against its definition, Plate's statistics and two other libraries."""

import warnings

import numpy as np
import pytest
from oracles import convolve

import vsa
from vsa.algebra.space import Space

DIMS = [2, 3, 5, 8, 16, 63, 64, 255, 256]


def real(dim, count, seed=0):
    return np.random.default_rng(seed).standard_normal((count, dim)) / dim**0.5


@pytest.fixture
def hrr(backend, dtype):
    def make(dim, **settings):
        return Space(dim, backend=backend, dtype=dtype, **settings)

    return make


def near(dtype):
    return {"rtol": 0, "atol": 1e-6 if dtype == "float32" else 1e-14}


# --- the definition -------------------------------------------------------------------------------
@pytest.mark.parametrize("dim", DIMS)
def test_binding_is_circular_convolution(hrr, dtype, dim):
    space = hrr(dim)
    x, y = real(dim, 2)
    assert np.allclose((space.vector(x) * space.vector(y)).numpy(), convolve(x, y), **near(dtype))


@pytest.mark.parametrize("dim", DIMS)
def test_the_involution_reverses_the_components(hrr, dtype, dim):
    space = hrr(dim)
    x, y = real(dim, 2)
    reversed_y = y[-np.arange(dim) % dim]
    assert np.allclose((~space.vector(y)).numpy(), reversed_y, **near(dtype))
    unbound = space.vector(x) / space.vector(y)
    assert np.allclose(unbound.numpy(), convolve(x, reversed_y), **near(dtype))


@pytest.mark.parametrize("dim", DIMS)
def test_the_identity_is_the_impulse(hrr, dtype, dim):
    assert np.allclose(hrr(dim).identity().numpy(), np.eye(dim)[0], **near(dtype))


@pytest.mark.parametrize("dim", DIMS)
def test_a_shift_is_binding_with_an_impulse(hrr, dtype, dim):
    space = hrr(dim)
    x = real(dim, 1)[0]
    a = space.vector(x)
    for steps in (0, 1, 2, dim - 1, dim, -1, 3 * dim + 1):
        rolled = np.roll(x, steps)
        assert np.allclose(a.shift(steps).numpy(), rolled, **near(dtype))
        impulse = space.vector(np.eye(dim)[steps % dim])
        assert np.allclose((a * impulse).numpy(), rolled, **near(dtype))
    if dim % 2:  # an even dim has a bin that half a step turns to nothing
        assert np.allclose(a.shift(0.5).shift(0.5).numpy(), np.roll(x, 1), **near(dtype))
    for steps in (0.5, -1.25):  # half a component on, the vector is as real as before
        moved = a.shift(steps)
        assert moved.dot(moved) == pytest.approx(float(moved.numpy() @ moved.numpy()), abs=1e-6)
    assert a.shift(1).data.dtype == space.algebra.row.dtype
    with pytest.raises(vsa.VsaError, match="steps must be a number below"):
        a.shift(float("nan"))


def test_shift_is_refused_where_there_is_none():
    from vsa_plugins.algebras.map import MAPB

    with pytest.raises(vsa.VsaError, match="'map-b' has no shift; use permute"):
        Space(16, MAPB).atom("a").shift()


@pytest.mark.parametrize("dim", DIMS)
def test_dot_products_are_those_of_the_real_components(hrr, dtype, dim):
    batch = hrr(dim).vector(real(dim, 4))
    components = batch.numpy()
    assert components.shape == (4, dim)
    assert components.dtype == dtype
    assert np.allclose(components @ components.T, batch[:, None].dot(batch), atol=1e-5)
    assert batch[0].norm() == pytest.approx(np.linalg.norm(components[0]), rel=1e-5)
    assert isinstance(batch[0].similarity(batch[1]), float)


@pytest.mark.parametrize("dim", DIMS)
def test_projection_takes_the_nearest_unitary_vector(hrr, dim):
    space = hrr(dim)
    composites = space.vector(real(dim, 4))
    others = [*space.random(4), *composites.unitary()]
    for a in composites:
        nearest = a.unitary().dot(a)
        assert all(nearest >= b.dot(a) - 1e-5 for b in others)
        for scale in (1e-10, 1e10):
            assert np.allclose(a.scale(scale).unitary().numpy(), a.unitary().numpy(), atol=1e-5)


# --- inverses, powers and projection where bins are zero ------------------------------------------
@pytest.fixture
def halves(hrr):
    """Two unitary vectors whose sum has a zero DC bin, and no other."""
    space = hrr(64)
    rows = space.batch(str(i) for i in range(20)).unitary()
    dc, nyquist = (np.real(space.backend.numpy(rows.data))[:, i] for i in (0, 32))
    other = int(np.flatnonzero((dc != dc[0]) & (nyquist == nyquist[0]))[0])
    return rows[0], rows[other]


def test_a_zero_bin_has_no_exact_inverse(halves):
    a, b = halves
    for operation in (lambda v: v.inverse(), lambda v: v**-1, lambda v: v**-2):
        operation((a.space.base("x") + 0.3 * a.space.base("y")).scale(1e-9))  # small is not zero
        for scale in (1e-9, 1, 1e9):
            with pytest.raises(vsa.VsaError, match="inverse: a frequency bin is zero"):
                operation((a + b).scale(scale))
    with pytest.raises(vsa.VsaError, match=r"use ~a \(the involution\) or project with unitary"):
        (a + b).inverse()
    with pytest.raises(vsa.VsaError, match="no exact inverse"):
        a.space.zero().inverse()


def test_projection_puts_one_where_a_bin_is_zero(halves):
    a, b = halves
    space = a.space
    key = space.backend.numpy((a + b).unitary().data)
    assert key[0] == 1
    assert np.allclose(np.abs(key), 1, atol=1e-6)
    assert np.allclose(space.backend.numpy(space.zero().unitary().data), 1)
    assert (a * (a + b).unitary() / (a + b).unitary()).similarity(a) == pytest.approx(1, abs=1e-6)


def test_a_power_of_a_zero_bin_is_zero(halves):
    a, b = halves
    assert abs(a.space.backend.numpy(((a + b) ** 3).data)[0]) == 0
    assert np.allclose(a.space.backend.numpy(((a + b) ** 0).data), 1)


def test_real_powers_need_positive_real_bins(hrr):
    space = hrr(64)
    signs = [space.atom(str(i)) for i in range(20)]
    negative = [a for a in signs if np.real(space.backend.numpy(a.data)[[0, 32]]).min() < 0]
    assert negative
    for a in negative:
        with pytest.raises(vsa.VsaError, match=r"DC and Nyquist.*make one with base\(name\)"):
            a**0.5
    base = space.base("x")
    assert np.allclose(space.backend.numpy((base**0.5).data) ** 2, space.backend.numpy(base.data))
    grid = base ** np.linspace(-2, 2, 9)
    assert np.allclose((grid[0] * grid[-1]).numpy(), space.identity().numpy(), atol=1e-6)


def test_a_power_of_a_power_is_not_the_power_of_the_product():
    base = Space(64).base("x")
    assert ((base**3) ** 0.5).similarity(base**1.5) < 0.9  # phases wrap at π
    assert ((base**0.5) ** 3).similarity(base**1.5) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("exponent", "error"), [(100_000, 1e-9), (1000.5, 1e-11)])
def test_large_powers_keep_their_phases(hrr, dtype, exponent, error):
    space = hrr(256)
    base = space.base("x").unitary()
    spectrum = space.backend.numpy(base.data).astype(np.clongdouble)
    exact = np.exp(1j * np.angle(spectrum) * exponent)  # the modulus of a unitary base stays 1
    power = space.backend.numpy((base**exponent).data)
    assert np.allclose(power, exact, rtol=1e-6 if dtype == "float32" else 0, atol=error)


@pytest.mark.parametrize("bad", [1e15, -1e300, float("inf"), float("nan")])
def test_powers_that_have_no_digits_left_are_refused(hrr, bad):
    with pytest.raises(vsa.VsaError, match="a power must be a number up to"):
        hrr(16).atom("a") ** bad


def test_a_power_without_bounds_is_refused():
    base = Space(256).base("x")
    with pytest.raises(vsa.VsaError, match="the power is too large: take the power of unitary"):
        (2 * base) ** 2000


# --- what noise does ------------------------------------------------------------------------------
def test_the_exact_inverse_is_exact_where_the_involution_is_not():
    space = Space(512, atoms="gaussian")
    a, b = space.atoms("a", "b")
    assert (a * b * b.inverse()).similarity(a) > 0.99999
    assert (a * b / b).similarity(a) == pytest.approx(0.72, abs=0.06)


def test_the_involution_retrieves_from_crosstalk_and_the_exact_inverse_does_not():
    space = Space(512, atoms="gaussian")
    items = space.random(1000)
    keys, trials = space.random((60, 8)), 60
    traces = (keys * items[: trials * 8].reshape(trials, 8)).bundle(axis=1)
    right = np.arange(trials) * 8
    matrix = items.numpy()
    for inverse, expected, spread in ((~keys[:, 0], 1.0, 0.02), (keys[:, 0].inverse(), 0.556, 0.2)):
        found = ((traces * inverse).numpy() @ matrix.T).argmax(-1)
        assert np.mean(found == right) == pytest.approx(expected, abs=spread)


N, DRAWS = 64, 40_000


MOMENTS = {
    # mean and n² × variance. For even n; the bins DC and Nyquist, which are real, count in full.
    "a·a": (lambda a, b, c, d: a.dot(a), 1, 2 * N),
    "a·b": (lambda a, b, c, d: a.dot(b), 0, N),
    # Plate gives 2n + 1: true of odd n, which has one real bin instead of two
    "a·(a⊛b)": (lambda a, b, c, d: a.dot(a * b), 0, 2 * N + 2),
    "(a⊛b)·(a⊛b)": (lambda a, b, c, d: (a * b).dot(a * b), 1, 6 * N + 4),
    "(a⊛b)·(a⊛c)": (lambda a, b, c, d: (a * b).dot(a * c), 0, 2 * N + 2),
    "(a⊛b)·(c⊛d)": (lambda a, b, c, d: (a * b).dot(c * d), 0, N),
    "(a*⊛a⊛b)·b": (lambda a, b, c, d: (a * b / a).dot(b), 1, 6 * N + 4),
    "(a*⊛b⊛c)·d": (lambda a, b, c, d: (b * c / a).dot(d), 0, N),
}


@pytest.fixture(scope="module")
def gaussian():
    space = Space(N, atoms="gaussian", seed=3)
    return [space.random(DRAWS) for _ in range(4)]


@pytest.mark.parametrize("name", MOMENTS)
def test_moments_of_dot_products_are_those_of_theory(gaussian, name):
    product, mean, variance = MOMENTS[name]
    x = product(*gaussian).astype(np.float64)
    error = x.std() / DRAWS**0.5
    assert x.mean() == pytest.approx(mean, abs=4 * error)
    fourth = ((x - x.mean()) ** 4).mean() / x.var() ** 2
    error = x.var() * ((fourth - 1) / DRAWS) ** 0.5
    assert x.var() == pytest.approx(variance / N**2, abs=4 * error)


@pytest.mark.parametrize(("atoms", "norms"), [("unitary", (1, 1)), ("gaussian", (1e-9, 1e-4))])
def test_a_hundred_bindings_in_a_row_lose_no_digits(atoms, norms):
    single = Space(512, atoms=atoms)
    double = single.like(dtype="float64")
    chains = [space.identity() for space in (single, double)]
    for i in range(100):
        chains = [chain * chain.space.atom(str(i)) for chain in chains]
    a, b = (chain.numpy() for chain in chains)
    assert np.linalg.norm(a - b) / np.linalg.norm(b) < 5e-6
    assert norms[0] * 0.9999 < chains[0].norm() < norms[1] * 1.0001


# --- precision ------------------------------------------------------------------------------------
MAKERS = {
    "atom": lambda s, a: s.atom("x"),
    "key": lambda s, a: s.key("x"),
    "base": lambda s, a: s.base("x"),
    "keys": lambda s, a: s.keys(3, orthogonal=True),
    "vector": lambda s, a: s.vector(np.ones(s.dim)),
    "random": lambda s, a: s.random(2000),
    "stack": lambda s, a: s.stack([a, a]),
    "scaled by a NumPy number": lambda s, a: np.float64(2) * a * np.float64(3) / np.float64(5),
    "scaled by an array": lambda s, a: s.stack([a, a]).scale(np.array([1.0, 2.0])),
    "negative": lambda s, a: -a,
    "unbound": lambda s, a: a * a / a - a,
    "inverse": lambda s, a: a.inverse(),
    "whole power": lambda s, a: a ** np.float64(3),
    "powers": lambda s, a: s.base("x") ** np.array([0.5, 2.0]),
    "normalized": lambda s, a: a.normalize(),
    "unitary": lambda s, a: a.unitary(),
    "permuted": lambda s, a: a.permute(3).shift(2),
    "protected": lambda s, a: a.protect(a, 3),
    "bundled": lambda s, a: s.random(4).bundle(),
    "pairs": lambda s, a: vsa.bundle_bound([a, a], [a, a]),
}


@pytest.mark.parametrize("name", MAKERS)
def test_every_operation_keeps_the_precision(hrr, dtype, name):
    space = hrr(64)
    vector = MAKERS[name](space, space.atom("a"))
    data = space.backend.numpy(vector.data)
    assert data.dtype == {"float32": np.complex64, "float64": np.complex128}[dtype]
    assert vector.numpy().dtype == dtype
    assert space.backend.numpy(space.algebra.pack(vector.data)).dtype == dtype


# --- other libraries ------------------------------------------------------------------------------
def importable(name):
    with warnings.catch_warnings():  # theirs, about what they import
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, exc_type=ImportError)


@pytest.mark.parametrize("dim", [16, 63, 512])
def test_nengo_spa_computes_the_same(dim):
    importable("nengo_spa")
    from nengo_spa.algebras.hrr_algebra import HrrAlgebra

    theirs, space = HrrAlgebra(), Space(dim, dtype="float64")
    x, y = real(dim, 2)
    a, b = space.vector(x), space.vector(y)
    assert np.allclose((a * b).numpy(), theirs.bind(x, y))
    assert np.allclose((~a).numpy(), theirs.invert(x))
    assert np.allclose((a + b).numpy(), theirs.superpose(x, y))
    assert np.allclose(a.unitary().numpy(), theirs.make_unitary(x))
    assert np.allclose((a**3).numpy(), theirs.binding_power(x, 3))
    base = space.base("x")
    assert np.allclose((base**0.7).numpy(), theirs.binding_power(base.numpy(), 0.7))


@pytest.mark.parametrize("dim", [16, 64, 512])
def test_torchhd_computes_the_same(dim):
    torchhd, torch = importable("torchhd"), importable("torch")
    space = Space(dim, dtype="float64")
    x, y = real(dim, 2)
    a, b = space.vector(x), space.vector(y)
    s, t = (torch.tensor(v).as_subclass(torchhd.HRRTensor) for v in (x, y))
    assert np.allclose((a * b).numpy(), s.bind(t).numpy())
    assert np.allclose((a + b).numpy(), s.bundle(t).numpy())
    assert np.allclose((a * ~b).numpy(), s.bind(t.inverse()).numpy())
    assert np.allclose((a * b.inverse()).numpy(), s.bind(t.exact_inverse()).numpy())
    assert a.similarity(b) == pytest.approx(float(torchhd.cosine_similarity(s, t)))


def test_fractional_powers_are_for_bases_whatever_the_name():
    """A quarter of all names have positive real bins by chance, and as many products."""
    space = Space(256)
    names = [f"n{i}" for i in range(20)]
    others = [space.atom(names[0]) * space.atom(name) for name in names]
    for vector in (*map(space.atom, names), *others, space.base("x") + space.base("y")):
        with pytest.raises(vsa.VsaError, match="a fractional power needs a base"):
            vector**0.5
    base = space.base("x")
    assert ((base**0.5) ** 0.5).similarity(base**0.25) > 0.999
    assert (base.unitary() ** 0.5).similarity(base**0.5) > 0.999
