"""FHRR: phasors by definition and by torchhd, powers of any base, sums that stay as they are."""

import warnings

import numpy as np
import pytest
from vsa_plugins.algebras.fhrr import FHRR

import vsa
from vsa.algebra.space import Space

NAMES = [f"n{i}" for i in range(300)]


def importable(name):
    with warnings.catch_warnings():  # theirs, about what they import
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, exc_type=ImportError)


def phasors(space, *names):
    return [space.atom(name).numpy() for name in names]


@pytest.fixture(params=[2, 3, 64, 255])
def space(request, backend, dtype):
    return Space(request.param, FHRR, backend, dtype)


def test_atoms_are_phasors_of_uniform_phase():
    space = Space(4096, FHRR)
    a = space.batch(NAMES).numpy()
    assert a.dtype == np.complex64
    assert a.shape == (300, 4096)
    assert np.abs(np.abs(a) - 1).max() < 1e-6
    turns = np.sort(np.angle(a).ravel()) / (2 * np.pi) + 0.5
    assert np.abs(turns - (np.arange(turns.size) + 0.5) / turns.size).max() < 0.002
    assert np.array_equal(space.atom("n7").numpy(), a[7])
    first = [-0.9423649, -0.7699299, -0.9288794, 0.7630335]  # the same in every release
    assert space.atom("a").numpy()[:4].real == pytest.approx(first, abs=1e-7)


def test_operations_are_those_of_complex_components(space):
    a, b, c = space.atoms("a", "b", "c")
    x, y, z = phasors(space, "a", "b", "c")
    assert np.allclose((a * b).numpy(), x * y, atol=1e-6)
    assert np.allclose((a / b).numpy(), x * y.conj(), atol=1e-6)
    assert np.allclose((~a).numpy(), x.conj(), atol=1e-6)
    assert np.allclose((a + 2 * b - c).numpy(), x + 2 * y - z, atol=1e-6)
    assert np.allclose((a**3).numpy(), x**3, atol=1e-5)
    assert np.allclose(((a + b) ** -1).numpy(), 1 / (x + y), rtol=1e-3)
    total = x + y + z
    assert np.allclose((a + b + c).unitary().numpy(), total / np.abs(total), atol=1e-5)
    assert (a + b).dot(c) == pytest.approx(((x + y) * z.conj()).real.sum() / space.dim, abs=1e-5)
    assert a.norm() == pytest.approx(1, abs=1e-5)


def test_a_component_of_zero_becomes_one_and_has_no_inverse(space):
    x = np.ones(space.dim, dtype=np.complex128)
    x[0] = 0
    empty = space.vector(x)
    assert np.array_equal(empty.unitary().numpy()[:2], [1, 1])
    with pytest.raises(vsa.VsaError, match="no exact inverse: a component is zero"):
        empty.inverse()
    back = space.vector(x + 2).inverse()
    assert np.allclose(back.numpy(), 1 / (x + 2), atol=1e-6)


def test_any_base_has_real_powers(space):
    base = space.base("x")
    assert np.array_equal(base.numpy(), space.key("base/x").numpy())  # as it is drawn
    angle = np.angle(base.numpy())
    for power in (0.5, -1.7, 0.01):
        assert np.allclose((base**power).numpy(), np.exp(1j * power * angle), atol=1e-5)
    assert (base**0.3 * base**0.7).similarity(base) == pytest.approx(1, abs=1e-5)
    with pytest.raises(vsa.VsaError, match=r"needs a base, whose phases .* make one with base"):
        space.atom("a") ** 0.5
    with pytest.raises(vsa.VsaError, match="up to"):
        base**1e20


def test_similarity_of_powers_is_a_kernel():
    """E cos(φt) of uniform phases is sinc(t)."""
    base = Space(8192, FHRR).base("x")
    t = np.array([0.0, 0.25, 0.5, 1.0, 1.5])
    powers = base.space.stack([base ** float(s) for s in t])
    assert np.allclose(powers.similarity(powers[0]), np.sinc(t), atol=4 / 8192**0.5)


def test_degrees_of_freedom_are_twice_the_phasors():
    space = Space(128, FHRR)
    assert space.algebra.freedom == space.algebra.packed == 256
    rows = space.random(500)
    packed = space.algebra.pack(rows.data)
    cosines = (packed @ packed.T)[np.triu_indices(500, 1)]
    assert 1 / np.var(cosines) == pytest.approx(256, rel=0.03)
    assert np.allclose(space.algebra.unpack(packed), rows.data, atol=1e-6)


def test_sums_are_sliced_reshaped_and_stacked_as_they_are():
    space = Space(256, FHRR)
    rows = space.random((6, 4))
    sums = rows.bundle(1)
    for same in (sums.reshape(2, 3).reshape(6), space.stack(list(sums)), sums[np.arange(6)]):
        assert np.array_equal(same.numpy(), sums.numpy())
    assert np.allclose((sums - rows[:, 0]).numpy(), rows[:, 1:].bundle(1).numpy(), atol=1e-5)


def test_permutation_is_one_cycle_of_the_components():
    space = Space(30, FHRR)
    a = space.atom("a")
    moved = [a.permute(n).numpy() for n in range(31)]
    assert all(not np.array_equal(moved[0], other) for other in moved[1:30])
    assert np.array_equal(moved[30], moved[0])


@pytest.mark.parametrize("dim", [16, 512])
def test_torchhd_computes_the_same(dim):
    torchhd, torch = importable("torchhd"), importable("torch")
    space = Space(dim, FHRR)
    rows = space.batch(NAMES[:5])
    theirs = torch.from_numpy(rows.numpy()).as_subclass(torchhd.FHRRTensor)
    a, b = rows[0], rows[1]
    s, t = theirs[0], theirs[1]
    assert np.allclose((a * b).numpy(), torchhd.bind(s, t).numpy(), atol=1e-6)
    assert np.allclose((a / b).numpy(), torchhd.bind(s, torchhd.inverse(t)).numpy(), atol=1e-6)
    assert np.allclose(rows.bundle().numpy(), torchhd.multiset(theirs).numpy(), atol=1e-5)
    expected = torchhd.cosine_similarity(s, theirs).numpy()
    assert np.allclose(rows.similarity(a), expected, atol=1e-5)


def test_a_memory_finds_what_was_bound():
    space = Space(512, FHRR)
    memory = vsa.Memory(space)
    memory.add(NAMES, space.batch(NAMES))
    keys = [space.key(f"k{i}") for i in range(8)]
    total = vsa.bundle_bound([space.atom(n) for n in NAMES[:8]], keys)
    found = memory.cleanup(space.stack([total / key for key in keys]))
    assert list(found.name) == NAMES[:8]
