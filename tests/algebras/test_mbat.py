"""MBAT: a signed permutation for every key, its transpose, and keys that must be exact."""

import hashlib

import numpy as np
import pytest

import vsa
from vsa.algebra.space import Space


@pytest.fixture(params=["unitary", "gaussian"])
def space(request, backend, dtype):
    return Space(256, "mbat", backend, dtype, atoms=request.param)


def equal(a, b):
    return np.allclose(a.numpy(), b.numpy(), rtol=1e-6, atol=0)


def matrix(space, key):
    """M of x * key = M x, column by column."""
    eye = space.vector(np.eye(space.dim))
    return (eye * key).numpy().T


# --- the matrix of a key --------------------------------------------------------------------------
def test_the_matrix_of_a_key_is_a_signed_permutation(space):
    key = space.key("k")
    m = matrix(space, key)
    assert np.allclose(np.abs(m).sum(0), 1, atol=1e-6)
    assert np.allclose(np.abs(m).sum(1), 1, atol=1e-6)
    assert (np.abs(m) > 0.5).sum() == 256
    assert 0.4 < (m[np.abs(m) > 0.5] > 0).mean() < 0.6  # as many signs as not
    assert np.abs(np.trace(m)) < 8
    x = space.atom("x") + space.atom("y")
    assert np.allclose((x * key).numpy(), m @ x.numpy(), atol=1e-6)
    assert np.allclose((x / key).numpy(), m.T @ x.numpy(), atol=1e-6)


def test_unbinding_is_exact_to_the_last_bit(space):
    x, k = space.atom("x") + 0.3 * space.atom("y"), space.key("k")
    assert np.array_equal((x * k / k).numpy(), x.numpy())
    assert np.array_equal((x / k * k).numpy(), x.numpy())
    assert abs((x * k).similarity(x)) < 0.3


def test_the_matrix_depends_on_the_signs_alone(space):
    x, k = space.atom("x"), space.key("k")
    for same in (k.scale(7), k.scale(1e-9), k.unitary(), k.normalize()):
        assert equal(x * same, x * k)
    components = k.numpy()
    assert equal(x * space.vector(np.sign(components) * np.arange(1, 257)), x * k)
    for i in (0, 100, 255):  # another key
        flipped = components.copy()
        flipped[i] *= -1
        assert abs((x * space.vector(flipped)).similarity(x * k)) < 0.3
    assert abs((x * -k).similarity(x * k)) < 0.3


def test_keys_from_a_memory_are_exact(space):
    memory = vsa.Memory(space)
    names = [f"k{i}" for i in range(20)]
    memory.add(names, space.batch(names))
    x = space.atom("x")
    for name in names[:5]:
        found = memory.cleanup(space.atom(name) + 0.3 * space.atom("noise")).vector
        assert equal(x * found / space.atom(name), x)


def test_sums_of_atoms_are_keys_in_any_order():
    """Sums of ±1 are exact: where terms cancel each other there is 0, however they are added."""
    space = Space(1000, "mbat")
    a, b, c, d = (space.atom(name) for name in "abcd")
    x = space.atom("x")
    assert equal(x * (a + b + c + d), x * (d + (b + a) + c))
    assert equal(x * (a + b).unitary(), x * (b + a + c - c))


# --- what there is not ----------------------------------------------------------------------------
def test_what_is_not_linear_in_the_key_is_refused(space):
    x, k = space.atom("x"), space.key("k")
    for operation, message in (
        (lambda: x.left_unbind(k), "unbinding from the left.*search among the keys instead"),
        (lambda: ~k, "an involution.*write c / key"),
        (lambda: k**2, "powers.*bind as often, or use permute"),
        (lambda: k.inverse(), "exact inverses.*write c / key"),
        (space.identity, "an identity"),
        (lambda: space.base("x"), "fractional powers"),
    ):
        with pytest.raises(vsa.VsaError, match=message):
            operation()
    assert not space.algebra.keys_move
    assert equal(x.protect(k, 2), x.permute(2))


def test_a_key_is_any_vector_at_length_one(space):
    x = space.atom("x")
    total = space.atom("a") + space.atom("b") * space.key("k")
    assert total.unitary().norm() == pytest.approx(1, abs=1e-6)
    assert total.unitary().similarity(total) == pytest.approx(1, abs=1e-6)
    assert total.scale(1e-10).unitary().similarity(total) == pytest.approx(1, abs=1e-6)
    nothing = space.zero().unitary()
    assert nothing.norm() == pytest.approx(1, abs=1e-6)
    assert equal(x * nothing, x * space.zero())


# --- batches --------------------------------------------------------------------------------------
def test_batches_of_keys_broadcast(space):
    values, keys = space.random((3, 1)), space.keys(4)
    table = values * keys
    assert table.shape == (3, 4)
    back = table / keys
    for i, j in np.ndindex(3, 4):
        assert np.array_equal(table[i, j].numpy(), (values[i, 0] * keys[j]).numpy())
        assert np.array_equal(back[i, j].numpy(), values[i, 0].numpy())
    assert (space.atom("x") * keys.reshape(2, 2)).shape == (2, 2)
    assert (space.random(0) * space.keys(0)).shape == (0,)
    assert (space.random(0) * space.key("k")).shape == (0,)


def test_many_keys_are_bound_in_blocks_and_kept_for_a_while(space):
    values, keys = space.random(1200), space.keys(600)
    bound = values.reshape(2, 600) * keys
    assert np.array_equal((bound / keys).numpy(), values.reshape(2, 600).numpy())
    assert np.array_equal((values[:600] * keys).numpy(), bound[0].numpy())
    info = space.algebra._matrix.cache_info()
    assert info.currsize <= info.maxsize
    assert info.hits > 0


def test_a_product_can_be_written_into_a_vector(space):
    a, keys, out = space.random(5), space.keys(5), space.random(5)
    expected = (a * keys).numpy()
    assert vsa.bind(a, keys, out=out) is out
    assert np.array_equal(out.numpy(), expected)
    vsa.bind(out, keys[0], out=out)  # into an operand
    assert np.array_equal((out / keys[0] / keys).numpy(), a.numpy())


def test_nothing_stays_nothing(space):
    for v in (space.zero((2,)) * space.key("k"), space.zero((2,)) / space.keys(2)):
        assert not v.numpy().any()


def test_backends_bind_alike(backend):
    here, there = Space(255, "mbat"), Space(255, "mbat", backend)
    one, other = ((s.random(3) + s.random(3)) * s.keys(3) for s in (here, there))
    assert np.array_equal(one.numpy(), other.numpy())


def test_gradients_flow_through_values():
    torch = pytest.importorskip("torch")
    space = Space(16, "mbat", "torch", "float64")
    algebra, keys = space.algebra, space.keys(3).data
    x = torch.randn(3, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    x.requires_grad_()
    assert torch.autograd.gradcheck(lambda a: algebra.bind(a, keys), (x,))
    assert torch.autograd.gradcheck(lambda a: algebra.unbind(a, keys[0]), (x,))
    assert "differentiable" not in algebra.laws  # not through keys
    assert not algebra.bind(keys, x).requires_grad


# --- atoms ----------------------------------------------------------------------------------------
HASHES = {
    "unitary": "00f120f83dc8a428",
    "gaussian": "cd3aa9b6ea111a89",
    "bound": "afc03196cb6fe150",
}


@pytest.mark.parametrize("kind", ["unitary", "gaussian"])
def test_atoms_and_matrices_are_the_same_to_the_last_bit(kind):
    space = Space(100, "mbat")
    drawn = space.algebra.draw([b"a", b"b"], kind)
    assert drawn.dtype == np.float32
    assert hashlib.sha256(drawn.tobytes()).hexdigest()[:16] == HASHES[kind]
    a, b = space.algebra.draw([b"a", b"b"], "unitary")
    bound = space.algebra.bind(a, b).astype(np.int8)
    assert hashlib.sha256(bound.tobytes()).hexdigest()[:16] == HASHES["bound"]


def test_atoms_are_signs_or_normal_numbers():
    signs = Space(200, "mbat").random(500).numpy() * 200**0.5
    assert np.allclose(np.abs(signs), 1)
    assert abs(signs.mean()) < 0.01
    normal = Space(200, "mbat", atoms="gaussian").random(500).numpy() * 200**0.5
    assert [np.mean(normal**n) for n in (1, 2, 3, 4)] == pytest.approx([0, 1, 0, 3], abs=0.06)
