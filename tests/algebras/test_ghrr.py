"""GHRR: matrices block by block, by definition; phasors at m = 1; projections, atoms to the last bit."""

import hashlib

import numpy as np
import pytest

import vsa
from vsa.algebra.space import Space

ROUNDING = {"float32": 1e-6, "float64": 1e-14}


def near(a, b, space, times=20):
    return np.allclose(a, b, rtol=0, atol=times * ROUNDING[space.backend.dtype])


def matrices(vector, m):
    shown = vector.numpy()
    return shown.reshape(*shown.shape[:-1], -1, m, m)


@pytest.fixture(params=[1, 2, 3, 4])
def m(request):
    return request.param


@pytest.fixture
def space(m, backend, dtype):
    return Space(6 * m * m, f"ghrr:{m}", backend, dtype)


def test_dims_are_multiples_of_the_entries_of_a_block():
    assert Space(1024, "ghrr").settings[1] == "ghrr:2"
    with pytest.raises(
        vsa.VsaError, match=r"^ghrr:3 needs a multiple of m² for its dim, not 1024: 1017, 1026"
    ):
        Space(1024, "ghrr:3")
    for bad in ("0", "x", "1.5", "-1", ""):
        with pytest.raises(vsa.VsaError, match="m in ghrr:m is a whole number from 1"):
            Space(1024, f"ghrr:{bad}")


def test_dim_counts_complex_numbers():
    space = Space(128, "ghrr:4")
    assert space.noise.n == space.algebra.freedom == space.algebra.packed == 256
    assert space.atom("a").numpy().dtype == np.complex64
    assert space.atom("a").numpy().shape == (128,)


def test_binding_is_the_product_block_by_block(space, m):
    a, b = space.random((3, 1)), space.random(2) + space.random(2)
    x, y = matrices(a, m), matrices(b, m)
    assert near(matrices(a * b, m), x @ y, space)
    assert near(matrices(a / b, m), x @ y.conj().swapaxes(-1, -2), space)
    assert near(matrices(b.left_unbind(a), m), x.conj().swapaxes(-1, -2) @ y, space)
    assert near(matrices(~b, m), y.conj().swapaxes(-1, -2), space)
    assert near(matrices(space.identity(), m), np.broadcast_to(np.eye(m), (6, m, m)), space)


def test_similarity_is_the_real_part_of_the_trace(space, m):
    a, b = space.random(5), space.random(5)
    trace = np.trace(matrices(a, m) @ matrices(b, m).conj().swapaxes(-1, -2), axis1=-2, axis2=-1)
    assert near(a.dots(b), trace.real.sum(-1) / (6 * m), space)
    assert np.allclose(a.norms(), 1, atol=1e-6)  # drawn in single precision


def test_one_row_a_block_makes_phasors():
    ghrr, fhrr = Space(64, "ghrr:1"), Space(64, "fhrr")
    keys = [b"a", b"b"]
    drawn = ghrr.algebra.draw(keys, "unitary")
    assert np.array_equal(drawn, fhrr.algebra.draw(keys, "unitary"))
    a, b = (ghrr.vector(row) for row in drawn)
    c, d = (fhrr.vector(row) for row in drawn)
    assert np.array_equal((a * b).numpy(), (c * d).numpy())
    assert a.similarity(b) == pytest.approx(c.similarity(d), abs=1e-6)
    assert "commutative" in ghrr.algebra.laws
    assert "commutative" not in Space(64, "ghrr").algebra.laws


def test_the_larger_the_blocks_the_less_order_is_free():
    alike = []
    for m in (1, 2, 4, 8):
        space = Space(2048, f"ghrr:{m}")
        a, b = space.random(20), space.random(20)
        alike.append(float((a * b).similarities(b * a).mean()))
    assert alike == pytest.approx([1, 1 / 4, 1 / 16, 1 / 64], abs=0.02)  # E|tr(ABA†B†)| is 1/m²


# --- powers and projection ------------------------------------------------------------------------
def test_a_power_binds_so_often(space):
    x, key = space.atom("x"), space.key("k").unitary()
    bound = x
    for n in range(6):
        assert near((x * key**n).numpy(), bound.numpy(), space, 100)
        assert near((bound * key**-n).numpy(), x.numpy(), space, 100)
        bound = bound * key
    table = space.stack([key, ~key])[:, None] ** np.array([-2, 0, 1, 5])
    for i, j in np.ndindex(2, 4):
        power = (key, ~key)[i] ** (-2, 0, 1, 5)[j]
        assert near(table[i, j].numpy(), power.numpy(), space, 100)
    assert (key**1_000_000).norm() == pytest.approx(1, abs=1e-5)


def test_inverses_and_their_absence(space):
    a = space.atom("a") + space.atom("b")
    condition = np.linalg.cond(matrices(a, space.algebra.m)).max()
    assert near((a * a.inverse()).numpy(), space.identity().numpy(), space, 20 * condition)
    with pytest.raises(vsa.VsaError, match=r"^no exact inverse: a matrix is singular"):
        space.zero().inverse()
    with pytest.raises(vsa.VsaError, match="not whole needs fractional powers"):
        space.atom("a") ** 0.5


def test_projection_gives_the_nearest_unitary_matrices(space, m):
    batch = space.random((3, 4)) + 0.7 * space.random(4)
    u, _, v = np.linalg.svd(matrices(batch, m).astype(complex))
    key = batch.unitary()
    assert near(matrices(key, m), u @ v, space, 2000)
    assert near(key.norms(), np.ones((3, 4)), space)
    assert near(key.unitary().numpy(), key.numpy(), space)
    x = space.atom("x")
    assert near((x * key / key).numpy(), np.broadcast_to(x.numpy(), key.numpy().shape), space)
    for scale in (1e-12, 1e12):
        assert near(batch.scale(scale).unitary().numpy(), key.numpy(), space, 2000)


def test_blocks_that_are_zero_or_singular_have_a_projection(space, m):
    blocks = matrices(space.atom("a").unitary(), m).copy()
    blocks[0] = 0
    blocks[1] = 0
    blocks[1, 0, m - 1] = 3j
    vector = space.vector(blocks.reshape(-1))
    found = matrices(vector.unitary(), m)
    assert near(found @ found.conj().swapaxes(-1, -2), np.broadcast_to(np.eye(m), (6, m, m)), space)
    assert near(found[0], np.eye(m), space)
    assert near(found[1, 0, m - 1], 1j, space)
    assert near(found[2:], blocks[2:], space)
    assert near(space.zero().unitary().numpy(), space.identity().numpy(), space)


# --- atoms ----------------------------------------------------------------------------------------
HASHES = {
    (1, 64): "08af46d66b03fa92",
    (2, 64): "13239011b9f142f7",
    (3, 63): "d433be296001966d",
    (4, 64): "4b427420cfede098",
    (16, 1024): "8daa7c7f12a2fc3d",
}


@pytest.mark.parametrize(("m", "dim"), HASHES)
def test_atoms_are_the_same_to_the_last_bit(m, dim):
    drawn = Space(dim, f"ghrr:{m}").algebra.draw([b"a", b"b"], "unitary")
    assert drawn.dtype == np.complex64
    assert hashlib.sha256(drawn.tobytes()).hexdigest()[:16] == HASHES[m, dim]


def test_atoms_do_not_depend_on_those_beside_them(m):
    algebra = Space(6 * m * m, f"ghrr:{m}").algebra
    keys = [b"%d" % i for i in range(1000)]
    drawn = algebra.draw(keys, "unitary")
    for i in (0, 341, 999):
        assert np.array_equal(algebra.draw(keys[i : i + 1], "unitary")[0], drawn[i])


def test_atoms_are_uniform_in_the_unitary_group(m):
    """E|tr U|² = 1 and E|tr U|⁴ = 2, of a phasor 1, as of no other distribution that is so wide."""
    u = matrices(Space(6 * m * m, f"ghrr:{m}").random(4000), m).reshape(-1, m, m).astype(complex)
    assert np.abs(u @ u.conj().swapaxes(1, 2) - np.eye(m)).max() < 1e-6
    trace = np.trace(u, axis1=1, axis2=2)
    assert abs(trace.mean()) < 0.02
    assert abs((trace**2).mean()) < 0.03
    assert np.mean(np.abs(trace) ** 2) == pytest.approx(1, abs=0.03)
    assert np.mean(np.abs(trace) ** 4) == pytest.approx(min(m, 2), abs=0.15)
    assert np.abs((np.abs(u) ** 2).mean(0) - 1 / m).max() < 0.01


# --- arrays ---------------------------------------------------------------------------------------
def test_a_product_can_be_written_into_a_vector(space):
    a, b, out = space.random(5), space.random(5), space.random(5)
    expected = (a * b).numpy()
    assert vsa.bind(a, b, out=out) is out
    assert near(out.numpy(), expected, space)
    vsa.bind(out, b, out=out)  # into an operand
    assert near(out.numpy(), (a * b * b).numpy(), space)


def test_a_large_batch_is_bound_as_its_members_are(m):
    space = Space(64 * m * m, f"ghrr:{m}")
    a, b, k = space.random(600), space.random(600), space.key("k")
    for i in (0, 255, 599):
        assert near((a * b)[i].numpy(), (a[i] * b[i]).numpy(), space)
        assert near((a / k)[i].numpy(), (a[i] / k).numpy(), space)
        assert near((a + b).unitary()[i].numpy(), (a[i] + b[i]).unitary().numpy(), space, 2000)


def test_permutation_moves_whole_blocks(space, m):
    a = space.atom("a")
    moved = matrices(a.permute(), m)
    order = [
        next(i for i, block in enumerate(matrices(a, m)) if np.array_equal(block, b)) for b in moved
    ]
    assert sorted(order) == list(range(6))
    assert all(i != j for i, j in enumerate(order))
    assert np.array_equal(a.permute(6).numpy(), a.numpy())


def test_nothing_stays_nothing(space):
    k = space.key("k")
    for v in (space.zero((2,)) * k, space.zero((2,)) / k, space.zero((2,)).left_unbind(k)):
        assert not v.numpy().any()


def test_gradients_are_those_of_differences(m):
    torch = pytest.importorskip("torch")
    algebra = Space(2 * m * m, f"ghrr:{m}", "torch", "float64").algebra
    rng = np.random.default_rng(1)
    parts = rng.standard_normal((2, 2 * m * m, 2)).view(complex)[..., 0]
    a, b = (torch.tensor(x, requires_grad=True) for x in parts)
    check = torch.autograd.gradcheck
    assert check(algebra.product, (a, b))
    assert check(algebra.unbind, (a, b))
    assert check(algebra.left_unbind, (a, b))
    assert check(lambda x: algebra.power(x, -2), (a,))
    assert check(algebra.unitary, (a,))
    key = algebra.unitary(a.detach()).requires_grad_()  # of which all singular values are equal
    assert check(algebra.unitary, (key,))
    zero = torch.zeros_like(a).requires_grad_()
    algebra.dot(algebra.unitary(zero), key.detach()).backward()
    assert np.isfinite(zero.grad.numpy()).all()
