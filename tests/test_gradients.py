"""Gradients of the core against finite differences, and what packed parameters cannot learn."""

import numpy as np
import pytest

import vsa
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.errors import VsaError

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

DIMS = [2, 3, 8, 9]  # of dim 2 every bin is real, of dim 3 one is not


def space_of(dim, dtype="float64"):
    return Space(dim, backend="torch", dtype=dtype)


def packed(dim, *shape, seed=0):
    """Packed vectors far from a zero modulus in any bin: what is random is added to the identity."""
    space = space_of(dim)
    drawn = np.random.default_rng(seed).standard_normal((*shape, dim)) / dim
    start = torch.tensor(drawn) + space.algebra.pack(space.identity().data)
    return start.requires_grad_()


def drawn(dim, *shape):
    """Packed vectors of any modulus and phase."""
    numbers = np.random.default_rng(0).standard_normal((*shape, dim)) / dim**0.5
    return torch.tensor(numbers, requires_grad=True)


def positive(a):
    """With a spectrum near 1, whose real bins are positive, as real powers need."""
    return a.space.identity() + 0.25 * a.normalize()


# named as in vsa.algebra.operations where the operation is there; of batches a (2, ·) and b (2, ·)
OPERATIONS = {
    "bind": lambda a, b: a * b,
    "bind, broadcast": lambda a, b: a * b[0],
    "unbind": lambda a, b: a / b,
    "left_unbind": lambda a, b: vsa.left_unbind(a, b),
    "involution": lambda a, b: ~a * b,
    "inverse": lambda a, b: a.inverse() * b,
    "power": lambda a, b: a**3 * b**-2,
    "power, zero": lambda a, b: a**0 * b,
    "power, one": lambda a, b: a**1 * b**-1,
    "power, square": lambda a, b: a**2 + b**-2,
    "power, real": lambda a, b: positive(a) ** 0.5 + positive(b) ** -1.7,
    "power, of each": lambda a, b: positive(a) ** np.array([0.5, 2.0]) * b,
    "unitary": lambda a, b: a.unitary() * b,
    "normalize": lambda a, b: a.normalize() + b,
    "permute": lambda a, b: a.permute() * b.permute(-2),
    "shift": lambda a, b: a.shift(1.5) + b.shift(-2),
    "scale": lambda a, b: -2.5 * a + b.scale(np.array([0.5, -3.0])),
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "divide": lambda a, b: a / 3 - b,
    "negate": lambda a, b: -a * b,
    "bundle": lambda a, b: a.bundle() + b.bundle(0),
    "bundle, several": lambda a, b: vsa.bundle(a, b, a * b),
    "bundle_bound": lambda a, b: vsa.bundle_bound([a, b], [b, b]),
    "bundle_bound, all": lambda a, b: vsa.bundle_bound([a, b], [b, a], a, normalize=True),
    "protect": lambda a, b: a.protect(b, 3),
    "protect, undone": lambda a, b: a.protect(b, -1) + a.protect(b, -2),
    "by_rows": lambda a, b: vsa.by_rows(lambda x, y: x * ~y, a, b),
    "stack": lambda a, b: a.space.stack([a[0], b[1], a[0] * b[0]]),
    "reshape": lambda a, b: a.reshape(1, 2) * b.reshape(2, 1),
    "dot": lambda a, b: a.dot(b),
    "norm": lambda a, b: a.norm() * b.norm(),
    "similarity": lambda a, b: a.similarity(b),
    "count_terms": lambda a, b: (a * b).count_terms(),
    "to_real": lambda a, b: a.space.algebra.to_real((a * b).data),
    "from_real": lambda a, b: a.space.vector(a.space.algebra.pack(a.data)) * b,
    "pack and unpack": lambda a, b: a,
}


def test_every_operation_of_vectors_is_here():
    assert {name.partition(",")[0] for name in OPERATIONS} >= set(vsa.algebra.operations.__all__)


def loss(name):
    def of(p, q):
        space = space_of(p.shape[-1])
        result = OPERATIONS[name](*(Vector(space, space.algebra.unpack(x)) for x in (p, q)))
        return space.algebra.pack(result.data) if isinstance(result, Vector) else result

    return of


@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_gradients_agree_with_finite_differences(name, dim):
    pair = [packed(dim, 2, seed=1), packed(dim, 2, seed=2)]
    assert torch.autograd.gradcheck(loss(name), pair)


@pytest.mark.parametrize("dim", [8, 9])
@pytest.mark.parametrize("name", OPERATIONS)
def test_and_so_they_do_at_any_phase(name, dim):
    pair = [x.detach().requires_grad_() for x in drawn(dim, 2, 2)]
    assert torch.autograd.gradcheck(loss(name), pair)


@pytest.mark.parametrize("dim", [4, 5])
@pytest.mark.parametrize("name", OPERATIONS)
def test_and_so_do_second_derivatives(name, dim):
    pair = [packed(dim, 2, seed=1), packed(dim, 2, seed=2)]
    assert torch.autograd.gradgradcheck(loss(name), pair)


@pytest.mark.parametrize("exponent", [-1, 2, 3, 0.5])
def test_gradients_of_powers_are_right_at_unitary_vectors(exponent):
    space = space_of(8)

    def of(p):
        return space.algebra.pack((Vector(space, space.algebra.unpack(p)) ** exponent).data)

    start = space.algebra.pack(space.base("x").data).clone().requires_grad_()
    assert torch.autograd.gradcheck(of, [start], eps=1e-4, atol=1e-3)


@pytest.mark.parametrize("dim", DIMS)
def test_weights_and_exponents_learn_too(dim):
    space = space_of(dim)

    def of(p, weights, exponents):
        a = positive(Vector(space, space.algebra.unpack(p)))
        both = a**exponents + a ** exponents[0]
        return space.algebra.pack(both.scale(weights).data)

    for exponents in ([0.5, -1.25], [1.0, 2.0]):  # whole ones, which the next step makes real
        learnt = [
            torch.tensor(x, dtype=torch.float64, requires_grad=True)
            for x in ([2.0, -0.5], exponents)
        ]
        assert torch.autograd.gradcheck(of, [packed(dim, 2), *learnt])


def test_a_learnt_exponent_wants_a_base_that_real_powers_have():
    space = space_of(16)
    exponent = torch.tensor(2.0, requires_grad=True)
    real_bins_are_negative = Vector(space, -space.identity().data)
    with pytest.raises(VsaError, match=r"^a fractional power needs a base whose DC and Nyquist"):
        real_bins_are_negative**exponent
    found = space.base("x") ** exponent.detach()  # without a gradient it is a number like any
    assert torch.allclose(found.data, (space.base("x") ** 2).data)


def test_gradients_pass_through_real_components_and_weights():
    space = space_of(16, "float32")
    x = drawn(16, 2).float().detach().requires_grad_()
    weights = torch.tensor([1.0, 2.0], requires_grad=True)
    total = space.vector(x).scale(weights).bundle()
    total.similarity(space.atom("a")).backward()
    assert x.grad.abs().min() > 0
    assert weights.grad.abs().min() > 0


# --- the real bins --------------------------------------------------------------------------------
@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_no_operation_makes_the_real_bins_complex(name, dim):
    space = space_of(dim)
    a, b = (Vector(space, space.algebra.unpack(packed(dim, 2, seed=s))) for s in (1, 2))
    result = OPERATIONS[name](a, b)
    if isinstance(result, Vector):
        assert result.data[..., space.algebra.ends].imag.abs().max() < 1e-12


def learn(space, parameter, vector_of):
    """Steps of Adam towards the key of a binding, and away from anything long."""
    a, b = space.atoms("a", "b")
    optimizer = torch.optim.Adam([parameter], lr=0.05)
    for _ in range(20):
        optimizer.zero_grad()
        vector = vector_of(parameter)
        error = vector * a - b
        (error.dot(error) + (vector.norm() - 1) ** 2 + (vector**2).dot(a)).backward()
        optimizer.step()
    with torch.no_grad():
        return vector_of(parameter)


def strays(space, vector):
    """How far a vector is from the one with the real components that it shows."""
    return float((space.vector(vector.numpy()) - vector).data.detach().abs().max())


@pytest.mark.parametrize("dim", [16, 17])
def test_what_packed_parameters_learn_is_a_real_vector(dim):
    space = space_of(dim)
    learnt = learn(space, packed(dim), lambda p: Vector(space, space.algebra.unpack(p)))
    assert (space.algebra.pack(learnt.data) - packed(dim)).abs().min() > 1e-2  # all of it moved
    assert float(learnt.data[space.algebra.ends].imag.abs().max()) == 0
    assert strays(space, learnt) < 1e-12
    assert learnt.norm() == pytest.approx(float(np.linalg.norm(learnt.numpy())))


def test_a_complex_parameter_would_learn_what_no_real_vector_has():
    """Why parameters are packed; and that the test above would see it."""
    space = space_of(16)
    torch.manual_seed(0)
    start = torch.randn(space.algebra.width, dtype=torch.complex128, requires_grad=True)
    learnt = learn(space, start, lambda data: Vector(space, data))
    assert strays(space, learnt) > 1e-2


def test_gradients_reach_every_packed_number():
    space = space_of(9)
    p = packed(9)
    Vector(space, space.algebra.unpack(p)).similarity(space.atom("a")).backward()
    assert p.shape == (9,)
    assert p.grad.abs().min() > 0


# --- at zero --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name", ["normalize", "norm", "similarity", "unitary", "bundle_bound, all"]
)
def test_a_zero_vector_gives_finite_gradients(name):
    p, q = packed(8, 2, seed=1).detach(), packed(8, 2, seed=2).detach()
    p[1] = q[1] = 0
    pair = [p.requires_grad_(), q.requires_grad_()]
    loss(name)(*pair).sum().backward()
    assert all(torch.isfinite(x.grad).all() for x in pair)
    assert pair[0].grad[0].abs().max() > 0


def test_a_zero_row_does_not_spoil_the_gradients_of_a_batch():
    space = space_of(16, "float32")
    p = drawn(16, 2).float().detach()
    p[1] = 0
    p.requires_grad_()
    a = Vector(space, space.algebra.unpack(p))
    key = space.atom("a")
    loss = a.norm().sum() + a.similarity(key).sum() + a.normalize().dot(key).sum()
    (loss + (a.unitary().dot(key)).sum()).backward()
    assert torch.isfinite(p.grad).all()
    assert p.grad[0].abs().min() > 0
