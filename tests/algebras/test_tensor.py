"""Tensor products: by definition, to the highest rank and not beyond; contraction, permutation."""

import hashlib
import math

import numpy as np
import pytest

import vsa
from vsa.algebra.laws import GrowthError
from vsa.algebra.space import Space
from vsa.theory import capacity

ROUNDING = {"float32": 1e-6, "float64": 1e-14}


@pytest.fixture
def space(backend, dtype):
    return Space(5, "tensor", backend, dtype)


def near(a, b, space, times=20):
    return np.allclose(a, b, rtol=0, atol=times * ROUNDING[space.backend.dtype])


def ranks(vector):
    """The tensors of a vector of dim 5, rank by rank."""
    shown, parts, start = vector.numpy(), [], 0
    for rank in range(4):
        parts.append(shown[start : start + 5**rank].reshape((5,) * rank))
        start += 5**rank
    assert start == len(shown)
    return parts


def mixed(space, name, rank=1):
    """A vector of all ranks up to one."""
    a, b = space.atoms(f"{name}/a", f"{name}/b")
    total = 0.5 * space.identity() + a
    return total if rank == 1 else total + a * b - 2 * (b * a)


# --- the room there is ----------------------------------------------------------------------------
def test_the_width_is_that_of_all_ranks():
    assert Space(32, "tensor").settings[1] == "tensor:3"
    for dim, rank, width in ((32, 2, 1_057), (32, 3, 33_825), (64, 2, 4_161), (2, 16, 131_071)):
        algebra = Space(dim, f"tensor:{rank}").algebra
        assert algebra.row.width == algebra.packed == algebra.shown.width == width
        assert algebra.freedom == dim


def test_what_is_too_wide_is_refused_by_its_width():
    for dim, rank, message in (
        (1024, 3, "tensor:3 at dim 1024 has 1,074,791,425 components a vector.*a dim up to 255,"),
        (64, 4, "tensor:4 at dim 64 has 17,043,521 components a vector.*a dim up to 63,"),
        (3, 16, "tensor:16 at dim 3 has 64,570,081 components a vector.*a dim up to 2,"),
    ):
        with pytest.raises(vsa.VsaError, match=f"^{message} or a lower rank$"):
            Space(dim, f"tensor:{rank}")
    for bad in ("0", "17", "x", ""):
        with pytest.raises(vsa.VsaError, match="R in tensor:R is a whole number from 1 to 16"):
            Space(8, f"tensor:{bad}")


def test_a_product_past_the_highest_rank_is_refused_by_its_width(space):
    a, b, c, d = space.random(4)
    product = a * b * c
    for one, other in (
        (product, d),
        (a * b, c * d),
        (product + d, d),
        (space.stack([a, product]), d),
    ):
        with pytest.raises(
            GrowthError, match=r"^a product of rank 4 has 781 components, and tensor:3"
        ):
            one * other
    assert (space.identity() * product).similarity(product) == pytest.approx(1, abs=1e-6)
    assert (product * space.identity()).similarity(product) == pytest.approx(1, abs=1e-6)


def test_what_rounding_left_of_a_rank_is_no_obstacle():
    space = Space(5, "tensor")
    a, b, c, d = space.random(4)
    left = 0.1 * (a * b * c) + d - 0.1 * a * b * c + 1e-7 * (a * b * c)
    assert (left * d).similarity(d * d) == pytest.approx(1, abs=1e-5)


# --- binding --------------------------------------------------------------------------------------
def test_binding_is_the_tensor_product(space):
    x, y = mixed(space, "x", rank=2), mixed(space, "y")
    found, a, b = ranks(x * y), ranks(x), ranks(y)
    for rank in range(4):
        expected = np.zeros((5,) * rank)
        for i in range(rank + 1):
            expected = expected + np.multiply.outer(a[i], b[rank - i])
        assert near(found[rank], expected, space)


def test_unbinding_contracts_the_last_indices(space):
    c, b = mixed(space, "c", rank=2) * space.atom("k"), mixed(space, "b", rank=2)
    found, left, x, y = ranks(c / b), ranks(c.left_unbind(b)), ranks(c), ranks(b)
    for rank in range(4):
        expected = sum(np.tensordot(x[rank + j], y[j], j) for j in range(4 - rank))
        assert near(found[rank], expected, space)
        first = sum(np.tensordot(y[j], x[rank + j], (range(j), range(j))) for j in range(4 - rank))
        assert near(left[rank], first, space)


def test_keys_of_one_rank_unbind_exactly(space):
    x = space.atom("x").unitary()
    one, two = space.key("k").unitary(), (space.key("k") * space.key("l")).unitary()
    for key in (one, two, space.identity()):
        assert near((x * key / key).numpy(), x.numpy(), space)
        assert near((key * x).left_unbind(key).numpy(), x.numpy(), space)
        assert (x * key).norm() == pytest.approx(1, abs=1e-6)
    assert near((one * two / two).numpy(), one.numpy(), space)


def test_what_there_is_not(space):
    k = space.key("k")
    for operation, message in (
        (lambda: ~k, "an involution"), (lambda: k**2, "powers"), (lambda: k.inverse(), "exact inverses"),
    ):  # fmt: skip
        with pytest.raises(vsa.VsaError, match=f"needs {message}"):
            operation()
    assert near(k.protect(k, 2).numpy(), k.permute(2).numpy(), space)


def test_batches_broadcast(space):
    values = space.stack([mixed(space, f"v{i}") for i in range(3)])[:, None]
    keys = space.keys(4) + space.keys(4) * space.keys(4)
    for f in (
        lambda v, k: v * k,
        lambda v, k: (v * k) / k,
        lambda v, k: (v * k).left_unbind(v),
    ):
        table = f(values, keys)
        for i, j in np.ndindex(3, 4):
            assert near(table[i, j].numpy(), f(values[i, 0], keys[j]).numpy(), space)
    assert (space.random(0) * space.key("k")).shape == (0,)
    nothing = space.zero((2,))
    for v in (nothing * space.key("k"), nothing / space.key("k"), nothing.permute()):
        assert v.shape == (2,)
        assert not v.numpy().any()


def test_a_product_can_be_written_into_a_vector(space):
    a, b, out = space.random(5), space.random(5), space.random(5)
    expected = (a * b).numpy()
    assert vsa.bind(a, b, out=out) is out
    assert near(out.numpy(), expected, space)
    vsa.bind(out, b, out=out)  # into an operand
    assert near(out.numpy(), (a * b * b).numpy(), space)


# --- the rest -------------------------------------------------------------------------------------
def test_permutation_moves_every_index_alike(space):
    x = mixed(space, "x", rank=2) * space.atom("y")
    moved, parts = ranks(x.permute()), ranks(x)
    order = [int(np.argmax(np.isclose(parts[1], value))) for value in moved[1]]
    assert sorted(order) == list(range(5))
    for rank in range(4):
        expected = parts[rank][np.ix_(*[order] * rank)] if rank else parts[0]
        assert np.array_equal(moved[rank], expected)
    assert np.array_equal(x.permute(5).numpy(), x.numpy())


def test_projection_leaves_the_longest_part(space):
    a, b = space.atom("a").unitary(), space.atom("b").unitary()
    pair = a * b
    for total, key in (
        (a + 0.5 * pair, a), (0.5 * a + pair, pair), (3 * space.identity() + a, space.identity()),
        (a + pair, a), (pair + a, a), (space.zero(), space.identity()),
    ):  # fmt: skip
        for scale in (1, 1e-12, 1e12):
            assert near(total.scale(scale).unitary().numpy(), key.numpy(), space)
    batch = space.stack([a + 0.5 * pair, 0.5 * a + pair])[:, None]
    assert near(batch.unitary()[1, 0].numpy(), pair.numpy(), space)


def test_noise_is_that_of_dim_dimensions():
    space = Space(64, "tensor:2")
    found = np.asarray(space.random(400).similarities(space.random(400)))
    assert found.std() == pytest.approx(space.noise.deviation, rel=0.1) == pytest.approx(1 / 8)
    assert space.noise.least == pytest.approx(1 / math.sqrt(5 - 1 / 64))


def test_pairs_are_read_among_little_noise():
    """K − 1 other pairs count (K − 1)/d: their roles are nearly orthogonal to the one that is read."""
    right = total = 0
    for seed in range(4):
        space = Space(64, "tensor:2", seed=seed)
        names = [f"i{i}" for i in range(500)]
        items, keys = space.batch(names), space.keys(128)
        found = (items[:128] * keys).bundle() / keys
        scores = found.numpy() @ items.numpy().T
        right += int((scores.argmax(-1) == np.arange(128)).sum())
        total += 128
    expected = capacity.accuracy(64, 1 + 127 / 64, 500)
    assert expected < 1
    assert right / total == pytest.approx(expected, abs=0.03)


def test_atoms_are_the_same_to_the_last_bit():
    drawn = Space(32, "tensor:2").algebra.draw([b"a", b"b"], "unitary")
    assert drawn.dtype == np.float32
    assert not drawn[:, [0, *range(33, 1057)]].any()
    assert np.allclose(np.linalg.norm(drawn, axis=-1), 1, atol=1e-6)
    assert hashlib.sha256(drawn.tobytes()).hexdigest()[:16] == "12aa84feb7c52b87"


def test_gradients_are_those_of_differences():
    torch = pytest.importorskip("torch")
    space = Space(2, "tensor:2", "torch", "float64")
    algebra, rng = space.algebra, np.random.default_rng(1)
    one = rng.standard_normal((2, 7)) * (np.arange(7) < 3)
    a, b = (torch.tensor(x, requires_grad=True) for x in one)
    c = torch.tensor(rng.standard_normal((3, 7)), requires_grad=True)
    scalar = torch.tensor(rng.standard_normal(7) * (np.arange(7) < 1), requires_grad=True)
    low = torch.eye(7, dtype=torch.float64)[:3]  # components of the ranks 0 and 1

    def padded(f):
        return lambda x, y: f(x[:3] @ low, y[:3] @ low)

    check = torch.autograd.gradcheck
    assert check(padded(algebra.bind), (a, b))
    assert check(lambda x: algebra.bind(x, scalar[:1] @ low[:1]), (c,))
    assert check(algebra.unbind, (c, b))
    assert check(algebra.left_unbind, (c, b))
    assert check(algebra.unitary, (c,))
    assert check(lambda x: algebra.permute(x, 1), (c,))
