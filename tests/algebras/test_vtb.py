"""VTB and TVTB: by definition, by nengo-spa and torchhd; powers, projections, atoms to the last bit."""

import hashlib
import warnings

import numpy as np
import pytest

import vsa
from vsa.algebra.space import Space

ROUNDING = {"float32": 1e-6, "float64": 1e-14}
BOTH = ["vtb", "tvtb"]


def importable(name):
    with warnings.catch_warnings():  # theirs, about what they import
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, exc_type=ImportError)


def by_definition(name, a, b):
    """√d' A Bᵀ, √d' A B, entry by entry."""
    side = round(len(a) ** 0.5)
    one, other = a.reshape(side, side), b.reshape(side, side)
    found = np.zeros((side, side))
    for i, j, k in np.ndindex(side, side, side):
        found[i, j] += one[i, k] * (other[j, k] if name == "vtb" else other[k, j])
    return (side**0.5 * found).reshape(-1)


def near(a, b, space, times=20):
    return np.allclose(a, b, rtol=0, atol=times * ROUNDING[space.backend.dtype])


@pytest.fixture(params=BOTH)
def name(request):
    return request.param


@pytest.fixture(params=["unitary", "gaussian"])
def space(request, name, backend, dtype):
    return Space(64, name, backend, dtype, atoms=request.param)


def test_dims_are_squares(name):
    for dim in (2, 3, 5, 1000, 1023):
        with pytest.raises(vsa.VsaError, match=f"^{name} needs a square for its dim, not {dim}: "):
            Space(dim, name)
    with pytest.raises(vsa.VsaError, match=r"not 1000: 961, 1024$"):
        Space(1000, name)
    assert [Space(d, name).dim for d in (4, 9, 1024)] == [4, 9, 1024]


def test_binding_is_the_definition(name, space):
    a, b = space.atoms("a", "b")
    assert near((a * b).numpy(), by_definition(name, a.numpy(), b.numpy()), space)
    batch = space.random((3, 1)) * space.random(2)
    assert batch.shape == (3, 2)
    assert np.isfinite(batch.numpy()).all()


def test_binding_unbinding_and_the_identity_are_those_of_nengo(name, space):
    nengo = importable("nengo_spa.algebras")
    theirs = {"vtb": nengo.VtbAlgebra, "tvtb": nengo.TvtbAlgebra}[name]()
    right = nengo.ElementSidedness.RIGHT
    a, b = space.atoms("a", "b")
    x, y = a.numpy(), b.numpy()
    assert near((a * b).numpy(), theirs.bind(x, y), space)
    assert near((~b).numpy(), theirs.invert(y, sidedness=right), space)
    assert near((a / b).numpy(), theirs.bind(x, theirs.invert(y, sidedness=right)), space)
    assert near(space.identity().numpy(), theirs.identity_element(64, sidedness=right), space)
    if name == "tvtb":  # in nengo v ** 2 of VTB is v * v, the identity for any key
        key = space.key("k").unitary()
        assert near((key**3).numpy(), theirs.binding_power(key.numpy(), 3), space, 100)


def test_vtb_is_that_of_torchhd(backend, dtype):
    torchhd, torch = importable("torchhd"), importable("torch")
    space = Space(256, "vtb", backend, dtype, atoms="gaussian")
    a, b = space.random(5), space.random(5)
    x, y = (torch.tensor(v.numpy()).as_subclass(torchhd.VTBTensor) for v in (a, b))
    assert near((a * b).numpy(), torchhd.bind(x, y).numpy(), space)
    assert near((a / b).numpy(), torchhd.bind(x, torchhd.inverse(y)).numpy(), space)


# --- sides and powers -----------------------------------------------------------------------------
def test_keys_stand_on_the_right(name, space):
    x, k = space.atom("x"), space.key("k").unitary()
    assert near((x * k / k).numpy(), x.numpy(), space)
    assert near((k * x).left_unbind(k).numpy(), x.numpy(), space)
    assert abs((k * x / k).similarity(x)) < 0.5
    assert near((x * space.identity()).numpy(), x.numpy(), space)
    left = (space.identity() * x).numpy()
    assert near(left, x.numpy(), space) == (name == "tvtb")


def test_a_key_of_vtb_bound_with_itself_is_the_identity_and_undoes_nothing(backend, dtype):
    space = Space(64, "vtb", backend, dtype)
    x, v = space.atom("x"), space.key("v").unitary()
    assert near((v * v).numpy(), space.identity().numpy(), space)
    assert abs((x * v * v).similarity(x)) < 0.5
    assert near((x * v**2).numpy(), (x * v * v).numpy(), space)
    assert abs((v**2).similarity(v * v)) < 0.5


def test_a_power_binds_so_often(space):
    x, key = space.atom("x"), space.key("k").unitary()
    bound = x
    for n in range(7):
        assert near((x * key**n).numpy(), bound.numpy(), space, 100)
        assert near((bound * key**-n).numpy(), x.numpy(), space, 100)
        bound = bound * key
    table = space.stack([key, ~key])[:, None] ** np.array([-2, 0, 1, 5])
    for i, j in np.ndindex(2, 4):
        power = (key, ~key)[i] ** (-2, 0, 1, 5)[j]
        assert near(table[i, j].numpy(), power.numpy(), space, 100)


def test_a_large_power_of_a_key_is_a_key(space):
    for key in (space.key("k"), space.key("k").unitary()):
        power = key**1_000_000
        assert power.norm() == pytest.approx(1, abs=1e-5)
        assert near((space.atom("x") * power / power).numpy(), space.atom("x").numpy(), space, 100)


def test_negative_powers_of_what_is_no_key_are_inverses(name):
    space = Space(64, name, dtype="float64", atoms="gaussian")
    x, a = space.atoms("x", "a")
    assert np.allclose((x * a * a**-1).numpy(), x.numpy(), atol=1e-9)
    assert np.allclose((x * a * a * a**-2).numpy(), x.numpy(), atol=1e-7)
    if name == "tvtb":
        assert np.allclose((a * a.inverse()).numpy(), space.identity().numpy(), atol=1e-9)
    else:
        with pytest.raises(vsa.VsaError, match="needs exact inverses, which the algebra 'vtb' has"):
            a.inverse()


def test_powers_that_are_none_are_refused(space):
    singular = space.vector(np.eye(8).reshape(-1) * (np.arange(64) < 60))
    for vector in (space.zero(), singular):
        with pytest.raises(vsa.VsaError, match=r"^no exact inverse: a matrix is singular"):
            vector**-1
    assert near((space.zero() ** 0).numpy(), space.identity().numpy(), space)
    assert (space.zero() ** 3).norm() == 0
    with pytest.raises(vsa.VsaError, match="not whole needs fractional powers"):
        space.atom("a") ** 0.5
    for bad in (1e15, float("inf")):
        with pytest.raises(vsa.VsaError, match="a power"):
            space.atom("a") ** bad
    with pytest.raises(vsa.VsaError, match=r"^the power is too large"):
        space.atom("a").scale(1e6) ** 1000


# --- projection -----------------------------------------------------------------------------------
def test_projection_gives_the_nearest_orthogonal_matrix(space):
    batch = space.random((3, 4)) + space.random(4)
    key = batch.unitary()
    side = 8
    u, _, v = np.linalg.svd(batch.numpy().astype(float).reshape(3, 4, side, side))
    assert near(key.numpy(), (u @ v).reshape(3, 4, 64) / side**0.5, space, 200)
    assert np.allclose(key.norms(), 1, atol=1e-6)
    assert near(key.unitary().numpy(), key.numpy(), space)
    assert near(batch.scale(1e-8).unitary().numpy(), key.numpy(), space, 200)


def test_nothing_is_projected_to_the_identity(space):
    mixed = space.stack([space.zero(), space.zero() + space.atom("a")])
    assert near(mixed.unitary()[0].numpy(), space.identity().numpy(), space)
    assert near(mixed.unitary()[1].numpy(), space.atom("a").unitary().numpy(), space)


def test_what_is_singular_has_a_projection(space):
    one = np.zeros(64)
    one[3] = 2
    key = space.vector(one).unitary()
    assert key.dot(space.vector(one)) == pytest.approx(2 / 8**0.5, abs=1e-5)
    x = space.atom("x")
    assert near((x * key / key).numpy(), x.numpy(), space)


def test_sums_of_keys_are_projected_alike_everywhere(name):
    """None is singular, since all keys turn and none reflects."""
    space = Space(256, name)
    keys = space.keys(100)
    sides = keys.numpy().reshape(100, 16, 16) * 4
    assert np.allclose(np.linalg.det(sides), 1, atol=1e-4)
    singular = np.linalg.svd((keys[:50] + keys[50:]).numpy().reshape(50, 16, 16) * 4)[1]
    assert singular.min() > 1e-3


# --- atoms ----------------------------------------------------------------------------------------
HASHES = {
    ("vtb", 64, "unitary"): "b49a0dafbfd67455",
    ("tvtb", 64, "gaussian"): "997d95a9e5e3d64d",
    ("vtb", 9, "unitary"): "80a4bffa536c58b8",
    ("tvtb", 1024, "unitary"): "7e764ed7810a1712",
}


@pytest.mark.parametrize(("name", "dim", "kind"), HASHES)
def test_atoms_are_the_same_to_the_last_bit(name, dim, kind):
    drawn = Space(dim, name).algebra.draw([b"a", b"b"], kind)
    assert drawn.dtype == np.float32
    assert hashlib.sha256(drawn.tobytes()).hexdigest()[:16] == HASHES[name, dim, kind]


def test_atoms_do_not_depend_on_those_beside_them(name):
    algebra = Space(64, name).algebra
    keys = [b"%d" % i for i in range(1500)]
    for kind in ("unitary", "gaussian"):
        drawn = algebra.draw(keys, kind)
        assert drawn.shape == (1500, 64)
        for i in (0, 511, 512, 1499):
            assert np.array_equal(algebra.draw(keys[i : i + 1], kind)[0], drawn[i])


def test_atoms_are_uniform_rotations(name):
    """Traces of rotations have the moments 0, 1, 0, 3, those of a normal number (Diaconis)."""
    q = Space(25, name).random(20_000).numpy().astype(float).reshape(-1, 5, 5) * 5**0.5
    assert np.abs(q @ q.swapaxes(1, 2) - np.eye(5)).max() < 1e-6
    trace = np.trace(q, axis1=1, axis2=2)
    assert [np.mean(trace**n) for n in (1, 2, 3)] == pytest.approx([0, 1, 0], abs=0.06)
    assert np.mean(trace**4) == pytest.approx(3, abs=0.15)
    assert np.abs((q**2).mean(0) - 0.2).max() < 0.01
    assert np.abs(np.einsum("nij,nkl->ijkl", q, q)[0, 0, 1, 1] / len(q)) < 0.01


def test_gaussian_atoms_have_length_one_on_average(name):
    norms = np.asarray(Space(256, name, atoms="gaussian").random(500).norms())
    assert norms.mean() == pytest.approx(1, abs=0.01)
    assert norms.std() == pytest.approx(1 / (2 * 256) ** 0.5, rel=0.1)


# --- arrays ---------------------------------------------------------------------------------------
def test_a_product_can_be_written_into_a_vector(space):
    a, b, out = space.random(5), space.random(5), space.random(5)
    expected = (a * b).numpy()
    assert vsa.bind(a, b, out=out) is out
    assert near(out.numpy(), expected, space)
    vsa.bind(out, b, out=out)  # into an operand
    assert near(out.numpy(), (a * b * b).numpy(), space)
    one = space.random(5)
    vsa.bind(a, b[0], out=one)
    assert near(one.numpy(), (a * b[0]).numpy(), space)


def test_nothing_stays_nothing(space):
    k = space.key("k")
    for v in (space.zero((2,)) * k, space.zero((2,)) / k, space.zero((2,)).left_unbind(k)):
        assert not v.numpy().any()


@pytest.mark.parametrize("name", BOTH)
def test_gradients_are_those_of_differences(name):
    torch = importable("torch")
    algebra = Space(9, name, "torch", "float64").algebra
    rng = np.random.default_rng(1)
    a, b = (torch.tensor(rng.standard_normal((2, 9)), requires_grad=True) for _ in range(2))
    check = torch.autograd.gradcheck
    assert check(algebra.product, (a, b))
    assert check(algebra.unbind, (a, b))
    assert check(algebra.left_unbind, (a, b))
    assert check(lambda x: algebra.power(x, 3), (a,))
    assert check(lambda x: algebra.power(x, -2), (a,))
    assert check(algebra.unitary, (a,))
    key = algebra.unitary(a.detach()).requires_grad_()  # of which all singular values are equal
    assert check(algebra.unitary, (key,))
    assert check(lambda x: algebra.power(x, 2), (key,))


def test_the_gradient_of_nothing_is_finite(name):
    importable("torch")
    space = Space(9, name, "torch", "float64")
    zero = space.backend.asarray(np.zeros(9)).requires_grad_()
    space.algebra.unitary(zero).sum().backward()
    assert np.isfinite(zero.grad.numpy()).all()
