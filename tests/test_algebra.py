"""One suite of laws for every algebra, backend, precision and dimension.

An algebra declares its laws by name; what it declares is checked here, what it does not is not.
"""

import numpy as np
import pytest
from rounding import numbers, same

import vsa
from vsa.algebra.backend import BACKENDS
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector

DIMS = [2, 3, 5, 8, 16, 63, 64, 255, 256]
NAMES = ["a", "b", "c", "d"]


@pytest.fixture(params=DIMS)
def dim(request):
    return request.param


@pytest.fixture
def space(make_space, dim):
    return make_space(dim)


@pytest.fixture
def atoms(space):
    """Four unitary vectors, to the last bit of the space's precision."""
    return [space.atom(name).unitary() for name in NAMES]


@pytest.fixture
def composites(space):
    """Four superpositions: of any length and spectrum, where the algebra has lengths and spectra."""
    rng = np.random.default_rng(1)
    drawn = space.vector(rng.standard_normal((4, space.dim)) / space.dim**0.5)
    return list(drawn + space.zero())


def needs(space, law):
    if law not in space.algebra.laws:
        pytest.skip(f"{space.algebra.name} does not declare {law}")


def test_every_backend_answers_like_numpy(any_backend, algebra):
    here, there = Space(64, algebra), Space(64, algebra, backend=any_backend)
    assert there.backend.name == any_backend
    a, b = here.atoms("a", "b")
    c, d = there.atoms("a", "b")
    assert np.allclose((a * b + a).numpy(), (c * d + c).numpy(), atol=1e-6)
    assert set(BACKENDS) == {"numpy", "torch", "cupy"}


# --- binding --------------------------------------------------------------------------------------
def test_binding_is_commutative(space, atoms, composites):
    needs(space, "commutative")
    for a, b, *_ in (atoms, composites):
        assert same(a * b, b * a)


def test_binding_is_associative(space, atoms, composites):
    needs(space, "associative")
    for a, b, c, _ in (atoms, composites):
        assert same((a * b) * c, a * (b * c))


def test_binding_distributes_over_superposition(space, atoms, composites):
    needs(space, "distributive")
    for a, b, c, d in (atoms, composites):
        assert same(a * (b + c - 2.5 * d), a * b + a * c - 2.5 * (a * d))


def test_the_identity_changes_nothing(space, atoms, composites):
    for a in (*atoms, *composites):
        assert same(a * space.identity(), a)
    assert space.identity().norm() == pytest.approx(1)


def test_a_unitary_key_unbinds_exactly(space, atoms, composites):
    needs(space, "unbinding")
    for a in (*atoms, *composites):
        assert same(a * atoms[0] / atoms[0], a)
        assert same(atoms[0] * ~atoms[0], space.identity())


def test_atoms_of_a_unitary_space_are_unitary(make_space, dim):
    space = make_space(dim)
    for a in space.atoms(*NAMES):
        assert np.allclose(numbers(a), numbers(a.unitary()), atol=1e-7)  # drawn in single precision
    gaussian = make_space(dim, atoms="gaussian").key("stack/p")  # keys are, in every space
    assert np.allclose(numbers(gaussian), numbers(gaussian.unitary()), atol=1e-7)


def test_the_involution_is_the_adjoint_of_binding(composites):
    a, b, c, _ = composites
    assert (a * b).dot(c) == pytest.approx(b.dot(c / a), abs=1e-5)
    assert same(~~a, a)
    assert same(~(a * b), ~a * ~b)


def test_a_self_inverse_algebra_undoes_binding_by_binding(space, atoms):
    needs(space, "self-inverse")
    assert same(atoms[0] * atoms[0], space.identity())
    assert same(atoms[0].inverse(), atoms[0])
    assert same(atoms[0] ** 2, atoms[0] ** 4)


def test_the_exact_inverse_undoes_binding_with_anything(space, atoms, composites):
    for a in atoms if space.accumulates else (*atoms, *composites):
        smallest = np.abs(numbers(a)).min()
        assert same(a * a.inverse(), space.identity(), 20 / smallest)
        assert same(a**-1, a.inverse())


def test_whole_powers_are_repeated_binding(space, atoms):
    a = atoms[0]
    product = space.identity()
    for n in range(6):
        assert same(a**n, product, 60)
        product = product * a
    assert same(a**3 * a**-5, a**-2, 60)
    assert same((a**3) ** -2, a**-6, 60)
    assert same(a ** np.float64(2), a * a)


def test_powers_broadcast_like_any_operand(space, atoms):
    keys = space.stack(atoms)[:, None]
    exponents = np.array([-2, 0, 1, 3])
    table = keys**exponents
    assert table.shape == (4, 4)
    for i, a in enumerate(atoms):
        for j, n in enumerate(exponents.tolist()):
            assert same(table[i, j], a**n, 60)


def test_fractional_powers_add_up(space, atoms):
    if "fractional" not in space.algebra.laws:
        with pytest.raises(vsa.VsaError, match="power"):
            atoms[0] ** 0.5
        with pytest.raises(vsa.VsaError, match=f"{space.algebra.name!r} has no fractional powers"):
            space.base("x")
        return
    base = space.base("x").unitary()
    assert same(base**0.5 * base**0.5, base)
    assert same(base**0.3 * base**-1.7, base**-1.4, 60)
    assert same((base**0.25) ** 3, base**0.75)  # no phase is carried over π


def test_powers_that_have_no_digits_left_are_refused(space):
    for bad in (1e15, -1e300, float("inf"), float("nan")):
        if space.algebra.name == "hrr":
            with pytest.raises(vsa.VsaError, match="a power must be a number up to"):
                space.atom("a") ** bad


# --- permutation and protection -------------------------------------------------------------------
def test_permutations_form_a_group(space, composites):
    a = composites[0]
    assert same(a.permute(0), a, 0)
    assert same(a.permute(2).permute(3), a.permute(5), 0)
    assert same(a.permute(7).permute(-7), a, 0)
    assert same(a.permute(-1).permute(-2), a.permute(-3), 0)
    assert same(a.permute(10**12).permute(1 - 10**12), a.permute(), 0)


def test_permutation_keeps_lengths_and_goes_through_binding(space, composites):
    a, b, c, _ = composites
    assert a.permute().dot(b.permute()) == pytest.approx(a.dot(b), abs=1e-5)
    assert same((a * b).permute(), a.permute() * b.permute())
    assert same((a + b + c).permute(), a.permute() + b.permute() + c.permute())


def test_permutation_moves_what_is_large_enough_to_be_moved(space):
    a = space.random(50)
    moved = np.abs(np.asarray(a.permute().similarity(a)))
    if space.dim >= 63:
        assert moved.mean() < 3 / space.dim**0.5


def test_protection_can_be_taken_back(space, atoms):
    a, key, *_ = atoms
    for steps in (1, 2, 5):
        assert same(a.protect(key, steps).protect(key, -steps), a, 60)
    assert same(a.protect(key, 2).protect(key), a.protect(key, 3), 60)
    if space.dim >= 255:
        assert max(abs(a.protect(key, n).similarity(a)) for n in range(1, 5)) < 0.3


# --- projection and length ------------------------------------------------------------------------
def test_projection_gives_vectors_that_keep_lengths(space, atoms, composites):
    for a in composites:
        key = a.unitary()
        assert same(key.unitary(), key)
        assert key.norm() == pytest.approx(1, abs=1e-5)
        assert (key * atoms[0]).norm() == pytest.approx(1, abs=1e-5)
        assert same(atoms[1] * key / key, atoms[1])


def test_projection_takes_the_nearest_unitary_vector(space, atoms, composites):
    for a in composites:
        nearest = a.unitary().dot(a)
        assert all(nearest >= b.dot(a) - 1e-5 for b in (*atoms, *(c.unitary() for c in composites)))


def test_projection_is_free_of_scale(space, composites):
    for a in composites:
        assert same(a.unitary(), a.scale(1e-10).unitary(), 60)
        assert same(a.unitary(), a.scale(1e10).unitary(), 60)


def test_normalising_gives_length_one_and_leaves_zero_alone(space, composites):
    batch = space.stack([*composites, space.zero()])
    unit = batch.normalize()
    assert np.allclose(unit.norm(), [1, 1, 1, 1, 0], atol=1e-6)
    assert same(space.zero().normalize(), space.zero())
    for a, b in zip(batch, unit, strict=True):
        assert same(b.scale(a.norm()), a)


def test_zero_has_no_similarity_to_anything(space, atoms):
    assert space.zero().norm() == 0
    assert space.zero().similarity(atoms[0]) == 0
    assert space.zero().similarity(space.zero()) == 0


# --- geometry -------------------------------------------------------------------------------------
def test_packing_is_an_isometry_and_comes_back(space, composites):
    algebra, backend = space.algebra, space.backend
    batch = space.stack(composites)
    packed = algebra.pack(batch.data)
    assert tuple(packed.shape) == (4, space.dim)
    assert same(Vector(space, algebra.unpack(packed)), batch)
    host = backend.numpy(packed)
    gram = backend.numpy(algebra.dot(batch.data[:, None], batch.data[None]))
    assert np.allclose(host @ host.T, gram, atol=1e-6)


def test_dot_products_are_those_of_the_real_components(space, composites):
    batch = space.stack(composites)
    real = batch.numpy()
    assert real.shape == (4, space.dim)
    assert real.dtype == space.backend.dtype
    assert np.allclose(real @ real.T, batch[:, None].dot(batch), atol=1e-5)
    assert same(space.vector(real), batch)
    assert batch[0].norm() == pytest.approx(np.linalg.norm(real[0]), rel=1e-5)


def test_similarity_is_the_cosine(space, composites):
    a, b, *_ = composites
    cosine = a.dot(b) / (a.norm() * b.norm())
    assert a.similarity(b) == pytest.approx(cosine, abs=1e-6)
    assert isinstance(a.similarity(b), float)
    assert (3 * a).similarity(a) == pytest.approx(1, abs=1e-5)
    assert (-a).similarity(a) == pytest.approx(-1, abs=1e-5)


# --- superposition --------------------------------------------------------------------------------
def test_superposition_does_not_depend_on_the_order(space, atoms):
    a, b, c, d = atoms
    total = a + b + c + d
    for other in (a + (b + (c + d)), (a + b) + (c + d), vsa.bundle(d, c, b, a), d + c + b + a):
        assert same(total, other)
    assert same(vsa.bundle(space.stack(atoms)), total)
    assert same(total - d - c, a + b)
    assert (a - a).norm() == pytest.approx(0, abs=1e-6)


def test_superposition_resembles_its_parts(space, atoms):
    if space.dim >= 63:
        total = vsa.bundle(*atoms[:3])
        assert min(total.similarity(a) for a in atoms[:3]) > 0.3
        assert abs(total.similarity(atoms[3])) < 0.3


def test_bundling_bound_pairs_is_the_sum_of_products(space, composites):
    a, b, c, d = (space.atom(n) for n in NAMES)
    assert same(vsa.bundle_bound([a, b], [c, d]), a * c + b * d)
    rows = space.random(5)
    assert same(vsa.bundle_bound([a, b, c], [rows, d, rows]), a * rows + b * d + c * rows)


def test_by_rows_changes_nothing_but_memory(space, monkeypatch):
    a, b = space.random((7, 3)), space.random(3)
    whole = a * b + a
    monkeypatch.setattr("vsa.algebra.backend.BLOCK_BYTES", 2 * a.data[0, 0].nbytes)
    assert same(vsa.by_rows(lambda x, y: x * y + x, a, b), whole)
